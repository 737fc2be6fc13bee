//! AML706: a comment behind the words of an instruction.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{Form, Kind};

use super::{Check, Rule};
use crate::builds::without_note;
use crate::finding::Severity;
use crate::text_edit::line_end;

pub(super) static RULE: Rule = Rule {
    code: "AML706",
    name: "comment-after-copy",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("comment_after_copy.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        for instruction in &document.tree.instructions {
            let copies =
                matches!(instruction.kind, Some(Kind::Copy | Kind::Add)) && instruction.form == Form::Words;
            let words = without_note(&instruction.arguments);
            let Some(note) = instruction.arguments.get(words.len()).filter(|_| copies) else { continue };
            let keyword = instruction.kind.map_or("", Kind::keyword);
            let range = TextRange::new(note.range.start, instruction.rest.end);
            let message = format!(
                "This is no comment: a # counts at the beginning of a line only, so {keyword} takes these words for paths."
            );
            let mut edits = Vec::new();
            if instruction.start_line == instruction.end_line
                && let Some(before) = words.last()
            {
                let text = range.slice(&document.text).trim_end();
                let above = format!("{text}{}", line_end(&document.text));
                let start = TextRange::empty(instruction.keyword_range.start);
                let gone = TextRange::new(before.range.end, range.end);
                edits.extend(document.edit(file.path(), file.text(), start, &above));
                edits.extend(document.edit(file.path(), file.text(), gone, ""));
            }
            let said = cx.say_in(&RULE, document, range, message);
            if edits.len() == 2 {
                said.safe_fix("Put it on a line of its own", edits);
            }
        }
    }
}
