//! What is sent to register an environment: the same body as the official client's, or the reason
//! why not. Source of the body: azure-ai-ml 1.35.2, measured on the wire.

use amlenv_syntax::yaml::{self, CoreType, Node, NodeKind};
use serde_json::{Map, Value as Json};

use crate::answers::{Plan, PlanOptions, Refusal};
use crate::file::File;
use crate::finding::Severity;
use crate::graph;
use crate::judge;
use crate::kind::FileKind;
use crate::model::{Environment, Field, Notation, Value};
use crate::nested;
use crate::path::FilePath;
use crate::settings::Settings;
use crate::workspace::{Fact, Workspace};

pub(crate) fn plan(
    workspace: &Workspace,
    path: &FilePath,
    options: &PlanOptions,
    settings: &Settings,
) -> Result<Plan, Refusal> {
    let file = workspace.file(path).ok_or_else(|| usage("The file could not be read.".to_owned()))?;
    match file.nested().iter().find(|nested| !nested.written) {
        Some(nested) => of_file(&nested::scope(workspace, file), &nested.file, options, settings)
            .map_err(|refusal| Refusal { range: refusal.range.map(|range| nested.host(range)), ..refusal }),
        None => of_file(workspace, file, options, settings),
    }
}

fn of_file(
    workspace: &Workspace,
    file: &File,
    options: &PlanOptions,
    settings: &Settings,
) -> Result<Plan, Refusal> {
    if !matches!(file.kind(), FileKind::EnvironmentYaml | FileKind::Python) {
        let message =
            "Environments are registered from an environment YAML or from Python; this file is neither.";
        return Err(usage(message.to_owned()));
    }
    let environment = choose(file, options.environment.as_deref())?;
    if !options.force {
        refuse_errors(workspace, file, environment, settings)?;
    }
    let mut notes = Vec::new();
    let name = match (&options.name, environment.name()) {
        (Some(name), _) => name.clone(),
        (None, Some(name)) if !name.is_empty() => name.to_owned(),
        _ => {
            return Err(refusal(
                environment,
                "An environment is registered under a name: add one, or give --name.",
            ));
        }
    };
    check_name(environment, &name)?;
    let version = options.version.clone().or(version(environment)?);
    let mut properties = Map::new();
    properties.insert("isAnonymous".to_owned(), Json::Bool(false));
    properties.insert("isArchived".to_owned(), Json::Bool(false));
    image(environment, options, &mut properties, &mut notes)?;
    conda(workspace, file, environment, &mut properties, &mut notes)?;
    if let Some(os) = environment.last(&Field::OsType).and_then(|os| os.value.known_text()) {
        let lower = os.value.to_ascii_lowercase();
        if !matches!(lower.as_str(), "linux" | "windows") {
            return Err(refusal(environment, "os_type is linux or windows."));
        }
        // The client reads YAML through a schema that lowers it, and sends objects as they are.
        let os = if environment.notation.is_python() { os.value.clone() } else { lower };
        properties.insert("osType".to_owned(), Json::String(os));
    }
    details(file, environment, options, &mut properties)?;
    Ok(Plan {
        name,
        version,
        body: Json::Object(Map::from_iter([("properties".to_owned(), Json::Object(properties))])),
        notes,
    })
}

fn usage(message: String) -> Refusal {
    Refusal { message, range: None, usage: true }
}

fn refusal(environment: &Environment, message: &str) -> Refusal {
    Refusal { message: message.to_owned(), range: Some(environment.anchor), usage: false }
}

/// The environment that is meant: by its number from 1, its name or its variable; the only one
/// where nothing is said.
pub(crate) fn choose<'a>(file: &'a File, wanted: Option<&str>) -> Result<&'a Environment, Refusal> {
    let all: Vec<&Environment> = file.environments().collect();
    let Some(wanted) = wanted else {
        return match all.as_slice() {
            [] => Err(usage("No environment is defined in this file.".to_owned())),
            [only] => Ok(only),
            several => Err(usage(format!(
                "This file defines {} environments; say which with --environment: {}.",
                several.len(),
                several
                    .iter()
                    .enumerate()
                    .map(|(number, found)| call(number, found))
                    .collect::<Vec<_>>()
                    .join(", ")
            ))),
        };
    };
    let by_number = wanted.parse::<usize>().ok().and_then(|number| all.get(number.checked_sub(1)?).copied());
    let by_name = || {
        all.iter()
            .copied()
            .find(|found| found.name() == Some(wanted) || found.variable.as_deref() == Some(wanted))
    };
    by_name().or(by_number).ok_or_else(|| {
        let known: Vec<String> = all.iter().enumerate().map(|(number, found)| call(number, found)).collect();
        usage(format!("No environment {wanted} in this file; there is {}.", known.join(", ")))
    })
}

