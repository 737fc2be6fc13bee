//! AML708: a step that needs root in an image that runs as somebody else.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::Kind;

use super::{Check, Rule};
use crate::finding::Severity;
use crate::stages;
use crate::text_edit::line_end;

pub(super) static RULE: Rule = Rule {
    code: "AML708",
    name: "root-needed",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("root_needed.md"),
    check,
};

/// Who the images for inference run as.
const USER: &str = "dockeruser";

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let Some(last) = stages::last(&document.tree) else { continue };
        if !last.is_on_inference_image() {
            continue;
        }
        let mut root = false;
        for instruction in last.instructions() {
            if instruction.kind == Some(Kind::User) {
                let user = instruction.arguments.first().map_or("", |user| user.value.as_str());
                let user = user.split(':').next().unwrap_or(user);
                // Of anybody else it is not known what they may do.
                root = user != USER;
                continue;
            }
            if root || instruction.kind != Some(Kind::Run) {
                continue;
            }
            let commands = instruction.commands();
            let needs = commands.iter().find(|command| {
                let program = command.program().first().map_or("", |word| word.value.as_str());
                let sudo = command.words.first().is_some_and(|word| word.value == "sudo");
                !sudo && matches!(program.rsplit('/').next(), Some("apt-get" | "apt" | "dpkg" | "apt-key"))
            });
            let Some(needs) = needs else { continue };
            let end = line_end(&document.text);
            let (start, behind) = (instruction.keyword_range.start, instruction.range.end);
            let edits: Vec<_> =
                [(start, format!("USER root{end}")), (behind, format!("{end}USER dockeruser"))]
                    .into_iter()
                    .filter_map(|(at, text)| {
                        document.edit(file.path(), file.text(), TextRange::empty(at), &text)
                    })
                    .collect();
            let message = "This image runs as dockeruser, and apt needs root: put USER root in front and USER dockeruser behind.";
            let said = cx.say_in(&RULE, document, needs.range, message);
            if edits.len() == 2 {
                said.suggested_fix("Put USER root around it", edits);
            }
            break;
        }
    }
}
