//! AML613: a path in a conda file that goes up alone.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::{Listed, of_spec, specs};
use crate::model::{Environment, Field, Value};

pub(super) static RULE: Rule = Rule {
    code: "AML613",
    name: "local-path-in-conda-file",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("local_path_in_conda_file.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for (spec, environment) in specs(file) {
        if !environment.is_some_and(goes_alone) {
            continue;
        }
        for item in of_spec(spec).items.iter().filter(|item| is_local(item)) {
            item.say(cx, &RULE, MESSAGE);
        }
    }
    for environment in file.environments().filter(|environment| goes_alone(environment)) {
        let Some(Value::CondaPath(text)) = environment.last(&Field::Conda).map(|found| &found.value) else {
            continue;
        };
        let Some((path, found)) = super::python_missing::conda_file(cx, environment) else { continue };
        let Some(spec) = found.conda() else { continue };
        let listing = of_spec(spec);
        if let Some(item) = listing.items.iter().find(|item| is_local(item)) {
            cx.say(
                &RULE,
                text.content,
                format!("{} asks for {}: {MESSAGE}", path.file_name(), item.text.trim()),
            );
        }
    }
}

const MESSAGE: &str = "Only the text of the conda file goes up, so this path leads nowhere in the build; \
                       install it in a Dockerfile, or from an index.";

/// Whether the service makes the environment of an image and the text of a conda file.
fn goes_alone(environment: &Environment) -> bool {
    environment.notation.is_v2() && environment.has(&Field::Image) && !environment.has(&Field::Build)
}

fn is_local(item: &Listed<'_>) -> bool {
    let text = item.text.trim();
    if !item.pip {
        return false;
    }
    if item.is_option() {
        let value = ["--requirement", "--editable", "--constraint", "-r", "-e", "-c"]
            .iter()
            .find_map(|option| text.strip_prefix(option))
            .map(|rest| rest.trim_start_matches('=').trim());
        return value.is_some_and(|value| !value.is_empty() && !is_address(value));
    }
    item.requirement.url.as_ref().is_some_and(|(url, _)| url.starts_with("file:") || !is_address(url))
}

fn is_address(path: &str) -> bool {
    path.contains("://") && !path.starts_with("file:") || path.starts_with("git@") || path.starts_with("git+")
}
