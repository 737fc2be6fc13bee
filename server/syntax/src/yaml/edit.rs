//! Changes the text inside a YAML scalar, so that the file decodes to exactly the changed text and
//! to nothing else that is new.
//!
//! How a change is written depends on the style and on what stands around it: a line of a block
//! scalar needs its indentation, a line break of a folded one is two. Rather than to foresee every
//! case, a few ways of writing are tried, and the first that the reader takes for what was meant is
//! the answer.

use super::{Node, NodeKind, Style, Yaml, parse};
use crate::text::TextRange;

/// The change of `text` that replaces `range` of the decoded value of `node`, a scalar of it, by
/// `new`: what to put where. `None` where the style of the scalar cannot hold the changed text.
#[must_use]
pub fn edit(text: &str, node: &Node, range: TextRange, new: &str) -> Option<(TextRange, String)> {
    let NodeKind::Scalar(scalar) = &node.kind else { return None };
    if node.resolved_alias {
        return None;
    }
    let expected = [scalar.value.get(..range.start)?, new, scalar.value.get(range.end..)?].concat();
    let host = scalar.map.to_host(range);
    let place = TextRange::new(host.start, host.end);
    let before = parse(text);
    let tried = ways(text, node, scalar.style, place, new);
    tried.into_iter().find(|(place, written)| {
        let (Some(head), Some(tail)) = (text.get(..place.start), text.get(place.end..)) else { return false };
        holds(&before, &parse(&[head, written, tail].concat()), node, &expected)
    })
}

/// The ways in which the change could be written, the plainest first.
fn ways(text: &str, node: &Node, style: Style, place: TextRange, new: &str) -> Vec<(TextRange, String)> {
    match style {
        Style::DoubleQuoted => vec![(place, double_quoted(new))],
        Style::SingleQuoted | Style::Plain => {
            let escaped = if style == Style::SingleQuoted { new.replace('\'', "''") } else { new.to_owned() };
            let lead = line_indent(text, node.range.start) + 2;
            let eol = line_end(text);
            // Between words a line break is written as an empty line.
            let broken = escaped.replace('\n', &format!("{eol}{eol}{}", " ".repeat(lead)));
            vec![(place, broken)]
        }
        Style::Literal | Style::Folded => block(text, node, style, place, new),
    }
}

fn block(text: &str, node: &Node, style: Style, place: TextRange, new: &str) -> Vec<(TextRange, String)> {
    let eol = line_end(text);
    let indent = " ".repeat(block_indent(text, node));
    let line_start = start_of_line(text, place.start);
    let in_indentation = text.get(line_start..place.start).is_some_and(|head| head.trim().is_empty());
    // A change that begins with its line may take the indentation away with it.
    let mut places = vec![place];
    if in_indentation && line_start < place.start {
        places.push(TextRange::new(line_start, place.end));
    }
    let open_end = place.start == text.len() && !text.ends_with(['\n', '\r']);
    let mut out = Vec::new();
    for place in places {
        for breaks in if style == Style::Folded { [2, 1] } else { [1, 1] } {
            for (lead, trail) in [(false, true), (true, false), (true, true), (false, false)] {
                let mut written = String::new();
                let mut lines = new.split('\n').peekable();
                let mut first = true;
                while let Some(line) = lines.next() {
                    let last = lines.peek().is_none();
                    // An empty line needs no indentation; the last one is where the old text goes on.
                    let wanted = match (first, last) {
                        (true, _) => lead && place.start == line_start,
                        (false, true) => trail || !line.is_empty(),
                        (false, false) => !line.is_empty(),
                    };
                    if first && lead && open_end {
                        written.push_str(eol);
                    }
                    if wanted {
                        written.push_str(&indent);
                    }
                    written.push_str(line);
                    if !last {
                        (0..breaks).for_each(|_| written.push_str(eol));
                    }
                    first = false;
                }
                if !out.contains(&(place, written.clone())) {
                    out.push((place, written));
                }
            }
        }
    }
    out
}

/// Whether both readings are the same but for the value of `node`, which must be `expected` now.
fn holds(before: &Yaml, after: &Yaml, node: &Node, expected: &str) -> bool {
    if before.documents.len() != after.documents.len() || before.problems.len() != after.problems.len() {
        return false;
    }
    let mut found = false;
    let mut pending: Vec<(Option<&Node>, Option<&Node>)> =
        before.documents.iter().zip(&after.documents).map(|(a, b)| (a.as_ref(), b.as_ref())).collect();
    while let Some((a, b)) = pending.pop() {
        let (a, b) = match (a, b) {
            (None, None) => continue,
            (Some(a), Some(b)) => (a, b),
            _ => return false,
        };
        if a.tag != b.tag || a.anchor != b.anchor || a.core_type() != b.core_type() {
            return false;
        }
        match (&a.kind, &b.kind) {
            (NodeKind::Scalar(x), NodeKind::Scalar(y)) => {
                let changed = a.origin == node.origin && !a.resolved_alias;
                found |= changed;
                let wanted = if changed { expected } else { &x.value };
                if y.value != wanted || x.style != y.style {
                    return false;
                }
            }
            (NodeKind::Mapping(x), NodeKind::Mapping(y)) if x.len() == y.len() => {
                for (x, y) in x.iter().zip(y) {
                    pending.push((Some(&x.key), Some(&y.key)));
                    pending.push((x.value.as_ref(), y.value.as_ref()));
                }
            }
            (NodeKind::Sequence(x), NodeKind::Sequence(y)) if x.len() == y.len() => {
                pending.extend(x.iter().zip(y).map(|(x, y)| (Some(x), Some(y))));
            }
            (NodeKind::Null, NodeKind::Null) | (NodeKind::Error, NodeKind::Error) => {}
            (NodeKind::Alias(x), NodeKind::Alias(y)) if x == y => {}
            _ => return false,
        }
    }
    found
}

/// The text as it stands between double quotes.
fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{feff}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// The column of the content of a block scalar, from its first line with content.
fn block_indent(text: &str, node: &Node) -> usize {
    let mut lines = super::scalar::Lines { text, at: node.range.start };
    let header = lines.next().map_or("", |(_, header, _)| header);
    let digit = header.split(['|', '>']).nth(1).unwrap_or("").chars().find_map(|c| c.to_digit(10));
    let content = lines.find(|(_, content, _)| !content.trim_matches(' ').is_empty());
    let (Some((_, content, _)), None) = (content, digit) else {
        let explicit = digit.map_or(2, |digit| digit as usize);
        return super::build::parent_column(text, node.range.start) + explicit;
    };
    content.len() - content.trim_start_matches(' ').len()
}

fn start_of_line(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|head| head.rfind(['\n', '\r'])).map_or(0, |found| found + 1)
}

fn line_indent(text: &str, at: usize) -> usize {
    let line = text.get(start_of_line(text, at)..at).unwrap_or("");
    line.len() - line.trim_start_matches([' ', '-']).len()
}

fn line_end(text: &str) -> &'static str {
    let first = text.find(['\n', '\r']).and_then(|at| text.get(at..)).unwrap_or("");
    if first.starts_with("\r\n") {
        "\r\n"
    } else if first.starts_with('\r') {
        "\r"
    } else {
        "\n"
    }
}
