//! The language server as an editor sees it.

use serde_json::{Value, json};

use crate::client::{Client, apply};

const URI: &str = "file:///amlenv-tests/train.py";

const RAW: &str = r#"from azureml.core import Environment

env = Environment("train")
env.docker.base_image = None
env.docker.base_dockerfile = r"""
FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:
RUN pip install numpy
"""
env.python.user_managed_dependencies = True
"#;

fn at(text: &str, needle: &str) -> Value {
    let offset = text.find(needle).expect("the needle") + needle.len();
    let line = text[..offset].matches('\n').count();
    let column = text[..offset].rsplit('\n').next().expect("a line").encode_utf16().count();
    json!({"line": line, "character": column})
}

fn complete(client: &mut Client, uri: &str, position: Value) -> Vec<Value> {
    let answer = client
        .request("textDocument/completion", json!({"textDocument": {"uri": uri}, "position": position}));
    answer["items"].as_array().cloned().unwrap_or_default()
}

fn codes(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().map(|found| found["code"].as_str().expect("a code")).collect()
}

/// Opens a file with a Dockerfile in a raw string, completes the tag inside it, applies the item, and
/// then makes the conflict that the product was founded for.
#[test]
fn a_session_with_a_dockerfile_in_a_raw_string() {
    let abilities = json!({"textDocument": {"publishDiagnostics": {"relatedInformation": true}}});
    let mut client = Client::initialized(abilities);
    client.open(URI, "python", RAW);
    // Without its tag the image is no image yet.
    assert_eq!(codes(&client.diagnostics(URI, 1)), ["AML801", "AML728"]);

    let items = complete(&mut client, URI, at(RAW, "ubuntu22.04:"));
    let newest = &items[0];
    assert_eq!(
        (newest["label"].as_str(), newest["detail"].as_str()),
        (Some("20260715.v1"), Some("2026-07-15"))
    );
    assert!(items.len() > 90 && items.last().is_some_and(|last| last["label"] == "latest"));

    let text = apply(RAW, &newest["textEdit"]);
    assert_eq!(text, RAW.replace("ubuntu22.04:", "ubuntu22.04:20260715.v1"));
    client.change(
        URI,
        2,
        json!([{"range": newest["textEdit"]["range"], "text": newest["textEdit"]["newText"]}]),
    );
    assert_eq!(codes(&client.diagnostics(URI, 2)), ["AML801"]);

    let line = at(&text, "None");
    let range = json!({"start": {"line": line["line"], "character": 24}, "end": line});
    client.change(URI, 3, json!([{"range": range, "text": "\"contoso.azurecr.io/train:1\""}]));
    let diagnostics = client.diagnostics(URI, 3);
    assert_eq!(codes(&diagnostics), ["AML801", "AML101"]);
    let lost = &diagnostics[1];
    assert_eq!(lost["range"]["start"], json!({"line": 3, "character": 0}));
    assert_eq!(lost["source"], "amlenv");
    assert_eq!(
        lost["message"],
        "base_image set here is discarded when base_dockerfile is set on line 5; keep one."
    );
    assert_eq!(lost["relatedInformation"][0]["location"]["range"]["start"]["line"], 4);

    let actions = client.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": URI}, "range": lost["range"], "context": {"diagnostics": [lost], "only": ["quickfix"]}}),
    );
    let titles: Vec<&str> = actions
        .as_array()
        .expect("actions")
        .iter()
        .map(|action| action["title"].as_str().expect("a title"))
        .collect();
    let expected = [
        "Remove this base_image",
        "Set base_image = None before line 5",
        "Ignore AML101 (conflicting-image-sources) here",
        "Ignore AML101 (conflicting-image-sources) in this file",
    ];
    assert_eq!(titles, expected);
    assert_eq!(actions[0]["diagnostics"][0]["code"], "AML101");
}

