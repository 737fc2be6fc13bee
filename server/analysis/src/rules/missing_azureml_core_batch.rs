//! AML202: a batch deployment or parallel task without the package that drives its script.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::kind::Role;
use crate::packages::Part;
use crate::runs;

pub(super) static RULE: Rule = Rule {
    code: "AML202",
    name: "missing-azureml-core-batch",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("missing_azureml_core_batch.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for run in runs::of(cx) {
        let parallel = run.tasks.iter().any(|task| task.parallel);
        let deployed = run.role == Some(Role::Batch) && run.scoring_script;
        if !parallel && !deployed {
            continue;
        }
        let found = runs::packages(cx, &run);
        if found.lacks(Part::Core) {
            let core = Part::Core.package();
            let add = found.addition(cx.workspace, cx.file, core);
            let what = if parallel { "A parallel task" } else { "Batch scoring with a script of your own" };
            cx.say(&RULE, run.place, format!("{what} needs {core} in this environment."))
                .suggested_fix(format!("Add {core} to the pip packages"), add.into_iter().collect());
        } else if parallel && found.lacks_all(&["azureml-dataset-runtime", "azureml-defaults", "azureml-sdk"])
        {
            const RUNTIME: &str = "azureml-dataset-runtime[fuse,pandas]";
            let add = found.addition(cx.workspace, cx.file, RUNTIME);
            cx.say(
                &RULE,
                run.place,
                format!("A parallel task that reads datasets needs {RUNTIME} in this environment."),
            )
            .severity(Severity::Information)
            .suggested_fix(format!("Add {RUNTIME} to the pip packages"), add.into_iter().collect());
        }
    }
}
