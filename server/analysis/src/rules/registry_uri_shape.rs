//! AML508: an address in a registry that has not the shape of an environment.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::reference::{self, Part, Reference};

pub(super) static RULE: Rule = Rule {
    code: "AML508",
    name: "registry-uri-shape",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("registry_uri_shape.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for used in file.uses().iter().filter(|used| !used.text.templated) {
        let text = used.text.value.as_str();
        let Reference::Registry { registry, kind, name, by, version } = reference::parse(text) else { continue };
        let shaped = kind.text == "environments"
            && !registry.text.is_empty()
            && filled(name).is_some()
            && by.is_some_and(|by| matches!(by.text, "versions" | "labels"))
            && filled(version).is_some();
        if shaped {
            continue;
        }
        let head = format!("azureml://registries/{}/environments", registry.text);
        let fix = match (filled(name), by, filled(version)) {
            (Some(name), Some(by), Some(version)) if matches!(by.text, "versions" | "labels") => {
                Some(format!("{head}/{}/{}/{}", name.text, by.text, version.text))
            }
            (Some(name), Some(version), None) if !version.text.is_empty() && !matches!(version.text, "versions" | "labels") => {
                Some(format!("{head}/{}/versions/{}", name.text, version.text))
            }
            (Some(name), None | Some(_), None) => Some(format!("{head}/{}/labels/latest", name.text)),
            _ => None,
        };
        let edit = fix
            .filter(|_| reference::is_editable(&used.text) && !registry.text.is_empty())
            .map(|new| (format!("Change to {new}"), cx.edit(used.text.content, new)));
        let message = if kind.text == "environment" {
            "It is environments, with an s, then the name, then versions or labels."
        } else {
            "An environment in a registry is azureml://registries/REGISTRY/environments/NAME/versions/VERSION, or …/labels/latest."
        };
        let said = cx.say(&RULE, used.text.content, message);
        if let Some((title, edit)) = edit {
            said.suggested_fix(title, vec![edit]);
        }
    }
}

fn filled(part: Option<Part<'_>>) -> Option<Part<'_>> {
    part.filter(|part| !part.text.is_empty())
}
