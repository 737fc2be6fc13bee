//! One string literal: decoded as Python decodes it, with a map to the source, and written again.
//! Knows nothing of what code does with it.

use super::HOLE;
use crate::map::Segment;
use crate::text::{HostRange, TextRange};

/// One literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringPart {
    /// Prefix, quotes and all.
    pub range: TextRange,
    /// What stands between the quotes.
    pub content: TextRange,
    /// `r`, `f`, `rb`, …, as written.
    pub prefix: String,
    /// The quote: one or three characters.
    pub quote: &'static str,
    /// The holes of an f-string.
    pub holes: Vec<Hole>,
}

/// A hole of an f-string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// All of it, braces included.
    pub range: TextRange,
    /// The name or chain of names in it, where it holds nothing else: `{BASE}`, `{Config.IMAGE}`.
    pub name: Option<String>,
}

impl StringPart {
    fn has(&self, flag: char) -> bool {
        self.prefix.chars().any(|c| c.eq_ignore_ascii_case(&flag))
    }

    /// Whether backslashes stand for themselves.
    #[must_use]
    pub fn raw(&self) -> bool {
        self.has('r')
    }

    /// Whether it is an f-string.
    #[must_use]
    pub fn formatted(&self) -> bool {
        self.has('f') || self.has('t')
    }

    /// Whether it is no text: `bytes`, or a template.
    #[must_use]
    pub fn foreign(&self) -> bool {
        self.has('b') || self.has('t')
    }

    /// The part after a change of the source that replaces `place` by `len` bytes.
    pub(super) fn after(&self, place: TextRange, len: usize) -> Self {
        // The quotes keep the contents of two literals apart: what touches this one belongs to it.
        let grown = |range: TextRange| {
            if range.contains_range(place) {
                TextRange::new(range.start, range.end - place.len() + len)
            } else {
                moved(range, place, len)
            }
        };
        Self {
            range: grown(self.range),
            content: grown(self.content),
            prefix: self.prefix.clone(),
            quote: self.quote,
            holes: self
                .holes
                .iter()
                .map(|hole| Hole { range: moved(hole.range, place, len), name: hole.name.clone() })
                .collect(),
        }
    }
}

/// Where a range that `place` does not touch is once `place` was replaced by `len` bytes.
pub(super) fn moved(range: TextRange, place: TextRange, len: usize) -> TextRange {
    let at = |offset: usize| if offset >= place.end { offset - place.len() + len } else { offset };
    TextRange::new(at(range.start), at(range.end))
}

/// A text and where it came from, while it grows.
#[derive(Clone, Debug, Default)]
pub(super) struct Decoder {
    pub(super) value: String,
    pub(super) segments: Vec<Segment>,
    /// Where pieces from elsewhere begin and end.
    pub(super) breaks: Vec<usize>,
}

impl Decoder {
    pub(super) fn put(&mut self, decoded: &str, source: TextRange, verbatim: bool) {
        if decoded.is_empty() {
            return;
        }
        let start = self.value.len();
        self.value.push_str(decoded);
        let text = TextRange::new(start, self.value.len());
        if verbatim
            && let Some(last) = self.segments.last_mut()
            && last.verbatim
            && last.host.end == source.start
        {
            last.text.end = text.end;
            last.host.end = source.end;
            return;
        }
        self.segments.push(Segment { text, host: HostRange::new(source.start, source.end), verbatim });
    }
}

