//! A stand-in for Resource Manager, with a real blob store behind it. It holds every request against the
//! contract (paths, versions, headers, bodies), keeps what was registered, and can fail at any request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::azurite::{ACCOUNT, Container, KEY};
use crate::wire::{self, Asked, Reply};

pub(crate) const TOKEN: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.resource-manager.never-to-be-seen";
pub(crate) const STORAGE_TOKEN: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.storage.never-to-be-seen";

const WORKSPACE: &str =
    "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/";

/// Below this a registry is, on the same port.
const REGISTRY: &str = "/mferp/managementfrontend/subscriptions/regsub/resourceGroups/reggroup/providers/Microsoft.MachineLearningServices/registries/shared/";

/// How a datastore lets clients in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrets {
    Sas,
    Key,
    /// The client may not see them, and goes by its own name.
    Forbidden,
    /// There are none.
    None,
}

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It does not arrive.
    Lost,
    /// It arrives, and its answer is lost.
    AnswerLost,
    /// This is answered, and nothing done.
    Answered(Reply),
    /// This is answered, and what was asked is done.
    DoneAndAnswered(Reply),
}

#[derive(Default)]
struct State {
    /// By name and version, the properties.
    versions: BTreeMap<(String, String), Value>,
    /// What came, in the form of the file with the official client's requests.
    lines: Vec<String>,
    /// What broke the contract.
    broken: Vec<String>,
    /// How many requests came, those for the list of clouds apart.
    count: usize,
    /// At which request, from 1, what goes wrong, and how many times.
    fault: Option<(usize, usize, Fault)>,
    secrets: Option<Secrets>,
    datastore: Value,
    /// So often a registry is asked before its work is done.
    polls: usize,
    /// What is done when the next request arrives.
    first: Option<Box<dyn FnOnce() + Send>>,
}

/// The stand-in.
#[derive(Clone)]
pub(crate) struct Manager {
    state: Arc<Mutex<State>>,
    pub(crate) container: Container,
    pub(crate) port: u16,
}

impl Manager {
    pub(crate) fn new(secrets: Secrets) -> Self {
        let container = Container::new();
        let state = Arc::new(Mutex::new(State {
            secrets: Some(secrets),
            datastore: json!({"properties": {
                "datastoreType": "AzureBlob",
                "accountName": ACCOUNT,
                "containerName": container.name,
                "endpoint": "core.windows.net",
                "protocol": "https",
                "credentials": {"credentialsType": match secrets {
                    Secrets::Sas => "Sas",
                    Secrets::Key | Secrets::Forbidden => "AccountKey",
                    Secrets::None => "None",
                }},
            }}),
            ..State::default()
        }));
        let (shared, kept) = (Arc::clone(&state), container.clone());
        let port = wire::serve(move |asked| answer(&shared, &kept, asked));
        Self { state, container, port }
    }

    pub(crate) fn set_fault(&self, at: usize, times: usize, fault: Fault) {
        let mut state = self.state.lock().expect("no panic");
        state.count = 0;
        state.fault = Some((at, times, fault));
    }

    /// What is done when the next request arrives.
    pub(crate) fn on_first(&self, act: impl FnOnce() + Send + 'static) {
        self.state.lock().expect("no panic").first = Some(Box::new(act));
    }

    pub(crate) fn heal(&self) {
        let mut state = self.state.lock().expect("no panic");
        state.fault = None;
        state.count = 0;
    }

    pub(crate) fn count(&self) -> usize {
        self.state.lock().expect("no panic").count
    }

    pub(crate) fn change_datastore(&self, pointer: &str, value: Value) {
        let mut state = self.state.lock().expect("no panic");
        *state.datastore.pointer_mut(pointer).expect("it is there") = value;
    }

    /// Names and versions of what is registered.
    pub(crate) fn versions(&self) -> Vec<(String, String)> {
        self.state.lock().expect("no panic").versions.keys().cloned().collect()
    }

