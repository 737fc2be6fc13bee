//! AML602: a conda environment without a Python version.

use amlenv_syntax::HostRange;

use super::{Check, Rule};
use crate::file::File;
use crate::finding::Severity;
use crate::graph;
use crate::listed::{copied_conda_files, insert_before, specs};
use crate::model::{CondaSpec, Environment, Field, Value};
use crate::packages::is_managed;
use crate::path::FilePath;

pub(super) static RULE: Rule = Rule {
    code: "AML602",
    name: "python-missing",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("python_missing.md"),
    check,
};

const MESSAGE: &str =
    "names no Python, so the environment gets whichever version conda chooses that day; pin one.";

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for (spec, environment) in specs(file) {
        let used = environment.is_some() && crate::listed::is_used(environment);
        if used
            && lacks(spec)
            && let Some(key) = spec.key("dependencies")
        {
            let fix = fix(file, spec);
            cx.say(&RULE, key, format!("This list {MESSAGE}")).suggested_fix("Pin Python 3.11", fix);
        }
    }
    for environment in file.environments().filter(|found| found.notation.is_v2() && is_managed(found)) {
        let Some(Value::CondaPath(text)) = environment.last(&Field::Conda).map(|found| &found.value) else {
            continue;
        };
        let Some((path, found)) = conda_file(cx, environment) else { continue };
        if let Some(spec) = found.conda().filter(|spec| lacks(spec)) {
            let fix = fix(&found, spec);
            let message = format!("{} {MESSAGE}", path.file_name());
            cx.say(&RULE, text.content, message).suggested_fix("Pin Python 3.11 in it", fix);
        }
    }
    made_in_dockerfile(cx);
}

/// Of the conda files of which a Dockerfile makes environments.
fn made_in_dockerfile(cx: &mut Check<'_>) {
    let file = cx.file;
    for copied in copied_conda_files(file).into_iter().filter(|copied| copied.creates) {
        let Some(found) = cx.workspace.file(&copied.path).cloned() else { continue };
        if let Some(spec) = found.conda().filter(|spec| lacks(spec)) {
            let fix = fix(&found, spec);
            let message = format!("{} {MESSAGE}", copied.path.file_name());
            let said = cx.say_in(&RULE, copied.document, copied.range, message);
            said.suggested_fix("Pin Python 3.11 in it", fix);
        }
    }
}

/// The conda file of an environment, where it is known.
pub(super) fn conda_file(
    cx: &Check<'_>,
    environment: &Environment,
) -> Option<(FilePath, std::sync::Arc<File>)> {
    let text = graph::conda_path(environment)?;
    let candidates = graph::candidates(cx.workspace, cx.file, environment.notation, &text.value);
    let path = graph::resolve(cx.workspace, &candidates).ok()?;
    Some((path.clone(), cx.workspace.file(path)?.clone()))
}

fn lacks(spec: &CondaSpec) -> bool {
    // A placeholder may be anything; a list of pip tells nothing of Python.
    let open = spec.items.iter().any(|item| !item.pip && item.text.templated);
    spec.key("dependencies").is_some()
        && !open
        && spec.items.iter().any(|item| !item.pip) | spec.pip_section.is_some()
        && !spec.conda.iter().any(|package| package.name == "python" || package.name == "r-base")
}

fn fix(file: &File, spec: &CondaSpec) -> Vec<crate::finding::Edit> {
    let first = spec.items.iter().find(|item| !item.pip).map(|item| item.range);
    let first: Option<HostRange> = match (first, spec.pip_section) {
        (Some(item), Some(section)) => Some(item.min(section)),
        (item, section) => item.or(section),
    };
    first.and_then(|first| insert_before(file, spec, first, "python=3.11")).into_iter().collect()
}
