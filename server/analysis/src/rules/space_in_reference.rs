//! AML510: a blank inside a reference.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::kind::FileKind;
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
    if !matches!(file.kind(), FileKind::JobYaml | FileKind::DeploymentYaml) {
        return;
    }
    for used in file.uses().iter().filter(|used| !used.text.templated) {
        let Reference::Workspace { .. } = reference::parse(&used.text.value) else { continue };
        if !used.text.value.contains(char::is_whitespace) {
            continue;
        }
        let new: String = used.text.value.chars().filter(|c| !c.is_whitespace()).collect();
        let edit = reference::is_editable(&used.text).then(|| cx.edit(used.text.content, new));
        let message = "A reference holds no blanks; the client looks for a name with a blank in it.";
        let said = cx.say(&RULE, used.text.content, message);
        if let Some(edit) = edit {
            said.suggested_fix("Remove the blanks", vec![edit]);
        }
    }
}
