//! Placeholders of template languages, overwritten byte for byte so that readers of YAML and JSON
//! take them for letters or digits. Line by line: a placeholder never spans lines.

use std::borrow::Cow;

/// What a line that holds nothing but one placeholder is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alone {
    /// A value, which is most likely in YAML that is filled in value by value.
    Value,
    /// A comment, as in templates that put whole blocks into their place.
    Comment,
}

/// A placeholder is at most so long; what does not end by then is none.
const MAX_LEN: usize = 400;

/// The text with placeholders as letters, statements of templates as comments; of the same length,
/// line for line.
pub(crate) fn in_yaml(text: &str, alone: Alone) -> Cow<'_, str> {
    masked(text, b'x', b'#', alone)
}

/// The text with placeholders as digits, statements of templates as blanks.
pub(crate) fn in_json(text: &str) -> Cow<'_, str> {
    masked(text, b'1', b' ', Alone::Value)
}

/// Whether a line of the text is a statement of a template, so that what stands between such lines
/// may or may not be there.
pub(crate) fn is_template(text: &str) -> bool {
    text.contains("{%") && text.lines().any(|line| is_statement(line.trim()))
}

/// Whether a line holds, opens or closes a placeholder.
pub(crate) fn holds_mark(line: &str) -> bool {
    ["{{", "}}", "{%", "%}", "#{", "{#", "<%"].iter().any(|mark| line.contains(mark))
}

fn is_statement(trimmed: &str) -> bool {
    trimmed.len() >= 4
        && (trimmed.starts_with("{%") && trimmed.ends_with("%}")
            || trimmed.starts_with("{#") && trimmed.ends_with("#}"))
}

fn masked(text: &str, letter: u8, comment: u8, alone: Alone) -> Cow<'_, str> {
    const MARKS: [&str; 6] = ["{{", "{%", "#{", "{#", "%", "@"];
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return Cow::Borrowed(text);
    }
    let mut out = text.as_bytes().to_vec();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(place) = out.get_mut(start..start + line.len()) {
            mask_line(line, place, letter, comment, alone);
        }
        start += line.len();
    }
    // Whole placeholders are overwritten, so no character is cut; were one, the text stands as it is.
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn mask_line(line: &str, out: &mut [u8], letter: u8, comment: u8, alone: Alone) {
    let content = line.trim_end();
    let trimmed = content.trim_start();
    let lead = content.len() - trimmed.len();
    let mut fill = |from: usize, to: usize, with: u8| {
        for place in out.iter_mut().take(to).skip(from) {
            if !matches!(*place, b' ' | b'\t') || with == letter {
                *place = with;
            }
        }
    };
    if is_statement(trimmed) {
        fill(lead, content.len(), comment);
        return;
    }
    let bytes = content.as_bytes();
    let last_close = content.rfind("}}");
    let mut at = lead;
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or(&[]);
        let end = match byte {
            b'{' if rest.starts_with(b"{{") && last_close.is_some_and(|close| close > at) => braces(rest),
            b'{' if rest.starts_with(b"{%") => closed_by(rest, b"%}"),
            b'#' if rest.starts_with(b"#{") => closed_by(rest, b"}#"),
            b'%' | b'@' => named(rest, byte),
            _ => None,
        };
        let Some(len) = end else {
            at += 1;
            continue;
        };
        // `${{` belongs to the placeholder.
        let start = if byte == b'{' && at > lead && bytes.get(at - 1) == Some(&b'$') { at - 1 } else { at };
        let whole = alone == Alone::Comment && start == lead && at + len == content.len();
        fill(start, at + len, if whole { comment } else { letter });
        at += len;
    }
}

/// The length of `{{…}}`. Braces inside it are balanced where they are (a regular expression may end
/// in one); where they are not, or only behind a quote, it ends at the first `}}`.
fn braces(text: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut first_close = None;
    for (at, byte) in text.iter().enumerate().take(MAX_LEN) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    // Braces that balance only behind a quote belong to something else.
                    let quoted = |from: usize| text.get(from..at).is_some_and(|rest| rest.contains(&b'"'));
                    return first_close.filter(|close| quoted(*close)).or(Some(at + 1));
                }
                if first_close.is_none() && text.get(at + 1) == Some(&b'}') {
                    first_close = Some(at + 2);
                }
            }
            _ => {}
        }
    }
    first_close
}

fn closed_by(text: &[u8], close: &[u8]) -> Option<usize> {
    let inside = text.get(2..text.len().min(MAX_LEN))?;
    inside.windows(close.len()).position(|window| window == close).map(|at| 2 + at + close.len())
}

/// The length of `%NAME%` or `@NAME@`.
fn named(text: &[u8], mark: u8) -> Option<usize> {
    let inside = text.get(1..text.len().min(MAX_LEN))?;
    let len =
        inside.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')))?;
    (len > 0 && inside.get(len) == Some(&mark)).then_some(len + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_letters_of_the_same_length() {
        for (before, after) in [
            ("a: {{b}}\n", "a: xxxxx\n"),
            ("a: ${{parent.x}}:1", "a: xxxxxxxxxxxxx:1"),
            ("a: x:{{t:\\d{6}}}", "a: x:xxxxxxxxxxx"),
            ("{a: {{b}}}", "{a: xxxxx}"),
            ("a: {{ '{' }}", "a: xxxxxxxxx"),
            ("a: #{b}#", "a: xxxxx"),
            ("a: %B_C%, @d@ 5% @x", "a: xxxxx, xxx 5% @x"),
            ("  {% if é %}\r\n", "  ## ## ## ##\r\n"),
            ("a: {b: c}", "a: {b: c}"),
            ("a: {{b", "a: {{b"),
        ] {
            assert_eq!(in_yaml(before, Alone::Value), after);
            assert_eq!(in_yaml(before, Alone::Value).len(), before.len());
        }
        assert_eq!(in_yaml("  {{ a }}\n", Alone::Comment), "  ## # ##\n");
        assert_eq!(in_json("{\"a\": {{b}}}"), "{\"a\": 11111}");
    }

    #[test]
    fn a_long_line_of_openings_is_read_in_time() {
        let text = "{{a".repeat(100_000) + "}}";
        assert_eq!(in_yaml(&text, Alone::Value).len(), text.len());
    }
}
