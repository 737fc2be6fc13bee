//! A cursor in a collection in brackets, closed or not. Reads the text from its start, since a bracket
//! means something only where a value begins; one that is never closed ends where a key of the block
//! around it begins.

use super::{Line, Position, Step, block_position};
use crate::text::TextRange;

/// What stands around a cursor.
pub(super) enum Found {
    /// A collection in brackets.
    Inside(Position),
    /// A comment in one.
    Nothing,
    /// No bracket is open.
    Outside,
}

/// What stands around the cursor at `offset`.
pub(super) fn around(text: &str, offset: usize) -> Found {
    let mut at = 0;
    // The column of the key whose block scalar goes on.
    let mut block: Option<usize> = None;
    while at <= offset {
        let Some(rest) = text.get(at..) else { return Found::Outside };
        let len = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let line = rest.get(..len).unwrap_or("").trim_end_matches(['\n', '\r']);
        let start = at;
        at += len.max(1);
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let shape = Line::read(line);
        if block.is_some_and(|column| shape.indent > column) {
            continue;
        }
        block = None;
        let value_at = shape.colon.map_or(shape.key_column, |colon| colon + 1);
        let value = line.get(value_at..).unwrap_or("");
        let blanks = value.len() - value.trim_start().len();
        match value.trim_start().chars().next() {
            Some('|' | '>') => block = Some(shape.indent),
            Some('{' | '[') => {
                let bracket = start + value_at + blanks;
                let read = Reader::read(text, bracket, shape.indent);
                if bracket < offset && (offset < read.end || !read.closed && offset == read.end) {
                    return read.position(text, bracket, offset);
                }
                // Read on behind it.
                let end = text.get(read.end..).and_then(|rest| rest.find('\n'));
                at = at.max(end.map_or(text.len() + 1, |end| read.end + end + 1));
                if !read.closed {
                    at = read.end.max(start + len.max(1));
                }
            }
            _ => {}
        }
    }
    Found::Outside
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Open(bool),
    Close,
    Comma,
    Colon,
    Text(Option<char>),
    Comment,
}

struct Token {
    kind: Kind,
    /// Of a text in quotes, what stands between them.
    range: TextRange,
}

struct Reader {
    tokens: Vec<Token>,
    end: usize,
    closed: bool,
}

