//! AML113: a registry's address with more than the name of its server.

use super::registry_without_image::host_of;
use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::Field;

pub(super) static RULE: Rule = Rule {
    code: "AML113",
    name: "registry-address-form",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("registry_address_form.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|environment| environment.notation.is_v1()) {
        for address in environment.all(&Field::RegistryAddress) {
            let Some(text) = address.value.known_text() else { continue };
            let host = host_of(&text.value);
            if host == text.value || host.is_empty() {
                continue;
            }
            let fix = cx.rewrite(text, host);
            cx.say(&RULE, text.content, format!("Use the login server name only: {host}."))
                .safe_fix(format!("Change to {host}"), fix.into_iter().collect());
        }
    }
}
