//! Placeholders of template languages, overwritten byte for byte so that YAML readers take them for
//! plain letters. Line by line: a placeholder never spans lines.

use std::borrow::Cow;

/// The text with placeholders overwritten; of the same length, line for line.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    const MARKS: [&str; 4] = ["{{", "{%", "#{", "{#"];
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        mask_line(line, &mut out);
    }
    Cow::Owned(out)
}

fn mask_line(line: &str, out: &mut String) {
    let trimmed = line.trim();
    if trimmed.starts_with("{%") && trimmed.ends_with("%}")
        || trimmed.starts_with("{#") && trimmed.ends_with("#}")
    {
        // A statement of the template stands on a line of its own: a comment, as far as YAML goes.
        let mut masked = String::with_capacity(line.len());
        for c in line.chars() {
            match c {
                '\n' | '\r' | ' ' | '\t' => masked.push(c),
                _ => masked.push_str(&"#".repeat(c.len_utf8())),
            }
        }
        out.push_str(&masked);
        return;
    }
    let mut rest = line;
    while let Some((at, close)) = next_open(rest) {
        let Some(end) = rest.get(at + 2..).and_then(|inside| inside.find(close)) else { break };
        let mut end = at + 2 + end + close.len();
        // `${{` belongs to the placeholder, and a regular expression in it may end in braces.
        let start = if rest.get(..at).is_some_and(|head| head.ends_with('$')) { at - 1 } else { at };
        while close == "}}" && rest.as_bytes().get(end) == Some(&b'}') {
            end += 1;
        }
        out.push_str(rest.get(..start).unwrap_or(""));
        out.push_str(&"x".repeat(end - start));
        rest = rest.get(end..).unwrap_or("");
    }
    out.push_str(rest);
}

fn next_open(text: &str) -> Option<(usize, &'static str)> {
    const PAIRS: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("#{", "}#")];
    PAIRS.iter().filter_map(|(open, close)| Some((text.find(open)?, *close))).min_by_key(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn placeholders_become_letters_of_the_same_length() {
        for (before, after) in [
            ("a: {{b}}\n", "a: xxxxx\n"),
            ("a: ${{parent.x}}:1", "a: xxxxxxxxxxxxx:1"),
            ("a: x:{{t:\\d{6}}}", "a: x:xxxxxxxxxxx"),
            ("a: #{b}#", "a: xxxxx"),
            ("  {% if é %}\r\n", "  ## ## ## ##\r\n"),
            ("a: {b: c}", "a: {b: c}"),
        ] {
            assert_eq!(mask(before), after);
            assert_eq!(mask(before).len(), before.len());
        }
    }
}
