//! What a cursor stands in, as far as completion asks.

use super::{Expr, ExprKind, Module, Stmt, StmtKind, StringValue, dotted};

/// What a cursor stands in.
#[derive(Clone, Debug)]
pub enum Cursor<'a> {
    /// Inside a string.
    String {
        /// The string.
        literal: &'a StringValue,
        /// What the string is given to: `env.docker.base_image` of an assignment, or
        /// `Environment.from_docker_image(image)` of a call; empty where it is nothing of the kind.
        receiver: String,
    },
    /// Anything else.
    Nothing,
}

/// What a cursor at `offset` stands in.
#[must_use]
pub fn cursor_at(module: &Module, offset: usize) -> Cursor<'_> {
    if module.comments.iter().any(|comment| comment.start < offset && offset <= comment.end) {
        return Cursor::Nothing;
    }
    let mut pending: Vec<&Stmt> = module.body.iter().collect();
    while let Some(stmt) = pending.pop() {
        if !stmt.range.touches(offset) {
            continue;
        }
        let mut exprs: Vec<&Expr> = Vec::new();
        super::walk::bodies(stmt, &mut pending, &mut exprs);
        let target = match &stmt.kind {
            StmtKind::Assign { targets, .. } => targets.first().and_then(dotted).unwrap_or_default(),
            _ => String::new(),
        };
        let mut waiting: Vec<(&Expr, String)> = exprs
            .into_iter()
            .filter(|expr| expr.range.touches(offset))
            .map(|expr| (expr, target.clone()))
            .collect();
        while let Some((expr, receiver)) = waiting.pop() {
            match &expr.kind {
                ExprKind::Str(literal) => {
                    if literal.parts().iter().any(|part| part.content.touches(offset)) {
                        return Cursor::String { literal, receiver };
                    }
                }
                ExprKind::Call { func, args, .. } => {
                    waiting.push((func, receiver.clone()));
                    let called = dotted(func).unwrap_or_default();
                    for (position, arg) in args.iter().enumerate() {
                        let name =
                            arg.name.as_ref().map_or_else(|| position.to_string(), |(name, _)| name.clone());
                        // What a call only makes another text or path of, it passes on.
                        let passes = ["dedent", "cleandoc", "str", "Path", "path.join"];
                        let inner = if passes.iter().any(|name| called.ends_with(name)) {
                            receiver.clone()
                        } else {
                            format!("{called}({name})")
                        };
                        waiting.push((&arg.value, inner));
                    }
                }
                _ => waiting.extend(super::children(expr).into_iter().map(|inner| (inner, receiver.clone()))),
            }
            waiting.retain(|(expr, _)| expr.range.touches(offset));
        }
    }
    Cursor::Nothing
}