fn call(number: usize, environment: &Environment) -> String {
    let name = environment.name().or(environment.variable.as_deref()).unwrap_or("unnamed");
    format!("{} ({name})", number + 1)
}

/// Errors in the definition stand in the way, unless the user forces it.
fn refuse_errors(
    workspace: &Workspace,
    file: &File,
    environment: &Environment,
    settings: &Settings,
) -> Result<(), Refusal> {
    let finding = judge::judge_file(workspace, file, settings).into_iter().find(|finding| {
        finding.severity == Severity::Error
            && (environment.notation == Notation::EnvironmentYaml
                || environment.range.intersects(finding.range))
    });
    match finding {
        Some(finding) => Err(Refusal {
            message: format!(
                "{} ({} {}). Mend it first, or use --force.",
                finding.message, finding.rule.code, finding.rule.name
            ),
            range: Some(finding.range),
            usage: false,
        }),
        None => Ok(()),
    }
}

/// Source: REST reference, Environment Containers; a dot is outside of it, and yet official names have one.
fn check_name(environment: &Environment, name: &str) -> Result<(), Refusal> {
    let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if first && rest && name.len() <= 255 {
        return Ok(());
    }
    let message = format!(
        "{name:?} is no name for an environment: letters, digits, - and _, beginning with a letter or digit, at most 255."
    );
    Err(refusal(environment, &message))
}

/// The version as the client sends it: numbers as their value, not as they are written.
fn version(environment: &Environment) -> Result<Option<String>, Refusal> {
    let Some(assignment) = environment.last(&Field::Version) else { return Ok(None) };
    match &assignment.value {
        Value::Text(text) if !text.templated => Ok(Some(text.value.clone())),
        Value::Number(text) => match text.parse::<i64>() {
            Ok(number) if number.to_string() == *text => Ok(Some(text.clone())),
            // `1.10` would be sent as `1.1`, `010` as `8`, a date not at all.
            _ => Err(refusal(
                environment,
                &format!("version {text} is not what it looks like in YAML; put it in quotes."),
            )),
        },
        Value::Cleared { .. } => Ok(None),
        _ => Err(refusal(environment, "The version is not a plain text or number; give it with --version.")),
    }
}

fn image(
    environment: &Environment,
    options: &PlanOptions,
    properties: &mut Map<String, Json>,
    notes: &mut Vec<String>,
) -> Result<(), Refusal> {
    let unsupported = environment
        .all(&Field::Build)
        .chain(environment.all(&Field::Dockerfile))
        .any(|source| !source.value.is_cleared());
    if unsupported {
        let message = "Registering a build from a Dockerfile is not supported yet; build the image, push it, and give its name.";
        return Err(refusal(environment, message));
    }
    let credentials =
        environment.all(&Field::RegistryUsername).chain(environment.all(&Field::RegistryPassword)).next();
    if credentials.is_some() {
        if !options.force {
            let message = "Registry credentials are never sent. Let the workspace pull the image through a workspace connection, or give its managed identity the role AcrPull; then remove them, or use --force to register without.";
            return Err(refusal(environment, message));
        }
        notes.push("registered without the registry credentials".to_owned());
    }
    let conditional = environment
        .all(&Field::Image)
        .any(|assignment| !assignment.path.iter().all(|arm| arm.arm == 0 && !arm.leaves));
    let Some(image) = environment.last(&Field::Image).filter(|_| !conditional) else {
        let message = if environment.notation == Notation::PythonV1 {
            "Which image it stands on cannot be read from the code: set base_image to a text, without branches."
        } else {
            "There is no image to register."
        };
        return Err(refusal(environment, message));
    };
    let Value::Text(text) = &image.value else {
        return Err(refusal(
            environment,
            "The image is not a plain text, so it cannot be known what to register.",
        ));
    };
    if text.templated {
        return Err(refusal(environment, "The image holds a placeholder; fill it in before registering."));
    }
    let mut value = text.value.clone();
    if environment.notation == Notation::PythonV1
        && let Some(address) =
            environment.last(&Field::RegistryAddress).and_then(|address| address.value.known_text())
        && !value.starts_with(&format!("{}/", address.value))
        && amlenv_syntax::image::parse(&value, 0).registry.is_none()
    {
        // v1 gave the host apart from the image; v2 has one text for both.
        value = format!("{}/{value}", address.value.trim_end_matches('/'));
        notes.push("the address of the registry was put in front of the image".to_owned());
    }
    properties.insert("image".to_owned(), Json::String(value));
    Ok(())
}

