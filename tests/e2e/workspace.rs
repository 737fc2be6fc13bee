//! Folders, files that are not open, settings: the world around the open documents.

use std::path::Path;

use serde_json::{Value, json};

use crate::client::Client;

fn uri(root: &Path, name: &str) -> String {
    format!("file://{}", root.join(name).display())
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

fn start(folders: &[&Path], capabilities: Value) -> Client {
    let mut client = Client::start();
    let folders: Vec<Value> = folders
        .iter()
        .map(|root| json!({"uri": format!("file://{}", root.display()), "name": "w"}))
        .collect();
    client.request(
        "initialize",
        json!({"processId": null, "workspaceFolders": folders, "capabilities": capabilities}),
    );
    client.notify("initialized", json!({}));
    client
}

/// The diagnostics of a document, once they are these.
#[track_caller]
fn becomes(client: &mut Client, uri: &str, codes: &[&str]) {
    client.wait(|message| {
        let params = &message["params"];
        let found: Option<Vec<&str>> = params["diagnostics"]
            .as_array()
            .map(|found| found.iter().map(|found| found["code"].as_str().expect("a code")).collect());
        message["method"] == "textDocument/publishDiagnostics"
            && params["uri"] == uri
            && found.as_deref() == Some(codes)
    });
    // An older state must not be taken for the next one.
    client.forget_kept();
}

const COPIES: &str = "FROM a:1\nCOPY missing.txt /x/\n";

/// A Dockerfile is built by an environment far away, which nobody has opened: that the environment is
/// there, is changed and is deleted shows in the Dockerfile.
#[test]
fn files_that_are_not_open_are_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, "far/away/environment.yml", "name: e\nbuild:\n  path: ../../docker/context\n");
    write(root, "docker/context/Dockerfile", COPIES);
    let mut client = start(&[root], json!({}));
    let dockerfile = uri(root, "docker/context/Dockerfile");
    client.open(&dockerfile, "dockerfile", COPIES);
    becomes(&mut client, &dockerfile, &["AML705"]);
    let changed = json!({"changes": [{"uri": uri(root, "far/away/environment.yml"), "type": 2}]});
    write(root, "far/away/environment.yml", "name: e\nbuild:\n  path: ../../docker\n");
    client.notify("workspace/didChangeWatchedFiles", changed.clone());
    becomes(&mut client, &dockerfile, &[]);
    write(root, "far/away/environment.yml", "name: e\nbuild:\n  path: ../../docker/context\n");
    client.notify("workspace/didChangeWatchedFiles", changed);
    becomes(&mut client, &dockerfile, &["AML705"]);
    // It is opened and edited; then closed without being saved.
    let environment = uri(root, "far/away/environment.yml");
    client.open(&environment, "yaml", "name: e\nimage: a:1\n");
    becomes(&mut client, &dockerfile, &[]);
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": environment}}));
    becomes(&mut client, &dockerfile, &["AML705"]);
    std::fs::remove_file(root.join("far/away/environment.yml")).expect("removed");
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": environment, "type": 3}]}));
    becomes(&mut client, &dockerfile, &[]);
}

/// Folders come and go; what an ignore file leaves out is not known.
#[test]
fn several_folders_are_one_workspace() {
    let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let context = two.path().join("context");
    write(two.path(), "context/Dockerfile", COPIES);
    write(one.path(), "environment.yml", &format!("name: e\nbuild:\n  path: {}\n", context.display()));
    write(two.path(), "ignored/environment.yml", "name: e\nbuild:\n  path: ../context\n");
    write(two.path(), ".gitignore", "ignored/\n");
    let mut client = start(&[two.path()], json!({}));
    let dockerfile = uri(two.path(), "context/Dockerfile");
    client.open(&dockerfile, "dockerfile", COPIES);
    becomes(&mut client, &dockerfile, &[]);
    let folder = |path: &Path| json!({"uri": format!("file://{}", path.display()), "name": "w"});
    let event = json!({"added": [folder(one.path())], "removed": []});
    client.notify("workspace/didChangeWorkspaceFolders", json!({"event": event}));
    becomes(&mut client, &dockerfile, &["AML705"]);
    let event = json!({"added": [], "removed": [folder(one.path())]});
    client.notify("workspace/didChangeWorkspaceFolders", json!({"event": event}));
    becomes(&mut client, &dockerfile, &[]);
    write(two.path(), ".gitignore", "");
    let changed = json!({"changes": [{"uri": uri(two.path(), ".gitignore"), "type": 2}]});
    client.notify("workspace/didChangeWatchedFiles", changed);
    becomes(&mut client, &dockerfile, &["AML705"]);
}

/// Settings are pulled where the client can be asked, pushed where it cannot, and take effect at once.
#[test]
fn settings_take_effect_at_once() {
    let text = "FROM a:1\nMAINTAINER me\n";
    let uri = "file:///t/Dockerfile";
    let mut client = Client::initialized(json!({}));
    client.open(uri, "dockerfile", text);
    becomes(&mut client, uri, &["AML732"]);
    client.notify("workspace/didChangeConfiguration", json!({"settings": {"amlenv": {"companion": true}}}));
    becomes(&mut client, uri, &[]);
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    becomes(&mut client, uri, &["AML732"]);

    let abilities = json!({"workspace": {"configuration": true, "didChangeConfiguration": {"dynamicRegistration": true}, "didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let mut client = Client::initialized(abilities);
    let registered = client.wait(|message| message["method"] == "client/registerCapability");
    let methods: Vec<&Value> = registered["params"]["registrations"]
        .as_array()
        .expect("registrations")
        .iter()
        .map(|registration| &registration["method"])
        .collect();
    assert_eq!(methods, ["workspace/didChangeWatchedFiles", "workspace/didChangeConfiguration"]);
    client.reply(&registered, Value::Null);
    let asked = client.wait(|message| message["method"] == "workspace/configuration");
    client.reply(&asked, json!([{"companion": true}]));
    client.open(uri, "dockerfile", text);
    becomes(&mut client, uri, &[]);
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    let asked = client.wait(|message| message["method"] == "workspace/configuration");
    client.reply(&asked, json!([{"companion": false}]));
    becomes(&mut client, uri, &["AML732"]);
}
