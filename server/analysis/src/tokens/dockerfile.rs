//! The words of a Dockerfile. Places count in its own text; knows nothing of hosts.

use amlenv_syntax::dockerfile::{Argument, Dockerfile, Flag, Form, Heredoc, Instruction, Kind, variables};
use amlenv_syntax::shell::{Command, Word};
use amlenv_syntax::{TextRange, image};

use super::canvas::Canvas;
use super::facts::paint_image;
use crate::answers::{Modifiers, TokenKind};

pub(super) fn paint(canvas: &mut Canvas, text: &str, tree: &Dockerfile) {
    let mut painter = Painter { canvas, text, stages: Vec::new(), begun: 0 };
    for directive in &tree.directives {
        painter.directive(directive.range);
    }
    for instruction in &tree.instructions {
        painter.instruction(instruction);
        painter.seams(instruction, tree.escape.unwrap_or('\\'));
    }
    for comment in &tree.comments {
        painter.canvas.paint(*comment, TokenKind::Comment);
    }
}

struct Painter<'a> {
    canvas: &'a mut Canvas,
    text: &'a str,
    /// The names of the stages so far, in lower case.
    stages: Vec<String>,
    /// How many stages have begun.
    begun: usize,
}

/// `range` cut at the first `=`: what is before it, the sign, what is behind.
fn halves(text: &str, range: TextRange) -> Option<(TextRange, TextRange, TextRange)> {
    let at = range.start + range.slice(text).find('=')?;
    Some((TextRange::new(range.start, at), TextRange::new(at, at + 1), TextRange::new(at + 1, range.end)))
}

