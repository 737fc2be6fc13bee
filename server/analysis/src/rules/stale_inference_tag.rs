//! AML306: a tag of an inference image that is older than half a year.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::catalogue::Status;

pub(super) static RULE: Rule = Rule {
    code: "AML306",
    name: "stale-inference-tag",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("stale_inference_tag.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for place in cx.images().iter() {
        let Some(image) = place.known().filter(|image| image.is_inference() && image.status != Status::Deprecated) else { continue };
        let Some(tag) = &place.reference.tag else { continue };
        let Some(newest) = image.tags.first() else { continue };
        let (Some(old), Some(new)) = (months(&tag.text), months(newest)) else { continue };
        if new < old + 6 || place.reference.digest.is_some() {
            continue;
        }
        let edit = place.edit(file, tag.range, newest);
        let (range, embedded) = (place.host(tag.range), place.embedded());
        let message = format!("Inference images are supported for six months; this one is from {}, the newest known is {newest}.", tag.text);
        let said = cx.say(&RULE, range, message).embedded(embedded);
        if let Some(edit) = edit {
            said.suggested_fix(format!("Use {newest}"), vec![edit]);
        }
    }
}

/// The month of a tag such as `20240415.v1`, counted from the year 0.
fn months(tag: &str) -> Option<u32> {
    let date = tag.get(..8).filter(|date| date.chars().all(|c| c.is_ascii_digit()))?;
    let (year, month): (u32, u32) = (date.get(..4)?.parse().ok()?, date.get(4..6)?.parse().ok()?);
    (2015..2100).contains(&year).then_some(year * 12 + month)
}
