//! AML721: a file to copy that `.dockerignore` keeps out of the build.

use std::sync::Arc;

use super::{Check, Rule};
use crate::buildkit::{self, Linted};
use crate::builds::Outcome;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML721",
    name: "copy-ignored-file",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("copy_ignored_file.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let found = cx.copied();
    if !found.iter().any(|(_, _, outcome)| matches!(outcome, Outcome::Ignored(_))) {
        return;
    }
    let documents: Vec<Linted<'_>> = buildkit::documents(cx).collect();
    for (document, source, outcome) in found.iter() {
        let Outcome::Ignored(cause) = outcome else { continue };
        let Some(linted) = documents.iter().find(|linted| Arc::ptr_eq(linted.document, document)) else {
            continue;
        };
        if source.outside {
            continue;
        }
        let root = source.path.is_empty();
        let message = if root {
            format!("Nothing is copied: line {} of {} excludes all files.", cause.line, cause.file)
        } else {
            format!(
                "{} does not reach the build: line {} of {} excludes it.",
                source.written, cause.line, cause.file
            )
        };
        // What a pattern or the context holds may also be nothing.
        let severity = if (source.pattern || root) && !linted.fails(source.range) { Severity::Warning } else { Severity::Error };
        let mut instructions = document.tree.instructions.iter();
        let instruction = instructions.find(|found| found.range.touches(source.range.start));
        let said = buildkit::say(cx, &RULE, linted, instruction, source.range, message);
        if let Some(said) = said {
            said.severity(severity);
        }
    }
}
