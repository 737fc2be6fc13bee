//! Keys and values of YAML and JSON: what the schema of the file has at the place of the cursor.

use amlenv_syntax::TextRange;
use amlenv_syntax::yaml::{Position, Step, position_at};

use super::values::Typed;
use super::{Proposal, Site, escaped, snippets, values};
use crate::answers::CompletionKind;
use crate::kind::FileKind;
use crate::model::Field;
use crate::schema::{self, Key, Shape};

pub(super) fn complete(site: &Site<'_>, offset: usize) -> Vec<Proposal> {
    let text: &str = site.file.text();
    let (Some(root), Some(position)) = (schema::of_file(site.file), position_at(text, offset)) else {
        return Vec::new();
    };
    // A byte order mark is no part of a key.
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let token = TextRange::new(position.token.start.max(mark), position.token.end.max(mark));
    let position = Position { token, ..position };
    let Some(shape) = shape_at(root, &position.path, site.file.kind()) else { return Vec::new() };
    let written = Written { text, position: &position, json: site.file.json().is_some() };
    let typed = Typed { text: position.token.slice(text), token: position.token, at: offset };
    // Right behind the dash of an item a blank is missing.
    let line = text.get(..offset).and_then(|head| head.rsplit('\n').next()).unwrap_or("");
    let behind_dash = !position.flow && line.ends_with('-') && line.trim_matches([' ', '-']).is_empty();
    if position.token.start > offset || position.token.end < offset || behind_dash {
        return Vec::new();
    }
    if position.at_value {
        return written.values(values(site, shape, typed));
    }
    let mut out = Vec::new();
    let of_list = matches!(position.path.last(), Some(Step::Index(_)));
    // A mapping in place of a text begins on a line of its own.
    let braces = position.flow && of_list;
    if !braces {
        out.extend(written.keys(shape));
    }
    if of_list {
        out.extend(written.values(values(site, shape, typed)));
    } else if let Some(item) = shape.item().filter(|_| !position.flow) {
        let items = written.values(values(site, item, typed)).into_iter();
        out.extend(items.map(|found| {
            let dashed = format!("- {}", found.text);
            let snippet = found.snippet.as_ref().map(|snippet| format!("- {snippet}"));
            Proposal { text: dashed, snippet, ..found }
        }));
    } else if matches!(position.path.last(), Some(Step::Key(_)))
        && position.siblings.is_empty()
        && !position.flow
    {
        // A value may stand on the line below its key.
        out.extend(written.values(values(site, shape, typed)));
    }
    out
}

/// What fits as a value of that shape.
fn values(site: &Site<'_>, shape: Shape, typed: Typed<'_>) -> Vec<Proposal> {
    // The text of a v1 definition may be decoded; then only what stands there as it is is completed.
    if typed.text.contains('\\') {
        return Vec::new();
    }
    // A Dockerfile counts from its build context, not from the file.
    let wanted = schema::Wanted::Dockerfile;
    match (shape, context(site, typed)) {
        (Shape::Path(found), Some(folder)) if found == wanted => {
            super::paths::below(site, &folder, typed.text, typed.token, typed.at, wanted, &|_, _| true)
        }
        _ => values::complete(site, shape, typed),
    }
}

/// The build context of the definition around a place.
fn context(site: &Site<'_>, typed: Typed<'_>) -> Option<crate::path::FilePath> {
    let around = site.file.environments().find(|environment| environment.range.touches(typed.at));
    let environment = around.or_else(|| site.file.environments().next())?;
    let path = environment.last(&Field::BuildPath)?.value.known_text()?;
    Some(site.file.path().parent().join(&path.value))
}

/// The shape of the value, or of the mapping or list, that a path leads to.
pub(crate) fn shape_at(root: Shape, path: &[Step], kind: FileKind) -> Option<Shape> {
    let mut shape = root;
    for step in path {
        shape = match step {
            Step::Key(name) => {
                // Run configurations may be written in any spelling.
                let camel =
                    (kind == FileKind::Runconfig).then(|| crate::lower::definition_v1::camel_case(name));
                shape.below(name).or_else(|| shape.below(&camel?))?
            }
            Step::Index(_) => shape.item()?,
        };
    }
    Some(shape)
}

