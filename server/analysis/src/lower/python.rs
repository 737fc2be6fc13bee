//! Python of both SDKs: environments as assignments in straight-line flow.
//!
//! Facts only. What is not followed (loops that build lists, results of functions of other modules,
//! aliases of parts) becomes [`Value::Opaque`] or [`Initial::Unknown`], never a guess. Here is what
//! both SDKs share: objects behind names, and what is done with them.

mod conda;
mod flow;
mod names;
mod v1;
mod v2;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use amlenv_syntax::python::{self, Arg, Expr, ExprKind, Known, Module, dotted};
use amlenv_syntax::{HostRange, TextRange};

use self::conda::CondaObject;
pub(crate) use self::conda::default_texts;
use self::flow::{Assign, Flow, Step, StepKind};
use self::names::{Callee, Imports};
use self::values::Values;
use crate::embedded::DockerfileDocument;
use crate::kind::Role;
use crate::model::{
    Arm, Assignment, Environment, EnvironmentAction, EnvironmentUse, Field, Initial, LocalContext, NamedUse,
    Notation, Task, Text, Value,
};

/// What the settings of a run configuration itself begin with, beside those of its environment.
pub(crate) const RUN_CONFIGURATION: &str = "run_configuration";

/// What a Python file says.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    pub(crate) environments: Vec<Environment>,
    pub(crate) dockerfiles: Vec<Arc<DockerfileDocument>>,
    /// References to environments that are defined elsewhere.
    pub(crate) uses: Vec<EnvironmentUse>,
    /// Environments that SDK code asks a workspace for, by name.
    pub(crate) named: Vec<NamedUse>,
    /// Local folders that become build contexts of SDK v1.
    pub(crate) contexts: Vec<LocalContext>,
    /// What the file as a whole does.
    pub(crate) roles: Vec<Role>,
}

/// Lowers a module.
pub(crate) fn lower(module: &Module) -> Lowered {
    let flow = Flow::new(module);
    let mut lowering = Lowering {
        flow: &flow,
        imports: Imports::default(),
        environments: Vec::new(),
        conda_of: Vec::new(),
        parts: Vec::new(),
        condas: Vec::new(),
        nodes: Vec::new(),
        sections: Vec::new(),
        objects: BTreeMap::new(),
        built: BTreeMap::new(),
        returns: BTreeMap::new(),
        called: BTreeSet::new(),
        dockerfiles: BTreeMap::new(),
        uses: Vec::new(),
        named: Vec::new(),
        contexts: Vec::new(),
        use_of: BTreeMap::new(),
        roles: Vec::new(),
    };
    for (at, step) in flow.steps.iter().enumerate() {
        lowering.step(at, step);
    }
    lowering.finish()
}

/// Whether a text is a Dockerfile rather than the path of one: more than a line, or an instruction
/// with something after it.
pub(crate) fn is_dockerfile_text(text: &str) -> bool {
    let trimmed = text.trim();
    if trimmed.contains('\n') {
        return true;
    }
    let mut words = trimmed.split_whitespace();
    let first = words.next().unwrap_or("");
    words.next().is_some() && amlenv_syntax::dockerfile::is_instruction(first)
}

/// Whether everything that happens on `inner` happens on `outer`.
pub(crate) fn is_prefix(outer: &[Arm], inner: &[Arm]) -> bool {
    outer.len() <= inner.len() && outer.iter().zip(inner).all(|(a, b)| a == b)
}

/// Something that a variable stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Object {
    Environment(usize),
    /// `x` where `x.environment` is the environment.
    RunConfiguration(usize),
    /// A part that is put into environments.
    Part(usize),
    Conda(usize),
    /// Something that has an environment: a job, a component, a deployment.
    Node(usize),
    /// `env.docker` and its like, by its place in the list of sections.
    Section(usize),
    /// Something else, or something that was lost track of.
    Other,
}

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PartKind {
    /// A v1 container registry.
    Registry,
    /// A v1 Docker section.
    Docker,
    /// A v2 build context.
    Build,
    /// A v1 build context.
    V1Build,
}

/// An object with settings of its own, before it is put into an environment.
#[derive(Debug)]
struct Part {
    kind: PartKind,
    assignments: Vec<Assignment>,
    /// The environments that hold it.
    holders: Vec<usize>,
}

