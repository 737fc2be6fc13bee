//! Writes the comments that suppress a finding: where they may stand in each kind of file, and whether they
//! would do what they say. What such comments mean, `suppress` knows.

use std::sync::Arc;

use amlenv_syntax::yaml::Node;
use amlenv_syntax::{HostRange, TextRange};

use crate::file::File;
use crate::finding::{Applicability, Edit, Finding, Fix};
use crate::kind::FileKind;
use crate::nested;
use crate::path::FilePath;
use crate::refactor::after;
use crate::settings::Settings;
use crate::text_edit::{indent_of, line_end, line_start};
use crate::workspace::Workspace;

/// The mark that some editors put in front of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The edits that suppress a finding where it stands, or its rule in the whole file.
///
/// # Errors
///
/// Why no comment can do that there, in the user's words.
pub(crate) fn suppression(
    workspace: &Workspace,
    path: &FilePath,
    finding: &Finding,
    whole_file: bool,
    settings: &Settings,
) -> Result<Vec<Edit>, String> {
    let no_place = || "No comment can stand where it would be seen.".to_owned();
    let file = workspace.file(path).ok_or_else(no_place)?;
    if file.json().is_some() {
        return Err("JSON has no comments; `per-file-ignores` in the configuration does it.".to_owned());
    }
    let code = finding.rule.code;
    let candidates = match file.nested_at(finding.range.start) {
        Some((nested, offset)) => {
            let found = comments(&nested.file, offset, code, whole_file);
            let host = |edits| {
                let fix = Fix { title: String::new(), applicability: Applicability::Suggested, edits };
                Some(file.fix_of_nested(fix)?.edits)
            };
            found.into_iter().filter_map(host).collect()
        }
        None => comments(file, finding.range.start, code, whole_file),
    };
    let before = count(&crate::diagnostics(workspace, path, settings), code);
    candidates
        .into_iter()
        .find(|edits| {
            let Some(changed) = after_all(file, edits) else { return false };
            let mut workspace = workspace.clone();
            workspace.insert(Arc::new(changed));
            let left = count(&crate::diagnostics(&workspace, path, settings), code);
            // A comment that suppresses nothing would be a finding itself.
            left.1 <= before.1 && left.0 < before.0 && (!whole_file || left.0 == 0)
        })
        .ok_or_else(no_place)
}

/// How often a rule speaks, and how often it is said that a comment suppresses nothing.
fn count(findings: &[Finding], code: &str) -> (usize, usize) {
    let of = |code: &str| findings.iter().filter(|finding| finding.rule.code == code).count();
    (of(code), of("AML005"))
}

/// The file with the edits; a notebook that an editor shows cell by cell is not read again from its text.
fn after_all(file: &File, edits: &[Edit]) -> Option<File> {
    match nested::cells_after(file, edits) {
        Some(changed) => Some(changed),
        None => after(file, edits),
    }
}

/// Where a comment could stand, best first.
fn comments(file: &File, at: usize, code: &str, whole_file: bool) -> Vec<Vec<Edit>> {
    let word = if whole_file { "ignore-file" } else { "ignore" };
    let comment = format!("# amlenv: {word}[{code}]");
    let text = file.text();
    let above = |offset: usize| {
        let start = line_start(text, offset);
        let start =
            if start == 0 && text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { start };
        let line = format!("{}{comment}{}", indent_of(text, offset), line_end(text));
        Edit { file: file.path().clone(), range: HostRange::empty(start), text: line }
    };
    let mut out = Vec::new();
    if whole_file {
        match file.kind() {
            FileKind::Dockerfile => {
                // Above the first instruction is below the parser directives.
                let first =
                    file.dockerfiles().first().and_then(|document| document.tree.instructions.first());
                out.extend(first.map(|first| vec![above(first.range.start)]));
            }
            _ => out.push(vec![above(behind_head(text))]),
        }
        return out;
    }
    for document in file.dockerfiles() {
        let Some(offset) = document.offset(at).filter(|_| document.host_range().touches(at)) else {
            continue;
        };
        let instruction = document
            .tree
            .instructions
            .iter()
            .find(|found| found.range.start <= offset && offset <= found.range.end);
        let Some(instruction) = instruction else { continue };
        let start = line_start(&document.text, instruction.range.start);
        let indent = indent_of(&document.text, instruction.range.start);
        let line = format!("{indent}{comment}{}", line_end(&document.text));
        out.extend(document.edit(file.path(), text, TextRange::empty(start), &line).map(|edit| vec![edit]));
        return out;
    }
    let scalar = file.yaml_root().and_then(|root| key_of_scalar(root, at));
    out.push(vec![above(scalar.unwrap_or(at))]);
    if file.python().is_some() {
        let end =
            text.get(at..).and_then(|rest| rest.find(['\r', '\n'])).map_or(text.len(), |found| at + found);
        let behind =
            Edit { file: file.path().clone(), range: HostRange::empty(end), text: format!("  {comment}") };
        out.push(vec![behind]);
    }
    out
}

/// Behind the lines that must be the first of a file.
fn behind_head(text: &str) -> usize {
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').take(2).enumerate() {
        let first = number == 0 && line.trim_start_matches(BYTE_ORDER_MARK).starts_with("#!");
        if !(first || line.starts_with('#') && line.contains("coding")) {
            break;
        }
        at += line.len();
    }
    at
}

/// The key, or the item, whose text goes over several lines and holds the place.
fn key_of_scalar(root: &Node, at: usize) -> Option<usize> {
    let holds = |node: &Node| node.range.start <= at && at <= node.range.end;
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        for entry in node.entries() {
            match &entry.value {
                Some(value) if holds(value) && value.as_str().is_some() => {
                    return Some(entry.key.range.start);
                }
                Some(value) if holds(value) => pending.push(value),
                _ => {}
            }
        }
        for item in node.items().iter().filter(|item| holds(item)) {
            match item.as_str() {
                Some(_) => return Some(item.range.start),
                None => pending.push(item),
            }
        }
    }
    None
}
