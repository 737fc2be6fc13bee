//! AML702: an environment that is activated for nothing.

use amlenv_syntax::dockerfile::Kind;

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML702",
    name: "conda-activate-in-run",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("conda_activate_in_run.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        for instruction in document.tree.instructions.iter().filter(|found| found.kind == Some(Kind::Run)) {
            let commands = instruction.commands();
            let Some(last) = commands.iter().max_by_key(|command| command.range.start) else { continue };
            let words: Vec<&str> = last.program().iter().map(|word| word.value.as_str()).collect();
            let activates = match words.as_slice() {
                ["conda" | "mamba" | "micromamba", "activate", ..] => true,
                ["source" | ".", script, ..] => script.rsplit('/').next() == Some("activate"),
                _ => false,
            };
            if activates && !last.conditional {
                let message = "Nothing runs in the activated environment: each RUN is a shell of its own; use conda run -n NAME, or ENV PATH.";
                cx.say_in(&RULE, document, last.range, message);
            }
        }
    }
}
