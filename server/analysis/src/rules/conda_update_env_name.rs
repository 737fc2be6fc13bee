//! AML715: packages that go into an environment that the image does not run.

use amlenv_syntax::shell::install::{Action, Tool, install};

use super::{Check, Rule};
use crate::finding::Severity;
use crate::stages;

pub(super) static RULE: Rule = Rule {
    code: "AML715",
    name: "conda-update-env-name",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("conda_update_env_name.md"),
    check,
};

/// The environment of the images `azureml/minimal-…`.
const OWN: &str = "amlenv";

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let Some(last) = stages::last(&document.tree) else { continue };
        if !last.microsoft().is_some_and(|path| path.starts_with("azureml/minimal-")) {
            continue;
        }
        for instruction in last.instructions() {
            for found in instruction.commands().iter().filter_map(install) {
                let updates = found.tool == Tool::Conda && found.action == Action::Update;
                let Some(name) = found.values(&["-n", "--name"]).last().filter(|_| updates) else { continue };
                if name.opaque || name.value == OWN {
                    continue;
                }
                let message = format!(
                    "This image runs the environment {OWN}; what goes into {} is not used.",
                    name.value
                );
                let edit = document.edit(file.path(), file.text(), name.range, OWN);
                let said = cx.say_in(&RULE, document, name.range, message);
                if let Some(edit) = edit {
                    said.suggested_fix(format!("Change to {OWN}"), vec![edit]);
                }
            }
        }
    }
}
