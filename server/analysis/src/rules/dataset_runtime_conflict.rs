//! AML619: pins that azureml-dataset-runtime cannot live with.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::conflicts;

pub(super) static RULE: Rule = Rule {
    code: "AML619",
    name: "dataset-runtime-conflict",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("dataset_runtime_conflict.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    conflicts(cx, &RULE, &["azureml-dataset-runtime"]);
}
