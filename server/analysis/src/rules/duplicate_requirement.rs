//! AML608: a package that is asked for twice.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::releases::exclude;

pub(super) static RULE: Rule = Rule {
    code: "AML608",
    name: "duplicate-requirement",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("duplicate_requirement.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for listing in cx.listings().iter().filter(|listing| listing.meets()) {
        let pip: Vec<_> = listing.pip().filter(|item| item.requirement.problems.is_empty()).collect();
        for (at, item) in pip.iter().enumerate() {
            let before = pip.iter().take(at).filter(|other| item.name.is_some() && other.name == item.name);
            // What stands under different conditions need not meet.
            let marker = |requirement: &amlenv_syntax::requirements::Requirement| {
                requirement.marker.as_ref().map(|marker| marker.0.clone())
            };
            let mut before = before.filter(|other| marker(&other.requirement) == marker(&item.requirement));
            let Some(first) = before.next() else { continue };
            let name = item.name.as_deref().unwrap_or("");
            if item.requirement.url.is_some() || first.requirement.url.is_some() {
                continue;
            }
            if exclude(first.versions(), item.versions()) {
                let message = format!(
                    "pip refuses {} and {} of {name} together; keep one of them.",
                    first.versions(),
                    item.versions()
                );
                item.say(cx, &RULE, message).related(first.range, "the other one");
                continue;
            }
            let same = first.text.trim() == item.text.trim();
            let fix = same.then(|| item.remove(file)).flatten().into_iter().collect();
            item.say(
                cx,
                &RULE,
                format!("{name} is asked for twice, above as {}; one is enough.", first.text.trim()),
            )
            .severity(Severity::Hint)
            .related(first.range, "the other one")
            .safe_fix("Remove this one", fix);
        }
    }
}