fn conda(
    workspace: &Workspace,
    file: &File,
    environment: &Environment,
    properties: &mut Map<String, Json>,
    notes: &mut Vec<String>,
) -> Result<(), Refusal> {
    let v1 = environment.notation == Notation::PythonV1;
    let user_managed =
        environment.last(&Field::UserManaged).is_some_and(|said| matches!(said.value, Value::Bool(true)));
    if v1 && user_managed {
        return Ok(());
    }
    let Some(assignment) = environment.last(&Field::Conda).filter(|conda| !conda.value.is_cleared()) else {
        if v1 && environment.initial == crate::model::Initial::V1Defaults {
            // Source: azureml-core 1.61.0, the default conda dependencies of an Environment.
            let defaults = "channels:\n- anaconda\n- conda-forge\ndependencies:\n- python=3.8.13\n- pip:\n  - azureml-defaults\nname: project_environment\n";
            properties.insert("condaFile".to_owned(), Json::String(defaults.to_owned()));
            notes.push(
                "the SDK's default packages (python=3.8.13, azureml-defaults) are part of it".to_owned(),
            );
        }
        return Ok(());
    };
    let dumped = match &assignment.value {
        Value::CondaPath(text) if !text.templated => {
            let candidates = graph::candidates(workspace, file, environment.notation, &text.value);
            let found =
                graph::resolve(workspace, &candidates).ok().and_then(|path| match workspace.fact(path) {
                    Some(Fact::File) => workspace.file(path),
                    _ => None,
                });
            let Some(found) = found else {
                return Err(refusal(
                    environment,
                    &format!("The conda file {} could not be read.", text.value),
                ));
            };
            dump_text(environment, found.text(), &text.value)?
        }
        Value::Conda(_) if environment.notation.is_yaml() => {
            let node = file
                .yaml_root()
                .and_then(|root| root.get("conda_file"))
                .and_then(|entry| entry.value.as_ref());
            dump(environment, node, "conda_file")?
        }
        _ => {
            let name = if v1 { "Environment.from_conda_specification" } else { "conda_file" };
            let message = format!(
                "The conda dependencies are put together in code; write them to a conda file and name it with {name}."
            );
            return Err(refusal(environment, &message));
        }
    };
    properties.insert("condaFile".to_owned(), Json::String(dumped));
    Ok(())
}

fn dump_text(environment: &Environment, text: &str, name: &str) -> Result<String, Refusal> {
    let tree = yaml::parse(text);
    if let Some(problem) = tree.problems.first() {
        return Err(refusal(environment, &format!("{name} is not YAML: {}.", problem.message)));
    }
    dump(environment, tree.documents.iter().flatten().next(), name)
}

fn dump(environment: &Environment, node: Option<&Node>, name: &str) -> Result<String, Refusal> {
    let node = node.filter(|node| matches!(node.kind, NodeKind::Mapping(_)));
    let Some(node) = node.filter(|node| node.get("dependencies").is_some()) else {
        // The official client sends whatever it is, and the build fails.
        return Err(refusal(environment, &format!("{name} is no conda file: it has no dependencies.")));
    };
    yaml::dump_sorted(node).ok_or_else(|| {
        refusal(environment, &format!("{name} holds values that cannot be sent exactly (tags, shared lists, unusual numbers); simplify it."))
    })
}