    pub(crate) fn properties(&self, name: &str, version: &str) -> Value {
        self.state.lock().expect("no panic").versions[&(name.to_owned(), version.to_owned())].clone()
    }

    /// Forgets what is registered.
    pub(crate) fn forget(&self) {
        self.state.lock().expect("no panic").versions.clear();
    }

    /// What came since the last time. The contract was kept.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut state = self.state.lock().expect("no panic");
        assert_eq!(state.broken, Vec::<String>::new(), "the contract is broken");
        std::mem::take(&mut state.lines)
    }
}

fn answer(state: &Mutex<State>, container: &Container, asked: &Asked) -> Reply {
    let host = asked.header("host").to_owned();
    let port = host.rsplit(':').next().unwrap_or("").to_owned();
    if asked.path == "/metadata/endpoints" {
        let here = format!("http://localhost:{port}");
        return Reply::json(
            200,
            &json!([{
                "name": "AzureCloud",
                "resourceManager": here,
                "authentication": {"loginEndpoint": here},
                "suffixes": {"storage": format!("core.localhost:{port}")},
            }]),
        );
    }
    let blob = host == format!("{ACCOUNT}.blob.core.localhost:{port}");
    let fault = {
        let mut state = state.lock().expect("no panic");
        state.count += 1;
        if let Some(act) = state.first.take() {
            act();
        }
        let line = if blob { blob_line(container, asked) } else { manager_line(&host, container, asked) };
        let mut broken = if blob { broken_blob(asked) } else { broken_request(asked) };
        state.broken.append(&mut broken);
        state.lines.push(line);
        let count = state.count;
        let hit = |(at, times, _): &(usize, usize, Fault)| count >= *at && count < at + times;
        state.fault.clone().filter(hit).map(|(_, _, fault)| fault)
    };
    let registry = asked.path.starts_with(REGISTRY) || asked.path.starts_with("/registrymanagement/");
    let done = || {
        if registry {
            manage_registry(state, container, &port, asked)
        } else if blob {
            forward(container, asked)
        } else {
            manage(state, container, asked)
        }
    };
    match fault {
        None => done(),
        Some(Fault::Lost) => Reply::Nothing,
        Some(Fault::AnswerLost) => {
            done();
            Reply::Nothing
        }
        Some(Fault::Answered(reply)) => reply,
        Some(Fault::DoneAndAnswered(reply)) => {
            done();
            reply
        }
    }
}

fn below(asked: &Asked) -> &str {
    asked.path.strip_prefix(WORKSPACE).or_else(|| asked.path.strip_prefix(REGISTRY)).unwrap_or(&asked.path)
}

/// A request of Resource Manager in one line.
fn manager_line(host: &str, container: &Container, asked: &Asked) -> String {
    let version = asked.query_value("api-version").unwrap_or_default();
    let mut line = format!("{} {} {version}", asked.method, below(asked));
    if let Ok(json) = serde_json::from_slice::<Value>(&asked.body) {
        let store = format!("http://{ACCOUNT}.blob.core.{host}/{}", container.name);
        line.push_str(&format!(" {}", sorted(&json)).replace(&store, "CONTAINER"));
    }
    line
}

/// A value with its keys in order.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<&String, &Value> = map.iter().collect();
            let inner: Vec<String> =
                ordered.iter().map(|(key, value)| format!("{}:{}", json!(key), sorted(value))).collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// A request of the blob store in one line.
fn blob_line(container: &Container, asked: &Asked) -> String {
    let path = asked.path.strip_prefix(&format!("/{}/", container.name)).unwrap_or(&asked.path);
    let comp = asked.query_value("comp").map(|comp| format!("?comp={comp}")).unwrap_or_default();
    let by = if asked.header("authorization").is_empty() { "sas" } else { "token" };
    let mut line = format!("{} {path}{comp} by {by}", asked.method);
    if asked.method == "PUT" && comp.is_empty() {
        line.push_str(&format!(" {} bytes", asked.body.len()));
    }
    let mut headers = asked.headers.clone();
    headers.sort();
    for (name, value) in headers {
        let counts = ["content-md5", "content-type", "if-none-match", "x-ms-blob-type"];
        if counts.contains(&&*name) || name.starts_with("x-ms-meta-") {
            line.push_str(&format!(" {name}={value}"));
        }
    }
    line
}

