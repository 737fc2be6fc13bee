//! Diagnostics as an editor gets them: pushed or pulled, of one document or of all.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::Client;
use crate::fixture::check;

const PULLS: &str = r#"{"textDocument": {"diagnostic": {"relatedDocumentSupport": true}}, "workspace": {"diagnostics": {"refreshSupport": true}}}"#;

fn pulling() -> Value {
    serde_json::from_str(PULLS).expect("abilities")
}

fn uri(root: &Path, name: &str) -> String {
    format!("file://{}", root.join(name).display())
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

fn start(root: &Path, capabilities: Value) -> Client {
    let mut client = Client::start();
    let folders = json!([{"uri": format!("file://{}", root.display()), "name": "w"}]);
    client.request("initialize", json!({"processId": null, "rootUri": null, "workspaceFolders": folders, "capabilities": capabilities}));
    client.notify("initialized", json!({}));
    client
}

fn codes(items: &Value) -> Vec<&str> {
    items.as_array().expect("items").iter().map(|found| found["code"].as_str().expect("a code")).collect()
}

fn pull(client: &mut Client, uri: &str, previous: Option<&str>) -> Value {
    let mut params = json!({"textDocument": {"uri": uri}});
    if let Some(previous) = previous {
        params["previousResultId"] = json!(previous);
    }
    client.request("textDocument/diagnostic", params)
}

/// A client that asks is sent nothing, is told `unchanged` where nothing has changed, and gets the other
/// documents that hang on the one along.
#[test]
fn who_pulls_gets_results_with_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, &[("conda.yml", "dependencies:\n  - python=3.10\n  - pip\n")]);
    let mut client = start(root, pulling());
    let (environment, conda) = (uri(root, "environment.yml"), uri(root, "conda.yml"));
    client.open(&environment, "yaml", "name: e\nimage: a:1\nconda_file: conda.yml\n");
    client.open(&conda, "yaml", "dependencies:\n  - python=3.10\n  - pip\n");
    let first = pull(&mut client, &environment, None);
    assert_eq!((first["kind"].as_str(), codes(&first["items"]).len()), (Some("full"), 0), "{first}");
    let id = first["resultId"].as_str().expect("a name");
    let again = pull(&mut client, &environment, Some(id));
    assert_eq!(again["kind"], "unchanged");
    assert!(again.get("items").is_none());

    // The conda file breaks; who refers to it hears of it with the answer about the conda file.
    client.change(&conda, 2, json!([{"text": "dependencies:\n  - pip\n"}]));
    let answer = pull(&mut client, &conda, None);
    let related = &answer["relatedDocuments"][&environment];
    assert_eq!(codes(&related["items"]), ["AML602"], "{answer:#}");
    let new = pull(&mut client, &environment, Some(id));
    assert_eq!((new["kind"].as_str(), codes(&new["items"])), (Some("full"), vec!["AML602"]));
    assert_eq!(new["resultId"], related["resultId"]);

    // Nothing was pushed, and what is not known has nothing wrong.
    let nothing = pull(&mut client, "file:///never/opened.yml", None);
    assert_eq!(nothing["items"], json!([]));
    assert!(client.kept().all(|message| message["method"] != "textDocument/publishDiagnostics"));
}

/// When a file changes that is not the one that is edited, the client is told to ask again.
#[test]
fn who_pulls_is_told_when_others_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, &[("conda.yml", "dependencies:\n  - python=3.10\n  - pip\n")]);
    let mut client = start(root, pulling());
    let environment = uri(root, "environment.yml");
    client.open(&environment, "yaml", "name: e\nimage: a:1\nconda_file: conda.yml\n");
    assert_eq!(codes(&pull(&mut client, &environment, None)["items"]), Vec::<&str>::new());
    std::fs::remove_file(root.join("conda.yml")).expect("removed");
    client.notify(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [{"uri": uri(root, "conda.yml"), "type": 3}]}),
    );
    let refresh = client.wait(|message| message["method"] == "workspace/diagnostic/refresh");
    client.reply(&refresh, Value::Null);
    assert_eq!(codes(&pull(&mut client, &environment, None)["items"]), ["AML124"]);
}

/// Other open files follow an edit, and only they: a file on which nothing has changed is not sent again.
#[test]
fn pushed_diagnostics_follow_the_graph() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, &[("conda.yml", "dependencies:\n  - python=3.10\n  - pip\n")]);
    let mut client = start(root, json!({}));
    let (environment, conda, other) =
        (uri(root, "environment.yml"), uri(root, "conda.yml"), uri(root, "Dockerfile"));
    client.open(&environment, "yaml", "name: e\nimage: a:1\nconda_file: conda.yml\n");
    client.open(&other, "dockerfile", "RNU\n");
    client.open(&conda, "yaml", "dependencies:\n  - python=3.10\n  - pip\n");
    assert_eq!(client.diagnostics(&environment, 1), Vec::<Value>::new());
    assert_eq!(client.diagnostics(&other, 1).len(), 1);
    client.diagnostics(&conda, 1);
    client.change(&conda, 2, json!([{"text": "dependencies:\n  - pip\n"}]));
    let found = client.diagnostics(&environment, 1);
    assert_eq!(codes(&json!(found)), ["AML602"]);
    client.diagnostics(&conda, 2);
    // Closed without being saved, it is again what is on the disk.
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": conda}}));
    assert_eq!(client.diagnostics(&environment, 1), Vec::<Value>::new());
    assert!(
        client.kept().all(|message| message["params"]["uri"] != other.as_str()),
        "nothing new of the other"
    );
}

