//! One pass over shell text, with a stack of what is open. Quotes, braces and arithmetic write into the
//! word of the list of commands that they stand in; `$(`, backquotes and `(` begin a list of their own.

use super::command::{Command, Joint, Redirection, Word};
use crate::text::TextRange;

/// What is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    /// Commands.
    List,
    /// `"…"`.
    Quote,
    /// `${…}`; whether it stands in double quotes.
    Brace(bool),
    /// `$((…))` or `((…))`, with the number of parentheses open inside.
    Arithmetic(usize),
}

/// What a list of commands stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    /// `$(…)`, `<(…)`.
    Substitution,
    Backquotes,
    Subshell,
    /// `name=(…)`: words only.
    Array,
}

#[derive(Debug)]
struct List {
    place: Place,
    command: Command,
    /// The command is the head of a loop or a function, no command.
    head: bool,
    /// The command is `case … in`.
    case_head: bool,
    /// Inside `[[ … ]]`, where operators are words.
    test: bool,
    word: Option<Building>,
    redirection: Option<Redirection>,
    /// How many `if`, loops and `case` are open.
    branches: usize,
    /// How many `case` are open, and whether a pattern is due.
    cases: usize,
    pattern: bool,
}

#[derive(Debug, Default)]
struct Building {
    word: Word,
    /// Nothing but plain characters so far.
    plain: bool,
    assignment: bool,
    /// Whether a `=` that is not quoted was met.
    equals: bool,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    frames: Vec<Frame>,
    /// The innermost list of commands, and those that it stands in.
    list: List,
    outer: Vec<List>,
    commands: Vec<Command>,
    /// The heredocs whose bodies begin at the next line: the end, and whether tabs are dropped.
    heredocs: Vec<(String, bool)>,
}

/// The operators of redirections, longer ones first.
const REDIRECTIONS: [&str; 12] = ["&>>", "<<<", "<<-", "&>", "<<", "<&", "<>", ">>", ">&", ">|", "<", ">"];

impl List {
    fn new(place: Place, branches: usize) -> Self {
        Self {
            place,
            command: Command::default(),
            head: false,
            case_head: false,
            test: false,
            word: None,
            redirection: None,
            branches,
            cases: 0,
            pattern: false,
        }
    }
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            frames: vec![Frame::List],
            list: List::new(Place::Root, 0),
            outer: Vec::new(),
            commands: Vec::new(),
            heredocs: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Vec<Command> {
        while let Some(c) = self.peek(0) {
            match self.frames.last().copied() {
                Some(Frame::Quote) => self.in_quotes(c),
                Some(Frame::Brace(quoted)) => self.in_braces(c, quoted),
                Some(Frame::Arithmetic(depth)) => self.in_arithmetic(c, depth),
                Some(Frame::List) | None => self.in_list(c),
            }
        }
        while !self.outer.is_empty() {
            self.close_list();
        }
        self.end_command(Joint::Sequence);
        self.commands
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// The character `ahead` characters on.
    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest().chars().nth(ahead)
    }

    fn word(&mut self) -> &mut Building {
        let at = self.at;
        self.list.word.get_or_insert_with(|| Building {
            word: Word { range: TextRange::empty(at), ..Word::default() },
            plain: true,
            ..Building::default()
        })
    }

    /// Takes `len` bytes into the word, which gets `value` for them.
    fn take(&mut self, len: usize, value: &str) {
        let end = self.at + len;
        let building = self.word();
        building.word.value.push_str(value);
        building.word.range.end = end;
        self.at = end;
    }

    fn take_char(&mut self, c: char) {
        self.take(c.len_utf8(), c.encode_utf8(&mut [0; 4]));
    }

    /// As [`Self::take`], quoted.
    fn take_quoted(&mut self, len: usize, value: &str) {
        self.take(len, value);
        let building = self.word();
        building.word.quoted = true;
        building.plain = false;
    }

    /// As [`Self::take`], for something that only the shell knows.
    fn take_opaque(&mut self, len: usize, value: &str) {
        self.take(len, value);
        let building = self.word();
        building.word.opaque = true;
        building.plain = false;
    }