/// Decodes one literal behind what is there already. `fill` says what stands in its holes.
pub(super) fn decode_part(
    source: &str,
    part: &StringPart,
    decoder: &mut Decoder,
    mut fill: impl FnMut(usize, &Hole, &mut Decoder),
) {
    let mut at = part.content.start;
    let mut holes = part.holes.iter().enumerate().peekable();
    while at < part.content.end {
        if let Some((number, hole)) = holes.next_if(|(_, hole)| hole.range.start <= at) {
            fill(number, hole, decoder);
            at = hole.range.end.max(at + 1);
            continue;
        }
        let stop = holes.peek().map_or(part.content.end, |(_, hole)| hole.range.start);
        let Some(rest) = source.get(at..stop) else { return };
        let special = rest.find(|c| matches!(c, '\\' | '\r') || part.formatted() && matches!(c, '{' | '}'));
        let plain = special.unwrap_or(rest.len());
        decoder.put(rest.get(..plain).unwrap_or(""), TextRange::new(at, at + plain), true);
        at += plain;
        let Some(rest) = rest.get(plain..).filter(|rest| !rest.is_empty()) else { continue };
        let (decoded, len) = special_at(rest, part);
        let verbatim = rest.get(..len) == Some(decoded.as_str());
        decoder.put(&decoded, TextRange::new(at, at + len), verbatim);
        at += len;
    }
}

/// What the special character at the head of `rest` decodes to, and how many bytes it takes.
fn special_at(rest: &str, part: &StringPart) -> (String, usize) {
    if rest.starts_with("\r\n") {
        return ("\n".to_owned(), 2);
    }
    if rest.starts_with('\r') {
        return ("\n".to_owned(), 1);
    }
    if rest.starts_with("{{") || rest.starts_with("}}") {
        return (rest.get(..1).unwrap_or("").to_owned(), 2);
    }
    if !rest.starts_with('\\') || part.raw() {
        return (rest.get(..1).unwrap_or("").to_owned(), 1);
    }
    escape(rest, part.has('b'))
}

/// An escape. An unknown one stands for itself, backslash and all.
fn escape(rest: &str, bytes: bool) -> (String, usize) {
    let Some(kind) = rest.chars().nth(1) else { return ("\\".to_owned(), 1) };
    let simple = |text: &str| (text.to_owned(), 2);
    let hex = |digits: usize| {
        let code = rest.get(2..2 + digits).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match code.and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
            // A lone surrogate is legal in Python and impossible here.
            Some(code) => {
                (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).to_string(), 2 + digits)
            }
            None => ("\\".to_owned(), 1),
        }
    };
    match kind {
        '\n' => (String::new(), 2),
        '\r' => (String::new(), if rest.starts_with("\\\r\n") { 3 } else { 2 }),
        '\\' => simple("\\"),
        '\'' => simple("'"),
        '"' => simple("\""),
        'a' => simple("\x07"),
        'b' => simple("\x08"),
        'f' => simple("\x0c"),
        'n' => simple("\n"),
        'r' => simple("\r"),
        't' => simple("\t"),
        'v' => simple("\x0b"),
        'x' => hex(2),
        'u' if !bytes => hex(4),
        'U' if !bytes => hex(8),
        'N' if !bytes && rest.starts_with("\\N{") => match rest.find('}') {
            Some(end) => (HOLE.to_string(), end + 1),
            None => ("\\".to_owned(), 1),
        },
        '0'..='7' => {
            let digits: String =
                rest.chars().skip(1).take(3).take_while(|c| matches!(c, '0'..='7')).collect();
            let code = u32::from_str_radix(&digits, 8).unwrap_or(0);
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).to_string(), 1 + digits.len())
        }
        _ => ("\\".to_owned(), 1),
    }
}

/// `new` as it is written in a literal that stands in `source`; `None` where a raw literal cannot hold it.
pub(super) fn encode(part: &StringPart, source: &str, new: &str) -> Option<String> {
    let triple = part.quote.len() == 3;
    let crlf = part.content.slice(source).contains("\r\n");
    let mut out = String::new();
    for c in new.chars() {
        match c {
            '\n' if triple => out.push_str(if crlf { "\r\n" } else { "\n" }),
            '\n' if part.raw() => return None,
            '\n' => out.push_str("\\n"),
            '\r' if part.raw() => return None,
            '\r' => out.push_str("\\r"),
            '\\' if !part.raw() => out.push_str("\\\\"),
            '{' | '}' if part.formatted() => {
                out.push(c);
                out.push(c);
            }
            c if part.quote.starts_with(c) && !part.raw() => {
                out.push('\\');
                out.push(c);
            }
            HOLE => return None,
            c => out.push(c),
        }
    }
    Some(out)
}
