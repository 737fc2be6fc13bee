//! AML603: a Python of any version.

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML603",
    name: "python-unpinned",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("python_unpinned.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for listing in cx.listings().iter() {
        let counts = matches!(listing.source, crate::listed::Source::Conda(_)) || listing.creates();
        // Of two, the other may say the version.
        let pinned = listing.conda().any(|item| item.is("python") && !item.versions().is_empty());
        for item in listing.conda().filter(|item| item.is("python") && counts && !pinned) {
            item.say(cx, &RULE, "Python has no version here, so every build may get another one; pin it.");
        }
    }
}
