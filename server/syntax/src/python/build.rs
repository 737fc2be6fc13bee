//! From tree-sitter's tree to the owned one. Statements nest with the indentation and expressions
//! with the brackets; both are cut off at a depth, so that recursion stays shallow.

use tree_sitter::{Node, Tree};

use super::literal::{Hole, StringPart};
use super::recover::{self, Chunk};
use super::text::StringValue;
use super::{Arg, Branch, Expr, ExprKind, Module, Stmt, StmtKind};
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

/// The statements and expressions right inside a statement.
pub(super) fn bodies<'a>(stmt: &'a Stmt, statements: &mut Vec<&'a Stmt>, exprs: &mut Vec<&'a Expr>) {
    match &stmt.kind {
        StmtKind::Assign { targets, value, .. } => {
            exprs.extend(targets);
            exprs.push(value);
        }
        StmtKind::Expr(expr) => exprs.push(expr),
        StmtKind::Delete(targets) => exprs.extend(targets),
        StmtKind::Return(expr) => exprs.extend(expr),
        StmtKind::If { branches } => {
            for branch in branches {
                exprs.extend(&branch.condition);
                statements.extend(&branch.body);
            }
        }
        StmtKind::Loop { body, orelse, .. } => statements.extend(body.iter().chain(orelse)),
        StmtKind::Try { body, handlers, orelse, finally } => {
            statements.extend(body.iter().chain(handlers.iter().flatten()).chain(orelse).chain(finally));
        }
        StmtKind::With { items, body, .. } => {
            exprs.extend(items.iter().map(|(value, _)| value));
            statements.extend(body);
        }
        StmtKind::Function { decorators, body, .. } => {
            exprs.extend(decorators);
            statements.extend(body);
        }
        StmtKind::Class { body, .. } => statements.extend(body),
        StmtKind::Import { .. } | StmtKind::Global(_) | StmtKind::Other => {}
    }
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

    /// Reads lines that could not be read together.
    fn recover(&self, chunks: &[Chunk], depth: usize, out: &mut Vec<Stmt>) {
        if depth > MAX_DEPTH {
            return;
        }
        let column =
            |chunk: &Chunk| chunk.range.start - self.whole_lines(TextRange::empty(chunk.range.start)).start;
        let outer = chunks.first().map_or(0, column);
        for chunk in chunks {
            let before = out.len();
            let Some(tree) = read(chunk.range.slice(self.text)) else { continue };
            let builder = Builder { text: self.text, base: chunk.range.start, end: chunk.range.end };
            let root = tree.root_node();
            // What was just read as a whole is not read so again.
            let again = chunk.range.start == self.base && chunk.range.end + 2 >= self.end;
            if !root.has_error() && !again {
                builder.statements(root, depth + 1, out);
                // What stands less deep than the first belongs to another block.
                let astray = column(chunk) < outer;
                out.iter_mut().skip(before).for_each(|stmt| stmt.broken |= astray);
                continue;
            }
            if chunk.body < chunk.range.end {
                // Nobody knows when what is indented here happens. Each level is read once more, so that
                // only a few are looked into.
                let end = chunk.range.end;
                let body = recover::chunks(self.text, chunk.body, end, end);
                self.recover(&body, depth + MAX_DEPTH / 8, out);
            } else {
                for child in named(root).into_iter().filter(|child| !child.is_error()) {
                    builder.statement(child, depth, out);
                }
            }
            let head = TextRange::new(chunk.range.start, chunk.body.min(chunk.range.end));
            let assigned = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Assign { .. });
            if !out.get(before..).is_some_and(|found| found.iter().any(assigned)) {
                out.extend(self.begun(head));
            }
            if out.len() == before {
                out.push(Stmt { range: head, kind: StmtKind::Other, broken: true, leaves: false });
            }
            out.iter_mut().skip(before).for_each(|stmt| stmt.broken = true);
        }
    }

    /// A range grown to whole lines, inside the stretch that was read.
    fn whole_lines(&self, range: TextRange) -> TextRange {
        let head = self.text.get(self.base..range.start).unwrap_or("");
        let start = head.rfind('\n').map_or(self.base, |at| self.base + at + 1);
        let tail = self.text.get(range.end..self.end).and_then(|tail| tail.find('\n'));
        TextRange::new(start, tail.map_or(self.end, |at| range.end + at + 1))
    }

    /// The assignment that a statement which could not be read was going to be: its value is not known.
    fn begun(&self, broken: TextRange) -> Option<Stmt> {
        let head = broken.slice(self.text);
        let (target, rest) = head.split_once('=')?;
        let target = target.trim();
        let fine = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        if rest.starts_with('=') || !target.chars().all(fine) {
            return None;
        }
        let start = broken.start + head.len() - head.trim_start().len();
        let end = start + target.len();
        let tree = read(target)?;
        let node = tree.root_node().named_child(0)?.named_child(0)?;
        let builder = Builder { text: self.text, base: start, end };
        let (targets, value) = (vec![builder.expr(node, 0)], nothing(broken.end));
        let kind = StmtKind::Assign { targets, value, augmented: None };
        Some(Stmt { range: TextRange::new(start, broken.end), kind, broken: true, leaves: false })
    }

    /// Whether a line ends inside a simple statement where nothing says that the statement goes on:
    /// neither a bracket nor a backslash. The grammar reads across such ends while somebody types.
    fn runs_over(&self, stmt: Node<'_>) -> bool {
        let simple = stmt.kind().ends_with("_statement")
            && !matches!(
                stmt.kind(),
                "if_statement"
                    | "for_statement"
                    | "while_statement"
                    | "try_statement"
                    | "with_statement"
                    | "match_statement"
            );
        if !simple || stmt.start_position().row == stmt.end_position().row {
            return false;
        }
        let (mut brackets, mut end) = (0_usize, stmt.start_byte());
        let mut cursor = stmt.walk();
        'tokens: loop {
            let node = cursor.node();
            let whole = node.child_count() == 0 || matches!(node.kind(), "string" | "comment");
            if !whole && cursor.goto_first_child() {
                continue;
            }
            if node.kind() != "comment" && !node.byte_range().is_empty() {
                if brackets == 0 && self.has_bare_line_end(end, node.start_byte()) {
                    return true;
                }
                match node.kind() {
                    "string" if self.is_unclosed(node) => return true,
                    "(" | "[" | "{" => brackets += 1,
                    ")" | "]" | "}" => brackets = brackets.saturating_sub(1),
                    _ => {}
                }
                end = node.end_byte();
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() || cursor.node() == stmt {
                    break 'tokens;
                }
            }
        }
        false
    }

    /// Whether a string with a single quote runs over the end of a line: it is not closed, and took
    /// what belongs to other statements.
    fn is_unclosed(&self, string: Node<'_>) -> bool {
        let start = string.named_child(0).filter(|start| start.kind() == "string_start");
        let long = start.is_some_and(|start| {
            start.end_byte() >= start.start_byte() + 3 && {
                let opening = self.slice(start);
                opening.ends_with("\"\"\"") || opening.ends_with("'''")
            }
        });
        let mut cursor = string.walk();
        !long
            && string.start_position().row != string.end_position().row
            && string
                .named_children(&mut cursor)
                .filter(|child| child.kind() == "string_content")
                .any(|child| self.has_bare_line_end(child.start_byte(), child.end_byte()))
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

    /// Whether a line ends between two places without a backslash.
    fn has_bare_line_end(&self, from: usize, to: usize) -> bool {
        let between = self.text.get(from + self.base..to + self.base).unwrap_or("");
        between.replace("\\\r\n", "").replace("\\\n", "").contains('\n')
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

    fn expr(&self, node: Node<'_>, depth: usize) -> Expr {
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
    fn binary(&self, node: Node<'_>, depth: usize) -> ExprKind {
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

    fn arg(&self, node: Node<'_>, depth: usize) -> Option<Arg> {
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
    fn parts(&self, node: Node<'_>) -> Option<Vec<StringPart>> {
        let strings = if node.kind() == "string" { vec![node] } else { named(node) };
        strings.into_iter().map(|string| self.part(string)).collect()
    }

    fn part(&self, node: Node<'_>) -> Option<StringPart> {
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

    fn hole(&self, node: Node<'_>) -> Hole {
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

/// No more room than is needed: a vector that grows takes room for four at once.
fn shrunk<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut out: Vec<T> = items.collect();
    out.shrink_to_fit();
    out
}

/// An expression that is not there.
fn nothing(at: usize) -> Expr {
    Expr { range: TextRange::empty(at), kind: ExprKind::Other(Vec::new()) }
}
