//! Reads Dockerfiles as BuildKit does, only that it never gives up.
//!
//! Every line is an instruction, an unknown instruction, a comment or blank; what BuildKit would
//! refuse is a [`Problem`] with a place; a mistake on one logical line never changes another. All
//! ranges count bytes of the text that was given.

mod context;
mod expand;
pub mod format;
mod heredoc;
mod judge;
mod lines;
mod mentions;
mod names;
mod pattern;
mod scope;
mod scripts;
mod table;
mod variables;
mod views;
mod words;

use std::collections::HashMap;
use std::sync::OnceLock;

pub use self::context::{Context, ImagePart, context_at};
pub use self::expand::{ExpandError, Expanded, Value, expand, expand_heredoc};
pub use self::heredoc::is_marker;
pub use self::lines::{Directive, Logical};
use self::lines::{Head, Lines, Met, trim_newline};
pub use self::names::{NamePlace, Named, NamedKind, Naming, is_stage_name, is_variable_name, names};
pub use self::scope::{Scopes, Standing};
pub use self::scripts::Script;
pub use self::table::Kind;
use self::table::{Row, Shape, lookup};
pub use self::variables::{VariableUse, variables};
pub use self::views::{From, Stage};
use self::words::{Json, Word};
use crate::shell::Command;
use crate::text::TextRange;

/// Deeper `ONBUILD ONBUILD …` than this is not followed.
const MAX_NESTING: usize = 32;

/// BuildKit reads lines through a buffer of this size and refuses longer ones.
const MAX_LINE: usize = 65_535;

/// A Dockerfile.
#[derive(Clone, Debug, Default)]
pub struct Dockerfile {
    /// The character that continues a line: `\` or `` ` ``.
    pub escape: Option<char>,
    /// The parser directives at the top.
    pub directives: Vec<Directive>,
    /// The instructions, in order.
    pub instructions: Vec<Instruction>,
    /// The comments, those inside continued lines too, directives not.
    pub comments: Vec<TextRange>,
    /// What BuildKit would refuse.
    pub problems: Vec<Problem>,
    /// The stages, once somebody asked.
    starts: OnceLock<Vec<scope::Start>>,
    /// The variables, once somebody asked: a dozen rules do.
    scopes: OnceLock<Scopes>,
}

/// What kind of refusal a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// A word that is no instruction.
    UnknownInstruction,
    /// Too few or too many arguments, or ones of the wrong shape.
    Arguments,
    /// A heredoc that never ends.
    Heredoc,
    /// A flag that the instruction does not have.
    Flag,
    /// A parser directive that says something impossible.
    Directive,
    /// A line that is longer than BuildKit reads.
    LineTooLong,
    /// No instruction at all.
    Empty,
}

/// Something that BuildKit would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of refusal it is.
    pub kind: ProblemKind,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub range: TextRange,
}

/// How the arguments were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A command line for the shell.
    Shell,
    /// A JSON array.
    Exec,
    /// Words.
    Words,
    /// Keys and values, alternating.
    Pairs,
    /// One key, a blank and the rest: the old way to write a pair.
    OldPair,
}

/// A flag such as `--from=build`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The whole flag as BuildKit reads it, quotes gone.
    pub text: String,
    /// The whole flag.
    pub range: TextRange,
    /// The name, without dashes.
    pub name: String,
    /// What stands behind the `=`.
    pub value: Option<String>,
    /// Where that stands; empty at the end of the flag where there is none.
    pub value_range: TextRange,
}

/// An argument as BuildKit splits them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The argument.
    pub value: String,
    /// From its first to its last byte; comments inside a continued line may lie between.
    pub range: TextRange,
}

/// A heredoc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The terminator.
    pub name: String,
    /// Whether variables are expanded in it.
    pub expand: bool,
    /// Whether leading tabs are dropped.
    pub chomp: bool,
    /// The body, as it stands.
    pub content: String,
    /// Where the body stands, terminator not included.
    pub body: TextRange,
}

