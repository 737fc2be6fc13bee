//! AML503: a name with characters that the service refuses.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::Field;
use crate::reference;

pub(super) static RULE: Rule = Rule {
    code: "AML503",
    name: "name-characters",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("name_characters.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        let Some(name) = environment.last(&Field::Name).and_then(|name| name.value.known_text()) else { continue };
        if !environment.is_registered() || name.value.is_empty() {
            continue;
        }
        let bad = |c: char| c.is_whitespace() || matches!(c, '/' | '\\' | ':' | '@');
        let message = if let Some(found) = name.value.chars().find(|c| bad(*c)) {
            format!("A name of letters, digits, - and _ cannot hold {found:?}.")
        } else if !name.value.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            "A name begins with a letter or a digit.".to_owned()
        } else {
            continue;
        };
        let new: String = name.value.trim().chars().map(|c| if bad(c) { '-' } else { c }).collect();
        let new = new.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
        let fix = (reference::is_editable(name) && !new.is_empty()).then(|| cx.edit(name.content, new.clone()));
        let said = cx.say(&RULE, name.content, message);
        if let Some(fix) = fix {
            said.suggested_fix(format!("Rename to {new}"), vec![fix]);
        }
    }
}
