//! AML713: Dockerfile text that BuildKit refuses.

use amlenv_syntax::dockerfile::ProblemKind;

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;
use crate::lower::is_templated;

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
            let mut message = problem.message.clone();
            if let Some(first) = message.get(..1) {
                let upper = first.to_uppercase();
                message.replace_range(..1, &upper);
            }
            cx.say_in(&RULE, document, problem.range, format!("{message}."));
        }
    }
}
