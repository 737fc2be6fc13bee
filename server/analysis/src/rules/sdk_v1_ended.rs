//! AML801: code for SDK v1, whose support has ended.

use amlenv_syntax::HostRange;
use amlenv_syntax::python::{self, StmtKind};

use super::{Check, Rule};
use crate::finding::{Severity, Tag};

pub(super) static RULE: Rule = Rule {
    code: "AML801",
    name: "sdk-v1-ended",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("sdk_v1_ended.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let Some(module) = cx.file.python() else { return };
    let found = python::statements(module).into_iter().find_map(|stmt| match &stmt.kind {
        StmtKind::Import { module, .. } if !module.is_empty() => is_v1(module).then_some(stmt.range),
        StmtKind::Import { names, .. } => names.iter().any(|(name, _)| is_v1(name)).then_some(stmt.range),
        _ => None,
    });
    let Some(range) = found else { return };
    // An import in parentheses may be long; its first line is enough to see.
    let first = range.slice(cx.file.text()).lines().next().map_or(0, |line| line.trim_end().len());
    let range = HostRange::new(range.start, range.start + first);
    let defines = cx.file.environments().any(|environment| environment.notation.is_v1());
    let next = if defines { "; amlenv convert writes the environments for v2." } else { "; go on with azure-ai-ml." };
    cx.say(&RULE, range, format!("SDK v1 is deprecated since 2025-03-31, and its support ended on 2026-06-30{next}"))
    .tag(Tag::Deprecated);
}

/// Whether a module belongs to SDK v1. Others share the name: `azureml.mlflow`, `azureml.fsspec`.
pub(super) fn is_v1(module: &str) -> bool {
    let mut parts = module.split('.');
    parts.next() == Some("azureml")
        && matches!(parts.next(), Some("core" | "train" | "pipeline" | "data" | "widgets"))
}
