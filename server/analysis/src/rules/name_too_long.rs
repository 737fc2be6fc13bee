//! AML502: a name that is longer than the service takes.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::Field;
use crate::reference::MAX_NAME;

pub(super) static RULE: Rule = Rule {
    code: "AML502",
    name: "name-too-long",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("name_too_long.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        let Some(name) = environment.last(&Field::Name).and_then(|name| name.value.known_text()) else { continue };
        let count = name.value.chars().count();
        if environment.is_registered() && count > MAX_NAME {
            let message = format!("The name has {count} characters; {MAX_NAME} are allowed.");
            cx.say(&RULE, name.content, message);
        }
    }
}
