//! AML401: a password in the source.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::Field;

pub(super) static RULE: Rule = Rule {
    code: "AML401",
    name: "hard-coded-registry-password",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("hard_coded_registry_password.md"),
    check,
};

/// Beyond as many findings no fix is offered.
const MOST_FIXES: usize = 64;

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        for assignment in environment.all(&Field::RegistryPassword) {
            let Some(text) = assignment.value.known_text() else { continue };
            if is_placeholder(&text.value) {
                continue;
            }
            // A fix looks through the whole file; a file with so many passwords is nobody's to mend by hand.
            let offered = cx.findings.len() < MOST_FIXES;
            let fix = offered.then(|| crate::refactor::to_environment(file, &[assignment])).flatten();
            // The value must never be repeated, neither here nor in a fix.
            cx.say(
                &RULE,
                assignment.value_range,
                "This password is in the source, and so in its history; revoke it, and use a workspace connection or a managed identity with AcrPull.",
            )
            .suggested_fix("Read it from the environment variable REGISTRY_PASSWORD", fix.unwrap_or_default());
        }
    }
}

/// Whether a password is one that nobody has: too short, or a word that says "put yours here".
pub(super) fn is_placeholder(password: &str) -> bool {
    const WORDS: [&str; 12] = [
        "password", "passwort", "username", "changeme", "change-me", "change_me", "secret", "example", "placeholder",
        "acr-password", "acr_password", "registry_password",
    ];
    let lower = password.trim().to_ascii_lowercase();
    lower.chars().count() < 8
        || WORDS.contains(&lower.as_str())
        || lower.starts_with("your")
        || lower.starts_with("my-")
        || lower.starts_with("my_")
        || lower.starts_with('<')
        || lower.starts_with('[')
        || lower.chars().all(|c| c == 'x' || c == '*' || c == '.' || c == '-' || c == '0')
}
