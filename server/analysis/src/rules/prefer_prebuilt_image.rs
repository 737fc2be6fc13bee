//! AML808: Dockerfile text in the code that submits jobs.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::Kind;
use amlenv_syntax::image;
use amlenv_syntax::shell::Command;

use super::{Check, Rule};
use crate::embedded::DockerfileDocument;
use crate::finding::Severity;
use crate::images::microsoft;
use crate::kind::Role;

pub(super) static RULE: Rule = Rule {
    code: "AML808",
    name: "prefer-prebuilt-image",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("prefer_prebuilt_image.md"),
    check,
};

/// More installs than this are worth an image of their own.
const FEW: usize = 5;

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    if !file.roles().iter().any(|role| matches!(role, Role::Training | Role::Batch)) {
        return;
    }
    for document in file.dockerfiles().iter().filter(|document| document.is_embedded()) {
        if is_fine(document) {
            continue;
        }
        let first = document.tree.instructions.first().map_or(TextRange::empty(0), |first| first.keyword_range);
        cx.say_in(
            &RULE,
            document,
            first,
            "This image is rebuilt whenever the text changes; build and push it in advance (az acr build) and give base_image.",
        );
    }
}

/// Whether a command installs packages, or cleans up behind that.
fn is_light(command: &Command) -> bool {
    const PROGRAMS: [&str; 21] = [
        "pip", "pip3", "conda", "mamba", "micromamba", "apt-get", "apt", "apt-key", "rm", "ldconfig", "set",
        "true", "echo", "mkdir", "export", "source", ".", "ln", "chmod", "cd", "locale-gen",
    ];
    let mut words = command.program().iter().map(|word| word.value.as_str());
    let Some(program) = words.next() else { return true };
    let program = program.rsplit('/').next().unwrap_or(program);
    let module = program.starts_with("python") && words.next() == Some("-m") && words.next() == Some("pip");
    module || PROGRAMS.contains(&program)
}

/// A base of Azure ML and a few installs on top is what the service builds well itself.
fn is_fine(document: &DockerfileDocument) -> bool {
    let stages = document.tree.stages();
    let based = stages.iter().all(|stage| {
        stage.resolved.as_deref().is_some_and(|base| microsoft(&image::parse(base, 0)).is_some_and(|path| path.starts_with("azureml/")))
    });
    let runs = document.tree.instructions.iter().filter(|instruction| instruction.kind == Some(Kind::Run));
    let (mut count, mut installs) = (0, true);
    for run in runs {
        count += 1;
        installs &= run.commands().iter().all(is_light);
    }
    document.tree.instructions.is_empty() || based && installs && count <= FEW
}
