//! Whether a text is YAML to the loaders that read these files: saphyr's verdict, but for where they
//! are known to say something else. It must not know the tree.

use std::borrow::Cow;

use saphyr_parser::{Event, ScalarStyle};

use super::{Problem, mask};
use crate::text::{LineIndex, TextRange};

/// How often what loaders take and saphyr does not is put right, at most.
const MAX_RESTARTS: usize = 64;

/// What came of it.
pub(super) struct Checked<'t> {
    /// The first thing that makes the text no YAML.
    pub(super) problems: Vec<Problem>,
    /// Scalars that may hold a tab, where there are tabs.
    pub(super) opaque: Vec<TextRange>,
    /// The text for the tree, no byte moved.
    pub(super) text: Cow<'t, str>,
}

/// The verdict, and the text for the tree. The loaders that read these files let a quoted scalar go on
/// in any column, which the letter of YAML does not: so in the text for the tree each of them stands
/// on one line, no byte moved.
pub(super) fn checked(text: Cow<'_, str>, base: usize) -> Checked<'_> {
    let original = text.clone();
    let mut text = text;
    for _ in 0..MAX_RESTARTS {
        let mut opaque = Vec::new();
        match verdict(&text, base, &mut opaque) {
            Verdict::Outdented(start) => match closing_quote(&text, start) {
                Some(end) => text = on_one_line(text, &[TextRange::new(start, end)]),
                None => {
                    let end = text.get(start..).and_then(|rest| rest.find(['\n', '\r'])).unwrap_or(1);
                    let range = TextRange::new(base + start, base + start + end);
                    let message = "the quote is not closed".to_owned();
                    let text = super::context::without_half_keys(original);
                    return Checked { problems: vec![Problem { message, range }], opaque: Vec::new(), text };
                }
            },
            // Where something is broken off, a quote may have swallowed what was not meant.
            Verdict::Problem(problem) => {
                let text = super::context::without_half_keys(original);
                return Checked { problems: vec![problem], opaque: Vec::new(), text };
            }
            Verdict::Unknown => break,
            Verdict::GluedComment(range) => text = blanked(text, range),
            Verdict::Fine => {
                let text = on_one_line(text, &opaque);
                return Checked { problems: Vec::new(), opaque, text };
            }
        }
    }
    Checked { problems: Vec::new(), opaque: Vec::new(), text: original }
}

/// The text with blanks for a comment that is glued to what stands before it, which loaders take.
fn blanked(text: Cow<'_, str>, range: TextRange) -> Cow<'_, str> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.get_mut(range.start..range.end).unwrap_or_default().fill(b' ');
    String::from_utf8(bytes).map_or(text, Cow::Owned)
}

/// Line ends inside the quoted ones of these scalars become letters, so that an escaped one is still an escape.
fn on_one_line<'t>(text: Cow<'t, str>, scalars: &[TextRange]) -> Cow<'t, str> {
    if scalars.is_empty() {
        return text;
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in scalars {
        let scalar = bytes.get_mut(range.start..range.end).unwrap_or_default();
        if !matches!(scalar.first(), Some(b'"' | b'\'')) {
            continue;
        }
        for byte in scalar {
            if matches!(*byte, b'\n' | b'\r') {
                *byte = b'n';
            }
        }
    }
    String::from_utf8(bytes).map_or(text, Cow::Owned)
}

/// Behind the quote that closes the scalar that begins at `start`.
fn closing_quote(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut escaped = false;
    let mut inner = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = inner.next() {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote {
            if quote == '\'' && inner.peek().is_some_and(|(_, next)| *next == quote) {
                inner.next();
                continue;
            }
            return Some(start + at + 1);
        }
    }
    None
}

enum Verdict {
    Fine,
    Problem(Problem),
    /// A placeholder stands where something is wrong, so that nothing is known.
    Unknown,
    /// A comment right behind a token.
    GluedComment(TextRange),
    /// A quoted scalar that begins at this byte goes on in a column that the letter forbids.
    Outdented(usize),
}