/// What of a request for Resource Manager is not as the contract has it.
fn broken_request(asked: &Asked) -> Vec<String> {
    let mut out = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            out.push(format!("{} {}: {what}", asked.method, asked.path));
        }
    };
    must(asked.header("authorization") == format!("Bearer {TOKEN}"), "the token of Resource Manager");
    must(asked.header("accept") == "application/json", "accept");
    must(asked.header("x-ms-client-request-id").len() == 36, "x-ms-client-request-id");
    must(asked.header("user-agent").starts_with("amlenv/"), "user-agent");
    let registry = asked.path.starts_with(REGISTRY);
    let discovery = asked.path.starts_with("/registrymanagement/");
    must(registry || discovery || asked.path.starts_with(WORKSPACE), "the workspace or the registry");
    let body = serde_json::from_slice::<Value>(&asked.body).unwrap_or(Value::Null);
    must(body.is_null() == asked.body.is_empty(), "the body is JSON");
    if !body.is_null() {
        must(asked.header("content-type") == "application/json", "content-type");
    }
    let parts: Vec<&str> = below(asked).split('/').collect();
    let version = asked.query.as_str();
    if registry || discovery {
        let expected = if discovery { "api-version=v1.0" } else { "api-version=2021-10-01-dataplanepreview" };
        must(version == expected, "the version");
        return out;
    }
    match (asked.method.as_str(), parts.as_slice()) {
        ("GET", ["environments", _] | ["environments", _, "versions", _]) => {
            must(version == "api-version=2023-04-01-preview", "the version");
        }
        ("PUT", ["environments", _, "versions", _]) => {
            must(version == "api-version=2023-04-01-preview", "the version");
            must(body.as_object().is_some_and(|body| body.len() == 1), "only properties");
            let known = |key: &String| {
                let keys = [
                    "isAnonymous",
                    "isArchived",
                    "image",
                    "condaFile",
                    "build",
                    "osType",
                    "inferenceConfig",
                    "tags",
                    "description",
                ];
                keys.contains(&key.as_str())
            };
            let properties = body["properties"].as_object().cloned().unwrap_or_default();
            must(properties.keys().all(known), "only known properties");
            must(properties.values().all(|value| !value.is_null()), "nothing is null");
            must(properties.get("isAnonymous") == Some(&Value::Bool(false)), "isAnonymous");
            must(properties.get("isArchived") == Some(&Value::Bool(false)), "isArchived");
            must(properties.contains_key("image") != properties.contains_key("build"), "image or build");
            for text in ["image", "condaFile", "osType", "description"] {
                must(
                    properties
                        .get(text)
                        .is_none_or(|value| value.as_str().is_some_and(|text| !text.is_empty())),
                    text,
                );
            }
            if let Some(build) = properties.get("build") {
                let uri = build["contextUri"].as_str().unwrap_or("");
                must(!uri.is_empty() && !uri.contains("sig="), "an address without a signature");
                must(uri.ends_with('/') || uri.contains("://") && !uri.contains("LocalUpload"), "the slash");
                let keys = build.as_object().map(|build| build.keys().cloned().collect::<Vec<_>>());
                let known = |key: &String| key == "contextUri" || key == "dockerfilePath";
                must(keys.is_some_and(|keys| keys.iter().all(known)), "only known keys of a build");
            }
        }
        ("GET", ["datastores", _]) => must(version == "api-version=2024-10-01-preview", "the version"),
        ("POST", ["datastores", _, "listSecrets"]) => {
            must(version == "api-version=2024-10-01-preview", "the version");
            must(body == json!({"expirableSecret": true, "expireAfterHours": 1}), "the body");
        }
        _ => must(false, "no such request"),
    }
    out
}

