//! AML311: a curated environment that nobody has heard of.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::catalogue;
use crate::graph::distance;
use crate::reference::{curated_uses, is_editable, place};

pub(super) static RULE: Rule = Rule {
    code: "AML311",
    name: "unknown-curated-environment",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("unknown_curated_environment.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for used in curated_uses(file) {
        let name = used.name;
        if catalogue::environment(name.text).is_some() || catalogue::legacy(name.text).is_some() {
            continue;
        }
        let near = near(name.text);
        let range = place(used.text, name.range);
        let edit = near
            .filter(|_| is_editable(used.text))
            .map(|near| (format!("Change to {near}"), cx.edit(range, near)));
        let message = match near {
            Some(near) => format!("No curated environment is called {}; did you mean {near}?", name.text),
            None => format!("{} is not among the curated environments that were published by {}.", name.text, catalogue::catalogue().snapshot),
        };
        let mut said = cx.say(&RULE, range, message);
        if near.is_some() {
            said = said.severity(Severity::Warning);
        }
        if let Some((title, edit)) = edit {
            said.suggested_fix(title, vec![edit]);
        }
    }
}

/// The one known name that a slip of the keyboard away would be this one.
fn near(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    // Two versions of one thing differ in a digit, and that is no slip.
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let mut found = catalogue::catalogue().environments.iter().filter(|known| {
        let other = known.name.to_ascii_lowercase();
        known.is_active() && letters(&other) != letters(&lower) && distance(&other, &lower) <= 2
    });
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only.name.as_str()),
        _ => None,
    }
}
