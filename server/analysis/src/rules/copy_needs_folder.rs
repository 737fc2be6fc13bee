//! AML752: several files that are copied to one.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{Form, Kind};

use super::{Check, Rule};
use crate::builds::without_note;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML752",
    name: "copy-needs-folder",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("copy_needs_folder.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let scopes = document.tree.scopes();
        for (at, instruction) in document.tree.instructions.iter().enumerate() {
            let Some(kind @ (Kind::Copy | Kind::Add)) = instruction.kind else { continue };
            let words = without_note(&instruction.arguments);
            let Some((target, _)) = words.split_last().filter(|(_, sources)| sources.len() > 1) else {
                continue;
            };
            let Some(place) = scopes.expand(at, &target.value).ok().and_then(|read| read.value) else {
                continue;
            };
            if place.ends_with('/') || matches!(place.as_str(), "" | "." | "..") || place.ends_with("/.") {
                continue;
            }
            let message = format!(
                "{} copies several files to {place}, which must end with / to be a folder.",
                kind.keyword()
            );
            let plain = instruction.form == Form::Words && target.range.slice(&document.text) == target.value;
            let end = TextRange::empty(target.range.end);
            let edit = document.edit(file.path(), file.text(), end, "/").filter(|_| plain);
            let said = cx.say_in(&RULE, document, target.range, message);
            if let Some(edit) = edit {
                said.safe_fix("Put a / at its end", vec![edit]);
            }
        }
    }
}
