//! Code actions as an editor sees them: by kind, with and without what a client may lack.

use serde_json::{Value, json};

use crate::client::{Client, apply};

/// What a client that can do everything says.
fn able() -> Value {
    json!({
        "textDocument": {
            "codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor", "source"]}},
                "disabledSupport": true, "dataSupport": true, "isPreferredSupport": true,
                "resolveSupport": {"properties": ["edit"]},
            },
            "diagnostic": {},
        },
        "workspace": {"workspaceEdit": {
            "documentChanges": true,
            "resourceOperations": ["create", "rename", "delete"],
            "changeAnnotationSupport": {},
        }},
    })
}

fn position(text: &str, offset: usize) -> Value {
    let line = text[..offset].matches('\n').count();
    let column = text[..offset].rsplit('\n').next().expect("a line").encode_utf16().count();
    json!({"line": line, "character": column})
}

fn actions(client: &mut Client, uri: &str, range: &Value, only: &Value) -> Vec<Value> {
    let mut context = json!({"diagnostics": []});
    if !only.is_null() {
        context["only"] = only.clone();
    }
    let params = json!({"textDocument": {"uri": uri}, "range": range, "context": context});
    client.request("textDocument/codeAction", params).as_array().expect("actions").clone()
}

fn titled<'a>(actions: &'a [Value], title: &str) -> &'a Value {
    let found =
        actions.iter().find(|action| action["title"].as_str().is_some_and(|found| found.starts_with(title)));
    found.unwrap_or_else(|| panic!("no {title} among {actions:#?}"))
}

/// The text with the edits of one document.
fn edited(text: &str, edits: &Value) -> String {
    let mut edits = edits.as_array().expect("edits").clone();
    let key = |edit: &Value| {
        let start = &edit["range"]["start"];
        (start["line"].as_u64().expect("a line"), start["character"].as_u64().expect("a column"))
    };
    edits.sort_by_key(|edit| std::cmp::Reverse(key(edit)));
    edits.iter().fold(text.to_owned(), |text, edit| apply(&text, edit))
}

