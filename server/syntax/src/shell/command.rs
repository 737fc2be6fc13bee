//! What shell text falls into.

use crate::text::TextRange;

/// A word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The word without its quotes and escapes. Where it is opaque, variables stand as written and
    /// `$()` for a command.
    pub value: String,
    /// All of it, quotes included.
    pub range: TextRange,
    /// Whether it holds something that only the shell knows: a variable, a command, arithmetic.
    pub opaque: bool,
    /// Whether some of it was quoted or escaped.
    pub quoted: bool,
}

impl Word {
    /// The word, where it is known.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        (!self.opaque).then_some(self.value.as_str())
    }
}

/// A redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// The operator, such as `>` or `<<-`.
    pub operator: &'static str,
    /// The number of the file in front of it.
    pub descriptor: Option<String>,
    /// What stands behind it: a file, a number, the end of a heredoc.
    pub target: Option<Word>,
    /// All of it.
    pub range: TextRange,
}

/// How a command is joined to the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Joint {
    /// By `;` or a line end, or it is the first.
    #[default]
    Sequence,
    /// By `&&`.
    And,
    /// By `||`.
    Or,
    /// By `|`.
    Pipe,
    /// By `&`.
    Background,
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The assignments in front, as words `NAME=value`.
    pub assignments: Vec<Word>,
    /// The words, the program first. Empty for a command of assignments only.
    pub words: Vec<Word>,
    /// The redirections.
    pub redirections: Vec<Redirection>,
    /// How it is joined to what stands before it.
    pub joint: Joint,
    /// Whether it stands in a branch or a loop.
    pub conditional: bool,
    /// From its first to its last byte.
    pub range: TextRange,
}

/// Programs that run the command behind them, with those of their options that take a value.
const PREFIXES: [(&str, &[&str]); 10] = [
    (
        "sudo",
        &["-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "-U", "-r", "-t", "--user", "--group", "--chdir"],
    ),
    ("env", &["-u", "-C", "-S", "--unset", "--chdir"]),
    ("exec", &["-a"]),
    ("time", &["-f", "-o", "--format", "--output"]),
    ("nice", &["-n", "--adjustment"]),
    ("nohup", &[]),
    ("command", &[]),
    ("builtin", &[]),
    ("stdbuf", &["-i", "-o", "-e"]),
    ("timeout", &["-s", "-k", "--signal", "--kill-after"]),
];

impl Command {
    /// The words from the program on, without `sudo`, `env`, `exec` and the like in front of it.
    #[must_use]
    pub fn program(&self) -> &[Word] {
        let mut words = self.words.as_slice();
        while let [first, rest @ ..] = words {
            let Some((name, valued)) = PREFIXES.iter().find(|(name, _)| first.value == *name) else {
                return words;
            };
            let mut rest = rest;
            while let [option, behind @ ..] = rest {
                let assigns = *name == "env" && option.value.contains('=') && !option.value.starts_with('-');
                if option.value == "--" {
                    rest = behind;
                    break;
                }
                if !option.value.starts_with('-') && !assigns {
                    break;
                }
                rest = if valued.contains(&option.value.as_str()) {
                    behind.get(1..).unwrap_or(&[])
                } else {
                    behind
                };
            }
            if *name == "timeout" {
                rest = rest.get(1..).unwrap_or(&[]);
            }
            words = rest;
        }
        words
    }

    /// All ranges of the command, changed by `place`.
    pub fn relocate(&mut self, place: &dyn Fn(TextRange) -> TextRange) {
        self.range = place(self.range);
        let redirected = self.redirections.iter_mut().map(|redirection| {
            redirection.range = place(redirection.range);
            redirection.target.as_mut()
        });
        for word in
            self.assignments.iter_mut().chain(&mut self.words).chain(redirected.flatten().collect::<Vec<_>>())
        {
            word.range = place(word.range);
        }
    }
}
