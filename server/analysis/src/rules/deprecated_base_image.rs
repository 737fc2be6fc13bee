//! AML301: an image that its maker has ended.

use super::{Check, Rule};
use crate::catalogue::{Image, Status, View};
use crate::finding::{Severity, Tag};
use crate::images::ImagePlace;

pub(super) static RULE: Rule = Rule {
    code: "AML301",
    name: "deprecated-base-image",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("deprecated_base_image.md"),
    check,
};

/// Whether the image of a place is one that AML301 speaks of.
pub(super) fn is_deprecated(place: &ImagePlace, catalogue: View<'_>) -> bool {
    place.known_in(catalogue).is_some_and(|image| image.status == Status::Deprecated)
}

fn check(cx: &mut Check<'_>) {
    let (file, view) = (cx.file, cx.catalogue());
    for place in cx.images().iter() {
        let Some(image) = place.known_in(view).filter(|image| image.status == Status::Deprecated) else { continue };
        let range = place.host(place.reference.range);
        let successors = successors(image, view);
        let advice = match (successors.as_slice(), &image.successor) {
            ([first, ..], _) => format!("use {}", first.name()),
            ([], Some(named)) if image.family == "own" => format!("use {named}"),
            ([], _) => "choose a supported image".to_owned(),
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
        let message = match view.extra().filter(|_| image.family == "own") {
            Some(extra) => format!("{} is deprecated ({}); {advice}.", image.name(), extra.path.file_name()),
            None => format!("{} is deprecated and no longer patched; {advice}.", image.name()),
        };
        let mut said = cx
            .say(&RULE, range, message)
            .tag(Tag::Deprecated)
            .embedded(embedded);
        for (title, edit) in fixes {
            said = said.suggested_fix(title, vec![edit]);
        }
    }
}

/// The supported images that could stand in: of the same kind, the nearest one first. A jump of the
/// CUDA version is a choice, so all of them are offered.
fn successors<'a>(image: &Image, view: View<'a>) -> Vec<&'a Image> {
    let nearest = image.successor.as_deref();
    // Of its own images a team names the one that it means.
    if image.family == "own" {
        return nearest.and_then(|name| view.image(name)).into_iter().collect();
    }
    let mut out: Vec<&Image> = view
        .images()
        .filter(|other| other.status == Status::Supported && other.family == "training" && other.kind == image.kind)
        .collect();
    if nearest.is_none() {
        return Vec::new();
    }
    out.sort_by_key(|other| Some(other.name()) != nearest && Some(other.repository.as_str()) != nearest);
    out
}
