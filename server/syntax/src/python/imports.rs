//! What a program imports, whatever happens: the modules without which it does not start.

use super::{Expr, ExprKind, Module, Stmt, StmtKind, dotted};

/// The modules that a program imports for certain, by their full names: `import a.b` is `a.b`, and
/// `from a import b` is `a.b`. What is tried, or hangs on a condition other than being the program
/// that was started, is left out, and so is what only a function does.
#[must_use]
pub fn imports(module: &Module) -> Vec<String> {
    let mut out = Vec::new();
    let mut pending: Vec<&[Stmt]> = vec![&module.body];
    while let Some(body) = pending.pop() {
        for stmt in body {
            match &stmt.kind {
                StmtKind::Import { module, names } if !stmt.broken && !module.starts_with('.') => {
                    out.extend(names.iter().map(|(name, _)| match module.as_str() {
                        "" => name.clone(),
                        module => format!("{module}.{name}"),
                    }));
                }
                StmtKind::With { body, .. } => pending.push(body),
                StmtKind::If { branches } => {
                    let started =
                        branches.iter().filter(|branch| branch.condition.as_ref().is_some_and(is_main));
                    pending.extend(started.map(|branch| branch.body.as_slice()));
                }
                _ => {}
            }
        }
    }
    out
}

/// The chains of names that a program calls anywhere, functions that may never run included.
#[must_use]
pub fn calls(module: &Module) -> Vec<String> {
    let mut out = Vec::new();
    let mut pending: Vec<&Stmt> = module.body.iter().collect();
    let mut exprs: Vec<&Expr> = Vec::new();
    while let Some(stmt) = pending.pop() {
        super::walk::bodies(stmt, &mut pending, &mut exprs);
        while let Some(expr) = exprs.pop() {
            if let ExprKind::Call { func, .. } = &expr.kind {
                out.extend(dotted(func));
            }
            exprs.extend(super::children(expr));
        }
    }
    out
}

/// Whether a condition is `__name__ == "__main__"`.
fn is_main(condition: &Expr) -> bool {
    let mut pending = vec![condition];
    while let Some(expr) = pending.pop() {
        if matches!(&expr.kind, ExprKind::Name(_)) && dotted(expr).as_deref() == Some("__name__") {
            return true;
        }
        pending.extend(super::children(expr));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{calls, imports};

    #[test]
    fn only_what_is_certain_is_imported() {
        let text = "import mlflow, a.b as c\nfrom azureml.core import Run\nfrom . import x\n\
                    try:\n    import maybe\nexcept ImportError:\n    pass\n\
                    def f():\n    import later\n\
                    if __name__ == '__main__':\n    import d\nif e:\n    import g\n";
        let mut found = imports(&crate::python::parse(text));
        found.sort();
        assert_eq!(found, ["a.b", "azureml.core.Run", "d", "mlflow"]);
    }

    #[test]
    fn calls_are_found_wherever_they_stand() {
        let text =
            "def f():\n    with a.b() as x:\n        y = g(h.i(1))\nclass C:\n    def m(self): k.l()\n";
        let mut found = calls(&crate::python::parse(text));
        found.sort();
        assert_eq!(found, ["a.b", "g", "h.i", "k.l"]);
    }
}
