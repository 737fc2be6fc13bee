//! Where in a document a cursor stands, from the lines alone: works on half-typed text, where a tree
//! breaks, and gives the same answer where it does not. JSON, which is YAML in flow style, is read too.

mod flow;

use std::borrow::Cow;

use crate::text::TextRange;

/// A step from the root to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into the value of a key.
    Key(String),
    /// Into an item of a list, counted from 0.
    Index(usize),
}

/// Where a cursor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The way from the root to the mapping or list that the cursor stands in; at a value, the key
    /// of the value is the last step.
    pub path: Vec<Step>,
    /// Whether the cursor stands behind a colon.
    pub at_value: bool,
    /// The token that is being typed: quotes not included. At a value, to the end of the value.
    pub token: TextRange,
    /// The quote that the token stands in.
    pub quote: Option<char>,
    /// The other keys of the mapping that the cursor stands in.
    pub siblings: Vec<String>,
    /// Whether a colon stands behind the key that is being typed.
    pub has_colon: bool,
    /// Whether the cursor stands in a collection in brackets.
    pub flow: bool,
    /// The column of the mapping or list that the cursor stands in.
    pub column: usize,
}

impl Position {
    /// The keys of the path, list items left out.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        self.path
            .iter()
            .filter_map(|step| match step {
                Step::Key(key) => Some(key.as_str()),
                Step::Index(_) => None,
            })
            .collect()
    }
}

/// Where a cursor at `offset` stands; `None` in a comment or a block scalar.
#[must_use]
pub fn position_at(text: &str, offset: usize) -> Option<Position> {
    match flow::around(text, offset) {
        flow::Found::Inside(position) => Some(position),
        flow::Found::Nothing => None,
        flow::Found::Outside => block_position(text, offset),
    }
}

/// As [`position_at`], for a place that no bracket is open around.
fn block_position(text: &str, offset: usize) -> Option<Position> {
    let line_start = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
    let line_end = text.get(offset..)?.find('\n').map_or(text.len(), |at| offset + at);
    let line = text.get(line_start..line_end)?.trim_end_matches('\r');
    let cursor = offset - line_start;
    let before = line.get(..cursor.min(line.len()))?;
    if starts_comment(before) {
        return None;
    }
    let shape = Line::read(line);
    let mut path = Vec::new();
    let mut indent = if line.trim().is_empty() { before.len() } else { shape.indent };
    if inside_block_scalar(text, line_start, indent) && !line.trim().is_empty() {
        return None;
    }
    // Parents: earlier lines that are indented less, innermost first.
    let mut at = line_start;
    // Whether what was met last is a list item, whose list may stand at the column of its key.
    let mut of_list = shape.dashes > 0;
    while at > 0 {
        let previous_start = text.get(..at - 1)?.rfind('\n').map_or(0, |found| found + 1);
        let previous = text.get(previous_start..at - 1)?.trim_end_matches('\r');
        at = previous_start;
        if previous.trim().is_empty() || previous.trim_start().starts_with('#') {
            continue;
        }
        if previous.starts_with("---") {
            break;
        }
        let parent = Line::read(previous);
        let item_of = of_list && parent.key_column == indent && parent.key.is_some() && parent.value_empty;
        if parent.key_column < indent || item_of {
            if let Some(key) = &parent.key
                && (parent.value_empty || parent.key_column < indent)
            {
                path.push(Step::Key(key.clone()));
            }
            for _ in 0..parent.dashes {
                path.push(Step::Index(0));
            }
            indent = parent.indent;
            of_list = parent.dashes > 0;
        } else if parent.dashes > 0 && parent.indent < indent && parent.key_column == indent {
            // A later key of the mapping that a list item began.
            path.push(Step::Index(0));
            indent = parent.indent;
            of_list = true;
        }
        if indent == 0 && parent.dashes == 0 {
            break;
        }
    }
    path.reverse();
    for _ in 0..shape.dashes {
        path.push(Step::Index(0));
    }
    let colon = shape.colon.filter(|colon| cursor > *colon);
    match colon {
        Some(colon) => {
            let key = shape.key.clone().unwrap_or_default();
            path.push(Step::Key(key));
            let value = line.get(colon + 1..)?;
            let blanks = value.len() - value.trim_start().len();
            let start = colon + 1 + blanks.min(cursor - colon - 1);
            let (token, quote) = token(line, start, line_start);
            Some(Position {
                path,
                at_value: true,
                token,
                quote,
                siblings: Vec::new(),
                has_colon: false,
                flow: false,
                column: shape.key_column,
            })
        }
        None => {
            let start = shape.key_column.min(before.len());
            let end = shape.colon.unwrap_or_else(|| line.trim_end().len()).max(start);
            let quote = line.get(start..)?.chars().next().filter(|c| *c == '"' || *c == '\'');
            let token = match quote {
                Some(_) => token(line, start, line_start).0,
                None => {
                    let end = line.get(start..end)?.find(" #").map_or(end, |at| start + at);
                    let end = line.get(start..end)?.trim_end().len() + start;
                    TextRange::new(line_start + start, line_start + end)
                }
            };
            let column = if line.trim().is_empty() { before.len() } else { shape.key_column };
            let siblings = siblings(text, line_start, column, shape.dashes > 0);
            let has_colon = shape.colon.is_some();
            Some(Position { path, at_value: false, token, quote, siblings, has_colon, flow: false, column })
        }
    }
}

