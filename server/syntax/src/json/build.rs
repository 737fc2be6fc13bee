//! From tree-sitter's tree to the owned one, without recursion.

use tree_sitter::{Node as TsNode, Parser};

use super::string;
use crate::text::TextRange;
use crate::yaml::scalar::{Decoder, Style};
use crate::yaml::{CoreType, Entry, Node, NodeKind};

/// Work that waits: a node to look at, or a collection to put together from what was built.
enum Task<'n> {
    Visit(TsNode<'n>),
    Missing,
    Object { pairs: Vec<(TextRange, TextRange)>, range: TextRange },
    Array { items: usize, range: TextRange },
}

/// The value of `text`, of which `masked` is the part from `base`, made readable.
pub(super) fn root(text: &str, base: usize, masked: &str) -> Option<Node> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_json::LANGUAGE.into()).ok()?;
    let tree = parser.parse(masked, None)?;
    let builder = Builder { text, base };
    let document = tree.root_node();
    let mut cursor = document.walk();
    let values: Vec<TsNode<'_>> = document.named_children(&mut cursor).collect();
    // The first value counts; a broken text whose brackets do not match is read as the object that
    // its pairs stand in.
    let first = values.iter().find(|child| !child.is_error() && child.kind() != "comment");
    let start = match first {
        Some(first) if matches!(first.kind(), "object" | "array") || !document.has_error() => *first,
        _ if document.has_error() => document,
        _ => return None,
    };
    builder.build(start)
}

struct Builder<'t> {
    text: &'t str,
    base: usize,
}

impl Builder<'_> {
    /// Where a node stands. A string that was closed in the copy ends before its line's end.
    fn range(&self, node: TsNode<'_>) -> TextRange {
        let start = self.base + node.start_byte();
        let end = (self.base + node.end_byte()).min(self.text.len());
        let shown = self.text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r']);
        TextRange::new(start, start + shown.len())
    }

    fn build(&self, root: TsNode<'_>) -> Option<Node> {
        let mut tasks = vec![Task::Visit(root)];
        let mut built: Vec<Option<Node>> = Vec::new();
        while let Some(task) = tasks.pop() {
            match task {
                Task::Missing => built.push(None),
                Task::Visit(node) => self.visit(node, &mut tasks, &mut built),
                Task::Array { items, range } => {
                    let items = built.split_off(built.len().saturating_sub(items)).into_iter().flatten();
                    built.push(Some(Node::new(range, NodeKind::Sequence(items.collect()))));
                }
                Task::Object { pairs, range } => {
                    let parts = built.split_off(built.len().saturating_sub(2 * pairs.len()));
                    let mut parts = parts.into_iter();
                    let mut entries = Vec::with_capacity(pairs.len());
                    for (pair, colon) in pairs {
                        let (key, value) = (parts.next().flatten(), parts.next().flatten());
                        let Some(key) = key else { continue };
                        let end = value.as_ref().map_or(colon.end, |value| value.range.end);
                        entries.push(Entry { range: TextRange::new(pair.start, end), colon, key, value });
                    }
                    built.push(Some(Node::new(range, NodeKind::Mapping(entries))));
                }
            }
        }
        built.pop().flatten().map(|node| Node { flow: true, ..node })
    }

    fn visit<'n>(&self, at: TsNode<'n>, tasks: &mut Vec<Task<'n>>, built: &mut Vec<Option<Node>>) {
        let range = self.range(at);
        match at.kind() {
            "object" | "document" | "ERROR" => {
                let pairs = pairs_below(at);
                let ranges = pairs.iter().map(|pair| (self.range(*pair), self.colon(*pair))).collect();
                tasks.push(Task::Object { pairs: ranges, range });
                for pair in pairs.into_iter().rev() {
                    let mut cursor = pair.walk();
                    // Behind something unreadable, what stands there may belong to another key.
                    let broken = pair.children(&mut cursor).any(|child| child.is_error());
                    let value =
                        pair.child_by_field_name("value").filter(|value| !broken && !value.is_missing());
                    tasks.push(value.map_or(Task::Missing, Task::Visit));
                    tasks.push(pair.child_by_field_name("key").map_or(Task::Missing, Task::Visit));
                }
            }
            "array" => {
                let mut cursor = at.walk();
                let items: Vec<TsNode<'n>> = at
                    .named_children(&mut cursor)
                    .filter(|item| item.kind() != "comment" && !item.is_error() && !item.is_missing())
                    .collect();
                tasks.push(Task::Array { items: items.len(), range });
                tasks.extend(items.into_iter().rev().map(Task::Visit));
            }
            "string" => {
                built.push(Some(Node::new(range, NodeKind::Scalar(string::decode(self.text, range)))));
            }
            "null" => built.push(Some(Node::new(range, NodeKind::Null))),
            _ => {
                let mut decoder = Decoder::default();
                let shown = range.slice(self.text);
                if shown.trim().is_empty() {
                    // It stands in the copy alone.
                    built.push(None);
                    return;
                }
                let word = shown.starts_with(|c: char| c.is_ascii_alphabetic());
                if word && !matches!(shown, "true" | "false" | "NaN" | "Infinity") {
                    built.push(Some(Node::new(range, NodeKind::Error)));
                    return;
                }
                decoder.verbatim(shown, range.start);
                let scalar = decoder.finish(Style::Plain, type_of(shown), range.start);
                built.push(Some(Node::new(range, NodeKind::Scalar(scalar))));
            }
        }
    }

    fn colon(&self, pair: TsNode<'_>) -> TextRange {
        let mut cursor = pair.walk();
        let colon = pair.children(&mut cursor).find(|child| child.kind() == ":");
        colon.map_or_else(|| TextRange::empty(self.range(pair).end), |colon| self.range(colon))
    }
}

/// The pairs of an object, also those that an error tore off.
fn pairs_below<'n>(object: TsNode<'n>) -> Vec<TsNode<'n>> {
    let mut pairs = Vec::new();
    let mut pending = vec![object];
    while let Some(at) = pending.pop() {
        let mut cursor = at.walk();
        for child in at.named_children(&mut cursor) {
            match child.kind() {
                "pair" => {
                    pairs.push(child);
                    // A pair that an error runs through may have swallowed others.
                    let mut inner = child.walk();
                    pending.extend(child.named_children(&mut inner).filter(TsNode::is_error));
                }
                "ERROR" => pending.push(child),
                "object" if at.is_error() => pending.push(child),
                _ => {}
            }
        }
    }
    pairs.sort_by_key(TsNode::start_byte);
    pairs
}

fn type_of(text: &str) -> CoreType {
    match text {
        "true" | "false" => CoreType::Bool,
        "NaN" | "Infinity" | "-Infinity" => CoreType::Float,
        _ if text.contains(['e', 'E', '.'])
            && text.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) =>
        {
            CoreType::Float
        }
        _ if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => CoreType::Int,
        _ => CoreType::Str,
    }
}
