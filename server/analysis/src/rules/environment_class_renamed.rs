//! AML804: classes of SDK v1 that have another name now.

use amlenv_syntax::python::{self, ExprKind, StmtKind};
use amlenv_syntax::{HostRange, TextRange};

use super::sdk_v1_ended::is_v1;
use super::{Check, Rule};
use crate::finding::{Severity, Tag};

pub(super) static RULE: Rule = Rule {
    code: "AML804",
    name: "environment-class-renamed",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("environment_class_renamed.md"),
    check,
};

/// The old names and the new ones. Source: azureml-core 1.61.0, `azureml.core.environment`.
const RENAMED: [(&str, &str); 3] = [
    ("PythonEnvironment", "PythonSection"),
    ("DockerEnvironment", "DockerSection"),
    ("SparkEnvironment", "SparkSection"),
];

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let Some(module) = file.python() else { return };
    for stmt in python::statements(module) {
        let StmtKind::Import { module: from, names } = &stmt.kind else { continue };
        if !is_v1(from) {
            continue;
        }
        for (name, alias) in names {
            let Some((old, new)) = RENAMED.iter().find(|(old, _)| old == name) else { continue };
            let Some(place) = word(file.text(), stmt.range, old) else { continue };
            let mut edits = vec![cx.edit(place, *new)];
            if alias.is_none() {
                let mut named = python::expressions(module);
                named.retain(|expr| matches!(&expr.kind, ExprKind::Name(name) if name == old));
                let named = named.into_iter();
                edits.extend(named.map(|expr| cx.edit(HostRange::new(expr.range.start, expr.range.end), *new)));
            }
            cx.say(&RULE, place, format!("{old} is deprecated: the class is called {new}."))
                .tag(Tag::Deprecated)
                .suggested_fix(format!("Change to {new}"), edits);
        }
    }
}

/// Where a name stands in an import.
fn word(text: &str, within: TextRange, name: &str) -> Option<HostRange> {
    let part = within.slice(text);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    part.match_indices(name).find_map(|(at, _)| {
        let alone = !part.get(..at)?.ends_with(is_word) && !part.get(at + name.len()..)?.starts_with(is_word);
        let start = within.start + at;
        alone.then(|| HostRange::new(start, start + name.len()))
    })
}
