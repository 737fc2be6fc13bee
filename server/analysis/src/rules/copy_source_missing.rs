//! AML705: a file to copy that is not there.

use super::{Check, Rule};
use crate::builds::Outcome;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML705",
    name: "copy-source-missing",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("copy_source_missing.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for (document, source, outcome) in cx.copied().iter() {
        // Of a path that is wrong by itself, copy-outside-context speaks.
        if source.outside {
            continue;
        }
        match outcome {
            Outcome::Missing { near } if !source.absolute => {
                let near = near.as_ref().map(|near| match source.path.rsplit_once('/') {
                    Some((head, _)) => format!("{head}/{near}"),
                    None => near.clone(),
                });
                let message = match &near {
                    Some(near) => format!("No {} in the build context; did you mean {near}?", source.written),
                    None => format!("No {} in the build context.", source.written),
                };
                let verbatim = source.range.slice(&document.text) == source.written;
                let edit = near.filter(|_| verbatim).and_then(|near| {
                    Some((document.edit(file.path(), file.text(), source.range, &near)?, near))
                });
                let said = cx.say_in(&RULE, document, source.range, message);
                if let Some((edit, near)) = edit {
                    said.suggested_fix(format!("Change to {near}"), vec![edit]);
                }
            }
            Outcome::NoContext => {
                let message = format!(
                    "SDK v1 builds a base_dockerfile without any files beside it: there is no {} to copy.",
                    source.written
                );
                cx.say_in(&RULE, document, source.range, message);
            }
            _ => {}
        }
    }
}
