//! AML608: a package that is asked for twice.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::{Listed, Listing};
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
        let mut pip: Vec<_> = listing.pip().filter(|item| item.requirement.problems.is_empty()).collect();
        if listing.is_sdk_object() {
            lost(cx, listing);
            let mut kept: Vec<&Listed<'_>> = Vec::new();
            for item in pip {
                kept.retain(|known| sdk_name(&known.text) != sdk_name(&item.text));
                kept.push(item);
            }
            pip = kept;
        }
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

/// Speaks of packages that a `CondaDependencies` object of SDK v1 drops, as another of the name follows.
/// Source: azureml-core 1.61.0, `CondaDependencies.add_pip_package`.
fn lost(cx: &mut Check<'_>, listing: &Listing<'_>) {
    let file = cx.file;
    let pip: Vec<_> = listing.pip().collect();
    for (at, item) in pip.iter().enumerate() {
        let mut behind = pip.iter().skip(at + 1).filter(|other| sdk_name(&other.text) == sdk_name(&item.text));
        let Some(last) = behind.next_back() else { continue };
        let same = item.text == last.text;
        let severity = if same { Severity::Hint } else { Severity::Warning };
        let message = match same {
            true => format!("{} is asked for again below; once is enough.", item.text),
            false => format!("SDK v1 drops it: of one package it takes the last, and that is {}.", last.text),
        };
        let fix = same.then(|| item.remove(file)).flatten().into_iter().collect();
        item.say(cx, &RULE, message)
            .severity(severity)
            .related(last.range, "the one that counts")
            .safe_fix("Remove this one", fix);
    }
}

/// What SDK v1 takes for the name of a package.
/// Source: azureml-core 1.61.0, `CondaDependencies._get_package_name`.
fn sdk_name(text: &str) -> &str {
    if text.ends_with(".whl") {
        let name = text.rsplit('/').next().unwrap_or(text);
        return name.split('-').next().unwrap_or(name);
    }
    text.split(['[', '=', '|', '<', '>', '~', '!']).next().unwrap_or(text)
}
