//! v1 environment definitions written down as data: `azureml_environment.json`, and the environment
//! of a run configuration, which is YAML or JSON. Both have the same sections and keys.
//!
//! Source of the keys and of what the SDK makes of them: azureml-core 1.61.0, measured.

use std::sync::Arc;

use amlenv_syntax::HostRange;
use amlenv_syntax::yaml::{Entry, Node, NodeKind};

use super::environment_yaml::{host, value};
use super::python::is_dockerfile_text;
use super::{conda, is_templated};
use crate::embedded::DockerfileDocument;
use crate::model::{Assignment, Environment, Field, Initial, Notation, Value};

/// What such a file says about environments.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    pub(crate) environments: Vec<Environment>,
    pub(crate) dockerfiles: Vec<Arc<DockerfileDocument>>,
}

/// In which language a definition is written, which says how text inside it is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Json,
    Yaml,
}

/// The sections of a definition and the keys in them that make a mapping one.
const SECTIONS: [(&str, &[&str]); 2] = [
    (
        "docker",
        &[
            "baseImage",
            "baseDockerfile",
            "baseImageRegistry",
            "buildContext",
            "sharedVolumes",
            "shmSize",
            "gpuSupport",
            "platform",
        ],
    ),
    (
        "python",
        &[
            "condaDependencies",
            "condaDependenciesFile",
            "userManagedDependencies",
            "interpreterPath",
            "baseCondaEnvironment",
        ],
    ),
];

/// Whether a mapping is a v1 definition: one of its sections has a key that only such a section has.
pub(crate) fn is_definition(root: &Node) -> bool {
    SECTIONS.iter().any(|(section, keys)| {
        let section = entry(root, section).and_then(|found| found.value.as_ref());
        section.is_some_and(|section| keys.iter().any(|key| entry(section, key).is_some()))
    })
}

/// Whether a mapping is a run configuration: it says what to run or where, and has the environment for it.
pub(crate) fn is_runconfig(root: &Node) -> bool {
    const KEYS: [&str; 6] = ["script", "target", "framework", "communicator", "nodeCount", "history"];
    let environment = entry(root, "environment").and_then(|found| found.value.as_ref());
    environment.is_some_and(is_definition) && KEYS.iter().any(|key| entry(root, key).is_some())
}

/// Lowers the mapping of a definition in JSON.
pub(crate) fn definition(root: &Node, written: Written) -> Lowered {
    let mut out = Lowered::default();
    let anchor = entry(root, "name").map(|found| host(found.key.range));
    lower(root, Notation::Json, written, None, host(root.range), anchor, &mut out);
    out
}

/// Lowers a run configuration.
pub(crate) fn runconfig(root: &Node, written: Written) -> Lowered {
    let mut out = Lowered::default();
    let found = entry(root, "environment");
    if let Some(found) = found
        && let Some(node) = found.value.as_ref().filter(|node| matches!(node.kind, NodeKind::Mapping(_)))
    {
        let anchor = Some(host(found.key.range));
        let name = Some("environment".to_owned());
        lower(node, Notation::Runconfig, written, name, host(found.range), anchor, &mut out);
    } else if let Some(conda) = entry(root, "condaDependenciesFile").filter(|_| found.is_none()) {
        // The layout of 2018 had it at the top.
        let path = match value(conda.value.as_ref()) {
            Value::Text(text) => Value::CondaPath(text),
            other => other,
        };
        let found = assignment(conda, Field::Conda, path, false);
        let anchor = found.key;
        let range = host(root.range);
        out.environments.push(environment(Notation::Runconfig, None, vec![found], range, anchor));
    }
    out
}

fn lower(
    root: &Node,
    notation: Notation,
    written: Written,
    variable: Option<String>,
    range: HostRange,
    anchor: Option<HostRange>,
    out: &mut Lowered,
) {
    let mut assignments: Vec<Assignment> = Vec::new();
    // Sections hold sections; none of them is deep.
    let mut pending: Vec<(&Entry, String)> =
        root.entries().iter().rev().map(|entry| (entry, String::new())).collect();
    while let Some((found, section)) = pending.pop() {
        let Some(key) = found.key.as_str() else { continue };
        // The loader of run configurations takes every spelling, the one of definitions does not.
        let name = if notation == Notation::Runconfig { camel_case(key) } else { key.to_owned() };
        let path = if section.is_empty() { name } else { format!("{section}.{name}") };
        let node = found.value.as_ref();
        // In JSON commas stand between entries, so that none can be taken out as its lines.
        let own_lines =
            written == Written::Yaml && node.is_none_or(|node| !node.resolved_alias) && !root.flow;
        if let Some(node) = node.filter(|node| is_section(&path) && matches!(node.kind, NodeKind::Mapping(_)))
        {
            let field = field_of(&path, &Value::Map);
            if matches!(field, Field::Build | Field::RegistryIdentity) {
                assignments.push(assignment(found, field, Value::Map, own_lines));
            }
            pending.extend(node.entries().iter().rev().map(|entry| (entry, path.clone())));
            continue;
        }
        let value = value_of(&path, node);
        let field = field_of(&path, &value);
        if let (Field::Dockerfile, Some(node), Value::Text(text)) = (&field, node, &value)
            && !node.resolved_alias
            && is_dockerfile_text(&text.value)
        {
            let document = match written {
                Written::Json => DockerfileDocument::in_json(node),
                Written::Yaml => DockerfileDocument::in_yaml(node),
            };
            out.dockerfiles.extend(document.map(Arc::new));
        }
        assignments.push(assignment(found, field, value, own_lines));
    }
    let first = assignments.first().map_or(HostRange::empty(range.start), |first| first.key);
    out.environments.push(environment(notation, variable, assignments, range, anchor.unwrap_or(first)));
}