/// An instruction, known or not.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// The keyword as written.
    pub keyword: String,
    /// What it is; `None` for a word that is no instruction.
    pub kind: Option<Kind>,
    /// The keyword.
    pub keyword_range: TextRange,
    /// The whole logical line, heredocs included.
    pub range: TextRange,
    /// The first line, from 1.
    pub start_line: usize,
    /// The last line, from 1, heredocs included.
    pub end_line: usize,
    /// The last line of the continued line, without its line end; heredocs not included.
    pub last_line: TextRange,
    /// The blank lines inside the continued line, with their line ends.
    pub blank_lines: Vec<TextRange>,
    /// The flags.
    pub flags: Vec<Flag>,
    /// How the arguments were written.
    pub form: Form,
    /// The arguments.
    pub arguments: Vec<Argument>,
    /// All that stands behind keyword and flags.
    pub rest: TextRange,
    /// The heredocs.
    pub heredocs: Vec<Heredoc>,
    /// The instruction behind `ONBUILD`.
    pub onbuild: Option<Box<Instruction>>,
    /// The joined text that all of it was read from.
    pub logical: Logical,
    /// Whether JSON was meant but is no array of strings.
    not_strings: bool,
    /// The first of several `key=value` words that has no `=`.
    no_equals: Option<Argument>,
    /// The commands of its shell text, once somebody asked: a dozen rules do.
    commands: OnceLock<Vec<Command>>,
}

/// Whether a word is the keyword of an instruction, in any case.
#[must_use]
pub fn is_instruction(word: &str) -> bool {
    lookup(word).is_some()
}

/// Reads a Dockerfile. Any text is read, in time that grows as the text does.
#[must_use]
pub fn parse(text: &str) -> Dockerfile {
    let lines = Lines::new(text);
    let mut head = Head::new();
    let mut out = Dockerfile::default();
    let mut last_lines: Option<LastLines<'_>> = None;
    // The lines behind a heredoc that nothing ends are most likely its body: one cause, one problem.
    let mut unended = false;
    let mut at = 0;
    while let Some((met, next)) = lines::next(&lines, at, &mut head) {
        at = next;
        match met {
            Met::Blank => {}
            Met::Comment(range) => out.comments.push(range),
            Met::Logical { line, first, last, comments, blanks } => {
                out.comments.extend(comments);
                let whole = physical(&lines, first, last);
                let mut instruction = instruction(line, head.escape, 0);
                instruction.range = whole;
                instruction.start_line = first + 1;
                instruction.last_line = whole_line(&lines, last);
                instruction.blank_lines = blanks;
                let mut last = last;
                let known = is_instruction(&instruction.keyword);
                let body = unended && !known;
                unended &= !known;
                if takes_heredocs(&instruction) {
                    let markers = heredoc::markers(&instruction.logical.text).unwrap_or_else(|refused| {
                        let (kind, range) = (ProblemKind::Heredoc, instruction.rest);
                        out.problems.push(Problem { kind, message: refused.0, range });
                        Vec::new()
                    });
                    let mut search = 0;
                    for marker in markers {
                        let place = marker_place(&instruction, &marker.raw, &mut search);
                        let table = last_lines.get_or_insert_with(|| LastLines::new(&lines));
                        match read_body(&lines, last + 1, &marker, table) {
                            Some((heredoc, end)) => {
                                instruction.heredocs.push(heredoc);
                                last = end;
                            }
                            None => {
                                unended = true;
                                out.problems.push(Problem {
                                    kind: ProblemKind::Heredoc,
                                    message: format!(
                                        "unterminated heredoc: no line is just `{}`",
                                        marker.name
                                    ),
                                    range: place,
                                });
                            }
                        }
                    }
                    at = last + 1;
                    instruction.range.end = physical(&lines, first, last).end;
                }
                instruction.end_line = last + 1;
                if !body {
                    judge::instruction(&instruction, &mut out.problems);
                }
                out.instructions.push(instruction);
            }
        }
    }
    for number in 0..lines.count() {
        if let Some((start, line)) = lines.get(number)
            && line.len() > MAX_LINE
        {
            let range = TextRange::new(start, start + trim_newline(line).len());
            let message = format!("the line is longer than the {MAX_LINE} bytes that BuildKit reads");
            out.problems.push(Problem { kind: ProblemKind::LineTooLong, message, range });
        }
    }
    out.problems.extend(head.refused.drain(..).map(|(range, message)| Problem {
        kind: ProblemKind::Directive,
        message,
        range,
    }));
    judge::stages(&out.instructions, &mut out.problems);
    out.comments.retain(|comment| !head.directives.iter().any(|directive| directive.range == *comment));
    out.problems.sort_by_key(|problem| problem.range);
    out.escape = Some(head.escape);
    out.directives = head.directives;
    out
}

