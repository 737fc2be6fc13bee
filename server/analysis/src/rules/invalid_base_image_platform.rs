//! AML727: a base image of another platform.

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML727",
    name: "invalid-base-image-platform",
    severity: Severity::Hint,
    default_on: false,
    page: include_str!("invalid_base_image_platform.md"),
    check,
};

/// Which platforms an image has only its registry knows, and nothing is asked here.
fn check(_: &mut Check<'_>) {}
