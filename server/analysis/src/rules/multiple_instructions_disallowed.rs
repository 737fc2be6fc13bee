//! AML733: a CMD, ENTRYPOINT or HEALTHCHECK that a later one replaces.

use std::collections::HashMap;

use amlenv_syntax::dockerfile::Kind;

use super::{Check, Rule};
use crate::buildkit::{self, Step};
use crate::finding::{Severity, Tag};

pub(super) static RULE: Rule = Rule {
    code: "AML733",
    name: "multiple-instructions-disallowed",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("multiple_instructions_disallowed.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        for (_, steps) in linted.steps() {
            let mut last: HashMap<Kind, Step<'_>> = HashMap::new();
            for step in steps {
                let Some(kind) = step.instruction.kind else { continue };
                if !matches!(kind, Kind::Cmd | Kind::Entrypoint | Kind::Healthcheck) {
                    continue;
                }
                let Some(earlier) = last.insert(kind, step) else { continue };
                let range = earlier.place(earlier.instruction.keyword_range);
                let message = format!("Only the last {} of a stage counts; this one has no effect.", kind.keyword());
                let related = document.host(step.place(step.instruction.keyword_range));
                // The comment in front of the later one counts, for BuildKit.
                if let Some(said) = buildkit::say(cx, &RULE, &linted, step.commented(), range, message) {
                    said.tag(Tag::Unnecessary).related(related, "the one that counts");
                }
            }
        }
    }
}