/// The first tab that stands neither in a scalar that may hold one nor in a comment. YAML takes some
/// of them, the loaders that read these files none.
pub(super) fn tab(text: &str, base: usize, opaque: &[TextRange], comments: &[TextRange]) -> Option<Problem> {
    let mut comments: Vec<TextRange> = comments.to_vec();
    comments.sort();
    let holds = |ranges: &[TextRange], at: usize| {
        let next = ranges.partition_point(|range| range.start <= at);
        next.checked_sub(1).and_then(|last| ranges.get(last)).is_some_and(|range| at < range.end)
    };
    let at = text
        .match_indices('\t')
        .map(|(at, _)| at)
        .find(|at| !holds(opaque, *at) && !holds(&comments, base + at))?;
    let range = TextRange::new(base + at, base + at + 1);
    Some(Problem { message: "a tab stands between words, where only blanks may".to_owned(), range })
}

/// What saphyr says: the first thing that makes the text no YAML; on the way, in `opaque`, the quoted
/// scalars of more than one line and, where there are tabs, all scalars that may hold one.
fn verdict(text: &str, base: usize, opaque: &mut Vec<TextRange>) -> Verdict {
    let tabbed = text.contains('\t');
    // YAML 1.2 lets a tab stand before the first token; the loaders that read these files do not.
    let head = text.len() - text.trim_start_matches([' ', '\n', '\r']).len();
    let tabs =
        text.get(head..).unwrap_or("").len() - text.get(head..).unwrap_or("").trim_start_matches('\t').len();
    if tabs > 0 && text.get(head + tabs..).is_some_and(|rest| !rest.starts_with(['\n', '\r', '#'])) {
        let range = TextRange::new(base + head, base + head + tabs);
        return Verdict::Problem(Problem {
            message: "a tab cannot stand where a key begins".to_owned(),
            range,
        });
    }
    let lines = LineIndex::new(text);
    // Markers count lines from 1 and columns in characters from 0.
    let byte = |marker: &saphyr_parser::Marker| {
        let line = lines.line_range(marker.line().saturating_sub(1));
        let shown = line.slice(text);
        line.start + shown.char_indices().nth(marker.col()).map_or(shown.len(), |(at, _)| at)
    };
    for event in saphyr_parser::Parser::new_from_str(text) {
        let error = match event {
            Ok((Event::Scalar(_, style, ..), span)) => {
                let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
                let several_lines = quoted && span.start.line() != span.end.line();
                if several_lines || tabbed && style != ScalarStyle::Plain {
                    opaque.push(TextRange::new(byte(&span.start), byte(&span.end)));
                }
                continue;
            }
            Ok(_) => continue,
            Err(error) => error,
        };
        let start = byte(error.marker());
        if error.info().contains("invalid indentation in quoted scalar") {
            return Verdict::Outdented(start);
        }
        let line = lines.line_range(error.marker().line().saturating_sub(1));
        let shown = line.slice(text);
        if mask::holds_mark(shown) || mask::is_template(text) {
            return Verdict::Unknown;
        }
        if error.info().contains("comments must be separated") {
            let end = text
                .get(start..)
                .and_then(|rest| rest.find(['\n', '\r']))
                .map_or(text.len(), |end| start + end);
            let hash = text.get(start..end).and_then(|rest| rest.find('#')).map(|at| start + at);
            if let Some(hash) = hash {
                return Verdict::GluedComment(TextRange::new(hash, end));
            }
        }
        let rest = text.get(start..line.end).unwrap_or("").trim_end();
        let (start, end) = if rest.is_empty() {
            let trimmed = shown.trim_end();
            let head = trimmed.len() - trimmed.trim_start().len();
            (line.start + head, line.start + trimmed.len())
        } else {
            (start, start + rest.len())
        };
        let range = TextRange::new(base + start, base + end);
        return Verdict::Problem(Problem { message: error.info().to_owned(), range });
    }
    Verdict::Fine
}
