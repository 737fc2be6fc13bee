//! AML115: a password and an identity for one registry.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::Field;

pub(super) static RULE: Rule = Rule {
    code: "AML115",
    name: "two-credential-kinds",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("two_credential_kinds.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|environment| environment.notation.is_v1()) {
        let last = |field| {
            environment.assignments.iter().rfind(|found| found.field == field && !found.value.is_cleared())
        };
        let basic = last(Field::RegistryPassword).or_else(|| last(Field::RegistryUsername));
        let (Some(basic), Some(identity)) = (basic, last(Field::RegistryIdentity)) else { continue };
        if !basic.compatible(identity) {
            continue;
        }
        let (name, other) =
            (basic.field.name_in(environment.notation), identity.field.name_in(environment.notation));
        let remove = cx.remove(identity);
        let message = format!("{name} and {other} are both set; the service takes one kind of credentials.");
        cx.say(&RULE, identity.target(), message)
            .related(basic.target(), "the other kind")
            .suggested_fix(format!("Remove {other}"), remove.into_iter().collect());
    }
}
