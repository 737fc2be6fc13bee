//! AML109: conda dependencies that are ignored, since the user manages the Python packages.

use amlenv_syntax::image;

use super::{Check, Rule};
use crate::catalogue::{Answer, contents_of};
use crate::finding::Severity;
use crate::model::{Environment, Field, Initial, Notation, Value};

pub(super) static RULE: Rule = Rule {
    code: "AML109",
    name: "user-managed-ignores-conda",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("user_managed_ignores_conda.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|environment| environment.notation.is_v1()) {
        let Some(conda) = environment.last(&Field::Conda) else { continue };
        let mut certain = environment.all(&Field::Conda).chain(environment.all(&Field::UserManaged));
        if conda.value.is_cleared() || !certain.all(|assignment| assignment.path == conda.path) {
            continue;
        }
        let python = environment.notation.is_python();
        let explicit = environment.last(&Field::UserManaged);
        let managed_by_user = match explicit.map(|word| &word.value) {
            Some(value) => matches!(value, Value::Bool(true)),
            // A factory without a list of packages sets it; what comes later is ignored.
            None => {
                python
                    && environment.initial == Initial::Empty
                    && is_from_image(environment)
                    && conda.statement
            }
        };
        if !managed_by_user || (!python && is_template(&conda.value)) {
            continue;
        }
        let (name, word) =
            if python { ("user_managed_dependencies", "True") } else { ("userManagedDependencies", "true") };
        let dependencies = if conda.statement && python { conda.target() } else { conda.key };
        // In an image without conda nothing could install them.
        let image = environment.last(&Field::Image).and_then(|said| said.value.known_text());
        let bare = image.is_some_and(|text| {
            contents_of(&image::parse(text.value.trim(), 0)).conda == Answer::No
        });
        let off = explicit.filter(|_| !bare).map(|word| cx.edit(word.value_range, if python { "False" } else { "false" }));
        let remove = (environment.all(&Field::Conda).count() == 1).then(|| cx.remove(conda)).flatten();
        let said =
            cx.say(&RULE, dependencies, format!("conda dependencies are ignored while {name} is {word}."));
        let said = match explicit {
            Some(word) => said.related(word.target(), "it is set here"),
            None => said,
        };
        said.suggested_fix(
            format!("Set {name} to {}", if python { "False" } else { "false" }),
            off.into_iter().collect(),
        )
        .suggested_fix("Remove the conda dependencies", remove.into_iter().collect());
    }
}

/// Whether it was made by `from_docker_image` or `from_dockerfile` without packages.
fn is_from_image(environment: &Environment) -> bool {
    let given = environment.assignments.iter().filter(|assignment| !assignment.statement);
    let source = given.clone().any(|assignment| matches!(assignment.field, Field::Image | Field::Dockerfile));
    let lists = |field: &Field| {
        *field == Field::Conda || matches!(field, Field::Other(name) if name == "pip_requirements")
    };
    environment.notation == Notation::PythonV1
        && source
        && !given.clone().any(|assignment| lists(&assignment.field))
}

/// Whether conda dependencies are those that the SDK writes down where nobody said anything.
fn is_template(value: &Value) -> bool {
    let spec = match value {
        Value::CondaPath(path) => return path.value.ends_with("conda_dependencies.yml"),
        Value::Conda(spec) => spec,
        _ => return false,
    };
    let mut names = spec.conda.iter().chain(&spec.pip).map(|package| package.name.as_str());
    names.all(|name| matches!(name, "python" | "azureml-defaults" | "pip"))
}
