//! The word splitters of BuildKit, each with the place of every word in the joined text. There are
//! three, and they differ: flags (by bytes), words that keep quotes, words between blanks.

use crate::text::TextRange;

/// A word and where it stands in the joined text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) value: String,
    pub(crate) range: TextRange,
}

/// What separates words of the plain splitter: `[\t\v\f\r ]+`.
pub(crate) const fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\x0b' | '\x0c' | '\r' | ' ')
}

/// Whether a byte is blank to those readers of BuildKit's that take bytes for characters.
pub(crate) const fn is_space_byte(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ' | 0x85 | 0xa0)
}

/// Words between blanks. As Go's `Split`, a leading or trailing blank gives an empty word.
pub(crate) fn between_blanks(text: &str, base: usize) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !is_blank(c) {
            continue;
        }
        words.push(word(text, base, start, at));
        start = at + c.len_utf8();
        while let Some((at, c)) = chars.next_if(|(_, c)| is_blank(*c)) {
            start = at + c.len_utf8();
        }
    }
    words.push(word(text, base, start, text.len()));
    words
}

fn word(text: &str, base: usize, start: usize, end: usize) -> Word {
    Word {
        value: text.get(start..end).unwrap_or("").to_owned(),
        range: TextRange::new(base + start, base + end),
    }
}

/// Words that keep their quotes and escapes, as `ARG`, `ENV` and `LABEL` are read.
pub(crate) fn keeping_quotes(text: &str, base: usize, escape: char) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut start, mut blank_ok, mut quote) = (None, false, None);
    let mut chars = text.char_indices().peekable();
    while let Some((at, mut c)) = chars.next() {
        let begin = match start {
            Some(begin) => begin,
            None if c.is_whitespace() => continue,
            None => *start.insert(at),
        };
        match quote {
            None => {
                if c.is_whitespace() {
                    if blank_ok || !word.is_empty() {
                        let range = TextRange::new(base + begin, base + at);
                        words.push(Word { value: std::mem::take(&mut word), range });
                    }
                    (start, blank_ok) = (None, false);
                    continue;
                }
                if c == '\'' || c == '"' {
                    quote = Some(c);
                    blank_ok = true;
                }
                if c == escape {
                    // An escape at the very end is dropped.
                    let Some((_, next)) = chars.next() else { continue };
                    word.push(c);
                    c = next;
                }
                word.push(c);
            }
            Some(open) => {
                if c == open {
                    quote = None;
                }
                if c == escape && open != '\'' {
                    let Some((_, next)) = chars.next() else {
                        quote = None;
                        continue;
                    };
                    word.push(c);
                    c = next;
                }
                word.push(c);
            }
        }
    }
    if let Some(begin) = start
        && (blank_ok || !word.is_empty())
    {
        words.push(Word { value: word, range: TextRange::new(base + begin, base + text.len()) });
    }
    words
}

/// The flags at the head of `text`, and where the rest begins. BuildKit walks bytes as if each were
/// a character, so a byte 0x85 or 0xA0 inside a longer character separates words, and bytes above
/// 0x7F come out as Latin-1.
pub(crate) fn flags(text: &str, base: usize, escape: char) -> (Vec<Word>, usize) {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    loop {
        while bytes.get(at).is_some_and(|byte| is_space_byte(*byte)) {
            at += 1;
        }
        if bytes.get(at) != Some(&b'-') || bytes.get(at + 1) != Some(&b'-') {
            return (words, at);
        }
        let start = at;
        let (mut word, mut blank_ok, mut quote) = (String::new(), false, None);
        while let Some(byte) = bytes.get(at).copied() {
            let mut c = byte;
            match quote {
                None if is_space_byte(c) => break,
                None if c == b'\'' || c == b'"' => {
                    quote = Some(c);
                    blank_ok = true;
                    at += 1;
                    continue;
                }
                Some(open) if c == open => {
                    quote = None;
                    at += 1;
                    continue;
                }
                _ => {}
            }
            if char::from(c) == escape {
                at += 1;
                match bytes.get(at) {
                    Some(next) => c = *next,
                    None => break,
                }
            }
            word.push(char::from(c));
            at += 1;
        }
        let ended = at >= bytes.len();
        if word == "--" {
            return (words, if ended { bytes.len() } else { at });
        }
        if blank_ok || !word.is_empty() {
            // The walk may stop inside a character; places never do.
            let end = (at..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
            words.push(Word { value: word, range: TextRange::new(base + start, base + end) });
        }
        if ended {
            return (words, bytes.len());
        }
    }
}

/// The outcome of reading a text as a JSON array of strings.
pub(crate) enum Json {
    /// It is one.
    Strings(Vec<Word>),
    /// It is an array, but not of strings: BuildKit refuses.
    NotStrings,
    /// It is no JSON array: the shell form.
    No,
}

/// Reads a JSON array of strings; anything behind it makes it none.
pub(crate) fn json(text: &str, base: usize) -> Json {
    let trimmed = text.trim_start();
    if !trimmed.starts_with('[') {
        return Json::No;
    }
    let base = base + (text.len() - trimmed.len());
    // `serde_json` refuses lone surrogates, where Go puts a replacement character.
    let mended = mend_surrogates(trimmed);
    let source = mended.as_deref().unwrap_or(trimmed);
    let Ok(values) = serde_json::from_str::<Vec<serde_json::Value>>(source) else { return Json::No };
    let mut words = Vec::new();
    let places = string_places(trimmed);
    for (at, value) in values.iter().enumerate() {
        let serde_json::Value::String(value) = value else { return Json::NotStrings };
        let range = places.get(at).copied().unwrap_or_default();
        words
            .push(Word { value: value.clone(), range: TextRange::new(base + range.start, base + range.end) });
    }
    Json::Strings(words)
}

/// Where the strings of a flat JSON array stand, quotes included.
fn string_places(text: &str) -> Vec<TextRange> {
    let (mut places, mut open, mut escaped) = (Vec::new(), None, false);
    for (at, byte) in text.bytes().enumerate() {
        match (open, byte) {
            (None, b'"') => open = Some(at),
            (None, b']') => break,
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(start), b'"') => {
                places.push(TextRange::new(start, at + 1));
                open = None;
            }
            _ => {}
        }
    }
    places
}

/// The text with every `\uD8xx` or `\uDCxx` that has no partner replaced by `\uFFFD`.
fn mend_surrogates(text: &str) -> Option<String> {
    if !text.contains("\\uD") && !text.contains("\\ud") {
        return None;
    }
    let unit = |at: usize| {
        let hex = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(hex, 16).ok()
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if c != '\\' {
            out.push(c);
            at += c.len_utf8();
            continue;
        }
        match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => {
                out.push_str(text.get(at..at + 12).unwrap_or(""));
                at += 12;
            }
            (Some(0xd800..=0xdfff), _) => {
                out.push_str("\\uFFFD");
                at += 6;
            }
            _ => {
                let next = text.get(at + 1..).and_then(|rest| rest.chars().next());
                out.push('\\');
                out.extend(next);
                at += 1 + next.map_or(0, char::len_utf8);
            }
        }
    }
    Some(out)
}
