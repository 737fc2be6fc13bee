//! From tree-sitter's tree to the owned one. Statements nest with the indentation and expressions
//! with the brackets; both are cut off at a depth, so that recursion stays shallow.

use tree_sitter::{Node, Parser};

use super::literal::{StringPart, decode};
use super::{Arg, Branch, Expr, ExprKind, Module, Stmt, StmtKind};
use crate::text::TextRange;

/// Nesting deeper than this is not looked into.
const MAX_DEPTH: usize = 100;

pub(super) fn parse(text: &str) -> Module {
    let mut parser = Parser::new();
    if parser.set_language(&tree_sitter_python::LANGUAGE.into()).is_err() {
        return Module::default();
    }
    let Some(tree) = parser.parse(text, None) else { return Module::default() };
    let root = tree.root_node();
    let builder = Builder { text };
    let mut body = Vec::new();
    builder.statements(root, 0, &mut body);
    Module { body, comments: comments(root) }
}

/// The statements and expressions right inside a statement.
pub(super) fn bodies<'a>(stmt: &'a Stmt, statements: &mut Vec<&'a Stmt>, exprs: &mut Vec<&'a Expr>) {
    match &stmt.kind {
        StmtKind::Assign { targets, value, .. } => {
            exprs.extend(targets);
            exprs.push(value);
        }
        StmtKind::Expr(expr) => exprs.push(expr),
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
            exprs.extend(items);
            statements.extend(body);
        }
        StmtKind::Function { body, .. } | StmtKind::Class { body, .. } => statements.extend(body),
        StmtKind::Import { .. } | StmtKind::Other => {}
    }
}

fn comments(root: Node<'_>) -> Vec<TextRange> {
    let mut out = Vec::new();
    let mut cursor = root.walk();
    loop {
        if cursor.node().kind() == "comment" {
            out.push(range(cursor.node()));
        }
        if cursor.goto_first_child() || cursor.goto_next_sibling() {
            continue;
        }
        loop {
            if !cursor.goto_parent() {
                return out;
            }
            if cursor.goto_next_sibling() {
                break;
            }
        }
    }
}

fn range(node: Node<'_>) -> TextRange {
    TextRange::new(node.start_byte(), node.end_byte())
}

fn named<'n>(node: Node<'n>) -> Vec<Node<'n>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() != "comment" && !child.is_extra()).collect()
}

struct Builder<'t> {
    text: &'t str,
}

