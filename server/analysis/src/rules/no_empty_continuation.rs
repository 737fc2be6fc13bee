//! AML734: blank lines inside a continued line.

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::{Edit, Severity};

pub(super) static RULE: Rule = Rule {
    code: "AML734",
    name: "no-empty-continuation",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("no_empty_continuation.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        for found in document.tree.instructions.iter().filter(|found| !found.blank_lines.is_empty()) {
            let fix: Option<Vec<Edit>> =
                found.blank_lines.iter().map(|line| buildkit::edit(cx, document, *line, "")).collect();
            let places: Vec<_> = found.blank_lines.iter().map(|line| document.host(*line)).collect();
            let message = "Blank lines above, inside the continued line; BuildKit is going to refuse them.";
            // BuildKit asks the head of the file only, and names the last line.
            let Some(mut said) = buildkit::say(cx, &RULE, &linted, None, found.last_line, message) else { continue };
            for place in places {
                said = said.related(place, "a blank line");
            }
            if let Some(fix) = fix {
                said.safe_fix("Remove the blank lines", fix);
            }
        }
    }
}
