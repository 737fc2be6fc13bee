//! AML004: spoken by the shell, which alone sees what it is about.

use super::{Rule, spoken_by_the_shell};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML004",
    name: "invalid-configuration",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("invalid_configuration.md"),
    check: spoken_by_the_shell,
};