/// From the first byte of one line to the last byte of another, without its line end.
fn physical(lines: &Lines<'_>, first: usize, last: usize) -> TextRange {
    let start = lines.get(first).map_or(0, |(start, line)| {
        let unmarked = line.strip_prefix('\u{feff}').unwrap_or(line);
        start + (line.len() - unmarked.len()) + (unmarked.len() - unmarked.trim_start().len())
    });
    let end = lines.get(last).map_or(start, |(start, line)| start + trim_newline(line).len());
    TextRange::new(start, end)
}

/// One line, without its line end.
fn whole_line(lines: &Lines<'_>, number: usize) -> TextRange {
    lines
        .get(number)
        .map_or(TextRange::empty(0), |(start, line)| TextRange::new(start, start + trim_newline(line).len()))
}

/// Where a line with some text stands last: so that an unclosed heredoc costs no search.
struct LastLines<'a> {
    plain: HashMap<&'a str, usize>,
    without_tabs: HashMap<&'a str, usize>,
}

impl<'a> LastLines<'a> {
    fn new(lines: &Lines<'a>) -> Self {
        let (mut plain, mut without_tabs) = (HashMap::new(), HashMap::new());
        for number in 0..lines.count() {
            if let Some((_, line)) = lines.get(number) {
                let line = trim_newline(line);
                plain.insert(line, number);
                without_tabs.insert(line.trim_start_matches('\t'), number);
            }
        }
        Self { plain, without_tabs }
    }
}

fn takes_heredocs(instruction: &Instruction) -> bool {
    let inner = instruction.onbuild.as_deref().unwrap_or(instruction);
    let row = lookup(&inner.keyword);
    row.is_some_and(|row| row.heredocs) && inner.form != Form::Exec && inner.onbuild.is_none()
}

fn read_body(
    lines: &Lines<'_>,
    from: usize,
    marker: &heredoc::Marker,
    table: &LastLines<'_>,
) -> Option<(Heredoc, usize)> {
    let known = if marker.chomp { &table.without_tabs } else { &table.plain };
    if known.get(marker.name.as_str()).is_none_or(|last| *last < from) {
        return None;
    }
    let mut content = String::new();
    let start = lines.get(from).map(|(start, _)| start)?;
    for number in from..lines.count() {
        let (at, line) = lines.get(number)?;
        let mut possible = trim_newline(line);
        if marker.chomp {
            possible = possible.trim_start_matches('\t');
        }
        if possible == marker.name {
            let body = TextRange::new(start, at);
            let heredoc = Heredoc {
                name: marker.name.clone(),
                expand: marker.expand,
                chomp: marker.chomp,
                content,
                body,
            };
            return Some((heredoc, number));
        }
        content.push_str(line);
    }
    None
}

fn marker_place(instruction: &Instruction, raw: &str, search: &mut usize) -> TextRange {
    let logical = &instruction.logical;
    match logical.text.get(*search..).and_then(|rest| rest.find(raw)) {
        Some(at) => {
            let start = *search + at;
            *search = start + raw.len();
            logical.source(TextRange::new(start, start + raw.len()))
        }
        None => instruction.keyword_range,
    }
}

