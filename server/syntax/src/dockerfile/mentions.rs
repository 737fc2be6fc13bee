//! Where a text mentions variables: `$X`, `${X:-y}`, and in shell text also the names that a command
//! sets. Nothing is expanded; what is quoted away is left out. Knows nothing of instructions.

use crate::shell::{self, Command};
use crate::text::TextRange;

/// So many things may be open inside each other.
const MAX_FRAMES: usize = 64;

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// As BuildKit reads the arguments of its instructions, with that escape.
    Words(char),
    /// As a shell reads a script.
    Shell,
    /// As the body of a heredoc is read: quotes are characters like any other.
    Body,
}

/// What is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    /// `"…"`.
    Quote,
    /// `${…}`.
    Brace,
    /// `$(…)` and `(…)`.
    Paren,
    /// `$((…))`, with the number of parentheses open inside.
    Arithmetic(usize),
}

/// The names of variables in a text, in order, each once.
pub(super) fn mentions(text: &str, manner: Manner) -> Vec<TextRange> {
    let mut scan = Scan { text, manner, at: 0, frames: Vec::new(), found: Vec::new() };
    while scan.at < text.len() {
        scan.step();
    }
    let mut found = scan.found;
    if manner == Manner::Shell {
        for command in shell::parse(text) {
            set_by(&command, text, &mut found);
        }
    }
    found.sort();
    found.dedup();
    found
}

/// How long the name is that a text begins with.
pub(super) fn name_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_') {
        return 0;
    }
    bytes.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(bytes.len())
}

struct Scan<'t> {
    text: &'t str,
    manner: Manner,
    at: usize,
    frames: Vec<Frame>,
    found: Vec<TextRange>,
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Notes the name that stands `skip` bytes on, and goes behind it.
    fn name(&mut self, skip: usize) -> bool {
        let start = self.at + skip;
        let len = name_len(self.text.get(start..).unwrap_or(""));
        if len > 0 {
            self.found.push(TextRange::new(start, start + len));
            self.at = start + len;
        }
        len > 0
    }

    fn step(&mut self) {
        let Some(c) = self.rest().chars().next() else {
            self.at = self.text.len();
            return;
        };
        let top = self.frames.last().copied();
        let shell = self.manner == Manner::Shell;
        let escape = if let Manner::Words(escape) = self.manner { escape } else { '\\' };
        let quotes = self.manner != Manner::Body;
        let quoted = self.frames.iter().rev().take_while(|frame| **frame != Frame::Paren);
        let quoted = quoted.filter(|frame| **frame == Frame::Quote).count() > 0;
        match c {
            _ if c == escape => {
                let next = self.rest().chars().nth(1).map_or(0, char::len_utf8);
                self.at += c.len_utf8() + next;
            }
            '\'' if quotes && !quoted => {
                let end = self.rest().get(1..).and_then(|rest| rest.find('\''));
                self.at = end.map_or(self.text.len(), |end| self.at + end + 2);
            }
            '"' if quotes => {
                if top == Some(Frame::Quote) {
                    self.frames.pop();
                } else {
                    self.open(Frame::Quote);
                }
                self.at += 1;
            }
            '#' if shell && !quoted && top != Some(Frame::Brace) && self.at_word_start() => {
                self.at = self.rest().find('\n').map_or(self.text.len(), |end| self.at + end);
            }
            '$' => self.dollar(),
            '}' if top == Some(Frame::Brace) => {
                self.frames.pop();
                self.at += 1;
            }
            ')' | '(' => self.parenthesis(c, top),
            _ if matches!(top, Some(Frame::Arithmetic(_))) => {
                if !self.name(0) {
                    // A number may end in letters.
                    let word = self.rest().find(|c: char| !c.is_alphanumeric()).unwrap_or(self.rest().len());
                    self.at += word.max(c.len_utf8());
                }
            }
            'f' | 's' if shell && !quoted && self.at_word_start() => self.loop_head(),
            _ => self.at += c.len_utf8(),
        }
    }

    /// Deeper nesting is read as if it were flat, so that the work grows as the text does.
    fn open(&mut self, frame: Frame) {
        if self.frames.len() < MAX_FRAMES {
            self.frames.push(frame);
        }
    }

    fn dollar(&mut self) {
        let rest = self.text.get(self.at + 1..).unwrap_or("");
        let variables_only = self.manner != Manner::Shell;
        if rest.starts_with('{') {
            self.open(Frame::Brace);
            let skip =
                usize::from(!variables_only && rest.get(1..).is_some_and(|r| r.starts_with(['#', '!'])));
            if !self.name(2 + skip) {
                self.at += 2;
            }
        } else if rest.starts_with("((") && !variables_only {
            self.open(Frame::Arithmetic(0));
            self.at += 3;
        } else if rest.starts_with('(') && !variables_only {
            self.open(Frame::Paren);
            self.at += 2;
        } else if !self.name(1) {
            self.at += 1;
        }
    }

    fn parenthesis(&mut self, c: char, top: Option<Frame>) {
        let mut len = 1;
        match (c, top) {
            ('(', Some(Frame::Arithmetic(open))) => {
                self.frames.pop();
                self.open(Frame::Arithmetic(open + 1));
            }
            ('(', Some(Frame::Paren)) => self.open(Frame::Paren),
            (')', Some(Frame::Paren)) => {
                self.frames.pop();
            }
            (')', Some(Frame::Arithmetic(0))) => {
                self.frames.pop();
                len = if self.rest().starts_with("))") { 2 } else { 1 };
            }
            (')', Some(Frame::Arithmetic(open))) => {
                self.frames.pop();
                self.open(Frame::Arithmetic(open - 1));
            }
            _ => {}
        }
        self.at += len;
    }

    /// `for X in …` and `select X in …` set the variable.
    fn loop_head(&mut self) {
        let len = name_len(self.rest());
        let word = self.rest().get(..len).unwrap_or("");
        let behind = self.rest().get(len..).unwrap_or("");
        let gap = behind.len() - behind.trim_start_matches([' ', '\t']).len();
        if !matches!(word, "for" | "select") || gap == 0 || !self.name(len + gap) {
            self.at += len.max(1);
        }
    }

    fn at_word_start(&self) -> bool {
        let before = self.text.get(..self.at).and_then(|head| head.chars().next_back());
        before.is_none_or(|c| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | '`'))
    }
}