/// Something that has an environment.
#[derive(Clone, Debug, Default)]
struct Node {
    role: Option<Role>,
    scoring_script: bool,
    task: Option<Arc<Task>>,
}

struct Lowering<'f, 'a> {
    flow: &'f Flow<'a>,
    imports: Imports,
    environments: Vec<Environment>,
    /// The conda object behind an assignment, by environment and position in its list.
    conda_of: Vec<(usize, usize, usize)>,
    parts: Vec<Part>,
    condas: Vec<CondaObject>,
    nodes: Vec<Node>,
    sections: Vec<(usize, String)>,
    objects: BTreeMap<(usize, String), Object>,
    /// What an expression has made already.
    built: BTreeMap<TextRange, Object>,
    /// What the functions of the file return.
    returns: BTreeMap<usize, Vec<Object>>,
    /// The functions whose result has a variable already.
    called: BTreeSet<usize>,
    dockerfiles: BTreeMap<Vec<TextRange>, Arc<DockerfileDocument>>,
    uses: Vec<EnvironmentUse>,
    named: Vec<NamedUse>,
    contexts: Vec<LocalContext>,
    /// The reference that an environment of unknown content came from.
    use_of: BTreeMap<usize, Reference>,
    roles: Vec<Role>,
}

/// Where a reference stands in its list.
#[derive(Clone, Copy, Debug)]
enum Reference {
    Use(usize),
    Named(usize),
}

/// Where an assignment stands.
#[derive(Clone, Copy)]
struct Place {
    /// The step that it is part of.
    at: usize,
    key: HostRange,
    range: TextRange,
    /// Whether the statement holds nothing else.
    whole: bool,
}

