//! AML732: MAINTAINER, where a label is meant.

use amlenv_syntax::dockerfile::{Instruction, Kind};

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::{Severity, Tag};

pub(super) static RULE: Rule = Rule {
    code: "AML732",
    name: "maintainer-deprecated",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("maintainer_deprecated.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        for found in document.tree.instructions.iter().filter(|found| found.kind == Some(Kind::Maintainer)) {
            let label = label(found, document.tree.escape.unwrap_or('\\'));
            let fix = label.and_then(|label| buildkit::edit(cx, document, found.range, &label));
            let message = "MAINTAINER is deprecated; the author stands in the label org.opencontainers.image.authors.";
            let said = buildkit::say(cx, &RULE, &linted, Some(found), found.keyword_range, message);
            let Some(said) = said.map(|said| said.tag(Tag::Deprecated)) else { continue };
            if let Some(fix) = fix {
                said.safe_fix("Write a LABEL", vec![fix]);
            }
        }
    }
}

/// The same as a label. The text of MAINTAINER is taken as it is, so what a label would expand is escaped.
fn label(found: &Instruction, escape: char) -> Option<String> {
    let text = found.arguments.first()?.value.as_str();
    if found.start_line != found.end_line {
        return None;
    }
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let keyword = if found.keyword == found.keyword.to_lowercase() { "label" } else { "LABEL" };
    let mut value = String::new();
    for c in inner.chars() {
        if matches!(c, '"' | '$') || c == escape {
            value.push(escape);
        }
        value.push(c);
    }
    Some(format!("{keyword} org.opencontainers.image.authors=\"{value}\""))
}
