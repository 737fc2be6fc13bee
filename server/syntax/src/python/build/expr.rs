//! Expressions.

use tree_sitter::Node;

use super::super::literal::{Hole, StringPart};
use super::super::text::StringValue;
use super::super::{Arg, Expr, ExprKind};
use super::{Builder, MAX_DEPTH, named, shrunk};
use crate::text::TextRange;

impl Builder<'_> {
    pub(super) fn expr(&self, node: Node<'_>, depth: usize) -> Expr {
        let whole = self.range(node);
        if depth > MAX_DEPTH || node.is_error() || node.is_missing() {
            return Expr { range: whole, kind: ExprKind::Other(Vec::new()) };
        }
        let depth = depth + 1;
        let field = |name: &str| node.child_by_field_name(name);
        let inner = |node: Node<'_>| Box::new(self.expr(node, depth));
        let all =
            |node: Node<'_>| named(node).into_iter().map(|child| self.expr(child, depth)).collect::<Vec<_>>();
        let kind = match node.kind() {
            "identifier" => ExprKind::Name(self.slice(node)),
            "attribute" => match (field("object"), field("attribute")) {
                (Some(object), Some(name)) => ExprKind::Attribute {
                    object: inner(object),
                    name: self.slice(name),
                    name_range: self.range(name),
                },
                _ => ExprKind::Other(Vec::new()),
            },
            "call" => match (field("function"), field("arguments")) {
                (Some(func), Some(arguments)) if arguments.kind() == "argument_list" => ExprKind::Call {
                    func: inner(func),
                    args: shrunk(named(arguments).into_iter().filter_map(|arg| self.arg(arg, depth))),
                    parens: self.range(arguments),
                },
                (Some(func), arguments) => {
                    let mut parts = vec![self.expr(func, depth)];
                    parts.extend(arguments.map(|arguments| self.expr(arguments, depth)));
                    ExprKind::Other(parts)
                }
                _ => ExprKind::Other(Vec::new()),
            },
            "string" | "concatenated_string" => match self.parts(node) {
                Some(parts) => ExprKind::Str(Box::new(StringValue::of_parts(self.text, parts))),
                None => ExprKind::Other(Vec::new()),
            },
            "none" => ExprKind::None,
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "integer" | "float" => ExprKind::Number(self.slice(node)),
            "list" => ExprKind::List(all(node)),
            "tuple" | "expression_list" | "pattern_list" | "tuple_pattern" | "list_pattern" => {
                ExprKind::Tuple(all(node))
            }
            "dictionary" => ExprKind::Dict {
                pairs: named(node)
                    .into_iter()
                    .filter_map(|pair| {
                        let key = pair.child_by_field_name("key")?;
                        let value = pair.child_by_field_name("value")?;
                        Some((self.expr(key, depth), self.expr(value, depth)))
                    })
                    .collect(),
                open: named(node).iter().any(|pair| pair.kind() != "pair"),
            },
            "subscript" => match named(node).as_slice() {
                [object, index] if index.kind() != "slice" => {
                    ExprKind::Subscript { object: inner(*object), index: inner(*index) }
                }
                _ => ExprKind::Other(all(node)),
            },
            "conditional_expression" => match named(node).as_slice() {
                [then, condition, otherwise] => ExprKind::Conditional {
                    condition: inner(*condition),
                    then: inner(*then),
                    otherwise: inner(*otherwise),
                },
                _ => ExprKind::Other(all(node)),
            },
            "named_expression" => match (field("name"), field("value")) {
                (Some(name), Some(value)) => ExprKind::Walrus { name: inner(name), value: inner(value) },
                _ => ExprKind::Other(all(node)),
            },
            "list_comprehension"
            | "dictionary_comprehension"
            | "set_comprehension"
            | "generator_expression"
            | "lambda" => ExprKind::Scoped(all(node)),
            "parenthesized_expression" => match named(node).as_slice() {
                [only] => return self.expr(*only, depth),
                _ => ExprKind::Other(all(node)),
            },
            "binary_operator" => self.binary(node, depth),
            _ => ExprKind::Other(all(node)),
        };
        Expr { range: whole, kind }
    }

    /// `a + b + …` leans to the left, as deep as it is long: it is read along its spine.
    pub(super) fn binary(&self, node: Node<'_>, depth: usize) -> ExprKind {
        let mut rest = Vec::new();
        let mut at = node;
        while at.kind() == "binary_operator" {
            let (Some(left), Some(operator), Some(right)) = (
                at.child_by_field_name("left"),
                at.child_by_field_name("operator"),
                at.child_by_field_name("right"),
            ) else {
                return ExprKind::Other(Vec::new());
            };
            rest.push((self.slice(operator), self.expr(right, depth)));
            at = left;
        }
        rest.reverse();
        ExprKind::Binary { first: Box::new(self.expr(at, depth)), rest }
    }

    pub(super) fn arg(&self, node: Node<'_>, depth: usize) -> Option<Arg> {
        let whole = self.range(node);
        match node.kind() {
            "keyword_argument" => {
                let name = node.child_by_field_name("name")?;
                let value = node.child_by_field_name("value")?;
                Some(Arg {
                    name: Some((self.slice(name), self.range(name))),
                    value: self.expr(value, depth),
                    star: false,
                    range: whole,
                })
            }
            "list_splat" | "dictionary_splat" => Some(Arg {
                name: None,
                value: self.expr(node.named_child(0)?, depth),
                star: true,
                range: whole,
            }),
            _ => Some(Arg { name: None, value: self.expr(node, depth), star: false, range: whole }),
        }
    }

    /// The literals of a string node; `None` where one is not closed.
    pub(super) fn parts(&self, node: Node<'_>) -> Option<Vec<StringPart>> {
        let strings = if node.kind() == "string" { vec![node] } else { named(node) };
        strings.into_iter().map(|string| self.part(string)).collect()
    }

    pub(super) fn part(&self, node: Node<'_>) -> Option<StringPart> {
        let (mut start, mut end, mut holes) = (None, None, Vec::new());
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match child.kind() {
                "string_start" => start = Some(child),
                "string_end" => end = Some(child),
                "interpolation" => holes.push(self.hole(child)),
                _ => {}
            }
        }
        let (start, end) = (start?, end.filter(|end| !end.is_missing())?);
        let opening = self.slice(start);
        let prefix: String = opening.chars().take_while(char::is_ascii_alphabetic).collect();
        let quotes = ["\"", "'", "\"\"\"", "'''"];
        let quote = quotes.into_iter().find(|quote| opening.get(prefix.len()..) == Some(*quote))?;
        let content = TextRange::new(self.range(start).end, self.range(end).start);
        if self.is_unclosed(node) {
            return None;
        }
        Some(StringPart { range: self.range(node), content, prefix, quote, holes })
    }

    pub(super) fn hole(&self, node: Node<'_>) -> Hole {
        let range = self.range(node);
        let inner = range.slice(self.text).trim_start_matches('{').trim_end_matches('}').trim();
        let plain = named(node).len() == 1
            && inner.split('.').all(|name| {
                let mut chars = name.chars();
                chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
                    && chars.all(|c| c.is_alphanumeric() || c == '_')
            });
        Hole { range, name: plain.then(|| inner.to_owned()) }
    }
}

/// An expression that is not there.
pub(super) fn nothing(at: usize) -> Expr {
    Expr { range: TextRange::empty(at), kind: ExprKind::Other(Vec::new()) }
}
