//! AML753: files from a stage that is not there, so from an image of that name.

use amlenv_syntax::dockerfile::Kind;

use super::{Check, Rule};
use crate::finding::Severity;
use crate::graph::distance;
use crate::lower::is_templated;

pub(super) static RULE: Rule = Rule {
    code: "AML753",
    name: "copy-from-unknown-stage",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("copy_from_unknown_stage.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let stages = document.tree.stages();
        for (at, stage) in stages.iter().enumerate() {
            for instruction in stage.instructions.iter().filter(|found| found.kind == Some(Kind::Copy)) {
                let Some(flag) = instruction.flag("from") else { continue };
                let Some(name) = flag.value.as_deref().filter(|name| !name.is_empty()) else { continue };
                let image = name.contains(['/', ':', '.', '@', '$']) || is_templated(name);
                let number = name.chars().all(|c| c.is_ascii_digit());
                let known = stages
                    .iter()
                    .any(|stage| stage.name.is_some_and(|stage| stage.eq_ignore_ascii_case(name)));
                if image || number || known {
                    continue;
                }
                let near = stages
                    .iter()
                    .take(at)
                    .filter_map(|stage| stage.name)
                    .map(|stage| (distance(&stage.to_lowercase(), &name.to_lowercase()), stage))
                    .filter(|(distance, stage)| *distance <= 2 && *distance * 2 < stage.len())
                    .min();
                let message = match near {
                    Some((_, near)) => format!(
                        "No stage is called {name}, so an image of that name is pulled; did you mean {near}?"
                    ),
                    None => format!(
                        "No stage is called {name}, so the image {name}:latest is pulled; write its tag, if that is meant."
                    ),
                };
                let edit = near.and_then(|(_, near)| {
                    Some((document.edit(file.path(), file.text(), flag.value_range, near)?, near))
                });
                let said = cx.say_in(&RULE, document, flag.range, message);
                if let Some((edit, near)) = edit {
                    said.suggested_fix(format!("Change to {near}"), vec![edit]);
                }
            }
        }
    }
}