/// Description, tags, routes: as written, command line first.
fn details(
    file: &File,
    environment: &Environment,
    options: &PlanOptions,
    properties: &mut Map<String, Json>,
) -> Result<(), Refusal> {
    if environment.notation == Notation::PythonV2 {
        unread_details(environment, options)?;
    }
    let written = environment
        .last(&Field::Description)
        .and_then(|said| said.value.known_text())
        .map(|text| text.value.clone());
    if let Some(description) = options.description.clone().or(written).filter(|text| !text.is_empty()) {
        properties.insert("description".to_owned(), Json::String(description));
    }
    let root = file.yaml_root().filter(|_| environment.notation == Notation::EnvironmentYaml);
    let value = |key: &str| root.and_then(|root| root.get(key)).and_then(|entry| entry.value.as_ref());
    let mut tags = match value("tags") {
        Some(node) => match json(node) {
            Some(Json::Object(tags)) => tags,
            _ => return Err(refusal(environment, "tags must be a mapping of names to texts.")),
        },
        None => Map::new(),
    };
    for (key, text) in &options.tags {
        tags.insert(key.clone(), Json::String(text.clone()));
    }
    if !tags.is_empty() {
        properties.insert("tags".to_owned(), Json::Object(tags));
    }
    if let Some(routes) = value("inference_config") {
        properties.insert("inferenceConfig".to_owned(), inference_config(environment, routes)?);
    }
    Ok(())
}

/// Refuses what code says of an environment and is not read here: it would be left out in silence.
fn unread_details(environment: &Environment, options: &PlanOptions) -> Result<(), Refusal> {
    let unread = |field: &Field| {
        environment.all(field).any(|said| !said.value.is_cleared() && said.value.known_text().is_none())
    };
    if environment.initial == crate::model::Initial::Unknown {
        let message = "Other code may set more of this environment than can be seen here.";
        return Err(refusal(environment, message));
    }
    if unread(&Field::Tags) && options.tags.is_empty() {
        return Err(refusal(environment, "Tags are not read from code; give them with --tag."));
    }
    if unread(&Field::Description) && options.description.is_none() {
        return Err(refusal(environment, "The description is not a plain text; give it with --description."));
    }
    if unread(&Field::InferenceConfig) || unread(&Field::OsType) {
        let message = "inference_config and os_type are not read from code; write the environment as YAML.";
        return Err(refusal(environment, message));
    }
    Ok(())
}

fn inference_config(environment: &Environment, node: &Node) -> Result<Json, Refusal> {
    let mut out = Map::new();
    for (key, name) in [
        ("liveness_route", "livenessRoute"),
        ("readiness_route", "readinessRoute"),
        ("scoring_route", "scoringRoute"),
    ] {
        let route = node.get(key).and_then(|entry| entry.value.as_ref());
        let part =
            |part: &str| route.and_then(|route| route.get(part)).and_then(|entry| entry.value.as_ref());
        let port = part("port").and_then(Node::as_str).and_then(|port| port.parse::<u16>().ok());
        let (Some(path), Some(port)) = (part("path").and_then(Node::as_str), port) else {
            let message = "inference_config needs liveness_route, readiness_route and scoring_route, each with port and path.";
            return Err(refusal(environment, message));
        };
        out.insert(name.to_owned(), serde_json::json!({ "path": path, "port": port }));
    }
    Ok(Json::Object(out))
}

/// A YAML value as JSON, typed as the official client's loader does. Shallow: deeper than a few
/// levels is no tag of anybody's.
fn json(node: &Node) -> Option<Json> {
    fn at(node: &Node, depth: usize) -> Option<Json> {
        if depth > 8 {
            return None;
        }
        Some(match &node.kind {
            NodeKind::Null => Json::Null,
            NodeKind::Mapping(entries) => {
                let mut out = Map::new();
                for entry in entries {
                    let value =
                        entry.value.as_ref().map_or(Some(Json::Null), |value| at(value, depth + 1))?;
                    out.insert(entry.key.as_str()?.to_owned(), value);
                }
                Json::Object(out)
            }
            NodeKind::Sequence(items) => {
                Json::Array(items.iter().map(|item| at(item, depth + 1)).collect::<Option<_>>()?)
            }
            NodeKind::Scalar(scalar) => match node.core_type() {
                CoreType::Str | CoreType::Timestamp => Json::String(scalar.value.clone()),
                CoreType::Null => Json::Null,
                CoreType::Bool => {
                    Json::Bool(matches!(scalar.value.to_ascii_lowercase().as_str(), "yes" | "true" | "on"))
                }
                CoreType::Int | CoreType::Float => serde_json::from_str(&scalar.value).ok()?,
            },
            NodeKind::Alias(_) | NodeKind::Error => return None,
        })
    }
    at(node, 0)
}
