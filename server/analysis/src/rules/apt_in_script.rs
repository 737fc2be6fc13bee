//! AML756: `apt` where `apt-get` is meant for scripts.

use amlenv_syntax::dockerfile::{Instruction, Kind};

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML756",
    name: "apt-in-script",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("apt_in_script.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let all = document.tree.instructions.iter().map(Instruction::carried);
        for instruction in all.filter(|found| found.kind == Some(Kind::Run)) {
            for command in instruction.commands() {
                let program = command.program();
                let Some(apt) = program.first().filter(|word| word.value == "apt" && !word.quoted) else {
                    continue;
                };
                // The two have these in common.
                const VERBS: [&str; 8] =
                    ["install", "update", "upgrade", "remove", "purge", "autoremove", "clean", "autoclean"];
                let verb = program.iter().skip(1).find(|word| !word.value.starts_with('-'));
                if !verb.is_some_and(|verb| VERBS.contains(&verb.value.as_str())) {
                    continue;
                }
                let edit = document.edit(file.path(), file.text(), apt.range, "apt-get");
                let said = cx.say_in(
                    &RULE,
                    document,
                    apt.range,
                    "apt is made for people and may change; use apt-get in a build.",
                );
                if let Some(edit) = edit {
                    said.suggested_fix("Change to apt-get", vec![edit]);
                }
            }
        }
    }
}
