//! The shell text of an instruction, and the commands in it with their places in the source.

use super::{Argument, Form, Instruction, Kind, heredoc};
use crate::shell::{self, Command, Word};
use crate::text::TextRange;

/// Shell text of an instruction.
#[derive(Clone, Debug)]
pub struct Script<'a> {
    /// The text that the shell gets.
    pub text: &'a str,
    place: Place<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Place<'a> {
    /// In the joined text of an instruction, from this byte on.
    Joined(&'a Instruction, usize),
    /// In the source, from this byte on.
    Source(usize),
}

impl Script<'_> {
    /// Where a range of the text stands in the source: from its first to its last byte, with what a
    /// continued line has between them.
    #[must_use]
    pub fn source(&self, range: TextRange) -> TextRange {
        match self.place {
            Place::Joined(instruction, base) => {
                instruction.logical.source(TextRange::new(base + range.start, base + range.end))
            }
            Place::Source(base) => TextRange::new(base + range.start, base + range.end),
        }
    }
}

/// The place of a string of a JSON array without its quotes, where it is written without escapes.
fn inside(argument: &Argument) -> TextRange {
    let range = argument.range;
    let plain = range.len() == argument.value.len() + 2;
    if plain { TextRange::new(range.start + 1, range.end - 1) } else { range }
}

impl Instruction {
    /// The shell text of a `RUN`, `CMD`, `ENTRYPOINT` or `HEALTHCHECK CMD` in shell form: the line, and
    /// the heredocs that a shell reads. A `SHELL` that is no shell is not looked at.
    #[must_use]
    pub fn scripts(&self) -> Vec<Script<'_>> {
        let takes = matches!(self.kind, Some(Kind::Run | Kind::Cmd | Kind::Entrypoint | Kind::Healthcheck));
        let text = self.arguments.last().filter(|_| takes && self.form == Form::Shell);
        let Some(text) = text.filter(|_| self.kind != Some(Kind::Healthcheck) || self.arguments.len() == 2)
        else {
            return Vec::new();
        };
        let base = self.logical.text.trim_end().len().saturating_sub(text.value.len());
        let line = Script { text: &text.value, place: Place::Joined(self, base) };
        let mut out = Vec::new();
        let body = |number: usize| {
            let heredoc = self.heredocs.get(number)?;
            let foreign = heredoc.content.starts_with("#!")
                && !heredoc.content.lines().next().unwrap_or("").trim_end().ends_with("sh");
            let place = Place::Source(heredoc.body.start);
            (!foreign).then_some(Script { text: &heredoc.content, place })
        };
        if self.heredocs.len() == 1 && heredoc::is_marker(&text.value) {
            // The whole command is the heredoc: its body is the script.
            out.extend(body(0));
        } else {
            if !self.heredocs.is_empty() {
                let mut number = 0;
                for command in shell::parse(&text.value) {
                    let shell = matches!(command.program(), [only] if is_shell(&only.value));
                    for redirection in &command.redirections {
                        if matches!(redirection.operator, "<<" | "<<-") {
                            out.extend(shell.then(|| body(number)).flatten());
                            number += 1;
                        }
                    }
                }
            }
            out.insert(0, line);
        }
        out
    }

    /// What it does: of an `ONBUILD` the trigger behind it, which runs in the build of an image on top.
    #[must_use]
    pub fn carried(&self) -> &Self {
        self.onbuild.as_deref().unwrap_or(self)
    }

    /// The simple commands of the instruction, all ranges in the source; of the exec form, the one.
    #[must_use]
    pub fn commands(&self) -> &[Command] {
        self.commands.get_or_init(|| self.read_commands())
    }

    fn read_commands(&self) -> Vec<Command> {
        if self.form == Form::Exec {
            let skip = usize::from(self.kind == Some(Kind::Healthcheck));
            let words: Vec<Word> = self
                .arguments
                .iter()
                .skip(skip)
                .map(|argument| Word {
                    value: argument.value.clone(),
                    range: inside(argument),
                    opaque: false,
                    quoted: true,
                })
                .collect();
            let runs =
                matches!(self.kind, Some(Kind::Run | Kind::Cmd | Kind::Entrypoint | Kind::Healthcheck));
            if words.is_empty() || !runs {
                return Vec::new();
            }
            return vec![Command { words, range: self.rest, ..Command::default() }];
        }
        let mut out = Vec::new();
        for script in self.scripts() {
            for mut command in shell::parse(script.text) {
                command.relocate(&|range| script.source(range));
                out.push(command);
            }
        }
        out
    }
}

fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("sh" | "bash" | "dash" | "ash" | "zsh"))
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    /// Each word of the commands of the last instruction, as the source has it.
    fn words(text: &str) -> Vec<String> {
        let tree = parse(text);
        let last = tree.instructions.last().expect("an instruction");
        last.commands()
            .iter()
            .map(|command| {
                let words: Vec<&str> = command.words.iter().map(|word| word.range.slice(text)).collect();
                words.join(" ")
            })
            .collect()
    }

    #[test]
    fn words_stand_where_the_source_has_them() {
        assert_eq!(
            words(
                "FROM a\nRUN --mount=type=ssh pip install \\\n  # a comment\n    'x y' && \\\n\n  b\\\nc\n"
            ),
            ["pip install 'x y'", "b\\\nc"]
        );
        assert_eq!(words("FROM a\r\nRUN a \\\r\n  b && c\r\n"), ["a b", "c"]);
        assert_eq!(
            words("FROM a\nCMD  exec  a \nHEALTHCHECK --retries=1 CMD curl  x || exit 1\n"),
            ["curl x", "exit 1"]
        );
        assert_eq!(words("FROM a\nRUN [\"a\", \"b c\"]\n"), ["a b c"]);
        assert_eq!(words("FROM a\nENV A b c\n"), Vec::<String>::new());
    }

    #[test]
    fn heredocs_are_scripts_where_a_shell_reads_them() {
        assert_eq!(words("FROM a\nRUN <<EOF\na b\n# c\nd && e\nEOF\n"), ["a b", "d", "e"]);
        assert_eq!(words("FROM a\nRUN <<-'EOF'\n\ta b\n\tEOF\n"), ["a b"]);
        assert_eq!(words("FROM a\nRUN bash <<EOF\na b\nEOF\n"), ["bash", "a b"]);
        assert_eq!(words("FROM a\nRUN python3 <<EOF\na b\nEOF\n"), ["python3"]);
        assert_eq!(words("FROM a\nRUN <<EOF\n#!/usr/bin/env python3\na b\nEOF\n"), Vec::<String>::new());
        assert_eq!(words("FROM a\nRUN <<EOF\n#!/bin/bash\na b\nEOF\n"), ["a b"]);
        assert_eq!(words("FROM a\nRUN cat <<A > /f && sh <<B\nx y\nA\nz\nB\n"), ["cat", "sh", "z"]);
        assert_eq!(words("FROM a\nONBUILD RUN a\n"), Vec::<String>::new());
    }
}
