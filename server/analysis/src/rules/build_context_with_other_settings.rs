//! AML106: a v1 build context together with settings that the service does not take beside it.

use super::{Check, Rule};
use amlenv_syntax::HostRange;

use crate::file::File;
use crate::finding::{Edit, Severity};
use crate::model::{Assignment, Environment, Field, Initial, Notation};
use crate::text_edit::{line_start, whole_lines};

pub(super) static RULE: Rule = Rule {
    code: "AML106",
    name: "build-context-with-other-settings",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("build_context_with_other_settings.md"),
    check,
};

const MESSAGE: &str =
    "A Docker build context cannot be combined with conda dependencies or environment variables";

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        if environment.notation == Notation::PythonV1 {
            if let Some(build) = lingering(environment) {
                let factory = to_factory(cx, environment, build);
                let message = format!(
                    "{MESSAGE}, which Environment(name) has by default; use Environment.from_docker_build_context."
                );
                cx.say(&RULE, build.target(), message)
                    .severity(Severity::Warning)
                    .suggested_fix("Use Environment.from_docker_build_context", factory.unwrap_or_default());
            }
        } else if environment.notation.is_v1() {
            data(cx, environment);
        }
    }
}

/// The build context that is put into an environment which still has the defaults of its constructor.
pub(super) fn lingering(environment: &Environment) -> Option<&Assignment> {
    let cleared = |field: &Field| environment.last(field).is_some_and(|last| !last.value.is_set());
    let build = environment.last(&Field::Build).filter(|build| build.value.is_set())?;
    let replaced = environment.has(&Field::Other("python".to_owned()))
        || environment.has(&Field::Other("docker".to_owned()));
    let defaults = environment.notation == Notation::PythonV1 && environment.initial == Initial::V1Defaults;
    (defaults && !replaced && !(cleared(&Field::Conda) && cleared(&Field::EnvironmentVariables)))
        .then_some(build)
}

/// A definition in JSON, or a run configuration.
fn data(cx: &mut Check<'_>, environment: &Environment) {
    let file = cx.file;
    let build = environment.last(&Field::Build).filter(|build| build.value.is_set());
    let Some(build) =
        build.filter(|_| environment.last(&Field::BuildPath).is_some_and(|path| path.value.is_set()))
    else {
        return;
    };
    let others = [Field::EnvironmentVariables, Field::Conda, Field::Other("r".to_owned())];
    for other in others.iter().filter_map(|field| environment.last(field)) {
        if !other.value.is_set() || is_empty(file, other.value_range) {
            continue;
        }
        let name = other.field.name_in(environment.notation);
        // The file that is said to hold conda dependencies is the same cause.
        let null = cx
            .edit(other.value_range, if other.field == Field::EnvironmentVariables { "{}" } else { "null" });
        cx.say(&RULE, other.key, format!("{MESSAGE}; remove {name}."))
            .related(build.key, "the build context stands here")
            .suggested_fix(format!("Empty {name}"), vec![null]);
    }
}

/// Whether a mapping or list has nothing in it.
fn is_empty(file: &File, range: HostRange) -> bool {
    let shown: String = range.slice(file.text()).chars().filter(|c| !c.is_whitespace()).collect();
    matches!(shown.as_str(), "{}" | "[]")
}

/// The edits that make the environment with the factory where the context is set, instead of by its
/// constructor: only where both are statements of their own with nothing about it between them.
fn to_factory(cx: &Check<'_>, environment: &Environment, build: &Assignment) -> Option<Vec<Edit>> {
    let text = cx.file.text();
    let variable = environment.variable.as_deref()?;
    let name = environment.last(&Field::Name)?;
    let before = environment.assignments.iter().filter(|other| other.range < build.range);
    if !build.statement || before.clone().any(|other| other.field != Field::Name) || name.statement {
        return None;
    }
    let definition = whole_lines(text, environment.anchor);
    let written = definition.slice(text).trim();
    let call = environment.anchor.slice(text);
    if written != format!("{variable} = {call}") || line_start(text, build.range.start) < definition.end {
        return None;
    }
    let value = build.value_range.slice(text);
    let factory = format!(
        "{variable} = Environment.from_docker_build_context({}, {value})",
        name.range.slice(text).trim_start_matches("name").trim_start().trim_start_matches('=').trim_start(),
    );
    if !call.starts_with("Environment(") || definition.slice(text).starts_with([' ', '\t']) {
        return None;
    }
    Some(vec![cx.edit(definition, ""), cx.edit(build.range, factory)])
}
