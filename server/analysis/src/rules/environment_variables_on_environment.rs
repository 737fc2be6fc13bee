//! AML803: environment variables that moved away from the environment.

use amlenv_syntax::yaml::Node;

use super::{Check, Rule};
use crate::finding::{Severity, Tag};
use crate::model::{Assignment, Field, Notation};

pub(super) static RULE: Rule = Rule {
    code: "AML803",
    name: "environment-variables-on-environment",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("environment_variables_on_environment.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|environment| environment.notation.is_v1()) {
        for said in environment.all(&Field::EnvironmentVariables).filter(|said| !said.value.is_cleared()) {
            let python = environment.notation == Notation::PythonV1;
            if !python && !has_own(file.data_value(said.key)) {
                continue;
            }
            speak(cx, said, python);
        }
    }
}

fn speak(cx: &mut Check<'_>, said: &Assignment, python: bool) {
    let (severity, message) = if python {
        (Severity::Warning, "environment_variables of an environment is deprecated: set it on the RunConfiguration; in v2 on the job or deployment.")
    } else {
        (Severity::Information, "Environment variables of an environment are deprecated: they belong to the run configuration, in v2 to the job or deployment.")
    };
    cx.say(&RULE, said.target(), message).severity(severity).tag(Tag::Deprecated);
}

/// Whether there is another variable than the one that the SDK puts into every definition.
fn has_own(node: Option<&Node>) -> bool {
    node.is_some_and(|node| node.entries().iter().any(|entry| entry.key.as_str() != Some("EXAMPLE_ENV_VAR")))
}