#[test]
fn what_a_client_does_not_show_is_left_out() {
    let text = "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest\nMAINTAINER me\n# amlenv: ignore[AML101]\nRUN a\n";
    let full = json!({"relatedInformation": true, "codeDescriptionSupport": true, "tagSupport": {"valueSet": [1, 2]}});
    for (abilities, shown) in [(full, true), (json!({}), false)] {
        let mut client = Client::initialized(json!({"textDocument": {"publishDiagnostics": abilities}}));
        client.open("file:///t/Dockerfile", "dockerfile", text);
        let found = client.diagnostics("file:///t/Dockerfile", 1);
        let tags: Vec<&Value> = found.iter().filter_map(|found| found.get("tags")).collect();
        assert_eq!(tags.contains(&&json!([1])), shown, "{found:#?}");
        assert!(found.iter().all(|found| found.get("codeDescription").is_some() == shown));
        assert!(found.iter().all(|found| found["source"] == "amlenv"));
    }
}

#[test]
fn diagnostics_wait_for_the_file_to_be_saved_where_the_user_wants_that() {
    let mut client = Client::start();
    let options = json!({"check": {"onType": false}});
    client.request(
        "initialize",
        json!({"processId": null, "rootUri": null, "capabilities": {}, "initializationOptions": options}),
    );
    client.notify("initialized", json!({}));
    let uri = "file:///t/Dockerfile";
    client.open(uri, "dockerfile", "FROM a:1\n");
    assert_eq!(client.diagnostics(uri, 1), Vec::<Value>::new());
    client.change(uri, 2, json!([{"text": "RNU\n"}]));
    client.change(uri, 3, json!([{"text": "RNU x\n"}]));
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    assert_eq!(client.diagnostics(uri, 3).len(), 1);
    assert!(client.kept().all(|message| message["params"]["version"] != 2));
}

/// All files of the workspace, open or not, get what `check` says of them; ignored ones nothing.
#[test]
fn the_whole_workspace_is_what_check_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(
        root,
        &[
            (".git/HEAD", "ref: refs/heads/main\n"),
            (".gitignore", "ignored/\n"),
            ("ignored/Dockerfile", "RNU\n"),
            ("a/Dockerfile", "FROM a:1\nRNU é😀 x\n"),
            ("a/environment.yml", "name: e\nbuild:\n  path: .\nimage: b:1\n"),
            ("b/environment.yml", "name: train\nimage: b:1\nconda_file: conda.yml\n"),
            ("b/conda.yml", "dependencies:\n  - numpy\n"),
            ("notes.txt", "nothing\n"),
            (
                "train.py",
                "from azureml.core import Environment\ne = Environment('e')\ne.docker.base_image = 'a:1'\ne.docker.base_dockerfile = 'FROM a:1'\n",
            ),
        ],
    );
    let mut client = start(root, pulling());
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    // A client asks again and again; the walk through the folders ends some time.
    let complete = |client: &mut Client,
                    known: &mut BTreeMap<String, String>,
                    partial: bool|
     -> BTreeMap<String, Vec<String>> {
        loop {
            let previous: Vec<Value> =
                known.iter().map(|(uri, value)| json!({"uri": uri, "value": value})).collect();
            let mut params = json!({"previousResultIds": previous});
            if partial {
                params["partialResultToken"] = json!("part");
                params["workDoneToken"] = json!("work");
            }
            let answer = client.request("workspace/diagnostic", params);
            let mut items = answer["items"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
            let parts: Vec<Value> =
                client.kept().filter(|message| message["params"]["token"] == "part").cloned().collect();
            assert!(!partial || items.is_empty(), "everything came in parts");
            items.extend(
                parts
                    .iter()
                    .flat_map(|part| part["params"]["value"]["items"].as_array().expect("items").clone()),
            );
            if items.len() < 5 {
                continue;
            }
            let mut out = BTreeMap::new();
            for item in items {
                let uri = item["uri"].as_str().expect("a document").to_owned();
                let name = uri.rsplit_once(&format!("{}/", root.display())).expect("inside").1.to_owned();
                known.insert(uri, item["resultId"].as_str().expect("a name").to_owned());
                if item["kind"] == "full" {
                    out.insert(
                        name,
                        codes(&item["items"]).iter().map(|code| (*code).to_owned()).collect::<Vec<_>>(),
                    );
                }
            }
            return out;
        }
    };
    let said = |root: &Path| -> BTreeMap<String, Vec<String>> {
        let report = check(root, &[]);
        let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for found in report["findings"].as_array().expect("findings") {
            out.entry(found["file"].as_str().expect("a file").to_owned())
                .or_default()
                .push(found["code"].as_str().expect("a code").to_owned());
        }
        out
    };
    let mut first = complete(&mut client, &mut known, false);
    first.retain(|_, codes| !codes.is_empty());
    assert_eq!(first, said(root));
    // Nothing has changed, so nothing is told; then one file has, and those that hang on it.
    assert_eq!(complete(&mut client, &mut known, false), BTreeMap::new());
    client.open(&uri(root, "b/conda.yml"), "yaml", "dependencies:\n  - python=3.10\n  - pip\n  - numpy\n");
    let changed = complete(&mut client, &mut known, false);
    assert!(
        changed.contains_key("b/environment.yml") && !changed.contains_key("a/Dockerfile"),
        "{changed:?}"
    );
    let mut client = start(root, pulling());
    let mut parts = complete(&mut client, &mut BTreeMap::new(), true);
    parts.retain(|_, codes| !codes.is_empty());
    assert_eq!(parts, said(root));
    let progress: Vec<&Value> =
        client.kept().filter(|message| message["params"]["token"] == "work").collect();
    assert_eq!(progress.first().map(|message| &message["params"]["value"]["kind"]), Some(&json!("begin")));
    assert_eq!(progress.last().map(|message| &message["params"]["value"]["kind"]), Some(&json!("end")));
}
