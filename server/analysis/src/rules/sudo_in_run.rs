//! AML750: `sudo` in a step of a build.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{Instruction, Kind};

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML750",
    name: "sudo-in-run",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("sudo_in_run.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let all = document.tree.instructions.iter().map(Instruction::carried);
        for instruction in all.filter(|found| found.kind == Some(Kind::Run)) {
            for command in instruction.commands() {
                let [sudo, rest @ ..] = command.words.as_slice() else { continue };
                if sudo.value != "sudo" || sudo.opaque {
                    continue;
                }
                // With options it may do something else than the same as root.
                let edit = rest.first().filter(|next| !next.value.starts_with('-')).and_then(|next| {
                    let gone = TextRange::new(sudo.range.start, next.range.start);
                    document.edit(file.path(), file.text(), gone, "")
                });
                let message = "sudo is not needed in a build, and often not there; steps run as root, or as the last USER.";
                let said = cx.say_in(&RULE, document, sudo.range, message);
                if let Some(edit) = edit {
                    said.suggested_fix("Remove sudo", vec![edit]);
                }
            }
        }
    }
}
