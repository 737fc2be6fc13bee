//! The layout of a Dockerfile: keywords in upper case, lines that go on indented alike, no blanks at the
//! ends of lines. Never the text that a shell or a program gets: blanks change only where they separate
//! words, and whatever a second reading does not find equal is not done at all.

mod meaning;
mod seams;

use self::seams::movable;
use super::{Dockerfile, Form, Instruction, Kind, parse};
use crate::text::TextRange;

pub use self::meaning::same_meaning;

/// How lines that go on are indented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indent {
    /// Whether by tabs.
    pub tabs: bool,
    /// The columns of one step, and of a tab.
    pub width: usize,
}

impl Default for Indent {
    fn default() -> Self {
        Self { tabs: false, width: 4 }
    }
}

impl Indent {
    fn step(self) -> usize {
        self.width.max(1)
    }

    /// How many columns blanks take.
    fn columns(self, blanks: &str) -> usize {
        blanks.chars().fold(0, |columns, c| match c {
            '\t' => (columns / self.step() + 1) * self.step(),
            _ => columns + 1,
        })
    }

    /// Blanks that take that many columns.
    fn blanks(self, columns: usize) -> String {
        if self.tabs {
            let tabs = columns / self.step();
            "\t".repeat(tabs) + &" ".repeat(columns - tabs * self.step())
        } else {
            " ".repeat(columns)
        }
    }
}

/// How a Dockerfile is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The indentation.
    pub indent: Indent,
    /// Whether a line end is put behind the last line.
    pub final_newline: bool,
    /// Whether blank lines at the end go.
    pub trim_final_newlines: bool,
}

/// A change of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What is replaced.
    pub range: TextRange,
    /// By what.
    pub text: String,
}

/// The changes that lay a Dockerfile out, in order; none where they would change what it means.
#[must_use]
pub fn format(text: &str, tree: &Dockerfile, layout: &Layout) -> Vec<Change> {
    let changes = changes(text, tree, layout);
    if changes.is_empty() || same_meaning(tree, &parse(&applied(text, &changes))) {
        changes
    } else {
        Vec::new()
    }
}

