//! AML625: what pip or conda cannot read.

use amlenv_syntax::HostRange;

use super::pip_single_equals::single_equals;
use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::Source;
use crate::lower::is_templated;

pub(super) static RULE: Rule = Rule {
    code: "AML625",
    name: "bad-requirement-syntax",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("bad_requirement_syntax.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for listing in cx.listings().iter() {
        if let Source::Conda(spec) = &listing.source
            && spec.is_sdk_object()
        {
            for malformed in &spec.malformed {
                cx.say(&RULE, malformed.range, format!("{}.", malformed.message));
            }
        }
        match &listing.source {
            Source::Conda(spec) if file.python().is_none() => {
                let singles: Vec<HostRange> = listing
                    .pip()
                    .filter(|item| single_equals(&item.text, &item.requirement).is_some())
                    .map(|item| item.range)
                    .collect();
                for malformed in &spec.malformed {
                    if !singles.iter().any(|single| single.contains_range(malformed.range)) {
                        cx.say(&RULE, malformed.range, sentence(&malformed.message, "the build fails"));
                    }
                }
            }
            Source::Requirements => {
                let problems = file.requirements().map_or(&[][..], |read| &read.problems);
                for problem in problems {
                    let range = HostRange::new(problem.range.start, problem.range.end);
                    let line = crate::text_edit::whole_lines(file.text(), range).slice(file.text());
                    let single = listing.pip().any(|item| {
                        item.range.contains_range(range)
                            && single_equals(&item.text, &item.requirement).is_some()
                    });
                    if !single && !is_templated(line) {
                        cx.say(&RULE, range, sentence(&problem.message, "pip refuses the file"));
                    }
                }
            }
            _ => {
                for item in listing.items.iter().filter(|item| !item.is_option()) {
                    let read = if item.pip { &item.requirement.problems } else { &item.spec.problems };
                    if let Some(problem) =
                        read.first().filter(|_| single_equals(&item.text, &item.requirement).is_none())
                    {
                        item.say(cx, &RULE, sentence(&problem.message, "the build fails"));
                    }
                }
            }
        }
    }
}

fn sentence(problem: &str, consequence: &str) -> String {
    let end = if problem.ends_with('?') { "" } else { "." };
    format!("This cannot be read, and {consequence}: {problem}{end}")
}
