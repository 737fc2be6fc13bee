//! AML117: a key that the environment schema does not have.

use amlenv_syntax::HostRange;
use amlenv_syntax::yaml::Node;

use super::{Check, Rule};
use crate::finding::{Severity, Tag};
use crate::graph::distance;
use crate::kind::FileKind;
use crate::model::{Field, Notation};

pub(super) static RULE: Rule = Rule {
    code: "AML117",
    name: "unknown-environment-key",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("unknown_environment_key.md"),
    check,
};

const KEYS: [&str; 12] = [
    "$schema", "name", "version", "description", "tags", "image", "build", "conda_file", "os_type", "inference_config",
    "datastore", "auto_delete_setting",
];

/// Whether an unknown key is another way of saying where the image comes from, so that nothing else
/// should call the image missing.
pub(super) fn stands_for_a_source(key: &str) -> bool {
    let known = matches!(key, "docker" | "code" | "base_image" | "baseImage" | "dockerfile" | "base_dockerfile" | "local_path" | "path");
    known || key.starts_with("build.") || suggestion(key, &KEYS).is_some_and(|near| matches!(near, "image" | "build"))
}

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    preview_code(cx);
    for environment in file.environments() {
        if !environment.notation.is_yaml() {
            continue;
        }
        for assignment in &environment.assignments {
            let Field::Other(key) = &assignment.field else { continue };
            // What stands below `docker` goes with it.
            if key.contains("{{") || key.contains("${{") || key == "<<" || key.starts_with("docker.") {
                continue;
            }
            let read_only = matches!(key.as_str(), "id" | "creation_context" | "latest_version" | "intellectual_property");
            if read_only {
                cx.say(&RULE, assignment.key, format!("{key} is read-only and ignored here."))
                    .severity(Severity::Hint)
                    .tag(Tag::Unnecessary);
                continue;
            }
            let environment_file = environment.notation == Notation::EnvironmentYaml;
            if matches!(key.as_str(), "dependencies" | "channels") && environment_file {
                continue;
            }
            let (message, rename) = advice(key);
            let fix = rename.filter(|new| !environment.assignments.iter().any(|other| {
                other.key.slice(file.text()) == *new && other.key != assignment.key
            }));
            let edit = fix.map(|new| (new, cx.edit(assignment.key, new)));
            let said = cx.say(&RULE, assignment.key, message);
            if let Some((new, edit)) = edit {
                said.suggested_fix(format!("Rename to {new}"), vec![edit]);
            }
        }
    }
}

/// In the preview of 2021 the folder of code stood below `code`, as `local_path`.
fn preview_code(cx: &mut Check<'_>) {
    let file = cx.file;
    let job = matches!(file.kind(), FileKind::JobYaml | FileKind::DeploymentYaml);
    let mut pending: Vec<&Node> = file.yaml_root().filter(|_| job).into_iter().collect();
    while let Some(node) = pending.pop() {
        for entry in node.entries() {
            let Some(value) = &entry.value else { continue };
            let path = value.get("local_path").filter(|_| entry.key.as_str() == Some("code"));
            if let Some(path) = path {
                let range = HostRange::new(path.key.range.start, path.key.range.end);
                let whole = HostRange::new(value.range.start, value.range.end);
                let only = path.value.as_ref().filter(|_| value.entries().len() == 1 && !value.is_flow());
                let text = only.map(|only| HostRange::new(only.range.start, only.range.end).slice(file.text()));
                // A comment behind the path, or a path over several lines, stays where it is.
                let one_line = !whole.slice(file.text()).contains('\n');
                // From the key on, so that what stood on the line below comes up to it.
                let from = HostRange::new(entry.key.range.end, whole.end);
                let edit = text.filter(|_| one_line).map(|text| cx.edit(from, format!(": {text}")));
                cx.say(&RULE, range, "Unknown key local_path: since 2021 code is the path itself.")
                    .suggested_fix("Put the path behind code", edit.into_iter().collect());
                continue;
            }
            if matches!(entry.key.as_str(), Some("jobs" | "code_configuration" | "component" | "trial" | "task")) {
                pending.push(value);
                pending.extend(value.entries().iter().filter_map(|entry| entry.value.as_ref()));
            }
        }
    }
}

/// What to say of a key, and what to call it instead where one edit mends it.
fn advice(key: &str) -> (String, Option<&'static str>) {
    if let Some(inner) = key.strip_prefix("build.") {
        return match inner {
            "local_path" | "context" => (format!("Unknown key {inner} in build: it is called path."), Some("path")),
            "dockerfile" | "docker_file" | "file" => {
                (format!("Unknown key {inner} in build: it is called dockerfile_path."), Some("dockerfile_path"))
            }
            _ => match suggestion(inner, &["path", "dockerfile_path"]) {
                Some(near) => (format!("Unknown key {inner} in build; did you mean {near}?"), Some(near)),
                None => (format!("Unknown key {inner} in build; it has path and dockerfile_path."), None),
            },
        };
    }
    match key {
        "docker" => {
            ("Unknown key docker: since 2021 image and build stand at the top of the definition.".to_owned(), None)
        }
        "local_path" | "path" => ("Unknown key: the build context is build.path.".to_owned(), None),
        "base_image" | "baseImage" => (format!("Unknown key {key}: it is called image."), Some("image")),
        "dockerfile" | "base_dockerfile" => {
            (format!("Unknown key {key}: a Dockerfile is named by build.path and build.dockerfile_path."), None)
        }
        "environment_variables" => {
            ("Unknown key environment_variables: they are set in the job or deployment.".to_owned(), None)
        }
        "dependencies" | "channels" => {
            (format!("Unknown key {key}: conda settings stand below conda_file."), None)
        }
        _ => match suggestion(key, &KEYS) {
            Some(near) => (format!("Unknown key {key}; did you mean {near}?"), Some(near)),
            None => (format!("Unknown key {key}: an environment has no such property, and the client refuses it."), None),
        },
    }
}

fn suggestion(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let lower = key.to_ascii_lowercase().replace('-', "_");
    known
        .iter()
        .map(|name| (distance(&lower, name), *name))
        .filter(|(distance, name)| *distance <= 2.min(name.len() / 3))
        .min()
        .map(|(_, name)| name)
}
