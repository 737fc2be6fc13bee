//! v1 SDK Python: environments as assignments in straight-line flow.
//!
//! Facts only. What is not followed (loops that build lists, functions' results, aliases of parts)
//! becomes [`Value::Opaque`] or [`Initial::Unknown`], never a guess.

use std::collections::BTreeMap;
use std::sync::Arc;

use amlenv_syntax::python::{self, Arg, Expr, ExprKind, Module, StmtKind, StringLiteral};
use amlenv_syntax::{HostRange, SourceMap, TextRange};

use super::is_templated;
use super::python_conda::{CondaObject, is_conda_method};
use super::python_flow::{Step, StepKind, dotted, flatten};
use crate::embedded::DockerfileDocument;
use crate::kind::Role;
use crate::model::{Arm, Assignment, Environment, EnvironmentAction, Field, Initial, Notation, Text, Value};

/// What a Python file says.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    pub(crate) environments: Vec<Environment>,
    pub(crate) dockerfiles: Vec<Arc<DockerfileDocument>>,
    /// What the file as a whole does.
    pub(crate) roles: Vec<Role>,
}

/// Lowers a module. `map` leads from the module's text to its file.
pub(crate) fn lower(module: &Module, map: &SourceMap) -> Lowered {
    let steps = flatten(module);
    let mut lowering = Lowering { map, ..Lowering::default_for(map) };
    for (at, step) in steps.iter().enumerate() {
        lowering.step(&steps, at, step);
    }
    lowering.finish()
}

/// Something that a variable stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Object {
    Environment(usize),
    /// `x` where `x.environment` is the environment.
    RunConfiguration(usize),
    Registry(usize),
    Conda(usize),
    /// Something else, or something that was lost track of.
    Other,
}

/// A v1 container registry object, before it is put into an environment.
#[derive(Debug, Default)]
struct Registry {
    assignments: Vec<Assignment>,
    /// The environments that hold it.
    holders: Vec<usize>,
}

struct Lowering<'m> {
    map: &'m SourceMap,
    imports: BTreeMap<String, String>,
    environments: Vec<Environment>,
    /// The conda object behind an assignment, by environment and position in its list.
    conda_of: Vec<(usize, usize, usize)>,
    registries: Vec<Registry>,
    condas: Vec<CondaObject>,
    objects: BTreeMap<(usize, String), Object>,
    dockerfiles: BTreeMap<HostRange, Arc<DockerfileDocument>>,
    roles: Vec<Role>,
}

impl<'m> Lowering<'m> {
    fn default_for(map: &'m SourceMap) -> Self {
        Self {
            map,
            imports: BTreeMap::new(),
            environments: Vec::new(),
            conda_of: Vec::new(),
            registries: Vec::new(),
            condas: Vec::new(),
            objects: BTreeMap::new(),
            dockerfiles: BTreeMap::new(),
            roles: Vec::new(),
        }
    }

    fn finish(mut self) -> Lowered {
        for (environment, at, conda) in &self.conda_of {
            let Some(object) = self.condas.get(*conda) else { continue };
            let assignment =
                self.environments.get_mut(*environment).and_then(|found| found.assignments.get_mut(*at));
            if let Some(assignment) = assignment {
                assignment.value = object.value();
            }
        }
        for registry in &self.registries {
            for holder in &registry.holders {
                if let Some(environment) = self.environments.get_mut(*holder) {
                    environment.assignments.extend(registry.assignments.iter().cloned());
                    environment.assignments.sort_by_key(|assignment| assignment.range);
                }
            }
        }
        self.environments.retain(|environment| {
            environment.initial != Initial::Unknown || !environment.assignments.is_empty()
        });
        Lowered {
            environments: self.environments,
            dockerfiles: self.dockerfiles.into_values().collect(),
            roles: self.roles,
        }
    }

