//! Growing a selection: from the word under the cursor to all that is around it, step by step, each step
//! a part of the file that means something.

use amlenv_syntax::dockerfile::Instruction;
use amlenv_syntax::python;
use amlenv_syntax::yaml::{Node, NodeKind};
use amlenv_syntax::{HostRange, TextRange};

use super::view::View;
use crate::embedded::DockerfileDocument;
use crate::file::File;
use crate::path::FilePath;
use crate::workspace::Workspace;

/// What stands around a place, the smallest first; each holds the one before it.
pub(crate) fn selections(workspace: &Workspace, path: &FilePath, offset: usize) -> Vec<HostRange> {
    let Some(host) = workspace.file(path) else { return Vec::new() };
    let offset = offset.min(host.text().len());
    let mut all = vec![HostRange::new(0, host.text().len())];
    if let Some((view, at)) = View::at(host, offset) {
        all.extend(around(view.file, at).into_iter().map(|range| view.range(range)));
    }
    all.retain(|range| range.touches(offset) && !range.is_empty());
    all.sort_by_key(|range| range.len());
    let mut out: Vec<HostRange> = Vec::new();
    for range in all {
        let grows = out.last().is_none_or(|last| range.contains_range(*last) && range != *last);
        if grows {
            out.push(range);
        }
    }
    out
}

fn around(file: &File, offset: usize) -> Vec<HostRange> {
    let mut out = vec![word(file.text(), offset)];
    if file.requirements().is_some() {
        // Elsewhere a line is nothing that means something.
        out.push(line(file, offset));
    }
    let documents = file.dockerfiles().iter().filter(|document| document.host_range().touches(offset));
    for document in documents {
        if let Some(at) = document.offset(offset) {
            let inner = in_dockerfile(document, at);
            out.extend(inner.into_iter().map(|range| document.host(range)));
        }
    }
    let roots = file.yaml().into_iter().flat_map(|tree| tree.documents.iter().flatten());
    for root in roots.chain(file.json().and_then(|tree| tree.root.as_ref())) {
        in_data(file.text(), root, offset, &mut out);
    }
    if let Some(module) = file.python() {
        let place = |range: TextRange| HostRange::new(range.start, range.end);
        out.extend(python::statements(module).iter().map(|stmt| place(stmt.range)));
        for expr in python::expressions(module) {
            out.push(place(expr.range));
            match &expr.kind {
                python::ExprKind::Str(text) => {
                    out.extend(text.parts().iter().flat_map(|part| [place(part.range), place(part.content)]));
                }
                python::ExprKind::Call { args, .. } => out.extend(args.iter().map(|arg| place(arg.range))),
                _ => {}
            }
        }
    }
    out.extend(file.comments());
    out.retain(|range| range.touches(offset));
    out
}

/// The word at a place; empty where there is none.
fn word(text: &str, offset: usize) -> HostRange {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let head = text.get(..offset).unwrap_or("");
    let rest = text.get(offset..).unwrap_or("");
    let start =
        head.len() - head.chars().rev().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>();
    let end = offset + rest.chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>();
    HostRange::new(start, end)
}

/// What stands on the line of a place.
fn line(file: &File, offset: usize) -> HostRange {
    let line = file.lines().line_range(file.lines().line(offset));
    let text = line.slice(file.text());
    let start = line.start + (text.len() - text.trim_start().len());
    HostRange::new(start, start + text.trim().len())
}

fn in_dockerfile(document: &DockerfileDocument, at: usize) -> Vec<TextRange> {
    let text = document.text.as_str();
    let found = word(text, at);
    let mut out = vec![TextRange::new(0, text.len()), TextRange::new(found.start, found.end)];
    for stage in document.tree.stages() {
        if let Some(last) = stage.instructions.last() {
            out.push(stage.from.range.cover(last.range));
        }
    }
    let instruction = document.tree.instructions.iter().find(|found| found.range.touches(at));
    for found in
        instruction.into_iter().flat_map(|found| std::iter::once(found).chain(found.onbuild.as_deref()))
    {
        in_instruction(found, &mut out);
    }
    out.extend(document.tree.comments.iter().copied());
    out.retain(|range| range.touches(at));
    out
}

fn in_instruction(found: &Instruction, out: &mut Vec<TextRange>) {
    out.extend([found.range, found.keyword_range, found.rest]);
    for flag in &found.flags {
        out.extend([flag.range, flag.value_range]);
    }
    out.extend(found.arguments.iter().map(|argument| argument.range));
    for command in found.commands() {
        out.push(command.range);
        out.extend(command.words.iter().chain(&command.assignments).map(|word| word.range));
    }
    for heredoc in &found.heredocs {
        out.push(heredoc.body);
    }
}

/// The nodes and entries around a place.
fn in_data(text: &str, root: &Node, offset: usize, out: &mut Vec<HostRange>) {
    // A block of YAML ends behind its last line end, which nobody means.
    let place =
        |range: TextRange| HostRange::new(range.start, range.start + range.slice(text).trim_end().len());
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        if node.resolved_alias || !node.range.touches(offset) {
            continue;
        }
        out.push(place(node.range));
        if let NodeKind::Scalar(scalar) = &node.kind {
            out.push(scalar.map.to_host(TextRange::new(0, scalar.value.len())));
        }
        for entry in node.entries().iter().filter(|entry| entry.range.touches(offset)) {
            out.extend([place(entry.range), place(entry.key.range)]);
            pending.extend(&entry.value);
        }
        pending.extend(node.items());
    }
}
