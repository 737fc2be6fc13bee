//! What Python's own functions leave of a text, as ranges of it, and where the fields of a text to
//! be formatted stand. Knows nothing of where the text came from.

use super::text::{FormatArg, StringValue};
use crate::text::TextRange;

/// A stretch of a text to be formatted.
pub(super) struct Piece {
    pub(super) range: TextRange,
    /// What is put there; `None` for text that stays.
    pub(super) field: Option<Field>,
}

/// What is put into a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// The argument with that number.
    Number(usize),
    /// The argument with that keyword.
    Name(String),
    /// A field with a conversion, a width or an index: what comes out is not followed.
    Unknown,
}

impl Field {
    /// The text that is put there, where it is known.
    pub(super) fn find<'a>(&self, args: &'a [FormatArg]) -> Option<&'a StringValue> {
        let arg = match self {
            Self::Number(number) => args.iter().filter(|arg| arg.name.is_none()).nth(*number),
            Self::Name(name) => args.iter().find(|arg| arg.name.as_deref() == Some(name)),
            Self::Unknown => None,
        };
        arg?.value.as_ref()
    }
}

/// The fields of `str.format`; `None` where it would raise.
pub(super) fn braces(text: &str) -> Option<Vec<Piece>> {
    let mut out = Vec::new();
    let (mut at, mut from, mut count) = (0, 0, 0);
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'{', Some(b'{')) | (b'}', Some(b'}')) => {
                out.push(Piece { range: TextRange::new(from, at + 1), field: None });
                at += 2;
                from = at;
            }
            (b'{', _) => {
                out.push(Piece { range: TextRange::new(from, at), field: None });
                let mut depth = 0_usize;
                let len = text.get(at..)?.bytes().position(|byte| {
                    depth = match byte {
                        b'{' => depth + 1,
                        b'}' => depth - 1,
                        _ => depth,
                    };
                    depth == 0
                })?;
                let end = at + len + 1;
                let inner = text.get(at + 1..end - 1)?;
                let field = if inner.is_empty() {
                    count += 1;
                    Field::Number(count - 1)
                } else if let Ok(number) = inner.parse() {
                    Field::Number(number)
                } else if inner.chars().all(|c| c.is_alphanumeric() || c == '_') {
                    Field::Name(inner.to_owned())
                } else {
                    // `{:>3}` takes an argument as `{}` does.
                    count += usize::from(inner.starts_with([':', '!', '.', '[']));
                    Field::Unknown
                };
                out.push(Piece { range: TextRange::new(at, end), field: Some(field) });
                at = end;
                from = at;
            }
            (b'}', _) => return None,
            _ => at += 1,
        }
    }
    out.push(Piece { range: TextRange::new(from, text.len()), field: None });
    Some(out)
}

/// The fields of `%`; `None` where it would raise.
pub(super) fn percents(text: &str) -> Option<Vec<Piece>> {
    let mut out = Vec::new();
    let (mut at, mut count) = (0, 0);
    while let Some(found) = text.get(at..)?.find('%').map(|found| at + found) {
        let rest = text.get(found + 1..)?;
        if rest.starts_with('%') {
            out.push(Piece { range: TextRange::new(at, found + 1), field: None });
            at = found + 2;
            continue;
        }
        out.push(Piece { range: TextRange::new(at, found), field: None });
        let (name, behind) = match rest.strip_prefix('(') {
            Some(inner) => {
                let (name, behind) = inner.split_once(')')?;
                (Some(name), behind)
            }
            None => (None, rest),
        };
        let flags = behind.find(|c: char| !matches!(c, '#' | '0'..='9' | '-' | ' ' | '+' | '.' | '*'))?;
        let kind = behind.get(flags..)?.chars().next()?;
        if behind.get(..flags)?.contains('*') {
            return None;
        }
        let plain = flags == 0 && matches!(kind, 's' | 'd' | 'i');
        let field = match name {
            _ if !plain => Field::Unknown,
            Some(name) => Field::Name(name.to_owned()),
            None => Field::Number(count),
        };
        count += 1;
        let end = text.len() - behind.len() + flags + kind.len_utf8();
        out.push(Piece { range: TextRange::new(found, end), field: Some(field) });
        at = end;
    }
    out.push(Piece { range: TextRange::new(at, text.len()), field: None });
    Some(out)
}

/// The lines of a text, line feeds left out; the last one may be empty.
fn lines(text: &str) -> Vec<TextRange> {
    let mut at = 0;
    text.split('\n')
        .map(|line| {
            let range = TextRange::new(at, at + line.len());
            at = range.end + 1;
            range
        })
        .collect()
}

fn is_blank(line: &str) -> bool {
    line.chars().all(|c| c == ' ' || c == '\t')
}

/// The blanks that all lines from `first` on begin with, blank lines left out.
pub(super) fn margin(text: &str, first: usize) -> String {
    let mut margin: Option<&str> = None;
    for line in text.split('\n').skip(first).filter(|line| !is_blank(line)) {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let indent = line.get(..indent).unwrap_or("");
        margin = Some(margin.map_or(indent, |margin| {
            let common = margin.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count();
            margin.get(..common).unwrap_or("")
        }));
    }
    margin.unwrap_or("").to_owned()
}

/// What `textwrap.dedent` leaves. Source: CPython 3.11, textwrap.py.
pub(super) fn dedent(text: &str) -> Vec<TextRange> {
    let margin = margin(text, 0).len();
    let cut = |line: TextRange| {
        let blank = is_blank(line.slice(text));
        TextRange::new(if blank { line.end } else { line.start + margin }, line.end)
    };
    with_line_feeds(lines(text).into_iter().map(cut).collect())
}

/// What `inspect.cleandoc` leaves; `None` where tabs make columns of it. Source: CPython 3.11, inspect.py.
pub(super) fn clean(text: &str) -> Option<Vec<TextRange>> {
    if text.contains('\t') {
        return None;
    }
    let margin = margin(text, 1).len();
    let any = text.split('\n').skip(1).any(|line| !is_blank(line));
    let mut kept: Vec<TextRange> = lines(text)
        .into_iter()
        .enumerate()
        .map(|(number, line)| {
            let shown = line.slice(text);
            let cut = match number {
                0 => shown.len() - shown.trim_start().len(),
                _ if any => margin.min(shown.len()),
                _ => 0,
            };
            TextRange::new(line.start + cut, line.end)
        })
        .collect();
    while kept.last().is_some_and(|line| line.is_empty()) {
        kept.pop();
    }
    let skip = kept.iter().take_while(|line| line.is_empty()).count();
    Some(with_line_feeds(kept.split_off(skip)))
}

/// Lines with the line feeds between them.
fn with_line_feeds(mut lines: Vec<TextRange>) -> Vec<TextRange> {
    let last = lines.len().saturating_sub(1);
    for line in lines.iter_mut().take(last) {
        line.end += 1;
    }
    lines
}

/// What `strip` leaves.
pub(super) fn strip(text: &str, start: bool, end: bool, chars: Option<&str>) -> TextRange {
    let cut = |c: char| match chars {
        Some(chars) => chars.contains(c),
        None => c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c),
    };
    let from = if start { text.len() - text.trim_start_matches(cut).len() } else { 0 };
    let to = if end { text.trim_end_matches(cut).len() } else { text.len() };
    TextRange::new(from, to)
}
