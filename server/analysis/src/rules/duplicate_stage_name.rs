//! AML722: two stages with one name.

use std::collections::HashMap;

use amlenv_syntax::TextRange;

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML722",
    name: "duplicate-stage-name",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("duplicate_stage_name.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        let mut seen: HashMap<String, TextRange> = HashMap::new();
        for found in &document.tree.instructions {
            let Some(name) = found.as_from().and_then(|from| from.name) else { continue };
            let Some(earlier) = seen.insert(name.value.to_lowercase(), name.range) else { continue };
            let message = format!(
                "There is a stage {} already; from here on the name means this one, and the other has none.",
                name.value
            );
            let related = document.host(earlier);
            if let Some(said) = buildkit::say(cx, &RULE, &linted, None, name.range, message) {
                said.related(related, "the other one");
            }
        }
    }
}
