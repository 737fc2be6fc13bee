//! Decodes a JSON string, with the way back from each byte.

use crate::text::TextRange;
use crate::yaml::CoreType;
use crate::yaml::scalar::{Decoder, Scalar, Style};

/// The string at `range` of `text`, its quotes included; the closing one may be missing.
pub(crate) fn decode(text: &str, range: TextRange) -> Scalar {
    let whole = range.slice(text);
    let inner_start = range.start + usize::from(whole.starts_with('"'));
    let closed = whole.len() >= 2 && whole.ends_with('"');
    let inner = TextRange::new(inner_start, if closed { range.end - 1 } else { range.end }).slice(text);
    let mut decoder = Decoder::default();
    let mut from = 0;
    while let Some(escape) = inner.get(from..).and_then(|rest| rest.find('\\')).map(|at| at + from) {
        decoder.verbatim(inner.get(from..escape).unwrap_or(""), inner_start + from);
        let (character, len) = unescape(inner.get(escape..).unwrap_or(""));
        let mut buffer = [0; 4];
        let place = TextRange::new(inner_start + escape, inner_start + escape + len);
        decoder.decoded(character.encode_utf8(&mut buffer), place);
        from = escape + len;
    }
    decoder.verbatim(inner.get(from..).unwrap_or(""), inner_start + from);
    decoder.finish(Style::DoubleQuoted, CoreType::Str, inner_start)
}

/// The character that `text` begins with, a backslash in front, and how many bytes it takes.
fn unescape(text: &str) -> (char, usize) {
    let Some(kind) = text.chars().nth(1) else { return ('\\', 1) };
    let decoded = match kind {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unescape_unit(text),
        other => other,
    };
    (decoded, 1 + kind.len_utf8())
}

/// `\uXXXX`, two of them where they are the halves of one character.
fn unescape_unit(text: &str) -> (char, usize) {
    let unit = |at: usize| -> Option<u32> {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let Some(first) = unit(0) else { return ('\u{fffd}', 2) };
    if let Some(second) = unit(6).filter(|second| (0xdc00..0xe000).contains(second))
        && (0xd800..0xdc00).contains(&first)
    {
        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(code).unwrap_or('\u{fffd}'), 12);
    }
    (char::from_u32(first).unwrap_or('\u{fffd}'), 6)
}
