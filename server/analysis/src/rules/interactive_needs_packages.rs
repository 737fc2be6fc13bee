//! AML206: interactive services in an environment without what they need.

use super::{Check, Rule};
use crate::catalogue::Answer;
use crate::finding::Severity;
use crate::runs;

pub(super) static RULE: Rule = Rule {
    code: "AML206",
    name: "interactive-needs-packages",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("interactive_needs_packages.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    const SERVICES: [&str; 4] = ["ssh", "vs_code", "jupyter_lab", "tensor_board"];
    for run in runs::of(cx) {
        let services = run.tasks.iter().flat_map(|task| &task.services);
        let Some(service) = services.into_iter().find(|text| SERVICES.contains(&text.value.as_str())) else {
            continue;
        };
        let found = runs::packages(cx, &run);
        if !found.is_closed() {
            continue;
        }
        let mut missing = Vec::new();
        let server = found.any(|name| matches!(name, "openssh-server" | "openssh" | "ssh" | "dropbear"));
        if !server && found.base().is_some_and(|base| base.ssh == Answer::No) {
            missing.push("openssh-server");
        }
        if !found.any(brings_kernel) {
            missing.push("ipykernel~=6.0");
        }
        if missing.is_empty() {
            continue;
        }
        let kernel = missing.contains(&"ipykernel~=6.0");
        let add = kernel.then(|| found.addition(cx.workspace, cx.file, "ipykernel~=6.0")).flatten();
        let message = format!(
            "Interactive services need openssh-server and ipykernel~=6.0 in the environment; {} is not there.",
            missing.join(" and ")
        );
        cx.say(&RULE, run.place, message)
            .related(service.content, "this service runs in it")
            .suggested_fix("Add ipykernel~=6.0 to the pip packages", add.into_iter().collect());
    }
    debugger(cx);
}

/// Commands that start their program under debugpy.
fn debugger(cx: &mut Check<'_>) {
    for run in runs::of(cx) {
        let commands = run.tasks.iter().filter_map(|task| task.command.as_ref());
        let starts = |command: &&crate::model::Text| {
            let words: Vec<&str> = command.value.split_whitespace().collect();
            words.windows(2).any(|pair| pair == ["-m", "debugpy"])
        };
        let Some(command) = commands.into_iter().find(starts) else { continue };
        let found = runs::packages(cx, &run);
        // The kernel of Jupyter asks for it itself.
        if !found.is_closed() || found.any(|name| name == "debugpy" || brings_kernel(name)) {
            continue;
        }
        let add = found.addition(cx.workspace, cx.file, "debugpy");
        let message = "The command starts debugpy, which is not in this environment.";
        cx.say(&RULE, run.place, message)
            .related(command.content, "this command needs it")
            .suggested_fix("Add debugpy to the pip packages", add.into_iter().collect());
    }
}

/// Whatever stands on Jupyter brings the kernel.
fn brings_kernel(name: &str) -> bool {
    name.contains("ipykernel") || name.contains("jupyter") || name.contains("notebook") || name == "spyder"
}
