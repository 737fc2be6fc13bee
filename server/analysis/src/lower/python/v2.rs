//! SDK v2: its classes and functions. Source of what they take and do: azure-ai-ml 1.35.2.

use std::sync::Arc;

use amlenv_syntax::python::{Arg, Expr, ExprKind, dotted};

use super::{Lowering, Node, Object, PartKind, Place, Reference, host, values};
use crate::kind::Role;
use crate::model::{EnvironmentUse, Field, Initial, Notation, Task, Text};

/// The property that `env.<section>.<name>` is.
pub(super) fn field_of(section: &str, name: &str) -> Option<Field> {
    match (section, name) {
        ("", name) => keyword(name),
        ("build", "path") => Some(Field::BuildPath),
        ("build", "dockerfile_path") => Some(Field::BuildDockerfile),
        _ => None,
    }
}

/// The property that a keyword of `Environment` is.
fn keyword(name: &str) -> Option<Field> {
    match name {
        "name" => Some(Field::Name),
        "version" => Some(Field::Version),
        "description" => Some(Field::Description),
        "tags" => Some(Field::Tags),
        "image" => Some(Field::Image),
        "build" => Some(Field::Build),
        "conda_file" => Some(Field::Conda),
        "os_type" => Some(Field::OsType),
        "inference_config" => Some(Field::InferenceConfig),
        "datastore" => Some(Field::Datastore),
        _ => None,
    }
}

/// What a class or function that takes an environment uses it for.
fn role(class: &str) -> Option<Role> {
    match class {
        "ManagedOnlineDeployment" | "KubernetesOnlineDeployment" => Some(Role::Online),
        "BatchDeployment" | "ModelBatchDeployment" => Some(Role::Batch),
        "command"
        | "Command"
        | "CommandJob"
        | "CommandComponent"
        | "command_component"
        | "spark"
        | "parallel_run_function"
        | "ParallelComponent"
        | "RunFunction" => Some(Role::Training),
        _ => None,
    }
}

fn named<'a>(args: &'a [Arg], wanted: &str) -> Option<&'a Arg> {
    args.iter().find(|arg| arg.name.as_ref().is_some_and(|(name, _)| name == wanted))
}

