//! Scalars: their values as PyYAML's scanner decodes them, and where each byte of a value came from.

use super::core::{self, CoreType};
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
    /// The type that its writing alone gives it; a tag may say otherwise, which
    /// [`Node::core_type`](super::Node::core_type) knows.
    pub(crate) core: CoreType,
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
pub(crate) struct Decoder {
    value: String,
    segments: Vec<Segment>,
}

impl Decoder {
    /// Text that stands in the source at `source` as it is.
    pub(crate) fn verbatim(&mut self, text: &str, source: usize) {
        if text.is_empty() {
            return;
        }
        let start = self.value.len();
        self.value.push_str(text);
        if let Some(last) = self.segments.last_mut()
            && last.verbatim
            && last.host.end == source
        {
            last.text.end = self.value.len();
            last.host.end = source + text.len();
            return;
        }
        let host = HostRange::new(source, source + text.len());
        self.segments.push(Segment { text: TextRange::new(start, self.value.len()), host, verbatim: true });
    }

    /// Text that something else at `source` stands for.
    pub(crate) fn decoded(&mut self, text: &str, source: TextRange) {
        if text.is_empty() {
            return;
        }
        let start = self.value.len();
        self.value.push_str(text);
        let host = HostRange::new(source.start, source.end);
        self.segments.push(Segment { text: TextRange::new(start, self.value.len()), host, verbatim: false });
    }

    /// A line end, which decodes to a line feed.
    fn line_end(&mut self, ending: &str, source: usize) {
        match ending {
            "\n" => self.verbatim("\n", source),
            "" => {}
            _ => self.decoded("\n", TextRange::new(source, source + ending.len())),
        }
    }

    pub(crate) fn finish(self, style: Style, core: CoreType, anchor: usize) -> Scalar {
        Scalar { value: self.value, style, map: SourceMap::from_segments(self.segments, anchor), core }
    }
}

/// A plain scalar at `range` of `text`.
pub(crate) fn plain(text: &str, range: TextRange) -> Scalar {
    let mut decoder = Decoder::default();
    flow(range.slice(text), range.start, Style::Plain, &mut decoder);
    let core = core::resolve(&decoder.value);
    decoder.finish(Style::Plain, core, range.start)
}

/// A scalar in single quotes; `range` holds the quotes.
pub(crate) fn single_quoted(text: &str, range: TextRange) -> Scalar {
    quoted(text, range, Style::SingleQuoted)
}

/// A scalar in double quotes; `range` holds the quotes.
pub(crate) fn double_quoted(text: &str, range: TextRange) -> Scalar {
    quoted(text, range, Style::DoubleQuoted)
}

fn quoted(text: &str, range: TextRange, style: Style) -> Scalar {
    let quote = if style == Style::SingleQuoted { '\'' } else { '"' };
    let whole = range.slice(text);
    let start = range.start + usize::from(whole.starts_with(quote));
    let closed = whole.len() >= 2 && whole.ends_with(quote);
    let inner = TextRange::new(start, if closed { range.end - 1 } else { range.end });
    let mut decoder = Decoder::default();
    flow(inner.slice(text), inner.start, style, &mut decoder);
    decoder.finish(style, CoreType::Str, inner.start)
}

/// The text of a flow scalar: lines are folded (one line break is a blank, more are one fewer
/// breaks), escapes decoded.
fn flow(text: &str, base: usize, style: Style, decoder: &mut Decoder) {
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or("");
        let stop = rest
            .find(|c: char| {
                matches!(c, ' ' | '\t' | '\n' | '\r')
                    || c == '\\' && style == Style::DoubleQuoted
                    || c == '\'' && style == Style::SingleQuoted
            })
            .unwrap_or(rest.len());
        decoder.verbatim(rest.get(..stop).unwrap_or(""), base + at);
        at += stop;
        let rest = text.get(at..).unwrap_or("");
        match rest.chars().next() {
            None => break,
            Some('\'') => {
                let len = if rest.starts_with("''") { 2 } else { 1 };
                decoder.decoded("'", TextRange::new(base + at, base + at + len));
                at += len;
            }
            Some('\\') => {
                if let Some(ending) = line_end(rest.get(1..).unwrap_or("")) {
                    // An escaped line break is none; empty lines behind it are.
                    let (breaks, len) = breaks(rest.get(1 + ending..).unwrap_or(""));
                    let len = 1 + ending + len;
                    decoder.decoded(&"\n".repeat(breaks), TextRange::new(base + at, base + at + len));
                    at += len;
                } else {
                    let (decoded, len) = unescape(rest);
                    decoder.decoded(&decoded, TextRange::new(base + at, base + at + len));
                    at += len;
                }
            }
            Some(_) => {
                let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
                let behind = rest.get(blanks..).unwrap_or("");
                let Some(ending) = line_end(behind) else {
                    decoder.verbatim(rest.get(..blanks).unwrap_or(""), base + at);
                    at += blanks;
                    continue;
                };
                let (breaks, len) = breaks(behind.get(ending..).unwrap_or(""));
                let len = blanks + ending + len;
                let folded = if breaks == 0 { " ".to_owned() } else { "\n".repeat(breaks) };
                decoder.decoded(&folded, TextRange::new(base + at, base + at + len));
                at += len;
            }
        }
    }
}

