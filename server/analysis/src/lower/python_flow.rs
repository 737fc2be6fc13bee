//! Straight-line flow of a Python file: its statements in order, each with its scope and the
//! branches that it stands in. Knows nothing of environments.

use std::sync::Arc;

use amlenv_syntax::TextRange;
use amlenv_syntax::python::{Expr, ExprKind, Module, Stmt, StmtKind};

use crate::model::Arm;

/// One statement where it happens.
#[derive(Debug, Clone)]
pub(crate) struct Step<'a> {
    pub(crate) kind: StepKind<'a>,
    pub(crate) range: TextRange,
    /// 0 is the module; every function and class body has a scope of its own.
    pub(crate) scope: usize,
    pub(crate) path: Arc<[Arm]>,
    /// Whether it may run more than once or not to its end: inside a loop, `try` or `with`.
    pub(crate) in_loop: bool,
}

/// What happens in a step.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StepKind<'a> {
    /// An assignment.
    Assign { targets: &'a [Expr], value: &'a Expr, augmented: bool },
    /// An expression on its own, or one inside another statement (a condition, a returned value).
    Expr(&'a Expr),
    /// An import, for its names.
    Import(&'a Stmt),
    /// A name bound by something that is not followed: a loop variable, `with … as`, a parameter.
    Bind(&'a str),
    /// A statement that could not be read: nothing said before is certain after it.
    Broken,
}

/// Puts a module's statements into the order of the text.
pub(crate) fn flatten(module: &Module) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut scopes = 1;
    let mut ids = 0;
    let root: Arc<[Arm]> = Arc::from([]);
    let mut pending: Vec<Frame<'_>> =
        vec![Frame { body: &module.body, at: 0, scope: 0, path: root, in_loop: false }];
    while let Some(frame) = pending.last_mut() {
        let Some(stmt) = frame.body.get(frame.at) else {
            pending.pop();
            continue;
        };
        frame.at += 1;
        let (scope, path, in_loop) = (frame.scope, frame.path.clone(), frame.in_loop);
        let step = |kind| Step { kind, range: stmt.range, scope, path: path.clone(), in_loop };
        let mut inner: Vec<Frame<'_>> = Vec::new();
        let mut arm = |body, statement, arm, scope, in_loop| {
            let leaves = leaves(body);
            let path = path.iter().copied().chain([Arm { statement, arm, leaves }]).collect();
            inner.push(Frame { body, at: 0, scope, path, in_loop });
        };
        ids += 1;
        if stmt.broken {
            steps.push(step(StepKind::Broken));
        }
        match &stmt.kind {
            StmtKind::Import { .. } => steps.push(step(StepKind::Import(stmt))),
            StmtKind::Assign { targets, value, augmented } if !stmt.broken => {
                steps.push(step(StepKind::Assign { targets, value, augmented: *augmented }));
            }
            StmtKind::Assign { .. } | StmtKind::Other => {}
            StmtKind::Expr(expr) => steps.push(step(StepKind::Expr(expr))),
            StmtKind::Return(value) => steps.extend(value.as_ref().map(|value| step(StepKind::Expr(value)))),
            StmtKind::If { branches } => {
                for (number, branch) in branches.iter().enumerate() {
                    steps.extend(branch.condition.as_ref().map(|condition| step(StepKind::Expr(condition))));
                    arm(&branch.body, ids, number, scope, in_loop);
                }
            }
            StmtKind::Loop { names, body, orelse } => {
                steps.extend(names.iter().map(|name| step(StepKind::Bind(name))));
                arm(body, ids, 0, scope, true);
                arm(orelse, ids, 0, scope, in_loop);
            }
            StmtKind::Try { body, handlers, orelse, finally } => {
                arm(body, ids, 0, scope, in_loop);
                for (number, handler) in handlers.iter().enumerate() {
                    arm(handler, ids, number + 1, scope, in_loop);
                }
                arm(orelse, ids, 0, scope, in_loop);
                inner.push(Frame { body: finally, at: 0, scope, path: path.clone(), in_loop });
            }
            StmtKind::With { items, names, body } => {
                steps.extend(items.iter().map(|item| step(StepKind::Expr(item))));
                steps.extend(names.iter().map(|name| step(StepKind::Bind(name))));
                inner.push(Frame { body, at: 0, scope, path: path.clone(), in_loop });
            }
            StmtKind::Function { params, body, .. } => {
                let (scope, id) = (scopes, ids);
                scopes += 1;
                for param in params {
                    let kind = StepKind::Bind(param);
                    steps.push(Step { kind, range: stmt.range, scope, path: Arc::from([]), in_loop: false });
                }
                let path = Arc::from([Arm { statement: id, arm: 0, leaves: false }]);
                inner.push(Frame { body, at: 0, scope, path, in_loop: false });
            }
            StmtKind::Class { body, .. } => {
                let (scope, id) = (scopes, ids);
                scopes += 1;
                let path = Arc::from([Arm { statement: id, arm: 0, leaves: false }]);
                inner.push(Frame { body, at: 0, scope, path, in_loop: false });
            }
        }
        inner.reverse();
        pending.extend(inner);
    }
    steps
}

struct Frame<'a> {
    body: &'a [Stmt],
    at: usize,
    scope: usize,
    path: Arc<[Arm]>,
    in_loop: bool,
}

/// Whether control never passes the end of `body`.
fn leaves(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        _ if stmt.leaves => true,
        StmtKind::Expr(expr) => match &expr.kind {
            ExprKind::Call { func, .. } => {
                matches!(dotted(func).as_deref(), Some("exit" | "quit" | "sys.exit" | "os._exit"))
            }
            _ => false,
        },
        _ => false,
    })
}

/// A chain of names such as `env.docker.base_image`; `None` for anything else.
pub(crate) fn dotted(expr: &Expr) -> Option<String> {
    let mut parts = Vec::new();
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::Name(name) => {
                parts.push(name.as_str());
                break;
            }
            ExprKind::Attribute { object, name, .. } => {
                parts.push(name.as_str());
                at = object;
            }
            _ => return None,
        }
    }
    parts.reverse();
    Some(parts.join("."))
}
