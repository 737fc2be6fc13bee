//! v2 environment definitions in YAML: files of their own, and mappings under `environment:` in
//! jobs, components, pipelines and deployments. Also the references to environments there.

use std::sync::Arc;

use amlenv_syntax::yaml::{CoreType, Entry, Node, NodeKind};
use amlenv_syntax::{HostRange, TextRange};

use super::{conda, is_templated};
use crate::kind::{FileKind, Role};
use crate::model::{Assignment, Environment, EnvironmentUse, Field, Initial, Notation, Task, Text, Value};

/// What a v2 YAML file says about environments.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    pub(crate) environments: Vec<Environment>,
    pub(crate) uses: Vec<EnvironmentUse>,
}

/// YAML files stand in the host as they are.
pub(crate) fn host(range: TextRange) -> HostRange {
    HostRange::new(range.start, range.end)
}

/// Lowers the top-level mapping of an environment file.
pub(crate) fn environment_file(root: &Node) -> Lowered {
    let environment = mapping(root, Notation::EnvironmentYaml, None, host(root.range));
    Lowered { environments: environment.into_iter().collect(), uses: Vec::new() }
}

/// Lowers a job, component, pipeline or deployment: every `environment:` where the schema has one.
pub(crate) fn job_file(root: &Node, kind: FileKind) -> Lowered {
    let mut out = Lowered::default();
    let scoring_script = kind == FileKind::DeploymentYaml
        && root
            .get("code_configuration")
            .and_then(|entry| entry.value.as_ref())
            .is_some_and(|value| value.get("scoring_script").is_some());
    let role = match kind {
        FileKind::DeploymentYaml => deployment_role(root),
        _ => Some(Role::Training),
    };
    // A pipeline holds jobs, a job may hold a component or a task, all with an environment of their own.
    let mut pending: Vec<(&Node, String)> = vec![(root, String::new())];
    while let Some((node, path)) = pending.pop() {
        for entry in node.entries() {
            let Some(key) = entry.key.as_str() else { continue };
            let Some(value) = &entry.value else { continue };
            let here = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            match key {
                "environment" => {
                    let task = Arc::new(task(node, path == "task" || path.ends_with(".task")));
                    environment_key(entry, value, &here, (role, scoring_script, task), &mut out);
                }
                "jobs" => {
                    for job in value.entries() {
                        if let (Some(name), Some(value)) = (job.key.as_str(), &job.value) {
                            pending.push((value, format!("{here}.{name}")));
                        }
                    }
                }
                "component" | "trial" | "task" | "settings" | "default_deployment" | "create_job" => {
                    pending.push((value, here))
                }
                _ => {}
            }
        }
    }
    out.environments.sort_by_key(|environment| environment.range);
    out.uses.sort_by_key(|used| used.text.content);
    out
}

/// The role of a deployment: batch by its schema or keys, else online.
fn deployment_role(root: &Node) -> Option<Role> {
    let schema =
        root.get("$schema").and_then(|entry| entry.value.as_ref()).and_then(Node::as_str).unwrap_or("");
    let schema = schema.to_ascii_lowercase();
    if schema.contains("batchdeployment")
        || schema.contains("pipelinecomponentbatch")
        || root.get("mini_batch_size").is_some()
    {
        return Some(Role::Batch);
    }
    Some(Role::Online)
}

/// What runs in the environment of a job, component, task or deployment.
fn task(node: &Node, parallel: bool) -> Task {
    let of = |node: &Node, key: &str| node.get(key).and_then(|entry| entry.value.clone());
    let text_of = |node: &Node, key: &str| of(node, key).as_ref().and_then(text);
    let configuration = of(node, "code_configuration");
    let services = of(node, "services");
    let kinds = services.iter().flat_map(Node::entries).filter_map(|entry| entry.value.as_ref());
    Task {
        parallel,
        code: text_of(node, "code").or_else(|| text_of(configuration.as_ref()?, "code")),
        command: text_of(node, "command"),
        script: text_of(node, "entry_script").or_else(|| text_of(configuration.as_ref()?, "scoring_script")),
        distribution: of(node, "distribution").and_then(|found| text_of(&found, "type")),
        services: kinds.filter_map(|kind| text_of(kind, "type")).collect(),
    }
}

fn environment_key(
    entry: &Entry,
    value: &Node,
    path: &str,
    (role, scoring_script, task): (Option<Role>, bool, Arc<Task>),
    out: &mut Lowered,
) {
    match &value.kind {
        NodeKind::Mapping(_) => {
            if let Some(mut environment) = mapping(value, Notation::InlineYaml, Some(path), host(entry.range))
            {
                environment.anchor = host(entry.key.range);
                environment.role = role;
                environment.scoring_script = scoring_script;
                environment.tasks.push(task);
                out.environments.push(environment);
            }
        }
        NodeKind::Scalar(_) => {
            if let Some(text) = text(value) {
                out.uses.push(EnvironmentUse { text, role, scoring_script, tasks: vec![task] });
            }
        }
        _ => {}
    }
}