/// The text with changes made.
#[must_use]
pub fn applied(text: &str, changes: &[Change]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for change in changes {
        out.push_str(text.get(at..change.range.start).unwrap_or(""));
        out.push_str(&change.text);
        at = change.range.end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

/// As [`format()`], without the second reading.
#[must_use]
pub fn changes(text: &str, tree: &Dockerfile, layout: &Layout) -> Vec<Change> {
    let mut out = Formatter { text, tree, indent: layout.indent, changes: Vec::new() };
    out.run();
    let mut changes = out.changes;
    end(text, layout, &mut changes);
    changes.retain(|change| change.range.slice(text) != change.text);
    changes.sort_by_key(|change| change.range);
    changes
}

/// The indentation that the line of `offset` gets when it was just begun by a line end behind an escape:
/// that of the line before, or one step; `None` where it has it, or where it begins something new.
#[must_use]
pub fn continued_indent(text: &str, tree: &Dockerfile, offset: usize, indent: Indent) -> Option<Change> {
    let start = text.get(..offset)?.rfind('\n')? + 1;
    let before = text.get(..start - 1)?.rfind('\n').map_or(0, |at| at + 1);
    let previous = TextRange::new(before, start - 1).slice(text);
    let owner = tree.instructions.iter().find(|found| {
        found.range.start < start && before <= found.last_line.start && found.range.end >= before
    })?;
    let continues =
        previous.trim_end().ends_with(tree.escape.unwrap_or('\\')) || start <= owner.last_line.start;
    if !continues || is_comment(previous) && start > owner.last_line.start {
        return None;
    }
    let line = text.get(start..)?.split('\n').next()?;
    let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
    let empty = line.trim().is_empty();
    if !empty && !movable(text, tree, owner).contains(&start) {
        return None;
    }
    let first = before <= owner.range.start;
    let wanted = if first { indent.blanks(indent.step()) } else { indentation(previous).to_owned() };
    let range = TextRange::new(start, start + blanks);
    (range.slice(text) != wanted).then_some(Change { range, text: wanted })
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// The blanks that a line begins with.
fn indentation(line: &str) -> &str {
    line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or("")
}

/// The end of the text.
fn end(text: &str, layout: &Layout, changes: &mut Vec<Change>) {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let body = text.trim_end_matches([' ', '\t', '\r', '\n']);
    let tail = TextRange::new(body.len(), text.len());
    if body.is_empty() {
        return;
    }
    let lines = tail.slice(text).matches('\n').count();
    if lines == 0 && layout.final_newline || lines > 1 && layout.trim_final_newlines {
        changes.retain(|change| change.range.start < tail.start);
        changes.push(Change { range: tail, text: newline.to_owned() });
    }
}

struct Formatter<'a> {
    text: &'a str,
    tree: &'a Dockerfile,
    indent: Indent,
    changes: Vec<Change>,
}

impl Formatter<'_> {
    fn run(&mut self) {
        let mut at = 0;
        let mut free = Vec::new();
        for instruction in &self.tree.instructions {
            free.push(TextRange::new(at, self.line_of(instruction.range.start).start));
            at = instruction.range.end;
            self.instruction(instruction);
        }
        free.push(TextRange::new(at, self.text.len()));
        for between in free {
            self.between(between);
        }
    }

    fn line_of(&self, offset: usize) -> TextRange {
        let start = self.text.get(..offset).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
        let rest = self.text.get(start..).unwrap_or("");
        TextRange::new(start, start + rest.find('\n').unwrap_or(rest.len()))
    }

    fn change(&mut self, range: TextRange, text: impl Into<String>) {
        self.changes.push(Change { range, text: text.into() });
    }

    /// Comments and blank lines between instructions; directives stay as they are.
    fn between(&mut self, range: TextRange) {
        let mut at = range.start;
        for line in range.slice(self.text).split_inclusive('\n') {
            let start = at;
            at += line.len();
            let directive =
                self.tree.directives.iter().any(|known| known.range.intersects(TextRange::new(start, at)));
            // What a line says that was begun before the range is not this one's.
            if directive || line.starts_with('\u{feff}') {
                continue;
            }
            let body = line.trim_end_matches(['\r', '\n']);
            self.trim_end(start, body);
            if is_comment(body) && self.line_of(start).start == start {
                self.change(TextRange::new(start, start + indentation(body).len()), "");
            }
        }
    }

    /// Takes the blanks at the end of a line away, which begins at `start`.
    fn trim_end(&mut self, start: usize, body: &str) {
        let kept = body.trim_end_matches([' ', '\t']);
        self.change(TextRange::new(start + kept.len(), start + body.len()), "");
    }

    fn instruction(&mut self, found: &Instruction) {
        let wrong = |range: TextRange| found.range.start <= range.start && range.start <= found.range.end;
        if found.kind.is_none() || self.tree.problems.iter().any(|problem| wrong(problem.range)) {
            return;
        }
        self.keywords(found);
        let line = self.line_of(found.range.start);
        let lead = TextRange::new(line.start, found.range.start);
        if lead.slice(self.text).chars().all(|c| matches!(c, ' ' | '\t')) {
            self.change(lead, "");
        }
        let mut at = line.start;
        let whole = TextRange::new(at, found.last_line.end);
        for line in whole.slice(self.text).split_inclusive('\n') {
            let body = line.trim_end_matches(['\r', '\n']);
            self.trim_end(at, body);
            at += line.len();
        }
        self.indent(found);
    }

    fn keywords(&mut self, found: &Instruction) {
        let mut words = vec![(found.keyword.as_str(), found.keyword_range)];
        match found.kind {
            Some(Kind::From) => {
                let word = found.arguments.get(1).filter(|word| word.value.eq_ignore_ascii_case("as"));
                words.extend(word.map(|word| (word.value.as_str(), word.range)));
            }
            Some(Kind::Healthcheck) => {
                let known =
                    |word: &str| word.eq_ignore_ascii_case("cmd") || word.eq_ignore_ascii_case("none");
                let word = found.arguments.first().filter(|word| known(&word.value));
                words.extend(word.map(|word| (word.value.as_str(), word.range)));
            }
            _ => {}
        }
        for (word, range) in words {
            // A word that goes on in the next line stays.
            if range.slice(self.text) == word {
                self.change(range, word.to_ascii_uppercase());
            }
        }
        if let Some(inner) = found.onbuild.as_deref().filter(|inner| inner.kind.is_some()) {
            self.keywords(inner);
        }
    }

    /// Moves the lines that go on, all by the same, so that the one furthest to the left stands one step in;
    /// a comment goes with the line below it.
    fn indent(&mut self, found: &Instruction) {
        let movable = movable(self.text, self.tree, found);
        let lead = |start: &usize| indentation(self.text.get(*start..).unwrap_or(""));
        let columns = |start: &usize| self.indent.columns(lead(start));
        let Some(least) = movable.iter().map(columns).min() else { return };
        let mut next: Option<String> = None;
        let whole = TextRange::new(self.line_of(found.range.start).start, found.last_line.end);
        let mut starts = Vec::new();
        let mut at = whole.start;
        for line in whole.slice(self.text).split_inclusive('\n') {
            starts.push((at, line));
            at += line.len();
        }
        let mut out = Vec::new();
        for (start, line) in starts.into_iter().skip(1).rev() {
            if line.trim().is_empty() {
                continue;
            }
            let range = TextRange::new(start, start + indentation(line).len());
            if is_comment(line) {
                out.extend(next.clone().map(|text| Change { range, text }));
                continue;
            }
            next = None;
            if movable.contains(&start) {
                let new = self.indent.blanks(self.indent.step() + columns(&start) - least);
                out.push(Change { range, text: new.clone() });
                next = Some(new);
            }
        }
        self.changes.extend(out);
    }
}

/// Whether the blanks of a line that goes on separate words in an instruction of that kind and form.
fn has_words(found: &Instruction) -> bool {
    let inner = innermost(found);
    let whole = matches!(
        inner.kind,
        None | Some(Kind::Maintainer | Kind::Stopsignal | Kind::User | Kind::Workdir | Kind::Onbuild)
    );
    !whole && inner.form != Form::OldPair && found.heredocs.is_empty()
}

fn innermost(found: &Instruction) -> &Instruction {
    let mut at = found;
    while let Some(inner) = at.onbuild.as_deref() {
        at = inner;
    }
    at
}
