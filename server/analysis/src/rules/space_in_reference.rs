//! AML510: a blank inside a reference.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::reference::{self, Reference};

pub(super) static RULE: Rule = Rule {
    code: "AML510",
    name: "space-in-reference",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("space_in_reference.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for written in reference::written_in_yaml(file) {
        let Reference::Workspace { .. } = reference::parse(&written.value) else { continue };
        if !written.value.contains(char::is_whitespace) {
            continue;
        }
        let new: String = written.value.chars().filter(|c| !c.is_whitespace()).collect();
        let edit = reference::is_editable(written).then(|| cx.edit(written.content, new));
        let message = "A reference holds no blanks; the client looks for a name with a blank in it.";
        let said = cx.say(&RULE, written.content, message);
        if let Some(edit) = edit {
            said.suggested_fix("Remove the blanks", vec![edit]);
        }
    }
}
