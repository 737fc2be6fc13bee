//! What kind of file a text is. By its content; a name decides only where content cannot, because
//! `environment.yml` may be conda or Azure ML.

use amlenv_syntax::Earlier;
use amlenv_syntax::json;
use amlenv_syntax::yaml::{self, CoreType, Node, NodeKind, Yaml};

use crate::kind::FileKind;
use crate::lower::definition_v1::{is_definition, is_runconfig};
use crate::path::FilePath;

/// Whether a file of that name is a Dockerfile.
pub(crate) fn is_dockerfile_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let stem = lower.strip_prefix("base").unwrap_or(&lower);
    const OTHER_FORMATS: [&str; 12] = [
        "dockerignore",
        "md",
        "j2",
        "jinja",
        "jinja2",
        "tmpl",
        "template",
        "tpl",
        "erb",
        "py",
        "yml",
        "yaml",
    ];
    if let Some(rest) = stem.strip_prefix("dockerfile") {
        return rest.is_empty()
            || rest.strip_prefix('.').is_some_and(|suffix| {
                !suffix.is_empty() && !OTHER_FORMATS.contains(&suffix.rsplit('.').next().unwrap_or(""))
            });
    }
    lower.ends_with(".dockerfile") || lower.ends_with("-dockerfile") || lower == "containerfile"
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn is_requirements_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with(".txt") && lower.contains("requirements")
}

/// Whether a JSON file of that name may be a v1 definition, so that not every JSON file is read.
fn is_definition_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.strip_suffix(".json").is_some_and(|stem| stem.contains("env"))
}

/// Whether a walk should read a file of that name.
pub(crate) fn may_be_relevant(path: &FilePath) -> bool {
    let name = path.file_name();
    is_dockerfile_name(name)
        || is_requirements_name(name)
        || is_definition_name(name)
        || matches!(extension(&name.to_ascii_lowercase()), "yml" | "yaml" | "py" | "ipynb" | "runconfig")
}

/// The kind of a file that was found by walking.
pub(crate) fn found(path: &FilePath, text: &str) -> Option<FileKind> {
    found_reading(path, text, &mut Earlier::default()).map(|(kind, _)| kind)
}

/// The same, with the tree where one was read to tell.
pub(crate) fn found_reading(
    path: &FilePath,
    text: &str,
    earlier: &mut Earlier,
) -> Option<(FileKind, Option<Yaml>)> {
    let extension = extension(path.file_name()).to_ascii_lowercase();
    if matches!(extension.as_str(), "yml" | "yaml") && !is_dockerfile_name(path.file_name()) {
        return yaml_kind(path.file_name(), text, earlier).map(|(kind, tree)| (kind, Some(tree)));
    }
    found_elsewhere(path, text).map(|kind| (kind, None))
}

/// The kind of a file that is not YAML.
fn found_elsewhere(path: &FilePath, text: &str) -> Option<FileKind> {
    let name = path.file_name();
    if is_dockerfile_name(name) {
        return Some(FileKind::Dockerfile);
    }
    if is_requirements_name(name) {
        return Some(FileKind::Requirements);
    }
    match extension(&name.to_ascii_lowercase()) {
        "py" => is_sdk_python(text).then_some(FileKind::Python),
        "ipynb" => is_sdk_python(text).then_some(FileKind::Notebook),
        "json" => json_kind(name, text),
        "runconfig" => Some(FileKind::Runconfig),
        _ => None,
    }
}

/// A JSON text whose sections are those of a v1 definition. Other files hold a definition among other
/// things (`inferenceConfig.json`) and are left alone.
fn json_kind(name: &str, text: &str) -> Option<FileKind> {
    if !["\"docker\"", "\"python\""].iter().any(|mark| text.contains(mark)) {
        return (name == "azureml_environment.json").then_some(FileKind::EnvironmentJson);
    }
    let root = json::parse(text).root?;
    if is_runconfig(&root) {
        return Some(FileKind::Runconfig);
    }
    is_definition(&root).then_some(FileKind::EnvironmentJson)
}

