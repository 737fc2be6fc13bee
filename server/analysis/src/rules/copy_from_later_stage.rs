//! AML754: files from a stage that is not built yet.

use amlenv_syntax::dockerfile::Kind;

use super::{Check, Rule};
use crate::finding::Severity;
use crate::stages::{needed_by_last, stage_called};

pub(super) static RULE: Rule = Rule {
    code: "AML754",
    name: "copy-from-later-stage",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("copy_from_later_stage.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let stages = document.tree.stages();
        let needed = needed_by_last(&document.tree);
        for (at, stage) in stages.iter().enumerate().filter(|(at, _)| needed.get(*at) == Some(&true)) {
            for instruction in stage.instructions.iter().filter(|found| found.kind == Some(Kind::Copy)) {
                let Some(flag) = instruction.flag("from") else { continue };
                let Some(name) = flag.value.as_deref() else { continue };
                let before = stage_called(&stages, name, at);
                let anywhere = stage_called(&stages, name, stages.len());
                let number = name.parse::<usize>().is_ok();
                let message = match (before, anywhere) {
                    (Some(_), _) => continue,
                    (None, Some(same)) if same == at => "A stage cannot copy from itself.".to_owned(),
                    (None, Some(_)) => format!(
                        "The stage {name} stands further down; a stage can copy from those in front of it only."
                    ),
                    (None, None) if number => format!("There is no stage {name}; they are counted from 0."),
                    (None, None) => continue,
                };
                cx.say_in(&RULE, document, flag.range, message);
            }
        }
    }
}
