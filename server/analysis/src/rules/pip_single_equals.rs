//! AML610: `=` where pip needs `==`.

use amlenv_syntax::TextRange;

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML610",
    name: "pip-single-equals",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("pip_single_equals.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for listing in cx.listings().iter() {
        for item in listing.pip() {
            let Some(sign) = single_equals(&item.text, &item.requirement) else { continue };
            let fix = item.replace(file, sign, "==").into_iter().collect();
            item.say(cx, &RULE, "pip takes == for a version; = is conda's.").safe_fix("Write ==", fix);
        }
    }
}

/// Where `=` stands in a requirement as its only operator.
pub(super) fn single_equals(
    text: &str,
    requirement: &amlenv_syntax::requirements::Requirement,
) -> Option<TextRange> {
    let problem = requirement.problems.first()?;
    let said = requirement.specifier.as_ref()?.0.strip_prefix('=')?;
    let fits = !said.is_empty()
        && said.trim_start().starts_with(|c: char| c.is_ascii_digit())
        && !said.contains('=');
    (fits && problem.range.slice(text) == "=").then_some(problem.range)
}