#[test]
fn images_are_completed_in_every_notation() {
    let mut client = Client::initialized(json!({}));
    let documents = [
        ("dockerfile", "file:///t/Dockerfile", "FROM mcr.microsoft.com/azureml/op"),
        ("yaml", "file:///t/environment.yml", "name: e\nimage: mcr.microsoft.com/azureml/op"),
        (
            "python",
            "file:///t/a.py",
            "from azureml.core import Environment\nenv = Environment('x')\nenv.docker.base_image = \"mcr.microsoft.com/azureml/op\"\n",
        ),
        (
            "python",
            "file:///t/b.py",
            "from azureml.core import Environment\nenv = Environment('x')\nenv.docker.base_image = None\nenv.docker.base_dockerfile = 'FROM mcr.microsoft.com/azureml/op\\nRUN x'\n",
        ),
        (
            "yaml",
            "file:///t/job.yml",
            "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: a\nenvironment:\n  image: mcr.microsoft.com/azureml/op",
        ),
    ];
    for (language, uri, text) in documents {
        client.open(uri, language, text);
        let items = complete(&mut client, uri, at(text, "azureml/op"));
        let first = items.first().unwrap_or_else(|| panic!("nothing in {uri}"));
        assert_eq!(first["label"], "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04", "{uri}");
        let last = items.last().expect("items");
        assert_eq!(last["tags"], json!([1]), "deprecated ones are last in {uri}");
        let after = apply(text, &first["textEdit"]);
        assert_eq!(
            after,
            text.replace("mcr.microsoft.com/azureml/op", first["label"].as_str().expect("a label")),
            "{uri}"
        );
    }
    let text = "# FROM mcr.microsoft.com/azureml/op";
    client.open("file:///t/c/Dockerfile", "dockerfile", text);
    assert!(
        complete(&mut client, "file:///t/c/Dockerfile", at(text, "azureml/op")).is_empty(),
        "nothing in a comment"
    );
}