/// Reads one logical line. Its lines and its range are the caller's to fill in.
fn instruction(logical: Logical, escape: char, depth: usize) -> Instruction {
    let text = logical.text.as_str();
    let trimmed_start = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    let keyword_len = trimmed.find(words::is_blank).unwrap_or(trimmed.len());
    let keyword = trimmed.get(..keyword_len).unwrap_or("").to_owned();
    let row = lookup(&keyword);
    let behind = trimmed.get(keyword_len..).unwrap_or("").trim_start_matches(words::is_blank);
    let behind_start = trimmed_start + trimmed.len() - behind.len();
    let (flag_words, flags_len) = words::flags(behind, behind_start, escape);
    let unflagged = behind.get(flags_len..).unwrap_or_else(|| {
        // BuildKit's byte walk may end inside a character; the next boundary is where text goes on.
        let at = (flags_len..=behind.len()).find(|at| behind.is_char_boundary(*at)).unwrap_or(behind.len());
        behind.get(at..).unwrap_or("")
    });
    let arguments = unflagged.trim();
    let start =
        behind_start + behind.len() - unflagged.len() + (unflagged.len() - unflagged.trim_start().len());
    let mut read = read_arguments(row, arguments, start, escape);
    if row.is_none() {
        read.form = Form::Shell;
    }
    let to_source = |word: Word| Argument { value: word.value, range: logical.source(word.range) };
    let flags = flag_words.into_iter().map(|word| flag(&logical, word)).collect();
    let onbuild =
        (row.is_some_and(|row| row.shape == Shape::Nested) && !arguments.is_empty() && depth < MAX_NESTING)
            .then(|| Box::new(instruction(logical.tail(start), escape, depth + 1)));
    let range = logical.source(TextRange::new(0, text.len()));
    Instruction {
        kind: row.map(|row| row.kind),
        keyword_range: logical.source(TextRange::new(trimmed_start, trimmed_start + keyword_len)),
        range,
        start_line: 0,
        end_line: 0,
        last_line: range,
        blank_lines: Vec::new(),
        flags,
        form: read.form,
        arguments: read.words.into_iter().map(to_source).collect(),
        rest: logical.source(TextRange::new(start, start + arguments.len())),
        heredocs: Vec::new(),
        onbuild,
        keyword,
        not_strings: read.not_strings,
        no_equals: read.no_equals.map(to_source),
        commands: OnceLock::new(),
        logical,
    }
}

fn flag(logical: &Logical, word: Word) -> Flag {
    let name = word.value.strip_prefix("--").unwrap_or(&word.value);
    let (name, value) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
    let source = logical.text.get(word.range.start..word.range.end).unwrap_or("");
    let value_start = source.find('=').map_or(word.range.end, |at| word.range.start + at + 1);
    Flag {
        name: name.to_owned(),
        value: value.map(str::to_owned),
        range: logical.source(word.range),
        value_range: logical.source(TextRange::new(value_start, word.range.end)),
        text: word.value,
    }
}

struct Read {
    words: Vec<Word>,
    form: Form,
    not_strings: bool,
    no_equals: Option<Word>,
}

