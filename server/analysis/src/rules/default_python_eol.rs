//! AML308: the Python that SDK v1 takes when none is said.

use amlenv_syntax::HostRange;

use super::{Check, Rule};
use crate::finding::{Edit, Severity};
use crate::lifecycle::ended_python;
use crate::model::{Environment, Field, Initial, Notation, Value};
use crate::packages::is_managed;
use crate::text_edit::{indent_of, line_end, whole_lines};

pub(super) static RULE: Rule = Rule {
    code: "AML308",
    name: "default-python-eol",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("default_python_eol.md"),
    check,
};

/// Source: azureml-core 1.61.0, `Environment("x").python.conda_dependencies`.
const DEFAULT: &str = "3.8.13";

fn check(cx: &mut Check<'_>) {
    for environment in cx.file.environments().filter(|found| found.notation == Notation::PythonV1) {
        // Where it stands on an image of its own, that its packages are not used says more.
        let own = [Field::Image, Field::Dockerfile, Field::Build].iter().any(|field| {
            environment.all(field).any(|assignment| !matches!(assignment.value, Value::DefaultImage { .. }))
        });
        let touched = environment.has(&Field::Conda)
            || environment.assignments.iter().any(
                |assignment| matches!(&assignment.field, Field::Other(name) if name.starts_with("python")),
            );
        if own
            || touched
            || environment.initial != Initial::V1Defaults
            || !is_managed(environment)
            || environment.uses.is_empty()
        {
            continue;
        }
        let Some(ended) = ended_python(DEFAULT) else { continue };
        let message = format!(
            "SDK v1 takes Python {DEFAULT} where none is said, which ended on {}; set a version with \
             python.conda_dependencies.set_python_version.",
            ended.on
        );
        let fix = set_version(cx, environment).into_iter().collect();
        cx.say(&RULE, environment.anchor, message).suggested_fix("Set Python 3.11", fix);
    }
}

/// The line behind the creation of the environment that sets a version, where that ends with its line.
fn set_version(cx: &Check<'_>, environment: &Environment) -> Option<Edit> {
    let text = cx.file.text();
    let (variable, at) = (environment.variable.as_deref()?, environment.anchor.start);
    let lines = whole_lines(text, environment.anchor);
    let line = lines.slice(text).trim_end();
    let balanced = line.matches('(').count() == line.matches(')').count() && line.ends_with(')');
    let creates = line.trim_start().strip_prefix(variable)?.trim_start().starts_with('=');
    let (indent, eol) = (indent_of(text, at), line_end(text));
    let new = format!("{indent}{variable}.python.conda_dependencies.set_python_version(\"3.11\"){eol}");
    (balanced && creates && lines.end < text.len()).then(|| cx.edit(HostRange::empty(lines.end), new))
}
