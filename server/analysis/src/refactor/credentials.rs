//! Credentials of a registry in code: read from the process environment, or taken out.

use amlenv_syntax::HostRange;
use amlenv_syntax::python::{self, StmtKind};

use super::{Place, after};
use crate::answers::{Refactor, RefactorKind};
use crate::file::File;
use crate::finding::Edit;
use crate::model::{Assignment, Environment, Field, Value};
use crate::text_edit::{is_removable, line_end, line_start, whole_lines};

/// What is offered for the credentials of an environment.
pub(super) fn credentials(at: &Place<'_>) -> Vec<Refactor> {
    let said = block(at.environment);
    if at.file.python().is_none() || !said.iter().any(|said| said.range.intersects(at.range)) {
        return Vec::new();
    }
    let refactor = |title: &str, edits: Option<Vec<Edit>>| {
        let mut out = Refactor::new(title, RefactorKind::Rewrite);
        out.mends = Some("AML402");
        out.edits = edits?;
        Some(out)
    };
    let literals: Vec<&Assignment> =
        said.iter().copied().filter(|said| matches!(said.value, Value::Text(_))).collect();
    [
        refactor("Read the registry credentials from os.environ", to_environment(at.file, &literals)),
        refactor("Delete the registry credentials", deleted(at.file, &said)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// User name and password, as far as they are set.
fn block(environment: &Environment) -> Vec<&Assignment> {
    let of_block = |said: &&Assignment| {
        matches!(said.field, Field::RegistryUsername | Field::RegistryPassword) && !said.value.is_cleared()
    };
    environment.assignments.iter().filter(of_block).collect()
}

/// Edits that read these texts from variables of the process; what they are is not repeated anywhere.
/// `None` where the literals do not stand in the assignments themselves.
pub(crate) fn to_environment(file: &File, said: &[&Assignment]) -> Option<Vec<Edit>> {
    let module = file.python()?;
    let edit = |range, text: String| Edit { file: file.path().clone(), range, text };
    let mut edits = Vec::new();
    for said in said {
        let Value::Text(text) = &said.value else { return None };
        // A name elsewhere that holds the text would keep it in the source.
        if text.templated
            || text.content.start <= said.value_range.start
            || text.content.end >= said.value_range.end
        {
            return None;
        }
        let name =
            if said.field == Field::RegistryPassword { "REGISTRY_PASSWORD" } else { "REGISTRY_USERNAME" };
        edits.push(edit(said.value_range, format!("os.environ[\"{name}\"]")));
    }
    if edits.is_empty() {
        return None;
    }
    let imports = || {
        module.body.iter().filter_map(|stmt| match &stmt.kind {
            StmtKind::Import { module, names } => Some((stmt, module, names)),
            _ => None,
        })
    };
    let os = |(name, alias): &(String, Option<String>)| name == "os" && alias.is_none();
    if !imports().any(|(_, module, names)| module.is_empty() && names.iter().any(os)) {
        let (first, ..) = imports().find(|(_, module, _)| module.as_str() != "__future__")?;
        let start = line_start(file.text(), first.range.start);
        edits.push(edit(HostRange::empty(start), format!("import os{}", line_end(file.text()))));
    }
    after(file, &edits)?;
    Some(edits)
}

/// Edits that take the assignments out.
fn deleted(file: &File, said: &[&Assignment]) -> Option<Vec<Edit>> {
    let text = file.text();
    let removed = said.iter().map(|said| {
        let alone = said.statement && said.path.is_empty() && is_removable(text, said.range);
        alone.then(|| Edit {
            file: file.path().clone(),
            range: whole_lines(text, said.range),
            text: String::new(),
        })
    });
    let edits: Vec<Edit> = removed.collect::<Option<_>>()?;
    let changed = after(file, &edits)?;
    // A block that has lost all of its statements reads on into the next one.
    let statements = |file: &File| file.python().map_or(0, |module| python::statements(module).len());
    (statements(&changed) + edits.len() == statements(file)).then_some(edits)
}
