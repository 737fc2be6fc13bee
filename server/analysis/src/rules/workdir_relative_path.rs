//! AML741: a WORKDIR that hangs on the base image.

use amlenv_syntax::dockerfile::{Instruction, Kind};

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML741",
    name: "workdir-relative-path",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("workdir_relative_path.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        if !document.tree.instructions.iter().any(is_workdir) {
            continue;
        }
        let scopes = document.tree.scopes();
        // Whether a stage ends with a WORKDIR of its own.
        let mut known: Vec<bool> = Vec::new();
        for (stage, steps) in linted.steps() {
            let mut set = stage.parent.and_then(|parent| known.get(parent)).copied().unwrap_or(false);
            for step in steps.into_iter().filter(|step| step.is(Kind::Workdir)) {
                let Some(path) = step.instruction.arguments.first() else { continue };
                let read = scopes.expand(step.at, &path.value).ok().and_then(|read| read.value);
                // Every later one is put right by the first.
                if !std::mem::replace(&mut set, true) && read.as_ref().is_some_and(|path| !path.starts_with('/')) {
                    let range = step.place(path.range);
                    let message = format!(
                        "Where {} leads hangs on the base image; write a path that begins with /.",
                        path.value
                    );
                    // Where the base image leads is most often the root.
                    let plain = path.range.slice(&document.text) == path.value
                        && !path.value.contains('$')
                        && step.trigger.is_none();
                    let new = format!("/{}", path.value.trim_start_matches("./"));
                    let edit = plain.then(|| buildkit::edit(cx, document, path.range, &new)).flatten();
                    let said = buildkit::say(cx, &RULE, &linted, step.commented(), range, message);
                    if let Some(said) = said {
                        said.suggested_fix(format!("Write {new}"), edit.into_iter().collect());
                    }
                }
            }
            known.push(set);
        }
    }
}

fn is_workdir(instruction: &Instruction) -> bool {
    let trigger = instruction.onbuild.as_deref().unwrap_or(instruction);
    trigger.kind == Some(Kind::Workdir)
}