impl Painter<'_> {
    /// `# name=value`.
    fn directive(&mut self, range: TextRange) {
        let Some((name, sign, value)) = halves(self.text, range) else { return };
        self.canvas.paint(TextRange::new(name.start, name.start + 1), TokenKind::Comment);
        self.trimmed(TextRange::new(name.start + 1, name.end), TokenKind::Macro);
        self.canvas.paint(sign, TokenKind::Operator);
        self.trimmed(value, TokenKind::String);
    }

    fn trimmed(&mut self, range: TextRange, kind: TokenKind) {
        let slice = range.slice(self.text);
        let start = range.start + (slice.len() - slice.trim_start().len());
        self.canvas.paint(TextRange::new(start, start + slice.trim().len()), kind);
    }

    fn instruction(&mut self, found: &Instruction) {
        let Some(kind) = found.kind else { return };
        self.canvas.paint(found.keyword_range, TokenKind::Keyword);
        for flag in &found.flags {
            self.flag(kind, flag);
        }
        if found.form == Form::Exec {
            let words = if kind == Kind::Healthcheck { found.arguments.get(1..) } else { None };
            for argument in words.unwrap_or(&found.arguments) {
                self.canvas.paint(argument.range, TokenKind::String);
            }
        } else {
            self.arguments(kind, found);
        }
        if kind == Kind::Healthcheck
            && let Some(word) = found.arguments.first()
        {
            self.canvas.paint(word.range, TokenKind::Keyword);
        }
        for heredoc in &found.heredocs {
            self.heredoc(found, kind, heredoc);
        }
        self.variables(kind, found);
        if let Some(inner) = found.onbuild.as_deref() {
            self.instruction(inner);
        }
    }

    fn flag(&mut self, kind: Kind, flag: &Flag) {
        let Some((name, sign, _)) = halves(self.text, flag.range) else {
            self.canvas.paint(flag.range, TokenKind::Parameter);
            return;
        };
        self.canvas.paint(name, TokenKind::Parameter);
        self.canvas.paint(sign, TokenKind::Operator);
        let value = flag.value_range;
        if flag.name == "from" && kind == Kind::Copy {
            self.source(value);
        } else if flag.name == "mount" {
            let mut at = value.start;
            for field in value.slice(self.text).split(',') {
                let range = TextRange::new(at, at + field.len());
                at = range.end + 1;
                match halves(self.text, range) {
                    Some((key, sign, value)) => {
                        self.canvas.paint(key, TokenKind::Property);
                        self.canvas.paint(sign, TokenKind::Operator);
                        if key.slice(self.text) == "from" {
                            self.source(value);
                        } else {
                            self.canvas.paint(value, TokenKind::String);
                        }
                    }
                    None => self.canvas.paint(range, TokenKind::Property),
                }
            }
        } else {
            self.canvas.paint(value, TokenKind::String);
        }
    }

    /// A stage, by its name or number, or an image.
    fn source(&mut self, range: TextRange) {
        let name = range.slice(self.text);
        let numbered = name.parse::<usize>().is_ok_and(|number| number < self.begun);
        if numbered || self.stages.contains(&name.to_lowercase()) {
            self.canvas.paint(range, TokenKind::Class);
        } else {
            paint_image(self.canvas, &image::parse(name, range.start), range.start);
        }
    }

    fn arguments(&mut self, kind: Kind, found: &Instruction) {
        match kind {
            Kind::From => self.from(found),
            Kind::Arg => {
                for argument in &found.arguments {
                    self.assignment(argument.range, TokenKind::Variable);
                }
            }
            Kind::Env | Kind::Label => {
                for pair in found.arguments.chunks(2) {
                    let Some((key, value)) = pair.first().zip(pair.get(1)) else { continue };
                    let named = if kind == Kind::Env { TokenKind::Variable } else { TokenKind::Property };
                    self.canvas.paint_as(key.range, named, Modifiers::DECLARATION);
                    self.canvas.paint(value.range, TokenKind::String);
                    if found.form == Form::Pairs && value.range.start > key.range.end {
                        let sign = TextRange::new(key.range.end, key.range.end + 1);
                        self.canvas.paint(sign, TokenKind::Operator);
                    }
                }
            }
            Kind::Expose => {
                for argument in &found.arguments {
                    self.port(argument);
                }
            }
            Kind::Run | Kind::Cmd | Kind::Entrypoint | Kind::Shell | Kind::Healthcheck => {
                for command in found.commands() {
                    self.command(command);
                }
            }
            Kind::Add | Kind::Copy => {
                for argument in &found.arguments {
                    self.canvas.paint(argument.range, TokenKind::String);
                }
            }
            Kind::Maintainer | Kind::Stopsignal | Kind::User | Kind::Volume | Kind::Workdir => {
                for argument in &found.arguments {
                    self.canvas.paint(argument.range, TokenKind::String);
                }
            }
            Kind::Onbuild => {}
        }
    }

    fn from(&mut self, found: &Instruction) {
        let Some(view) = found.as_from() else { return };
        if view.image.value == "scratch" {
            self.canvas.paint(view.image.range, TokenKind::Type);
        } else if view.image.value == view.image.range.slice(self.text) {
            self.source(view.image.range);
        }
        if let Some(name) = view.name {
            if let Some(word) = found.arguments.get(1) {
                self.canvas.paint(word.range, TokenKind::Keyword);
            }
            self.canvas.paint_as(name.range, TokenKind::Class, Modifiers::DECLARATION);
            self.stages.push(name.value.to_lowercase());
        }
        self.begun += 1;
    }

    /// `name=value`, of which only the name must be there.
    fn assignment(&mut self, range: TextRange, kind: TokenKind) {
        match halves(self.text, range) {
            Some((name, sign, value)) => {
                self.canvas.paint_as(name, kind, Modifiers::DECLARATION);
                self.canvas.paint(sign, TokenKind::Operator);
                self.canvas.paint(value, TokenKind::String);
            }
            None => self.canvas.paint_as(range, kind, Modifiers::DECLARATION),
        }
    }

    /// `8080`, `8000-8010/tcp`.
    fn port(&mut self, argument: &Argument) {
        let slice = argument.range.slice(self.text);
        let number = slice.find('/').unwrap_or(slice.len());
        let cut = argument.range.start + number;
        let digits = slice.get(..number).unwrap_or("");
        for (at, c) in digits.char_indices() {
            let place = TextRange::new(argument.range.start + at, argument.range.start + at + c.len_utf8());
            let kind = if c.is_ascii_digit() { TokenKind::Number } else { TokenKind::Operator };
            if c.is_ascii_digit() || c == '-' {
                self.canvas.paint(place, kind);
            }
        }
        if cut < argument.range.end {
            self.canvas.paint(TextRange::new(cut, cut + 1), TokenKind::Operator);
            self.canvas.paint(TextRange::new(cut + 1, argument.range.end), TokenKind::EnumMember);
        }
    }

    /// The program as a function, what is quoted as a string, what is set as a variable. The rest of shell
    /// text is left as it is.
    fn command(&mut self, command: &Command) {
        let quoted = |word: &&Word| word.quoted;
        for word in command.words.iter().filter(quoted) {
            self.canvas.paint(word.range, TokenKind::String);
        }
        for word in &command.assignments {
            self.assignment(word.range, TokenKind::Variable);
        }
        let program = command.program().first().filter(|word| !word.opaque);
        let first = command.words.first().filter(|word| !word.opaque);
        for word in program.into_iter().chain(first) {
            self.canvas.paint(word.range, TokenKind::Function);
        }
    }

    /// The marker on the line, the body, and the line that ends it.
    fn heredoc(&mut self, found: &Instruction, kind: Kind, heredoc: &Heredoc) {
        let line = TextRange::new(found.rest.start, found.last_line.end.max(found.rest.end));
        let mut from = line.start;
        while let Some(at) = TextRange::new(from, line.end).slice(self.text).find("<<").map(|at| from + at) {
            from = at + 2;
            let behind = TextRange::new(from, line.end).slice(self.text);
            let dash = behind.strip_prefix('-').unwrap_or(behind);
            let name = dash.trim_start_matches([' ', '\t']);
            let start = line.end - name.len();
            let bare = name.trim_start_matches(['"', '\'']);
            if bare.starts_with(heredoc.name.as_str()) {
                let quotes = name.len() - bare.len();
                let end = (start + 2 * quotes + heredoc.name.len()).min(line.end);
                self.canvas.paint(TextRange::new(at, line.end - dash.len()), TokenKind::Operator);
                self.canvas.paint(TextRange::new(start, end), TokenKind::Macro);
            }
        }
        if kind != Kind::Run {
            self.canvas.paint(heredoc.body, TokenKind::String);
        }
        let rest = self.text.get(heredoc.body.end..).unwrap_or("");
        let end = rest.lines().next().unwrap_or("");
        let start = heredoc.body.end + (end.len() - end.trim_start_matches('\t').len());
        self.canvas.paint(TextRange::new(start, start + heredoc.name.len()), TokenKind::Macro);
    }

    /// `$NAME` and `${NAME`, where something puts a value in: BuildKit, or the shell.
    fn variables(&mut self, kind: Kind, found: &Instruction) {
        let shell = matches!(kind, Kind::Run | Kind::Cmd | Kind::Entrypoint | Kind::Healthcheck);
        if kind == Kind::Onbuild || kind == Kind::Shell || shell && found.form == Form::Exec {
            return;
        }
        for used in variables(&found.logical.text) {
            self.canvas.paint(found.logical.source(used.range), TokenKind::Variable);
        }
        let scripts = found.scripts();
        for heredoc in &found.heredocs {
            let script = scripts.iter().any(|script| script.text == heredoc.content);
            if script || kind != Kind::Run && heredoc.expand {
                for used in variables(&heredoc.content) {
                    let range = TextRange::new(
                        heredoc.body.start + used.range.start,
                        heredoc.body.start + used.range.end,
                    );
                    self.canvas.paint(range, TokenKind::Variable);
                }
            }
        }
    }

    /// The escapes at the ends of lines that go on, and the blanks around them.
    fn seams(&mut self, found: &Instruction, escape: char) {
        let mut at = found.range.start;
        for line in TextRange::new(at, found.last_line.end).slice(self.text).split_inclusive('\n') {
            let body = line.trim_end_matches(['\r', '\n', ' ', '\t']);
            let end = at + body.len();
            if at > found.range.start {
                let blank = body.len() - body.trim_start().len();
                self.canvas.clear(TextRange::new(at, at + blank));
            }
            self.canvas.clear(TextRange::new(end, at + line.len()));
            if body.ends_with(escape) && at < found.last_line.start {
                self.canvas.paint(TextRange::new(end - escape.len_utf8(), end), TokenKind::Operator);
            }
            at += line.len();
        }
    }
}