/// What of a request for the blob store is not as the contract has it.
fn broken_blob(asked: &Asked) -> Vec<String> {
    let mut out = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            out.push(format!("{} {}: {what}", asked.method, asked.path));
        }
    };
    let token = asked.header("authorization");
    must(token.is_empty() == asked.query.contains("sig="), "a signature or a token");
    must(token.is_empty() || token == format!("Bearer {STORAGE_TOKEN}"), "the token of the store");
    must(asked.header("x-ms-version").len() == 10, "x-ms-version");
    must(!asked.header("x-ms-date").is_empty(), "x-ms-date");
    must(asked.header("x-ms-client-request-id").len() == 36, "x-ms-client-request-id");
    let comp = asked.query_value("comp");
    match (asked.method.as_str(), comp.as_deref()) {
        ("HEAD", None) | ("GET", Some("blocklist")) => {}
        ("PUT", None) => {
            must(asked.header("x-ms-blob-type") == "BlockBlob", "x-ms-blob-type");
            must(asked.header("content-type") == "application/octet-stream", "content-type");
            must(asked.header("content-md5").is_empty() == asked.body.is_empty(), "content-md5");
            must(asked.body.len() <= 64 * 1024 * 1024, "not too much at once");
        }
        ("PUT", Some("block")) => {
            must(!asked.header("content-md5").is_empty(), "content-md5");
            must(asked.body.len() <= 4 * 1024 * 1024, "blocks of 4 MiB");
        }
        ("PUT", Some("blocklist")) => must(!asked.header("x-ms-blob-content-md5").is_empty(), "its MD5"),
        ("PUT", Some("metadata")) => {
            must(asked.header("x-ms-meta-upload_status") == "completed", "the mark");
            must(!asked.header("x-ms-meta-name").is_empty(), "the name");
            must(!asked.header("x-ms-meta-version").is_empty(), "the version");
        }
        _ => must(false, "no such request"),
    }
    out
}

/// Hands a request to the blob store; one with the token, which Azurite does not know, with a signature.
fn forward(container: &Container, asked: &Asked) -> Reply {
    let mut query = asked.query.clone();
    let token = !asked.header("authorization").is_empty();
    if token {
        let joint = if query.is_empty() { "" } else { "&" };
        query = format!("{query}{joint}{}", container.sas);
    }
    let mut headers: Vec<(String, String)> = asked
        .headers
        .iter()
        .filter(|(name, _)| !matches!(&**name, "authorization" | "host"))
        .cloned()
        .collect();
    headers.push(("host".to_owned(), format!("127.0.0.1:{}", container.port)));
    let target = format!("/{ACCOUNT}{}?{query}", asked.path);
    Reply::Raw(wire::send(container.port, &asked.method, &target, &headers, &asked.body))
}

pub(crate) fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({"error": {"code": code, "message": message, "target": null, "details": [], "additionalInfo": []}});
    Reply::json(status, &body)
}

