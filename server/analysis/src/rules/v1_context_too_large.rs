//! AML127: a build context of SDK v1 that is larger than what it is made for.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::local_contexts::{self, MAX_BYTES, MAX_FILES};

pub(super) static RULE: Rule = Rule {
    code: "AML127",
    name: "v1-context-too-large",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("v1_context_too_large.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for (context, _, listing) in local_contexts::listed(cx.workspace, cx.file) {
        let more = if listing.whole { "" } else { "more than " };
        let what = if listing.files.len() > MAX_FILES {
            format!("{more}{} files", listing.files.len())
        } else if listing.bytes > MAX_BYTES {
            format!("{more}{} KiB", listing.bytes / 1024)
        } else {
            continue;
        };
        let message = format!(
            "{} holds {what}; a build context of SDK v1 supports {MAX_FILES} files and 1 MiB.",
            context.path.value
        );
        cx.say(&RULE, context.path.content, message);
    }
}
