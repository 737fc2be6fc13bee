//! Registering from end to end: the real binary, a stand-in for Resource Manager on this machine, and
//! a program called `az` that hands out a token. What is sent must be what the official client
//! (azure-ai-ml 1.35.2, measured on the wire) sends.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::client::Client;
use crate::samples;

const TOKEN: &str = "a-token-that-must-never-be-seen";

const CONDA: &str = "name: c\nchannels: [conda-forge] # comments are lost on the way\ndependencies:\n  - python=3.10\n  - pip\n  - pip:\n      - azureml-mlflow\n";

const CONDA_SENT: &str =
    "channels:\n- conda-forge\ndependencies:\n- python=3.10\n- pip\n- pip:\n  - azureml-mlflow\nname: c\n";

const IMAGE: &str = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1";

/// A folder with files, a fake `az`, and a stand-in for the service.
struct World {
    folder: tempfile::TempDir,
    server: MockServer,
}

impl World {
    async fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("work/.git")).expect("a folder");
        fs::create_dir_all(folder.path().join("bin")).expect("a folder");
        for (name, text) in files {
            fs::write(folder.path().join("work").join(name), text).expect("a file");
        }
        let az = folder.path().join("bin/az");
        let answer = json!({"accessToken": TOKEN, "expires_on": 4_102_444_800u64, "expiresOn": "2099-12-31 00:00:00.000000", "tokenType": "Bearer"});
        fs::write(&az, format!("#!/bin/sh\ncat <<'X'\n{answer}\nX\n")).expect("a program");
        fs::set_permissions(&az, fs::Permissions::from_mode(0o755)).expect("permissions");
        let server = MockServer::start().await;
        let metadata = json!([{
            "name": "Stand-in",
            "resourceManager": server.uri(),
            "authentication": {"loginEndpoint": server.uri()},
        }]);
        Mock::given(method("GET"))
            .and(path("/metadata/endpoints"))
            .respond_with(ResponseTemplate::new(200).set_body_json(metadata))
            .mount(&server)
            .await;
        Self { folder, server }
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn surroundings(&self, command: &mut Command) {
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", self.folder.path().join("bin").display()))
            .env("HOME", self.folder.path())
            .env("ARM_CLOUD_METADATA_URL", format!("{}/metadata/endpoints", self.server.uri()))
            .env("AZUREML_ARM_SUBSCRIPTION", "sub")
            .env("AZUREML_ARM_RESOURCEGROUP", "rg")
            .env("AZUREML_ARM_WORKSPACE_NAME", "ws");
    }

    fn register(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amlenv"));
        self.surroundings(&mut command);
        command.current_dir(self.work()).arg("register").args(args).args(["--yes", "-vv"]);
        let output = command.output().expect("amlenv runs");
        for text in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(text).contains(TOKEN), "the token is shown");
        }
        output
    }

    async fn answer(&self, verb: &str, version: &str, status: u16, body: Value) {
        let template = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(method(verb))
            .and(path(format!("{BASE}{version}")))
            .respond_with(template)
            .mount(&self.server)
            .await;
    }

    /// Method, path below the environment, and body of what was sent, the metadata left out.
    async fn sent(&self) -> Vec<(String, String, Value)> {
        let requests = self.server.received_requests().await.expect("requests are kept");
        requests
            .iter()
            .filter(|request| request.url.path() != "/metadata/endpoints")
            .map(|request| {
                assert_eq!(request.url.query(), Some("api-version=2023-04-01-preview"));
                assert_eq!(header(request, "authorization"), format!("Bearer {TOKEN}"));
                assert_eq!(header(request, "accept"), "application/json");
                assert_eq!(header(request, "x-ms-client-request-id").len(), 36);
                let below = request.url.path().strip_prefix(BASE).unwrap_or(request.url.path()).to_owned();
                (
                    request.method.to_string(),
                    below,
                    serde_json::from_slice(&request.body).unwrap_or(Value::Null),
                )
            })
            .collect()
    }
}

const BASE: &str = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/environments/e";

