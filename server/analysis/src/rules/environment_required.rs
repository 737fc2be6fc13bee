//! AML132: a command without an environment to run in.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::kind::FileKind;
use amlenv_syntax::HostRange;
use amlenv_syntax::yaml::{Node, NodeKind};

pub(super) static RULE: Rule = Rule {
    code: "AML132",
    name: "environment-required",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("environment_required.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let Some(root) = file.yaml_root().filter(|_| file.kind() == FileKind::JobYaml) else { return };
    let text = |key: &str| root.get(key).and_then(|entry| entry.value.as_ref()).and_then(Node::as_str);
    let schema = text("$schema").unwrap_or("").to_ascii_lowercase();
    let command = text("type").is_some_and(|kind| kind == "command")
        || schema.contains("commandjob")
        || schema.contains("commandcomponent");
    // What a pipeline gives to all its jobs: in its settings, as the preview of 2021 had it.
    let shared = root.get("environment").is_some()
        || root.get("settings").and_then(|entry| entry.value.as_ref()).is_some_and(|settings| settings.get("environment").is_some());
    // Where a pipeline's job stands by itself, its type is command unless it says something else.
    let mut pending = Vec::new();
    if command {
        pending.push(root);
    }
    for job in root.get("jobs").and_then(|entry| entry.value.as_ref()).map_or(&[][..], |jobs| jobs.entries()) {
        let Some(job) = job.value.as_ref().filter(|_| !shared) else { continue };
        let kind = job.get("type").and_then(|entry| entry.value.as_ref()).and_then(Node::as_str);
        if kind.is_none_or(|kind| kind == "command") {
            pending.push(job);
        }
    }
    let mut found = Vec::new();
    for node in pending {
        let NodeKind::Mapping(entries) = &node.kind else { continue };
        let seen = entries.iter().all(|entry| entry.key.as_str().is_some_and(|key| key != "<<" && !key.contains("{{")));
        if let Some(command) = node.get("command").filter(|_| seen)
            && node.get("environment").is_none()
            && node.get("component").is_none()
        {
            found.push(HostRange::new(command.key.range.start, command.key.range.end));
        }
    }
    for range in found {
        cx.say(&RULE, range, "A command needs an environment to run in; add environment.");
    }
}
