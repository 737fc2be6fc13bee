//! AML615: packages of azureml whose versions do not go together.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::conflicts;

pub(super) static RULE: Rule = Rule {
    code: "AML615",
    name: "azureml-version-skew",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("azureml_version_skew.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    conflicts(cx, &RULE, &["azureml-core", "azureml-defaults"]);
}
