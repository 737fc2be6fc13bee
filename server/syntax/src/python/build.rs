//! From tree-sitter's tree to the owned one. Statements nest with the indentation and expressions
//! with the brackets; both are cut off at a depth, so that recursion stays shallow.

mod broken;
mod expr;

use tree_sitter::{Node, Tree};

use super::literal::StringPart;
use super::recover::{self, Chunk};
use super::{Branch, Module, Stmt, StmtKind};
use crate::comments::comments;
use crate::earlier::{Earlier, fresh};
use crate::text::TextRange;

/// Nesting deeper than this is not looked into.
const MAX_DEPTH: usize = 100;

pub(super) fn parse(text: &str, earlier: &mut Earlier) -> Module {
    let Some(tree) = earlier.read(text, &tree_sitter_python::LANGUAGE.into()) else {
        return Module::default();
    };
    let root = tree.root_node();
    let builder = Builder { text, base: 0, end: text.len() };
    let mut body = Vec::new();
    builder.statements(root, 0, &mut body);
    body.shrink_to_fit();
    Module { body, comments: comments(root, text) }
}

fn read(text: &str) -> Option<Tree> {
    fresh(text, &tree_sitter_python::LANGUAGE.into())
}

/// Whether just this literal stands where `part` says that it does.
pub(super) fn is_literal(text: &str, part: &StringPart) -> bool {
    let snippet = part.range.slice(text);
    let Some(tree) = read(snippet) else { return false };
    let root = tree.root_node();
    let only = |node: Node<'_>| node.named_child_count() == 1 && !node.has_error();
    let Some(string) = root
        .named_child(0)
        .filter(|_| only(root))
        .and_then(|stmt| stmt.named_child(0).filter(|_| only(stmt)))
    else {
        return false;
    };
    let builder = Builder { text, base: part.range.start, end: part.range.end };
    string.kind() == "string" && builder.part(string).as_ref() == Some(part)
}

fn named<'n>(node: Node<'n>) -> Vec<Node<'n>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() != "comment" && !child.is_extra()).collect()
}

struct Builder<'t> {
    /// The whole text.
    text: &'t str,
    /// Where in it the stretch begins that the tree was read from.
    base: usize,
    /// Where that stretch ends.
    end: usize,
}

