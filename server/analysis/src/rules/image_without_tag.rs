//! AML303: an image without a tag.

use super::image_latest::{floats, pin};
use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML303",
    name: "image-without-tag",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("image_without_tag.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let (file, catalogue) = (cx.file, cx.catalogue());
    for place in cx.images().iter() {
        let repository = &place.reference.repository;
        if place.reference.tag.is_some() || repository.text.is_empty() || !floats(place, catalogue) {
            continue;
        }
        let at = amlenv_syntax::TextRange::empty(repository.range.end);
        let fix = pin(place, catalogue).and_then(|tag| Some((tag, place.edit(file, at, &format!(":{tag}"))?)));
        let range = place.host(place.reference.range);
        let embedded = place.embedded();
        let said = cx
            .say(&RULE, range, "No tag means latest, which changes without notice; pin a tag.")
            .embedded(embedded);
        if let Some((tag, edit)) = fix {
            said.suggested_fix(format!("Pin to {tag}"), vec![edit]);
        }
    }
}
