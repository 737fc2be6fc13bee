//! AML112: a registry's address that is not the host of the image.

use super::{Check, Rule};
use amlenv_syntax::image;

use super::registry_without_image::{host_of, only};
use crate::finding::Severity;
use crate::model::Field;

pub(super) static RULE: Rule = Rule {
    code: "AML112",
    name: "registry-host-mismatch",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("registry_host_mismatch.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|environment| environment.notation.is_v1()) {
        let (Some(address), Some(image)) =
            (only(environment, &Field::RegistryAddress), only(environment, &Field::Image))
        else {
            continue;
        };
        let (Some(address), Some(image)) = (address.value.known_text(), image.value.known_text()) else {
            continue;
        };
        let reference = image::parse(image.value.trim(), 0);
        let Some(host) = reference.registry.filter(|_| !reference.has_placeholder) else { continue };
        // Of public images another rule says that the settings are not used.
        let public = matches!(host.text.as_str(), "mcr.microsoft.com" | "docker.io" | "index.docker.io");
        if public || host.text.eq_ignore_ascii_case(host_of(&address.value)) {
            continue;
        }
        let use_host = cx.rewrite(address, &host.text);
        let use_address = image
            .value
            .trim()
            .strip_prefix(host.text.as_str())
            .and_then(|rest| cx.rewrite(image, &format!("{}{rest}", host_of(&address.value))));
        let message = format!(
            "The image comes from {}, and the credentials are for {}.",
            host.text,
            host_of(&address.value)
        );
        cx.say(&RULE, address.content, message)
            .related(image.content, "the image")
            .suggested_fix(format!("Set the address to {}", host.text), use_host.into_iter().collect())
            .suggested_fix("Take the image from the address", use_address.into_iter().collect());
    }
}
