//! AML713: Dockerfile text that BuildKit refuses.

use amlenv_syntax::dockerfile::ProblemKind;

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;
use crate::lower::is_templated;
use crate::refused::refusals;

pub(super) static RULE: Rule = Rule {
    code: "AML713",
    name: "dockerfile-syntax",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("dockerfile_syntax.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        for problem in &document.tree.problems {
            // No finding stands on a logical line that holds a placeholder of a template language;
            // `$NAME` is the Dockerfile's own.
            let tree = &document.tree;
            let number = tree.instructions.partition_point(|found| found.range.end < problem.range.start);
            let line = tree
                .instructions
                .get(number)
                .filter(|found| found.range.touches(problem.range.start))
                .map_or("", |found| found.logical.text.as_str());
            let first_words = problem.kind == ProblemKind::UnknownInstruction && is_templated(line);
            if buildkit::is_templated(line) || first_words {
                continue;
            }
            cx.say_in(&RULE, document, problem.range, sentence(&problem.message));
        }
    }
    for linted in buildkit::documents(cx) {
        for refusal in refusals(&linted) {
            let tree = &linted.document.tree;
            let mut lines = tree.instructions.iter();
            let line = lines.find(|found| found.range.touches(refusal.range.start));
            if line.is_some_and(|line| buildkit::is_templated(&line.logical.text)) {
                continue;
            }
            let message = sentence(&refusal.message);
            cx.say_in(&RULE, linted.document, refusal.range, message);
        }
    }
}

fn sentence(message: &str) -> String {
    let mut out = message.to_owned();
    if let Some(first) = out.get(..1) {
        let upper = first.to_uppercase();
        out.replace_range(..1, &upper);
    }
    out + "."
}