/// What Resource Manager does.
fn manage(state: &Mutex<State>, container: &Container, asked: &Asked) -> Reply {
    let mut state = state.lock().expect("no panic");
    let parts: Vec<&str> = below(asked).split('/').collect();
    match (asked.method.as_str(), parts.as_slice()) {
        ("GET", ["environments", name]) => {
            let known = state.versions.keys().filter(|(known, _)| known == name);
            let newest = known.filter_map(|(_, version)| version.parse::<u32>().ok()).max();
            match newest {
                Some(newest) => Reply::json(
                    200,
                    &json!({"properties": {"latestVersion": newest.to_string(), "nextVersion": (newest + 1).to_string()}}),
                ),
                None => error(404, "UserError", &format!("Environment {name} was not found.")),
            }
        }
        ("GET", ["environments", name, "versions", version]) => {
            match state.versions.get(&((*name).to_owned(), (*version).to_owned())) {
                Some(properties) => Reply::json(200, &json!({"properties": properties})),
                None => error(404, "UserError", "not found"),
            }
        }
        ("PUT", ["environments", name, "versions", version]) => {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let properties = body["properties"].clone();
            let key = ((*name).to_owned(), (*version).to_owned());
            let created = match state.versions.get(&key) {
                Some(there) => {
                    let fixed = ["image", "build", "condaFile", "inferenceConfig"];
                    if fixed.iter().any(|part| there[part] != properties[part]) {
                        let message = format!(
                            "Environment {name} with version {version} is already registered and cannot be changed."
                        );
                        return error(409, "UserError", &message);
                    }
                    false
                }
                None => true,
            };
            state.versions.insert(key, properties.clone());
            let id = format!("{WORKSPACE}environments/{name}/versions/{version}");
            Reply::json(if created { 201 } else { 200 }, &json!({"id": id, "properties": properties}))
        }
        ("GET", ["datastores", "workspaceblobstore"]) => Reply::json(200, &state.datastore),
        ("GET", ["datastores", name]) => {
            error(404, "UserError", &format!("Could not find datastore {name}."))
        }
        ("POST", ["datastores", _, "listSecrets"]) => match state.secrets {
            Some(Secrets::Key) => Reply::json(200, &json!({"secretsType": "AccountKey", "key": KEY})),
            Some(Secrets::Sas) => Reply::json(200, &json!({"secretsType": "Sas", "sasToken": container.sas})),
            _ => error(
                403,
                "AuthorizationFailed",
                "The client does not have authorization to perform action 'listSecrets'.",
            ),
        },
        _ => Reply::status(400),
    }
}

/// What a registry does: it is found by its name, gives a container for files, and works on behind its
/// answer.
fn manage_registry(state: &Mutex<State>, container: &Container, port: &str, asked: &Asked) -> Reply {
    let mut state = state.lock().expect("no panic");
    let here = format!("http://localhost:{port}");
    if asked.path.starts_with("/registrymanagement/") {
        if asked.path != "/registrymanagement/v1.0/registries/shared/discovery" {
            return error(404, "UserError", "no such registry");
        }
        let found = json!({"primaryRegionResourceProviderUri": format!("{here}/"), "subscriptionId": "regsub", "resourceGroup": "reggroup"});
        return Reply::json(200, &found);
    }
    let parts: Vec<&str> = below(asked).split('/').collect();
    match (asked.method.as_str(), parts.as_slice()) {
        ("GET", ["environments", name]) => {
            let newest = state.versions.keys().filter(|(known, _)| known == name).count();
            match newest {
                0 => error(404, "UserError", "not found"),
                newest => Reply::json(200, &json!({"properties": {"nextVersion": (newest + 1).to_string()}})),
            }
        }
        ("PUT", ["tempdatarefs", name, "versions", version]) => {
            if state.versions.contains_key(&((*name).to_owned(), (*version).to_owned())) {
                return error(409, "UserError", "Asset already exists");
            }
            let store =
                format!("http://{ACCOUNT}.blob.core.localhost:{port}/{}?{}", container.name, container.sas);
            Reply::json(200, &json!({"blobReferenceForConsumption": {"credential": {"sasUri": store}}}))
        }
        ("PUT", ["environments", name, "versions", version]) => {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let key = ((*name).to_owned(), (*version).to_owned());
            if state.versions.contains_key(&key) {
                return error(409, "UserError", "Environment already exists and cannot be changed.");
            }
            state.versions.insert(key, body["properties"].clone());
            state.polls = 2;
            let operation = format!("{here}{REGISTRY}operations/1?api-version=2021-10-01-dataplanepreview");
            Reply::json(202, &Value::Null).with("azure-asyncoperation", &operation).with("retry-after", "0")
        }
        ("GET", ["operations", "1"]) => {
            state.polls = state.polls.saturating_sub(1);
            let status = if state.polls > 0 { "InProgress" } else { "Succeeded" };
            Reply::json(200, &json!({"status": status})).with("retry-after", "0")
        }
        _ => Reply::status(400),
    }
}
