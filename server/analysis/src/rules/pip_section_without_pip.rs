//! AML601: a list of pip packages, and no pip to install them.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::{insert_before, specs};

pub(super) static RULE: Rule = Rule {
    code: "AML601",
    name: "pip-section-without-pip",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("pip_section_without_pip.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for (spec, environment) in specs(file) {
        let Some(section) = spec.pip_section.filter(|_| !spec.keys.is_empty()) else { continue };
        // A placeholder may be anything, and so pip.
        let open = spec.items.iter().any(|item| !item.pip && item.text.templated);
        if open || spec.conda_packages("pip").next().is_some() || !crate::listed::is_used(environment) {
            continue;
        }
        let fix = insert_before(file, spec, section, "pip").map(|edit| vec![edit]);
        let place = amlenv_syntax::HostRange::new(
            section.start,
            section.start + section.slice(file.text()).find(':').unwrap_or(0).max(3),
        );
        cx.say(
            &RULE,
            place,
            "conda is not told to install pip, and guesses; list pip among the dependencies.",
        )
        .safe_fix("List pip", fix.unwrap_or_default());
    }
}
