//! AML134: a value of a type that the client refuses.

use amlenv_syntax::HostRange;
use amlenv_syntax::yaml::{CoreType, NodeKind};

use super::{Check, Rule};
use crate::finding::Severity;
use crate::graph;
use crate::kind::FileKind;
use crate::model::{Assignment, Field, Notation, Value};

pub(super) static RULE: Rule = Rule {
    code: "AML134",
    name: "wrong-value-type",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("wrong_value_type.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    if file.kind() == FileKind::EnvironmentYaml {
        top_level(cx);
    }
    v1(cx);
    requirements_as_conda(cx);
    let tags = file.yaml_root().filter(|_| file.kind() == FileKind::EnvironmentYaml).and_then(|root| root.get("tags"));
    for entry in tags.and_then(|tags| tags.value.as_ref()).map_or(&[][..], |value| value.entries()) {
        if !matches!(entry.key.core_type(), CoreType::Str) {
            let range = HostRange::new(entry.key.range.start, entry.key.range.end);
            cx.say(&RULE, range, "The name of a tag must be a text; put it in quotes.");
        }
    }
    for environment in file.environments().filter(|found| found.notation.is_yaml()) {
        for assignment in &environment.assignments {
            if let Some(expected) = complaint(assignment) {
                let range = if assignment.value_range.is_empty() { assignment.key } else { assignment.value_range };
                let key = assignment.field.name_in(environment.notation);
                cx.say(&RULE, range, format!("{key} must be {expected}."));
            }
        }
    }
}

/// What SDK v1 is given as a Dockerfile must be a text, a path or an open file, else it raises an error;
/// an image of another type is kept as it is, and no image has that name. Source: azureml-core 1.61.0.
fn v1(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|found| found.notation == Notation::PythonV1) {
        for assignment in environment.assignments.iter().filter(|found| {
            matches!(found.value, Value::List | Value::Map | Value::Number(_) | Value::Bool(true))
        }) {
            let (name, severity) = match assignment.field {
                Field::Dockerfile => ("base_dockerfile", Severity::Error),
                Field::Image => ("base_image", Severity::Warning),
                _ => continue,
            };
            cx.say(&RULE, assignment.value_range, format!("{name} must be a text.")).severity(severity);
        }
    }
}

/// A list of pip requirements in the place of a conda file is sent as it is, and is no specification.
fn requirements_as_conda(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|found| found.notation.is_v2()) {
        let Some(path) = graph::conda_path(environment).filter(|path| path.value.ends_with(".txt")) else { continue };
        let candidates = graph::candidates(cx.workspace, file, environment.notation, &path.value);
        let found = graph::resolve(cx.workspace, &candidates).ok().and_then(|path| cx.workspace.file(path));
        if found.is_some_and(|found| found.requirements().is_some()) {
            let message = format!("{} is a list of pip requirements; conda_file must be a conda file, which can name it below pip.", path.value);
            cx.say(&RULE, path.content, message);
        }
    }
}

/// An environment file is one mapping.
fn top_level(cx: &mut Check<'_>) {
    let file = cx.file;
    let Some(yaml) = file.yaml().filter(|yaml| yaml.problems.is_empty()) else { return };
    let range = match file.yaml_root() {
        None if yaml.documents.iter().flatten().next().is_none() => HostRange::empty(0),
        Some(root) if !matches!(root.kind, NodeKind::Mapping(_) | NodeKind::Error) => {
            HostRange::new(root.range.start, root.range.end)
        }
        _ => return,
    };
    let message = if range.is_empty() {
        "This file is empty; an environment file is a mapping with name, and image or build."
    } else {
        "An environment file must be a mapping, such as `name: …`."
    };
    cx.say(&RULE, range, message);
}

/// What the value must be, where it is something else. Source: the verdicts of azure-ai-ml 1.35.2.
fn complaint(assignment: &Assignment) -> Option<&'static str> {
    let null = matches!(assignment.value, Value::Cleared { empty_text: false });
    match (&assignment.field, &assignment.value) {
        // The schema key is ignored whatever it says.
        (Field::Schema | Field::Other(_), _) | (_, Value::Opaque) => None,
        (Field::Name | Field::Image | Field::Description | Field::Datastore | Field::BuildPath | Field::BuildDockerfile, value) => {
            (null || matches!(value, Value::Number(_) | Value::Bool(_) | Value::Map | Value::List)).then_some("a text")
        }
        (Field::OsType, value) => {
            (null || matches!(value, Value::Number(_) | Value::Bool(_) | Value::Map | Value::List)).then_some("linux or windows")
        }
        (Field::Version, value) => {
            (null || matches!(value, Value::Map | Value::List)).then_some("a text; leave it out for the next number")
        }
        (Field::Tags, value) => {
            (null || !matches!(value, Value::Map)).then_some("a mapping of names to texts")
        }
        (Field::Build, value) => (null || !matches!(value, Value::Map)).then_some("a mapping with path"),
        (Field::InferenceConfig | Field::AutoDelete, value) => {
            (null || !matches!(value, Value::Map)).then_some("a mapping")
        }
        (Field::Conda, value) => {
            (null || matches!(value, Value::List | Value::Number(_) | Value::Bool(_)))
                .then_some("the path of a conda file, or its contents")
        }
        _ => None,
    }
}