/// The other keys of a mapping whose keys stand at `column`, seen from the line at `line_start`, which
/// may be the first of a list item.
fn siblings(text: &str, line_start: usize, column: usize, begins_item: bool) -> Vec<String> {
    let mut out = Vec::new();
    let is_content = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let above = text.get(..line_start).unwrap_or("").lines().rev();
    for line in above.filter(|line| is_content(line)).take_while(|_| !begins_item) {
        let shape = Line::read(line);
        if shape.key_column < column || line.starts_with("---") {
            break;
        }
        if shape.key_column == column {
            out.extend(shape.key);
            if shape.dashes > 0 {
                break;
            }
        }
    }
    let below = text.get(line_start..).unwrap_or("").lines().skip(1);
    for line in below.filter(|line| is_content(line)) {
        let shape = Line::read(line);
        if shape.indent < column || line.starts_with("---") {
            break;
        }
        if shape.indent == column && shape.dashes == 0 {
            out.extend(shape.key);
        }
    }
    out
}

/// The text with keys that are half typed, on a line of their own and without a colon, as comments:
/// in front of a key they would make one text with it. No byte is moved.
pub(super) fn without_half_keys(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut halves: Vec<usize> = Vec::new();
    // A word that may be half a key, and its column; the block scalar that is open, by the column of its key.
    let (mut word, mut block): (Option<(usize, usize)>, Option<usize>) = (None, None);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim_end();
        let trimmed = content.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let shape = Line::read(content);
        if block.is_some_and(|column| shape.indent > column) {
            continue;
        }
        block = None;
        if let Some((start, column)) = word.take()
            && shape.indent == column
            && (shape.key.is_some() || shape.dashes > 0)
        {
            halves.push(start);
        }
        let value = shape.colon.map_or(content.get(shape.key_column..), |colon| content.get(colon + 1..));
        if value.unwrap_or("").trim_start().starts_with(['|', '>']) {
            block = Some(shape.indent);
        } else if shape.key.is_none()
            && shape.dashes == 0
            && trimmed.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '$' | '_'))
        {
            word = Some((start + shape.indent, shape.indent));
        }
    }
    if halves.is_empty() {
        return text;
    }
    let mut bytes = text.as_bytes().to_vec();
    for start in halves {
        let len = text.get(start..).and_then(|rest| rest.find(['\n', '\r'])).unwrap_or(0);
        bytes.get_mut(start..start + len).unwrap_or_default().fill(b'#');
    }
    String::from_utf8(bytes).map_or(text, Cow::Owned)
}

