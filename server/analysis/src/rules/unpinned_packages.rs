//! AML614: a pip package of any version.

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML614",
    name: "unpinned-packages",
    severity: Severity::Hint,
    default_on: false,
    page: include_str!("unpinned_packages.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for listing in cx.listings().iter() {
        for item in listing.pip() {
            let named = item.name.is_some() && item.requirement.url.is_none();
            if named && item.versions().is_empty() && item.requirement.problems.is_empty() {
                item.say(cx, &RULE, "Without a version every build may get another one; pin it.");
            }
        }
    }
}
