//! An environment inside a job, component or deployment ↔ an environment file with a `file:` reference.

use amlenv_syntax::HostRange;
use amlenv_syntax::yaml::{Node, NodeKind};

use super::{Place, after, free};
use crate::answers::{Refactor, RefactorKind};
use crate::classify;
use crate::convert::{SCHEMA, valid_name};
use crate::file::File;
use crate::finding::Edit;
use crate::graph;
use crate::kind::FileKind;
use crate::model::{Environment, Field, Notation};
use crate::text_edit::{indent_of, line_end, line_start, whole_lines};
use crate::workspace::Workspace;

/// Moves an environment into a file of its own.
pub(super) fn extract(at: &Place<'_>) -> Option<Refactor> {
    if at.environment.notation != Notation::InlineYaml || !at.environment.range.intersects(at.range) {
        return None;
    }
    let text = at.file.text();
    let node = at.file.yaml_value(at.environment.anchor)?;
    let body = block(text, at.environment.anchor, node)?;
    let name = at.environment.name().map_or_else(|| called(at), str::to_owned);
    let name = valid_name(&name);
    let folder = at.file.path().parent();
    let path = free(at.workspace, &folder, &name, ".yml")?;
    let mut new = format!("$schema: {SCHEMA}\n");
    if !at.environment.has(&Field::Name) {
        new.push_str(&format!("name: {name}\n"));
    }
    let indent = indent_of(text, node.range.start);
    for line in body.slice(text).lines() {
        new.push_str(line.strip_prefix(indent).unwrap_or_else(|| line.trim_start()));
        new.push('\n');
    }
    // What was moved must say what it said, and nothing else.
    let kind = classify::named(&path, &new).filter(|kind| *kind == FileKind::EnvironmentYaml)?;
    let moved = File::new(path.clone(), kind, new.clone().into());
    let same = moved.environments().next().is_some_and(|found| facts(found) == facts(at.environment));
    if !same || !moved.problems().is_empty() {
        return None;
    }
    let mut out = Refactor::new("Move the environment into a file of its own", RefactorKind::Extract);
    let reference = format!("file:./{}", path.file_name());
    let from = at.environment.anchor.end;
    let tail = if body.slice(text).ends_with('\n') { line_end(text) } else { "" };
    out.edits.push(at.edit(HostRange::new(from, body.end), format!(": {reference}{tail}")));
    let changed = after(at.file, &out.edits)?;
    if !changed.uses().iter().any(|used| used.text.value == reference) {
        return None;
    }
    out.creates.push((path, new));
    Some(out)
}

/// The lines of a block mapping; `None` where it is written in braces or shares its lines.
fn block(text: &str, key: HostRange, node: &Node) -> Option<HostRange> {
    if node.flow || node.resolved_alias || node.anchor.is_some() || !matches!(node.kind, NodeKind::Mapping(_))
    {
        return None;
    }
    let first = line_start(text, node.range.start);
    let own = text.get(first..node.range.start).is_some_and(|head| head.trim().is_empty());
    // Ranges of block collections reach over the comments behind them, to what comes next.
    let (mut at, mut end) = (node, node.range.start);
    loop {
        let next = at.entries().last().and_then(|last| last.value.as_ref()).or_else(|| at.items().last());
        end = end.max(at.entries().last().map_or(end, |last| last.key.range.end));
        match next {
            Some(next) => at = next,
            None if matches!(at.kind, NodeKind::Mapping(_) | NodeKind::Sequence(_)) && !at.flow => break,
            None => {
                end = end.max(at.range.end);
                break;
            }
        }
    }
    // A block scalar ends behind its last line end.
    let end = text.get(..end)?.trim_end().len();
    let mut end = whole_lines(text, HostRange::empty(end)).end;
    // Comments as deep as the block belong to it.
    let indent = indent_of(text, node.range.start);
    while let Some(line) = text.get(end..).and_then(|rest| rest.split_inclusive('\n').next()) {
        if !line.strip_prefix(indent).is_some_and(|rest| rest.trim_start().starts_with('#'))
            || indent.is_empty()
        {
            break;
        }
        end += line.len();
    }
    // So do those between the key and its first line.
    let start = whole_lines(text, key).end;
    (own && start <= first).then(|| HostRange::new(start, end))
}

