//! AML301: an image that its maker has ended.

use super::{Check, Rule};
use crate::catalogue::{Image, Status, catalogue};
use crate::finding::{Severity, Tag};
use crate::images::{ImagePlace, images_of};

pub(super) static RULE: Rule = Rule {
    code: "AML301",
    name: "deprecated-base-image",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("deprecated_base_image.md"),
    check,
};

/// Whether the image of a place is one that AML301 speaks of.
pub(super) fn is_deprecated(place: &ImagePlace) -> bool {
    place.known().is_some_and(|image| image.status == Status::Deprecated)
}

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for place in images_of(file) {
        let Some(image) = place.known().filter(|image| image.status == Status::Deprecated) else { continue };
        let range = place.host(place.reference.range);
        let successors = successors(image);
        let advice = match successors.as_slice() {
            [] => "choose a supported image".to_owned(),
            [first, ..] => format!("use {}", first.name()),
        };
        let fixes: Vec<_> = successors
            .iter()
            .filter_map(|successor| {
                let new = match successor.tags.first() {
                    Some(tag) => format!("{}:{tag}", successor.repository),
                    None => successor.repository.clone(),
                };
                let edit = place.edit(file, place.reference.range, &new)?;
                Some((format!("Replace by {}", successor.name()), edit))
            })
            .collect();
        let embedded = place.embedded();
        let mut said = cx
            .say(&RULE, range, format!("{} is deprecated and no longer patched; {advice}.", image.name()))
            .tag(Tag::Deprecated)
            .embedded(embedded);
        for (title, edit) in fixes {
            said = said.suggested_fix(title, vec![edit]);
        }
    }
}

/// The supported images that could stand in: of the same kind, the nearest one first. A jump of the
/// CUDA version is a choice, so all of them are offered.
fn successors(image: &Image) -> Vec<&'static Image> {
    let nearest = image.successor.as_deref();
    let mut out: Vec<&'static Image> = catalogue()
        .images
        .iter()
        .filter(|other| other.status == Status::Supported && other.family == "training" && other.kind == image.kind)
        .collect();
    if nearest.is_none() {
        return Vec::new();
    }
    out.sort_by_key(|other| Some(other.name()) != nearest && Some(other.repository.as_str()) != nearest);
    out
}
