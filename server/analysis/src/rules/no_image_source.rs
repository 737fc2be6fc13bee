//! AML103: an environment with nothing to run in.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::graph::BASE_DOCKERFILE;
use crate::model::{Assignment, Environment, Field, Initial, Notation};
use crate::text_edit::{indent_of, line_end, line_start};
use crate::workspace::Fact;

pub(super) static RULE: Rule = Rule {
    code: "AML103",
    name: "no-image-source",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("no_image_source.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        if environment.notation == Notation::Json {
            json(cx, environment);
        } else if environment.notation.is_v1() {
            v1(cx, environment);
        } else {
            v2(cx, environment);
        }
    }
}

fn v2(cx: &mut Check<'_>, environment: &Environment) {
    if !says_nothing(environment, &Field::Image)
        || !build_says_nothing(environment)
        || environment.all(&Field::Conda).any(|conda| !conda.value.is_cleared() || environment.notation.is_yaml())
    {
        return;
    }
    // An object that nothing is done with here, or that others got hold of, may be finished elsewhere.
    if environment.initial == Initial::Unknown
        || environment.notation.is_python() && environment.uses.is_empty()
    {
        return;
    }
    // A mapping without any key of an environment is something that was only begun, or the 2021
    // layout, of which AML117 speaks key by key.
    let begun = environment.assignments.iter().any(|assignment| {
        matches!(assignment.field, Field::Name | Field::Image | Field::Build | Field::Schema | Field::OsType)
    });
    let legacy = environment.assignments.iter().any(|assignment| {
        matches!(&assignment.field, Field::Other(key) if super::unknown_environment_key::stands_for_a_source(key))
    });
    // `name` and `version` alone, inside a job, refer to something registered.
    let reference = environment.notation != Notation::EnvironmentYaml
        && environment.assignments.iter().all(|assignment| matches!(assignment.field, Field::Name | Field::Version));
    if !begun || legacy || reference || is_conda(environment) {
        return;
    }
    let insert = insert_image(cx, environment);
    cx.say(&RULE, environment.anchor, "An environment needs image or build.")
        .suggested_fix(format!("Add image: {DEFAULT_IMAGE}"), insert.into_iter().collect());
}

/// Whether a property of a v2 definition is certainly not set. In YAML, a null or a wrong type is
/// AML134's to say.
pub(super) fn says_nothing(environment: &Environment, field: &Field) -> bool {
    if environment.notation.is_python() {
        return environment.all(field).all(|assignment| assignment.value.is_cleared());
    }
    environment
        .last(field)
        .is_none_or(|assignment| matches!(assignment.value, crate::model::Value::Cleared { empty_text: true }))
}

/// The image that the fixes of this family propose.
pub(super) const DEFAULT_IMAGE: &str = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1";

/// An edit that adds `image:` in front of the first key of a v2 definition that can follow it.
pub(super) fn insert_image(cx: &Check<'_>, environment: &Environment) -> Option<crate::finding::Edit> {
    let text = cx.file.text();
    if environment.notation.is_python() {
        // In front of the first argument; all of them are keywords.
        let first = environment.assignments.iter().find(|assignment| {
            !assignment.statement && environment.anchor.contains_range(assignment.range)
        })?;
        let dict = text.get(first.key.end..)?.starts_with(['"', '\'']);
        let written = !environment.has(&Field::Image) && !dict;
        let image = format!("image=\"{DEFAULT_IMAGE}\", ");
        return written.then(|| cx.edit(amlenv_syntax::HostRange::empty(first.range.start), image));
    }
    if !environment.notation.is_yaml() {
        return None;
    }
    if let Some(image) = environment.last(&Field::Image) {
        // It is there and empty: fill it.
        return Some(cx.edit(image.value_range, DEFAULT_IMAGE));
    }
    let first = environment.assignments.iter().find(|assignment| assignment.field != Field::Schema)?;
    let last = environment
        .assignments
        .iter()
        .filter(|assignment| matches!(assignment.field, Field::Name | Field::Version | Field::Description))
        .filter(|assignment| !assignment.value_range.slice(text).contains('\n'))
        .max_by_key(|assignment| assignment.range)
        .unwrap_or(first);
    let start = line_start(text, last.range.start);
    let indent = indent_of(text, last.range.start);
    if start + indent.len() != last.key.start {
        return None;
    }
    let end = text.get(last.range.end..).and_then(|rest| rest.find('\n')).map(|at| last.range.end + at + 1);
    let eol = line_end(text);
    let line = format!("{indent}image: {DEFAULT_IMAGE}");
    Some(match end {
        Some(end) => cx.edit(amlenv_syntax::HostRange::empty(end), format!("{line}{eol}")),
        None => cx.edit(amlenv_syntax::HostRange::empty(text.len()), format!("{eol}{line}")),
    })
}

fn build_says_nothing(environment: &Environment) -> bool {
    let Some(build) = environment.last(&Field::Build) else { return true };
    match build.value {
        crate::model::Value::Map => environment.last(&Field::BuildPath).is_none_or(|path| path.value.is_cleared()),
        _ => false,
    }
}

fn is_conda(environment: &Environment) -> bool {
    environment
        .assignments
        .iter()
        .any(|assignment| matches!(&assignment.field, Field::Other(key) if key == "dependencies" || key == "channels"))
}

/// A v1 definition in JSON: every source is null, and no Dockerfile stands beside it.
fn json(cx: &mut Check<'_>, environment: &Environment) {
    let Some(image) = environment.last(&Field::Image).filter(|image| image.value.is_cleared()) else { return };
    let other = [Field::Dockerfile, Field::Build];
    let others_cleared = other.iter().all(|field| environment.last(field).is_none_or(|other| other.value.is_cleared()));
    let beside = cx.file.path().parent().join(BASE_DOCKERFILE);
    if others_cleared && cx.workspace.fact(&beside) == Some(&Fact::Missing) {
        cx.say(&RULE, image.key, "An environment needs baseImage, baseDockerfile or buildContext; all are null.");
    }
}

/// v1: everything was cleared, nothing set afterwards, and the environment is then used.
fn v1(cx: &mut Check<'_>, environment: &Environment) {
    if environment.initial == Initial::Unknown || environment.has(&Field::Other("docker".to_owned())) {
        return;
    }
    let sources: Vec<&Assignment> =
        environment.assignments.iter().filter(|assignment| assignment.field.is_image_source()).collect();
    let Some(last) = sources.last() else { return };
    let used = environment.uses.iter().find(|used| {
        used.range.start > last.range.start && crate::lower::python::is_prefix(&used.path, &last.path)
    });
    let Some(used) = used else { return };
    let all_cleared = sources.iter().all(|assignment| assignment.value.is_cleared());
    let image_cleared = environment.initial == Initial::Empty
        || sources.iter().any(|assignment| assignment.field == Field::Image && assignment.path.is_empty());
    if all_cleared && image_cleared {
        cx.say(&RULE, last.target(), "An environment needs base_image, base_dockerfile or build_context; all are None.")
            .related(used.range, "used here");
    }
}
