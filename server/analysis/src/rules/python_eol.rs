//! AML605: a Python that has ended.

use amlenv_syntax::HostRange;

use super::{Check, Rule};
use crate::finding::Severity;
use crate::lifecycle::{Ended, ended_python};
use crate::listed::{Source, pinned};

pub(super) static RULE: Rule = Rule {
    code: "AML605",
    name: "python-eol",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("python_eol.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let mut said: Vec<HostRange> = Vec::new();
    for listing in cx.listings().iter() {
        if let Source::Conda(spec) = listing.source {
            // Only a pin says which one it will be. Of an object of SDK v1 the version stands in a call of its own.
            let Some(python) = spec.conda_packages("python").next() else { continue };
            if let Some(found) = pinned(&python.specifier).and_then(ended_python)
                && !said.contains(&python.range)
            {
                said.push(python.range);
                cx.say(&RULE, python.range, message(&found));
            }
            continue;
        }
        let Some(python) = listing.conda().find(|item| item.is("python")) else { continue };
        if let Some(found) = pinned(python.versions()).and_then(ended_python) {
            python.say(cx, &RULE, message(&found));
        }
    }
}

fn message(found: &Ended) -> String {
    format!("{} ended on {}; packages stop supporting it.", found.what, found.on)
}
