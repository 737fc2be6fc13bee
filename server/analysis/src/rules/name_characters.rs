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
        let Some(message) = reference::character_fault(&name.value) else { continue };
        let bad = reference::is_refused_character;
        let new: String = name.value.trim().chars().map(|c| if bad(c) { '-' } else { c }).collect();
        let new = new.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
        let fix = (reference::is_editable(name) && !new.is_empty()).then(|| cx.edit(name.content, new.clone()));
        let said = cx.say(&RULE, name.content, message);
        if let Some(fix) = fix {
            said.suggested_fix(format!("Rename to {new}"), vec![fix]);
        }
    }
}
