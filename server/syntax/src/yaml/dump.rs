//! Writes a value as PyYAML's `yaml.dump(data, default_flow_style=False)` does: keys sorted, block
//! style, lists not indented below their key. It is how the official client re-dumps conda files.

use super::{CoreType, Node, NodeKind};

/// The text, with a line end at its end. `None` for what is not followed: aliases of collections
/// (which become anchors again), keys that are no short texts, tags, numbers beyond the plain ones.
#[must_use]
pub fn dump_sorted(root: &Node) -> Option<String> {
    let mut out = String::new();
    // A stack instead of recursion: what is still to be written, the next piece last.
    let mut tasks = vec![Task::Value { node: Some(root), indent: 0, place: Place::Root }];
    while let Some(task) = tasks.pop() {
        match task {
            Task::Text(text) => out.push_str(&text),
            Task::Value { node, indent, place } => value(node, indent, place, &mut tasks, &mut out)?,
        }
    }
    if matches!(root.kind, NodeKind::Scalar(_) | NodeKind::Null) && !out.starts_with(['\'', '"']) {
        // What stands without quotes could go on.
        out.push_str("...\n");
    }
    Some(out)
}

enum Task<'n> {
    Text(String),
    Value { node: Option<&'n Node>, indent: usize, place: Place },
}

/// What a value stands behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Key,
    Dash,
}

fn value<'n>(
    node: Option<&'n Node>,
    indent: usize,
    place: Place,
    tasks: &mut Vec<Task<'n>>,
    out: &mut String,
) -> Option<()> {
    let blank = if place == Place::Root { "" } else { " " };
    let Some(node) = node else {
        out.push_str(blank);
        out.push_str("null\n");
        return Some(());
    };
    if node.tag.is_some() {
        return None;
    }
    match &node.kind {
        NodeKind::Null => {
            out.push_str(blank);
            out.push_str("null\n");
        }
        NodeKind::Scalar(_) => {
            let column = out.len() - out.rfind('\n').map_or(0, |at| at + 1) + blank.len();
            let text = scalar(node, column, indent + 2)?;
            out.push_str(blank);
            out.push_str(&text);
            out.push('\n');
        }
        NodeKind::Mapping(entries) => {
            if node.resolved_alias {
                return None;
            }
            if entries.is_empty() {
                out.push_str(blank);
                out.push_str("{}\n");
                return Some(());
            }
            let mut sorted: Vec<(&str, Option<&Node>)> = Vec::new();
            for entry in entries {
                if entry.key.core_type() != CoreType::Str {
                    return None;
                }
                // PyYAML writes other keys behind a `?`.
                let key = entry.key.as_str().filter(|key| is_simple_key(key))?;
                // The last of two equal keys counts.
                sorted.retain(|(known, _)| *known != key);
                sorted.push((key, entry.value.as_ref()));
            }
            sorted.sort_by(|a, b| a.0.cmp(b.0));
            if place == Place::Key {
                out.push('\n');
            }
            let mut pieces = Vec::new();
            for (number, (key, inner)) in sorted.into_iter().enumerate() {
                let own_line = !(number == 0 && place == Place::Dash);
                let lead = if own_line { " ".repeat(indent) } else { " ".to_owned() };
                pieces.push(Task::Text(format!("{lead}{}:", text_scalar(key, indent, indent + 2, true))));
                let inner_indent = match inner.map(|inner| &inner.kind) {
                    // Lists stand at the column of their key.
                    Some(NodeKind::Sequence(_)) => indent,
                    Some(NodeKind::Mapping(_)) => indent + 2,
                    _ => indent,
                };
                pieces.push(Task::Value { node: inner, indent: inner_indent, place: Place::Key });
            }
            tasks.extend(pieces.into_iter().rev());
        }
        NodeKind::Sequence(items) => {
            if node.resolved_alias {
                return None;
            }
            if items.is_empty() {
                out.push_str(blank);
                out.push_str("[]\n");
                return Some(());
            }
            if place == Place::Key {
                out.push('\n');
            }
            let mut pieces = Vec::new();
            for (number, item) in items.iter().enumerate() {
                let own_line = !(number == 0 && place == Place::Dash);
                let lead = if own_line { " ".repeat(indent) } else { " ".to_owned() };
                pieces.push(Task::Text(format!("{lead}-")));
                let inner_indent = if matches!(item.kind, NodeKind::Scalar(_)) { indent } else { indent + 2 };
                pieces.push(Task::Value { node: Some(item), indent: inner_indent, place: Place::Dash });
            }
            tasks.extend(pieces.into_iter().rev());
        }
        NodeKind::Alias(_) | NodeKind::Error => return None,
    }
    Some(())
}