/// How many empty lines `text` begins with, and the bytes of these and of the blanks behind them.
fn breaks(text: &str) -> (usize, usize) {
    let (mut count, mut at) = (0, 0);
    loop {
        let rest = text.get(at..).unwrap_or("");
        at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
        match line_end(text.get(at..).unwrap_or("")) {
            Some(len) => (count, at) = (count + 1, at + len),
            None => return (count, at),
        }
    }
}

/// The length of the line end that `text` begins with.
fn line_end(text: &str) -> Option<usize> {
    if text.starts_with("\r\n") {
        return Some(2);
    }
    text.starts_with(['\n', '\r']).then_some(1)
}

/// The character behind a backslash, and how many bytes the escape takes.
fn unescape(text: &str) -> (String, usize) {
    let Some(kind) = text.chars().nth(1) else { return ("\\".to_owned(), text.len().max(1)) };
    let simple = |c: char| (c.to_string(), 1 + kind.len_utf8());
    let hex = |digits: usize| {
        let code = text
            .get(2..2 + digits)
            .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match code {
            Some(code) => (char::from_u32(code).unwrap_or('\u{fffd}').to_string(), 2 + digits),
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

/// A block scalar and the offset behind its last content.
pub(crate) struct Block {
    pub(crate) scalar: Scalar,
    /// Behind the last character of its last line with content, or of its header.
    pub(crate) end: usize,
}

/// A block scalar that begins at `start` with its `|` or `>`. `parent` is the column of the mapping
/// or list that it stands in; `None` at the root.
pub(crate) fn block(text: &str, start: usize, parent: Option<usize>) -> Block {
    let mut lines = Lines { text, at: start };
    let (_, header, _) = lines.next().unwrap_or((start, "", ""));
    let style = if header.starts_with('>') { Style::Folded } else { Style::Literal };
    let (mut chomp, mut explicit) = (None, None);
    for c in header.chars().skip(1) {
        match c {
            '+' | '-' => chomp = Some(c),
            '1'..='9' => explicit = c.to_digit(10).map(|digit| digit as usize),
            _ => break,
        }
    }
    let body = lines.at;
    let least = parent.map_or(1, |parent| parent + 1);
    let indent = match explicit {
        Some(explicit) => least + explicit - 1,
        None => detected_indent(text, body).max(least),
    };
    let mut decoder = Decoder::default();
    let mut end = start + header.trim_end().len();
    // The line ends since the last line with content, that one's first.
    let mut pending: Vec<(usize, &str)> = Vec::new();
    let (mut any, mut folds) = (false, false);
    for (at, content, ending) in lines {
        let blanks = content.len() - content.trim_start_matches(' ').len();
        if blanks < indent {
            if blanks < content.len() {
                break;
            }
            // Fewer blanks than the indentation and nothing else: an empty line.
            pending.push((at + content.len(), ending));
            continue;
        }
        let shown = content.get(indent..).unwrap_or("");
        if shown.is_empty() {
            pending.push((at + content.len(), ending));
            continue;
        }
        let fold_here = !shown.starts_with([' ', '\t']);
        between(&mut decoder, &pending, any, style == Style::Folded && folds && fold_here);
        pending.clear();
        decoder.verbatim(shown, at + indent);
        pending.push((at + content.len(), ending));
        (any, folds) = (true, fold_here);
        end = at + content.len();
    }
    // Without content every line end is an empty line; the first behind content is the content's own.
    let (own, trailing) = if any { pending.split_at(pending.len().min(1)) } else { pending.split_at(0) };
    if chomp != Some('-') {
        own.iter().for_each(|(at, ending)| decoder.line_end(ending, *at));
    }
    if chomp == Some('+') {
        trailing.iter().for_each(|(at, ending)| decoder.line_end(ending, *at));
    }
    Block { scalar: decoder.finish(style, CoreType::Str, body), end }
}

/// The line ends between two lines with content, or before the first.
fn between(decoder: &mut Decoder, ends: &[(usize, &str)], any: bool, fold: bool) {
    if !any || !fold {
        ends.iter().for_each(|(at, ending)| decoder.line_end(ending, *at));
        return;
    }
    match ends {
        [(at, ending)] => decoder.decoded(" ", TextRange::new(*at, at + ending.len())),
        [_, rest @ ..] => rest.iter().for_each(|(at, ending)| decoder.line_end(ending, *at)),
        [] => {}
    }
}

/// The widest indentation of the empty lines from `body` and of the first line with content.
fn detected_indent(text: &str, body: usize) -> usize {
    let mut widest = 0;
    for (_, content, _) in (Lines { text, at: body }) {
        let blanks = content.len() - content.trim_start_matches(' ').len();
        widest = widest.max(blanks);
        if blanks < content.len() {
            break;
        }
    }
    widest
}

/// The lines of a text from an offset: where each begins, what it holds and how it ends.
pub(crate) struct Lines<'t> {
    pub(crate) text: &'t str,
    pub(crate) at: usize,
}

impl<'t> Iterator for Lines<'t> {
    type Item = (usize, &'t str, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let len = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let ending = line_end(rest.get(len..).unwrap_or("")).unwrap_or(0);
        let line = (self.at, rest.get(..len).unwrap_or(""), rest.get(len..len + ending).unwrap_or(""));
        self.at += len + ending;
        Some(line)
    }
}