impl<'a> Lowering<'_, 'a> {
    fn finish(mut self) -> Lowered {
        for (environment, at, conda) in &self.conda_of {
            let Some(object) = self.condas.get(*conda) else { continue };
            let assignment =
                self.environments.get_mut(*environment).and_then(|found| found.assignments.get_mut(*at));
            if let Some(assignment) = assignment {
                assignment.value = object.value();
            }
        }
        for part in &self.parts {
            for holder in &part.holders {
                if let Some(environment) = self.environments.get_mut(*holder) {
                    environment.assignments.extend(part.assignments.iter().cloned());
                    environment.assignments.sort_by_key(|assignment| assignment.range);
                }
            }
        }
        for (environment, reference) in &self.use_of {
            let Some(found) = self.environments.get(*environment) else { continue };
            match reference {
                Reference::Use(at) => {
                    if let Some(used) = self.uses.get_mut(*at) {
                        used.role = used.role.or(found.role);
                        used.scoring_script |= found.scoring_script;
                        used.tasks.extend(found.tasks.iter().cloned());
                    }
                }
                Reference::Named(at) => {
                    if let Some(used) = self.named.get_mut(*at) {
                        used.role = used.role.or(found.role);
                    }
                }
            }
        }
        self.environments.retain(|environment| {
            environment.initial != Initial::Unknown || !environment.assignments.is_empty()
        });
        self.uses.sort_by_key(|used| used.text.content);
        Lowered {
            environments: self.environments,
            dockerfiles: self.dockerfiles.into_values().collect(),
            uses: self.uses,
            named: self.named,
            contexts: self.contexts,
            roles: self.roles,
        }
    }

    fn step(&mut self, at: usize, step: &Step<'a>) {
        match step.kind {
            StepKind::Import(stmt) => self.imports.add(stmt),
            StepKind::Bind(name) | StepKind::Enter { name, .. } => {
                self.objects.insert((step.scope, name.to_owned()), Object::Other);
            }
            StepKind::Expr(expr) => self.calls(at, expr),
            StepKind::Return(expr) => {
                let object = self.object_of(at, expr, None);
                self.calls(at, expr);
                // Whoever calls the function may go on with it.
                self.escape(object);
                self.returns.entry(step.scope).or_default().push(object);
            }
            StepKind::Assign(assign) => self.assign(at, step, &assign),
        }
    }

    fn assign(&mut self, at: usize, step: &Step<'a>, assign: &Assign<'a>) {
        let variable = dotted(assign.target);
        let object = match assign.value {
            Some(value) if !assign.added => {
                let object = self.object_of(at, value, variable.as_deref());
                self.calls(at, value);
                object
            }
            Some(value) => {
                self.calls(at, value);
                Object::Other
            }
            None => Object::Other,
        };
        match &assign.target.kind {
            ExprKind::Name(name) => {
                self.objects.insert((step.scope, name.clone()), object);
            }
            ExprKind::Attribute { object: owner, name, name_range } => {
                let Some(root) = dotted(owner) else {
                    self.escape(object);
                    return;
                };
                let place = Place { at, key: host(*name_range), range: step.range, whole: assign.whole };
                self.set_attribute(place, &root, name, assign, object);
            }
            _ => self.escape(object),
        }
    }

    fn here(&self, at: usize) -> Option<&Step<'a>> {
        self.flow.steps.get(at)
    }

    fn scope(&self, at: usize) -> usize {
        self.here(at).map_or(0, |step| step.scope)
    }

    fn values(&self, at: usize) -> Values<'_, 'a> {
        let at = self.here(at).map_or(at, |step| step.moment);
        Values { flow: self.flow, imports: &self.imports, at }
    }

    /// What a chain of names stands for: in its own scope, or in the one around it where it is bound.
    fn lookup(&self, scope: usize, chain: &str) -> Option<Object> {
        if let Some(found) = self.objects.get(&(scope, chain.to_owned())) {
            return Some(*found);
        }
        let first = chain.split('.').next().unwrap_or(chain);
        let bound = self.flow.scope_of(scope, first).filter(|bound| *bound != scope)?;
        self.objects.get(&(bound, chain.to_owned())).copied()
    }

    /// What an expression stands for. What a call makes is made once, and called `variable`.
    fn object_of(&mut self, at: usize, expr: &'a Expr, variable: Option<&str>) -> Object {
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
    fn construct(
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
    fn factory_result(&mut self, at: usize, name: &str, call: &'a Expr, variable: Option<&str>) -> Object {
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
    fn workspace_environment(
        &mut self,
        at: usize,
        owner: &'a Expr,
        name: Option<&'a Expr>,
        version: Option<&'a Expr>,
        whole: &'a Expr,
    ) -> Object {
        if !matches!(&owner.kind, ExprKind::Attribute { name, .. } if matches!(name.as_str(), "environments" | "_environments"))
        {
            return Object::Other;
        }
        self.named_environment(at, Notation::PythonV1, name, version, whole)
    }

    /// An environment of a workspace: its content is not known, its name may be.
    fn named_environment(
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
            self.named.push(NamedUse { name, version, role: None });
            self.use_of.insert(created, Reference::Named(self.named.len() - 1));
        }
        Object::Environment(created)
    }

    fn new_environment(
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

    fn new_part(&mut self, kind: PartKind) -> usize {
        self.parts.push(Part { kind, assignments: Vec::new(), holders: Vec::new() });
        self.parts.len() - 1
    }

    /// A part that is made by a constructor of its own; `field` says what a keyword of that sets.
    fn part_of(
        &mut self,
        kind: PartKind,
        at: usize,
        args: &'a [Arg],
        field: impl Fn(&str) -> Option<Field>,
    ) -> usize {
        let part = self.new_part(kind);
        for arg in args {
            let Some((name, key)) = &arg.name else { continue };
            let Some(field) = field(name) else { continue };
            let place = Place { at, key: host(*key), range: arg.range, whole: false };
            let assignment = self.assignment(place, field, Some(&arg.value), false);
            if let Some(found) = self.parts.get_mut(part) {
                found.assignments.push(assignment);
            }
        }
        part
    }

    /// The arguments of a constructor as assignments: by keyword, or by position in `fields`.
    fn arguments(&mut self, at: usize, environment: usize, args: &'a [Arg], fields: &[(&str, Field)]) {
        for (position, arg) in args.iter().enumerate() {
            if arg.star {
                // `*args` and `**kwargs` may say anything.
                if let Some(found) = self.environments.get_mut(environment) {
                    found.initial = Initial::Unknown;
                }
                continue;
            }
            let field = match &arg.name {
                Some((name, _)) => fields.iter().find(|(known, _)| known == name),
                None => fields.get(position),
            };
            let Some((_, field)) = field else { continue };
            let key = arg.name.as_ref().map_or(arg.value.range, |(_, range)| *range);
            let place = Place { at, key: host(key), range: arg.range, whole: false };
            self.record(place, environment, field.clone(), Some(&arg.value), false);
        }
    }

    /// `root.name = value`.
    fn set_attribute(&mut self, place: Place, root: &str, name: &str, assign: &Assign<'a>, object: Object) {
        let scope = self.scope(place.at);
        let (value, added) = (assign.value, assign.added);
        match self.lookup(scope, root) {
            Some(Object::Part(part)) => {
                let kind = self.parts.get(part).map(|part| part.kind);
                if let Some(field) = kind.and_then(|kind| part_field(kind, name)) {
                    let assignment = self.assignment(place, field, value, added);
                    if let Some(found) = self.parts.get_mut(part) {
                        found.assignments.push(assignment);
                    }
                }
                return;
            }
            Some(Object::Node(node)) => {
                if let (true, Some(value), Some(node)) = (name == "environment", value, self.nodes.get(node))
                {
                    let node = node.clone();
                    self.given(place.at, value, node, "environment", value);
                }
                return;
            }
            Some(Object::RunConfiguration(_)) if name == "environment" => {
                let new = match object {
                    Object::Environment(environment) => Object::RunConfiguration(environment),
                    _ => Object::Other,
                };
                self.objects.insert((scope, root.to_owned()), new);
                self.in_role(object, &Node { role: Some(Role::Training), ..Node::default() });
                return;
            }
            _ => {}
        }
        if let Some((environment, section)) = self.run_configuration(scope, root) {
            // What its own class has no attribute for is told by the path.
            let field = Field::Other(format!("{section}.{name}"));
            let assignment = self.assignment(place, field, value, added);
            if let Some(found) = self.environments.get_mut(environment) {
                found.assignments.push(assignment);
            }
            return;
        }
        if name == "environment" && root.ends_with("run_config") {
            self.in_role(object, &Node { role: Some(Role::Training), ..Node::default() });
        }
        let Some((environment, section)) = self.environment_of(place.at, root, name) else {
            self.escape(object);
            self.objects.insert((scope, format!("{root}.{name}")), object);
            return;
        };
        let v2 = self.environments.get(environment).is_some_and(|found| found.notation.is_v2());
        let field = if v2 { v2::field_of(&section, name) } else { v1::field_of(&section, name) };
        if let Some(field) = field {
            self.record(place, environment, field, value, added);
        }
    }

    /// The environment of the run configuration that a chain such as `config.docker` is or belongs to,
    /// where it is not about that environment.
    fn run_configuration(&self, scope: usize, chain: &str) -> Option<(usize, String)> {
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
    fn known_root(&self, at: usize, chain: &str) -> Option<(usize, String)> {
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
    fn environment_of(&mut self, at: usize, chain: &str, attribute: &str) -> Option<(usize, String)> {
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

    fn record(
        &mut self,
        place: Place,
        environment: usize,
        field: Field,
        value: Option<&'a Expr>,
        added: bool,
    ) {
        let object = match value {
            Some(value) if !added => self.object_of(place.at, value, None),
            _ => Object::Other,
        };
        let mut assignment = self.assignment(place, field, value, added);
        let mut conda = None;
        match (object, &assignment.field) {
            (Object::Part(part), Field::Registry | Field::Build) => {
                assignment.value = Value::Map;
                self.hold(part, environment);
            }
            (Object::Part(part), Field::Other(name)) if name == "docker" => self.hold(part, environment),
            (Object::Conda(found), Field::Conda) => conda = Some(found),
            _ => {}
        }
        let Some(found) = self.environments.get_mut(environment) else { return };
        found.range = found.range.cover(assignment.range);
        found.assignments.push(assignment);
        if let Some(conda) = conda {
            self.conda_of.push((environment, found.assignments.len() - 1, conda));
        }
    }

    fn hold(&mut self, part: usize, environment: usize) {
        if let Some(found) = self.parts.get_mut(part)
            && !found.holders.contains(&environment)
        {
            found.holders.push(environment);
        }
    }

    fn assignment(&mut self, place: Place, field: Field, value: Option<&'a Expr>, added: bool) -> Assignment {
        let known = value.filter(|_| !added);
        let value_of = match (&field, known) {
            (_, None) => Value::Opaque,
            (Field::Dockerfile, Some(value)) => self.dockerfile(place.at, value),
            (Field::Conda, Some(value)) => self.values(place.at).conda(value),
            (Field::Build, Some(value)) => match self.values(place.at).value(value) {
                Value::Opaque if self.is_build_context(place.at, value) => Value::Map,
                value => value,
            },
            (_, Some(value)) => self.values(place.at).value(value),
        };
        Assignment {
            field,
            value: value_of,
            range: host(place.range),
            key: place.key,
            value_range: value.map_or(HostRange::empty(place.range.end), |value| host(value.range)),
            path: self.here(place.at).map_or_else(|| Arc::from([]), |step| step.path.clone()),
            statement: place.whole,
        }
    }

    /// The value of `base_dockerfile`, which is a text, a path, or a file that the program reads.
    fn dockerfile(&mut self, at: usize, value: &'a Expr) -> Value {
        let known = self.values(at).of(value);
        match known {
            Known::Text(text) if is_dockerfile_text(&text.value) => {
                let places = text.parts().iter().map(|part| part.range).collect();
                let model = values::text(&text);
                self.dockerfiles
                    .entry(places)
                    .or_insert_with(|| Arc::new(DockerfileDocument::in_python(&text)));
                Value::Text(model)
            }
            // The SDK reads what it is given an open file of.
            Known::Handle(path) => Value::ContentOf(values::text(&path)),
            _ => self.values(at).value(value),
        }
    }

    /// Calls anywhere inside `expr`: what is done with environments, and what the file is for.
    fn calls(&mut self, at: usize, expr: &'a Expr) {
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

    fn method(&mut self, at: usize, call: &'a Expr, object: &'a Expr, name: &str, args: &'a [Arg]) {
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

    fn used(&mut self, at: usize, call: &Expr, environment: usize, what: &str) {
        let path = self.here(at).map_or_else(|| Arc::from([]), |step| step.path.clone());
        if let Some(found) = self.environments.get_mut(environment) {
            found.uses.push(EnvironmentAction { range: host(call.range), path, what: what.to_owned() });
        }
    }

    /// Arguments that hand a known object over to a call that is not one of SDK v2.
    fn handed_over(&mut self, at: usize, call: &'a Expr, class: &str, args: &'a [Arg]) {
        let node = Node {
            role: v1::role(class),
            scoring_script: v1::scores(class, args),
            task: v1::role(class).map(|_| Arc::new(self.task_v1(at, class, args))),
        };
        for arg in args {
            let known = matches!(arg.value.kind, ExprKind::Name(_) | ExprKind::Attribute { .. });
            let inline = matches!(arg.value.kind, ExprKind::Call { .. }) && !class.is_empty();
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
    fn given(&mut self, at: usize, value: &'a Expr, node: Node, what: &str, call: &'a Expr) {
        if let object @ Object::Environment(environment) = self.object_of(at, value, None) {
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

    fn in_role(&mut self, object: Object, node: &Node) {
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
    fn argument_text(&self, at: usize, args: &'a [Arg], name: &str) -> Option<Text> {
        let arg = args.iter().find(|arg| arg.name.as_ref().is_some_and(|(found, _)| found == name))?;
        match self.values(at).of(&arg.value) {
            Known::Text(text) | Known::Path(text) => Some(values::text(&text)),
            _ => None,
        }
    }

    /// Something got hold of an environment of SDK v2 that may set what is not seen here.
    fn escape(&mut self, object: Object) {
        if let Object::Environment(environment) = object
            && let Some(found) = self.environments.get_mut(environment)
            && found.notation.is_v2()
        {
            found.initial = Initial::Unknown;
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

/// The property of an environment that a setting of a part is.
fn part_field(kind: PartKind, name: &str) -> Option<Field> {
    match kind {
        PartKind::Registry => v1::field_of("docker.base_image_registry", name),
        PartKind::V1Build => v1::field_of("docker.build_context", name),
        PartKind::Docker => v1::field_of("docker", name),
        PartKind::Build => v2::field_of("build", name),
    }
}

/// Python stands in its file as it is; in a notebook, its program is the file.
fn host(range: TextRange) -> HostRange {
    HostRange::new(range.start, range.end)
}