impl Builder<'_> {
    fn range(&self, node: Node<'_>) -> TextRange {
        TextRange::new(node.start_byte() + self.base, node.end_byte() + self.base)
    }

    fn slice(&self, node: Node<'_>) -> String {
        self.range(node).slice(self.text).to_owned()
    }

    fn statements(&self, parent: Node<'_>, depth: usize, out: &mut Vec<Stmt>) {
        if depth > MAX_DEPTH {
            return;
        }
        if parent.is_error() {
            let range = self.whole_lines(self.range(parent));
            self.recover(&recover::chunks(self.text, range.start, range.end, range.end), depth, out);
            return;
        }
        let mut cursor = parent.walk();
        let children: Vec<Node<'_>> = parent.named_children(&mut cursor).collect();
        let first = out.len();
        let mut at = 0;
        while let Some(child) = children.get(at).copied() {
            at += 1;
            if child.is_error() || self.runs_over(child) {
                // All lines that it touches are read again, each on its own.
                let mut region = self.whole_lines(self.range(child));
                while let Some(last) = out.get(first..).and_then(<[Stmt]>::last)
                    && last.range.end > region.start
                {
                    region = region.cover(self.whole_lines(last.range));
                    out.pop();
                }
                let mut chunks: Vec<Chunk> = Vec::new();
                loop {
                    // Only the last one may have grown.
                    let last =
                        chunks.pop().map(|last| self.whole_lines(TextRange::empty(last.range.start)).start);
                    let from = last.unwrap_or(region.start);
                    chunks.extend(recover::chunks(self.text, from, region.end, self.end));
                    let end = chunks.last().map_or(region.end, |last| last.range.end.max(region.end));
                    region = self.whole_lines(TextRange::new(region.start, end));
                    let end = region.end;
                    while let Some(next) = children.get(at).map(|next| self.range(*next))
                        && next.start < end
                    {
                        region = region.cover(self.whole_lines(next));
                        at += 1;
                    }
                    if region.end == end {
                        self.recover(&chunks, depth, out);
                        break;
                    }
                }
                continue;
            }
            if child.kind() == "comment" || child.is_extra() {
                continue;
            }
            self.statement(child, depth, out);
        }
    }

    fn body(&self, node: Option<Node<'_>>, depth: usize) -> Vec<Stmt> {
        let mut out = Vec::new();
        if let Some(node) = node {
            self.statements(node, depth + 1, &mut out);
        }
        out.shrink_to_fit();
        out
    }

    fn statement(&self, node: Node<'_>, depth: usize, out: &mut Vec<Stmt>) {
        let field = |name: &str| node.child_by_field_name(name);
        let kind = match node.kind() {
            "expression_statement" => {
                for child in named(node) {
                    out.push(self.expression_statement(child, self.range(node), depth));
                }
                return;
            }
            "decorated_definition" => {
                let before = out.len();
                if let Some(definition) = field("definition") {
                    self.statement(definition, depth, out);
                }
                if let Some(Stmt { kind: StmtKind::Function { decorators, .. }, range, .. }) =
                    out.get_mut(before)
                {
                    let marks = named(node).into_iter().filter(|child| child.kind() == "decorator");
                    decorators.extend(marks.filter_map(|mark| Some(self.expr(mark.named_child(0)?, depth))));
                    *range = self.range(node);
                }
                return;
            }
            "import_statement" | "import_from_statement" | "future_import_statement" => self.import(node),
            "if_statement" => {
                let condition = field("condition").map(|condition| self.expr(condition, depth));
                let mut branches = vec![Branch {
                    condition,
                    names: Vec::new(),
                    body: self.body(field("consequence"), depth),
                }];
                for clause in named(node) {
                    match clause.kind() {
                        "elif_clause" => branches.push(Branch {
                            condition: clause
                                .child_by_field_name("condition")
                                .map(|node| self.expr(node, depth)),
                            names: Vec::new(),
                            body: self.body(clause.child_by_field_name("consequence"), depth),
                        }),
                        "else_clause" => branches.push(Branch {
                            condition: None,
                            names: Vec::new(),
                            body: self.body(clause.child_by_field_name("body"), depth),
                        }),
                        _ => {}
                    }
                }
                StmtKind::If { branches }
            }
            "for_statement" | "while_statement" => StmtKind::Loop {
                names: field("left").map(|left| self.names(left)).unwrap_or_default(),
                body: self.body(field("body"), depth),
                orelse: self
                    .body(field("alternative").and_then(|clause| clause.child_by_field_name("body")), depth),
            },
            "try_statement" => {
                let (mut handlers, mut orelse, mut finally) = (Vec::new(), Vec::new(), Vec::new());
                for clause in named(node) {
                    let block = named(clause).into_iter().rfind(|child| child.kind() == "block");
                    match clause.kind() {
                        "except_clause" | "except_group_clause" => handlers.push(self.body(block, depth)),
                        "else_clause" => orelse = self.body(block, depth),
                        "finally_clause" => finally = self.body(block, depth),
                        _ => {}
                    }
                }
                StmtKind::Try { body: self.body(field("body"), depth), handlers, orelse, finally }
            }
            "with_statement" => {
                let mut items = Vec::new();
                for clause in named(node).into_iter().filter(|child| child.kind() == "with_clause") {
                    for item in named(clause) {
                        let Some(value) = item.child_by_field_name("value") else { continue };
                        if value.kind() == "as_pattern" {
                            let alias = value.child_by_field_name("alias");
                            let names = alias.map(|alias| self.names(alias)).unwrap_or_default();
                            items.extend(value.named_child(0).map(|inner| (self.expr(inner, depth), names)));
                        } else {
                            items.push((self.expr(value, depth), Vec::new()));
                        }
                    }
                }
                StmtKind::With { items, body: self.body(field("body"), depth) }
            }
            "match_statement" => {
                let mut branches = Vec::new();
                for clause in named(node).into_iter().flat_map(|child| match child.kind() {
                    "block" => named(child),
                    _ => vec![child],
                }) {
                    if clause.kind() != "case_clause" {
                        continue;
                    }
                    let (blocks, patterns): (Vec<_>, Vec<_>) =
                        named(clause).into_iter().partition(|child| child.kind() == "block");
                    branches.push(Branch {
                        condition: None,
                        names: patterns.into_iter().flat_map(|pattern| self.names(pattern)).collect(),
                        body: self.body(blocks.into_iter().next_back(), depth),
                    });
                }
                StmtKind::If { branches }
            }
            "delete_statement" => {
                let targets = named(node).into_iter().flat_map(|child| match child.kind() {
                    "expression_list" => named(child),
                    _ => vec![child],
                });
                StmtKind::Delete(targets.map(|target| self.expr(target, depth)).collect())
            }
            "global_statement" | "nonlocal_statement" => {
                StmtKind::Global(named(node).into_iter().map(|name| self.slice(name)).collect())
            }
            "function_definition" => StmtKind::Function {
                name: field("name").map(|name| self.slice(name)).unwrap_or_default(),
                params: field("parameters").map(|list| self.params(list)).unwrap_or_default(),
                decorators: Vec::new(),
                body: self.body(field("body"), depth),
            },
            "class_definition" => StmtKind::Class {
                name: field("name").map(|name| self.slice(name)).unwrap_or_default(),
                derived: field("superclasses").is_some_and(|bases| !named(bases).is_empty()),
                body: self.body(field("body"), depth),
            },
            "return_statement" => StmtKind::Return(node.named_child(0).map(|value| self.expr(value, depth))),
            "block" => {
                self.statements(node, depth + 1, out);
                return;
            }
            _ => StmtKind::Other,
        };
        let leaves = matches!(
            node.kind(),
            "return_statement" | "raise_statement" | "break_statement" | "continue_statement"
        );
        out.push(Stmt { range: self.range(node), kind, broken: false, leaves });
    }

    fn expression_statement(&self, node: Node<'_>, whole: TextRange, depth: usize) -> Stmt {
        let broken = node.has_error();
        let kind = match node.kind() {
            "assignment" => {
                let mut targets = Vec::new();
                let mut at = node;
                let value = loop {
                    let Some(left) = at.child_by_field_name("left") else { break None };
                    targets.push(self.expr(left, depth));
                    let Some(right) = at.child_by_field_name("right") else { break None };
                    if right.kind() != "assignment" {
                        break Some(right);
                    }
                    at = right;
                };
                match value {
                    Some(value) => {
                        StmtKind::Assign { targets, value: self.expr(value, depth), augmented: None }
                    }
                    None => StmtKind::Other,
                }
            }
            "augmented_assignment" => {
                match (node.child_by_field_name("left"), node.child_by_field_name("right")) {
                    (Some(left), Some(right)) => StmtKind::Assign {
                        targets: vec![self.expr(left, depth)],
                        value: self.expr(right, depth),
                        augmented: node.child_by_field_name("operator").map(|operator| self.slice(operator)),
                    },
                    _ => StmtKind::Other,
                }
            }
            _ => StmtKind::Expr(self.expr(node, depth)),
        };
        Stmt { range: whole, kind, broken, leaves: false }
    }

    fn import(&self, node: Node<'_>) -> StmtKind {
        let module = node.child_by_field_name("module_name").map(|name| self.slice(name)).unwrap_or_default();
        let mut names = Vec::new();
        let mut cursor = node.walk();
        for child in node.children_by_field_name("name", &mut cursor) {
            if child.kind() == "aliased_import" {
                let name = child.child_by_field_name("name").map(|name| self.slice(name)).unwrap_or_default();
                names.push((name, child.child_by_field_name("alias").map(|alias| self.slice(alias))));
            } else {
                names.push((self.slice(child), None));
            }
        }
        if named(node).iter().any(|child| child.kind() == "wildcard_import") {
            names.push(("*".to_owned(), None));
        }
        StmtKind::Import { module, names }
    }

    fn names(&self, node: Node<'_>) -> Vec<String> {
        let mut out = Vec::new();
        let mut pending = vec![node];
        while let Some(at) = pending.pop() {
            if at.kind() == "identifier" {
                out.push(self.slice(at));
            } else if at.kind() != "attribute" && at.kind() != "subscript" {
                pending.extend(named(at));
            }
        }
        out
    }

    fn params(&self, list: Node<'_>) -> Vec<String> {
        named(list)
            .into_iter()
            .filter_map(|param| match param.kind() {
                "identifier" => Some(self.slice(param)),
                _ => param
                    .child_by_field_name("name")
                    .or_else(|| named(param).into_iter().find(|child| child.kind() == "identifier"))
                    .map(|name| self.slice(name)),
            })
            .collect()
    }
}

/// No more room than is needed: a vector that grows takes room for four at once.
fn shrunk<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut out: Vec<T> = items.collect();
    out.shrink_to_fit();
    out
}