    fn in_list(&mut self, c: char) {
        let rest = self.rest();
        if self.list.pattern && matches!(c, '|' | '(' | ')' | '\n') {
            self.end_word();
            if c == ')' {
                self.list.pattern = false;
            }
            // What stood there was a pattern, no command.
            self.list.command = Command::default();
            self.at += 1;
            return;
        }
        match c {
            ' ' | '\t' => {
                self.end_word();
                self.at += 1;
            }
            '\r' if rest.starts_with("\r\n") => {
                self.end_word();
                self.at += 1;
            }
            '\n' => {
                self.at += 1;
                if self.list.place == Place::Array {
                    self.end_word();
                } else {
                    self.end_command(Joint::Sequence);
                    self.skip_heredocs();
                }
            }
            '#' if self.list.word.is_none() => {
                self.at += rest.find('\n').unwrap_or(rest.len());
            }
            '\\' => match self.peek(1) {
                Some('\n') => self.at += 2,
                Some(next) => {
                    self.take_quoted(1 + next.len_utf8(), next.encode_utf8(&mut [0; 4]));
                }
                None => self.take_char(c),
            },
            '\'' => self.single_quoted(),
            '"' => {
                self.take_quoted(1, "");
                self.frames.push(Frame::Quote);
            }
            '`' => self.backquote(),
            '$' => self.dollar(false),
            '(' => self.open_parenthesis(),
            ')' => {
                if !self.outer.is_empty() && self.list.place != Place::Backquotes {
                    self.at += 1;
                    self.close_list();
                } else {
                    self.end_command(Joint::Sequence);
                    self.at += 1;
                }
            }
            ';' => {
                let ends_case = rest.starts_with(";;") || rest.starts_with(";&");
                self.end_command(Joint::Sequence);
                self.at += if ends_case { 2 } else { 1 };
                if ends_case {
                    self.list.pattern = self.list.cases > 0;
                }
            }
            '&' | '|' if self.list.test => {
                self.end_word();
                self.at += 1;
            }
            '&' if !rest.starts_with("&>") => {
                let two = rest.starts_with("&&");
                self.end_command(if two { Joint::And } else { Joint::Background });
                self.at += if two { 2 } else { 1 };
            }
            '|' => {
                let two = rest.starts_with("||") || rest.starts_with("|&");
                self.end_command(if rest.starts_with("||") { Joint::Or } else { Joint::Pipe });
                self.at += if two { 2 } else { 1 };
            }
            '<' | '>' | '&' => self.redirection(),
            _ => {
                if c == '=' {
                    let building = self.word();
                    let name = building.word.value.strip_suffix('+').unwrap_or(&building.word.value);
                    building.assignment |= building.plain && !building.equals && is_name(name);
                    building.equals = true;
                }
                self.take_char(c);
            }
        }
    }

    fn single_quoted(&mut self) {
        let inside = self.rest().get(1..).unwrap_or("");
        let (value, len) = match inside.find('\'') {
            Some(end) => (inside.get(..end).unwrap_or(""), end + 2),
            None => (inside, inside.len() + 1),
        };
        self.take_quoted(len, value);
    }

    fn in_quotes(&mut self, c: char) {
        match c {
            '"' => {
                self.take(1, "");
                self.frames.pop();
            }
            '\\' => match self.peek(1) {
                Some('\n') => self.take(2, ""),
                Some(next @ ('$' | '`' | '"' | '\\')) => self.take(2, next.encode_utf8(&mut [0; 4])),
                _ => self.take_char(c),
            },
            '$' => self.dollar(true),
            '`' => self.backquote(),
            _ => self.take_char(c),
        }
    }

    fn in_braces(&mut self, c: char, quoted: bool) {
        match c {
            '}' => {
                self.take_char(c);
                self.frames.pop();
            }
            '\\' => {
                let next = self.peek(1).map_or(0, char::len_utf8);
                let raw = self.rest().get(..1 + next).unwrap_or("\\");
                self.take(raw.len(), raw);
            }
            '\'' if !quoted => self.single_quoted(),
            '"' => {
                self.take(1, "");
                self.frames.push(Frame::Quote);
            }
            '$' => self.dollar(quoted),
            '`' => self.backquote(),
            _ => self.take_char(c),
        }
    }

    fn in_arithmetic(&mut self, c: char, depth: usize) {
        match c {
            '(' => {
                self.take(1, "");
                self.set_frame(Frame::Arithmetic(depth + 1));
            }
            ')' if depth > 0 => {
                self.take(1, "");
                self.set_frame(Frame::Arithmetic(depth - 1));
            }
            ')' => {
                let len = if self.rest().starts_with("))") { 2 } else { 1 };
                self.take(len, "");
                self.frames.pop();
            }
            '$' => self.dollar(true),
            '`' => self.backquote(),
            _ => self.take(c.len_utf8(), ""),
        }
    }

    fn set_frame(&mut self, frame: Frame) {
        if let Some(last) = self.frames.last_mut() {
            *last = frame;
        }
    }

