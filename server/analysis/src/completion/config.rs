//! amlenv's own configuration: keys, values, rules. From the lines alone, so that half-typed text is
//! completed.

use amlenv_syntax::TextRange;

use super::{Proposal, suppressions};
use crate::answers::CompletionKind;
use crate::config::{KEYS, Shape};
use crate::file::File;
use crate::kind::Role;

pub(super) fn complete(file: &File, offset: usize) -> Vec<Proposal> {
    let text: &str = file.text();
    let pyproject = file.path().file_name() == "pyproject.toml";
    let Some(place) = place_at(text, offset, pyproject) else { return Vec::new() };
    let token = place.token;
    match (place.key.as_deref(), place.sub) {
        // A table from rules to levels, or from globs to something.
        (Some(key), Some(at_value)) => {
            let shape = KEYS.iter().find(|known| known.name == key).map(|known| known.shape);
            match (shape, at_value) {
                (Some(Shape::Severities), false) => suppressions::codes(token, &place.given()),
                (Some(Shape::Severities), true) => {
                    place.texts(&["error", "warning", "information", "hint", "off"])
                }
                (Some(Shape::PerFile), true) => place.quoted(suppressions::codes(token, &place.given())),
                (Some(Shape::Roles), true) => place.texts(&Role::ALL.map(Role::as_str)),
                _ => Vec::new(),
            }
        }
        (Some(key), None) => {
            let shape = KEYS.iter().find(|known| known.name == key).map(|known| known.shape);
            match shape {
                Some(Shape::Selectors) => place.quoted(suppressions::codes(token, &place.given())),
                Some(Shape::Level) => place.texts(&["error", "warning", "information", "hint", "never"]),
                Some(Shape::Truth) => {
                    ["true", "false"].map(|word| Proposal::new(word, CompletionKind::Value, token)).to_vec()
                }
                _ => Vec::new(),
            }
        }
        (None, _) => KEYS
            .iter()
            .filter(|key| !place.siblings.iter().any(|other| other == key.name))
            .map(|key| {
                let found = Proposal::new(key.name, CompletionKind::Property, token).says(key.text);
                if place.has_equals {
                    return found;
                }
                let table = matches!(key.shape, Shape::Severities | Shape::PerFile | Shape::Roles);
                let (open, close) = match key.shape {
                    Shape::Selectors | Shape::Globs | Shape::Texts => ("[", "]"),
                    Shape::Level | Shape::Versions => ("\"", "\""),
                    _ if table => ("{ ", " }"),
                    _ => ("", ""),
                };
                let snippet = format!("{} = {open}$0{}", key.name, close.replace('}', "\\}"));
                found.text(format!("{} = ", key.name)).snippet(snippet)
            })
            .collect(),
    }
}

/// Where in a configuration a cursor stands.
pub(crate) struct Place<'t> {
    /// The key of amlenv's whose value it stands in.
    pub(crate) key: Option<String>,
    /// In a table below that key: whether it stands at a value.
    pub(crate) sub: Option<bool>,
    pub(crate) token: TextRange,
    quote: bool,
    has_equals: bool,
    siblings: Vec<String>,
    /// The value around the cursor.
    value: &'t str,
}

impl Place<'_> {
    fn given(&self) -> Vec<&str> {
        self.value.split(['"', '\'', ',', '[', ']']).map(str::trim).filter(|word| !word.is_empty()).collect()
    }

    fn texts(&self, words: &[&str]) -> Vec<Proposal> {
        self.quoted(
            words.iter().map(|word| Proposal::new(*word, CompletionKind::Value, self.token)).collect(),
        )
    }

    fn quoted(&self, proposals: Vec<Proposal>) -> Vec<Proposal> {
        let quote = |found: Proposal| {
            let text = if self.quote { found.text.clone() } else { format!("\"{}\"", found.text) };
            Proposal { text, ..found }
        };
        proposals.into_iter().map(quote).collect()
    }
}

