//! AML712: an image for processors that Azure ML does not have.

use super::{Check, Rule};
use crate::builds::is_built;
use crate::finding::Severity;
use crate::stages;

pub(super) static RULE: Rule = Rule {
    code: "AML712",
    name: "base-arch",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("base_arch.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let Some(last) = stages::last(&document.tree) else { continue };
        for stage in &last.stages {
            let Some(platform) = stage.from.flag("platform") else { continue };
            let value = platform.value.as_deref().unwrap_or("").to_ascii_lowercase();
            let arm = value.split('/').any(|part| matches!(part, "arm" | "arm64" | "aarch64"));
            if arm && is_built(cx.workspace, file, document) {
                let message =
                    format!("Azure ML builds and runs images for linux/amd64; {value} does not run there.");
                let edit = document.edit(file.path(), file.text(), platform.value_range, "linux/amd64");
                let said = cx.say_in(&RULE, document, platform.range, message);
                if let Some(edit) = edit {
                    said.suggested_fix("Change to linux/amd64", vec![edit]);
                }
            }
        }
    }
}