fn header(request: &Request, name: &str) -> String {
    request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn an_image_is_one_request() {
    let yaml = format!("name: e\nversion: 1\nimage: {IMAGE}\n");
    let world = World::new(&[("environment.yml", &yaml)]).await;
    world.answer("PUT", "/versions/1", 201, json!({"id": "/the/id"})).await;
    let output = world.register(&["environment.yml", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let result: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        result,
        json!({"name": "e", "version": "1", "id": "/the/id", "created": true, "studio_url": null})
    );
    let body = json!({"properties": {"image": IMAGE, "isAnonymous": false, "isArchived": false}});
    assert_eq!(world.sent().await, [("PUT".to_owned(), "/versions/1".to_owned(), body)]);
    for said in ["workspace ws (AZUREML_ARM_WORKSPACE_NAME)", "resource group rg", "subscription sub"] {
        assert!(text(&output.stderr).contains(said), "{said}");
    }
}

#[tokio::test]
async fn conda_is_sent_as_the_official_client_dumps_it() {
    for yaml in [
        format!("name: e\nversion: '1'\nimage: {IMAGE}\nconda_file: conda.yml\n"),
        format!(
            "name: e\nversion: '1'\nimage: {IMAGE}\nconda_file:\n  name: c\n  channels: [conda-forge]\n  dependencies: [python=3.10, pip, {{pip: [azureml-mlflow]}}]\n"
        ),
    ] {
        let world = World::new(&[("environment.yml", &yaml), ("conda.yml", CONDA)]).await;
        world.answer("PUT", "/versions/1", 201, json!({})).await;
        let output = world.register(&["environment.yml"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let sent = world.sent().await;
        assert_eq!(sent[0].2["properties"]["condaFile"], CONDA_SENT);
    }
}

#[tokio::test]
async fn all_fields_are_sent_as_the_official_client_sends_them() {
    let yaml = format!(
        "$schema: x\nname: e\nversion: 2\nimage: {IMAGE}\ndescription: a text\ntags: {{a: b, n: 3}}\nos_type: Linux\ninference_config:\n  liveness_route: {{path: /live, port: 5001}}\n  readiness_route: {{path: /ready, port: 5001}}\n  scoring_route: {{path: /score, port: 5001}}\n"
    );
    let world = World::new(&[("environment.yml", &yaml)]).await;
    world.answer("PUT", "/versions/2", 200, json!({})).await;
    let output = world.register(&["environment.yml", "--tag", "k=v", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let route = |path: &str| json!({"path": path, "port": 5001});
    let body = json!({"properties": {
        "isAnonymous": false,
        "isArchived": false,
        "image": IMAGE,
        "description": "a text",
        "tags": {"a": "b", "n": 3, "k": "v"},
        "osType": "linux",
        "inferenceConfig": {"livenessRoute": route("/live"), "readinessRoute": route("/ready"), "scoringRoute": route("/score")},
    }});
    assert_eq!(world.sent().await[0].2, body);
    let result: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(result["created"], false);
}

#[tokio::test]
async fn without_a_version_the_newest_is_updated_or_the_next_is_made() {
    let yaml = format!("name: e\nimage: {IMAGE}\n");
    // Nothing there yet.
    let world = World::new(&[("environment.yml", &yaml)]).await;
    world
        .answer(
            "GET",
            "",
            404,
            json!({"error": {"code": "UserError", "message": "Environment e was not found."}}),
        )
        .await;
    world.answer("PUT", "/versions/1", 201, json!({})).await;
    assert_eq!(world.register(&["environment.yml"]).status.code(), Some(0));
    let steps = |sent: Vec<(String, String, Value)>| {
        sent.into_iter().map(|(verb, path, _)| format!("{verb} {path}")).collect::<Vec<_>>()
    };
    assert_eq!(steps(world.sent().await), ["GET ", "PUT /versions/1"]);
    // The newest can be updated.
    let world = World::new(&[("environment.yml", &yaml)]).await;
    let container = json!({"properties": {"latestVersion": "3", "nextVersion": "4"}});
    world.answer("GET", "", 200, container.clone()).await;
    world.answer("PUT", "/versions/3", 200, json!({})).await;
    let output = world.register(&["environment.yml"]);
    assert!(text(&output.stdout).starts_with("Updated e, version 3."));
    // It cannot.
    let world = World::new(&[("environment.yml", &yaml)]).await;
    world.answer("GET", "", 200, container).await;
    let conflict = json!({"error": {"code": "UserError", "message": "Environment e with version 3 is already registered and cannot be changed."}});
    world.answer("PUT", "/versions/3", 409, conflict).await;
    world.answer("PUT", "/versions/4", 201, json!({})).await;
    let output = world.register(&["environment.yml"]);
    assert!(text(&output.stdout).starts_with("Registered e, version 4."));
    assert_eq!(steps(world.sent().await), ["GET ", "PUT /versions/3", "PUT /versions/4"]);
}

#[tokio::test]
async fn refusals_are_told_with_a_next_step_and_only_busy_is_tried_again() {
    let yaml = format!("name: e\nversion: 1\nimage: {IMAGE}\n");
    for (status, code, said) in [
        (400, "Bad", "Bad"),
        (401, "Unauthorized", "az login"),
        (403, "AuthorizationFailed", "AzureML Data Scientist"),
        (404, "ResourceNotFound", "Check subscription"),
        (409, "UserError", "leave the version out"),
    ] {
        let world = World::new(&[("environment.yml", &yaml)]).await;
        world
            .answer(
                "PUT",
                "/versions/1",
                status,
                json!({"error": {"code": code, "message": "what the service says"}}),
            )
            .await;
        let output = world.register(&["environment.yml"]);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{status}");
        assert!(
            error.to_lowercase().contains("what the service says") && error.contains(said),
            "{status}: {error}"
        );
        // Of a version that exists it is looked up what differs.
        let asked = if status == 409 { 2 } else { 1 };
        assert_eq!(world.sent().await.len(), asked, "{status} is not tried again");
    }
    let world = World::new(&[("environment.yml", &yaml)]).await;
    let busy = ResponseTemplate::new(429).insert_header("Retry-After", "0");
    Mock::given(method("PUT")).respond_with(busy).up_to_n_times(2).mount(&world.server).await;
    world.answer("PUT", "/versions/1", 201, json!({})).await;
    assert_eq!(world.register(&["environment.yml"]).status.code(), Some(0));
    assert_eq!(world.sent().await.len(), 3);
}

#[tokio::test]
async fn a_definition_with_errors_or_credentials_is_not_sent() {
    let python = format!(
        "from azureml.core import Environment\nenv = Environment(\"e\")\nenv.docker.base_image = \"contoso.azurecr.io/a:1\"\nenv.docker.base_image_registry.username = \"robot\"\nenv.docker.base_image_registry.password = \"q8Zr2Lw0Tn5Yp\"\nenv.python.user_managed_dependencies = True\nother = Environment.from_docker_image(\"f\", \"{IMAGE}\")\n"
    );
    let world =
        World::new(&[("environment.yml", "name: e\nimage: a:1\nimge: b\n"), ("train.py", &python)]).await;
    world.answer("PUT", "/versions/1", 201, json!({})).await;
    let output = world.register(&["environment.yml", "--version", "1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("environment.yml:3:1: Unknown key imge; did you mean image? (AML117")
    );
    let output = world.register(&["train.py"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("say which with --environment: 1 (e), 2 (f)"));
    let output = world.register(&["train.py", "--environment", "e", "--version", "1"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(world.sent().await, []);
    let output = world.register(&["train.py", "--environment", "e", "--version", "1", "--force"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("without the registry credentials"));
    let body =
        json!({"properties": {"image": "contoso.azurecr.io/a:1", "isAnonymous": false, "isArchived": false}});
    assert_eq!(world.sent().await[0].2, body);
}

#[test]
fn a_dry_run_prints_the_request_and_asks_nobody() {
    let output = Command::new(env!("CARGO_BIN_EXE_amlenv"))
        .current_dir(samples::folder())
        .env_clear()
        .env("HOME", "/nonexistent")
        // If anybody were asked, this would fail.
        .env("ARM_CLOUD_METADATA_URL", "http://127.0.0.1:1/")
        .args(["register", "v2-conda/environment.yml", "--dry-run", "--format", "json"])
        .args(["--subscription", "s", "--resource-group", "g", "--workspace", "w"])
        .output()
        .expect("amlenv runs");
    let plan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        plan,
        json!({
            "method": "PUT",
            "url": "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/environments/train/versions/{auto}?api-version=2023-04-01-preview",
            "version": null,
            "body": {"properties": {
                "isAnonymous": false,
                "isArchived": false,
                "image": IMAGE,
                "condaFile": "channels:\n- conda-forge\ndependencies:\n- python=3.10\n- pip\n- pip:\n  - azureml-mlflow\n  - scikit-learn==1.5.1\nname: train\n",
                "tags": {"team": "vision"},
            }},
            "context": null,
        })
    );
}

#[test]
fn nobody_signed_in_and_no_workspace_are_wrong_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("environment.yml"), format!("name: e\nimage: {IMAGE}\n")).expect("a file");
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_amlenv"))
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path())
            .env("PATH", folder.path())
            .args(["register", "environment.yml", "--yes"])
            .args(args)
            .output()
            .expect("amlenv runs")
    };
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("There are four ways"));
    let output = run(&["--subscription", "s", "--resource-group", "g", "--workspace", "w"]);
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    assert!(error.contains("Not signed in to Azure (Azure CLI:") && error.contains("`az login`"), "{error}");
}

/// The lens, the command, the question, the progress, the message at the end.
#[tokio::test]
async fn registering_from_an_editor() {
    let yaml = format!("name: e\nversion: 1\nimage: {IMAGE}\n");
    let world = World::new(&[("environment.yml", &yaml)]).await;
    world.answer("PUT", "/versions/1", 201, json!({})).await;
    let mut client = Client::start_with(|command| {
        world.surroundings(command);
        command
    });
    client.initialize(json!({"window": {"workDoneProgress": true, "showMessage": {}}}));
    let uri = format!("file://{}", world.work().join("environment.yml").display());
    client.open(&uri, "yaml", &yaml);
    let lenses = client.request("textDocument/codeLens", json!({"textDocument": {"uri": uri}}));
    let command = lenses[0]["command"].clone();
    assert_eq!(command["title"], "Register environment e");
    let start = json!({"line": 0, "character": 0});
    let actions = client.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": uri}, "range": {"start": start, "end": start}, "context": {"diagnostics": []}}),
    );
    let action = &actions[0];
    assert_eq!((action["title"].as_str(), action.get("kind")), (Some("Register environment e"), None));
    assert_eq!(action["command"]["arguments"], command["arguments"]);

    let run = json!({"command": command["command"], "arguments": command["arguments"]});
    // Cancelled at the question: nothing is sent.
    assert_eq!(client.request("workspace/executeCommand", run.clone()), Value::Null);
    let question = client.wait(|message| message["method"] == "window/showMessageRequest");
    let said = question["params"]["message"].as_str().expect("a question");
    assert!(
        said.contains("environment e (version 1) in workspace ws, resource group rg, subscription sub?"),
        "{said}"
    );
    client.reply(&question, Value::Null);
    let end = client.wait(|message| message["method"] == "window/showMessage");
    assert_eq!(end["params"]["message"], "Cancelled; nothing was registered.");
    assert_eq!(world.sent().await, []);

    assert_eq!(client.request("workspace/executeCommand", run), Value::Null);
    let question = client.wait(|message| message["method"] == "window/showMessageRequest");
    client.reply(&question, json!({"title": "Register"}));
    let create = client.wait(|message| message["method"] == "window/workDoneProgress/create");
    client.reply(&create, Value::Null);
    for kind in ["begin", "end"] {
        client
            .wait(|message| message["method"] == "$/progress" && message["params"]["value"]["kind"] == kind);
    }
    let end = client.wait(|message| message["method"] == "window/showMessage");
    let said = end["params"]["message"].as_str().expect("a message");
    assert!(said.starts_with("Registered e, version 1. Refer to it as azureml:e:1."), "{said}");
    assert_eq!(world.sent().await.len(), 1);
}
