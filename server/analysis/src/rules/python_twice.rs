//! AML604: two versions of Python in one environment.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::releases::{exclude, of_conda};

pub(super) static RULE: Rule = Rule {
    code: "AML604",
    name: "python-twice",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("python_twice.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for listing in cx.listings().iter().filter(|listing| listing.meets()) {
        let found: Vec<_> = listing.conda().filter(|item| item.is("python")).collect();
        if listing.is_sdk_object() {
            if let [lost @ .., last] = found.as_slice() {
                for item in lost.iter().filter(|item| item.text.trim() != last.text.trim()) {
                    let message = format!("SDK v1 takes the last Python that it is given, and that is {}.", last.text);
                    item.say(cx, &RULE, message)
                        .severity(Severity::Warning)
                        .related(last.range, "the one that counts");
                }
            }
            continue;
        }
        let [first, rest @ ..] = found.as_slice() else { continue };
        for item in rest {
            let versions = of_conda(first.versions()).zip(of_conda(item.versions()));
            let apart = versions.is_some_and(|(one, other)| exclude(&one, &other));
            let (message, severity) = if apart {
                (
                    format!(
                        "An environment has one Python, and {} stands above; keep one of them.",
                        first.text
                    ),
                    Severity::Error,
                )
            } else {
                (
                    format!("Python is asked for twice, above as {}; one is enough.", first.text),
                    Severity::Hint,
                )
            };
            item.say(cx, &RULE, message).severity(severity).related(first.range, "the other one");
        }
    }
}
