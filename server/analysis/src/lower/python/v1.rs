//! SDK v1: its classes, factories and sections. Source of what they take and do: azureml-core 1.61.0.

use amlenv_syntax::python::{Arg, Expr, ExprKind, Known};

use std::sync::Arc;

use super::conda::CondaObject;
use super::names::Callee;
use super::{Lowering, Node, Object, PartKind, host, values};
use crate::kind::Role;
use crate::model::{Assignment, Field, Initial, LocalContext, Notation, Task, Value};

/// What a class that takes an environment uses it for.
pub(super) fn role(class: &str) -> Option<Role> {
    match class {
        "ScriptRunConfig" | "PythonScriptStep" | "CommandStep" | "Estimator" => Some(Role::Training),
        "ParallelRunConfig" => Some(Role::Batch),
        "InferenceConfig" => Some(Role::Online),
        _ => None,
    }
}

/// Whether a class scores with a script of the user's own.
pub(super) fn scores(class: &str, args: &[Arg]) -> bool {
    class == "InferenceConfig" && argument(args, "entry_script", 0).is_some()
}

/// The property that a setting of a container registry is.
pub(super) fn registry_field(name: &str) -> Option<Field> {
    match name {
        "address" => Some(Field::RegistryAddress),
        "username" => Some(Field::RegistryUsername),
        "password" => Some(Field::RegistryPassword),
        "registry_identity" => Some(Field::RegistryIdentity),
        _ => None,
    }
}

/// The property that `env.<section>.<name>` is.
pub(super) fn field_of(section: &str, name: &str) -> Option<Field> {
    match (section, name) {
        ("", "name") => Some(Field::Name),
        ("", "version") => Some(Field::Version),
        ("", "environment_variables") => Some(Field::EnvironmentVariables),
        ("docker", "base_image") => Some(Field::Image),
        ("docker", "base_dockerfile") => Some(Field::Dockerfile),
        ("docker", "build_context") => Some(Field::Build),
        ("docker", "base_image_registry") => Some(Field::Registry),
        ("docker.base_image_registry", name) => {
            registry_field(name).or_else(|| Some(Field::Other(format!("{section}.{name}"))))
        }
        ("python", "user_managed_dependencies") => Some(Field::UserManaged),
        ("python", "conda_dependencies") => Some(Field::Conda),
        // Whether its class has such an attribute is a rule's business.
        ("", name) => Some(Field::Other(name.to_owned())),
        (section, name) => Some(Field::Other(format!("{section}.{name}"))),
    }
}

/// The root and section of a chain of which nobody saw where it came from, where the names alone say
/// what it is.
pub(super) fn section_by_names(chain: &str, attribute: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = chain.split('.').collect();
    let at = parts.iter().position(|part| matches!(*part, "docker" | "python")).filter(|at| *at > 0)?;
    let section = parts.get(at..)?.join(".");
    let certain = match section.as_str() {
        "docker" => matches!(attribute, "base_image" | "base_dockerfile" | "build_context" | "gpu_support"),
        "docker.base_image_registry" => registry_field(attribute).is_some(),
        "python" => matches!(attribute, "user_managed_dependencies" | "conda_dependencies"),
        _ => false,
    };
    certain.then(|| parts.get(..at).map(|root| (root.join("."), section)))?
}

/// An argument by its name or its position.
fn argument<'a>(args: &'a [Arg], name: &str, position: usize) -> Option<&'a Expr> {
    args.iter()
        .find(|arg| arg.name.as_ref().is_some_and(|(found, _)| found == name))
        .or_else(|| args.get(position).filter(|arg| arg.name.is_none() && !arg.star))
        .map(|arg| &arg.value)
}