/// The text of a scalar and where it stands.
pub(crate) fn text(node: &Node) -> Option<Text> {
    let NodeKind::Scalar(scalar) = &node.kind else { return None };
    let content = if node.resolved_alias {
        host(node.range)
    } else {
        scalar.map.to_host(TextRange::new(0, scalar.value.len()))
    };
    Some(Text { templated: is_templated(&scalar.value), value: scalar.value.clone(), content })
}

/// Lowers one mapping of environment keys.
fn mapping(root: &Node, notation: Notation, variable: Option<&str>, range: HostRange) -> Option<Environment> {
    let NodeKind::Mapping(entries) = &root.kind else { return None };
    let mut assignments = Vec::new();
    for entry in entries {
        let Some(key) = entry.key.as_str() else { continue };
        let field = match key {
            "$schema" => Field::Schema,
            "name" => Field::Name,
            "version" => Field::Version,
            "description" => Field::Description,
            "tags" => Field::Tags,
            "image" => Field::Image,
            "build" => Field::Build,
            "conda_file" => Field::Conda,
            "os_type" => Field::OsType,
            "inference_config" => Field::InferenceConfig,
            "datastore" => Field::Datastore,
            "auto_delete_setting" => Field::AutoDelete,
            other => Field::Other(other.to_owned()),
        };
        let value = match (&field, &entry.value) {
            (Field::Conda, Some(node)) => conda_value(node),
            _ => value(entry.value.as_ref()),
        };
        if let (Field::Build, Some(node)) = (&field, &entry.value) {
            assignments.push(assignment(entry, field, value));
            for inner in node.entries() {
                let Some(key) = inner.key.as_str() else { continue };
                let field = match key {
                    "path" => Field::BuildPath,
                    "dockerfile_path" => Field::BuildDockerfile,
                    other => Field::Other(format!("build.{other}")),
                };
                assignments.push(assignment(inner, field, self::value(inner.value.as_ref())));
            }
            continue;
        }
        // The layout of 2021 said where the image comes from below `docker`.
        let legacy = matches!(&field, Field::Other(key) if key == "docker");
        assignments.push(assignment(entry, field, value));
        for inner in entry.value.as_ref().filter(|_| legacy).map_or(&[][..], |node| node.entries()) {
            let Some(key) = inner.key.as_str() else { continue };
            let field = Field::Other(format!("docker.{key}"));
            assignments.push(assignment(inner, field, self::value(inner.value.as_ref())));
        }
    }
    let anchor = assignments
        .iter()
        .find(|assignment| assignment.field == Field::Name)
        .or_else(|| assignments.iter().find(|assignment| assignment.field != Field::Schema))
        .or_else(|| assignments.first())
        .map_or(HostRange::empty(range.start), |assignment| assignment.key);
    Some(Environment {
        notation,
        variable: variable.map(str::to_owned),
        initial: Initial::Empty,
        assignments,
        range,
        anchor,
        uses: Vec::new(),
        role: None,
        scoring_script: false,
        tasks: Vec::new(),
    })
}

fn assignment(entry: &Entry, field: Field, value: Value) -> Assignment {
    Assignment {
        field,
        value,
        range: host(entry.range),
        key: host(entry.key.range),
        value_range: entry.value.as_ref().map_or(HostRange::empty(entry.range.end), |node| host(node.range)),
        path: Arc::from([]),
        statement: true,
    }
}

fn conda_value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Mapping(_) => Value::Conda(Arc::new(conda::lower(node))),
        NodeKind::Scalar(_) => match value(Some(node)) {
            Value::Text(text) => Value::CondaPath(text),
            other => other,
        },
        _ => value(Some(node)),
    }
}

/// The value of a node as the official client's loader types it.
pub(crate) fn value(node: Option<&Node>) -> Value {
    let Some(node) = node else { return Value::Cleared { empty_text: false } };
    match &node.kind {
        NodeKind::Null => Value::Cleared { empty_text: false },
        NodeKind::Mapping(_) => Value::Map,
        NodeKind::Sequence(_) => Value::List,
        NodeKind::Alias(_) | NodeKind::Error => Value::Opaque,
        NodeKind::Scalar(scalar) => {
            if scalar.value.is_empty() {
                return Value::Cleared { empty_text: true };
            }
            match node.core_type() {
                CoreType::Str => text(node).map_or(Value::Opaque, Value::Text),
                CoreType::Bool => {
                    Value::Bool(!matches!(scalar.value.to_ascii_lowercase().as_str(), "false" | "no" | "off"))
                }
                CoreType::Null => Value::Cleared { empty_text: false },
                CoreType::Int | CoreType::Float | CoreType::Timestamp => Value::Number(scalar.value.clone()),
            }
        }
    }
}
