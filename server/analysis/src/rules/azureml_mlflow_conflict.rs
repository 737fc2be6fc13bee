//! AML618: pins that azureml-mlflow cannot live with.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::conflicts;

pub(super) static RULE: Rule = Rule {
    code: "AML618",
    name: "azureml-mlflow-conflict",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("azureml_mlflow_conflict.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    conflicts(cx, &RULE, &["azureml-mlflow"]);
}