/// How keys and values are written where the cursor stands.
struct Written<'a> {
    text: &'a str,
    position: &'a Position,
    json: bool,
}

impl Written<'_> {
    fn keys(&self, shape: Shape) -> Vec<Proposal> {
        let position = self.position;
        let token = position.token;
        let typed = token.slice(self.text);
        let has = |name: &str| position.siblings.iter().any(|other| other == name);
        let fits = |key: &&Key| !has(key.name) && !key.excludes.iter().any(|other| has(other));
        // A key that is there already is changed; a new one brings what stands behind it.
        if !typed.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-' | '.')) {
            return Vec::new();
        }
        let keys: Vec<&Key> = shape.keys().iter().filter(fits).collect();
        let mut out: Vec<Proposal> = keys.iter().map(|key| self.key(key)).collect();
        if !position.flow && !position.has_colon && position.quote.is_none() {
            let skeletons = keys.iter().filter(|key| !key.shape.keys().is_empty());
            let indent = position.column + 2;
            out.extend(skeletons.filter_map(|key| snippets::of_key(key.name, indent, token)));
        }
        out
    }

    fn key(&self, key: &Key) -> Proposal {
        let position = self.position;
        // Among the items of a list a key may be called as one of them.
        let of_list = matches!(position.path.last(), Some(Step::Index(_))) && key.name == "pip";
        let label = if of_list { format!("{}:", key.name) } else { key.name.to_owned() };
        let found = Proposal::new(label, CompletionKind::Property, position.token)
            .detail(key.shape.describe())
            .says(key.markdown());
        let quote = if self.json && position.quote.is_none() { "\"" } else { "" };
        let name = format!("{quote}{}{quote}", key.name);
        if position.has_colon || position.quote.is_some() {
            return found.text(name);
        }
        if position.flow {
            let (open, close) = match key.shape {
                Shape::Map(_) | Shape::Named(_) => ("{", "}"),
                Shape::List(_) => ("[", "]"),
                Shape::Truth | Shape::Number => ("", ""),
                _ if self.json => ("\"", "\""),
                _ => ("", ""),
            };
            let snippet = format!("{}: {}$0{}", escaped(&name), open, close.replace('}', "\\}"));
            return found.text(format!("{name}: ")).snippet(snippet);
        }
        let indent = " ".repeat(position.column + 2);
        let behind = match key.shape {
            Shape::Map(_) | Shape::Named(_) => format!("\n{indent}"),
            Shape::List(_) => format!("\n{indent}- "),
            _ => " ".to_owned(),
        };
        found.text(format!("{name}:{behind}"))
    }

    /// Values as they are written here; those that cannot be are left out.
    fn values(&self, proposals: Vec<Proposal>) -> Vec<Proposal> {
        let position = self.position;
        // `image:` with the cursor right behind it still needs its blank.
        let blank = position.at_value
            && self.text.get(..position.token.start).is_some_and(|head| head.ends_with(':'));
        let bare = position.quote.is_none();
        proposals
            .into_iter()
            .filter_map(|found| {
                let literal = matches!(found.text.as_str(), "true" | "false");
                let text = match position.quote {
                    Some(quote) if found.text.contains([quote, '\\']) => return None,
                    Some(_) => found.text.clone(),
                    None if self.json && !literal || needs_quotes(&found.text, position.flow) => {
                        // A part of a text cannot get quotes of its own.
                        if found.range != position.token {
                            return None;
                        }
                        format!("\"{}\"", found.text)
                    }
                    None => found.text.clone(),
                };
                let text = if blank && bare && found.range.start == position.token.start {
                    format!(" {text}")
                } else {
                    text
                };
                Some(Proposal { text, ..found })
            })
            .collect()
    }
}

/// Whether a text would be read as something else without quotes.
fn needs_quotes(text: &str, flow: bool) -> bool {
    text.contains(": ")
        || text.contains(" #")
        || text.ends_with(':')
        || text.starts_with(['@', '`', '&', '*', '!', '|', '>', '%', '"', '\'', '#', '{', '[', '-', '?'])
            && text != "."
        || flow && text.contains([',', '[', ']', '{', '}'])
}
