//! Writes texts as scalars of one line: plain where a reader takes them for that text and nothing else,
//! in double quotes otherwise.

use super::CoreType;
use super::core::resolve;

/// A text as a scalar. It can stand as a value, a key or an item, outside of `[…]` and `{…}`.
#[must_use]
pub fn write_scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { write_quoted(text) }
}

/// A text in double quotes, for what would be read as a number or is meant to be seen as a text.
#[must_use]
pub fn write_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_unprintable(c) => out.push_str(&match u32::from(c) {
                code if code <= 0xff => format!("\\x{code:02X}"),
                code if code <= 0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            }),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn is_plain(text: &str) -> bool {
    const FIRST: &str = ",[]{}#&*!|>'\"%@`";
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return false };
    let second = chars.next();
    let indicator = FIRST.contains(first) || "-?:".contains(first) && second.is_none_or(|c| c == ' ');
    let marks = text.starts_with("---") || text.starts_with("...") || matches!(text, "<<" | "=");
    let inside = text.contains(": ") || text.contains(" #") || text.ends_with(':');
    let edges = text.starts_with(' ') || text.ends_with(' ');
    let odd = text.chars().any(|c| c == '\t' || is_unprintable(c));
    let taken = indicator || marks || inside || edges || odd;
    !taken && resolve(text) == CoreType::Str
}

/// What a reader refuses, folds or does not show.
fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::yaml::{NodeKind, parse};

    /// What a reader takes the value of `k` for, and the item of a list.
    fn read(written: &str) -> Vec<Option<String>> {
        let tree = parse(&format!("k: {written}\nl:\n  - {written}\n"));
        assert!(tree.problems.is_empty(), "{written:?} {:?}", tree.problems);
        let root = tree.documents.iter().flatten().next().expect("a document");
        let value = root.get("k").and_then(|entry| entry.value.as_ref());
        let list = root.get("l").and_then(|entry| entry.value.as_ref());
        [value, list.and_then(|list| list.items().first())]
            .into_iter()
            .map(|node| {
                let node = node.filter(|node| matches!(node.kind, NodeKind::Scalar(_)))?;
                (node.core_type() == CoreType::Str).then(|| node.as_str().map(str::to_owned))?
            })
            .collect()
    }

    #[test]
    fn quotes_stand_where_they_are_needed() {
        for plain in
            ["numpy==1.26", "python=3.10", "mcr.microsoft.com/a/b:1", "a b", "pip:x", "--pre", "é", "-r x"]
        {
            assert_eq!(write_scalar(plain), plain);
        }
        for quoted in
            ["", "1.10", "true", "no", "null", "- x", "a: b", "a #b", "*", " a", "a\nb", "2024-01-02", "x:"]
        {
            assert!(write_scalar(quoted).starts_with('"'), "{quoted:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn what_is_written_is_read(text in "[ -~\n\té\u{85}\u{2028}😀]{0,12}") {
            for written in [write_scalar(&text), write_quoted(&text)] {
                prop_assert_eq!(read(&written), vec![Some(text.clone()), Some(text.clone())]);
            }
        }
    }
}
