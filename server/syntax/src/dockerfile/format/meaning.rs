//! Whether two Dockerfiles mean the same: equal to the last letter, but for the case of keywords and for
//! blanks between the words of a shell. It does not know how either was written.

use super::super::{Dockerfile, Form, Instruction};
use crate::shell;

/// Whether BuildKit, and the shells that it starts, get the same from both.
#[must_use]
pub fn same_meaning(one: &Dockerfile, other: &Dockerfile) -> bool {
    let directives = |tree: &Dockerfile| {
        tree.directives.iter().map(|found| (found.name.clone(), found.value.clone())).collect::<Vec<_>>()
    };
    let problems = |tree: &Dockerfile| {
        tree.problems.iter().map(|found| (found.kind, found.message.to_lowercase())).collect::<Vec<_>>()
    };
    one.escape == other.escape
        && directives(one) == directives(other)
        && problems(one) == problems(other)
        && one.comments.len() == other.comments.len()
        && one.instructions.len() == other.instructions.len()
        && one.instructions.iter().zip(&other.instructions).all(|(one, other)| same(one, other))
}

fn same(one: &Instruction, other: &Instruction) -> bool {
    let (mut one, mut other) = (one, other);
    loop {
        if !same_but_nested(one, other) {
            return false;
        }
        match (one.onbuild.as_deref(), other.onbuild.as_deref()) {
            (Some(a), Some(b)) => (one, other) = (a, b),
            (None, None) => return true,
            _ => return false,
        }
    }
}

fn same_but_nested(one: &Instruction, other: &Instruction) -> bool {
    let flags = |found: &Instruction| found.flags.iter().map(|flag| flag.text.clone()).collect::<Vec<_>>();
    let arguments = one.arguments.len() == other.arguments.len()
        && one.arguments.iter().zip(&other.arguments).enumerate().all(|(number, (a, b))| {
            let keyword =
                matches!(one.kind, Some(super::super::Kind::From | super::super::Kind::Healthcheck))
                    && number < 2;
            a.value == b.value
                || keyword && a.value.eq_ignore_ascii_case(&b.value) && is_keyword(&a.value)
                || one.form == Form::Shell && same_script(&a.value, &b.value)
        });
    one.kind == other.kind
        && one.keyword.eq_ignore_ascii_case(&other.keyword)
        && one.form == other.form
        && flags(one) == flags(other)
        && arguments
        && one.heredocs.len() == other.heredocs.len()
        && one.heredocs.iter().zip(&other.heredocs).all(|(a, b)| {
            (&a.name, a.expand, a.chomp, &a.content) == (&b.name, b.expand, b.chomp, &b.content)
        })
}

fn is_keyword(word: &str) -> bool {
    ["as", "cmd", "none"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether a shell makes the same words of two texts that differ in nothing but blanks.
fn same_script(one: &str, other: &str) -> bool {
    let bare = |text: &str| text.chars().filter(|c| !matches!(c, ' ' | '\t')).collect::<String>();
    let words = |text: &str| {
        let mut out: Vec<String> = Vec::new();
        for command in shell::parse(text) {
            let all = command.assignments.iter().chain(&command.words);
            out.extend(all.map(|word| format!("{}\u{0}{}\u{0}{}", word.value, word.quoted, word.opaque)));
            let targets = command.redirections.iter().filter_map(|found| found.target.as_ref());
            out.extend(targets.map(|word| word.value.clone()));
            out.push("\n".to_owned());
        }
        out
    };
    bare(one) == bare(other) && words(one) == words(other)
}
