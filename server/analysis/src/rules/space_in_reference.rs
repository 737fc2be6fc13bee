//! AML510: a blank inside a reference.

use amlenv_syntax::HostRange;

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::Text;
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
        // `azureml: name` without quotes is a mapping inside a value, which YAML does not allow.
        if let Some(blanks) = behind_prefix(file.text(), written) {
            let message = "A reference holds no blanks: behind azureml: the name follows at once.";
            let edit = cx.edit(blanks, "");
            cx.say(&RULE, written.content, message).suggested_fix("Remove the blanks", vec![edit]);
            continue;
        }
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

/// The blanks behind a bare `azureml:`, with a name behind them.
pub(super) fn behind_prefix(text: &str, written: &Text) -> Option<HostRange> {
    let rest = text.get(written.content.end..)?.strip_prefix(':').filter(|_| written.value == "azureml")?;
    let name = rest.trim_start_matches([' ', '\t']);
    let blanks = rest.len() - name.len();
    let start = written.content.end + 1;
    (blanks > 0 && name.starts_with(char::is_alphanumeric)).then(|| HostRange::new(start, start + blanks))
}
