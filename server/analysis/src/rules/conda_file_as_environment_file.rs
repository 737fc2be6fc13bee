//! AML118: a conda file where an environment definition is expected.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::graph::{definition_of, resolve};
use crate::model::{Field, Notation};

pub(super) static RULE: Rule = Rule {
    code: "AML118",
    name: "conda-file-as-environment-file",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("conda_file_as_environment_file.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|found| found.notation == Notation::EnvironmentYaml) {
        let conda = environment
            .assignments
            .iter()
            .find(|assignment| matches!(&assignment.field, Field::Other(key) if key == "dependencies" || key == "channels"));
        if let Some(conda) = conda {
            cx.say(
                &RULE,
                conda.key,
                "This is a conda file, not an environment definition: put it in a file of its own and name that with conda_file, beside image.",
            );
        }
    }
    for used in file.uses() {
        let candidates = definition_of(cx.workspace, file, used);
        let Ok(target) = resolve(cx.workspace, &candidates) else { continue };
        if cx.workspace.file(target).is_some_and(|found| found.conda().is_some()) {
            cx.say(&RULE, used.text.content, "This names a conda file; an environment definition is expected here.");
        }
    }
}
