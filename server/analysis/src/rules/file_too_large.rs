//! AML002: spoken by the shell, which alone sees what it is about.

use super::{Rule, spoken_by_the_shell};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML002",
    name: "file-too-large",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("file_too_large.md"),
    check: spoken_by_the_shell,
};
