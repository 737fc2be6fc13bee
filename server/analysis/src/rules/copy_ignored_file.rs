//! AML721: a file to copy that `.dockerignore` keeps out of the build.

use super::{Check, Rule};
use crate::builds::{Outcome, copied};
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
    let file = cx.file;
    for (document, source, outcome) in copied(cx.workspace, file) {
        let Outcome::Ignored(cause) = outcome else { continue };
        if source.outside {
            continue;
        }
        let message = format!(
            "{} does not reach the build: line {} of {} excludes it.",
            source.written, cause.line, cause.file
        );
        let severity = if source.pattern { Severity::Warning } else { Severity::Error };
        cx.say_in(&RULE, &document, source.range, message).severity(severity);
    }
}
