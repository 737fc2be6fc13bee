//! AML403: a secret in ARG or ENV.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::Kind;

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML403",
    name: "secrets-used-in-arg-or-env",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("secrets_used_in_arg_or_env.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        for (_, steps) in linted.steps() {
            for step in steps {
                let found = step.instruction;
                let every = if step.is(Kind::Env) { 2 } else { 1 };
                if !(step.is(Kind::Env) || step.is(Kind::Arg)) {
                    continue;
                }
                for word in found.arguments.iter().step_by(every) {
                    let key = word.value.split('=').next().unwrap_or("");
                    if !is_secret(key) {
                        continue;
                    }
                    let start = word.range.start;
                    let range = match word.range.slice(&document.text).starts_with(key) {
                        true => TextRange::new(start, start + key.len()),
                        false => word.range,
                    };
                    let message = format!(
                        "Whoever has the image can read {}, as {} keeps it; use a workspace connection, or a secret of the build.",
                        key.trim_matches(['"', '\'']),
                        found.keyword.to_uppercase()
                    );
                    buildkit::say(cx, &RULE, &linted, step.commented(), step.place(range), message);
                }
            }
        }
    }
}

/// Whether a name says that its value is a secret.
/// Source: BuildKit, `getSecretsRegex`.
fn is_secret(name: &str) -> bool {
    const SECRET: [&str; 10] = [
        "apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token",
    ];
    const OPEN: [&str; 3] = ["public", "file", "version"];
    let lower = name.to_lowercase();
    let has = |words: &[&str]| lower.split('_').any(|part| words.contains(&part));
    has(&SECRET) && !has(&OPEN)
}