    fn dollar(&mut self, quoted: bool) {
        let rest = self.rest();
        let behind = rest.get(1..).unwrap_or("");
        if behind.starts_with("((") {
            self.take_opaque(3, "$(())");
            self.frames.push(Frame::Arithmetic(0));
        } else if behind.starts_with('(') {
            self.take_opaque(2, "$()");
            self.open_list(Place::Substitution);
        } else if behind.starts_with('{') {
            self.take_opaque(2, "${");
            self.frames.push(Frame::Brace(quoted));
        } else if behind.starts_with('\'') && !quoted {
            self.at += 1;
            self.ansi_quoted();
        } else if behind.starts_with('"') && !quoted {
            self.take_quoted(2, "");
            self.frames.push(Frame::Quote);
        } else {
            let name = behind.len()
                - behind.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
            let digit = behind.starts_with(|c: char| c.is_ascii_digit());
            let special = behind.starts_with(['@', '*', '#', '?', '-', '$', '!']);
            let len = if digit || special { 1 } else { name };
            if len == 0 {
                self.take(1, "$");
            } else {
                self.take_opaque(1 + len, rest.get(..1 + len).unwrap_or("$"));
            }
        }
    }

    /// `$'…'`, at the quote.
    fn ansi_quoted(&mut self) {
        self.take_quoted(1, "");
        while let Some(c) = self.peek(0) {
            match (c, self.peek(1)) {
                ('\'', _) => {
                    self.take(1, "");
                    return;
                }
                ('\\', Some(next)) => {
                    let value = match next {
                        'n' => "\n",
                        't' => "\t",
                        'r' => "\r",
                        '\\' => "\\",
                        '\'' => "'",
                        '"' => "\"",
                        _ => {
                            self.take_opaque(1 + next.len_utf8(), "");
                            continue;
                        }
                    };
                    self.take(1 + next.len_utf8(), value);
                }
                _ => self.take_char(c),
            }
        }
    }

    fn backquote(&mut self) {
        if self.list.place == Place::Backquotes {
            // What is still open inside ends here: the shell looks for the backquote first.
            self.at += 1;
            self.close_list();
        } else {
            self.take_opaque(1, "$()");
            self.open_list(Place::Backquotes);
        }
    }

    fn open_parenthesis(&mut self) {
        let rest = self.rest();
        let list = &mut self.list;
        if list.test {
            self.end_word();
            self.at += 1;
            return;
        }
        if list.word.as_ref().is_some_and(|word| word.assignment && word.word.value.ends_with('=')) {
            self.take_opaque(1, "()");
            self.open_list(Place::Array);
            return;
        }
        let starts = list.word.is_none()
            && list.command.words.is_empty()
            && list.command.assignments.is_empty()
            && list.redirection.is_none()
            && list.place != Place::Array;
        if starts && rest.starts_with("((") {
            self.take_opaque(2, "(())");
            self.frames.push(Frame::Arithmetic(0));
        } else if starts {
            self.at += 1;
            self.open_list(Place::Subshell);
        } else if rest.get(1..).is_some_and(|behind| behind.trim_start_matches([' ', '\t']).starts_with(')'))
        {
            // `name ()` begins a function; its body follows as commands.
            self.list.word = None;
            self.list.command = Command::default();
            self.at += rest.find(')').map_or(1, |end| end + 1);
        } else {
            // A pattern such as `@(a|b)`.
            self.take_opaque(1, "(");
            self.open_list(Place::Array);
        }
    }

    fn open_list(&mut self, place: Place) {
        let inner = List::new(place, self.list.branches);
        self.outer.push(std::mem::replace(&mut self.list, inner));
        self.frames.push(Frame::List);
    }

    /// Ends the innermost list, and whatever is open in it.
    fn close_list(&mut self) {
        self.end_command(Joint::Sequence);
        while let Some(frame) = self.frames.pop() {
            if frame == Frame::List {
                break;
            }
        }
        let Some(outer) = self.outer.pop() else { return };
        let inner = std::mem::replace(&mut self.list, outer);
        if inner.place != Place::Subshell {
            let at = self.at;
            self.word().word.range.end = at;
        }
    }

