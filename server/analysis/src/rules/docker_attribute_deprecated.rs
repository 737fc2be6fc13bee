//! AML802: Docker settings that moved away from the environment.

use amlenv_syntax::yaml::Node;

use super::{Check, Rule};
use crate::finding::{Severity, Tag};
use crate::model::{Field, Notation, Value};
use crate::text_edit::{argument, whole_lines};

pub(super) static RULE: Rule = Rule {
    code: "AML802",
    name: "docker-attribute-deprecated",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("docker_attribute_deprecated.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|environment| environment.notation == Notation::PythonV1) {
        for assignment in &environment.assignments {
            let Field::Other(name) = &assignment.field else { continue };
            let Some(advice) = name.strip_prefix("docker.").and_then(advice) else { continue };
            let name = name.trim_start_matches("docker.");
            // An empty body of an `if` is no Python: only a statement that stands among others may go.
            let removable = assignment.statement && assignment.path.iter().all(|arm| !arm.leaves) && assignment.path.is_empty();
            let place = match assignment.statement {
                true => removable.then(|| whole_lines(cx.file.text(), assignment.range)),
                // An argument of the constructor.
                false => argument(cx.file.text(), assignment.range),
            };
            let remove = place.map(|place| cx.edit(place, ""));
            cx.say(&RULE, assignment.target(), format!("docker.{name} is deprecated: {advice}"))
                .tag(Tag::Deprecated)
                .suggested_fix(format!("Remove docker.{name}"), remove.into_iter().collect());
        }
    }
    data(cx);
}

/// Speaks of the settings in a definition as data that a run would feel. The SDK writes all of them into
/// what it saves, with values that say nothing, and does not warn when it reads them.
fn data(cx: &mut Check<'_>) {
    let file = cx.file;
    let written = |notation| matches!(notation, Notation::Json | Notation::Runconfig);
    for environment in file.environments().filter(|environment| written(environment.notation)) {
        for assignment in &environment.assignments {
            let Field::Other(name) = &assignment.field else { continue };
            let (set, name) = match name.as_str() {
                "docker.enabled" => (matches!(assignment.value, Value::Bool(true)), "enabled"),
                "docker.gpuSupport" => (matches!(assignment.value, Value::Bool(true)), "gpu_support"),
                "docker.arguments" => {
                    let items = file.data_value(assignment.key).map_or(&[][..], Node::items);
                    (!items.is_empty(), "arguments")
                }
                _ => continue,
            };
            if let Some(advice) = advice(name).filter(|_| set) {
                let message = format!("{} is deprecated: {advice}", assignment.key.slice(file.text()).trim_matches('"'));
                cx.say(&RULE, assignment.target(), message).severity(Severity::Information).tag(Tag::Deprecated);
            }
        }
    }
}

/// What to do instead. Source: the setters of azureml-core 1.61.0 log it.
fn advice(name: &str) -> Option<&'static str> {
    match name {
        "enabled" => Some("AmlCompute always uses Docker; elsewhere set DockerConfiguration(use_docker=True) as docker_runtime_config."),
        "gpu_support" => Some("GPUs are detected; remove it."),
        "shared_volumes" => Some("set DockerConfiguration(shared_volumes=…) as docker_runtime_config."),
        "arguments" => Some("set DockerConfiguration(arguments=…) as docker_runtime_config."),
        "shm_size" | "smh_size" => Some("set DockerConfiguration(shm_size=…) as docker_runtime_config."),
        _ => None,
    }
}
