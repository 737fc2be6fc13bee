//! AML128: a Dockerfile that is larger than the service takes.

use super::{Check, Rule};
use crate::builds::{is_v1_text, of};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML128",
    name: "dockerfile-too-large",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("dockerfile_too_large.md"),
    check,
};

/// In bytes, of a text that is sent in the definition.
const MAX_TEXT: usize = 100 * 1024;

/// In bytes, of a file in a build context.
const MAX_FILE: usize = 1024 * 1024;

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let in_context = of(cx.workspace, file).iter().any(|build| build.context.is_some());
        let limit = match document.is_embedded() {
            true if is_v1_text(file, document) => MAX_TEXT,
            false if in_context => MAX_FILE,
            _ => continue,
        };
        if document.text.len() > limit {
            let first = document
                .tree
                .instructions
                .first()
                .map_or(amlenv_syntax::TextRange::empty(0), |first| first.keyword_range);
            let message = format!(
                "This Dockerfile has {} KiB; the service takes {} KiB at most.",
                document.text.len() / 1024,
                limit / 1024
            );
            cx.say_in(&RULE, document, first, message);
        }
    }
}
