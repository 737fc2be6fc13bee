//! AML617: pins that the inference server cannot live with.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::conflicts;

pub(super) static RULE: Rule = Rule {
    code: "AML617",
    name: "inference-server-conflict",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("inference_server_conflict.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    conflicts(cx, &RULE, &["azureml-inference-server-http"]);
}
