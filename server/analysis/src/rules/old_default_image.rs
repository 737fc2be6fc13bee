//! AML307: code of SDK v1 that leaves the image to the installed SDK.

use super::{Check, Rule};
use crate::catalogue::{self, DefaultImages};
use crate::finding::Severity;
use crate::settings::Settings;
use crate::sources;

pub(super) static RULE: Rule = Rule {
    code: "AML307",
    name: "old-default-image",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("old_default_image.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let settings = cx.settings;
    for environment in file.environments().filter(|environment| sources::relies_on_default(environment)) {
        let Some(text) = by_release(settings) else { return };
        cx.say(
            &RULE,
            environment.anchor,
            format!("No image is named, so that it is the default one of the installed azureml-core: {text}. Set base_image."),
        );
    }
}

/// The CPU images by release, as far as the configured range reaches.
fn by_release(settings: &Settings) -> Option<String> {
    let all = catalogue::defaults();
    let oldest = |next: Option<&DefaultImages>| {
        // A release is out of range where nothing below the next one may be meant.
        let within = |next: &DefaultImages| {
            settings.target_sdk.as_ref().is_none_or(|range| range.allows_below(&next.azureml_core))
        };
        next.is_none_or(within)
    };
    let mut parts: Vec<String> = Vec::new();
    let mut last = "";
    for (number, found) in all.iter().enumerate() {
        if !oldest(all.get(number + 1)) || found.cpu == last {
            continue;
        }
        last = &found.cpu;
        let (release, repository) = (&found.azureml_core, found.cpu.rsplit('/').next().unwrap_or(&found.cpu));
        parts.push(format!("{repository} with {release}"));
    }
    parts.reverse();
    (!parts.is_empty()).then(|| parts.join(", "))
}
