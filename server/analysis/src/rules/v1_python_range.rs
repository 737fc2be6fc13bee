//! AML623: a range of Pythons, of which SDK v1 reads the last number.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::specs;
use crate::model::{CondaSpec, Field, Package, Value};

pub(super) static RULE: Rule = Rule {
    code: "AML623",
    name: "v1-python-range",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("v1_python_range.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for (spec, environment) in specs(file) {
        let old = environment.is_some_and(|environment| environment.notation.is_v1());
        if let Some(python) = range(spec).filter(|_| old) {
            cx.say(&RULE, python.range, message(python));
        }
    }
    for environment in file.environments().filter(|environment| environment.notation.is_v1()) {
        let Some(Value::CondaPath(text)) = environment.last(&Field::Conda).map(|found| &found.value) else {
            continue;
        };
        let Some((path, found)) = super::python_missing::conda_file(cx, environment) else { continue };
        if let Some(python) = found.conda().and_then(range) {
            cx.say(&RULE, text.content, format!("{}: {}", path.file_name(), message(python)));
        }
    }
}

fn message(python: &Package) -> String {
    format!("SDK v1 reads the last number of python{} as the version; pin one.", python.specifier)
}

/// A Python of several versions.
fn range(spec: &CondaSpec) -> Option<&Package> {
    spec.conda_packages("python").find(|python| python.specifier.contains(','))
}
