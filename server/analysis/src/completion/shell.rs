//! Packages in the shell text of a Dockerfile: behind `pip install`, `conda install` and their like, and
//! nothing else of it.

use amlenv_syntax::TextRange;
use amlenv_syntax::shell::Command;
use amlenv_syntax::shell::install::{Tool, install};

use super::{Proposal, packages};

/// Options whose value follows as a word of its own.
const VALUED: [&str; 18] = [
    "-r",
    "-c",
    "-e",
    "-i",
    "-t",
    "-f",
    "-n",
    "-p",
    "--requirement",
    "--constraint",
    "--index-url",
    "--extra-index-url",
    "--find-links",
    "--target",
    "--trusted-host",
    "--name",
    "--prefix",
    "--channel",
];

/// What fits at `at` of `text`, which holds the commands.
pub(super) fn complete(text: &str, commands: &[Command], at: usize) -> Vec<Proposal> {
    // The last command that begins before the cursor, if nothing but blanks stand between.
    let Some(command) = commands
        .iter()
        .rev()
        .find(|command| command.words.first().is_some_and(|word| word.range.start <= at))
    else {
        return Vec::new();
    };
    let last = command.words.last().map_or(command.range.end, |word| word.range.end);
    let gap = text.get(last..at.max(last)).unwrap_or("");
    if gap.contains(|c: char| !c.is_whitespace() && c != '\\' && c != '`') {
        return Vec::new();
    }
    let Some(found) = install(command) else { return Vec::new() };
    let pip = match found.tool {
        Tool::Pip => true,
        Tool::Conda => false,
        Tool::Apt => return Vec::new(),
    };
    let word = command.words.iter().find(|word| word.range.touches(at));
    let Some(word) = word else {
        let before = command.words.iter().rev().find(|word| word.range.end < at);
        let program = before.is_some_and(|word| VALUED.contains(&word.value.as_str()));
        // Right behind the end of a line, or of the keyword, nothing of a word is typed.
        let fresh = text.get(..at).is_some_and(|head| head.ends_with([' ', '\t', '\n']));
        return if program || !fresh {
            Vec::new()
        } else {
            packages::complete("", TextRange::empty(at), at, pip)
        };
    };
    if !found.packages.iter().any(|package| package.range == word.range) {
        return Vec::new();
    }
    // Quotes stay where they are; what is written with escapes is not completed.
    let written = word.range.slice(text);
    let quote = usize::from(written.starts_with(['"', '\'']));
    let closed =
        usize::from(quote > 0 && written.len() > 1 && written.ends_with(written.get(..1).unwrap_or("\"")));
    let token =
        TextRange::new(word.range.start + quote, (word.range.end - closed).max(word.range.start + quote));
    if word.opaque || token.slice(text).contains(['\\', '\n', '"', '\'']) || !token.touches(at) {
        return Vec::new();
    }
    packages::complete(token.slice(text), token, at, pip)
}
