//! AML725: FROM and AS in different cases.

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML725",
    name: "from-as-casing",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("from_as_casing.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let (document, stages) = (linted.document, &linted.stages);
        for stage in stages {
            let from = stage.from;
            let Some(word) = from.arguments.get(1).filter(|_| stage.name.is_some()) else { continue };
            // Of a keyword in both cases AML720 speaks.
            let right = match from.keyword.as_str() {
                "FROM" => "AS",
                "from" => "as",
                _ => continue,
            };
            if word.value == right {
                continue;
            }
            let fix = buildkit::edit(cx, document, word.range, right);
            let message = format!("{} should be in the same case as {}.", word.value, from.keyword);
            let said = buildkit::say(cx, &RULE, &linted, Some(from), word.range, message);
            if let (Some(said), Some(fix)) = (said, fix) {
                said.safe_fix(format!("Write {right}"), vec![fix]);
            }
        }
    }
}
