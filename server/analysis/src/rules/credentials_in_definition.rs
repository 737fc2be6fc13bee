//! AML402: credentials where the service no longer takes them.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::{Assignment, Environment, Field, Value};

pub(super) static RULE: Rule = Rule {
    code: "AML402",
    name: "credentials-in-definition",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("credentials_in_definition.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        if let Some((first, literal)) = credentials(environment) {
            let severity = if literal { Severity::Warning } else { Severity::Information };
            cx.say(
                &RULE,
                first.target(),
                "Credentials in environment definitions are no longer supported; use a workspace connection, or managed identity with AcrPull.",
            )
            .severity(severity);
        }
    }
}

/// The first assignment of a block of credentials, and whether any of them is a literal.
fn credentials(environment: &Environment) -> Option<(&Assignment, bool)> {
    let block: Vec<&Assignment> = environment
        .assignments
        .iter()
        .filter(|assignment| matches!(assignment.field, Field::RegistryUsername | Field::RegistryPassword))
        .filter(|assignment| !assignment.value.is_cleared())
        .collect();
    let literal = block.iter().find(|assignment| matches!(assignment.value, Value::Text(_)));
    Some((literal.or(block.first())?, literal.is_some()))
}
