//! AML304: an image with the tag `latest`.

use super::deprecated_base_image::is_deprecated;
use super::{Check, Rule};
use crate::catalogue::View;
use crate::finding::Severity;
use crate::images::ImagePlace;

pub(super) static RULE: Rule = Rule {
    code: "AML304",
    name: "image-latest",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("image_latest.md"),
    check,
};

/// Whether a tag that floats is worth a word: not for a digest, for images whose documents recommend
/// `latest`, for images of one's own, and where AML301 says to leave the image altogether.
pub(super) fn floats(place: &ImagePlace, catalogue: View<'_>) -> bool {
    let reference = &place.reference;
    let host = reference.registry.as_ref().map_or("", |part| part.text.as_str());
    let own = host.ends_with(".azurecr.io") || host.starts_with("localhost") || host.contains(':');
    let known = place.known_in(catalogue);
    let own = own && known.is_none_or(|image| image.tags.is_empty());
    let recommended = known.is_some_and(crate::catalogue::Image::is_inference)
        || place.microsoft().is_some_and(|path| path.starts_with("azureml/curated/"));
    reference.digest.is_none() && !own && !recommended && !is_deprecated(place, catalogue)
}

/// The newest known tag of the image.
pub(super) fn pin<'a>(place: &ImagePlace, catalogue: View<'a>) -> Option<&'a str> {
    place.known_in(catalogue)?.tags.first().map(String::as_str)
}

fn check(cx: &mut Check<'_>) {
    let (file, catalogue) = (cx.file, cx.catalogue());
    for place in cx.images().iter() {
        let Some(tag) = place.reference.tag.as_ref().filter(|tag| tag.text == "latest") else { continue };
        if !floats(place, catalogue) {
            continue;
        }
        let fix = pin(place, catalogue).and_then(|newest| Some((newest, place.edit(file, tag.range, newest)?)));
        let range = place.host(tag.range);
        let embedded = place.embedded();
        let said = cx
            .say(&RULE, range, "latest changes without notice; pin a tag so that a build can be repeated.")
            .embedded(embedded);
        if let Some((newest, edit)) = fix {
            said.suggested_fix(format!("Pin to {newest}"), vec![edit]);
        }
    }
}