fn is_simple_key(key: &str) -> bool {
    let breaks = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    !key.is_empty() && key.chars().count() < 128 && !key.contains(breaks)
}

fn scalar(node: &Node, column: usize, indent: usize) -> Option<String> {
    let text = node.as_str()?;
    Some(match node.core_type() {
        CoreType::Str => text_scalar(text, column, indent, false),
        CoreType::Null => "null".to_owned(),
        CoreType::Bool => {
            let truthy = matches!(text.to_ascii_lowercase().as_str(), "yes" | "true" | "on");
            truthy.to_string()
        }
        CoreType::Int => int(text)?,
        CoreType::Float => float(text)?,
        CoreType::Timestamp if text.len() == 10 => text.to_owned(),
        CoreType::Timestamp => return None,
    })
}

fn int(text: &str) -> Option<String> {
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let value = if let Some(binary) = digits.strip_prefix("0b") {
        u64::from_str_radix(binary, 2).ok()?
    } else if let Some(hex) = digits.strip_prefix("0x") {
        u64::from_str_radix(hex, 16).ok()?
    } else if digits.contains(':') {
        digits.split(':').try_fold(0u64, |sum, part| sum.checked_mul(60)?.checked_add(part.parse().ok()?))?
    } else if digits.len() > 1 && digits.starts_with('0') {
        u64::from_str_radix(digits, 8).ok()?
    } else {
        digits.parse().ok()?
    };
    Some(if value == 0 { "0".to_owned() } else { format!("{sign}{value}") })
}

fn float(text: &str) -> Option<String> {
    let plain = text.replace('_', "");
    if plain.contains(':') || !plain.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))
    {
        return None;
    }
    let value: f64 = plain.strip_prefix('+').unwrap_or(&plain).parse().ok()?;
    // Python switches to exponents outside of this range; conda files have no such numbers.
    let size = value.abs();
    if !value.is_finite() || size != 0.0 && !(1e-4..1e16).contains(&size) {
        return None;
    }
    Some(format!("{value:?}"))
}

/// A text as PyYAML's emitter chooses to write it: plain, in single or in double quotes, folded at
/// 80 columns.
fn text_scalar(text: &str, column: usize, indent: usize, key: bool) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    let shape = Shape::of(text);
    let multiline = text.contains('\n');
    let resolves_to_text = super::core::resolve(text) == CoreType::Str && text != "<<" && text != "=";
    if resolves_to_text && shape.plain && !multiline {
        return fold(text, column, indent, key, |word| word.to_owned());
    }
    if shape.single && !(key && multiline) {
        return single_quoted(text, column, indent, key);
    }
    double_quoted(text, column, indent, key)
}

/// What PyYAML's `analyze_scalar` finds.
struct Shape {
    plain: bool,
    single: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let (mut indicators, mut special) = (text.starts_with("---") || text.starts_with("..."), false);
        let is_blank = |c: Option<&char>| {
            c.is_none_or(|c| {
                matches!(c, '\0' | ' ' | '\t' | '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
            })
        };
        let (mut space_break, mut break_space, mut line_breaks) = (false, false, false);
        let (mut previous_space, mut previous_break) = (false, false);
        let mut preceded_by_blank = true;
        for (at, c) in chars.iter().enumerate() {
            let followed_by_blank = is_blank(chars.get(at + 1));
            indicators |= if at == 0 {
                "#,[]{}&*!|>'\"%@`".contains(*c) || matches!(c, '?' | ':' | '-') && followed_by_blank
            } else {
                *c == ':' && followed_by_blank || *c == '#' && preceded_by_blank
            };
            let is_break = matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}');
            line_breaks |= is_break;
            if !(*c == '\n' || (' '..='~').contains(c)) {
                // Without `allow_unicode` everything beyond ASCII wants double quotes.
                special = true;
            }
            if *c == ' ' {
                break_space |= previous_break;
                (previous_space, previous_break) = (true, false);
            } else if is_break {
                space_break |= previous_space;
                (previous_space, previous_break) = (false, true);
            } else {
                (previous_space, previous_break) = (false, false);
            }
            preceded_by_blank = is_blank(Some(c));
        }
        let edge = |c: Option<&char>| matches!(c, Some(' ' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}'));
        let edges = edge(chars.first()) || edge(chars.last());
        let plain = !(indicators || special || edges || space_break || break_space || line_breaks);
        let single = !(special || space_break || break_space);
        Self { plain, single }
    }
}