    fn redirection(&mut self) {
        let rest = self.rest();
        if rest.starts_with("<(") || rest.starts_with(">(") {
            self.take_opaque(2, "$()");
            self.open_list(Place::Substitution);
            return;
        }
        if self.list.test || self.list.place == Place::Array {
            self.end_word();
            self.at += 1;
            return;
        }
        let Some(operator) = REDIRECTIONS.iter().find(|operator| rest.starts_with(**operator)) else {
            self.at += 1;
            return;
        };
        let numbered = self.list.word.take_if(|word| {
            word.plain
                && word.word.value.bytes().all(|byte| byte.is_ascii_digit())
                && !operator.starts_with('&')
        });
        self.end_word();
        self.end_redirection(None);
        let start = numbered.as_ref().map_or(self.at, |word| word.word.range.start);
        self.at += operator.len();
        let range = TextRange::new(start, self.at);
        let descriptor = numbered.map(|word| word.word.value);
        self.list.redirection = Some(Redirection { operator, descriptor, target: None, range });
    }

    fn end_redirection(&mut self, target: Option<Word>) {
        let Some(mut redirection) = self.list.redirection.take() else { return };
        if let Some(word) = &target {
            redirection.range.end = word.range.end;
            if matches!(redirection.operator, "<<" | "<<-") {
                self.heredocs.push((word.value.clone(), redirection.operator == "<<-"));
            }
        }
        redirection.target = target;
        self.list.command.redirections.push(redirection);
    }

    fn end_word(&mut self) {
        let Some(building) = self.list.word.take() else { return };
        let word = building.word;
        if self.list.redirection.is_some() {
            self.end_redirection(Some(word));
            return;
        }
        let list = &mut self.list;
        let plain = building.plain && list.place != Place::Array;
        if list.command.words.is_empty() && !list.head && !list.case_head {
            if building.assignment {
                list.command.assignments.push(word);
                return;
            }
            if plain && list.command.assignments.is_empty() && list.keyword(&word.value) {
                return;
            }
        }
        if plain && !list.head && word.value == "[[" && list.command.words.is_empty() {
            list.test = true;
        } else if plain && word.value == "]]" {
            list.test = false;
        }
        if list.head && plain && word.value == "{" {
            // `function name {`
            list.head = false;
            list.command = Command::default();
            return;
        }
        let is_in = plain && word.value == "in";
        list.command.words.push(word);
        if list.case_head && is_in && list.command.words.len() == 2 {
            list.command = Command::default();
            list.case_head = false;
            list.cases += 1;
            list.branches += 1;
            list.pattern = true;
        }
    }

    fn end_command(&mut self, joint: Joint) {
        self.end_word();
        self.end_redirection(None);
        let list = &mut self.list;
        let mut command = std::mem::take(&mut list.command);
        let said = !command.words.is_empty() || !command.assignments.is_empty();
        // `((…))` is no command.
        let arithmetic = command.words.first().is_some_and(|word| word.value == "(())");
        let dropped = arithmetic || list.head || list.case_head || list.pattern || list.place == Place::Array;
        list.head = false;
        list.case_head = false;
        list.test = false;
        // Behind `then` and the like the joint of what stood before is kept.
        list.command.joint = joint;
        if !said || dropped {
            return;
        }
        command.conditional = list.branches > 0;
        let words = command.assignments.iter().chain(&command.words).map(|word| word.range);
        let ranges = words.chain(command.redirections.iter().map(|found| found.range));
        command.range = ranges.reduce(TextRange::cover).unwrap_or_default();
        self.commands.push(command);
    }

    /// Passes over the bodies of heredocs, at the beginning of a line.
    fn skip_heredocs(&mut self) {
        for (end, tabs) in std::mem::take(&mut self.heredocs) {
            while self.at < self.text.len() {
                let rest = self.rest();
                let len = rest.find('\n').map_or(rest.len(), |at| at + 1);
                let line = rest.get(..len).unwrap_or("").trim_end_matches(['\n', '\r']);
                self.at += len;
                if if tabs { line.trim_start_matches('\t') } else { line } == end {
                    break;
                }
            }
        }
    }
}

impl List {
    /// Whether a word at the beginning of a command is a keyword; follows what it opens and ends.
    fn keyword(&mut self, word: &str) -> bool {
        match word {
            "if" | "while" | "until" => self.branches += 1,
            "then" | "elif" | "else" | "do" | "{" | "}" | "!" => {}
            "fi" | "done" => self.branches = self.branches.saturating_sub(1),
            "for" | "select" => {
                self.branches += 1;
                self.head = true;
            }
            "function" => self.head = true,
            "case" => self.case_head = true,
            "esac" if self.cases > 0 => {
                self.cases -= 1;
                self.branches = self.branches.saturating_sub(1);
                self.pattern = false;
            }
            _ => return false,
        }
        true
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
