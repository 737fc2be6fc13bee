//! AML005: spoken by the shell, which alone sees what it is about.

use super::{Rule, spoken_by_the_shell};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML005",
    name: "unused-suppression",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("unused_suppression.md"),
    check: spoken_by_the_shell,
};
