//! Comments that speak to amlenv: `# amlenv: ignore[AML304] reason`, `# amlenv: ignore-file[AML3]`,
//! `# amlenv: role=online`.

use amlenv_syntax::yaml::Node;
use amlenv_syntax::{HostRange, TextRange};

use crate::file::File;
use crate::finding::Finding;
use crate::kind::Role;
use crate::rules;
use crate::settings::{Settings, matches};
use crate::text_edit::line_start;

/// A comment that suppresses.
struct Ignore {
    comment: HostRange,
    selectors: Vec<String>,
    /// The bytes at which a suppressed finding begins; `None` for the whole file.
    scope: Option<HostRange>,
    used: bool,
}

/// Takes the suppressed findings out, and adds one for each suppression that suppresses nothing.
pub(crate) fn apply(file: &File, findings: Vec<Finding>, settings: &Settings) -> Vec<Finding> {
    let mut ignores = ignores(file);
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let mut hit = false;
        for ignore in &mut ignores {
            let here = ignore.scope.is_none_or(|scope| scope.touches(finding.range.start));
            if here && ignore.selectors.iter().any(|selector| matches(selector, finding.rule)) {
                ignore.used = true;
                hit = true;
            }
        }
        if !hit {
            kept.push(finding);
        }
    }
    let Some(rule) = rules::find("AML005") else { return kept };
    let Some(severity) = settings.severity_of(rule, rule.severity) else { return kept };
    for ignore in ignores.into_iter().filter(|ignore| !ignore.used) {
        let codes = ignore.selectors.join(", ");
        kept.push(Finding {
            rule,
            severity,
            message: format!("Nothing here is suppressed by ignore[{codes}]; remove the comment."),
            file: file.path().clone(),
            range: ignore.comment,
            embedded: None,
            cell: None,
            related: Vec::new(),
            fixes: Vec::new(),
            tag: Some(crate::finding::Tag::Unnecessary),
        });
    }
    kept
}

/// The role that a comment gives to the file.
pub(crate) fn role(file: &File) -> Option<Role> {
    file.comments().iter().find_map(|comment| {
        let said = directive(comment.slice(file.text()))?;
        Role::from_name(said.strip_prefix("role=")?.split_whitespace().next()?)
    })
}

/// What stands behind `# amlenv:`.
fn directive(comment: &str) -> Option<&str> {
    comment.trim_start_matches('#').trim_start().strip_prefix("amlenv:").map(str::trim)
}

fn ignores(file: &File) -> Vec<Ignore> {
    let text = file.text();
    let mut out = Vec::new();
    for comment in file.comments() {
        let Some(said) = directive(comment.slice(text)) else { continue };
        let (whole_file, rest) = match said.strip_prefix("ignore-file[") {
            Some(rest) => (true, rest),
            None => match said.strip_prefix("ignore[") {
                Some(rest) => (false, rest),
                None => continue,
            },
        };
        let Some((codes, _)) = rest.split_once(']') else { continue };
        let selectors =
            codes.split(',').map(|code| code.trim().to_owned()).filter(|code| !code.is_empty()).collect();
        let scope = (!whole_file).then(|| scope(file, comment));
        out.push(Ignore { comment, selectors, scope, used: false });
    }
    out
}

/// What a comment speaks of: in a Dockerfile the instruction below it, elsewhere its own line, or
/// the next one where it stands alone.
fn scope(file: &File, comment: HostRange) -> HostRange {
    for document in file.dockerfiles() {
        if document.host_range().contains_range(comment) {
            return document
                .tree
                .instructions
                .iter()
                .map(|instruction| document.host(instruction.range))
                .find(|range| range.start >= comment.end)
                .unwrap_or(HostRange::empty(comment.start));
        }
    }
    let text = file.text();
    let start = line_start(text, comment.start);
    let alone = text.get(start..comment.start).is_some_and(|head| head.trim().is_empty());
    let lines = file.lines();
    let mut line = lines.line(comment.start);
    if alone {
        let comments = file.comments();
        loop {
            line += 1;
            let range = lines.line_range(line);
            let another = comments.iter().any(|other| {
                range.start <= other.start
                    && other.end <= range.end
                    && text.get(range.start..other.start).is_some_and(|head| head.trim().is_empty())
            });
            if !another || line > lines.count() {
                break;
            }
        }
    }
    let range = lines.line_range(line);
    let end = range.end.saturating_sub(1).max(range.start);
    HostRange::new(range.start, end.max(scalar_end(file, range)))
}

/// Where a text ends that begins on a line of YAML and goes on below it: no comment could stand in it.
fn scalar_end(file: &File, line: TextRange) -> usize {
    let mut end = 0;
    let mut pending: Vec<&Node> = file.yaml_root().into_iter().collect();
    while let Some(node) = pending.pop() {
        if line.start <= node.range.start && node.range.start < line.end && node.as_str().is_some() {
            end = end.max(node.range.end);
        }
        let values = node.entries().iter().filter_map(|entry| entry.value.as_ref());
        let reach = |node: &&Node| node.range.start < line.end && node.range.end > line.start;
        pending.extend(values.chain(node.items()).filter(reach));
    }
    end
}