fn read_arguments(row: Option<&Row>, text: &str, base: usize, escape: char) -> Read {
    let whole = || Word { value: text.to_owned(), range: TextRange::new(base, base + text.len()) };
    let one = |form| Read {
        words: if text.is_empty() { Vec::new() } else { vec![whole()] },
        form,
        not_strings: false,
        no_equals: None,
    };
    let split = |form| {
        let words = if text.is_empty() { Vec::new() } else { words::between_blanks(text, base) };
        Read { words, form, not_strings: false, no_equals: None }
    };
    match row.map_or(Shape::Text, |row| row.shape) {
        Shape::Words => split(Form::Words),
        Shape::Text => one(Form::Words),
        Shape::JsonOrWords => maybe_json(text, base, &|| split(Form::Words)),
        Shape::JsonOrText => maybe_json(text, base, &|| one(Form::Shell)),
        Shape::QuotedWords => Read {
            words: words::keeping_quotes(text, base, escape),
            form: Form::Words,
            not_strings: false,
            no_equals: None,
        },
        Shape::Pairs => pairs(text, base, escape),
        // The inner instruction says it all.
        Shape::Nested => Read { words: Vec::new(), form: Form::Shell, not_strings: false, no_equals: None },
        Shape::Health => health(text, base),
    }
}

/// The JSON reading of a text where it has one, else the other one.
fn maybe_json(text: &str, base: usize, other: &dyn Fn() -> Read) -> Read {
    match words::json(text, base) {
        Json::Strings(words) => Read { words, form: Form::Exec, not_strings: false, no_equals: None },
        Json::NotStrings => Read { not_strings: true, ..other() },
        Json::No => other(),
    }
}

fn health(text: &str, base: usize) -> Read {
    // BuildKit looks for the blank byte by byte, as in flags.
    let blank = |byte: &u8| words::is_space_byte(*byte);
    let bytes = text.as_bytes();
    let end = bytes.iter().position(blank).unwrap_or(bytes.len());
    if end == 0 {
        return Read { words: Vec::new(), form: Form::Shell, not_strings: false, no_equals: None };
    }
    let value = String::from_utf8_lossy(bytes.get(..end).unwrap_or(&[])).into_owned();
    let boundary = |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let kind = Word { value, range: TextRange::new(base, base + boundary(end)) };
    let behind = bytes.get(end..).unwrap_or(&[]);
    let next = end + behind.iter().position(|byte| !blank(byte)).unwrap_or(behind.len());
    let command = text.get(boundary(next)..).unwrap_or("");
    let at = base + text.len() - command.len();
    let plain = || Read {
        words: if command.is_empty() {
            Vec::new()
        } else {
            vec![Word { value: command.to_owned(), range: TextRange::new(at, at + command.len()) }]
        },
        form: Form::Shell,
        not_strings: false,
        no_equals: None,
    };
    let mut read = maybe_json(command, at, &plain);
    read.words.insert(0, kind);
    read
}

/// `key=value …` as alternating keys and values, or the old form of one key, a blank, the rest.
fn pairs(text: &str, base: usize, escape: char) -> Read {
    let words = words::keeping_quotes(text, base, escape);
    let mut out = Vec::new();
    if words.first().is_some_and(|first| !first.value.contains('=')) {
        let key_len = text.find(words::is_blank).unwrap_or(text.len());
        out.push(Word {
            value: text.get(..key_len).unwrap_or("").to_owned(),
            range: TextRange::new(base, base + key_len),
        });
        let value = text.get(key_len..).unwrap_or("").trim_start_matches(words::is_blank);
        let start = base + text.len() - value.len();
        if key_len < text.len() {
            out.push(Word { value: value.to_owned(), range: TextRange::new(start, base + text.len()) });
        }
        return Read { words: out, form: Form::OldPair, not_strings: false, no_equals: None };
    }
    let mut no_equals = None;
    for word in words {
        match word.value.split_once('=') {
            Some((key, value)) => {
                let at = word.range.start + key.len();
                out.push(Word { value: key.to_owned(), range: TextRange::new(word.range.start, at) });
                let value_range = TextRange::new(at + 1, word.range.end);
                out.push(Word { value: value.to_owned(), range: value_range });
            }
            None => {
                let end = word.range.end;
                no_equals.get_or_insert_with(|| word.clone());
                out.push(word);
                out.push(Word { value: String::new(), range: TextRange::empty(end) });
            }
        }
    }
    Read { words: out, form: Form::Pairs, not_strings: false, no_equals }
}
