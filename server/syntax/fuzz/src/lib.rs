//! What must hold for any text, one function for each reader. A panic is a finding.

use amlenv_syntax::dockerfile::{self, Instruction};
use amlenv_syntax::python::{self, ExprKind, StmtKind};
use amlenv_syntax::{SourceMap, TextRange, conda, image, json, notebook, requirements, shell, yaml};

/// Every place of `text` that a cursor can be at, or some of them where there are many.
fn cursors(text: &str) -> impl Iterator<Item = usize> {
    let step = text.len() / 16 + 1;
    (0..=text.len()).step_by(step).filter(|at| text.is_char_boundary(*at)).chain([text.len()])
}

fn within(text: &str, range: TextRange) {
    assert!(text.get(range.start..range.end).is_some(), "{range:?} is no part of the text");
}

pub fn dockerfile(text: &str) {
    let tree = dockerfile::parse(text);
    let mut end = 0;
    for found in &tree.instructions {
        assert!(found.start_line > end && found.end_line >= found.start_line, "lines of {found:?}");
        end = found.end_line;
        within(text, found.range);
        instruction(text, found);
    }
    tree.problems.iter().for_each(|problem| within(text, problem.range));
    tree.comments.iter().for_each(|comment| within(text, *comment));
    for stage in tree.stages() {
        let _ = tree.image_of(&stage);
    }
    let scopes = dockerfile::Scopes::new(&tree);
    for (at, found) in tree.instructions.iter().enumerate().take(8) {
        let _ = (scopes.names(at), scopes.lookup(at, "A"));
        for argument in found.arguments.iter().take(4) {
            let _ = scopes.expand(at, &argument.value);
        }
        commands(text, &found.commands());
    }
    for at in cursors(text) {
        let _ = dockerfile::context_at(&tree, text, at);
    }
}

fn instruction(text: &str, found: &Instruction) {
    let mut at = Some(found);
    while let Some(found) = at {
        within(text, found.keyword_range);
        found.arguments.iter().for_each(|argument| within(text, argument.range));
        for flag in &found.flags {
            within(text, flag.range);
            within(text, flag.value_range);
        }
        found.heredocs.iter().for_each(|heredoc| within(text, heredoc.body));
        let _ = found.as_from();
        at = found.onbuild.as_deref();
    }
}

fn commands(text: &str, found: &[shell::Command]) {
    for command in found {
        for word in command.words.iter() {
            within(text, word.range);
        }
        if let Some(install) = shell::install::install(command) {
            install.files().chain(install.editables()).for_each(|word| within(text, word.range));
        }
    }
}

pub fn shell(text: &str) {
    commands(text, &shell::parse(text));
}

fn node(text: &str, root: &yaml::Node) {
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        within(text, node.range);
        for entry in node.entries() {
            within(text, entry.range);
            pending.push(&entry.key);
            pending.extend(&entry.value);
        }
        pending.extend(node.items());
    }
}

pub fn yaml(text: &str) {
    let tree = yaml::parse(text);
    tree.problems.iter().for_each(|problem| within(text, problem.range));
    for root in tree.documents.iter().flatten() {
        node(text, root);
        let _ = yaml::dump_sorted(root);
    }
    edits(text, tree.documents.iter().flatten(), yaml::edit);
    for at in cursors(text) {
        let _ = (yaml::position_at(text, at), yaml::path_at(&tree, at));
    }
}

pub fn json(text: &str) {
    let tree = json::parse(text);
    tree.problems.iter().for_each(|problem| within(text, problem.range));
    tree.root.iter().for_each(|root| node(text, root));
    edits(text, tree.root.iter(), json::edit);
}

type Edit = fn(&str, &yaml::Node, TextRange, &str) -> Option<(TextRange, String)>;

/// Changes of the first scalars of a tree.
fn edits<'t>(text: &str, roots: impl Iterator<Item = &'t yaml::Node>, edit: Edit) {
    let mut pending: Vec<&yaml::Node> = roots.collect();
    let mut left = 2;
    while let Some(node) = pending.pop() {
        pending.extend(node.entries().iter().filter_map(|entry| entry.value.as_ref()).chain(node.items()));
        if let Some(value) = node.as_str() {
            change(value, |range, new| {
                edit(text, node, range, new).map(|(place, new)| within_edit(text, place, &new))
            });
            left -= 1;
            if left == 0 {
                return;
            }
        }
    }
}

