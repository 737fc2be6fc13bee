//! AML605: a Python that has ended.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::lifecycle::ended_python;
use crate::model::{CondaSpec, Field, Value};

pub(super) static RULE: Rule = Rule {
    code: "AML605",
    name: "python-eol",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("python_eol.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let inline = file.environments().flat_map(|environment| environment.all(&Field::Conda)).filter_map(|assignment| {
        match &assignment.value {
            Value::Conda(spec) => Some(&**spec),
            _ => None,
        }
    });
    let specs: Vec<&CondaSpec> = file.conda().into_iter().chain(inline).collect();
    for spec in specs {
        let Some(python) = spec.conda.iter().find(|package| package.name == "python") else { continue };
        // Only a pin says which one it will be.
        let pin = python.specifier.trim_start_matches('=').trim_end_matches(".*");
        let pinned = python.specifier.starts_with('=') && pin.chars().all(|c| c.is_ascii_digit() || c == '.');
        let Some(found) = ended_python(pin).filter(|_| pinned) else { continue };
        cx.say(&RULE, python.range, format!("{} ended on {}; packages stop supporting it.", found.what, found.on));
    }
}
