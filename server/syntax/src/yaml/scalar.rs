//! Scalars: their values, and where each byte of a value came from.

use crate::map::{Segment, SourceMap};
use crate::text::{HostRange, TextRange};

/// A scalar.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The decoded text.
    pub value: String,
    /// How it is written.
    pub style: Style,
    /// From the decoded text to the text that was parsed.
    pub map: SourceMap,
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.style == other.style
    }
}

impl Eq for Scalar {}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// `'…'`.
    SingleQuoted,
    /// `"…"`.
    DoubleQuoted,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
}

/// Collects a decoded text together with its segments.
#[derive(Default)]
struct Decoder {
    value: String,
    segments: Vec<Segment>,
}

impl Decoder {
    fn verbatim(&mut self, text: &str, source: usize) {
        if text.is_empty() {
            return;
        }
        let start = self.value.len();
        self.value.push_str(text);
        let host = HostRange::new(source, source + text.len());
        self.segments.push(Segment { text: TextRange::new(start, self.value.len()), host, verbatim: true });
    }

    fn decoded(&mut self, text: &str, source: TextRange) {
        let start = self.value.len();
        self.value.push_str(text);
        if !text.is_empty() {
            let host = HostRange::new(source.start, source.end);
            self.segments.push(Segment {
                text: TextRange::new(start, self.value.len()),
                host,
                verbatim: false,
            });
        }
    }

    fn finish(self, style: Style, anchor: usize) -> Scalar {
        Scalar { value: self.value, style, map: SourceMap::from_segments(self.segments, anchor) }
    }
}

/// A plain scalar at `range` of `text`.
pub(crate) fn plain(text: &str, range: TextRange) -> Scalar {
    let mut decoder = Decoder::default();
    flow_lines(text, range, false, &mut decoder, |decoder, line, at| decoder.verbatim(line, at));
    decoder.finish(Style::Plain, range.start)
}

/// A scalar in single quotes; `range` holds the quotes.
pub(crate) fn single_quoted(text: &str, range: TextRange) -> Scalar {
    let inner = inside_quotes(text, range, '\'');
    let mut decoder = Decoder::default();
    flow_lines(text, inner, false, &mut decoder, |decoder, line, at| {
        let mut from = 0;
        while let Some(quote) = line.get(from..).and_then(|rest| rest.find("''")).map(|quote| quote + from) {
            decoder.verbatim(line.get(from..quote).unwrap_or(""), at + from);
            decoder.decoded("'", TextRange::new(at + quote, at + quote + 2));
            from = quote + 2;
        }
        decoder.verbatim(line.get(from..).unwrap_or(""), at + from);
    });
    decoder.finish(Style::SingleQuoted, inner.start)
}

/// A scalar in double quotes; `range` holds the quotes.
pub(crate) fn double_quoted(text: &str, range: TextRange) -> Scalar {
    let inner = inside_quotes(text, range, '"');
    let mut decoder = Decoder::default();
    flow_lines(text, inner, true, &mut decoder, |decoder, line, at| {
        let mut from = 0;
        while let Some(escape) = line.get(from..).and_then(|rest| rest.find('\\')).map(|escape| escape + from)
        {
            decoder.verbatim(line.get(from..escape).unwrap_or(""), at + from);
            let (decoded, len) = unescape(line.get(escape..).unwrap_or(""));
            decoder.decoded(&decoded, TextRange::new(at + escape, at + escape + len));
            from = escape + len;
        }
        decoder.verbatim(line.get(from..).unwrap_or(""), at + from);
    });
    decoder.finish(Style::DoubleQuoted, inner.start)
}

fn inside_quotes(text: &str, range: TextRange, quote: char) -> TextRange {
    let whole = range.slice(text);
    let closed = whole.len() >= 2 && whole.ends_with(quote);
    TextRange::new(range.start + 1, if closed { range.end - 1 } else { range.end })
}

/// Folds lines as flow scalars do: one line break is a blank, more are one fewer breaks. An escaped
/// line break in double quotes is none.
fn flow_lines(
    text: &str,
    range: TextRange,
    escapes: bool,
    decoder: &mut Decoder,
    mut content: impl FnMut(&mut Decoder, &str, usize),
) {
    let whole = range.slice(text);
    if !whole.contains('\n') {
        content(decoder, whole, range.start);
        return;
    }
    let lines: Vec<(usize, &str)> = whole
        .split_inclusive('\n')
        .scan(range.start, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line))
        })
        .collect();
    let last = lines.len() - 1;
    let mut breaks = 0;
    let mut gap = range.start;
    let mut joined = false;
    for (number, (start, line)) in lines.iter().enumerate() {
        let mut part = line.trim_end_matches(['\n', '\r']);
        let mut at = *start;
        if number > 0 {
            let trimmed = part.trim_start_matches([' ', '\t']);
            at += part.len() - trimmed.len();
            part = trimmed;
        }
        if number < last {
            part = part.trim_end_matches([' ', '\t']);
        }
        if number > 0 {
            breaks += 1;
        }
        if part.is_empty() && number > 0 && number < last {
            continue;
        }
        if number > 0 && !joined {
            let folded = if breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks - 1) };
            decoder.decoded(&folded, TextRange::new(gap, at));
        }
        breaks = 0;
        let backslashes = part.len() - part.trim_end_matches('\\').len();
        joined = escapes && backslashes % 2 == 1 && number < last;
        if joined {
            part = part.get(..part.len() - 1).unwrap_or(part);
        }
        content(decoder, part, at);
        gap = at + part.len();
    }
}

