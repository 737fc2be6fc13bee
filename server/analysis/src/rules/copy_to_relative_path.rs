//! AML758: a destination that hangs on what the image says.

use amlenv_syntax::dockerfile::{Kind};

use super::{Check, Rule};
use crate::builds::without_note;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML758",
    name: "copy-to-relative-path",
    severity: Severity::Hint,
    default_on: false,
    page: include_str!("copy_to_relative_path.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let scopes = document.tree.scopes();
        let stages = document.tree.stages();
        let mut settled: Vec<bool> = Vec::new();
        for stage in &stages {
            let mut set = stage.parent.and_then(|parent| settled.get(parent)).copied().unwrap_or(false);
            for instruction in stage.instructions {
                set |= instruction.kind == Some(Kind::Workdir);
                let copies = matches!(instruction.kind, Some(Kind::Copy | Kind::Add));
                if set || !copies {
                    continue;
                }
                let Some(target) = without_note(&instruction.arguments).last() else { continue };
                let at = document.tree.instructions.iter().position(|other| other.range == instruction.range);
                let place =
                    at.and_then(|at| scopes.expand(at, &target.value).ok()).and_then(|read| read.value);
                let Some(place) = place.filter(|place| !place.is_empty()) else { continue };
                let drive = place.get(1..2) == Some(":");
                if place.starts_with(['/', '\\', '{', '<', '%']) || drive {
                    continue;
                }
                let message = format!(
                    "{place} is seen from the working directory of the base image; set WORKDIR, or begin with /."
                );
                cx.say_in(&RULE, document, target.range, message);
            }
            settled.push(set);
        }
    }
}