/// The kind of a file that was named: the name alone is enough where the content is broken or empty.
pub(crate) fn named(path: &FilePath, text: &str) -> Option<FileKind> {
    if let Some(kind) = found(path, text) {
        return Some(kind);
    }
    let name = path.file_name().to_ascii_lowercase();
    if matches!(name.as_str(), ".amlignore" | ".gitignore") || name.ends_with(".dockerignore") {
        return Some(FileKind::Other);
    }
    match extension(&name) {
        "py" => Some(FileKind::Python),
        "ipynb" => Some(FileKind::Notebook),
        "yml" | "yaml" => {
            // A YAML file of somebody else's stays somebody else's; a broken or empty one of a name
            // like ours is judged, so that it is not passed over in silence.
            let root = yaml::parse(text).documents.into_iter().flatten().next();
            let readable = matches!(root.as_ref().map(|root| &root.kind), Some(NodeKind::Mapping(_)));
            let ours = name.contains("env") || name.contains("conda");
            if readable && !ours {
                return None;
            }
            Some(if name.contains("conda") { FileKind::Conda } else { FileKind::EnvironmentYaml })
        }
        "txt" => Some(FileKind::Requirements),
        "json" if is_definition_name(&name) && !json::parse(text).problems.is_empty() => {
            Some(FileKind::EnvironmentJson)
        }
        _ => None,
    }
}

/// Python that says something about environments, of either SDK.
fn is_sdk_python(text: &str) -> bool {
    is_v1_python(text)
        || ["azure.ai.ml", "mldesigner"].iter().any(|module| text.contains(module))
            && ["Environment(", "BuildContext(", "load_environment(", "environment=", ".environments."]
                .iter()
                .any(|mark| text.contains(mark))
}

/// Python that says something about v1 environments.
fn is_v1_python(text: &str) -> bool {
    const SETTINGS: [&str; 7] = [
        "Environment",
        "base_image",
        "base_dockerfile",
        "RunConfiguration",
        "CondaDependencies",
        "DockerBuildContext",
        ".environments",
    ];
    let imports = text.contains("azureml.core") || text.contains("azureml.pipeline");
    imports && SETTINGS.iter().any(|setting| text.contains(setting))
        || text.contains(".docker.base_") && !text.contains("azure.ai.ml")
}

/// The kind of a YAML text, by its `$schema` first, then by its keys.
fn yaml_kind(name: &str, text: &str, earlier: &mut Earlier) -> Option<(FileKind, Yaml)> {
    const MARKS: [&str; 7] =
        ["dependencies", "image", "build", "environment", "$schema", "conda_file", "channels"];
    if !is_environment_name(name) && !MARKS.iter().any(|mark| text.contains(mark)) {
        return None;
    }
    let tree = yaml::parse_again(text, earlier);
    let kind = kind_of_tree(name, text, tree.documents.iter().flatten().next()?)?;
    Some((kind, tree))
}

fn kind_of_tree(name: &str, text: &str, root: &Node) -> Option<FileKind> {
    if !matches!(root.kind, NodeKind::Mapping(_)) {
        return None;
    }
    let has = |key: &str| root.get(key).is_some();
    let value = |key: &str| root.get(key).and_then(|entry| entry.value.as_ref());
    let schema = value("$schema").and_then(Node::as_str).unwrap_or("").to_ascii_lowercase();
    if !schema.is_empty() {
        if let Some(kind) = by_schema(&schema) {
            return Some(kind);
        }
        if schema.contains("azureml") || schema.contains("schemas.azure") {
            return None;
        }
    }
    if is_runconfig(root) {
        return Some(FileKind::Runconfig);
    }
    // MLflow's python_env.yaml looks like conda and is not.
    if has("build_dependencies") {
        return None;
    }
    let conda =
        value("dependencies").is_some_and(|list| list.items().iter().any(|item| item.as_str().is_some()));
    let foreign = [
        "services",
        "jobs",
        "command",
        "type",
        "inputs",
        "steps",
        "on",
        "apiVersion",
        "pool",
        "trigger",
        "stages",
    ]
    .iter()
    .any(|key| has(key));
    let text_image = value("image").is_some_and(|image| matches!(image.kind, NodeKind::Scalar(_)));
    let build_path = value("build").is_some_and(|build| build.get("path").is_some());
    if !foreign && (text_image || build_path) && (has("name") || has("conda_file")) {
        return Some(FileKind::EnvironmentYaml);
    }
    if !foreign && has("conda_file") && has("name") {
        return Some(FileKind::EnvironmentYaml);
    }
    if conda && !has("image") && !has("build") && is_conda_shape(root) {
        return Some(FileKind::Conda);
    }
    if !foreign && is_environment_name(name) && is_environment_shape(root) {
        return Some(FileKind::EnvironmentYaml);
    }
    let azureml = text.contains("azureml");
    if has("endpoint_name") && (has("model") || has("code_configuration") || has("environment")) && azureml {
        return Some(FileKind::DeploymentYaml);
    }
    let job = has("jobs") && azureml && value("type").and_then(Node::as_str) == Some("pipeline")
        || has("command") && has("environment") && azureml && !has("services") && !has("on");
    job.then_some(FileKind::JobYaml)
}

