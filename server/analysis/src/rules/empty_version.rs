//! AML509: a reference that ends where a version should follow.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::reference::{self, Reference};

pub(super) static RULE: Rule = Rule {
    code: "AML509",
    name: "empty-version",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("empty_version.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for used in file.uses().iter().filter(|used| !used.text.templated) {
        let Reference::Workspace { name, version, label } = reference::parse(&used.text.value) else { continue };
        let empty = [version, label].into_iter().flatten().any(|part| part.text.is_empty());
        if !empty || name.text.is_empty() {
            continue;
        }
        let tail = reference::place(&used.text, amlenv_syntax::TextRange::new(name.range.end, used.text.value.len()));
        let edits = reference::is_editable(&used.text).then(|| (cx.edit(tail, "@latest"), cx.edit(tail, "")));
        let message = "The version is missing; the client takes the reference as if no version were meant.";
        let said = cx.say(&RULE, used.text.content, message);
        if let Some((latest, none)) = edits {
            said.suggested_fix("Write @latest", vec![latest]).suggested_fix("Remove the separator", vec![none]);
        }
    }
}
