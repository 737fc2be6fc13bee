//! AML707: a conda environment that is made and never used.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{Instruction, Kind};
use amlenv_syntax::shell::install::{Action, Install, Tool, install};

use super::{Check, Rule};
use crate::builds::is_built;
use crate::finding::Severity;
use crate::stages;
use crate::text_edit::line_end;

pub(super) static RULE: Rule = Rule {
    code: "AML707",
    name: "environment-not-on-path",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("environment_not_on_path.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let Some(last) = stages::last(&document.tree) else { continue };
        let instructions: Vec<&Instruction> = last.instructions().collect();
        if instructions.iter().any(|instruction| may_use(instruction)) {
            continue;
        }
        for (at, instruction) in instructions.iter().enumerate() {
            for found in instruction.commands().iter().filter_map(install) {
                let Some(name) = found.environment().filter(|_| makes(&found)) else { continue };
                let mentioned = instructions.iter().enumerate().any(|(other, instruction)| {
                    let text = &instruction.logical.text;
                    let count = text.matches(name.value.as_str()).count();
                    count > usize::from(other == at)
                });
                if mentioned || name.value == "base" || !is_built(cx.workspace, file, document) {
                    continue;
                }
                let message = format!(
                    "Nothing puts the environment {} on PATH, so what is in it is not used.",
                    name.value
                );
                let path = found.has(&["-p", "--prefix"]).then(|| name.range.slice(&document.text));
                let edit = path.and_then(|path| {
                    let end = TextRange::empty(instruction.range.end);
                    let line = format!("{}ENV PATH={path}/bin:$PATH", line_end(&document.text));
                    document.edit(file.path(), file.text(), end, &line)
                });
                let said = cx.say_in(&RULE, document, name.range, message);
                if let Some(edit) = edit {
                    said.suggested_fix("Put it on PATH", vec![edit]);
                }
            }
        }
    }
}

fn makes(found: &Install) -> bool {
    found.tool == Tool::Conda && found.action == Action::Create
}

/// Whether an instruction may put an environment to use: it sets where programs are looked for, goes
/// through conda, or does something that is not followed here.
fn may_use(instruction: &Instruction) -> bool {
    const KEYS: [&str; 4] = ["PATH", "CONDA_DEFAULT_ENV", "AZUREML_CONDA_ENVIRONMENT_PATH", "CONDA_PREFIX"];
    const WORDS: [&str; 6] = ["activate", "conda run", "bashrc", "profile", "alternatives", "ln -s"];
    let text = &instruction.logical.text;
    match instruction.kind {
        Some(Kind::Env) => instruction
            .arguments
            .chunks(2)
            .any(|pair| pair.first().is_some_and(|key| KEYS.contains(&key.value.as_str()))),
        Some(Kind::Shell | Kind::Entrypoint | Kind::Cmd | Kind::Onbuild) | None => true,
        Some(Kind::Run) => WORDS.iter().any(|word| text.contains(word)),
        _ => false,
    }
}