impl Reader {
    /// Reads from the bracket at `start` of a line that is indented by `indent` to the one that closes it.
    fn read(text: &str, start: usize, indent: usize) -> Self {
        let mut out = Self { tokens: Vec::new(), end: text.len(), closed: false };
        let (mut at, mut depth) = (start, 0usize);
        while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let mut next = at + c.len_utf8();
            let mut put = |kind, range| out.tokens.push(Token { kind, range });
            match c {
                '{' | '[' => {
                    depth += 1;
                    put(Kind::Open(c == '{'), TextRange::new(at, next));
                }
                '}' | ']' => {
                    depth = depth.saturating_sub(1);
                    put(Kind::Close, TextRange::new(at, next));
                    if depth == 0 {
                        (out.end, out.closed) = (next, true);
                        return out;
                    }
                }
                ',' => put(Kind::Comma, TextRange::new(at, next)),
                ':' => put(Kind::Colon, TextRange::new(at, next)),
                '\n' => {
                    let line = text.get(next..).unwrap_or("").lines().next().unwrap_or("");
                    let shape = Line::read(line);
                    let first = line.trim_start().chars().next();
                    let bare = first.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$');
                    if shape.indent <= indent && bare && shape.key.is_some() {
                        out.end = at;
                        return out;
                    }
                }
                '#' if text.get(..at).is_some_and(|head| head.ends_with([' ', '\t', '\n'])) => {
                    let rest = text.get(at..).unwrap_or("");
                    next = at + rest.find('\n').unwrap_or(rest.len());
                    put(Kind::Comment, TextRange::new(at, next));
                }
                '"' | '\'' => {
                    let (end, closed) = quoted(text, next, c);
                    put(Kind::Text(Some(c)), TextRange::new(next, end));
                    next = end + usize::from(closed);
                }
                c if c.is_whitespace() => {}
                _ => {
                    let end = plain(text, at);
                    put(Kind::Text(None), TextRange::new(at, end));
                    next = end.max(next);
                }
            }
            at = next;
        }
        out
    }

    fn position(&self, text: &str, bracket: usize, offset: usize) -> Found {
        let base = block_position(text, bracket).map(|found| found.path).unwrap_or_default();
        let mut frames: Vec<Frame> = Vec::new();
        let mut tokens = self.tokens.iter().peekable();
        let mut met: Option<(TextRange, Option<char>)> = None;
        while let Some(token) = tokens.peek() {
            let here = token.range.touches(offset);
            match token.kind {
                Kind::Comment if token.range.start < offset && here => return Found::Nothing,
                Kind::Text(quote) if here => {
                    met = Some((token.range, quote));
                    tokens.next();
                    break;
                }
                _ if token.range.start >= offset => break,
                _ => {}
            }
            let token = tokens.next().map(|token| (token.kind, token.range));
            let Some((kind, range)) = token else { break };
            match kind {
                Kind::Open(mapping) => frames.push(Frame { mapping, ..Frame::default() }),
                Kind::Close => {
                    frames.pop();
                }
                _ => {
                    if let Some(frame) = frames.last_mut() {
                        frame.take(kind, range.slice(text));
                    }
                }
            }
        }
        let Some(mut frame) = frames.pop() else { return Found::Outside };
        let has_colon = tokens.peek().is_some_and(|token| token.kind == Kind::Colon);
        let at_value = frame.mapping && frame.key.is_some() && frame.colon;
        let mut path = base;
        for outer in &frames {
            path.push(outer.step());
        }
        if at_value || !frame.mapping {
            path.push(frame.step());
        }
        // What stands behind the cursor in the same collection.
        let mut siblings = std::mem::take(&mut frame.keys);
        let mut depth = 0;
        let mut last = "";
        for token in tokens {
            match token.kind {
                Kind::Open(_) => depth += 1,
                Kind::Close if depth == 0 => break,
                Kind::Close => depth -= 1,
                Kind::Text(_) if depth == 0 => last = token.range.slice(text),
                Kind::Colon if depth == 0 && !last.is_empty() => {
                    siblings.push(std::mem::take(&mut last).to_owned())
                }
                Kind::Comma if depth == 0 => last = "",
                _ => {}
            }
        }
        let (token, quote) = met.unwrap_or((TextRange::empty(offset), None));
        let line = text.get(..offset).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
        let column = text.get(line..).map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
        Found::Inside(Position { path, at_value, token, quote, siblings, has_colon, flow: true, column })
    }
}

#[derive(Default)]
struct Frame {
    mapping: bool,
    index: usize,
    key: Option<String>,
    colon: bool,
    keys: Vec<String>,
}

impl Frame {
    fn take(&mut self, kind: Kind, text: &str) {
        match kind {
            Kind::Text(_) if !self.colon => self.key = Some(text.to_owned()),
            Kind::Colon => {
                if !self.colon {
                    self.keys.extend(self.key.clone());
                }
                self.colon = true;
            }
            Kind::Comma => {
                self.index += 1;
                (self.key, self.colon) = (None, false);
            }
            _ => {}
        }
    }

    fn step(&self) -> Step {
        match (&self.key, self.mapping) {
            (Some(key), true) => Step::Key(key.clone()),
            _ => Step::Index(self.index),
        }
    }
}

/// The end of a text in quotes that begins at `start`, and whether it is closed on its line.
fn quoted(text: &str, start: usize, quote: char) -> (usize, bool) {
    let mut chars = text.get(start..).unwrap_or("").char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\n' | '\r' => return (start + at, false),
            '\\' if quote == '"' => {
                chars.next();
            }
            c if c == quote => {
                if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == quote) {
                    chars.next();
                    continue;
                }
                return (start + at, true);
            }
            _ => {}
        }
    }
    (text.len(), false)
}

/// The end of a text without quotes that begins at `start`.
fn plain(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or("");
    let mut end = rest.len();
    for (at, c) in rest.char_indices() {
        let tail = rest.get(at + c.len_utf8()..).unwrap_or("");
        let stops = match c {
            ',' | '{' | '}' | '[' | ']' | '\n' | '\r' => true,
            ':' => tail.is_empty() || tail.starts_with([' ', '\t', '\n', '\r', ',', '{', '}', '[', ']']),
            ' ' | '\t' => tail.starts_with('#'),
            _ => false,
        };
        if stops {
            end = at;
            break;
        }
    }
    start + rest.get(..end).unwrap_or("").trim_end().len()
}
