//! AML203: a script that logs with MLflow, without the plugin that knows the service.

use amlenv_syntax::python::{self, Module};

use super::{Check, Rule};
use crate::finding::Severity;
use crate::kind::Role;
use crate::packages::Part;
use crate::runs;

pub(super) static RULE: Rule = Rule {
    code: "AML203",
    name: "missing-mlflow-plugin",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("missing_mlflow_plugin.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for run in runs::of(cx).into_iter().filter(|run| run.role == Some(Role::Training)) {
        let scripts = run.tasks.iter().filter_map(|task| runs::script(cx.workspace, cx.file, task));
        let Some(tracking) = scripts.filter_map(tracking).max() else { continue };
        let found = runs::packages(cx, &run);
        let plugin = Part::MlflowPlugin.package();
        if found.lacks(Part::MlflowPlugin) {
            let add = found.addition(cx.workspace, cx.file, plugin);
            // What logs of its own accord swallows its failures.
            let severity =
                if tracking == Tracking::Calls { Severity::Warning } else { Severity::Information };
            let message = format!(
                "The script logs with mlflow; to log to the workspace it needs {plugin} in this environment."
            );
            cx.say(&RULE, run.place, message)
                .severity(severity)
                .suggested_fix(format!("Add {plugin} to the pip packages"), add.into_iter().collect());
        } else if found.has(plugin) && found.lacks_all(&["mlflow", "mlflow-skinny"]) {
            let message = format!(
                "The script logs with mlflow, which this environment has only through {plugin}; list mlflow or mlflow-skinny."
            );
            let add = found.addition(cx.workspace, cx.file, "mlflow-skinny");
            cx.say(&RULE, run.place, message)
                .severity(Severity::Hint)
                .suggested_fix("Add mlflow-skinny to the pip packages", add.into_iter().collect());
        }
    }
}

/// How a script speaks to the tracking store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tracking {
    /// Through `autolog` alone.
    Automatic,
    /// By calls of its own.
    Calls,
}

/// How a script that certainly has MLflow speaks to its tracking store. One that only loads a model
/// needs no store.
fn tracking(script: &Module) -> Option<Tracking> {
    let imports = python::imports(script);
    let imported: Vec<String> =
        imports.into_iter().filter(|module| module == "mlflow" || module.starts_with("mlflow.")).collect();
    if imported.is_empty() {
        return None;
    }
    let chains = imported.into_iter().chain(python::calls(script));
    chains
        .filter_map(|chain| match chain.strip_prefix("mlflow.")?.rsplit('.').next()? {
            "autolog" => Some(Tracking::Automatic),
            "start_run" => Some(Tracking::Calls),
            name => (name.starts_with("log_") || name.starts_with("set_tag")).then_some(Tracking::Calls),
        })
        .max()
}
