//! Conda specifications, in a file of their own or under `conda_file:`.

use amlenv_syntax::requirements::Line;
use amlenv_syntax::yaml::{Node, NodeKind, Problem};
use amlenv_syntax::{conda, requirements};

use super::environment_yaml::{host, text};
use super::is_templated;
use amlenv_syntax::HostRange;

use crate::model::{CondaItem, CondaSpec, Malformed, Package, Text};

/// Lowers the mapping of a conda specification. Anything that cannot be read makes it open.
pub(crate) fn lower(root: &Node) -> CondaSpec {
    let mut spec = CondaSpec::default();
    for entry in root.entries() {
        if let Some(key) = entry.key.as_str() {
            spec.keys.push((key.to_owned(), host(entry.range), host(entry.key.range)));
        }
        if entry.key.as_str() == Some("channels")
            && let Some(channels) = &entry.value
        {
            spec.channels = Some(channels.items().iter().filter_map(text).collect());
        }
    }
    let Some(dependencies) = root.get("dependencies").and_then(|entry| entry.value.as_ref()) else {
        return spec;
    };
    let NodeKind::Sequence(items) = &dependencies.kind else {
        spec.open = true;
        return spec;
    };
    spec.last_dependency = last_item(dependencies, items);
    for item in items {
        match &item.kind {
            NodeKind::Scalar(_) => conda_package(item, &mut spec),
            NodeKind::Mapping(_) => {
                let Some(pip) = item.get("pip").and_then(|entry| entry.value.as_ref()) else {
                    spec.open = true;
                    continue;
                };
                let NodeKind::Sequence(lines) = &pip.kind else {
                    spec.open = true;
                    continue;
                };
                spec.last_pip = last_item(pip, lines);
                spec.pip_section = Some(host(item.range));
                for line in lines {
                    pip_line(line, &mut spec);
                }
            }
            NodeKind::Null => {}
            _ => spec.open = true,
        }
    }
    spec
}

/// The last item of a block list; `None` for a flow list or an empty one.
fn last_item(list: &Node, items: &[Node]) -> Option<HostRange> {
    let last = items.last()?;
    (!list.is_flow() && !last.resolved_alias).then(|| host(last.range))
}

fn conda_package(item: &Node, spec: &mut CondaSpec) {
    let Some(text) = text(item) else {
        spec.open = true;
        return;
    };
    if text.templated {
        spec.open = true;
    }
    spec.items.push(CondaItem { pip: false, text: text.clone(), range: host(item.range) });
    let parsed = conda::match_spec(&text.value);
    malformed(item, &parsed.problems, &text, spec);
    match parsed.name {
        Some((name, _)) if !is_templated(&name) => spec.conda.push(Package {
            name: requirements::normalise_name(&name),
            specifier: parsed.version.map(|part| part.0).unwrap_or_default(),
            range: host(item.range),
        }),
        _ => spec.open = true,
    }
}

fn pip_line(item: &Node, spec: &mut CondaSpec) {
    let Some(text) = text(item) else {
        spec.open = true;
        return;
    };
    spec.items.push(CondaItem { pip: true, text: text.clone(), range: host(item.range) });
    let trimmed = text.value.trim();
    if let Some(path) = requirement_file(trimmed) {
        let file = Text { value: path.to_owned(), content: text.content, templated: text.templated };
        spec.requirement_files.push(file);
        return;
    }
    let read = requirements::parse(&text.value);
    malformed(item, &read.problems, &text, spec);
    if trimmed.starts_with('-') {
        // An option names no package, except an editable one, whose contents are unknown.
        spec.open |= trimmed.starts_with("-e") || trimmed.starts_with("--editable");
        return;
    }
    let requirement = read.lines.into_iter().find_map(|line| match line {
        Line::Requirement(requirement) => Some(requirement),
        Line::Option { .. } => None,
    });
    let Some(requirement) = requirement else { return };
    match requirement.name {
        Some((name, _)) if !is_templated(&name) => spec.pip.push(Package {
            name: requirements::normalise_name(&name),
            specifier: requirement.specifier.map(|(specifier, _)| specifier).unwrap_or_default(),
            range: host(item.range),
        }),
        _ => spec.open = true,
    }
}

/// Notes what is wrong with an item, unless a placeholder stands in it.
fn malformed(item: &Node, problems: &[Problem], text: &Text, spec: &mut CondaSpec) {
    if text.templated {
        return;
    }
    let NodeKind::Scalar(scalar) = &item.kind else { return };
    spec.malformed.extend(problems.iter().map(|problem| Malformed {
        message: problem.message.clone(),
        range: if item.resolved_alias { host(item.range) } else { scalar.map.to_host(problem.range) },
    }));
}

/// The path behind `-r`, in the spellings that pip accepts.
fn requirement_file(line: &str) -> Option<&str> {
    let rest = line
        .strip_prefix("--requirement")
        .map(|rest| rest.trim_start_matches('='))
        .or_else(|| line.strip_prefix("-r"))?;
    let rest = rest.trim();
    (!rest.is_empty()).then_some(rest)
}