/// Breaks a text at blanks once the line is longer than 80 columns, as PyYAML does: at single blanks
/// between words, never in a key.
fn fold(text: &str, column: usize, indent: usize, key: bool, write: impl Fn(&str) -> String) -> String {
    if key {
        return write(text);
    }
    let mut out = String::new();
    let mut column = column;
    let mut rest = text;
    let mut first = true;
    while !rest.is_empty() {
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        if blanks > 0 {
            let next = rest.get(blanks..).unwrap_or("");
            if blanks == 1 && column > 80 && !first && !next.is_empty() {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                out.push_str(&" ".repeat(blanks));
                column += blanks;
            }
            rest = next;
            continue;
        }
        let end = rest.find(' ').unwrap_or(rest.len());
        let word = write(rest.get(..end).unwrap_or(""));
        column += word.chars().count();
        out.push_str(&word);
        rest = rest.get(end..).unwrap_or("");
        first = false;
    }
    out
}

fn single_quoted(text: &str, column: usize, indent: usize, key: bool) -> String {
    let escape = |word: &str| word.replace('\'', "''");
    if !text.contains('\n') {
        return format!("'{}'", fold(text, column + 1, indent, key, escape));
    }
    // Each line break is written as one more than it stands for.
    let mut out = String::from("'");
    let mut lines = text.split('\n').peekable();
    let mut first = true;
    while let Some(line) = lines.next() {
        if !first && !line.is_empty() {
            out.push_str(&" ".repeat(indent));
        }
        let start = if first { column + 1 } else { indent };
        out.push_str(&fold(line, start, indent, key, escape));
        if lines.peek().is_some() {
            if !line.is_empty() || first {
                out.push('\n');
            }
            out.push('\n');
        }
        first = false;
    }
    if text.ends_with('\n') {
        out.push_str(&" ".repeat(indent));
    }
    out.push('\'');
    out
}

fn double_quoted(text: &str, column: usize, indent: usize, key: bool) -> String {
    let mut out = String::from("\"");
    let mut column = column + 1;
    let chars: Vec<char> = text.chars().collect();
    let mut chunk = String::new();
    for (at, c) in chars.iter().enumerate() {
        let piece = match c {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\0' => "\\0".to_owned(),
            '\x07' => "\\a".to_owned(),
            '\x08' => "\\b".to_owned(),
            '\t' => "\\t".to_owned(),
            '\n' => "\\n".to_owned(),
            '\x0b' => "\\v".to_owned(),
            '\x0c' => "\\f".to_owned(),
            '\r' => "\\r".to_owned(),
            '\x1b' => "\\e".to_owned(),
            '\u{85}' => "\\N".to_owned(),
            '\u{a0}' => "\\_".to_owned(),
            '\u{2028}' => "\\L".to_owned(),
            '\u{2029}' => "\\P".to_owned(),
            ' '..='~' => c.to_string(),
            c if u32::from(*c) <= 0xff => format!("\\x{:02X}", u32::from(*c)),
            c if u32::from(*c) <= 0xffff => format!("\\u{:04X}", u32::from(*c)),
            c => format!("\\U{:08X}", u32::from(*c)),
        };
        chunk.push_str(&piece);
        column += piece.len();
        let splits = !key && at > 0 && at + 1 < chars.len() && *c == ' ' && column > 80;
        if splits {
            // The blank is escaped at the head of the next line.
            chunk.pop();
            out.push_str(&chunk);
            out.push_str("\\\n");
            out.push_str(&" ".repeat(indent));
            out.push_str("\\ ");
            chunk.clear();
            column = indent + 2;
        }
    }
    out.push_str(&chunk);
    out.push('"');
    out
}
