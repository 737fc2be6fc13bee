//! Python of both SDKs: environments as assignments in straight-line flow.
//!
//! Facts only. What is not followed (loops that build lists, results of functions of other modules,
//! aliases of parts) becomes [`Value::Opaque`] or [`Initial::Unknown`], never a guess. Here is what
//! both SDKs share: objects behind names, and what is done with them.

mod calls;
mod conda;
mod flow;
pub(crate) mod names;
mod objects;
mod record;
mod v1;
mod v2;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use amlenv_syntax::python::{ExprKind, Module, dotted};
use amlenv_syntax::{HostRange, TextRange};

use self::conda::CondaObject;
pub(crate) use self::conda::default_texts;
use self::flow::{Assign, Flow, Step, StepKind};
use self::names::Imports;
use self::values::Values;
use crate::embedded::DockerfileDocument;
use crate::kind::Role;
use crate::model::{Arm, Assignment, Environment, EnvironmentUse, Initial, LocalContext, NamedUse, Task};

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
                        used.scoring_script |= found.scoring_script;
                        used.tasks.extend(found.tasks.iter().cloned());
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
                // Whoever calls the function may go on with it, where it is not done yet.
                if !self.is_done(object) {
                    self.escape(object);
                }
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

/// Python stands in its file as it is; in a notebook, its program is the file.
fn host(range: TextRange) -> HostRange {
    HostRange::new(range.start, range.end)
}