/// The character behind a backslash, and how many bytes the escape takes.
fn unescape(text: &str) -> (String, usize) {
    let Some(kind) = text.chars().nth(1) else { return ("\\".to_owned(), text.len().max(1)) };
    let simple = |c: char| (c.to_string(), 1 + kind.len_utf8());
    let hex = |digits: usize| {
        let code = text.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => (c.to_string(), 2 + digits),
            None => ("\u{fffd}".to_owned(), 2),
        }
    };
    match kind {
        '0' => simple('\0'),
        'a' => simple('\x07'),
        'b' => simple('\x08'),
        't' | '\t' => simple('\t'),
        'n' => simple('\n'),
        'v' => simple('\x0b'),
        'f' => simple('\x0c'),
        'r' => simple('\r'),
        'e' => simple('\x1b'),
        'N' => simple('\u{85}'),
        '_' => simple('\u{a0}'),
        'L' => simple('\u{2028}'),
        'P' => simple('\u{2029}'),
        'x' => hex(2),
        'u' => hex(4),
        'U' => hex(8),
        other => simple(other),
    }
}

/// A block scalar; `range` begins at its `|` or `>`. `parent_indent` is the column of the key.
pub(crate) fn block(text: &str, range: TextRange) -> Scalar {
    let whole = text.get(range.start..).unwrap_or("");
    let header_len = whole.find('\n').map_or(whole.len(), |at| at + 1);
    let header = whole.get(..header_len).unwrap_or("");
    let style = if header.starts_with('>') { Style::Folded } else { Style::Literal };
    let (mut chomp, mut explicit) = (' ', None);
    for c in header.chars().skip(1) {
        match c {
            '+' | '-' => chomp = c,
            '1'..='9' => explicit = c.to_digit(10),
            _ => break,
        }
    }
    let body_start = range.start + header_len;
    let key_indent = line_indent(text, range.start);
    let mut lines: Vec<(usize, &str)> = Vec::new();
    let mut at = body_start;
    let mut indent = explicit.map(|n| key_indent + n as usize);
    for line in text.get(body_start..).unwrap_or("").split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let blanks = content.len() - content.trim_start_matches(' ').len();
        if blanks < content.len() {
            if at >= range.end {
                break;
            }
            indent.get_or_insert(blanks);
        }
        lines.push((at, line));
        at += line.len();
    }
    let indent = indent.unwrap_or(0);
    let mut decoder = Decoder::default();
    let mut content_end = 0;
    let mut pending: Vec<(usize, &str)> = Vec::new();
    let mut after_more = true;
    for (start, line) in lines {
        let content = line.trim_end_matches(['\n', '\r']);
        let ending = line.get(content.len()..).unwrap_or("");
        let end_at = start + content.len();
        let shown = content.get(indent.min(content.len())..).unwrap_or("");
        if shown.is_empty() {
            pending.push((end_at, ending));
            continue;
        }
        let more = shown.starts_with([' ', '\t']);
        flush(&mut decoder, &mut pending, style, more || after_more, content_end);
        after_more = more;
        decoder.verbatim(shown, end_at - shown.len());
        content_end = decoder.value.len();
        pending.push((end_at, ending));
    }
    // What stays pending are the line ends behind the last content.
    let ends: Vec<(usize, &str)> = pending.into_iter().filter(|(_, ending)| !ending.is_empty()).collect();
    let kept = match chomp {
        '-' => 0,
        '+' => ends.len(),
        _ => usize::from(content_end > 0 && !ends.is_empty()),
    };
    for (at, ending) in ends.into_iter().take(kept) {
        newline(&mut decoder, at, ending);
    }
    decoder.finish(style, body_start)
}

/// Puts the line ends between two lines of content: as they are in a literal, folded otherwise.
fn flush(
    decoder: &mut Decoder,
    pending: &mut Vec<(usize, &str)>,
    style: Style,
    keep: bool,
    content_end: usize,
) {
    let ends = std::mem::take(pending);
    if style == Style::Literal || keep || content_end == 0 {
        for (at, ending) in ends {
            newline(decoder, at, ending);
        }
        return;
    }
    match ends.split_first() {
        Some(((at, ending), [])) => decoder.decoded(" ", TextRange::new(*at, at + ending.len())),
        Some((_, rest)) => rest.iter().for_each(|(at, ending)| newline(decoder, *at, ending)),
        None => {}
    }
}

fn newline(decoder: &mut Decoder, at: usize, ending: &str) {
    if ending == "\n" {
        decoder.verbatim("\n", at);
    } else if !ending.is_empty() {
        decoder.decoded("\n", TextRange::new(at, at + ending.len()));
    }
}

/// How far the line of `offset` is indented; the dashes of list items count as blanks.
fn line_indent(text: &str, offset: usize) -> usize {
    let start = text.get(..offset).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
    let line = text.get(start..offset).unwrap_or("");
    line.len() - line.trim_start_matches([' ', '-']).len()
}
