//! AML626: a conda file or Dockerfile that is not UTF-8.

use super::{Rule, spoken_by_the_shell};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML626",
    name: "not-utf8",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("not_utf8.md"),
    check: spoken_by_the_shell,
};
