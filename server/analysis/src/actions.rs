//! What an editor offers at a place: the fixes of findings, and registering an environment.

mod nameless;

use amlenv_syntax::HostRange;

use crate::answers::{Action, Lens, PlanOptions};
use crate::file::File;
use crate::finding::{Applicability, Finding};
use crate::model::{Field, Notation};
use crate::path::FilePath;
use crate::refactor;
use crate::registration;
use crate::settings::Settings;
use crate::workspace::Workspace;

pub(crate) fn actions(
    workspace: &Workspace,
    path: &FilePath,
    range: HostRange,
    settings: &Settings,
) -> Vec<Action> {
    let findings = crate::diagnostics(workspace, path, settings);
    with_findings(workspace, path, range, settings, &findings)
}

/// The same, where the findings are known.
pub(crate) fn with_findings(
    workspace: &Workspace,
    path: &FilePath,
    range: HostRange,
    settings: &Settings,
    findings: &[Finding],
) -> Vec<Action> {
    let mut out = Vec::new();
    for finding in findings {
        if !finding.range.intersects(range) {
            continue;
        }
        let only = finding.fixes.len() == 1;
        for (number, fix) in finding.fixes.iter().cloned().enumerate() {
            let preferred = number == 0 && (only || fix.applicability == Applicability::Safe);
            out.push(Action::Fix { code: finding.rule.code, range: finding.range, fix, preferred });
        }
    }
    let plan = |environment: Option<&String>, name: Option<&String>| {
        let (environment, name) = (environment.cloned(), name.cloned());
        let options = PlanOptions { environment, name, ..PlanOptions::default() };
        registration::plan(workspace, path, &options, settings).err().map(|refusal| refusal.message)
    };
    for lens in lenses(workspace, path) {
        if lens.whole.intersects(range) {
            let disabled = plan(Some(&lens.environment), None);
            let environment = Some(lens.environment);
            out.push(Action::Register { title: lens.title, environment, name: None, disabled });
        }
    }
    for found in nameless::nameless(workspace, path, range) {
        let (title, disabled) = match &found.name {
            Some(name) => {
                (format!("Register environment as {name}"), plan(found.environment.as_ref(), Some(name)))
            }
            None => ("Register environment".to_owned(), Some(nameless::reason(path))),
        };
        let (environment, name) = (found.environment, found.name);
        out.push(Action::Register { title, environment, name, disabled });
    }
    out.extend(refactor::refactorings(workspace, path, range));
    out
}

/// The environments of a file that have a name to be registered under.
pub(crate) fn lenses(workspace: &Workspace, path: &FilePath) -> Vec<Lens> {
    let Some(file) = workspace.file(path) else { return Vec::new() };
    match file.nested().iter().find(|nested| !nested.written) {
        Some(nested) => in_file(&nested.file)
            .into_iter()
            .map(|lens| Lens { range: nested.host(lens.range), whole: nested.host(lens.whole), ..lens })
            .collect(),
        None => in_file(file),
    }
}

fn in_file(file: &File) -> Vec<Lens> {
    if !registration::is_source(file.kind()) {
        return Vec::new();
    }
    file.environments()
        .enumerate()
        .filter(|(_, environment)| {
            // An environment YAML without a name is a mistake, which the action says.
            environment.notation == Notation::EnvironmentYaml || environment.has(&Field::Name)
        })
        .map(|(number, environment)| {
            let title = match environment.name() {
                Some(name) => format!("Register environment {name}"),
                None => "Register environment".to_owned(),
            };
            let environment_number = (number + 1).to_string();
            Lens {
                range: environment.anchor,
                whole: environment.range,
                title,
                environment: environment_number,
            }
        })
        .collect()
}
