//! AML502: a name that is longer than the service takes.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::Field;

pub(super) static RULE: Rule = Rule {
    code: "AML502",
    name: "name-too-long",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("name_too_long.md"),
    check,
};

/// The longest name. Source: the page about managing environments.
const MOST: usize = 255;

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        let Some(name) = environment.last(&Field::Name).and_then(|name| name.value.known_text()) else { continue };
        let count = name.value.chars().count();
        if environment.is_registered() && count > MOST {
            let message = format!("The name has {count} characters; {MOST} are allowed.");
            cx.say(&RULE, name.content, message);
        }
    }
}