fn pulled(client: &mut Client, uri: &str) -> Vec<Value> {
    let answer = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri}}));
    answer["items"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

struct Case {
    uri: &'static str,
    language: &'static str,
    /// `$0` is the cursor.
    text: &'static str,
    code: &'static str,
    here: Option<&'static str>,
    file: Option<&'static str>,
}

const CASES: [Case; 9] = [
    Case {
        uri: "file:///t/Dockerfile",
        language: "dockerfile",
        text: "# escape=`\n# a note\nFROM a:1\n$0RNU x\n",
        code: "AML713",
        here: Some("# escape=`\n# a note\nFROM a:1\n# amlenv: ignore[AML713]\nRNU x\n"),
        file: Some("# escape=`\n# a note\n# amlenv: ignore-file[AML713]\nFROM a:1\nRNU x\n"),
    },
    Case {
        uri: "file:///t/many/Dockerfile",
        language: "dockerfile",
        text: "FROM a:1\r\n  RUN echo é😀 && \\\r\n    apt-get $0install x\r\n",
        code: "AML755",
        here: Some(
            "FROM a:1\r\n  # amlenv: ignore[AML755]\r\n  RUN echo é😀 && \\\r\n    apt-get install x\r\n",
        ),
        file: Some(
            "# amlenv: ignore-file[AML755]\r\nFROM a:1\r\n  RUN echo é😀 && \\\r\n    apt-get install x\r\n",
        ),
    },
    Case {
        uri: "file:///t/raw.py",
        language: "python",
        text: "#!/usr/bin/env python\nfrom azureml.core import Environment\ne = Environment('e')\ne.docker.base_image = None\ne.docker.base_dockerfile = r\"\"\"\nFROM a:1\n$0RNU x\n\"\"\"\n",
        code: "AML713",
        here: Some(
            "#!/usr/bin/env python\nfrom azureml.core import Environment\ne = Environment('e')\ne.docker.base_image = None\ne.docker.base_dockerfile = r\"\"\"\nFROM a:1\n# amlenv: ignore[AML713]\nRNU x\n\"\"\"\n",
        ),
        file: Some(
            "#!/usr/bin/env python\n# amlenv: ignore-file[AML713]\nfrom azureml.core import Environment\ne = Environment('e')\ne.docker.base_image = None\ne.docker.base_dockerfile = r\"\"\"\nFROM a:1\nRNU x\n\"\"\"\n",
        ),
    },
    Case {
        uri: "file:///t/escaped.py",
        language: "python",
        text: "from azureml.core import Environment\ne = Environment('e')\ne.docker.base_image = None\ne.docker.base_dockerfile = 'FROM a:1\\n$0RNU x'\n",
        code: "AML713",
        here: Some(
            "from azureml.core import Environment\ne = Environment('e')\ne.docker.base_image = None\ne.docker.base_dockerfile = 'FROM a:1\\n# amlenv: ignore[AML713]\\nRNU x'\n",
        ),
        file: Some(
            "# amlenv: ignore-file[AML713]\nfrom azureml.core import Environment\ne = Environment('e')\ne.docker.base_image = None\ne.docker.base_dockerfile = 'FROM a:1\\nRNU x'\n",
        ),
    },
    Case {
        uri: "file:///t/code.py",
        language: "python",
        text: "from azureml.core import Environment\nif True:\n    e = Environment('e')\n    $0e.docker.base_image = 'a:1'\n    e.docker.base_dockerfile = 'FROM a:1'\n",
        code: "AML101",
        here: Some(
            "from azureml.core import Environment\nif True:\n    e = Environment('e')\n    # amlenv: ignore[AML101]\n    e.docker.base_image = 'a:1'\n    e.docker.base_dockerfile = 'FROM a:1'\n",
        ),
        file: Some(
            "# amlenv: ignore-file[AML101]\nfrom azureml.core import Environment\nif True:\n    e = Environment('e')\n    e.docker.base_image = 'a:1'\n    e.docker.base_dockerfile = 'FROM a:1'\n",
        ),
    },
    Case {
        uri: "file:///t/environment.yml",
        language: "yaml",
        text: "\u{feff}name: e\nimage: $0mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest\n",
        code: "AML301",
        here: Some(
            "\u{feff}name: e\n# amlenv: ignore[AML301]\nimage: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest\n",
        ),
        file: Some(
            "\u{feff}# amlenv: ignore-file[AML301]\nname: e\nimage: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest\n",
        ),
    },
    Case {
        uri: "file:///t/job.runconfig",
        language: "yaml",
        text: "environment:\n  docker:\n    baseDockerfile: |\n      FROM a:1\n      $0RNU x\n",
        code: "AML713",
        here: Some(
            "environment:\n  docker:\n    baseDockerfile: |\n      FROM a:1\n      # amlenv: ignore[AML713]\n      RNU x\n",
        ),
        file: Some(
            "# amlenv: ignore-file[AML713]\nenvironment:\n  docker:\n    baseDockerfile: |\n      FROM a:1\n      RNU x\n",
        ),
    },
    Case {
        uri: "file:///t/conda.yml",
        language: "yaml",
        text: "dependencies:\n  - pip:\n      - $0numpy=1.0\n",
        code: "AML",
        here: None,
        file: None,
    },
    Case {
        uri: "file:///t/requirements.txt",
        language: "pip-requirements",
        text: "a\n$0b=1\n",
        code: "AML",
        here: None,
        file: None,
    },
];

/// A comment stands where it may, says what it should, and leaves the rule silent and itself in use.
#[test]
fn findings_are_suppressed_by_comments_that_hold() {
    for resolving in [true, false] {
        let mut abilities = able();
        if !resolving {
            abilities["textDocument"]["codeAction"] = json!({});
        }
        let mut client = Client::initialized(abilities);
        for case in &CASES {
            let offset = case.text.find("$0").expect("a cursor");
            let text = case.text.replace("$0", "");
            let at = position(&text, offset);
            client.open(case.uri, case.language, &text);
            let before = pulled(&mut client, case.uri);
            let hit = |found: &Value| {
                found["code"].as_str().is_some_and(|code| code.starts_with(case.code))
                    && found["range"]["start"]["line"].as_u64() <= at["line"].as_u64()
                    && found["range"]["end"]["line"].as_u64() >= at["line"].as_u64()
            };
            let finding = before.iter().find(|found| hit(found));
            let finding =
                finding.unwrap_or_else(|| panic!("no {} in {}: {before:#?}", case.code, case.uri)).clone();
            let code = finding["code"].as_str().expect("a code").to_owned();
            let params = json!({
                "textDocument": {"uri": case.uri}, "range": {"start": at, "end": at},
                "context": {"diagnostics": [finding], "only": ["quickfix"]},
            });
            let offered =
                client.request("textDocument/codeAction", params).as_array().expect("actions").clone();
            for (place, expected) in [("here", case.here), ("in this file", case.file)] {
                let title = |action: &&Value| {
                    action["title"].as_str().is_some_and(|title| {
                        title.starts_with(&format!("Ignore {code} ")) && title.ends_with(place)
                    })
                };
                let action = offered.iter().find(title).unwrap_or_else(|| panic!("{place}: {offered:#?}"));
                assert_eq!(action["diagnostics"][0]["code"], code);
                let action = if resolving {
                    assert!(
                        action["edit"].is_null() && !action["data"].is_null(),
                        "the edit comes when it is asked for"
                    );
                    client.request("codeAction/resolve", action.clone())
                } else {
                    action.clone()
                };
                let change = &action["edit"]["documentChanges"][0];
                assert_eq!(
                    (&change["textDocument"]["uri"], &change["textDocument"]["version"]),
                    (&json!(case.uri), &json!(1))
                );
                let after = edited(&text, &change["edits"]);
                match expected {
                    None => assert!(after.contains(&format!("[{code}]")), "{after}"),
                    Some(expected) => assert_eq!(after, expected),
                }
                let other = case.uri.replace("/t/", "/u/");
                client.open(&other, case.language, &after);
                let left: Vec<Value> = pulled(&mut client, &other);
                let said = |wanted: &str| left.iter().filter(|found| found["code"] == wanted).count();
                assert_eq!(said("AML005"), 0, "{after}\n{left:#?}");
                assert!(
                    said(&code) < before.iter().filter(|found| found["code"] == code.as_str()).count(),
                    "{after}"
                );
                client.notify("textDocument/didClose", json!({"textDocument": {"uri": other}}));
            }
        }
    }
}

/// JSON has no comments: the configuration is changed, or made.
#[test]
fn findings_in_json_are_suppressed_by_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a folder");
    let text = "{\"name\": \"e\", \"docker\": {\"baseImage\": \"a:1\", \"baseDockerfile\": \"FROM a:1\"}}";
    let path = folder.path().join("env/azureml_environment.json");
    std::fs::create_dir(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, text).expect("a file");
    let uri = format!("file://{}", path.display());
    let mut client = Client::initialized(able());
    client.open(&uri, "json", text);
    let found = pulled(&mut client, &uri);
    let finding =
        found.iter().find(|found| found["code"] == "AML101").unwrap_or_else(|| panic!("{found:#?}"));
    let offered = actions(&mut client, &uri, &finding["range"], &json!(["quickfix"]));
    let here = titled(&offered, "Ignore AML101 (conflicting-image-sources) here");
    assert!(
        here["disabled"]["reason"].as_str().is_some_and(|reason| reason.contains("no comments")),
        "{here}"
    );
    let in_file = titled(&offered, "Ignore AML101 (conflicting-image-sources) in this file").clone();
    let in_file = client.request("codeAction/resolve", in_file);
    let changes = &in_file["edit"]["documentChanges"];
    assert_eq!(changes[0]["kind"], "create");
    let new = changes[1]["edits"][0]["newText"].as_str().expect("a text");
    assert_eq!(new, "[per-file-ignores]\n\"env/azureml_environment.json\" = [\"AML101\"]\n");

    std::fs::write(folder.path().join("amlenv.toml"), "ignore = [\"AML9\"]\n").expect("a file");
    let changed = format!("file://{}", folder.path().join("amlenv.toml").display());
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": changed, "type": 1}]}));
    let offered = actions(&mut client, &uri, &finding["range"], &json!(["quickfix"]));
    let in_file = titled(&offered, "Ignore AML101 (conflicting-image-sources) in this file");
    let change = &in_file["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"]["uri"], changed.as_str());
    let after = edited("ignore = [\"AML9\"]\n", &change["edits"]);
    std::fs::write(folder.path().join("amlenv.toml"), after).expect("a file");
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": changed, "type": 2}]}));
    let left = pulled(&mut client, &uri);
    assert!(left.iter().all(|found| found["code"] != "AML101"), "{left:#?}");
}