impl Builder<'_> {
    fn slice(&self, node: Node<'_>) -> String {
        range(node).slice(self.text).to_owned()
    }

    fn statements(&self, parent: Node<'_>, depth: usize, out: &mut Vec<Stmt>) {
        if depth > MAX_DEPTH {
            return;
        }
        for child in named(parent) {
            if child.is_error() {
                // What stands in an error is read as far as it goes, and marked.
                let before = out.len();
                self.statements(child, depth + 1, out);
                out.iter_mut().skip(before).for_each(|stmt| stmt.broken = true);
            } else {
                self.statement(child, depth, out);
            }
        }
    }

    fn body(&self, node: Option<Node<'_>>, depth: usize) -> Vec<Stmt> {
        let mut out = Vec::new();
        if let Some(node) = node {
            self.statements(node, depth + 1, &mut out);
        }
        out
    }

    fn statement(&self, node: Node<'_>, depth: usize, out: &mut Vec<Stmt>) {
        let field = |name: &str| node.child_by_field_name(name);
        let kind = match node.kind() {
            "expression_statement" => {
                for child in named(node) {
                    out.push(self.expression_statement(child, range(node), depth));
                }
                return;
            }
            "decorated_definition" => {
                if let Some(definition) = field("definition") {
                    self.statement(definition, depth, out);
                }
                return;
            }
            "import_statement" | "import_from_statement" | "future_import_statement" => self.import(node),
            "if_statement" => {
                let condition = field("condition").map(|condition| self.expr(condition, depth));
                let mut branches = vec![Branch { condition, body: self.body(field("consequence"), depth) }];
                for clause in named(node) {
                    match clause.kind() {
                        "elif_clause" => branches.push(Branch {
                            condition: clause
                                .child_by_field_name("condition")
                                .map(|node| self.expr(node, depth)),
                            body: self.body(clause.child_by_field_name("consequence"), depth),
                        }),
                        "else_clause" => branches.push(Branch {
                            condition: None,
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
                let (mut items, mut names) = (Vec::new(), Vec::new());
                for clause in named(node).into_iter().filter(|child| child.kind() == "with_clause") {
                    for item in named(clause) {
                        let Some(value) = item.child_by_field_name("value") else { continue };
                        if value.kind() == "as_pattern" {
                            items.extend(value.named_child(0).map(|inner| self.expr(inner, depth)));
                            names.extend(
                                value
                                    .child_by_field_name("alias")
                                    .map(|alias| self.names(alias))
                                    .unwrap_or_default(),
                            );
                        } else {
                            items.push(self.expr(value, depth));
                        }
                    }
                }
                StmtKind::With { items, names, body: self.body(field("body"), depth) }
            }
            "function_definition" => StmtKind::Function {
                name: field("name").map(|name| self.slice(name)).unwrap_or_default(),
                params: field("parameters").map(|list| self.params(list)).unwrap_or_default(),
                body: self.body(field("body"), depth),
            },
            "class_definition" => StmtKind::Class {
                name: field("name").map(|name| self.slice(name)).unwrap_or_default(),
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
        out.push(Stmt { range: range(node), kind, broken: false, leaves });
    }

    fn expression_statement(&self, node: Node<'_>, whole: TextRange, depth: usize) -> Stmt {
        let mut broken = node.has_error();
        let kind = match node.kind() {
            "assignment" => {
                let mut targets = Vec::new();
                let mut at = node;
                let value = loop {
                    let Some(left) = at.child_by_field_name("left") else { break None };
                    broken |= self.crosses_line(left);
                    targets.push(self.expr(left, depth));
                    let Some(right) = at.child_by_field_name("right") else { break None };
                    let mut cursor = at.walk();
                    let equals = at.children(&mut cursor).find(|child| child.kind() == "=");
                    if let Some(equals) = equals
                        && self.has_bare_line_end(equals.end_byte(), right.start_byte())
                    {
                        // The right side is the next statement: what was typed here is not finished.
                        broken = true;
                    }
                    if right.kind() != "assignment" {
                        break Some(right);
                    }
                    at = right;
                };
                match value {
                    Some(value) => {
                        StmtKind::Assign { targets, value: self.expr(value, depth), augmented: false }
                    }
                    None => StmtKind::Other,
                }
            }
            "augmented_assignment" => {
                match (node.child_by_field_name("left"), node.child_by_field_name("right")) {
                    (Some(left), Some(right)) => StmtKind::Assign {
                        targets: vec![self.expr(left, depth)],
                        value: self.expr(right, depth),
                        augmented: true,
                    },
                    _ => StmtKind::Other,
                }
            }
            _ => {
                broken |= self.crosses_line(node);
                StmtKind::Expr(self.expr(node, depth))
            }
        };
        Stmt { range: whole, kind, broken, leaves: false }
    }

    /// Whether a line ends between two places without a backslash.
    fn has_bare_line_end(&self, from: usize, to: usize) -> bool {
        let between = self.text.get(from..to).unwrap_or("");
        between.replace("\\\r\n", "").replace("\\\n", "").contains('\n')
    }

    /// Whether a chain of attributes crosses a line where nothing allows it.
    fn crosses_line(&self, chain: Node<'_>) -> bool {
        let mut at = chain;
        while at.kind() == "attribute" {
            let (Some(object), Some(name)) =
                (at.child_by_field_name("object"), at.child_by_field_name("attribute"))
            else {
                return false;
            };
            if self.has_bare_line_end(object.end_byte(), name.start_byte()) {
                return true;
            }
            at = object;
        }
        false
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
        let whole = range(node);
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
                    name_range: range(name),
                },
                _ => ExprKind::Other(Vec::new()),
            },
            "call" => match (field("function"), field("arguments")) {
                (Some(func), Some(arguments)) if arguments.kind() == "argument_list" => ExprKind::Call {
                    func: inner(func),
                    args: named(arguments).into_iter().filter_map(|arg| self.arg(arg, depth)).collect(),
                    parens: range(arguments),
                },
                (Some(func), arguments) => {
                    let mut parts = vec![self.expr(func, depth)];
                    parts.extend(arguments.map(|arguments| self.expr(arguments, depth)));
                    ExprKind::Other(parts)
                }
                _ => ExprKind::Other(Vec::new()),
            },
            "string" | "concatenated_string" => match self.parts(node) {
                Some(parts) => ExprKind::Str(Box::new(decode(self.text, parts))),
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
            "dictionary" => ExprKind::Dict(
                named(node)
                    .into_iter()
                    .filter_map(|pair| {
                        let key = pair.child_by_field_name("key")?;
                        let value = pair.child_by_field_name("value")?;
                        Some((self.expr(key, depth), self.expr(value, depth)))
                    })
                    .collect(),
            ),
            "parenthesized_expression" => match named(node).as_slice() {
                [only] => return self.expr(*only, depth),
                _ => ExprKind::Other(all(node)),
            },
            "binary_operator" => self.binary(node, depth),
            _ => ExprKind::Other(all(node)),
        };
        Expr { range: whole, kind }
    }

    /// `a + b`; two literals are one.
    fn binary(&self, node: Node<'_>, depth: usize) -> ExprKind {
        let parts = (
            node.child_by_field_name("left"),
            node.child_by_field_name("operator"),
            node.child_by_field_name("right"),
        );
        let (Some(left), Some(operator), Some(right)) = parts else { return ExprKind::Other(Vec::new()) };
        // `"a" + "b" + …` leans to the left, as deep as it is long: it is read along its spine.
        let mut operands = vec![(self.slice(operator), right)];
        let mut at = left;
        while at.kind() == "binary_operator" {
            let (Some(left), Some(operator), Some(right)) = (
                at.child_by_field_name("left"),
                at.child_by_field_name("operator"),
                at.child_by_field_name("right"),
            ) else {
                break;
            };
            operands.push((self.slice(operator), right));
            at = left;
        }
        operands.reverse();
        let first = self.expr(at, depth);
        let mut literals: Option<Vec<StringPart>> = match &first.kind {
            ExprKind::Str(literal) => Some(literal.parts.clone()),
            _ => None,
        };
        let operands: Vec<(String, Expr)> =
            operands.into_iter().map(|(operator, node)| (operator, self.expr(node, depth))).collect();
        for (operator, operand) in &operands {
            match (&mut literals, &operand.kind) {
                (Some(parts), ExprKind::Str(literal)) if operator == "+" => {
                    parts.extend(literal.parts.iter().cloned())
                }
                _ => literals = None,
            }
        }
        if let Some(parts) = literals {
            return ExprKind::Str(Box::new(decode(self.text, parts)));
        }
        match <[(String, Expr); 1]>::try_from(operands) {
            Ok([(operator, right)]) => {
                ExprKind::Binary { operator, left: Box::new(first), right: Box::new(right) }
            }
            Err(operands) => ExprKind::Other(
                std::iter::once(first).chain(operands.into_iter().map(|(_, expr)| expr)).collect(),
            ),
        }
    }

    fn arg(&self, node: Node<'_>, depth: usize) -> Option<Arg> {
        let whole = range(node);
        match node.kind() {
            "keyword_argument" => {
                let name = node.child_by_field_name("name")?;
                let value = node.child_by_field_name("value")?;
                Some(Arg {
                    name: Some((self.slice(name), range(name))),
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
                "interpolation" => holes.push(range(child)),
                _ => {}
            }
        }
        let (start, end) = (start?, end.filter(|end| !end.is_missing())?);
        let opening = self.slice(start);
        let prefix: String = opening.chars().take_while(char::is_ascii_alphabetic).collect();
        let quote = opening.get(prefix.len()..)?.to_owned();
        let content = TextRange::new(start.end_byte(), end.start_byte());
        Some(StringPart { range: range(node), content, prefix, quote, holes })
    }
}