/// `environment.yml`, `env.yaml`, `train-env.yml` and their like.
fn is_environment_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let stem = lower.rsplit_once('.').map_or(lower.as_str(), |(stem, _)| stem);
    stem.split(['-', '_', '.']).any(|word| matches!(word, "env" | "environment"))
}

/// A mapping that was meant as an environment: a name, something that says where the image comes
/// from, misspelt or not, and no key from elsewhere.
fn is_environment_shape(root: &Node) -> bool {
    const KEYS: [&str; 12] = [
        "$schema",
        "name",
        "version",
        "description",
        "tags",
        "image",
        "build",
        "conda_file",
        "os_type",
        "inference_config",
        "datastore",
        "docker",
    ];
    let near =
        |key: &str, known: &str| key == known || known.len() > 4 && crate::graph::distance(key, known) <= 1;
    let keys: Vec<&str> = root.entries().iter().filter_map(|entry| entry.key.as_str()).collect();
    let ours = keys.iter().all(|key| KEYS.iter().any(|known| near(key, known)));
    let source = keys.iter().any(|key| ["image", "build", "conda_file"].iter().any(|known| near(key, known)));
    let mapped_image = root
        .get("image")
        .and_then(|entry| entry.value.as_ref())
        .is_some_and(|image| !image.entries().is_empty());
    ours && source && keys.contains(&"name") && !mapped_image
}

/// A conda file says little else than dependencies; a Helm chart or a pubspec says much else.
fn is_conda_shape(root: &Node) -> bool {
    const KEYS: [&str; 6] = ["name", "channels", "dependencies", "prefix", "variables", "platforms"];
    let known = root
        .entries()
        .iter()
        .filter(|entry| entry.key.as_str().is_some_and(|key| KEYS.contains(&key)))
        .count();
    let others = root.entries().len() - known;
    let typed = root.get("dependencies").and_then(|entry| entry.value.as_ref()).is_some_and(|list| {
        list.items().iter().all(|item| match &item.kind {
            NodeKind::Scalar(_) => item.core_type() == CoreType::Str,
            NodeKind::Mapping(entries) => entries.len() == 1 && item.get("pip").is_some(),
            _ => true,
        })
    });
    typed && others <= known
}

fn by_schema(schema: &str) -> Option<FileKind> {
    let file = schema.rsplit('/').next().unwrap_or(schema).split('.').next().unwrap_or("");
    Some(match file {
        "environment" => FileKind::EnvironmentYaml,
        "commandjob" | "pipelinejob" | "sweepjob" | "commandcomponent" | "pipelinecomponent"
        | "parallelcomponent" | "paralleljob" | "importjob" | "sparkjob" | "sparkcomponent" | "schedule" => {
            FileKind::JobYaml
        }
        "managedonlinedeployment"
        | "kubernetesonlinedeployment"
        | "batchdeployment"
        | "modelbatchdeployment" => FileKind::DeploymentYaml,
        _ => return None,
    })
}
