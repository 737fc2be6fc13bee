//! AML201: a scoring script without the server that runs it.

use super::{Check, Rule};
use crate::file::File;
use crate::graph::{definition_of, resolve};
use crate::finding::{Edit, Severity};
use crate::kind::Role;
use crate::model::{Environment, Field};
use crate::packages;
use crate::suppress;
use crate::text_edit::{line_end, line_start};

pub(super) static RULE: Rule = Rule {
    code: "AML201",
    name: "missing-inference-server",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("missing_inference_server.md"),
    check,
};

const SERVER: &str = "azureml-inference-server-http";

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let said = cx.settings.role.or_else(|| suppress::role(file));
    for environment in file.environments() {
        let scores = environment.role == Some(Role::Online) && environment.scoring_script;
        if scores || said == Some(Role::Online) {
            judge(cx, file, environment, environment.anchor);
        }
    }
    for used in file.uses() {
        if used.role != Some(Role::Online) || !used.scoring_script || used.text.templated {
            continue;
        }
        let candidates = definition_of(cx.workspace, file, used);
        let Ok(path) = resolve(cx.workspace, &candidates) else { continue };
        if let Some(target) = cx.workspace.file(path).cloned()
            && let Some(environment) = target.environments().next()
        {
            judge(cx, &target, environment, used.text.content);
        }
    }
}

/// Judges an environment that a deployment of `place` uses; it may be defined in another file.
fn judge(cx: &mut Check<'_>, file: &File, environment: &Environment, place: amlenv_syntax::HostRange) {
    if environment.has(&Field::InferenceConfig) {
        // Somebody's own server: its routes say so.
        return;
    }
    let found = packages::of(cx.workspace, file, environment);
    if !found.lacks_all(&[SERVER, "azureml-defaults"]) {
        return;
    }
    let fix = found.last_pip.and_then(|(path, last)| {
        let known = cx.workspace.file(&path);
        let text = if path == *cx.file.path() { cx.file.text() } else { known?.text() };
        if cx.file.python().is_some() {
            return None;
        }
        let start = line_start(text, last.start);
        let lead = text.get(start..last.start)?.split_inclusive('-').next()?;
        let line = format!("{}{} {SERVER}", line_end(text), lead.trim_end());
        Some(Edit { file: path, range: amlenv_syntax::HostRange::empty(last.end), text: line })
    });
    let said = cx.say(&RULE, place, format!("Scoring with a script of your own needs {SERVER} in this environment."));
    if let Some(edit) = fix {
        said.suggested_fix(format!("Add {SERVER} to the pip packages"), vec![edit]);
    }
}
