//! AML204: a script that imports SDK v1 in an environment without it.

use amlenv_syntax::python;

use super::{Check, Rule};
use crate::finding::Severity;
use crate::packages::Part;
use crate::runs;

pub(super) static RULE: Rule = Rule {
    code: "AML204",
    name: "missing-azureml-core-import",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("missing_azureml_core_import.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for run in runs::of(cx) {
        let scripts = run.tasks.iter().filter_map(|task| runs::script(cx.workspace, cx.file, task));
        let mut imports = scripts.flat_map(python::imports);
        if !imports.any(|module| module == "azureml.core" || module.starts_with("azureml.core.")) {
            continue;
        }
        // Two rules before this one ask for a package that brings it.
        let asked_for = super::missing_azureml_core_batch::RULE.code;
        if cx.findings.iter().any(|said| said.rule.code == asked_for && said.range == run.place) {
            continue;
        }
        let found = runs::packages(cx, &run);
        if !found.lacks(Part::Core) {
            continue;
        }
        let core = Part::Core.package();
        let add = found.addition(cx.workspace, cx.file, core);
        cx.say(&RULE, run.place, format!("The script imports azureml.core, and nothing in this environment brings it; add {core}, or log with mlflow."))
            .suggested_fix(format!("Add {core} to the pip packages"), add.into_iter().collect());
    }
}