/// The value from `start` to its end: the closing quote, a comment, the end of the line.
fn token(line: &str, start: usize, base: usize) -> (TextRange, Option<char>) {
    let value = line.get(start..).unwrap_or("");
    let quote = value.chars().next().filter(|c| *c == '"' || *c == '\'');
    match quote {
        Some(quote) => {
            let inner = value.get(1..).unwrap_or("");
            let end = inner.find(quote).unwrap_or_else(|| inner.trim_end().len());
            (TextRange::new(base + start + 1, base + start + 1 + end), Some(quote))
        }
        None => {
            let end = value.find(" #").unwrap_or(value.len());
            let end = value.get(..end).unwrap_or("").trim_end().len();
            (TextRange::new(base + start, base + start + end), None)
        }
    }
}

fn starts_comment(before: &str) -> bool {
    before.trim_start().starts_with('#') || before.contains(" #")
}

/// Whether the lines above say that a block scalar goes on here.
fn inside_block_scalar(text: &str, line_start: usize, indent: usize) -> bool {
    let mut at = line_start;
    while at > 0 {
        let start = text.get(..at - 1).and_then(|head| head.rfind('\n')).map_or(0, |found| found + 1);
        let line = text.get(start..at - 1).unwrap_or("").trim_end_matches('\r');
        at = start;
        if line.trim().is_empty() {
            continue;
        }
        let parent = Line::read(line);
        if parent.indent < indent || parent.key_column < indent {
            let value = parent.colon.and_then(|colon| line.get(colon + 1..)).unwrap_or("").trim();
            return value.starts_with('|') || value.starts_with('>');
        }
    }
    false
}

/// What one line looks like.
struct Line {
    /// The column of its first character.
    indent: usize,
    /// How many list dashes it begins with.
    dashes: usize,
    /// The column behind the dashes.
    key_column: usize,
    key: Option<String>,
    colon: Option<usize>,
    value_empty: bool,
}

impl Line {
    fn read(line: &str) -> Self {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let (mut at, mut dashes) = (indent, 0);
        while let Some(rest) = line.get(at..).and_then(|rest| rest.strip_prefix('-')) {
            if !rest.is_empty() && !rest.starts_with(' ') {
                break;
            }
            dashes += 1;
            at += 1 + (rest.len() - rest.trim_start_matches(' ').len());
        }
        let rest = line.get(at..).unwrap_or("");
        // What begins with a bracket is no key.
        let colon = key_colon(rest).filter(|_| !rest.starts_with(['{', '['])).map(|colon| at + colon);
        let key = colon
            .and_then(|colon| line.get(at..colon))
            .map(|key| key.trim().trim_matches(['"', '\'']).to_owned());
        let value = colon.and_then(|colon| line.get(colon + 1..)).unwrap_or("").trim();
        Self {
            indent,
            dashes,
            key_column: at,
            key,
            colon,
            value_empty: value.is_empty() || value.starts_with('#'),
        }
    }
}