impl<'a> Lowering<'_, 'a> {
    /// What a call of a class or function of SDK v2 makes.
    pub(super) fn construct_v2(
        &mut self,
        at: usize,
        call: &'a Expr,
        class: &str,
        args: &'a [Arg],
        variable: Option<&str>,
    ) -> Object {
        let notation = Notation::PythonV2;
        match class {
            "Environment" => {
                let created = self.new_environment(at, notation, variable, Initial::Empty, call);
                self.keywords(at, created, args);
                Object::Environment(created)
            }
            "BuildContext" => {
                Object::Part(self.part_of(PartKind::Build, at, args, |name| field_of("build", name)))
            }
            "load_environment" => {
                let created = self.new_environment(at, notation, None, Initial::Unknown, call);
                let source = named(args, "source").or_else(|| named(args, "path")).or(args.first());
                let path = source.and_then(|arg| self.values(at).value(&arg.value).known_text().cloned());
                if let Some(mut text) = path {
                    text.value = format!("file:{}", text.value);
                    self.uses.push(EnvironmentUse {
                        text,
                        role: None,
                        scoring_script: false,
                        tasks: Vec::new(),
                    });
                    self.use_of.insert(created, Reference::Use(self.uses.len() - 1));
                }
                Object::Environment(created)
            }
            class => match role(class) {
                Some(role) => {
                    let node = self.node(at, class, role, args);
                    self.nodes.push(node);
                    Object::Node(self.nodes.len() - 1)
                }
                None => Object::Other,
            },
        }
    }

    /// The environment that a job, component or deployment is given.
    pub(super) fn call_v2(&mut self, at: usize, call: &'a Expr, class: &str, args: &'a [Arg]) {
        let Some(role) = role(class) else { return };
        self.roles.push(role);
        let Some(arg) = named(args, "environment") else { return };
        let node = self.node(at, class, role, args);
        self.given(at, &arg.value, node, class, call);
    }

    /// What takes an environment, with what runs in that.
    fn node(&self, at: usize, class: &str, role: Role, args: &'a [Arg]) -> Node {
        let text = |name: &str| self.argument_text(at, args, name);
        let call_args = |name: &str| match &self.values(at).origin(&named(args, name)?.value).kind {
            ExprKind::Call { args, .. } => Some(args.as_slice()),
            _ => None,
        };
        let configuration = call_args("code_configuration").unwrap_or_default();
        let of_configuration = |name: &str| self.argument_text(at, configuration, name);
        let task = Task {
            parallel: matches!(class, "parallel_run_function" | "ParallelComponent" | "RunFunction"),
            code: text("code").or_else(|| of_configuration("code")),
            command: text("command"),
            script: text("entry_script").or_else(|| of_configuration("scoring_script")),
            distribution: named(args, "distribution").and_then(|arg| self.distribution(at, &arg.value)),
            services: named(args, "services").map_or_else(Vec::new, |arg| self.services(at, &arg.value)),
        };
        Node { role: Some(role), scoring_script: self.scores(at, args), task: Some(Arc::new(task)) }
    }

    /// The kind of a distribution: `{"type": "mpi"}`, `MpiDistribution(…)`.
    fn distribution(&self, at: usize, value: &'a Expr) -> Option<Text> {
        let origin = self.values(at).origin(value);
        match &origin.kind {
            ExprKind::Dict { pairs, .. } => {
                let known = |expr| self.values(at).of(expr).text();
                let (_, kind) =
                    pairs.iter().find(|(key, _)| known(key).is_some_and(|key| key.value == "type"))?;
                known(kind).map(|text| values::text(&text))
            }
            ExprKind::Call { func, .. } => {
                let name = dotted(func)?;
                let kind = name.rsplit('.').next()?.strip_suffix("Distribution")?.to_ascii_lowercase();
                Some(Text { value: kind, content: host(func.range), templated: false })
            }
            _ => None,
        }
    }

    /// The kinds of interactive services, by their classes.
    fn services(&self, at: usize, value: &'a Expr) -> Vec<Text> {
        let ExprKind::Dict { pairs, .. } = &self.values(at).origin(value).kind else { return Vec::new() };
        let kind = |value: &'a Expr| {
            let ExprKind::Call { func, .. } = &self.values(at).origin(value).kind else { return None };
            let kind = match dotted(func)?.rsplit('.').next()? {
                "SshJobService" => "ssh",
                "VsCodeJobService" => "vs_code",
                "JupyterLabJobService" => "jupyter_lab",
                "TensorBoardJobService" => "tensor_board",
                _ => return None,
            };
            Some(Text { value: kind.to_owned(), content: host(func.range), templated: false })
        };
        pairs.iter().filter_map(|(_, value)| kind(value)).collect()
    }

    /// Whether a deployment scores with a script of the user's own.
    fn scores(&self, at: usize, args: &'a [Arg]) -> bool {
        let Some(code) = named(args, "code_configuration") else { return false };
        let ExprKind::Call { args, .. } = &self.values(at).origin(&code.value).kind else { return false };
        named(args, "scoring_script").is_some() || args.len() == 2
    }

    fn keywords(&mut self, at: usize, environment: usize, args: &'a [Arg]) {
        for arg in args {
            let Some((name, key)) = &arg.name else {
                // `**settings` may say anything.
                if let Some(found) = self.environments.get_mut(environment) {
                    found.initial = Initial::Unknown;
                }
                continue;
            };
            let Some(field) = keyword(name) else { continue };
            let place = Place { at, key: host(*key), range: arg.range, whole: false };
            self.record(place, environment, field, Some(&arg.value), false);
        }
    }

    /// An environment that is written in place as a dictionary: `{"image": …}`, `dict(image=…)`.
    pub(super) fn inline(&mut self, at: usize, value: &'a Expr) -> Option<usize> {
        let origin = self.values(at).origin(value);
        if let Some(Object::Environment(found)) = self.built.get(&origin.range) {
            return Some(*found);
        }
        let created = match &origin.kind {
            ExprKind::Dict { pairs, open } => {
                let initial = if *open { Initial::Unknown } else { Initial::Empty };
                let created = self.new_environment(at, Notation::PythonV2, None, initial, origin);
                for (key, value) in pairs {
                    let name = self.values(at).of(key).text().map(|text| (values::host(&text), text.value));
                    let Some((key_range, name)) = name else { continue };
                    let Some(field) = keyword(&name) else { continue };
                    let range = amlenv_syntax::TextRange::new(key.range.start, value.range.end);
                    let place = Place { at, key: key_range, range, whole: false };
                    self.record(place, created, field, Some(value), false);
                }
                created
            }
            ExprKind::Call { func, args, .. } if dotted(func).as_deref() == Some("dict") => {
                let created = self.new_environment(at, Notation::PythonV2, None, Initial::Empty, origin);
                self.keywords(at, created, args);
                created
            }
            _ => return None,
        };
        self.built.insert(origin.range, Object::Environment(created));
        Some(created)
    }
}
