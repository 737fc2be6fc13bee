//! Physical lines to logical lines: directives, comments, continuations.
//! After BuildKit's `parser.Parse`, which works on one physical line at a time and never looks back.

use crate::text::TextRange;

/// A parser directive at the top of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// `syntax`, `escape` or `check`, in lower case.
    pub name: String,
    /// What stands behind the `=`.
    pub value: String,
    /// The whole line.
    pub range: TextRange,
}

/// A stretch of joined text and where it stands in the source.
#[derive(Clone, Copy, Debug)]
struct Piece {
    joined: usize,
    source: usize,
    len: usize,
}

/// A logical line: its joined text, and the way back to the source.
#[derive(Clone, Debug, Default)]
pub struct Logical {
    /// The text without escapes, line ends, comments and blank lines.
    pub text: String,
    pieces: Vec<Piece>,
}

impl Logical {
    fn push(&mut self, text: &str, source: usize) {
        self.pieces.push(Piece { joined: self.text.len(), source, len: text.len() });
        self.text.push_str(text);
    }

    /// The source bytes from the first to the last byte of a range of the joined text.
    #[must_use]
    pub fn source(&self, range: TextRange) -> TextRange {
        let start = self.source_start(range.start);
        if range.is_empty() {
            return TextRange::empty(start);
        }
        let at = self.pieces.partition_point(|piece| piece.joined < range.end).saturating_sub(1);
        let end = self
            .pieces
            .get(at)
            .map_or(start, |piece| piece.source + (range.end - piece.joined).min(piece.len));
        TextRange::new(start, end)
    }

    fn source_start(&self, offset: usize) -> usize {
        // The last piece that begins at or before the offset and is not empty, so that an offset
        // at a seam belongs to the text that follows it.
        let at = self.pieces.partition_point(|piece| piece.joined <= offset).saturating_sub(1);
        self.pieces
            .get(at)
            .map_or(0, |piece| piece.source + (offset.saturating_sub(piece.joined)).min(piece.len))
    }

    /// The place in the joined text of a cursor at `source`; `None` where the cursor stands in
    /// something that was dropped.
    #[must_use]
    pub fn joined(&self, source: usize) -> Option<usize> {
        let at = self.pieces.partition_point(|piece| piece.source <= source).checked_sub(1)?;
        let piece = self.pieces.get(at)?;
        (source <= piece.source + piece.len).then(|| piece.joined + (source - piece.source))
    }

    /// The part of the joined text behind `from`, as a logical line of its own.
    pub(crate) fn tail(&self, from: usize) -> Self {
        let mut out = Self::default();
        for piece in &self.pieces {
            let skip = from.saturating_sub(piece.joined).min(piece.len);
            let start = piece.joined + skip;
            if let Some(text) = self.text.get(start..piece.joined + piece.len)
                && !text.is_empty()
            {
                out.push(text, piece.source + skip);
            }
        }
        out
    }
}

/// The physical lines of a text, each with its line end.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1));
        if starts.last() == Some(&text.len()) {
            starts.pop();
        }
        Self { text, starts }
    }

    pub(crate) fn count(&self) -> usize {
        self.starts.len()
    }

    /// Where line `number` (from 0) begins, and its text with its line end.
    pub(crate) fn get(&self, number: usize) -> Option<(usize, &'a str)> {
        let start = *self.starts.get(number)?;
        let end = self.starts.get(number + 1).copied().unwrap_or(self.text.len());
        Some((start, self.text.get(start..end)?))
    }
}

/// What stood at the head of the file, and how lines continue.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) escape: char,
    pub(crate) directives: Vec<Directive>,
    done: bool,
    /// A directive that BuildKit refuses: where and why.
    pub(crate) refused: Vec<(TextRange, String)>,
}

impl Head {
    pub(crate) fn new() -> Self {
        Self { escape: '\\', directives: Vec::new(), done: false, refused: Vec::new() }
    }

