//! What an environment says besides what it stands on: description, tags, system, routes. It must not know
//! how anything is sent.

use amlenv_syntax::yaml::{CoreType, Node, NodeKind};
use serde_json::{Map, Value as Json};

use super::refusal;
use crate::answers::{PlanOptions, Refusal};
use crate::file::File;
use crate::model::{Environment, Field, Notation};

/// Description, tags, routes: as written, command line first.
pub(super) fn details(
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
    let node = |field: &Field| {
        let said = environment.last(field).filter(|_| environment.notation.is_yaml())?;
        file.yaml_value(said.key)
    };
    let tags = match node(&Field::Tags) {
        Some(node) => match json(node) {
            Some(Json::Object(tags)) => tags,
            _ => return Err(refusal(environment, "tags must be a mapping of names to texts.")),
        },
        None => Map::new(),
    };
    said(options, written, tags, properties);
    if let Some(os) = environment.last(&Field::OsType).and_then(|os| os.value.known_text()) {
        let lower = os.value.to_ascii_lowercase();
        if !matches!(lower.as_str(), "linux" | "windows") {
            return Err(refusal(environment, "os_type is linux or windows."));
        }
        // The client reads YAML through a schema that lowers it, and sends objects as they are.
        let os = if environment.notation.is_python() { os.value.clone() } else { lower };
        properties.insert("osType".to_owned(), Json::String(os));
    }
    if let Some(routes) = node(&Field::InferenceConfig) {
        properties.insert("inferenceConfig".to_owned(), inference_config(environment, routes)?);
    }
    Ok(())
}

/// Description and tags: of the command line before those that are written.
pub(super) fn said(
    options: &PlanOptions,
    written: Option<String>,
    mut tags: Map<String, Json>,
    properties: &mut Map<String, Json>,
) {
    if let Some(description) = options.description.clone().or(written).filter(|text| !text.is_empty()) {
        properties.insert("description".to_owned(), Json::String(description));
    }
    for (key, text) in &options.tags {
        tags.insert(key.clone(), Json::String(text.clone()));
    }
    if !tags.is_empty() {
        properties.insert("tags".to_owned(), Json::Object(tags));
    }
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
