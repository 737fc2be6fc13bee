//! AML210: CondaDependencies.create with pip packages leaves the SDK's own out.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::kind::Role;
use crate::model::{Field, Value};

pub(super) static RULE: Rule = Rule {
    code: "AML210",
    name: "create-drops-defaults",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("create_drops_defaults.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let mut said = Vec::new();
    for environment in file.environments() {
        // Where a scoring script is served, another rule says what is missing.
        if environment.role == Some(Role::Online) && environment.scoring_script {
            continue;
        }
        let Some(Value::Conda(spec)) = environment.last(&Field::Conda).map(|conda| &conda.value) else {
            continue;
        };
        let Some(call) = spec.created.filter(|call| !spec.open && !said.contains(call)) else { continue };
        if spec.conda.iter().chain(&spec.pip).any(|package| package.name.starts_with("azureml-")) {
            continue;
        }
        said.push(call);
        cx.say(&RULE, call, "With pip_packages given, CondaDependencies.create leaves azureml-defaults out; add it if the script uses azureml.core.");
    }
}