pub fn python(text: &str) {
    let module = python::parse(text);
    module.comments.iter().for_each(|comment| within(text, *comment));
    // Changes are dear, so only some are tried.
    let mut literals = 2;
    for stmt in &module.body {
        within(text, stmt.range);
        let StmtKind::Assign { value, .. } = &stmt.kind else { continue };
        let mut pending = vec![value];
        while let Some(expr) = pending.pop() {
            within(text, expr.range);
            pending.extend(python::children(expr));
            if !matches!(expr.kind, ExprKind::Str(_) | ExprKind::Binary { .. }) {
                continue;
            }
            if let Some(literal) = python::text_value(expr) {
                every_place(text, &literal.value, &literal.map);
                if literals == 0 {
                    continue;
                }
                literals -= 1;
                change(&literal.value, |range, new| {
                    literal.edit(text, range, new).map(|(place, new)| within_edit(text, place, &new))
                });
            }
        }
    }
    for at in cursors(text) {
        let _ = (python::cursor_at(&module, at), python::place_at(text, at));
    }
}

fn within_edit(text: &str, place: TextRange, new: &str) {
    within(text, place);
    let _ = new.len();
}

/// Every character of a decoded text comes from somewhere in its host.
fn every_place(host: &str, decoded: &str, map: &SourceMap) {
    for (at, c) in decoded.char_indices() {
        let place = map.to_host(TextRange::new(at, at + c.len_utf8()));
        within(host, TextRange::new(place.start, place.end));
    }
}

/// Some changes of a text.
fn change(text: &str, apply: impl Fn(TextRange, &str) -> Option<()>) {
    for (start, new) in cursors(text).take(3).zip(["\\\"'\u{1f600}", "a\n", ""]) {
        for end in [start, text.len()] {
            let _ = apply(TextRange::new(start, end), new);
        }
    }
}

pub fn requirements(text: &str) {
    let read = requirements::parse(text);
    read.comments.iter().for_each(|comment| within(text, *comment));
    for line in &read.lines {
        match line {
            requirements::Line::Requirement(found) => {
                within(text, found.range);
                let parts = [&found.name, &found.specifier, &found.url, &found.marker];
                parts.into_iter().flatten().for_each(|(_, range)| within(text, *range));
            }
            requirements::Line::Option { value, range, .. } => {
                within(text, *range);
                value.iter().for_each(|(_, range)| within(text, *range));
            }
        }
    }
}

pub fn conda(text: &str) {
    let read = conda::match_spec(text);
    [&read.name, &read.version].into_iter().flatten().for_each(|(_, range)| within(text, *range));
}

pub fn image(text: &str) {
    let read = image::parse(text, 0);
    within(text, read.range);
    let _ = (read.name(), read.name_range());
}

pub fn notebook(text: &str) {
    let read = notebook::parse(text);
    read.problems.iter().for_each(|problem| within(text, problem.range));
    let sources = sources(text);
    for cell in &read.cells {
        if let Some(source) = sources.get(cell.number - 1) {
            assert_eq!(cell.source, *source);
        }
        every_place(text, &cell.source, &cell.map);
        change(&cell.source, |range, new| {
            let (place, replacement) = cell.edit(text, range, new)?;
            let after = [&text[..place.start], &replacement, &text[place.end..]].concat();
            let expected = [&cell.source[..range.start], new, &cell.source[range.end..]].concat();
            let again = notebook::parse(&after);
            assert_eq!(
                again.cells.get(cell.number - 1).map(|cell| cell.source.as_str()),
                Some(expected.as_str())
            );
            Some(())
        });
    }
}

/// The sources of a notebook's cells, read by somebody else.
fn sources(text: &str) -> Vec<String> {
    let Ok(read) = serde_json::from_str::<serde_json::Value>(text) else { return Vec::new() };
    let source = |cell: &serde_json::Value| match &cell["source"] {
        serde_json::Value::Array(lines) => lines.iter().filter_map(serde_json::Value::as_str).collect(),
        one => one.as_str().unwrap_or("").to_owned(),
    };
    read["cells"].as_array().into_iter().flatten().map(source).collect()
}
