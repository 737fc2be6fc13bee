//! AML125: a file to copy that the client does not upload.

use amlenv_syntax::HostRange;

use super::{Check, Rule};
use crate::builds::{Outcome, Source};
use crate::context::Cause;
use crate::finding::{Edit, Severity};
use crate::refactor::{context_of, ignore_without};

pub(super) static RULE: Rule = Rule {
    code: "AML125",
    name: "copy-source-not-uploaded",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("copy_source_not_uploaded.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for (document, source, outcome) in cx.copied().iter() {
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
        // Where .gitignore drops it, a new file helps, which only a refactoring makes.
        let fix = (cause.file == ".amlignore").then(|| kept(cx, cause, source)).flatten();
        cx.say_in(&RULE, document, source.range, message)
            .severity(severity)
            .suggested_fix(format!("Let .amlignore keep {}", source.written), fix.into_iter().collect());
    }
}

/// The change of `.amlignore` that lets a source pass.
fn kept(cx: &Check<'_>, cause: &Cause, source: &Source) -> Option<Edit> {
    let path = context_of(cx.workspace, cx.file)?.join(&cause.file);
    let before = cx.workspace.file(&path)?.text();
    let text = ignore_without(before, cause, source)?;
    Some(Edit { file: path, range: HostRange::new(0, before.len()), text })
}