const TWO: &str = "from azureml.core import Environment\na = Environment(\"a\")\na.docker.base_dockerfile = \"FROM x:1\"\na.docker.base_image = \"y:1\"\n";

#[test]
fn actions_come_by_kind() {
    let mut client = Client::initialized(able());
    let uri = "file:///t/a.py";
    client.open(uri, "python", TWO);
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 4, "character": 0}});
    let kinds = |actions: &[Value]| -> Vec<String> {
        let mut kinds: Vec<String> =
            actions.iter().map(|action| action["kind"].as_str().unwrap_or("none").to_owned()).collect();
        kinds.sort();
        kinds.dedup();
        kinds
    };
    let all = actions(&mut client, uri, &whole, &Value::Null);
    assert!(kinds(&all).contains(&"none".to_owned()), "registering has no kind");
    for (only, expected) in [
        (json!(["quickfix"]), vec!["quickfix"]),
        (json!(["refactor"]), vec!["refactor.rewrite"]),
        (json!(["refactor.rewrite"]), vec!["refactor.rewrite"]),
        (json!(["refactor.rew"]), vec![]),
        (json!(["refactor.rewrite.function"]), vec![]),
        (json!(["source.organizeImports"]), vec![]),
        (json!([""]), vec!["quickfix", "refactor.rewrite"]),
    ] {
        let found = actions(&mut client, uri, &whole, &only);
        assert_eq!(kinds(&found), expected, "{only}");
    }
    let text = TWO.replace("a.docker.base_image = \"y:1\"\n", "");
    client.change(uri, 2, json!([{"text": text}]));
    for only in ["source", "source.fixAll", "source.fixAll.amlenv"] {
        let found = actions(&mut client, uri, &whole, &json!([only]));
        assert_eq!(kinds(&found), ["source.fixAll.amlenv"], "{only}");
        let resolved = client.request("codeAction/resolve", found[0].clone());
        assert_eq!(resolved["edit"]["documentChanges"][0]["textDocument"]["version"], 2);
    }
}

