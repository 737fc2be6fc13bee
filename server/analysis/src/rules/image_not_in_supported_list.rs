//! AML302: an image of Azure ML that is not in its list of supported ones.

use super::{Check, Rule};
use crate::catalogue::{Status, catalogue};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML302",
    name: "image-not-in-supported-list",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("image_not_in_supported_list.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for place in cx.images().iter() {
        let Some(path) = place.microsoft().filter(|path| path.starts_with("azureml/")) else { continue };
        let known = place.known_in(cx.catalogue());
        let fine = path.starts_with("azureml/curated/")
            || known.is_some_and(|image| {
                matches!(image.status, Status::Supported | Status::InUse | Status::Deprecated)
                    || matches!(image.family.as_str(), "inference" | "inference-assets")
                        && image.status != Status::Unknown
            });
        if fine {
            continue;
        }
        let day = &catalogue().snapshot;
        let range = place.host(place.reference.name_range());
        let embedded = place.embedded();
        let message = format!("{path} is not in the list of supported Azure ML base images (as of {day}).");
        let successor = known.and_then(|image| image.successor.as_deref());
        let message = match successor {
            Some(successor) => format!("{message} Nearest supported: {}.", successor.trim_start_matches("mcr.microsoft.com/")),
            None => message,
        };
        cx.say(&RULE, range, message).embedded(embedded);
    }
}
