//! AML736: a stage with a name that means something else.

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML736",
    name: "reserved-stage-name",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("reserved_stage_name.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        for found in &document.tree.instructions {
            let Some(name) = found.as_from().and_then(|from| from.name) else { continue };
            if !["context", "scratch"].contains(&name.value.to_lowercase().as_str()) {
                continue;
            }
            let message = format!("{} has a meaning of its own; give the stage another name.", name.value);
            buildkit::say(cx, &RULE, &linted, None, name.range, message);
        }
    }
}