/// A fix that may not be meant says so where the client can show it; it asks only before it changes several files.
#[test]
fn changes_that_may_not_be_meant_are_announced() {
    let line = json!({"start": {"line": 2, "character": 0}, "end": {"line": 2, "character": 1}});
    let mut client = Client::initialized(able());
    client.open("file:///t/a.py", "python", TWO);
    let found = actions(&mut client, "file:///t/a.py", &line, &json!(["quickfix"]));
    let suggested = titled(&found, "Remove this base_");
    let id =
        suggested["edit"]["documentChanges"][0]["edits"][0]["annotationId"].as_str().expect("an annotation");
    assert_eq!(suggested["edit"]["changeAnnotations"][id]["needsConfirmation"], false);

    let mut client = Client::initialized(json!({}));
    client.open("file:///t/a.py", "python", TWO);
    let found = actions(&mut client, "file:///t/a.py", &line, &json!(["quickfix"]));
    let plain = titled(&found, "Remove this base_");
    assert!(plain["edit"]["changes"]["file:///t/a.py"].is_array(), "{plain}");
    assert!(found.iter().all(|action| action.get("disabled").is_none() && action.get("data").is_none()));
}

/// What was offered for a text that is another by now is not made.
#[test]
fn an_action_of_an_older_text_is_refused() {
    let mut client = Client::initialized(able());
    client.open("file:///t/Dockerfile", "dockerfile", "FROM a:1\nRNU x\n");
    let line = json!({"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 1}});
    let found = actions(&mut client, "file:///t/Dockerfile", &line, &json!(["quickfix"]));
    let ignore = titled(&found, "Ignore AML713").clone();
    client.change("file:///t/Dockerfile", 2, json!([{"text": "FROM a:1\nRUN x\n"}]));
    assert_eq!(client.request("codeAction/resolve", ignore)["error"]["code"], -32801);
    let foreign = json!({"title": "x", "data": {"of": "another server"}});
    assert_eq!(client.request("codeAction/resolve", foreign)["error"]["code"], -32602);
}
