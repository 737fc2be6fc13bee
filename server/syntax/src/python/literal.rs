//! String literals: decoded as Python decodes them, with a map to the source, and changed under a
//! guard: a change is offered only if reading the changed source gives exactly the changed text.

use super::{Arg, Expr, ExprKind, HOLE};
use crate::map::{Segment, SourceMap};
use crate::text::{HostRange, TextRange};

/// A string: one literal, or several that stand together.
#[derive(Clone, Debug)]
pub struct StringLiteral {
    /// The decoded text; a hole of an f-string is [`HOLE`].
    pub value: String,
    /// From the decoded text to the source.
    pub map: SourceMap,
    /// The literals.
    pub parts: Vec<StringPart>,
    /// Whether an f-string has holes.
    pub has_holes: bool,
    /// Whether it is `bytes`.
    pub bytes: bool,
    /// What was done to the text after decoding, such as `dedent`: then it cannot be edited.
    pub derived: bool,
}

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
    pub quote: String,
    /// The holes of an f-string, braces included.
    pub holes: Vec<TextRange>,
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
}

struct Decoder {
    value: String,
    segments: Vec<Segment>,
}

impl Decoder {
    fn put(&mut self, decoded: &str, source: TextRange, verbatim: bool) {
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

/// Decodes literals that stand together.
pub(super) fn decode(source: &str, parts: Vec<StringPart>) -> StringLiteral {
    let mut decoder = Decoder { value: String::new(), segments: Vec::new() };
    for part in &parts {
        decode_part(source, part, &mut decoder);
    }
    let anchor = parts.first().map_or(0, |part| part.content.start);
    StringLiteral {
        has_holes: parts.iter().any(|part| !part.holes.is_empty()),
        bytes: parts.iter().any(|part| part.has('b')),
        map: SourceMap::from_segments(decoder.segments, anchor),
        value: decoder.value,
        parts,
        derived: false,
    }
}

fn decode_part(source: &str, part: &StringPart, decoder: &mut Decoder) {
    let mut at = part.content.start;
    let mut holes = part.holes.iter().copied().peekable();
    while at < part.content.end {
        if let Some(hole) = holes.next_if(|hole| hole.start <= at) {
            decoder.put(&HOLE.to_string(), hole, false);
            at = hole.end.max(at + 1);
            continue;
        }
        let stop = holes.peek().map_or(part.content.end, |hole| hole.start);
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

impl StringLiteral {
    /// The change of `source`, which this literal was read from, that puts `new` in the place of
    /// `range` of the decoded text: the bytes to replace and what to put there. `None` where the
    /// literal cannot hold it, or where reading it again would give anything else.
    #[must_use]
    pub fn edit(&self, source: &str, range: TextRange, new: &str) -> Option<(TextRange, String)> {
        if self.derived || self.bytes {
            return None;
        }
        let host = self.map.to_host(range);
        let place = TextRange::new(host.start, host.end);
        let part = self.parts.iter().position(|part| part.content.contains_range(place))?;
        let written = self.parts.get(part)?;
        let text = encode(written, source, new)?;
        let mut wanted = self.value.clone();
        if !wanted.is_char_boundary(range.start) || !wanted.is_char_boundary(range.end) {
            return None;
        }
        wanted.replace_range(range.start..range.end, new);
        let mut edited = source.to_owned();
        edited.replace_range(place.start..place.end, &text);
        let again = self.read_again(&edited, place, text.len())?;
        (again == wanted).then_some((place, text))
    }

    /// The decoded text after a change, from a fresh parse of the changed source.
    fn read_again(&self, edited: &str, place: TextRange, new_len: usize) -> Option<String> {
        let first = self.parts.first()?.range.start;
        let last = self.parts.last()?.range.end;
        let end = last + new_len - place.len();
        let module = super::parse(edited);
        let mut pending: Vec<&super::Stmt> = module.body.iter().collect();
        let mut exprs: Vec<&Expr> = Vec::new();
        while let Some(stmt) = pending.pop() {
            if stmt.range.start > first || stmt.range.end < end {
                continue;
            }
            super::build::bodies(stmt, &mut pending, &mut exprs);
        }
        while let Some(expr) = exprs.pop() {
            if let ExprKind::Str(literal) = &expr.kind
                && literal.parts.first().is_some_and(|part| part.range.start == first)
                && literal.parts.last().is_some_and(|part| part.range.end == end)
            {
                return Some(literal.value.clone());
            }
            exprs.extend(super::children(expr).into_iter().filter(|inner| inner.range.touches(first)));
        }
        None
    }
}

/// `new` as it is written in a literal; `None` where a raw literal cannot hold it.
fn encode(part: &StringPart, source: &str, new: &str) -> Option<String> {
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

/// The text of an expression that is a literal, or a literal with `textwrap.dedent`,
/// `inspect.cleandoc`, `.strip()`, `.lstrip()` or `.rstrip()` around it.
#[must_use]
pub fn text_value(expr: &Expr) -> Option<StringLiteral> {
    match &expr.kind {
        ExprKind::Str(literal) => Some((**literal).clone()),
        ExprKind::Call { func, args, .. } => call_value(func, args),
        _ => None,
    }
}

fn call_value(func: &Expr, args: &[Arg]) -> Option<StringLiteral> {
    let name = match &func.kind {
        ExprKind::Name(name) | ExprKind::Attribute { name, .. } => name.as_str(),
        _ => return None,
    };
    match (name, args) {
        ("dedent" | "cleandoc", [arg]) => {
            let ExprKind::Str(literal) = &arg.value.kind else { return None };
            Some(dedent(literal, name == "cleandoc"))
        }
        ("strip" | "lstrip" | "rstrip", []) => {
            let ExprKind::Attribute { object, .. } = &func.kind else { return None };
            let literal = text_value(object)?;
            let text = literal.value.as_str();
            let start = if name == "rstrip" { 0 } else { text.len() - text.trim_start().len() };
            let end = if name == "lstrip" { text.len() } else { text.trim_end().len().max(start) };
            Some(keep(&literal, &[TextRange::new(start, end)]))
        }
        _ => None,
    }
}

fn dedent(literal: &StringLiteral, clean: bool) -> StringLiteral {
    let text = literal.value.as_str();
    let lines: Vec<TextRange> = text
        .split_inclusive('\n')
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some(TextRange::new(start, *at))
        })
        .collect();
    let indent_of = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let skip = usize::from(clean);
    let margin = lines
        .iter()
        .skip(skip)
        .map(|line| line.slice(text))
        .filter(|line| !line.trim().is_empty())
        .map(indent_of)
        .min()
        .unwrap_or(0);
    let mut kept: Vec<TextRange> = lines
        .iter()
        .enumerate()
        .map(|(number, line)| {
            let shown = line.slice(text);
            let cut = if clean && number == 0 { indent_of(shown) } else { margin };
            let blank = shown.trim().is_empty();
            let cut = if blank { shown.trim_end_matches('\n').len() } else { cut.min(indent_of(shown)) };
            TextRange::new(line.start + cut, line.end)
        })
        .collect();
    if clean {
        while kept.first().is_some_and(|line| line.slice(text).trim().is_empty()) {
            kept.remove(0);
        }
        while kept.last().is_some_and(|line| line.slice(text).trim().is_empty()) {
            kept.pop();
        }
        if let Some(last) = kept.last_mut()
            && last.slice(text).ends_with('\n')
        {
            last.end -= 1;
        }
    }
    keep(literal, &kept)
}

/// The literal with only these ranges of its text left.
fn keep(literal: &StringLiteral, ranges: &[TextRange]) -> StringLiteral {
    let mut value = String::new();
    let mut segments = Vec::new();
    for range in ranges {
        let start = value.len();
        value.push_str(range.slice(&literal.value));
        segments.push(Segment {
            text: TextRange::new(start, value.len()),
            host: HostRange::new(range.start, range.end),
            verbatim: true,
        });
    }
    let anchor = ranges.first().map_or(0, |range| range.start);
    let inner = SourceMap::from_segments(segments, anchor);
    StringLiteral { map: inner.through(&literal.map), value, derived: true, ..literal.clone() }
}
