//! AML121: an attribute that the SDK v1 class does not have.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::graph::distance;
use crate::model::{Field, Initial, Notation};

pub(super) static RULE: Rule = Rule {
    code: "AML121",
    name: "unknown-v1-attribute",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("unknown_v1_attribute.md"),
    check,
};

/// The attributes of the sections. Source: azureml-core 1.61.0.
const SECTIONS: [(&str, &[&str]); 3] = [
    (
        "docker",
        &[
            "arguments",
            "base_dockerfile",
            "base_image",
            "base_image_registry",
            "build_context",
            "enabled",
            "gpu_support",
            "platform",
            "shared_volumes",
            "shm_size",
        ],
    ),
    (
        "python",
        &[
            "base_conda_environment",
            "conda_dependencies",
            "conda_dependencies_file",
            "interpreter_path",
            "user_managed_dependencies",
        ],
    ),
    ("docker.base_image_registry", &["address", "password", "registry_identity", "username"]),
];

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|environment| environment.notation.is_v1()) {
        let python = environment.notation == Notation::PythonV1;
        if python && environment.initial == Initial::Unknown {
            continue;
        }
        for assignment in &environment.assignments {
            let Field::Other(path) = &assignment.field else { continue };
            let shown = if python { path.clone() } else { snake_case(path) };
            let Some((section, name)) = shown.rsplit_once('.') else { continue };
            let Some((_, known)) = SECTIONS.iter().find(|(found, _)| *found == section) else { continue };
            // One spelling of the documentation is another rule's business.
            if known.contains(&name) || name.starts_with('_') || name == "smh_size" {
                continue;
            }
            let near = nearest(name, known);
            if python {
                let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
                let fix = near.map(|near| cx.edit(assignment.key, near));
                cx.say(
                    &RULE,
                    assignment.key,
                    format!("{section} has no attribute {name}: the SDK raises an error{hint}"),
                )
                .suggested_fix(format!("Change to {}", near.unwrap_or("")), fix.into_iter().collect());
            } else if let Some(near) = near {
                // Keys of other releases pass without a word, so only slips are named.
                let near = camel_case(near);
                let message = format!(
                    "{section} has no key {}, and the SDK ignores it; did you mean {near}?",
                    path.rsplit('.').next().unwrap_or(path)
                );
                let written = assignment.key.slice(file.text());
                let quoted = if written.starts_with('"') { format!("\"{near}\"") } else { near.clone() };
                let fix = cx.edit(assignment.key, quoted);
                cx.say(&RULE, assignment.key, message)
                    .severity(Severity::Warning)
                    .suggested_fix(format!("Change to {near}"), vec![fix]);
            }
        }
    }
}

fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let distances = known.iter().map(|known| (distance(name, known), *known));
    distances.filter(|(distance, known)| *distance <= 2.min(known.len() / 3)).min().map(|(_, known)| known)
}

fn snake_case(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 4);
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let mut rest = part.chars();
        out.extend(rest.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(rest.as_str());
    }
    out
}