/// What the part of the pipeline is called that the environment belongs to, else the file.
fn called(at: &Place<'_>) -> String {
    let path = at.environment.variable.as_deref().unwrap_or("");
    let parts: Vec<&str> = path.split('.').collect();
    let part = parts.iter().position(|part| *part == "jobs").and_then(|at| parts.get(at + 1));
    let stem = at.file.path().file_name().split('.').next().unwrap_or("").to_owned();
    format!("{}-environment", part.map_or(stem, |part| (*part).to_owned()))
}

/// What an environment says, its name and version aside.
fn facts(environment: &Environment) -> Vec<(Field, Option<String>)> {
    environment
        .assignments
        .iter()
        .filter(|said| !matches!(said.field, Field::Name | Field::Schema))
        .map(|said| (said.field.clone(), said.value.known_text().map(|text| text.value.clone())))
        .collect()
}

/// Puts the environments of files in the place of references to them.
pub(super) fn inline(workspace: &Workspace, file: &File, range: HostRange) -> Vec<Refactor> {
    if file.yaml().is_none() {
        return Vec::new();
    }
    let uses = file.uses().iter().filter(|used| used.text.content.intersects(range));
    uses.filter_map(|used| {
        let found = graph::definition_of(workspace, file, used);
        let found = workspace.file(found.first()?)?;
        // Relative paths inside mean the same only from the same folder.
        if found.kind() != FileKind::EnvironmentYaml || found.path().parent() != file.path().parent() {
            return None;
        }
        inlined(file, used.text.content, found)
    })
    .collect()
}

fn inlined(file: &File, reference: HostRange, found: &File) -> Option<Refactor> {
    let text = file.text();
    let start = line_start(text, reference.start);
    let line = text.get(start..)?.lines().next()?;
    let behind = line.get(reference.end - start..)?.trim_start_matches(['"', '\'']);
    let (indent, key) = (indent_of(text, reference.start), "environment:");
    let head = line.get(indent.len()..reference.start - start)?;
    if head.trim_end_matches(['"', '\'']).trim_end() != key || !behind.trim().is_empty() {
        return None;
    }
    let environment = found.environments().next()?;
    let root = found.yaml_root().filter(|root| !root.flow)?;
    let eol = line_end(text);
    let mut block = String::new();
    // The client drops name and version inside a job, and knows no schema there.
    let dropped: Vec<HostRange> = environment
        .assignments
        .iter()
        .filter(|said| matches!(said.field, Field::Name | Field::Version | Field::Schema))
        .map(|said| whole_lines(found.text(), said.range))
        .collect();
    let mut offset = 0;
    for line in found.text().split_inclusive('\n') {
        let at = HostRange::empty(offset);
        offset += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        let marker = line.starts_with("---") || line.starts_with("...") || line.starts_with('%');
        let early =
            at.start < root.range.start && line.trim_start().starts_with('#') && line.contains("$schema");
        if dropped.iter().any(|range| range.start <= at.start && at.start < range.end) || marker || early {
            continue;
        }
        block.push_str(eol);
        if !line.is_empty() {
            block.push_str(&format!("{indent}  {line}"));
        }
    }
    let block = block.trim_end();
    let end = start + line.len();
    let edit = Edit {
        file: file.path().clone(),
        range: HostRange::new(start + indent.len() + key.len(), end),
        text: block.to_owned(),
    };
    let changed = after(file, std::slice::from_ref(&edit))?;
    let wanted: Vec<_> =
        facts(environment).into_iter().filter(|(field, _)| *field != Field::Version).collect();
    let same = changed.environments().any(|found| facts(found) == wanted);
    let mut out = Refactor::new(
        format!("Put the environment of {} here", found.path().file_name()),
        RefactorKind::Inline,
    );
    out.edits.push(edit);
    (same && !wanted.is_empty()).then_some(out)
}
