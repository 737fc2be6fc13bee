//! AML201: a scoring script without the server that runs it.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::kind::Role;
use crate::model::Field;
use crate::packages::Part;
use crate::runs;
use crate::workspace::Fact;

pub(super) static RULE: Rule = Rule {
    code: "AML201",
    name: "missing-inference-server",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("missing_inference_server.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for run in runs::of(cx) {
        // With an inference_config it is somebody's own server: its routes say so.
        if run.role != Some(Role::Online)
            || !run.scoring_script
            || run.environment.has(&Field::InferenceConfig)
        {
            continue;
        }
        if is_packaged(cx) {
            continue;
        }
        let found = runs::packages(cx, &run);
        if !found.lacks(Part::InferenceServer) {
            continue;
        }
        let server = Part::InferenceServer.package();
        let add = found.addition(cx.workspace, cx.file, server);
        let message = format!("Scoring with a script of your own needs {server} in this environment.");
        cx.say(&RULE, run.place, message)
            .suggested_fix(format!("Add {server} to the pip packages"), add.into_iter().collect());
    }
}

/// Whether models are packaged in the folder of the deployment, by a file that says so in its name: a
/// package gets the server while it is made, whatever its environment has.
fn is_packaged(cx: &Check<'_>) -> bool {
    let Some(Fact::Folder(names)) = cx.workspace.fact(&cx.file.path().parent()) else { return false };
    names.iter().any(|name| name.starts_with("package-") && name.ends_with(".yml"))
}