    fn step(&mut self, steps: &[Step<'_>], at: usize, step: &Step<'_>) {
        match step.kind {
            StepKind::Import(stmt) => self.import(stmt),
            StepKind::Bind(name) => {
                self.objects.insert((step.scope, name.to_owned()), Object::Other);
            }
            StepKind::Broken => {}
            StepKind::Expr(expr) => self.calls(steps, at, step, expr),
            StepKind::Assign { targets, value, augmented } => {
                self.calls(steps, at, step, value);
                for target in targets {
                    self.assign(steps, at, step, target, value, augmented);
                }
            }
        }
    }

    fn import(&mut self, stmt: &python::Stmt) {
        let StmtKind::Import { module, names, .. } = &stmt.kind else { return };
        for (name, alias) in names {
            let full = if module.is_empty() { name.clone() } else { format!("{module}.{name}") };
            let bound = alias.clone().unwrap_or_else(|| {
                if module.is_empty() {
                    name.split('.').next().unwrap_or(name).to_owned()
                } else {
                    name.clone()
                }
            });
            let full = if module.is_empty() && alias.is_none() { bound.clone() } else { full };
            self.imports.insert(bound, full);
        }
    }

    /// The full name of a chain, imports resolved; the chain itself where the first name is not imported.
    fn full_name(&self, expr: &Expr) -> Option<String> {
        let chain = dotted(expr)?;
        let (first, rest) = chain.split_once('.').map_or((chain.as_str(), None), |(a, b)| (a, Some(b)));
        let Some(full) = self.imports.get(first) else { return Some(chain) };
        Some(rest.map_or_else(|| full.clone(), |rest| format!("{full}.{rest}")))
    }

    /// The v1 class or factory that a call goes to: `Environment`, `Environment.from_dockerfile`, …
    fn v1_callee(&self, func: &Expr) -> Option<String> {
        const CLASSES: [&str; 13] = [
            "Environment",
            "RunConfiguration",
            "CondaDependencies",
            "ContainerRegistry",
            "DockerBuildContext",
            "ScriptRunConfig",
            "PythonScriptStep",
            "CommandStep",
            "ParallelRunConfig",
            "InferenceConfig",
            "Estimator",
            "ManagedOnlineDeployment",
            "DockerSection",
        ];
        let full = self.full_name(func)?;
        if full.starts_with("azure.ai.ml") {
            return None;
        }
        let at = full.split('.').position(|part| CLASSES.contains(&part))?;
        let imported = full.starts_with("azureml.");
        // A class of that name from somewhere else is not ours; one that nobody imported (a pasted
        // fragment, a star import) is taken for ours.
        if !imported && at != 0 {
            return None;
        }
        Some(full.split('.').skip(at).collect::<Vec<_>>().join("."))
    }

    fn object(&self, scope: usize, name: &str) -> Option<Object> {
        self.objects.get(&(scope, name.to_owned())).copied()
    }

    fn assign(
        &mut self,
        steps: &[Step<'_>],
        at: usize,
        step: &Step<'_>,
        target: &Expr,
        value: &Expr,
        augmented: bool,
    ) {
        match &target.kind {
            ExprKind::Name(name) => {
                let object =
                    if augmented { Object::Other } else { self.construct(steps, at, step, name, value) };
                self.objects.insert((step.scope, name.clone()), object);
            }
            ExprKind::Attribute { object, name, name_range } => {
                let Some(root) = dotted(object) else { return };
                let place = Place { step, key: self.host(*name_range), statement: step.range, whole: true };
                self.set_attribute(steps, at, &place, &root, name, value, augmented);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                for item in items {
                    if let ExprKind::Name(name) = &item.kind {
                        self.objects.insert((step.scope, name.clone()), Object::Other);
                    }
                }
            }
            _ => {}
        }
    }

    /// What `name = value` makes of `name`.
    fn construct(
        &mut self,
        steps: &[Step<'_>],
        at: usize,
        step: &Step<'_>,
        name: &str,
        value: &Expr,
    ) -> Object {
        if let ExprKind::Name(other) = &value.kind {
            return self.object(step.scope, other).unwrap_or(Object::Other);
        }
        let ExprKind::Call { func, args, .. } = &value.kind else { return Object::Other };
        let Some(callee) = self.v1_callee(func) else {
            return match &func.kind {
                // A clone starts as something unknown, even of something known.
                ExprKind::Attribute { name: method, .. } if method == "clone" => {
                    Object::Environment(self.new_environment(step, name, Initial::Unknown, value))
                }
                _ => Object::Other,
            };
        };
        match callee.as_str() {
            "RunConfiguration" => {
                let variable = format!("{name}.environment");
                let created = self.new_environment(step, &variable, Initial::V1Defaults, value);
                Object::RunConfiguration(created)
            }
            "ContainerRegistry" => {
                self.registries.push(Registry::default());
                Object::Registry(self.registries.len() - 1)
            }
            "CondaDependencies" | "CondaDependencies.create" => {
                let object = CondaObject::construct(callee == "CondaDependencies", args, |expr| {
                    self.evaluate(steps, at, step, expr)
                });
                self.condas.push(object);
                Object::Conda(self.condas.len() - 1)
            }
            "Environment" => {
                let created = self.new_environment(step, name, Initial::V1Defaults, value);
                self.arguments(steps, at, step, created, args, &[("name", Field::Name)]);
                Object::Environment(created)
            }
            factory if factory.starts_with("Environment.") => {
                let created = self.factory(steps, at, step, name, factory, value, args);
                Object::Environment(created)
            }
            _ => Object::Other,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one call site; a struct would only rename them")]
    fn factory(
        &mut self,
        steps: &[Step<'_>],
        at: usize,
        step: &Step<'_>,
        name: &str,
        factory: &str,
        value: &Expr,
        args: &[Arg],
    ) -> usize {
        let (initial, fields): (Initial, &[(&str, Field)]) = match factory {
            "Environment.from_docker_image" => (
                Initial::Empty,
                &[
                    ("name", Field::Name),
                    ("image", Field::Image),
                    ("container_registry", Field::Registry),
                    ("conda_specification", Field::Conda),
                ],
            ),
            "Environment.from_dockerfile" => (
                Initial::Empty,
                &[
                    ("name", Field::Name),
                    ("dockerfile", Field::Dockerfile),
                    ("conda_specification", Field::Conda),
                ],
            ),
            "Environment.from_docker_build_context" => {
                (Initial::Empty, &[("name", Field::Name), ("docker_build_context", Field::Build)])
            }
            "Environment.from_conda_specification" => {
                (Initial::V1Defaults, &[("name", Field::Name), ("file_path", Field::Conda)])
            }
            "Environment.from_pip_requirements" => (Initial::V1Defaults, &[("name", Field::Name)]),
            _ => (Initial::Unknown, &[]),
        };
        let created = self.new_environment(step, name, initial, value);
        self.arguments(steps, at, step, created, args, fields);
        created
    }

    fn new_environment(&mut self, step: &Step<'_>, variable: &str, initial: Initial, value: &Expr) -> usize {
        self.environments.push(Environment {
            notation: Notation::PythonV1,
            variable: Some(variable.to_owned()),
            initial,
            assignments: Vec::new(),
            range: self.host(step.range),
            anchor: self.host(value.range),
            uses: Vec::new(),
            role: None,
            scoring_script: false,
        });
        self.environments.len() - 1
    }

    /// The arguments of a constructor as assignments: by keyword, or by position in `fields`.
    fn arguments(
        &mut self,
        steps: &[Step<'_>],
        at: usize,
        step: &Step<'_>,
        environment: usize,
        args: &[Arg],
        fields: &[(&str, Field)],
    ) {
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
            let place = Place { step, key: self.host(key), statement: arg.range, whole: false };
            self.record(steps, at, &place, environment, field.clone(), &arg.value, false);
        }
    }

    /// `root.name = value`.
    #[expect(clippy::too_many_arguments, reason = "one call site; a struct would only rename them")]
    fn set_attribute(
        &mut self,
        steps: &[Step<'_>],
        at: usize,
        place: &Place<'_, '_>,
        root: &str,
        name: &str,
        value: &Expr,
        augmented: bool,
    ) {
        if let Some(Object::Registry(registry)) = self.object(place.step.scope, root) {
            if let Some(field) = registry_field(name) {
                let assignment = self.assignment(steps, at, place, field, value, augmented);
                if let Some(found) = self.registries.get_mut(registry) {
                    found.assignments.push(assignment);
                }
            }
            return;
        }
        let Some((environment, section)) = self.environment_of(place.step, root, name) else { return };
        let Some(field) = field_of(&section, name) else { return };
        self.record(steps, at, place, environment, field, value, augmented);
    }

    /// The environment that a chain such as `env.docker` belongs to, and the section of it.
    fn environment_of(&mut self, step: &Step<'_>, chain: &str, attribute: &str) -> Option<(usize, String)> {
        let parts: Vec<&str> = chain.split('.').collect();
        for length in (1..=parts.len()).rev() {
            let root = parts.get(..length)?.join(".");
            let section = parts.get(length..)?.join(".");
            match self.object(step.scope, &root) {
                Some(Object::Environment(found)) => return Some((found, section)),
                Some(Object::RunConfiguration(found)) => {
                    let section = section.strip_prefix("environment")?;
                    return Some((found, section.trim_start_matches('.').to_owned()));
                }
                _ => {}
            }
        }
        // Nobody saw where it came from; the names alone must say what it is.
        let at = parts.iter().position(|part| matches!(*part, "docker" | "python")).filter(|at| *at > 0)?;
        let section = parts.get(at..)?.join(".");
        let certain = match section.as_str() {
            "docker" => {
                matches!(attribute, "base_image" | "base_dockerfile" | "build_context" | "gpu_support")
            }
            "docker.base_image_registry" => registry_field(attribute).is_some(),
            "python" => matches!(attribute, "user_managed_dependencies" | "conda_dependencies"),
            _ => false,
        };
        if !certain {
            return None;
        }
        let root = parts.get(..at)?.join(".");
        self.environments.push(Environment {
            notation: Notation::PythonV1,
            variable: Some(root.clone()),
            initial: Initial::Unknown,
            assignments: Vec::new(),
            range: self.host(step.range),
            anchor: self.host(step.range),
            uses: Vec::new(),
            role: None,
            scoring_script: false,
        });
        let created = self.environments.len() - 1;
        self.objects.insert((step.scope, root), Object::Environment(created));
        Some((created, section))
    }

    #[expect(clippy::too_many_arguments, reason = "what is assigned, where, and with what around it")]
    fn record(
        &mut self,
        steps: &[Step<'_>],
        at: usize,
        place: &Place<'_, '_>,
        environment: usize,
        field: Field,
        value: &Expr,
        augmented: bool,
    ) {
        if field == Field::Registry
            && let ExprKind::Name(name) = &value.kind
            && let Some(Object::Registry(registry)) = self.object(place.step.scope, name)
            && let Some(found) = self.registries.get_mut(registry)
        {
            found.holders.push(environment);
        }
        let conda = match (&field, &value.kind) {
            (Field::Conda, ExprKind::Name(name)) => match self.object(place.step.scope, name) {
                Some(Object::Conda(conda)) => Some(conda),
                _ => None,
            },
            (Field::Conda, ExprKind::Call { .. }) => match self.construct(steps, at, place.step, "", value) {
                Object::Conda(conda) => Some(conda),
                _ => None,
            },
            _ => None,
        };
        let assignment = self.assignment(steps, at, place, field, value, augmented);
        let Some(found) = self.environments.get_mut(environment) else { return };
        found.range = found.range.cover(assignment.range);
        found.assignments.push(assignment);
        if let Some(conda) = conda {
            self.conda_of.push((environment, found.assignments.len() - 1, conda));
        }
    }

    fn assignment(
        &mut self,
        steps: &[Step<'_>],
        at: usize,
        place: &Place<'_, '_>,
        field: Field,
        value: &Expr,
        augmented: bool,
    ) -> Assignment {
        let evaluated = if augmented { Known::Opaque } else { self.evaluate(steps, at, place.step, value) };
        if field == Field::Dockerfile
            && let Known::Text(literal) = &evaluated
            && is_dockerfile_text(&literal.value)
        {
            let range = literal_host(literal, self.map);
            self.dockerfiles.entry(range).or_insert_with(|| Arc::new(DockerfileDocument::in_python(literal)));
        }
        let value_of = match (&field, evaluated) {
            (Field::Conda, Known::Text(literal)) => Value::CondaPath(self.text(&literal)),
            (_, evaluated) => self.value(evaluated),
        };
        Assignment {
            field,
            value: value_of,
            range: self.host(place.statement),
            key: place.key,
            value_range: self.host(value.range),
            path: place.step.path.clone(),
            statement: place.whole,
        }
    }

    fn value(&self, known: Known) -> Value {
        match known {
            Known::Text(literal) if literal.value.is_empty() => Value::Cleared { empty_text: true },
            Known::Text(literal) => Value::Text(self.text(&literal)),
            Known::None => Value::Cleared { empty_text: false },
            Known::Bool(value) => Value::Bool(value),
            Known::Number(text) => Value::Number(text),
            Known::DefaultImage { gpu } => Value::DefaultImage { gpu },
            Known::Texts(_) => Value::List,
            Known::Opaque => Value::Opaque,
        }
    }

    fn text(&self, literal: &StringLiteral) -> Text {
        Text {
            value: literal.value.clone(),
            content: literal_host(literal, self.map),
            templated: literal.has_holes || is_templated(&literal.value),
        }
    }

    /// What is known of an expression where it stands.
    fn evaluate(&self, steps: &[Step<'_>], at: usize, step: &Step<'_>, expr: &Expr) -> Known {
        if let Some(literal) = python::text_value(expr) {
            return if literal.bytes { Known::Opaque } else { Known::Text(Box::new(literal)) };
        }
        match &expr.kind {
            ExprKind::None => Known::None,
            ExprKind::Bool(value) => Known::Bool(*value),
            ExprKind::Number(text) => Known::Number(text.clone()),
            ExprKind::List(items) | ExprKind::Tuple(items) => Known::Texts(
                items.iter().map(python::text_value).map(|literal| literal.map(Box::new)).collect(),
            ),
            ExprKind::Name(name) => self.variable(steps, at, step, name),
            ExprKind::Attribute { name, .. } if name == "DEFAULT_CPU_IMAGE" => {
                Known::DefaultImage { gpu: false }
            }
            ExprKind::Attribute { name, .. } if name == "DEFAULT_GPU_IMAGE" => {
                Known::DefaultImage { gpu: true }
            }
            _ => Known::Opaque,
        }
    }

    /// The value of a variable at a step: the one assignment that certainly was the last.
    fn variable(&self, steps: &[Step<'_>], at: usize, step: &Step<'_>, name: &str) -> Known {
        match name {
            "DEFAULT_CPU_IMAGE" => return Known::DefaultImage { gpu: false },
            "DEFAULT_GPU_IMAGE" => return Known::DefaultImage { gpu: true },
            _ => {}
        }
        let binds = |other: &Step<'_>| match other.kind {
            StepKind::Assign { targets, .. } => targets.iter().any(|target| mentions(target, name)),
            StepKind::Bind(bound) => bound == name,
            _ => false,
        };
        let local = steps.iter().take(at).rev().find(|other| other.scope == step.scope && binds(other));
        let found = match local {
            Some(found) => found,
            None if step.scope != 0 => {
                let mut global = steps.iter().filter(|other| other.scope == 0 && binds(other));
                match (global.next(), global.next()) {
                    (Some(only), None) => only,
                    _ => return Known::Opaque,
                }
            }
            None => return Known::Opaque,
        };
        let certain = found.scope != step.scope
            || found.path.iter().zip(step.path.iter()).filter(|(a, b)| a == b).count() == found.path.len();
        let StepKind::Assign { targets: [target], value, augmented: false } = found.kind else {
            return Known::Opaque;
        };
        if !certain || !matches!(&target.kind, ExprKind::Name(_)) || found.in_loop && !step.in_loop {
            return Known::Opaque;
        }
        // One step of indirection is what people write; more is not followed, and cannot loop.
        match (python::text_value(value), &value.kind) {
            (Some(literal), _) if !literal.bytes => Known::Text(Box::new(literal)),
            (_, ExprKind::None) => Known::None,
            (_, ExprKind::Bool(value)) => Known::Bool(*value),
            (_, ExprKind::List(items) | ExprKind::Tuple(items)) => Known::Texts(
                items.iter().map(python::text_value).map(|literal| literal.map(Box::new)).collect(),
            ),
            _ => Known::Opaque,
        }
    }

    /// Calls anywhere inside `expr`: what is done with environments, and what the file is for.
    fn calls(&mut self, steps: &[Step<'_>], at: usize, step: &Step<'_>, expr: &Expr) {
        let mut pending = vec![expr];
        while let Some(expr) = pending.pop() {
            pending.extend(python::children(expr));
            let ExprKind::Call { func, args, .. } = &expr.kind else { continue };
            if let ExprKind::Attribute { object, name, .. } = &func.kind {
                self.method(steps, at, step, expr, object, name, args);
            }
            let callee = self.v1_callee(func);
            let class = callee.as_deref().unwrap_or("");
            match class {
                "ScriptRunConfig" | "PythonScriptStep" | "CommandStep" | "Estimator" => {
                    self.roles.push(Role::Training)
                }
                "ParallelRunConfig" => self.roles.push(Role::Batch),
                "InferenceConfig" => self.roles.push(Role::Online),
                _ => {}
            }
            self.handed_over(step, expr, class, args);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one call site; a struct would only rename them")]
    fn method(
        &mut self,
        steps: &[Step<'_>],
        at: usize,
        step: &Step<'_>,
        call: &Expr,
        object: &Expr,
        name: &str,
        args: &[Arg],
    ) {
        let Some(chain) = dotted(object) else { return };
        if is_conda_method(name) {
            let values: Vec<Known> =
                args.iter().map(|arg| self.evaluate(steps, at, step, &arg.value)).collect();
            if let Some(Object::Conda(conda)) = self.object(step.scope, &chain) {
                if let Some(found) = self.condas.get_mut(conda) {
                    found.call(name, &values);
                }
            } else if let Some((environment, _)) = chain
                .strip_suffix(".python.conda_dependencies")
                .and_then(|root| self.environment_of(step, root, ""))
            {
                self.mutate_conda(step, call, environment, name, &values);
            }
            return;
        }
        if matches!(name, "register" | "build" | "build_local")
            && let Some(Object::Environment(environment)) = self.object(step.scope, &chain)
        {
            self.used(step, call, environment, name);
        }
    }

    /// `env.python.conda_dependencies.add_pip_package(…)`.
    fn mutate_conda(
        &mut self,
        step: &Step<'_>,
        call: &Expr,
        environment: usize,
        method: &str,
        values: &[Known],
    ) {
        let latest =
            self.conda_of.iter().rev().find(|(owner, _, _)| *owner == environment).map(|found| found.2);
        let conda = match latest {
            Some(conda) => conda,
            None => {
                let defaults = self
                    .environments
                    .get(environment)
                    .is_some_and(|found| found.initial == Initial::V1Defaults && !found.has(&Field::Conda));
                self.condas.push(if defaults { CondaObject::defaults() } else { CondaObject::unknown() });
                let range = self.host(call.range);
                let Some(found) = self.environments.get_mut(environment) else { return };
                found.assignments.push(Assignment {
                    field: Field::Conda,
                    value: Value::Opaque,
                    range,
                    key: range,
                    value_range: range,
                    path: step.path.clone(),
                    statement: true,
                });
                self.conda_of.push((environment, found.assignments.len() - 1, self.condas.len() - 1));
                self.condas.len() - 1
            }
        };
        if let Some(found) = self.condas.get_mut(conda) {
            found.call(method, values);
        }
    }

    fn used(&mut self, step: &Step<'_>, call: &Expr, environment: usize, what: &str) {
        let range = self.host(call.range);
        if let Some(found) = self.environments.get_mut(environment) {
            found.uses.push(EnvironmentAction { range, path: step.path.clone(), what: what.to_owned() });
        }
    }

    /// Arguments that hand a known object over to a call.
    fn handed_over(&mut self, step: &Step<'_>, call: &Expr, class: &str, args: &[Arg]) {
        for arg in args {
            let ExprKind::Name(name) = &arg.value.kind else { continue };
            match self.object(step.scope, name) {
                Some(Object::Environment(environment)) => {
                    self.used(step, call, environment, class);
                    if class == "InferenceConfig"
                        && let Some(found) = self.environments.get_mut(environment)
                    {
                        found.role = Some(Role::Online);
                        found.scoring_script |= args
                            .iter()
                            .any(|arg| arg.name.as_ref().is_some_and(|(name, _)| name == "entry_script"));
                    }
                }
                Some(Object::Conda(conda)) if class.is_empty() => {
                    // A function of somebody's may add anything to it.
                    if let Some(found) = self.condas.get_mut(conda) {
                        found.lose();
                    }
                }
                _ => {}
            }
        }
    }

    fn host(&self, range: TextRange) -> HostRange {
        self.map.to_host(range)
    }
}

/// Where an assignment stands.
struct Place<'s, 'a> {
    step: &'s Step<'a>,
    key: HostRange,
    statement: TextRange,
    /// Whether the statement holds nothing else.
    whole: bool,
}

/// What is known of an expression.
#[derive(Debug)]
pub(crate) enum Known {
    Text(Box<StringLiteral>),
    /// A list of texts; `None` for an item that is not known.
    Texts(Vec<Option<Box<StringLiteral>>>),
    None,
    Bool(bool),
    Number(String),
    DefaultImage {
        gpu: bool,
    },
    Opaque,
}

fn literal_host(literal: &StringLiteral, map: &SourceMap) -> HostRange {
    let inner = literal.map.to_host(TextRange::new(0, literal.value.len()));
    map.to_host(TextRange::new(inner.start, inner.end))
}

/// Whether an assignment to `target` changes the variable `name`.
fn mentions(target: &Expr, name: &str) -> bool {
    match &target.kind {
        ExprKind::Name(bound) => bound == name,
        ExprKind::Tuple(items) | ExprKind::List(items) => {
            items.iter().any(|item| matches!(&item.kind, ExprKind::Name(bound) if bound == name))
        }
        _ => false,
    }
}

fn registry_field(name: &str) -> Option<Field> {
    match name {
        "address" => Some(Field::RegistryAddress),
        "username" => Some(Field::RegistryUsername),
        "password" => Some(Field::RegistryPassword),
        "registry_identity" => Some(Field::RegistryIdentity),
        _ => None,
    }
}

/// The property that `env.<section>.<name>` is.
fn field_of(section: &str, name: &str) -> Option<Field> {
    match (section, name) {
        ("", "name") => Some(Field::Name),
        ("", "version") => Some(Field::Version),
        ("", "environment_variables") => Some(Field::EnvironmentVariables),
        ("", "docker" | "python") => Some(Field::Other(name.to_owned())),
        ("docker", "base_image") => Some(Field::Image),
        ("docker", "base_dockerfile") => Some(Field::Dockerfile),
        ("docker", "build_context") => Some(Field::Build),
        ("docker", "base_image_registry") => Some(Field::Registry),
        ("docker.base_image_registry", name) => registry_field(name),
        ("python", "user_managed_dependencies") => Some(Field::UserManaged),
        ("python", "conda_dependencies") => Some(Field::Conda),
        ("docker" | "python", name) => Some(Field::Other(format!("{section}.{name}"))),
        _ => None,
    }
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

/// The arms shared by two paths; used by tests and rules that compare places.
pub(crate) fn is_prefix(outer: &[Arm], inner: &[Arm]) -> bool {
    outer.len() <= inner.len() && outer.iter().zip(inner).all(|(a, b)| a == b)
}
