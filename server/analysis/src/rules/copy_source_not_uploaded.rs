//! AML125: a file to copy that the client does not upload.

use super::{Check, Rule};
use crate::builds::{Outcome, copied};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML125",
    name: "copy-source-not-uploaded",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("copy_source_not_uploaded.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for (document, source, outcome) in copied(cx.workspace, file) {
        let Outcome::NotUploaded(cause) = outcome else { continue };
        if source.outside {
            continue;
        }
        let advice = if cause.file == ".gitignore" { "; an .amlignore counts in its place" } else { "" };
        let message = format!(
            "{} is not uploaded: line {} of {} excludes it{advice}.",
            source.written, cause.line, cause.file
        );
        // Wildcards that match nothing are no error to BuildKit: the files are just not there.
        let severity = if source.pattern { Severity::Warning } else { Severity::Error };
        cx.say_in(&RULE, &document, source.range, message).severity(severity);
    }
}
