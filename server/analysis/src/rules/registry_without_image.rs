//! AML111: settings of a registry that no image comes from.

use super::{Check, Rule};
use amlenv_syntax::{dockerfile, image};

use crate::finding::Severity;
use crate::model::{Assignment, Environment, Field, Initial, Value};

pub(super) static RULE: Rule = Rule {
    code: "AML111",
    name: "registry-without-image",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("registry_without_image.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|environment| environment.notation.is_v1()) {
        let Some(address) = only(environment, &Field::RegistryAddress) else { continue };
        let Some(text) = address.value.known_text() else { continue };
        if environment.initial == Initial::Unknown && environment.notation.is_python() {
            continue;
        }
        if uses(environment, host_of(&text.value)) != Some(false) {
            continue;
        }
        let name = Field::Registry.name_in(environment.notation);
        let image = Field::Image.name_in(environment.notation);
        let block: Vec<&Assignment> =
            environment.assignments.iter().filter(|found| is_registry(&found.field)).collect();
        let edits: Option<Vec<_>> = block.iter().map(|found| cx.remove(found)).collect();
        cx.say(&RULE, address.target(), format!("{name} is unused: {image} is not from that registry."))
            .suggested_fix("Remove the registry's settings", edits.unwrap_or_default());
    }
}

/// The login server in an address, without what does not belong to it.
pub(super) fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest).trim()
}

/// The assignment of a field, where there is only one, whatever happens.
pub(super) fn only<'e>(environment: &'e Environment, field: &'e Field) -> Option<&'e Assignment> {
    let mut all = environment.all(field);
    let (Some(one), None) = (all.next(), all.next()) else { return None };
    one.path.is_empty().then_some(one)
}

fn is_registry(field: &Field) -> bool {
    matches!(
        field,
        Field::Registry
            | Field::RegistryAddress
            | Field::RegistryUsername
            | Field::RegistryPassword
            | Field::RegistryIdentity
    )
}

/// Whether anything of the environment may come from that host; `None` where it is not known.
fn uses(environment: &Environment, host: &str) -> Option<bool> {
    let sources = environment.assignments.iter().filter(|assignment| assignment.field.is_image_source());
    let mut set = sources.filter(|assignment| !assignment.value.is_cleared());
    let (first, second) = (set.next(), set.next());
    if second.is_some() || first.is_some_and(|first| !first.path.is_empty()) {
        return None;
    }
    match first.map(|first| (&first.field, &first.value)) {
        // Then it is the default image, or none at all.
        None => Some(false),
        Some((Field::Image, Value::DefaultImage { .. })) => Some(false),
        Some((Field::Image, Value::Text(text))) if !text.templated => {
            let reference = image::parse(text.value.trim(), 0);
            let registry = reference.registry.as_ref().map(|part| part.text.as_str());
            // Without a host it is looked for at the address; another host is another rule's business.
            match registry {
                Some("mcr.microsoft.com" | "docker.io" | "index.docker.io") => Some(false),
                _ => None,
            }
        }
        Some((Field::Dockerfile, Value::Text(text)))
            if crate::lower::python::is_dockerfile_text(&text.value) =>
        {
            let tree = dockerfile::parse(&text.value);
            let opaque = tree.stages().iter().any(|stage| stage.resolved.is_none() && stage.parent.is_none());
            (!opaque && !crate::lower::is_templated(&text.value))
                .then(|| text.value.to_ascii_lowercase().contains(&host.to_ascii_lowercase()))
        }
        Some(_) => None,
    }
}
