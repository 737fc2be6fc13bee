//! AML729: a comment in front of ARG or FROM that describes something else.

use amlenv_syntax::dockerfile::Kind;

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML729",
    name: "invalid-definition-description",
    severity: Severity::Hint,
    default_on: false,
    page: include_str!("invalid_definition_description.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        for found in &document.tree.instructions {
            let names: Vec<String> = match found.kind {
                Some(Kind::Arg) => {
                    let name = |word: &str| word.split('=').next().unwrap_or(word).to_owned();
                    found.arguments.iter().map(|word| name(&word.value)).collect()
                }
                Some(Kind::From) => {
                    let name = found.as_from().and_then(|from| from.name);
                    name.map(|name| name.value.to_lowercase()).into_iter().collect()
                }
                _ => continue,
            };
            let comments = buildkit::comments_before(document, found);
            let Some(comment) = comments.last() else { continue };
            let first = comment.split(' ').next().unwrap_or("");
            if names.is_empty() || names.iter().any(|name| name == first) {
                continue;
            }
            let name = if names.len() > 1 { "NAME" } else { names.first().map_or("", String::as_str) };
            let message =
                format!("A comment here describes {name}: begin it with that word, or put an empty comment below.");
            buildkit::say(cx, &RULE, &linted, Some(found), found.keyword_range, message);
        }
    }
}
