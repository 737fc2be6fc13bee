//! What an editor offers at a place: the fixes of findings, and registering an environment.

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
    for (whole, lens) in registrable(workspace, path) {
        if whole.intersects(range) {
            let options =
                PlanOptions { environment: Some(lens.environment.clone()), ..PlanOptions::default() };
            let disabled =
                registration::plan(workspace, path, &options, settings).err().map(|refusal| refusal.message);
            out.push(Action::Register { title: lens.title, environment: lens.environment, disabled });
        }
    }
    out.extend(refactor::refactorings(workspace, path, range));
    out
}

pub(crate) fn lenses(workspace: &Workspace, path: &FilePath) -> Vec<Lens> {
    registrable(workspace, path).into_iter().map(|(_, lens)| lens).collect()
}

/// The environments of a file that can be registered under a name.
fn registrable(workspace: &Workspace, path: &FilePath) -> Vec<(HostRange, Lens)> {
    let Some(file) = workspace.file(path) else { return Vec::new() };
    match file.nested().iter().find(|nested| !nested.written) {
        Some(nested) => in_file(&nested.file)
            .into_iter()
            .map(|(range, lens)| (nested.host(range), Lens { range: nested.host(lens.range), ..lens }))
            .collect(),
        None => in_file(file),
    }
}

fn in_file(file: &File) -> Vec<(HostRange, Lens)> {
    if !registration::is_source(file.kind()) {
        return Vec::new();
    }
    file.environments()
        .enumerate()
        .filter(|(_, environment)| {
            // An editor cannot ask for a name; what is inside a job most often has none.
            environment.notation == Notation::EnvironmentYaml || environment.has(&Field::Name)
        })
        .map(|(number, environment)| {
            let name = environment.name().map(str::to_owned);
            let title = match &name {
                Some(name) => format!("Register environment {name}"),
                None => "Register environment".to_owned(),
            };
            let lens = Lens { range: environment.anchor, title, environment: (number + 1).to_string() };
            (environment.range, lens)
        })
        .collect()
}
