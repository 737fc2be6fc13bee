//! Passes over the characters of a JSON text that never move a byte: they only overwrite.

/// How deep brackets are nested, those in strings left out.
pub(super) fn nesting(text: &str) -> usize {
    let (mut depth, mut most) = (0usize, 0usize);
    outside_strings(text, |_, byte| match byte {
        b'[' | b'{' => {
            depth += 1;
            most = most.max(depth);
        }
        b']' | b'}' => depth = depth.saturating_sub(1),
        _ => {}
    });
    most
}

/// Python's `json` reads `NaN`, `Infinity` and `-Infinity`; other readers take them for numbers once
/// they are digits.
pub(super) fn numbers_of_python(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    if text.contains("NaN") || text.contains("Infinity") {
        outside_strings(text, |at, byte| {
            for word in ["NaN", "Infinity"] {
                if word.as_bytes().first() == Some(&byte)
                    && text.get(at..).is_some_and(|rest| rest.starts_with(word))
                    && let Some(place) = out.get_mut(at..at + word.len())
                {
                    place.fill(b'1');
                }
            }
        });
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// The text with what is half typed made whole, so that it does not swallow what follows: a string is
/// closed at the end of its line, a key that stands in a list closes the list, a key that stands where
/// a value should be gives that one, a comment is blank, a comma that is missing before a string takes the place of a blank.
pub(super) fn closed(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    let mut open: Vec<u8> = Vec::new();
    let (mut after_value, mut after_colon) = (false, false);
    // Where the last token ended; behind it stand blanks and at most one comma.
    let mut gap = 0;
    let mut at = 0;
    while let Some(&byte) = out.get(at) {
        match byte {
            b'"' => {
                let (end, unclosed) = string_end(&out, at);
                if unclosed && end < out.len() {
                    overwrite(&mut out, end, b'"');
                } else if unclosed {
                    out.push(b'"');
                }
                let end = (end + 1).min(out.len());
                let behind =
                    out.get(end..).and_then(|rest| rest.iter().find(|byte| !byte.is_ascii_whitespace()));
                if behind == Some(&b':') && open.last() == Some(&b'[') && at >= gap + 2 {
                    open.pop();
                    overwrite(&mut out, gap, b']');
                    (gap + 1..at).for_each(|blank| overwrite(&mut out, blank, b' '));
                    overwrite(&mut out, gap + 1, b',');
                } else if behind == Some(&b':') && after_colon && at >= gap + 2 {
                    // A key where a value should be: the value before it is not typed yet.
                    overwrite(&mut out, gap, b'1');
                    (gap + 1..at).for_each(|blank| overwrite(&mut out, blank, b' '));
                    overwrite(&mut out, gap + 1, b',');
                } else if after_value && at > gap {
                    overwrite(&mut out, gap, b',');
                }
                (after_value, after_colon, gap, at) = (true, false, end, end);
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'/' | b'#' if let Some(len) = comment(out.get(at..).unwrap_or_default()) => {
                out.get_mut(at..at + len).unwrap_or_default().fill(b' ');
                at += len;
                continue;
            }
            b',' => (after_value, after_colon) = (false, false),
            b':' => (after_value, after_colon, gap) = (false, true, at + 1),
            b'[' | b'{' => {
                open.push(byte);
                (after_value, after_colon, gap) = (false, false, at + 1);
            }
            b']' | b'}' => {
                open.pop();
                (after_value, after_colon, gap) = (true, false, at + 1);
            }
            byte if byte.is_ascii_alphabetic() => {
                // A word that is none of JSON's is half typed; as a number it is one value.
                let len = out.iter().skip(at).take_while(|byte| byte.is_ascii_alphanumeric()).count();
                let word = out.get_mut(at..at + len).unwrap_or_default();
                if !matches!(&*word, b"true" | b"false" | b"null") {
                    word.fill(b'1');
                }
                (after_value, after_colon, gap, at) = (true, false, at + len, at + len);
                continue;
            }
            _ => (after_value, after_colon, gap) = (true, false, at + 1),
        }
        at += 1;
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// The length of the comment that `text` begins with: other dialects have them.
fn comment(text: &[u8]) -> Option<usize> {
    let line = || text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    match text {
        [b'#', ..] | [b'/', b'/', ..] => Some(line()),
        [b'/', b'*', rest @ ..] => {
            let end = rest.windows(2).position(|pair| pair == b"*/");
            Some(end.map_or(text.len(), |end| end + 4))
        }
        _ => None,
    }
}

fn overwrite(out: &mut [u8], at: usize, with: u8) {
    if let Some(place) = out.get_mut(at) {
        *place = with;
    }
}

/// Where the string that opens at `start` ends: at its quote, or, left open, at its line's end.
fn string_end(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            None => return (bytes.len(), true),
            Some(b'"') => return (at, false),
            Some(b'\n') => return (at, true),
            Some(b'\\') => at += if bytes.get(at + 1) == Some(&b'\n') { 1 } else { 2 },
            Some(_) => at += 1,
        }
    }
}

fn outside_strings(text: &str, mut see: impl FnMut(usize, u8)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' {
            at = string_end(bytes, at).0 + 1;
            continue;
        }
        see(at, byte);
        at += 1;
    }
}
