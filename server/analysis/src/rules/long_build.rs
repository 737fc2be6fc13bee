//! AML716: a step that compiles for a long time.

use amlenv_syntax::dockerfile::Kind;
use amlenv_syntax::requirements;
use amlenv_syntax::shell::Command;
use amlenv_syntax::shell::install::{Tool, install};

use super::{Check, Rule};
use crate::builds::is_built;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML716",
    name: "long-build",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("long_build.md"),
    check,
};

/// Packages that most often are compiled when they are installed, for half an hour and more.
const COMPILED: [&str; 3] = ["flash-attn", "apex", "transformer-engine"];

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        for instruction in document.tree.instructions.iter().filter(|found| found.kind == Some(Kind::Run)) {
            let commands = instruction.commands();
            let Some((command, what)) =
                commands.iter().find_map(|command| Some((command, compiles(command)?)))
            else {
                continue;
            };
            if !is_built(cx.workspace, file, document) {
                break;
            }
            let message = format!(
                "{what} compiles for long, and builds of more than an hour may fail; build the image yourself and push it."
            );
            cx.say_in(&RULE, document, command.range, message);
        }
    }
}

fn compiles(command: &Command) -> Option<String> {
    if let Some(found) = install(command).filter(|found| found.tool == Tool::Pip) {
        let names = found.packages.iter().filter_map(|word| requirements::parse_one(&word.value).name);
        let mut names = names.map(|(name, _)| requirements::normalise_name(&name));
        return names.find(|name| COMPILED.contains(&name.as_str()));
    }
    let words: Vec<&str> = command.program().iter().map(|word| word.value.as_str()).collect();
    match words.as_slice() {
        ["bazel", "build", ..] => Some("bazel build".to_owned()),
        ["cmake", "--build", ..] => Some("cmake --build".to_owned()),
        ["make", rest @ ..] if rest.iter().any(|word| word.starts_with("-j")) => Some("make".to_owned()),
        _ => None,
    }
}
