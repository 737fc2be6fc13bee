//! AML711: a port that nothing in the image listens on.

use amlenv_syntax::dockerfile::Kind;

use super::{Check, Rule};
use crate::finding::Severity;
use crate::graph::{build_context, dockerfile_path};
use crate::model::{Environment, Field};
use crate::stages;

pub(super) static RULE: Rule = Rule {
    code: "AML711",
    name: "port-mismatch",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("port_mismatch.md"),
    check,
};

/// The port of the inference server.
const SERVER: &str = "5001";

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|found| found.notation.is_yaml()) {
        let Some(config) = environment.last(&Field::InferenceConfig) else { continue };
        let Some(ports) = exposed(cx, environment) else { continue };
        let Some(routes) = file.yaml_value(config.key) else { continue };
        let mut wrong = Vec::new();
        for route in routes.entries().iter().filter_map(|entry| entry.value.as_ref()) {
            let Some(port) = route.get("port").and_then(|entry| entry.value.as_ref()) else { continue };
            let text = port.range.slice(file.text()).trim_matches(['"', '\'']);
            let number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
            if number && text != SERVER && !ports.iter().any(|exposed| exposed == text) {
                wrong.push((port.range, text.to_owned()));
            }
        }
        for (range, port) in wrong {
            let message = format!(
                "Azure ML's server in this image listens on {SERVER}, and the Dockerfile exposes no {port}."
            );
            cx.say(&RULE, amlenv_syntax::HostRange::new(range.start, range.end), message);
        }
    }
}

/// The ports that the Dockerfile of an environment exposes, where it stands on an image with Azure ML's
/// server and does not start another.
fn exposed(cx: &Check<'_>, environment: &Environment) -> Option<Vec<String>> {
    let (context, _) = build_context(cx.workspace, cx.file, environment)?;
    let name = dockerfile_path(environment).map_or("Dockerfile", |text| &text.value);
    let file = cx.workspace.file(&context.join(name))?;
    let document = file.dockerfiles().first()?;
    let last = stages::last(&document.tree).filter(stages::Last::is_on_inference_image)?;
    let mut starts = [Kind::Cmd, Kind::Entrypoint].into_iter().filter_map(|kind| last.last_of(kind));
    if starts.any(|start| !start.logical.text.contains("runsvdir")) {
        return None;
    }
    let mut ports = Vec::new();
    for instruction in last.instructions().filter(|found| found.kind == Some(Kind::Expose)) {
        for argument in &instruction.arguments {
            if argument.value.contains(['$', '-']) {
                return None;
            }
            ports.extend(argument.value.split('/').next().map(str::to_owned));
        }
    }
    Some(ports)
}
