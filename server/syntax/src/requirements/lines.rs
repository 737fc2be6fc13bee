//! From physical lines to logical ones, comments taken out, with the way back.

use crate::text::TextRange;
use crate::yaml::CoreType;
use crate::yaml::scalar::{Decoder, Scalar, Style};

/// The logical lines of `text`, which begins at `base` of the file, and the comments.
pub(super) fn logical(text: &str, base: usize) -> (Vec<Scalar>, Vec<TextRange>) {
    let (mut out, mut comments) = (Vec::new(), Vec::new());
    let mut parts: Vec<(usize, &str)> = Vec::new();
    for (start, line) in physical(text) {
        let start = base + start;
        let comment = line.trim_start_matches(is_blank).starts_with('#');
        if !comment && line.ends_with('\\') {
            let stripped = line.trim_start_matches('\\');
            parts.push((start + line.len() - stripped.len(), stripped.trim_end_matches('\\')));
            continue;
        }
        parts.push((start, line));
        finish(&mut parts, comment, &mut out, &mut comments);
    }
    finish(&mut parts, false, &mut out, &mut comments);
    (out, comments)
}

/// The lines without their ends, split as Python's `str.splitlines` does.
fn physical(text: &str) -> impl Iterator<Item = (usize, &str)> {
    const ENDS: [char; 10] =
        ['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let len = rest.find(ENDS).unwrap_or(rest.len());
        let behind = rest.get(len..).unwrap_or("");
        let end =
            if behind.starts_with("\r\n") { 2 } else { behind.chars().next().map_or(0, char::len_utf8) };
        let line = (at, rest.get(..len).unwrap_or(""));
        at += len + end;
        Some(line)
    })
}

/// Joins what was collected. A comment on a line of its own ends the line that it stands in.
fn finish(
    parts: &mut Vec<(usize, &str)>,
    comment_last: bool,
    out: &mut Vec<Scalar>,
    comments: &mut Vec<TextRange>,
) {
    let last = parts.len().saturating_sub(1);
    let mut decoder = Decoder::default();
    let mut blank_before = true;
    let mut comment: Option<TextRange> = None;
    let mut kept = 0;
    for (number, (start, part)) in parts.drain(..).enumerate() {
        if let Some(comment) = &mut comment {
            comment.end = start + part.trim_end_matches(is_blank).len();
            continue;
        }
        blank_before |= number == last && comment_last;
        let hash = part.char_indices().find_map(|(at, c)| {
            let begins = c == '#' && blank_before;
            blank_before = is_blank(c);
            begins.then_some(at)
        });
        let said = part.get(..hash.unwrap_or(part.len())).unwrap_or("");
        // What stands before the first word is no part of the line.
        let said_from = if kept == 0 { said.len() - said.trim_start_matches(is_blank).len() } else { 0 };
        let said = said.get(said_from..).unwrap_or("");
        decoder.verbatim(said, start + said_from);
        kept += said.len();
        if let Some(hash) = hash {
            comment = Some(TextRange::new(start + hash, start + part.trim_end_matches(is_blank).len()));
        }
    }
    comments.extend(comment);
    if kept > 0 {
        let line = decoder.finish(Style::Plain, CoreType::Str, 0);
        if !line.value.trim_matches(is_blank).is_empty() {
            out.push(line);
        }
    }
}

/// What Python's `\s` matches and `str.strip` takes.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}
