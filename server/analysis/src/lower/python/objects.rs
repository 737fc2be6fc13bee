//! What names and expressions stand for: environments, parts of them, jobs, or something else.

use amlenv_syntax::python::{Arg, Expr, ExprKind, dotted};

use super::names::Callee;
use super::{Lowering, Node, Object, Part, PartKind, RUN_CONFIGURATION, Reference, host, v1, values};
use crate::model::{Environment, Field, Initial, NamedUse, Notation};

impl<'a> Lowering<'_, 'a> {
    /// What a chain of names stands for: in its own scope, or in the one around it where it is bound.
    pub(super) fn lookup(&self, scope: usize, chain: &str) -> Option<Object> {
        if let Some(found) = self.objects.get(&(scope, chain.to_owned())) {
            return Some(*found);
        }
        let first = chain.split('.').next().unwrap_or(chain);
        let bound = self.flow.scope_of(scope, first).filter(|bound| *bound != scope)?;
        self.objects.get(&(bound, chain.to_owned())).copied()
    }

    /// What an expression stands for. What a call makes is made once, and called `variable`.
    pub(super) fn object_of(&mut self, at: usize, expr: &'a Expr, variable: Option<&str>) -> Object {
        match &expr.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } => {
                let Some(chain) = dotted(expr) else { return Object::Other };
                if let Some(found) = self.lookup(self.scope(at), &chain) {
                    return found;
                }
                match self.known_root(at, &chain) {
                    Some((environment, section)) if section.is_empty() => Object::Environment(environment),
                    Some(found) => {
                        self.sections.push(found);
                        Object::Section(self.sections.len() - 1)
                    }
                    None => Object::Other,
                }
            }
            ExprKind::Walrus { name, value } => self.object_of(at, value, dotted(name).as_deref()),
            ExprKind::Subscript { .. } | ExprKind::Call { .. } => {
                if let Some(found) = self.built.get(&expr.range) {
                    return *found;
                }
                let made = match &expr.kind {
                    ExprKind::Call { func, args, .. } => self.construct(at, expr, func, args, variable),
                    ExprKind::Subscript { object, index } => {
                        self.workspace_environment(at, object, Some(index), None, expr)
                    }
                    _ => Object::Other,
                };
                self.built.insert(expr.range, made);
                made
            }
            _ => Object::Other,
        }
    }

    /// What a call makes.
    pub(super) fn construct(
        &mut self,
        at: usize,
        call: &'a Expr,
        func: &'a Expr,
        args: &'a [Arg],
        variable: Option<&str>,
    ) -> Object {
        match self.imports.callee(func, args) {
            Callee::V1(class) => return self.construct_v1(at, call, &class, args, variable),
            Callee::V2(class) => return self.construct_v2(at, call, &class, args, variable),
            Callee::Other => {}
        }
        match &func.kind {
            ExprKind::Attribute { object, name, .. } => match name.as_str() {
                // A clone starts as something unknown, even of something known.
                "clone" => {
                    let notation = Notation::PythonV1;
                    Object::Environment(self.new_environment(at, notation, variable, Initial::Unknown, call))
                }
                "create_or_update" | "begin_create_or_update" => match args.first() {
                    Some(arg) => self.object_of(at, &arg.value, variable),
                    None => Object::Other,
                },
                "result" => self.object_of(at, object, variable),
                // Registering gives back what is registered.
                "register" => match self.object_of(at, object, None) {
                    found @ Object::Environment(_) => found,
                    _ => Object::Other,
                },
                "get" => {
                    let named = |wanted: &str| {
                        args.iter()
                            .find(|arg| arg.name.as_ref().is_some_and(|(name, _)| name == wanted))
                            .map(|arg| &arg.value)
                    };
                    let first = args.first().filter(|arg| arg.name.is_none()).map(|arg| &arg.value);
                    let version = named("version").or_else(|| named("label"));
                    self.workspace_environment(at, object, named("name").or(first), version, call)
                }
                _ => Object::Other,
            },
            ExprKind::Name(name) => self.factory_result(at, name, call, variable),
            _ => Object::Other,
        }
    }

    /// What a function of the file returns, where that is one environment.
    pub(super) fn factory_result(
        &mut self,
        at: usize,
        name: &str,
        call: &'a Expr,
        variable: Option<&str>,
    ) -> Object {
        let Some(function) = self.flow.function(self.scope(at), name) else { return Object::Other };
        let Some([first, rest @ ..]) = self.returns.get(&function).map(Vec::as_slice) else {
            return Object::Other;
        };
        let first = *first;
        let Object::Environment(environment) = first else { return Object::Other };
        if rest.iter().any(|other| *other != first) {
            return Object::Other;
        }
        if self.called.insert(function) {
            return first;
        }
        // Each call makes another one: what is done to the second is not done to the first.
        let notation = self.environments.get(environment).map_or(Notation::PythonV1, |found| found.notation);
        Object::Environment(self.new_environment(at, notation, variable, Initial::Unknown, call))
    }

    /// `ws.environments["name"]` and `ml_client.environments.get("name", version="1")`.
    pub(super) fn workspace_environment(
        &mut self,
        at: usize,
        owner: &'a Expr,
        name: Option<&'a Expr>,
        version: Option<&'a Expr>,
        whole: &'a Expr,
    ) -> Object {
        let all = match &owner.kind {
            ExprKind::Attribute { name, .. } => matches!(name.as_str(), "environments" | "_environments"),
            ExprKind::Call { func, args, .. } => {
                self.imports.callee(func, args) == Callee::V1("Environment.list".to_owned())
            }
            _ => false,
        };
        if !all {
            return Object::Other;
        }
        self.named_environment(at, Notation::PythonV1, name, version, whole)
    }

    /// An environment of a workspace: its content is not known, its name may be.
    pub(super) fn named_environment(
        &mut self,
        at: usize,
        notation: Notation,
        name: Option<&'a Expr>,
        version: Option<&'a Expr>,
        whole: &'a Expr,
    ) -> Object {
        let created = self.new_environment(at, notation, None, Initial::Unknown, whole);
        let text = |expr: Option<&'a Expr>| self.values(at).of(expr?).text().map(|text| values::text(&text));
        if let Some(name) = text(name) {
            let version = text(version);
            self.named.push(NamedUse { name, version, role: None, scoring_script: false, tasks: Vec::new() });
            self.use_of.insert(created, Reference::Named(self.named.len() - 1));
        }
        Object::Environment(created)
    }

    pub(super) fn new_environment(
        &mut self,
        at: usize,
        notation: Notation,
        variable: Option<&str>,
        initial: Initial,
        value: &Expr,
    ) -> usize {
        let statement = self.here(at).map_or(value.range, |step| step.range);
        let range = if variable.is_some() { statement } else { value.range };
        self.environments.push(Environment {
            notation,
            variable: variable.map(str::to_owned),
            initial,
            assignments: Vec::new(),
            range: host(range),
            anchor: host(value.range),
            uses: Vec::new(),
            role: None,
            scoring_script: false,
            tasks: Vec::new(),
        });
        self.environments.len() - 1
    }

    pub(super) fn new_part(&mut self, kind: PartKind) -> usize {
        self.parts.push(Part { kind, assignments: Vec::new(), holders: Vec::new() });
        self.parts.len() - 1
    }

    /// The node whose run configuration a chain such as `source.run_config` is.
    pub(super) fn node_of(&self, scope: usize, chain: &str) -> Option<Node> {
        match self.lookup(scope, chain.strip_suffix(".run_config")?)? {
            Object::Node(node) => self.nodes.get(node).cloned(),
            _ => None,
        }
    }

    /// Whether an environment of SDK v2 says all that it is made of.
    pub(super) fn is_done(&self, object: Object) -> bool {
        let Object::Environment(environment) = object else { return false };
        self.environments.get(environment).is_some_and(|found| {
            found.has(&Field::Build) || found.has(&Field::Image) && found.has(&Field::Conda)
        })
    }

    /// The environment of the run configuration that a chain such as `config.docker` is or belongs to,
    /// where it is not about that environment.
    pub(super) fn run_configuration(&self, scope: usize, chain: &str) -> Option<(usize, String)> {
        let (root, section) = match chain.split_once('.') {
            Some((root, section)) => (root, format!("{RUN_CONFIGURATION}.{section}")),
            None => (chain, RUN_CONFIGURATION.to_owned()),
        };
        let of_environment = format!("{RUN_CONFIGURATION}.environment");
        match self.lookup(scope, root)? {
            Object::RunConfiguration(found) if !section.starts_with(&of_environment) => {
                Some((found, section))
            }
            _ => None,
        }
    }

    /// The environment that a chain such as `env.docker` belongs to, and the section of it, where
    /// that is known for certain.
    pub(super) fn known_root(&self, at: usize, chain: &str) -> Option<(usize, String)> {
        let scope = self.scope(at);
        let parts: Vec<&str> = chain.split('.').collect();
        for length in (1..=parts.len()).rev() {
            let root = parts.get(..length)?.join(".");
            let section = parts.get(length..)?.join(".");
            match self.lookup(scope, &root) {
                Some(Object::Environment(found)) => return Some((found, section)),
                Some(Object::RunConfiguration(found)) => {
                    let section = section.strip_prefix("environment")?;
                    return Some((found, section.trim_start_matches('.').to_owned()));
                }
                Some(Object::Section(found)) => {
                    let (environment, outer) = self.sections.get(found)?;
                    let section = format!("{outer}.{section}");
                    return Some((*environment, section.trim_end_matches('.').to_owned()));
                }
                _ => {}
            }
        }
        None
    }

    /// The environment that a chain belongs to; one of which nothing else is known where the names
    /// alone say what it is.
    pub(super) fn environment_of(
        &mut self,
        at: usize,
        chain: &str,
        attribute: &str,
    ) -> Option<(usize, String)> {
        if let Some((environment, section)) = self.known_root(at, chain) {
            let first = chain.split('.').next().unwrap_or(chain);
            let own = self.flow.scope_of(self.scope(at), first) == Some(self.scope(at));
            if own || chain.starts_with("self.") {
                return Some((environment, section));
            }
            // A function changes it, nobody knows when.
            self.escape(Object::Environment(environment));
        }
        let (root, section) = v1::section_by_names(chain, attribute)?;
        let step = self.here(at)?;
        let (range, scope) = (step.range, step.scope);
        self.environments.push(Environment {
            notation: Notation::PythonV1,
            variable: Some(root.clone()),
            initial: Initial::Unknown,
            assignments: Vec::new(),
            range: host(range),
            anchor: host(range),
            uses: Vec::new(),
            role: None,
            scoring_script: false,
            tasks: Vec::new(),
        });
        let created = self.environments.len() - 1;
        self.objects.insert((scope, root), Object::Environment(created));
        Some((created, section))
    }
}
