//! Shell text, split as far as rules need it: simple commands with their words, assignments and
//! redirections.
//!
//! It follows the grammar of POSIX `sh` and the common parts of bash, in one pass with a stack of its
//! own; commands inside `$(…)`, backquotes, subshells and compound commands are read too. It is no
//! shell: nothing is expanded, and a word that holds an expansion is opaque. Any text is read. Knows
//! nothing of Dockerfiles and of what the commands do; [`install`]
//! knows package managers.

mod command;
pub mod install;
mod lexer;

pub use self::command::{Command, Joint, Redirection, Word};
use self::lexer::Lexer;

/// Reads shell text. All ranges count bytes of it; the commands are in the order in which they begin.
#[must_use]
pub fn parse(text: &str) -> Vec<Command> {
    let mut commands = Lexer::new(text).run();
    commands.sort_by_key(|command| command.range);
    commands
}

#[cfg(test)]
mod tests;
