//! AML738: the name of a stage in upper case.

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML738",
    name: "stage-name-casing",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("stage_name_casing.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        for found in &document.tree.instructions {
            let Some(name) = found.as_from().and_then(|from| from.name) else { continue };
            let lower = name.value.to_lowercase();
            if found.arguments.len() != 3 || lower == name.value {
                continue;
            }
            // References are read in any case.
            let fix = buildkit::edit(cx, document, name.range, &lower);
            let message = format!("The name of a stage should be in lower case: {lower}.");
            let said = buildkit::say(cx, &RULE, &linted, Some(found), name.range, message);
            if let (Some(said), Some(fix)) = (said, fix) {
                said.safe_fix(format!("Write {lower}"), vec![fix]);
            }
        }
    }
}
