//! AML311: a curated environment that nobody has heard of.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::catalogue::{self, Own};
use crate::graph::distance;
use crate::reference::{curated_uses, is_editable, is_own, own_uses, place};

pub(super) static RULE: Rule = Rule {
    code: "AML311",
    name: "unknown-curated-environment",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("unknown_curated_environment.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for used in curated_uses(file) {
        let name = used.name;
        let known = catalogue::environment(name.text).is_some() || catalogue::legacy(name.text).is_some();
        if known || is_own(cx.catalogue(), &used) {
            continue;
        }
        let near = near(name.text);
        let range = place(used.text, name.range);
        let edit = near
            .filter(|_| is_editable(used.text))
            .map(|near| (format!("Change to {near}"), cx.edit(range, near)));
        let message = match near {
            Some(near) => format!("No curated environment is called {}; did you mean {near}?", name.text),
            None => format!("{} is not among the curated environments that were published by {}.", name.text, catalogue::catalogue().snapshot),
        };
        let mut said = cx.say(&RULE, range, message);
        if near.is_some() {
            said = said.severity(Severity::Warning);
        }
        if let Some((title, edit)) = edit {
            said.suggested_fix(title, vec![edit]);
        }
    }
    own(cx);
}

/// Names in a registry of which the team's own catalogue says what is in it.
fn own(cx: &mut Check<'_>) {
    let (file, catalogue) = (cx.file, cx.catalogue());
    let Some(extra) = catalogue.extra() else { return };
    for used in own_uses(file) {
        let name = used.name.text;
        let same = |own: &&Own| own.registry.as_deref() == used.registry;
        let mut all = catalogue.own_environments().iter().filter(same);
        // What else is in a workspace, nobody knows.
        if used.registry.is_none() || all.clone().next().is_none() || all.clone().any(|own| own.name == name) {
            continue;
        }
        let range = place(used.text, used.name.range);
        let Some(near) = all.find(|own| !own.retired && is_slip(&own.name, name)) else {
            let message = format!("{name} is not among the environments in {}.", extra.path.file_name());
            cx.say(&RULE, range, message);
            continue;
        };
        let edit = is_editable(used.text).then(|| cx.edit(range, near.name.clone()));
        let registry = used.registry.unwrap_or_default();
        let message = format!("No environment of {registry} is called {name}; did you mean {}?", near.name);
        cx.say(&RULE, range, message)
            .severity(Severity::Warning)
            .suggested_fix(format!("Change to {}", near.name), edit.into_iter().collect());
    }
}

/// Whether one name may be a slip of the keyboard for the other. Two versions of one thing differ in a
/// digit, and that is no slip.
fn is_slip(known: &str, name: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let (known, name) = (known.to_ascii_lowercase(), name.to_ascii_lowercase());
    letters(&known) != letters(&name) && distance(&known, &name) <= 2
}

/// The one known name that a slip of the keyboard away would be this one.
fn near(name: &str) -> Option<&'static str> {
    let fits = |known: &&catalogue::Curated| known.is_active() && is_slip(&known.name, name);
    let mut found = catalogue::catalogue().environments.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only.name.as_str()),
        _ => None,
    }
}