/// The colon that ends the key of `rest`: one with a blank or nothing behind it, outside quotes.
fn key_colon(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in rest.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') if at == 0 => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, ':')
                if rest.get(at + 1..).is_none_or(|tail| tail.is_empty() || tail.starts_with([' ', '\t'])) =>
            {
                return Some(at);
            }
            (None, '#') if at > 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn at(marked: &str) -> (Vec<String>, bool, String) {
        let offset = marked.find("$0").expect("a cursor");
        let text = marked.replace("$0", "");
        let position = position_at(&text, offset).expect("a position");
        let keys = position.keys().into_iter().map(str::to_owned).collect();
        (keys, position.at_value, position.token.slice(&text).to_owned())
    }

    #[test]
    fn cursors_know_their_keys() {
        let own = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        assert_eq!(at("name: e\nimage: mcr$0\n"), (own(&["image"]), true, "mcr".to_owned()));
        assert_eq!(at("name: e\nbuild:\n  $0\n"), (own(&["build"]), false, String::new()));
        assert_eq!(at("name: e\nbuild:\n  pa$0\nimage: x\n"), (own(&["build"]), false, "pa".to_owned()));
        assert_eq!(
            at("jobs:\n  a:\n    type: command\n    environment: azureml:$0 # c\n"),
            (own(&["jobs", "a", "environment"]), true, "azureml:".to_owned())
        );
        assert_eq!(at("image: \"mcr.$0\"\n"), (own(&["image"]), true, "mcr.".to_owned()));
        assert_eq!(at("image:$0"), (own(&["image"]), true, String::new()));
        assert_eq!(
            at("dependencies:\n  - pip:\n    - nu$0\n"),
            (own(&["dependencies", "pip"]), false, "nu".to_owned())
        );
        assert_eq!(
            at("dependencies:\n- pip:\n  - nu$0\n"),
            (own(&["dependencies", "pip"]), false, "nu".to_owned())
        );
        assert_eq!(at("na$0\n"), (own(&[]), false, "na".to_owned()));
    }

    #[test]
    fn cursors_know_their_keys_in_brackets() {
        let own = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let at_value = |keys: &[&str], token: &str| (own(keys), true, token.to_owned());
        let at_key = |keys: &[&str], token: &str| (own(keys), false, token.to_owned());
        assert_eq!(at("environment: {image: mcr$0}\n"), at_value(&["environment", "image"], "mcr"));
        assert_eq!(at("environment: {image: mcr$0\n"), at_value(&["environment", "image"], "mcr"));
        assert_eq!(at("environment: {ima$0, a: b}\n"), at_key(&["environment"], "ima"));
        assert_eq!(at("environment: { $0 }\n"), at_key(&["environment"], ""));
        assert_eq!(at("channels: [a, conda$0]\nx: y\n"), at_key(&["channels"], "conda"));
        assert_eq!(at("channels: [\n  a,\n  b$0\n]\n"), at_key(&["channels"], "b"));
        assert_eq!(at("channels: [a\nimage: m$0\n"), at_value(&["image"], "m"));
        assert_eq!(at("{\"docker\": {\"baseImage\": \"mcr$0\"}}"), at_value(&["docker", "baseImage"], "mcr"));
        assert_eq!(at("{\"docker\": {\"base$0"), at_key(&["docker"], "base"));
        assert_eq!(at("{\n  \"docker\": {\n    $0\n  }\n}\n"), at_key(&["docker"], ""));
        assert_eq!(at("d: |\n  x: {\nimage: a$0"), at_value(&["image"], "a"));
        assert_eq!(at("a:\n  - {b: [c, {d: e$0}]}\n"), at_value(&["a", "b", "d"], "e"));
    }

    #[test]
    fn a_mapping_knows_its_other_keys() {
        let siblings = |marked: &str| {
            let offset = marked.find("$0").expect("a cursor");
            let mut found = position_at(&marked.replace("$0", ""), offset).expect("a position").siblings;
            found.sort();
            found
        };
        assert_eq!(siblings("name: e\nbuild:\n  path: x\n$0\nimage: y\n"), ["build", "image", "name"]);
        assert_eq!(siblings("build:\n  path: x\n  $0\nimage: y\n"), ["path"]);
        assert_eq!(siblings("a:\n  - b: c\n    $0\n  - d: e\n"), ["b"]);
        assert_eq!(siblings("a: {b: c, $0, d: {e: f}}\n"), ["b", "d"]);
        assert_eq!(siblings("name: e\nna$0: x\n"), ["name"]);
    }

    #[test]
    fn comments_and_block_scalars_have_no_position() {
        assert_eq!(position_at("# ima", 5), None);
        assert_eq!(position_at("description: |\n  image: x\n", 22), None);
    }
}
