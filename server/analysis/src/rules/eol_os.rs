//! AML305: an image on an operating system that has ended.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::catalogue::Status;
use crate::finding::Tag;
use crate::lifecycle::ended_system;

pub(super) static RULE: Rule = Rule {
    code: "AML305",
    name: "eol-os",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("eol_os.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for place in cx.images().iter() {
        // One cause, one finding: of a deprecated image AML301 speaks.
        if place.known_in(cx.catalogue()).is_some_and(|image| image.status == Status::Deprecated) {
            continue;
        }
        let tag = place.reference.tag.as_ref().map_or("", |tag| tag.text.as_str());
        let Some(found) = ended_system(&format!("{}:{tag}", place.reference.repository.text)) else { continue };
        let severity = if found.long_ago { Severity::Warning } else { Severity::Information };
        let (range, embedded) = (place.host(place.reference.range), place.embedded());
        cx.say(&RULE, range, format!("{} has had no updates since {}; use an image on a newer system.", found.what, found.on))
            .severity(severity)
            .tag(Tag::Deprecated)
            .embedded(embedded);
    }
}
