//! What the call takes that is being typed: the constructors and factories of both SDKs, in Python and in
//! the cells of notebooks. Half-typed code has no tree that could be relied on, so the call is found by its
//! brackets; which SDK is meant, the imports say.

use std::sync::OnceLock;

use amlenv_syntax::python::{place_at, statements};
use serde::Deserialize;

use crate::answers::{Signature, SignatureParameter};
use crate::file::File;
use crate::lower::python::names::{Imports, Sdk};
use crate::path::FilePath;
use crate::workspace::Workspace;

/// What the SDKs' calls take.
#[derive(Debug, Default, Deserialize)]
struct Table {
    v1: Vec<Entry>,
    v2: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    /// Class and method: `Environment.from_dockerfile`.
    call: String,
    doc: String,
    parameters: Vec<Parameter>,
    /// Whether all of them must be named.
    #[serde(default)]
    keyword_only: bool,
    /// Whether it is called on an object, whatever that is called.
    #[serde(default)]
    method: bool,
}

#[derive(Debug, Deserialize)]
struct Parameter {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    default: Option<String>,
    doc: String,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(include_str!("../data/signatures.json")).unwrap_or_default())
}

pub(crate) fn signature(workspace: &Workspace, path: &FilePath, offset: usize) -> Option<Signature> {
    let file = workspace.file(path)?;
    match file.nested_at(offset) {
        // What is open at the end of a cell does not go on in the next.
        Some((nested, at)) => in_file(&nested.file, nested.cell_start(at), at),
        None => in_file(file, 0, offset),
    }
}

/// A call that is being typed.
#[derive(Debug)]
struct Call {
    /// What is called: a chain of names; begins with a dot where it is called on something else.
    callee: String,
    /// How many arguments stand in front of the cursor's.
    position: usize,
    /// The keywords of the others.
    given: Vec<String>,
    /// The keyword of the cursor's argument, once its `=` is there.
    keyword: Option<String>,
    /// What is typed of the cursor's argument, where that is a name.
    typed: String,
}

/// The innermost call that is open at a place; `None` in a comment, where something is defined, and
/// outside of calls.
fn call_at(text: &str, offset: usize) -> Option<Call> {
    let place = place_at(text, offset);
    let bracket = place.brackets.last().filter(|bracket| bracket.open == '(' && !place.comment)?;
    let head = text.get(..bracket.at)?.trim_end().strip_suffix(bracket.callee.as_str())?.trim_end();
    let defined = head.ends_with("def") || head.ends_with("class");
    if bracket.callee.is_empty() || defined {
        return None;
    }
    let typed = text.get(place.name.start..offset).filter(|_| bracket.fresh).unwrap_or("");
    Some(Call {
        callee: bracket.callee.clone(),
        position: bracket.commas,
        given: bracket.keywords.clone(),
        keyword: bracket.keyword.clone(),
        typed: typed.to_owned(),
    })
}

fn in_file(file: &File, start: usize, offset: usize) -> Option<Signature> {
    let module = file.python()?;
    let call = call_at(file.text().get(start..)?, offset - start)?;
    let mut imports = Imports::default();
    for stmt in statements(module) {
        imports.add(stmt);
    }
    let entry = entry(&imports, &call.callee)?;
    Some(shown(entry, &call))
}

fn entry(imports: &Imports, callee: &str) -> Option<&'static Entry> {
    let full = imports.full_name(callee);
    let named = |entry: &&Entry| {
        full.strip_suffix(entry.call.as_str()).is_some_and(|head| head.is_empty() || head.ends_with('.'))
    };
    let found = match imports.sdk(callee) {
        Some(Sdk::V1) => table().v1.iter().find(named),
        Some(Sdk::V2) => table().v2.iter().find(named),
        None => None,
    };
    found.or_else(|| {
        // What an object is, its name does not say; these names no other class has.
        let method = callee.rsplit_once('.').map(|(_, method)| method)?;
        let known = |entry: &&Entry| entry.method && entry.call.ends_with(&format!(".{method}"));
        table().v1.iter().find(known).filter(|_| imports.has_v1())
    })
}

fn shown(entry: &Entry, call: &Call) -> Signature {
    let mut label = format!("{}(", entry.call);
    if entry.keyword_only && !entry.parameters.is_empty() {
        label.push_str("*, ");
    }
    let mut parameters = Vec::new();
    for (number, parameter) in entry.parameters.iter().enumerate() {
        if number > 0 {
            label.push_str(", ");
        }
        let start = label.len();
        label.push_str(&format!("{}: {}", parameter.name, parameter.kind));
        if let Some(default) = &parameter.default {
            label.push_str(&format!(" = {default}"));
        }
        parameters
            .push(SignatureParameter { label: (start, label.len()), documentation: parameter.doc.clone() });
    }
    label.push(')');
    Signature { label, documentation: entry.doc.clone(), parameters, active: active(entry, call) }
}

/// The parameter that the cursor stands at.
fn active(entry: &Entry, call: &Call) -> Option<usize> {
    let position = |name: &str| entry.parameters.iter().position(|parameter| parameter.name == name);
    if let Some(name) = &call.keyword {
        return position(name);
    }
    let free = |number: &usize| {
        let parameter = entry.parameters.get(*number);
        parameter.is_some_and(|parameter| !call.given.contains(&parameter.name))
    };
    let typed = call.typed.as_str();
    if entry.keyword_only || !call.given.is_empty() {
        // By its name alone, of which the beginning may be there.
        let fits = |number: &usize| {
            free(number)
                && entry.parameters.get(*number).is_some_and(|parameter| parameter.name.starts_with(typed))
        };
        return (0..entry.parameters.len()).find(fits);
    }
    (call.position < entry.parameters.len()).then_some(call.position)
}

#[cfg(test)]
mod tests {
    use super::call_at;

    /// `callee position keyword/typed given` at the cursor `|`.
    fn shown(marked: &str) -> Option<String> {
        let call = call_at(&marked.replace('|', ""), marked.find('|')?)?;
        let word = call.keyword.unwrap_or(call.typed);
        Some(format!("{} {} {word} {:?}", call.callee, call.position, call.given))
    }

    #[test]
    fn the_innermost_call_is_found() {
        for (text, expected) in [
            ("f(|", Some("f 0  []")),
            ("a.b.f ( x, y=1, z|", Some("a.b.f 2 z [\"y\"]")),
            ("f(name='a, (b', im|age", Some("f 1 im [\"name\"]")),
            ("f(a, g(b), image=|", Some("f 2 image [\"image\"]")),
            ("f(|, name='x')", Some("f 0  [\"name\"]")),
            ("f(a, [1, 2|", None),
            ("f(a, [1, 2], |", Some("f 2  []")),
            ("f(a)|", None),
            ("f(a # b, |", None),
            ("f(a, # b\n  '''\n,''', |", Some("f 2  []")),
            ("f(\nx = 1\nimport a\ng(|", Some("g 0  []")),
            ("f(\ndef g(|", None),
            ("x().f(\"é😀, |", Some(".f 0  []")),
            ("f('a\ng(|", Some("g 0  []")),
            ("f(a == b, x|", Some("f 1 x []")),
        ] {
            assert_eq!(shown(text), expected.map(str::to_owned), "{text:?}");
        }
    }
}
