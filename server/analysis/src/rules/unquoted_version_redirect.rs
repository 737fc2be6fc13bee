//! AML703: a version that the shell takes for a redirection.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{Instruction, Kind};
use amlenv_syntax::shell::install::{Tool, install};

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML703",
    name: "unquoted-version-redirect",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("unquoted_version_redirect.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let all = document.tree.instructions.iter().map(Instruction::carried);
        for instruction in all.filter(|found| found.kind == Some(Kind::Run)) {
            for found in instruction.commands().iter().filter_map(install) {
                if found.tool == Tool::Apt {
                    continue;
                }
                let mut strays = found.strays.iter().peekable();
                while let Some(first) = strays.next() {
                    // `a>=1,<2` is one package and two redirections.
                    let mut end = first.range.end;
                    while let Some(more) = strays.next_if(|more| more.range.start == end) {
                        end = more.range.end;
                    }
                    let gap = |start: usize| TextRange::new(start, first.range.start).slice(&document.text);
                    let package = found.packages.iter().rfind(|word| {
                        word.range.end <= first.range.start && gap(word.range.end).trim().is_empty()
                    });
                    let Some(package) = package else { continue };
                    let whole = TextRange::new(package.range.start, end);
                    let text = whole.slice(&document.text);
                    let message = format!(
                        "The shell takes this for a redirection to a file, so that {} gets no version; quote it.",
                        package.value
                    );
                    let plain = !text.contains(['"', '\'', '\\', '\n', '`', '$']);
                    let edit = document
                        .edit(file.path(), file.text(), whole, &format!("\"{text}\""))
                        .filter(|_| plain);
                    let said = cx.say_in(&RULE, document, whole, message);
                    if let Some(edit) = edit {
                        said.safe_fix("Quote it", vec![edit]);
                    }
                }
            }
        }
    }
}
