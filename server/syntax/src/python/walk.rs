//! Walks over the tree: all statements and expressions, and those at a place. No recursion.

use super::{Expr, ExprKind, Module, Stmt, StmtKind, StringValue};
use crate::text::TextRange;

/// The string that is written as one literal with just this between its quotes.
#[must_use]
pub fn string_at(module: &Module, content: TextRange) -> Option<&StringValue> {
    let mut pending: Vec<&Stmt> = module.body.iter().collect();
    let mut exprs: Vec<&Expr> = Vec::new();
    while let Some(stmt) = pending.pop() {
        if stmt.range.contains_range(content) {
            bodies(stmt, &mut pending, &mut exprs);
        }
    }
    while let Some(expr) = exprs.pop() {
        if let ExprKind::Str(found) = &expr.kind
            && let [only] = found.parts().as_slice()
            && only.content == content
        {
            return Some(found);
        }
        exprs.extend(children(expr).into_iter().filter(|inner| inner.range.contains_range(content)));
    }
    None
}

/// All statements of a module, those inside others included, in the order of the text.
#[must_use]
pub fn statements(module: &Module) -> Vec<&Stmt> {
    let mut pending: Vec<&Stmt> = module.body.iter().collect();
    let mut out = Vec::new();
    while let Some(stmt) = pending.pop() {
        out.push(stmt);
        bodies(stmt, &mut pending, &mut Vec::new());
    }
    out.sort_by_key(|stmt| stmt.range.start);
    out
}

/// All expressions of a module, those inside others included, in the order of the text.
#[must_use]
pub fn expressions(module: &Module) -> Vec<&Expr> {
    let mut exprs = Vec::new();
    for stmt in statements(module) {
        bodies(stmt, &mut Vec::new(), &mut exprs);
    }
    let mut out = Vec::new();
    while let Some(expr) = exprs.pop() {
        out.push(expr);
        exprs.extend(children(expr));
    }
    out.sort_by_key(|expr| expr.range.start);
    out
}

/// The expression that stands just there; the outermost where several do.
#[must_use]
pub fn expression_at(module: &Module, range: TextRange) -> Option<&Expr> {
    let mut pending: Vec<&Stmt> = module.body.iter().collect();
    let mut exprs: Vec<&Expr> = Vec::new();
    while let Some(stmt) = pending.pop() {
        if stmt.range.contains_range(range) {
            bodies(stmt, &mut pending, &mut exprs);
        }
    }
    while let Some(expr) = exprs.pop() {
        if expr.range == range {
            return Some(expr);
        }
        exprs.extend(children(expr).into_iter().filter(|inner| inner.range.contains_range(range)));
    }
    None
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

/// The expressions right inside an expression, in order.
#[must_use]
pub fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Attribute { object, .. } => vec![object],
        ExprKind::Call { func, args, .. } => {
            std::iter::once(&**func).chain(args.iter().map(|arg| &arg.value)).collect()
        }
        ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Other(items) | ExprKind::Scoped(items) => {
            items.iter().collect()
        }
        ExprKind::Dict { pairs, .. } => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
        ExprKind::Binary { first, rest } => {
            std::iter::once(&**first).chain(rest.iter().map(|(_, right)| right)).collect()
        }
        ExprKind::Subscript { object, index } => vec![object, index],
        ExprKind::Conditional { condition, then, otherwise } => vec![condition, then, otherwise],
        ExprKind::Walrus { name, value } => vec![name, value],
        _ => Vec::new(),
    }
}

/// A chain of names such as `env.docker.base_image`; `None` for anything else.
#[must_use]
pub fn dotted(expr: &Expr) -> Option<String> {
    let mut parts = Vec::new();
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::Name(name) => {
                parts.push(name.as_str());
                parts.reverse();
                return Some(parts.join("."));
            }
            ExprKind::Attribute { object, name, .. } => {
                parts.push(name.as_str());
                at = object;
            }
            _ => return None,
        }
    }
}
