//! AML114: half a pair of credentials.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::{Environment, Field};

pub(super) static RULE: Rule = Rule {
    code: "AML114",
    name: "partial-registry-credentials",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("partial_registry_credentials.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        half(cx, environment, &Field::RegistryUsername, &Field::RegistryPassword, "password");
        half(cx, environment, &Field::RegistryPassword, &Field::RegistryUsername, "username");
    }
}

fn half(cx: &mut Check<'_>, environment: &Environment, given: &Field, other: &Field, missing: &str) {
    let Some(assignment) = environment.last(given).filter(|assignment| assignment.value.is_set()) else { return };
    let other_given = environment.all(other).any(|other| !other.value.is_cleared());
    // A registry object that was made elsewhere may hold the other half.
    let from_elsewhere =
        environment.last(&Field::Registry).is_some_and(|registry| !environment.is_known_registry(registry));
    if other_given || from_elsewhere {
        return;
    }
    let name = given.name_in(environment.notation);
    cx.say(&RULE, assignment.target(), format!("{name} without {missing}: the service refuses half a pair of credentials."));
}
