//! AML312: an image from a registry that the configuration does not allow.

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML312",
    name: "registry-not-allowed",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("registry_not_allowed.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let allowed = &cx.settings.allowed_registries;
    if allowed.is_empty() {
        return;
    }
    for place in cx.images().iter() {
        let host = place.reference.registry.as_ref().map_or("docker.io", |host| host.text.as_str());
        if place.reference.repository.text.is_empty() || allowed.iter().any(|known| known.eq_ignore_ascii_case(host)) {
            continue;
        }
        let (range, embedded) = (place.host(place.reference.name_range()), place.embedded());
        let message = format!("Images may come from {}, not from {host}.", allowed.join(", "));
        cx.say(&RULE, range, message).embedded(embedded);
    }
}