/// Where the cursor at `offset` stands; `None` in a comment, and outside of amlenv's table.
pub(crate) fn place_at(text: &str, offset: usize, pyproject: bool) -> Option<Place<'_>> {
    let head = text.get(..offset)?;
    let line_start = head.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(offset..)?;
    let line_end = offset + rest.find(['\n', '\r']).unwrap_or(rest.len());
    let line = text.get(line_start..line_end)?;
    if line.trim_start().starts_with('[') && !text.get(line_start..offset)?.contains('=') {
        return if line.trim_start().starts_with("[[") || is_header(line) {
            None
        } else {
            in_list(text, offset, pyproject)
        };
    }
    let before = text.get(line_start..offset)?;
    if before.trim_start().starts_with('#') {
        return None;
    }
    let (table, siblings) = table_of(text, line_start, pyproject)?;
    if open_list(text, line_start).is_some() {
        return in_list(text, offset, pyproject);
    }
    let equals = equals_in(line).filter(|at| line_start + at < offset);
    let Some(equals) = equals else {
        let start = line_start + line.len() - line.trim_start().len();
        let end = line_start + equals_in(line).unwrap_or(line.len());
        let typed = text.get(start..end)?;
        let typed = typed.trim_end();
        let token = TextRange::new(start.min(offset), (start + typed.len()).max(start.min(offset)));
        if offset > token.end || text.get(token.start..offset)?.contains(' ') {
            return None;
        }
        let has_equals = equals_in(line).is_some();
        let sub = table.as_ref().map(|_| false);
        return Some(Place { key: table, sub, token, quote: false, has_equals, siblings, value: "" });
    };
    let key = line.get(..equals)?.trim().trim_matches('"').to_owned();
    let value_start = line_start + equals + 1;
    let value = text.get(value_start..line_end)?;
    let (token, quote) = value_token(text, value_start, offset, line_end)?;
    let (key, sub) = match table {
        Some(table) => (table, Some(true)),
        None => (key, None),
    };
    Some(Place { key: Some(key), sub, token, quote, has_equals: true, siblings, value })
}

fn is_header(line: &str) -> bool {
    let trimmed = line.trim();
    trimmed.starts_with('[') && !trimmed.contains(['"', ',']) && trimmed.len() > 1
}

/// In a list over several lines.
fn in_list(text: &str, offset: usize, pyproject: bool) -> Option<Place<'_>> {
    let line_start = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
    let (start, key) = open_list(text, line_start)?;
    let (table, _) = table_of(text, line_start, pyproject)?;
    let value = text.get(start..)?.split(']').next()?;
    let rest = text.get(offset..)?;
    let line_end = offset + rest.find(['\n', '\r']).unwrap_or(rest.len());
    let (token, quote) = value_token(text, line_start, offset, line_end)?;
    let (key, sub) = match table {
        Some(table) => (table, Some(true)),
        None => (key, None),
    };
    Some(Place { key: Some(key), sub, token, quote, has_equals: true, siblings: Vec::new(), value })
}

/// The list that is open where a line begins: where its value begins, and its key.
fn open_list(text: &str, line_start: usize) -> Option<(usize, String)> {
    let mut at = line_start;
    while at > 0 {
        let start = text.get(..at - 1)?.rfind('\n').map_or(0, |found| found + 1);
        let line = text.get(start..at - 1)?;
        at = start;
        if let Some(equals) = equals_in(line) {
            let value = line.get(equals + 1..)?.trim();
            let open = value.starts_with('[') && !value.contains(']');
            return open.then(|| (start + equals + 1, line.get(..equals).unwrap_or("").trim().to_owned()));
        }
        if is_header(line) || line.contains(']') {
            return None;
        }
    }
    None
}

/// The key of amlenv's that the table at a line is the value of, `None` for amlenv's own table, and the
/// keys of that table; nothing at all for a table that is none of ours.
fn table_of(text: &str, line_start: usize, pyproject: bool) -> Option<(Option<String>, Vec<String>)> {
    let (mut header, mut keys) = (String::new(), Vec::new());
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        if trimmed.starts_with('[') && is_header(trimmed) {
            if start > line_start {
                break;
            }
            header = trimmed.trim_matches(['[', ']']).replace(' ', "");
            keys.clear();
        } else if start != line_start
            && let Some(equals) = equals_in(line)
        {
            keys.push(line.get(..equals).unwrap_or("").trim().trim_matches('"').to_owned());
        }
    }
    let own = match (pyproject, header.as_str()) {
        (true, "tool.amlenv") => "",
        (true, header) => header.strip_prefix("tool.amlenv.")?,
        (false, header) => header,
    };
    Some(((!own.is_empty()).then(|| own.to_owned()), keys))
}

/// The `=` of a line that is not inside quotes.
fn equals_in(line: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '=') => return Some(at),
            (None, '#') => return None,
            _ => {}
        }
    }
    None
}

/// The word that is typed at `offset` of a value, and whether it stands in quotes; `None` behind a comment.
fn value_token(text: &str, start: usize, offset: usize, line_end: usize) -> Option<(TextRange, bool)> {
    let before = text.get(start..offset)?;
    let mut open: Option<(usize, char)> = None;
    for (at, c) in before.char_indices() {
        match (open, c) {
            (None, '"' | '\'') => open = Some((at + 1, c)),
            (Some((_, quote)), c) if c == quote => open = None,
            (None, '#') => return None,
            _ => {}
        }
    }
    let rest = text.get(offset..line_end)?;
    if let Some((at, quote)) = open {
        let end = offset + rest.find([quote, ',', ']']).unwrap_or(rest.len());
        return Some((TextRange::new(start + at, end), true));
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let from = before.rfind(|c| !word(c)).map_or(0, |at| at + 1);
    let to = rest.find(|c| !word(c)).unwrap_or(rest.len());
    Some((TextRange::new(start + from, offset + to), false))
}