impl<'a> Lowering<'_, 'a> {
    /// What a call of a class or factory of SDK v1 makes.
    pub(super) fn construct_v1(
        &mut self,
        at: usize,
        call: &'a Expr,
        class: &str,
        args: &'a [Arg],
        variable: Option<&str>,
    ) -> Object {
        let notation = Notation::PythonV1;
        match class {
            "RunConfiguration" => {
                let variable = variable.map(|name| format!("{name}.environment"));
                let initial = Initial::V1Defaults;
                let created = self.new_environment(at, notation, variable.as_deref(), initial, call);
                Object::RunConfiguration(created)
            }
            "ContainerRegistry" => Object::Part(self.new_part(PartKind::Registry)),
            "DockerBuildContext" => {
                let kind = PartKind::V1Build;
                Object::Part(self.part_of(kind, at, args, |name| super::record::part_field(kind, name)))
            }
            "DockerBuildContext.from_local_directory" => {
                self.local_context(at, call, args);
                Object::Other
            }
            "DockerSection" | "DockerEnvironment" => {
                Object::Part(self.part_of(PartKind::Docker, at, args, |name| field_of("docker", name)))
            }
            "CondaDependencies" | "CondaDependencies.create" => {
                let values = self.values(at);
                let constructor = class == "CondaDependencies";
                let object =
                    CondaObject::construct(constructor, host(call.range), args, |expr| values.of(expr));
                self.condas.push(object);
                Object::Conda(self.condas.len() - 1)
            }
            "Environment" => {
                let created = self.new_environment(at, notation, variable, Initial::V1Defaults, call);
                self.arguments(at, created, args, &[("name", Field::Name)]);
                Object::Environment(created)
            }
            "Environment.get" => {
                let named = |wanted: &str, position: usize| argument(args, wanted, position);
                self.named_environment(at, notation, named("name", 1), named("version", 2), call)
            }
            class if role(class).is_some() => {
                self.nodes.push(Node {
                    role: role(class),
                    scoring_script: scores(class, args),
                    task: Some(Arc::new(self.task_v1(at, class, args))),
                });
                Object::Node(self.nodes.len() - 1)
            }
            factory => match factory.strip_prefix("Environment.") {
                Some(factory) => Object::Environment(self.factory(at, call, factory, args, variable)),
                None => Object::Other,
            },
        }
    }

    /// What runs in the environment that a class is given.
    pub(super) fn task_v1(&self, at: usize, class: &str, args: &'a [Arg]) -> Task {
        // Where the parameters stand that may come without their names.
        let (code, script) = match class {
            "ScriptRunConfig" => (0, 1),
            "PythonScriptStep" | "InferenceConfig" => (usize::MAX, 0),
            _ => (usize::MAX, usize::MAX),
        };
        let text = |name: &str, position: usize| {
            let value = argument(args, name, position)?;
            match self.values(at).of(value) {
                Known::Text(text) | Known::Path(text) => Some(values::text(&text)),
                _ => None,
            }
        };
        Task {
            parallel: class == "ParallelRunConfig",
            code: text("source_directory", code),
            script: text("script", script)
                .or_else(|| text("script_name", script))
                .or_else(|| text("entry_script", script)),
            ..Task::default()
        }
    }

    fn factory(
        &mut self,
        at: usize,
        call: &'a Expr,
        factory: &str,
        args: &'a [Arg],
        variable: Option<&str>,
    ) -> usize {
        let (initial, fields): (Initial, &[(&str, Field)]) = match factory {
            "from_docker_image" => (
                Initial::Empty,
                &[
                    ("name", Field::Name),
                    ("image", Field::Image),
                    ("container_registry", Field::Registry),
                    ("conda_specification", Field::Conda),
                    ("pip_requirements", Field::Other("pip_requirements".to_owned())),
                ],
            ),
            "from_dockerfile" => (
                Initial::Empty,
                &[
                    ("name", Field::Name),
                    ("dockerfile", Field::Dockerfile),
                    ("conda_specification", Field::Conda),
                    ("pip_requirements", Field::Other("pip_requirements".to_owned())),
                ],
            ),
            "from_docker_build_context" => {
                (Initial::Empty, &[("name", Field::Name), ("docker_build_context", Field::Build)])
            }
            "from_conda_specification" => {
                (Initial::V1Defaults, &[("name", Field::Name), ("file_path", Field::Conda)])
            }
            "from_pip_requirements" => (
                Initial::V1Defaults,
                &[("name", Field::Name), ("file_path", Field::Other("pip_requirements".to_owned()))],
            ),
            _ => (Initial::Unknown, &[]),
        };
        let created = self.new_environment(at, Notation::PythonV1, variable, initial, call);
        self.arguments(at, created, args, fields);
        created
    }

    /// Takes note of a local folder that becomes a build context.
    fn local_context(&mut self, at: usize, call: &Expr, args: &'a [Arg]) {
        let text = |value: &'a Expr| match self.values(at).of(value) {
            Known::Text(text) | Known::Path(text) => Some(values::text(&text)),
            _ => None,
        };
        let Some(path) = argument(args, "path", 1).and_then(text) else { return };
        let dockerfile = argument(args, "dockerfile_path", 2);
        let read = dockerfile.and_then(text).filter(|text| !text.templated);
        let known = (dockerfile.is_none() || read.is_some()) && args.iter().all(|arg| !arg.star);
        self.contexts.push(LocalContext { path, dockerfile: read, known, range: host(call.range) });
    }

    /// Whether an expression certainly makes a build context.
    pub(super) fn is_build_context(&self, at: usize, value: &'a Expr) -> bool {
        let ExprKind::Call { func, args, .. } = &self.values(at).origin(value).kind else { return false };
        matches!(self.imports.callee(func, args), Callee::V1(class) if class.starts_with("DockerBuildContext"))
    }

    /// A method that changes conda dependencies: of an object, or of those of an environment.
    pub(super) fn conda_method(
        &mut self,
        at: usize,
        call: &'a Expr,
        chain: &str,
        name: &str,
        args: &'a [Arg],
    ) {
        let values: Vec<Known> = args.iter().map(|arg| self.values(at).of(&arg.value)).collect();
        let branching = self.here(at).is_some_and(|step| !step.path.is_empty());
        let sometimes = self.here(at).is_none_or(|step| step.in_loop || !step.path.is_empty());
        if let Some(Object::Conda(conda)) = self.lookup(self.scope(at), chain) {
            if let Some(found) = self.condas.get_mut(conda) {
                found.call(name, &values);
                if branching {
                    found.branch();
                }
                if sometimes {
                    found.forget_texts();
                }
            }
        } else if let Some((environment, _)) = chain
            .strip_suffix(".python.conda_dependencies")
            .and_then(|root| self.environment_of(at, root, ""))
        {
            self.mutate_conda(at, call, environment, name, &values, sometimes);
        }
    }

    /// `env.python.conda_dependencies.add_pip_package(…)`.
    fn mutate_conda(
        &mut self,
        at: usize,
        call: &Expr,
        environment: usize,
        method: &str,
        values: &[Known],
        sometimes: bool,
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
                let range = host(call.range);
                let path = self.here(at).map_or_else(|| [].into(), |step| step.path.clone());
                let Some(found) = self.environments.get_mut(environment) else { return };
                found.assignments.push(Assignment {
                    field: Field::Conda,
                    value: Value::Opaque,
                    range,
                    key: range,
                    value_range: range,
                    path,
                    statement: true,
                });
                self.conda_of.push((environment, found.assignments.len() - 1, self.condas.len() - 1));
                self.condas.len() - 1
            }
        };
        let branching = self.here(at).is_some_and(|step| !step.path.is_empty());
        if let Some(found) = self.condas.get_mut(conda) {
            found.call(method, values);
            if branching {
                found.branch();
            }
            if sometimes {
                found.forget_texts();
            }
        }
    }
}
