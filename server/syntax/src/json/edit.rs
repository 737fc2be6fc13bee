//! Changes the text inside a JSON string, so that the file decodes to exactly the changed text.

use super::string;
use crate::text::TextRange;
use crate::yaml::{Node, NodeKind, Style};

/// The change of `text` that replaces `range` of the decoded value of `node`, a string of it, by
/// `new`: what to put where. `None` where the string would not decode to that afterwards.
#[must_use]
pub fn edit(text: &str, node: &Node, range: TextRange, new: &str) -> Option<(TextRange, String)> {
    let NodeKind::Scalar(scalar) = &node.kind else { return None };
    if scalar.style != Style::DoubleQuoted {
        return None;
    }
    let expected = [scalar.value.get(..range.start)?, new, scalar.value.get(range.end..)?].concat();
    let host = scalar.map.to_host(range);
    let place = TextRange::new(host.start, host.end);
    let written = encoded(new);
    let string = node.range;
    if !string.contains_range(place) {
        return None;
    }
    let changed = [text.get(string.start..place.start)?, &written, text.get(place.end..string.end)?].concat();
    let decoded = string::decode(&changed, TextRange::new(0, changed.len()));
    (decoded.value == expected && is_one_string(&changed, string.slice(text))).then_some((place, written))
}

/// The text as it stands between the quotes of a JSON string.
fn encoded(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("").to_owned()
}

/// Whether the literal ends where it did: at its own quote, or open at its end as `before` was.
fn is_one_string(literal: &str, before: &str) -> bool {
    let ends_at_quote = |text: &str| {
        let mut escaped = false;
        let inner = text.get(1..).unwrap_or("");
        inner.char_indices().find_map(|(at, c)| match c {
            _ if escaped => {
                escaped = false;
                None
            }
            '\\' => {
                escaped = true;
                None
            }
            '"' => Some(at + 2),
            _ => None,
        })
    };
    match ends_at_quote(literal) {
        Some(end) => end == literal.len(),
        None => ends_at_quote(before).is_none(),
    }
}
