//! AML755: a question that nobody answers.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{Form, Instruction, Kind};
use amlenv_syntax::shell::Joint;
use amlenv_syntax::shell::install::{Tool, install};

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML755",
    name: "apt-without-yes",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("apt_without_yes.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        if document.text.contains("Assume-Yes") {
            continue;
        }
        let all = document.tree.instructions.iter().map(Instruction::carried);
        for instruction in all.filter(|found| found.kind == Some(Kind::Run)) {
            for command in instruction.commands() {
                let Some(found) = install(command).filter(|found| found.tool == Tool::Apt) else { continue };
                let asks_not =
                    found.has(&["--download-only", "-d", "--simulate", "-s", "--dry-run", "--trivial-only"]);
                // What the words hold, or what answers on the other side of a pipe, is not known.
                let open = command.words.iter().any(|word| word.opaque) || command.joint == Joint::Pipe;
                let options = found.values(&["-o", "--option"]).any(|word| word.value.contains("yes"));
                if found.says_yes() || asks_not || options || open || found.packages.is_empty() {
                    continue;
                }
                let Some(verb) = command.words.iter().find(|word| word.value == "install") else { continue };
                // In a JSON array it is a string of its own, where the verb is written without escapes.
                let exec = instruction.form == Form::Exec;
                let new = if exec { "\", \"-y" } else { " -y" };
                let plain = !exec || verb.range.len() == verb.value.len();
                let end = TextRange::empty(verb.range.end);
                let edit = plain.then(|| document.edit(file.path(), file.text(), end, new)).flatten();
                let message =
                    "apt asks before it installs, and in a build nobody answers: it aborts; add -y.";
                let said = cx.say_in(&RULE, document, verb.range, message);
                if let Some(edit) = edit {
                    said.safe_fix("Add -y", vec![edit]);
                }
            }
        }
    }
}
