//! AML001: spoken by the shell, which alone sees what it is about.

use super::{Rule, spoken_by_the_shell};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML001",
    name: "unreadable-file",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("unreadable_file.md"),
    check: spoken_by_the_shell,
};
