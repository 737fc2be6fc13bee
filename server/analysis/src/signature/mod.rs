//! What the call takes that is being typed: the constructors and factories of both SDKs, in Python and in
//! the cells of notebooks. Half-typed code has no tree that could be relied on, so the call is found by its
//! brackets; which SDK is meant, the imports say.

mod scan;

use std::sync::OnceLock;

use amlenv_syntax::python::statements;
use serde::Deserialize;

use self::scan::{Call, call_at};
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
    TABLE.get_or_init(|| serde_json::from_str(include_str!("../../data/signatures.json")).unwrap_or_default())
}

pub(crate) fn signature(workspace: &Workspace, path: &FilePath, offset: usize) -> Option<Signature> {
    let file = workspace.file(path)?;
    match file.nested_at(offset) {
        // What is open at the end of a cell does not go on in the next.
        Some((nested, at)) => in_file(&nested.file, nested.cell_start(at), at),
        None => in_file(file, 0, offset),
    }
}

fn in_file(file: &File, start: usize, offset: usize) -> Option<Signature> {
    let module = file.python()?;
    let call = call_at(file.text().get(start..offset)?)?;
    let mut imports = Imports::default();
    for stmt in statements(module) {
        imports.add(stmt);
    }
    let entry = entry(&imports, call.callee)?;
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

fn shown(entry: &Entry, call: &Call<'_>) -> Signature {
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
fn active(entry: &Entry, call: &Call<'_>) -> Option<usize> {
    let position = |name: &str| entry.parameters.iter().position(|parameter| parameter.name == name);
    if let Some(name) = call.keyword {
        return position(name);
    }
    let free = |number: &usize| {
        let parameter = entry.parameters.get(*number);
        parameter.is_some_and(|parameter| !call.given.contains(&parameter.name.as_str()))
    };
    let typed = call.typed;
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
