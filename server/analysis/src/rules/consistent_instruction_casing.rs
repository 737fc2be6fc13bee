//! AML720: instructions in upper and in lower case.

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML720",
    name: "consistent-instruction-casing",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("consistent_instruction_casing.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let (document, stages) = (linted.document, &linted.stages);
        let Some(first) = stages.first() else { continue };
        // The ARGs in front of the first stage do not count, for BuildKit.
        let counted = document.tree.instructions.get(first.at..).unwrap_or(&[]);
        let lower = counted.iter().filter(|found| found.keyword == found.keyword.to_lowercase()).count();
        let upper = counted.iter().filter(|found| found.keyword == found.keyword.to_uppercase()).count();
        let to_lower = lower > upper;
        for found in counted.iter().filter(|found| found.kind.is_some()) {
            let keyword = found.keyword.as_str();
            let right = if to_lower { keyword.to_lowercase() } else { keyword.to_uppercase() };
            if right == keyword {
                continue;
            }
            let range = found.keyword_range;
            let fix = buildkit::edit(cx, document, range, &right);
            let case = if to_lower { "lower" } else { "upper" };
            let message = format!("Most instructions here are in {case} case; write {right}.");
            // BuildKit asks the head of the file only.
            if let (Some(said), Some(fix)) = (buildkit::say(cx, &RULE, &linted, None, range, message), fix) {
                said.safe_fix(format!("Write {right}"), vec![fix]);
            }
        }
    }
}