#[test]
fn curated_environments_are_completed_in_all_spellings() {
    let mut client = Client::initialized(json!({}));
    let schema = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: a\nenvironment: ";
    let registry = "azureml://registries/azureml/environments/";
    for (number, (typed, expected)) in [
        (String::new(), format!("{registry}acpt-pytorch-2.8-cuda12.6/labels/latest")),
        (registry.to_owned(), format!("{registry}acpt-pytorch-2.8-cuda12.6/labels/latest")),
        ("azureml:".to_owned(), "azureml:AzureML-acpt-pytorch-2.8-cuda12.6@latest".to_owned()),
        (format!("{registry}sklearn-1.5/"), format!("{registry}sklearn-1.5/labels/latest")),
        ("azureml:AzureML-sklearn-1.5:".to_owned(), "azureml:AzureML-sklearn-1.5:50".to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        let uri = format!("file:///t/job{number}.yml");
        let text = format!("{schema}{typed}\ncompute: azureml:cpu\n");
        client.open(&uri, "yaml", &text);
        let items = complete(&mut client, &uri, at(&text, &format!("environment: {typed}")));
        let first = items.first().unwrap_or_else(|| panic!("nothing behind {typed:?}"));
        assert_eq!(first["label"], expected.as_str());
        assert_eq!(apply(&text, &first["textEdit"]), format!("{schema}{expected}\ncompute: azureml:cpu\n"));
    }
}

#[test]
fn hover_tells_what_is_in_an_image_and_whether_it_is_supported() {
    let mut client = Client::initialized(json!({}));
    let text = "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest\n";
    client.open("file:///t/Dockerfile", "dockerfile", text);
    let hover = client.request(
        "textDocument/hover",
        json!({"textDocument": {"uri": "file:///t/Dockerfile"}, "position": {"line": 0, "character": 40}}),
    );
    let said = hover["contents"]["value"].as_str().expect("Markdown");
    for part in ["ubuntu 20.04", "**Deprecated**", "2026-07-23", "openmpi4.1.0-ubuntu22.04"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

/// Hundreds of edits, each followed by a question; every answer must know the edit before it.
#[test]
fn answers_know_the_edits_before_them() {
    let mut client = Client::initialized(json!({}));
    let uri = "file:///t/stress/Dockerfile";
    client.open(uri, "dockerfile", "FROM scratch AS s0\n");
    let mut asked = Vec::new();
    for number in 1..=300 {
        let end = json!({"line": number, "character": 0});
        let text = format!("FROM scratch AS s{number}\n");
        client.change(uri, number + 1, json!([{"range": {"start": end, "end": end}, "text": text}]));
        // Behind `FROM ` of a line that does not exist yet for a server that lags behind.
        let position = json!({"line": number, "character": 5});
        asked.push((
            number,
            client
                .ask("textDocument/completion", json!({"textDocument": {"uri": uri}, "position": position})),
        ));
    }
    for (number, id) in asked {
        let answer = client.answer(id);
        let stages = answer["items"]
            .as_array()
            .expect("items")
            .iter()
            .filter(|item| item["detail"].as_str().is_some_and(|detail| detail.starts_with("stage on")));
        assert_eq!(stages.count() as i64, number, "stages known after edit {number}");
    }
    assert_eq!(client.diagnostics(uri, 301), Vec::<Value>::new());
}

#[test]
fn positions_are_counted_as_agreed() {
    let text = "FROM a:1\nLABEL x=\"é😀\" y\n";
    for (offered, agreed, column) in [
        (json!(["utf-8", "utf-16"]), "utf-8", 17),
        (json!(["utf-32", "utf-16"]), "utf-32", 13),
        (json!(["utf-16"]), "utf-16", 14),
        (json!(null), "utf-16", 14),
    ] {
        let mut client = Client::start();
        let answer = client.initialize(json!({"general": {"positionEncodings": offered}}));
        assert_eq!(answer["capabilities"]["positionEncoding"], agreed);
        client.open("file:///t/Dockerfile", "dockerfile", text);
        let found = client.diagnostics("file:///t/Dockerfile", 1);
        assert_eq!(codes(&found), ["AML713"]);
        assert_eq!(found[0]["range"]["start"], json!({"line": 1, "character": column}), "{agreed}");
        // Take the bad word away with positions of the same kind.
        let (start, end) =
            (json!({"line": 1, "character": column - 1}), json!({"line": 1, "character": column + 1}));
        client.change(
            "file:///t/Dockerfile",
            2,
            json!([{"range": {"start": start, "end": end}, "text": ""}]),
        );
        assert_eq!(client.diagnostics("file:///t/Dockerfile", 2), Vec::<Value>::new(), "{agreed}");
    }
}

#[test]
fn closing_a_file_clears_its_diagnostics() {
    let mut client = Client::initialized(json!({}));
    let uri = "file:///t/Dockerfile";
    client.open(uri, "dockerfile", "RNU x\n");
    assert_eq!(codes(&client.diagnostics(uri, 1)), ["AML713"]);
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    let cleared = client.wait(|message| {
        message["method"] == "textDocument/publishDiagnostics" && message["params"].get("version").is_none()
    });
    assert_eq!(cleared["params"]["diagnostics"], json!([]));
}

#[test]
fn unsaved_text_wins_over_the_disk_and_other_files_follow() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a folder");
    std::fs::write(folder.path().join("conda.yml"), "dependencies:\n  - python=3.10\n").expect("a file");
    let uri = |name: &str| format!("file://{}", folder.path().join(name).display());
    let mut client = Client::initialized(json!({}));
    let text = "name: e\nimage: ubuntu:22.04\nconda_file: conda.yml\n";
    client.open(&uri("environment.yml"), "yaml", text);
    assert_eq!(codes(&client.diagnostics(&uri("environment.yml"), 1)), ["AML205"]);
    std::fs::remove_file(folder.path().join("conda.yml")).expect("removed");
    client.notify(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [{"uri": uri("conda.yml"), "type": 3}]}),
    );
    let after = client.wait(|message| {
        message["method"] == "textDocument/publishDiagnostics"
            && message["params"]["diagnostics"].as_array().is_some_and(|found| found.len() == 2)
    });
    let found = after["params"]["diagnostics"].as_array().expect("diagnostics").clone();
    assert_eq!(codes(&found), ["AML205", "AML124"]);
}

