//! What the reader sees in Python files, for `tests/python/compare.py`: one JSON object for each path
//! on standard input.

#![expect(clippy::print_stdout, reason = "the facts are what the command is for")]

use std::io::BufRead;

use amlenv_syntax::python::{Expr, ExprKind, StmtKind, children, dotted, parse};
use serde_json::{Value, json};

fn main() {
    for path in std::io::stdin().lock().lines().map_while(Result::ok) {
        let Ok(source) = std::fs::read_to_string(&path) else { continue };
        println!("{}", facts(&path, &source));
    }
}

/// The strings and the assignments of names and attributes, each with its first byte.
fn facts(path: &str, source: &str) -> Value {
    let module = parse(source);
    let (mut strings, mut assignments, mut broken) = (Vec::new(), Vec::new(), 0);
    let mut pending: Vec<_> = module.body.iter().collect();
    while let Some(stmt) = pending.pop() {
        let mut exprs: Vec<&Expr> = Vec::new();
        broken += usize::from(stmt.broken);
        match &stmt.kind {
            StmtKind::Assign { targets, value, augmented } => {
                exprs.extend(targets);
                exprs.push(value);
                if augmented.is_none() && !stmt.broken {
                    assignments.extend(
                        targets
                            .iter()
                            .filter_map(|target| Some(json!([target.range.start, dotted(target)?]))),
                    );
                }
            }
            StmtKind::Expr(expr) | StmtKind::Return(Some(expr)) => exprs.push(expr),
            StmtKind::If { branches } => {
                exprs.extend(branches.iter().filter_map(|branch| branch.condition.as_ref()));
                pending.extend(branches.iter().flat_map(|branch| &branch.body));
            }
            StmtKind::Loop { body, orelse, .. } => pending.extend(body.iter().chain(orelse)),
            StmtKind::Try { body, handlers, orelse, finally } => {
                pending.extend(body.iter().chain(handlers.iter().flatten()).chain(orelse).chain(finally));
            }
            StmtKind::With { items, body } => {
                exprs.extend(items.iter().map(|(value, _)| value));
                pending.extend(body);
            }
            StmtKind::Function { decorators, body, .. } => {
                exprs.extend(decorators);
                pending.extend(body);
            }
            StmtKind::Class { body, .. } => pending.extend(body),
            _ => {}
        }
        while let Some(expr) = exprs.pop() {
            if let ExprKind::Str(text) = &expr.kind
                && !text.foreign
            {
                strings.push(json!([expr.range.start, text.value, text.has_holes]));
            }
            exprs.extend(children(expr));
        }
    }
    json!({ "path": path, "strings": strings, "assignments": assignments, "broken": broken })
}