fn environment(
    notation: Notation,
    variable: Option<String>,
    assignments: Vec<Assignment>,
    range: HostRange,
    anchor: HostRange,
) -> Environment {
    Environment {
        notation,
        variable,
        // The loader of definitions starts from nothing; a run configuration has defaults that hang on
        // where it runs.
        initial: if notation == Notation::Json { Initial::Empty } else { Initial::Unknown },
        assignments,
        range,
        anchor,
        uses: Vec::new(),
        role: None,
        scoring_script: false,
        tasks: Vec::new(),
    }
}

fn is_section(path: &str) -> bool {
    matches!(
        path,
        "docker"
            | "python"
            | "docker.baseImageRegistry"
            | "docker.buildContext"
            | "docker.platform"
            | "docker.baseImageRegistry.registryIdentity"
    )
}

fn value_of(path: &str, node: Option<&Node>) -> Value {
    match (path, node) {
        ("python.condaDependencies", Some(node)) if matches!(node.kind, NodeKind::Mapping(_)) => {
            Value::Conda(Arc::new(conda::lower(node)))
        }
        ("python.condaDependenciesFile", _) => match value(node) {
            Value::Text(text) => Value::CondaPath(text),
            other => other,
        },
        // An escaped `$` of a shell is no placeholder, so a Dockerfile's text is known as it is.
        ("docker.baseDockerfile", Some(node)) => match value(Some(node)) {
            Value::Text(mut text) => {
                text.templated = is_templated(first_line(&text.value)) && !text.value.contains('\n');
                Value::Text(text)
            }
            other => other,
        },
        _ => value(node),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

/// The property that a key is. A null says of the packages that they are said elsewhere: as one of
/// two ways to say it, or in a file beside this one.
fn field_of(path: &str, value: &Value) -> Field {
    match path {
        "name" => Field::Name,
        "version" => Field::Version,
        "environmentVariables" => Field::EnvironmentVariables,
        "docker.baseImage" => Field::Image,
        "docker.baseDockerfile" => Field::Dockerfile,
        "docker.buildContext" => Field::Build,
        "docker.buildContext.location" => Field::BuildPath,
        "docker.buildContext.dockerfilePath" => Field::BuildDockerfile,
        "docker.baseImageRegistry" => Field::Registry,
        "docker.baseImageRegistry.address" => Field::RegistryAddress,
        "docker.baseImageRegistry.username" => Field::RegistryUsername,
        "docker.baseImageRegistry.password" => Field::RegistryPassword,
        "docker.baseImageRegistry.registryIdentity" => Field::RegistryIdentity,
        "python.userManagedDependencies" => Field::UserManaged,
        "python.condaDependencies" | "python.condaDependenciesFile" if !value.is_cleared() => Field::Conda,
        other => Field::Other(other.to_owned()),
    }
}

fn assignment(found: &Entry, field: Field, value: Value, statement: bool) -> Assignment {
    let end = found.value.as_ref().map_or(HostRange::empty(found.range.end), |node| host(node.range));
    Assignment {
        field,
        value,
        range: host(found.range),
        key: host(found.key.range),
        value_range: end,
        path: Arc::from([]),
        statement,
    }
}

/// The entry of a key, in any of the spellings that the SDK takes for it: `baseImage`, `BaseImage`,
/// `base_image`. Source: azureml-core 1.61.0, `RunConfiguration._check_camel_case_keys`.
fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    node.entries().iter().rev().find(|entry| entry.key.as_str().is_some_and(|found| camel_case(found) == key))
}

pub(crate) fn camel_case(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    let mut upper = false;
    for c in key.chars() {
        if c == '_' {
            upper = !out.is_empty();
        } else if upper {
            out.extend(c.to_uppercase());
            upper = false;
        } else if out.is_empty() {
            out.extend(c.to_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::camel_case;

    #[test]
    fn keys_are_known_in_every_spelling() {
        for key in ["baseImage", "BaseImage", "base_image", "base_Image"] {
            assert_eq!(camel_case(key), "baseImage");
        }
        assert_eq!(camel_case("_x"), "x");
    }
}
