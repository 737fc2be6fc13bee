//! Calls: what is done with environments, and what they are handed over to.

use std::sync::Arc;

use amlenv_syntax::python::{self, Arg, Expr, ExprKind, Known, dotted};

use super::names::Callee;
use super::{Lowering, Node, Object, conda, host, v1, values};
use crate::kind::Role;
use crate::model::{EnvironmentAction, EnvironmentUse, Task, Text};

impl<'a> Lowering<'_, 'a> {
    /// Calls anywhere inside `expr`: what is done with environments, and what the file is for.
    pub(super) fn calls(&mut self, at: usize, expr: &'a Expr) {
        let mut pending = vec![(expr, false)];
        while let Some((expr, scoped)) = pending.pop() {
            let scoped = scoped || matches!(expr.kind, ExprKind::Scoped(_));
            pending.extend(python::children(expr).into_iter().map(|inner| (inner, scoped)));
            if !scoped {
                // What stands inside a comprehension hangs on names that nobody knows.
                self.object_of(at, expr, None);
            }
            let ExprKind::Call { func, args, .. } = &expr.kind else { continue };
            if let ExprKind::Attribute { object, name, .. } = &func.kind {
                self.method(at, expr, object, name, args);
            }
            match self.imports.callee(func, args) {
                Callee::V1(class) => {
                    self.roles.extend(v1::role(&class));
                    self.handed_over(at, expr, &class, args);
                }
                Callee::V2(class) => self.call_v2(at, expr, &class, args),
                Callee::Other => self.handed_over(at, expr, "", args),
            }
        }
    }

    pub(super) fn method(
        &mut self,
        at: usize,
        call: &'a Expr,
        object: &'a Expr,
        name: &str,
        args: &'a [Arg],
    ) {
        if matches!(name, "create_or_update" | "begin_create_or_update") {
            if let Some(arg) = args.first()
                && let Object::Environment(environment) = self.object_of(at, &arg.value, None)
            {
                self.used(at, call, environment, "create_or_update");
            }
            return;
        }
        let Some(chain) = dotted(object) else { return };
        if conda::is_conda_method(name) {
            self.conda_method(at, call, &chain, name, args);
            return;
        }
        if matches!(name, "register" | "build" | "build_local")
            && let Some(Object::Environment(environment)) = self.lookup(self.scope(at), &chain)
        {
            self.used(at, call, environment, name);
        }
    }

    pub(super) fn used(&mut self, at: usize, call: &Expr, environment: usize, what: &str) {
        let path = self.here(at).map_or_else(|| Arc::from([]), |step| step.path.clone());
        if let Some(found) = self.environments.get_mut(environment) {
            found.uses.push(EnvironmentAction { range: host(call.range), path, what: what.to_owned() });
        }
    }

    /// Arguments that hand a known object over to a call that is not one of SDK v2.
    pub(super) fn handed_over(&mut self, at: usize, call: &'a Expr, class: &str, args: &'a [Arg]) {
        let node = Node {
            role: v1::role(class),
            scoring_script: v1::scores(class, args),
            task: v1::role(class).map(|_| Arc::new(self.task_v1(at, class, args))),
        };
        for arg in args {
            let known = matches!(arg.value.kind, ExprKind::Name(_) | ExprKind::Attribute { .. });
            let made = matches!(arg.value.kind, ExprKind::Call { .. } | ExprKind::Subscript { .. });
            let inline = made && !class.is_empty();
            if !known && !inline {
                continue;
            }
            match self.object_of(at, &arg.value, None) {
                object @ Object::Environment(environment) => {
                    if class.is_empty() && is_harmless(call) {
                        continue;
                    }
                    self.used(at, call, environment, class);
                    self.in_role(object, &node);
                    if class.is_empty() {
                        self.escape(object);
                    }
                }
                // The environment of a run configuration goes where that goes.
                Object::RunConfiguration(environment) if node.role.is_some() => {
                    self.in_role(Object::Environment(environment), &node);
                }
                Object::Conda(conda) if class.is_empty() => {
                    // A function of somebody's may add anything to it.
                    if let Some(found) = self.condas.get_mut(conda) {
                        found.lose();
                    }
                }
                _ => {}
            }
        }
    }

    /// An environment that is given to a job or deployment: an object, a reference, or a definition.
    pub(super) fn given(&mut self, at: usize, value: &'a Expr, node: Node, what: &str, call: &'a Expr) {
        if let object @ Object::Environment(environment) = self.object_of(at, value, None) {
            self.used(at, call, environment, what);
            self.in_role(object, &node);
            return;
        }
        // `env.id` is the environment, by its address.
        if let ExprKind::Attribute { object, name, .. } = &value.kind
            && name == "id"
            && let object @ Object::Environment(environment) = self.object_of(at, object, None)
        {
            self.used(at, call, environment, what);
            self.in_role(object, &node);
            return;
        }
        if let Some(environment) = self.inline(at, value) {
            self.used(at, call, environment, what);
            self.in_role(Object::Environment(environment), &node);
            return;
        }
        if let Some(text) = self.values(at).of(value).text().filter(|text| !text.value.is_empty()) {
            let Node { role, scoring_script, task } = node;
            let tasks = task.into_iter().collect();
            self.uses.push(EnvironmentUse { text: values::text(&text), role, scoring_script, tasks });
        }
    }

    pub(super) fn in_role(&mut self, object: Object, node: &Node) {
        if let Object::Environment(environment) = object
            && let Some(found) = self.environments.get_mut(environment)
        {
            found.role = if node.role == Some(Role::Online) { node.role } else { found.role.or(node.role) };
            found.scoring_script |= node.scoring_script;
            let new = node.task.iter().filter(|task| !found.tasks.contains(task)).cloned();
            let new: Vec<Arc<Task>> = new.collect();
            found.tasks.extend(new);
        }
    }

    /// The text of an argument, where it is known.
    pub(super) fn argument_text(&self, at: usize, args: &'a [Arg], name: &str) -> Option<Text> {
        let arg = args.iter().find(|arg| arg.name.as_ref().is_some_and(|(found, _)| found == name))?;
        match self.values(at).of(&arg.value) {
            Known::Text(text) | Known::Path(text) => Some(values::text(&text)),
            _ => None,
        }
    }
}

/// Whether a call only looks at what it is given.
fn is_harmless(call: &Expr) -> bool {
    let ExprKind::Call { func, .. } = &call.kind else { return false };
    match &func.kind {
        ExprKind::Name(name) => {
            matches!(
                name.as_str(),
                "print" | "str" | "repr" | "type" | "isinstance" | "id" | "vars" | "display"
            )
        }
        ExprKind::Attribute { name, .. } => {
            matches!(name.as_str(), "create_or_update" | "begin_create_or_update" | "info" | "debug" | "log")
        }
        _ => false,
    }
}