#[test]
fn the_end_is_what_the_protocol_says() {
    // Shut down and told to exit, with the input held open.
    let mut client = Client::initialized(json!({}));
    client.request("shutdown", json!(null));
    client.notify("exit", json!(null));
    assert_eq!(client.exit_code(), Some(0));
    // Told to exit without shutdown.
    let mut client = Client::initialized(json!({}));
    client.notify("exit", json!(null));
    assert_eq!(client.exit_code(), Some(1));
    // The input closes.
    let mut client = Client::initialized(json!({}));
    client.close_input();
    assert_eq!(client.exit_code(), Some(1));
    let mut client = Client::initialized(json!({}));
    client.request("shutdown", json!(null));
    client.close_input();
    assert_eq!(client.exit_code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn the_server_ends_with_its_client() {
    let mut other = std::process::Command::new("sleep").arg("600").spawn().expect("sleep runs");
    let mut client = Client::start();
    client.request("initialize", json!({"processId": other.id(), "rootUri": null, "capabilities": {}}));
    client.notify("initialized", json!({}));
    other.kill().and_then(|()| other.wait()).expect("killed");
    assert_eq!(client.exit_code(), Some(1));
}

#[test]
fn what_is_not_understood_is_refused_and_the_server_lives() {
    let mut client = Client::initialized(json!({}));
    assert_eq!(client.request("amlenv/nothing", json!({}))["error"]["code"], -32601);
    assert_eq!(client.request("textDocument/hover", json!({"position": 1}))["error"]["code"], -32602);
    let unknown = json!({"command": "amlenv.register", "arguments": []});
    assert_eq!(client.request("workspace/executeCommand", unknown)["error"]["code"], -32602);
    client.notify("textDocument/didChange", json!({"textDocument": {"uri": "file:///never/opened", "version": 1}, "contentChanges": [{"text": "x"}]}));
    let position = json!({"line": 99, "character": 99});
    for uri in ["file:///never/opened", "untitled:Untitled-1", "https://example.org/x"] {
        assert_eq!(
            client.request("textDocument/hover", json!({"textDocument": {"uri": uri}, "position": position})),
            json!(null)
        );
    }
    client.open("untitled:Untitled-1", "dockerfile", "RNU\n");
    assert_eq!(codes(&client.diagnostics("untitled:Untitled-1", 1)), ["AML713"]);
}

#[test]
fn safe_fixes_come_together_as_one_action() {
    let mut client = Client::initialized(json!({"workspace": {"workspaceEdit": {"documentChanges": true}}}));
    let text = "from azureml.core import Environment\n\na = Environment(\"a\")\na.docker.base_dockerfile = \"FROM x:1\"\nb = Environment(\"b\")\nb.docker.base_dockerfile = \"FROM y:1\"\n";
    client.open(URI, "python", text);
    assert_eq!(codes(&client.diagnostics(URI, 1)), ["AML801", "AML102", "AML102"]);
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 6, "character": 0}});
    let actions = client.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": URI}, "range": whole, "context": {"diagnostics": [], "only": ["source.fixAll"]}}),
    );
    let edit = &actions[0]["edit"]["documentChanges"][0];
    assert_eq!(edit["textDocument"]["version"], 1);
    assert_eq!(edit["edits"].as_array().map(Vec::len), Some(2));
    assert_eq!(actions.as_array().map(Vec::len), Some(1));
}