/// The names that a command sets, or does something to by their names.
fn set_by(command: &Command, text: &str, found: &mut Vec<TextRange>) {
    const BY_NAME: [&str; 9] =
        ["export", "declare", "local", "readonly", "typeset", "unset", "read", "printenv", "env"];
    let mut add = |range: TextRange, needs_equals: bool| {
        let source = range.slice(text);
        let len = name_len(source);
        let behind = source.get(len..).unwrap_or("");
        let sets = behind.starts_with('=') || behind.starts_with("+=");
        if len > 0 && (sets || behind.is_empty() && !needs_equals) {
            found.push(TextRange::new(range.start, range.start + len));
        }
    };
    for word in &command.assignments {
        add(word.range, true);
    }
    let Some((first, rest)) = command.words.split_first() else { return };
    if BY_NAME.contains(&first.value.as_str()) {
        for word in rest {
            let options = word.value.starts_with('-');
            if !options {
                add(word.range, first.value == "env");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(text: &str, manner: Manner) -> Vec<&str> {
        mentions(text, manner).into_iter().map(|range| range.slice(text)).collect()
    }

    #[test]
    fn what_is_quoted_away_is_no_mention() {
        let words = Manner::Words('\\');
        assert_eq!(names("a$A-${B:-$C}/$D_1.x \\$E '$F' \"$G\" $1 $", words), ["A", "B", "C", "D_1", "G"]);
        assert_eq!(names("`$A $B", Manner::Words('`')), ["B"]);
        assert_eq!(names("it's $A \\$B '${C}'", Manner::Body), ["A", "C"]);
        assert_eq!(names("é😀$A${B}😀", words), ["A", "B"]);
    }

    #[test]
    fn a_shell_sets_names() {
        for (text, expected) in [
            ("A=1 && echo $A # it's $B\necho $C", &["A", "A", "C"][..]),
            ("export A=$B C; unset D; make E=1", &["A", "B", "C", "D"]),
            ("for a in $B; do echo ${#a} \"${!C}\"; done", &["a", "B", "a", "C"]),
            ("echo $((A + 2*B)) \"$(echo '$C' $D)\" $(( (E) ))", &["A", "B", "D", "E"]),
            ("env A=1 x $B; read -r C; printenv D", &["A", "B", "C", "D"]),
            ("dd if=/x of=$A; forA b", &["A"]),
        ] {
            assert_eq!(names(text, Manner::Shell), expected, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// Any text is read, and what is found are names.
        #[test]
        fn mentions_are_names(text in "[a$A{}()'\"\\\\ #é😀=;\n0f-]{0,40}") {
            for manner in [Manner::Words('\\'), Manner::Shell, Manner::Body] {
                for range in mentions(&text, manner) {
                    prop_assert_eq!(name_len(range.slice(&text)), range.len());
                }
            }
        }
    }
}