    /// Looks at a line, without its line end, for a directive; the first line that is none ends the head.
    pub(crate) fn look(&mut self, line: &str, start: usize) {
        if self.done {
            return;
        }
        let Some((name, value)) = directive(line) else {
            self.done = true;
            return;
        };
        let range = TextRange::new(start, start + line.len());
        if self.directives.iter().any(|known| known.name == name) {
            self.refused.push((range, format!("only one {name} parser directive can be used")));
            return;
        }
        if name == "escape" {
            match value {
                "\\" => self.escape = '\\',
                "`" => self.escape = '`',
                _ => self
                    .refused
                    .push((range, format!("invalid escape token `{value}` does not match ` or \\"))),
            }
        }
        self.directives.push(Directive { name, value: value.to_owned(), range });
    }
}

/// `# name = value` of a known directive.
fn directive(line: &str) -> Option<(String, &str)> {
    let rest = line.strip_prefix('#')?.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let name = rest.get(..end)?.to_ascii_lowercase();
    if !matches!(name.as_str(), "syntax" | "escape" | "check") {
        return None;
    }
    let rest = rest.get(end..)?.trim_start_matches(is_regexp_space).strip_prefix('=')?;
    let trimmed = rest.trim_matches(is_regexp_space);
    // `(.+?)` wants one character, and takes a blank where there is nothing else.
    let value = if trimmed.is_empty() { rest.get(..1)? } else { trimmed };
    Some((name, value))
}

/// What `\s` means in Go's regular expressions.
const fn is_regexp_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\x0c' | '\r' | ' ')
}

/// The line without CR and LF at its end.
pub(crate) fn trim_newline(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

/// Whether a line, line end or not, is a comment.
pub(crate) fn is_comment(line: &str) -> bool {
    trim_newline(line).trim_start().starts_with('#')
}

/// The line without its continuation, and whether it has one.
fn split_continuation(line: &str, escape: char) -> (&str, bool) {
    let trimmed = line.trim_end_matches([' ', '\t']);
    match trimmed.strip_suffix(escape) {
        Some(head) if !head.ends_with(escape) => (head, true),
        _ => (line, false),
    }
}

/// What the reader met next.
pub(crate) enum Met {
    /// A comment or directive on a line of its own.
    Comment(TextRange),
    /// A blank line.
    Blank,
    /// A logical line: the lines that it takes, from 0, the last one included; the comments and the blank
    /// lines between them, these with their line ends.
    Logical { line: Logical, first: usize, last: usize, comments: Vec<TextRange>, blanks: Vec<TextRange> },
}

/// Reads from line `at`; gives what it met and the number of the next line.
pub(crate) fn next(lines: &Lines<'_>, at: usize, head: &mut Head) -> Option<(Met, usize)> {
    let (mut start, mut raw) = lines.get(at)?;
    if at == 0
        && let Some(rest) = raw.strip_prefix('\u{feff}')
    {
        start += raw.len() - rest.len();
        raw = rest;
    }
    let unended = trim_newline(raw);
    let line = unended.trim_start();
    let start = start + (unended.len() - line.len());
    head.look(line, start);
    if line.starts_with('#') {
        return Some((Met::Comment(TextRange::new(start, start + line.len())), at + 1));
    }
    let (text, mut continues) = split_continuation(line, head.escape);
    if !continues && text.is_empty() {
        return Some((Met::Blank, at + 1));
    }
    let mut logical = Logical::default();
    logical.push(text, start);
    let (mut last, mut comments, mut blanks) = (at, Vec::new(), Vec::new());
    while continues {
        let Some((start, raw)) = lines.get(last + 1) else { break };
        last += 1;
        let line = trim_newline(raw);
        head.look(line, start);
        if is_comment(line) {
            let indent = line.len() - line.trim_start().len();
            comments.push(TextRange::new(start + indent, start + line.len()));
            continue;
        }
        if line.trim_start().is_empty() {
            blanks.push(TextRange::new(start, start + raw.len()));
            continue;
        }
        let (text, more) = split_continuation(line, head.escape);
        logical.push(text, start);
        continues = more;
    }
    Some((Met::Logical { line: logical, first: at, last, comments, blanks }, last + 1))
}
