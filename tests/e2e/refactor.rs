//! Refactorings over the protocol, with the edits applied as an editor applies them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Client, apply};
use crate::fixture::{Fixture, check};

/// A client that can do all that refactorings ask for.
fn able() -> Value {
    json!({
        "workspace": {"applyEdit": true, "workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}},
        "textDocument": {"codeAction": {"disabledSupport": true}},
    })
}

/// A small workspace on the disk, and a server that has the file `open` open.
struct Session {
    folder: tempfile::TempDir,
    client: Client,
    texts: BTreeMap<String, String>,
    open: String,
    diagnostics: Vec<Value>,
}

impl Session {
    fn new(capabilities: Value, files: &[(&str, &str)], open: &str, line_end: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let all = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Fixture { files: all, ..Fixture::default() }.write(folder.path(), line_end);
        let texts: BTreeMap<String, String> =
            files.iter().map(|(path, text)| ((*path).to_owned(), text.replace('\n', line_end))).collect();
        let mut client = Client::initialized(capabilities);
        let uri = format!("file://{}", folder.path().join(open).display());
        client.open(&uri, "any", &texts[open]);
        let diagnostics = client.diagnostics(&uri, 1);
        Self { folder, client, texts, open: open.to_owned(), diagnostics }
    }

    fn uri(&self, path: &str) -> String {
        format!("file://{}", self.folder.path().join(path).display())
    }

    /// The actions where `needle` begins; of that kind, if one is given.
    fn actions(&mut self, needle: &str, kind: Option<&str>) -> Vec<Value> {
        let text = &self.texts[&self.open];
        let offset = text.find(needle).unwrap_or_else(|| panic!("no {needle} in {text}"));
        let line = text[..offset].matches('\n').count();
        let column = text[..offset].rsplit('\n').next().expect("a line").encode_utf16().count();
        let position = json!({"line": line, "character": column});
        let mut context = json!({"diagnostics": self.diagnostics});
        if let Some(kind) = kind {
            context["only"] = json!([kind]);
        }
        let document = json!({"uri": self.uri(&self.open)});
        let answer = self.client.request(
            "textDocument/codeAction",
            json!({"textDocument": document, "range": {"start": position, "end": position}, "context": context}),
        );
        answer.as_array().cloned().unwrap_or_default()
    }

    /// The action with that title.
    fn action(&mut self, needle: &str, title: &str) -> Value {
        let found = self.actions(needle, None);
        let titles: Vec<&Value> = found.iter().map(|action| &action["title"]).collect();
        let at = titles.iter().position(|found| **found == title);
        found[at.unwrap_or_else(|| panic!("no {title} among {titles:?}"))].clone()
    }

    /// Applies a workspace edit to texts and disk; the paths of the files that it made.
    fn apply(&mut self, edit: &Value) -> Vec<String> {
        let mut made = Vec::new();
        for change in edit["documentChanges"].as_array().expect("changes") {
            let uri = change["uri"].as_str().or(change["textDocument"]["uri"].as_str()).expect("an address");
            let path = uri.strip_prefix(&self.uri("")).expect("below the folder").to_owned();
            if change["kind"] == "create" {
                assert_eq!(change["options"], json!({"overwrite": false, "ignoreIfExists": false}));
                assert!(!self.folder.path().join(&path).exists(), "{path} is there");
                self.texts.insert(path.clone(), String::new());
                made.push(path);
                continue;
            }
            let mut edits = change["edits"].as_array().expect("edits").clone();
            let start = |edit: &Value| {
                (edit["range"]["start"]["line"].as_u64(), edit["range"]["start"]["character"].as_u64())
            };
            edits.sort_by_key(start);
            let text = self.texts.get_mut(&path).expect("a text");
            for edit in edits.iter().rev() {
                *text = apply(text, edit);
            }
        }
        for (path, text) in &self.texts {
            let path = self.folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        made
    }

    /// What the checker calls wrong after the changes.
    fn wrong(&self) -> Vec<String> {
        let report = check(self.folder.path(), &["."]);
        let findings = report["findings"].as_array().expect("findings").iter();
        findings
            .filter(|found| matches!(found["severity"].as_str(), Some("error" | "warning")))
            .map(|found| format!("{} {}", found["file"], found["code"]))
            .collect()
    }
}

const TRAIN: &str = "from azureml.core import Environment\n\nenv = Environment(\"train\")\nenv.docker.base_image = None\nenv.docker.base_dockerfile = r\"\"\"FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1\nRUN pip install \\\n    numpy\n\"\"\"\nenv.python.user_managed_dependencies = True\n";
const DOCKERFILE: &str =
    "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1\nRUN pip install \\\n    numpy\n";

#[test]
fn dockerfile_text_moves_into_a_file_and_back() {
    for eol in ["\n", "\r\n"] {
        // A Dockerfile that is there is left alone.
        for there in [&[("train.py", TRAIN)][..], &[("train.py", TRAIN), ("dockerfile", "FROM scratch\n")]] {
            let mut session = Session::new(able(), there, "train.py", eol);
            // From inside the text as well as from the assignment.
            for needle in ["pip install", "base_dockerfile"] {
                let action = session.action(needle, "Move the Dockerfile text into a file");
                assert_eq!(action["kind"], "refactor.extract");
            }
            let action = session.action("numpy", "Move the Dockerfile text into a file");
            let name = if there.len() == 1 { "Dockerfile" } else { "Dockerfile-2" };
            assert_eq!(session.apply(&action["edit"]), [name]);
            let text = format!("r\"\"\"{DOCKERFILE}\"\"\"").replace('\n', eol);
            let expected = TRAIN.replace('\n', eol).replace(&text, &format!("\"./{name}\""));
            assert_eq!(session.texts["train.py"], expected);
            assert_eq!(session.texts[name], DOCKERFILE);
            assert_eq!(session.wrong(), Vec::<String>::new());
        }
        let path = TRAIN.replace(&format!("r\"\"\"{DOCKERFILE}\"\"\""), "\"./Dockerfile\"");
        let files = [("train.py", path.as_str()), ("Dockerfile", DOCKERFILE)];
        let mut session = Session::new(able(), &files, "train.py", eol);
        let action = session.action("./Dockerfile", "Put the text of Dockerfile here");
        assert_eq!(action["kind"], "refactor.inline");
        assert_eq!(session.apply(&action["edit"]), Vec::<String>::new());
        assert_eq!(session.texts["train.py"], TRAIN.replace('\n', eol));
    }
}

#[test]
fn a_text_with_holes_is_not_moved() {
    let text = TRAIN.replace("r\"\"\"FROM", "f\"\"\"FROM").replace("numpy", "{package}");
    let mut session = Session::new(able(), &[("train.py", &text)], "train.py", "\n");
    assert_eq!(session.actions("base_dockerfile", Some("refactor.extract")), Vec::<Value>::new());
}

#[test]
fn the_text_of_a_json_definition_moves_beside_it() {
    let json = "{\n  \"name\": \"train\",\n  \"docker\": {\"baseImage\": null, \"baseDockerfile\": \"FROM a.io/b:1\\nRUN x\\n\"},\n  \"python\": {\"userManagedDependencies\": true}\n}\n";
    for eol in ["\n", "\r\n"] {
        let mut session =
            Session::new(able(), &[("azureml_environment.json", json)], "azureml_environment.json", eol);
        let action = session.action("RUN x", "Move the Dockerfile text into a file");
        assert_eq!(session.apply(&action["edit"]), ["BaseDockerfile"]);
        assert_eq!(session.texts["BaseDockerfile"], "FROM a.io/b:1\nRUN x\n");
        let expected = json.replace("\"FROM a.io/b:1\\nRUN x\\n\"", "null").replace('\n', eol);
        assert_eq!(session.texts["azureml_environment.json"], expected);
        assert_eq!(session.wrong(), Vec::<String>::new());
    }
}

#[test]
fn an_environment_moves_out_of_a_job_and_back() {
    let job = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: python train.py\n\nenvironment:\n  # The newest one.\n  image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1\n  conda_file:\n    dependencies:\n      - python=3.11\n\n# Where it runs.\ncompute: azureml:cpu\n";
    for eol in ["\n", "\r\n"] {
        let mut session = Session::new(able(), &[("job.yml", job)], "job.yml", eol);
        let action = session.action("conda_file", "Move the environment into a file of its own");
        assert_eq!(action["kind"], "refactor.extract");
        assert_eq!(session.apply(&action["edit"]), ["job-environment.yml"]);
        assert_eq!(
            session.texts["job.yml"],
            "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: python train.py\n\nenvironment: file:./job-environment.yml\n\n# Where it runs.\ncompute: azureml:cpu\n".replace('\n', eol)
        );
        assert_eq!(
            session.texts["job-environment.yml"],
            "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: job-environment\n# The newest one.\nimage: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1\nconda_file:\n  dependencies:\n    - python=3.11\n"
        );
        assert_eq!(session.wrong(), Vec::<String>::new());

        let outside = session.texts["job.yml"].replace("\r\n", "\n");
        let file = session.texts["job-environment.yml"].replace("\r\n", "\n");
        let files = [("job.yml", outside.as_str()), ("job-environment.yml", file.as_str())];
        let mut session = Session::new(able(), &files, "job.yml", eol);
        let action = session.action("file:", "Put the environment of job-environment.yml here");
        assert_eq!(session.apply(&action["edit"]), Vec::<String>::new());
        assert_eq!(session.texts["job.yml"], job.replace('\n', eol));
    }
}

#[test]
fn an_environment_of_a_pipeline_is_called_after_its_job() {
    let job = "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ntype: pipeline\njobs:\n  prepare:\n    command: a\n    environment:\n      image: a.io/b:1\n    compute: azureml:cpu\n";
    let mut session = Session::new(able(), &[("pipeline.yml", job)], "pipeline.yml", "\n");
    let action = session.action("image", "Move the environment into a file of its own");
    assert_eq!(session.apply(&action["edit"]), ["prepare-environment.yml"]);
    assert!(
        session.texts["pipeline.yml"]
            .contains("    environment: file:./prepare-environment.yml\n    compute:")
    );
    // In braces there is no line to move.
    let flow = job.replace("environment:\n      image: a.io/b:1", "environment: {image: a.io/b:1}");
    let mut session = Session::new(able(), &[("pipeline.yml", &flow)], "pipeline.yml", "\n");
    assert_eq!(session.actions("image", Some("refactor.extract")), Vec::<Value>::new());
}

#[test]
fn an_image_is_built_in_advance() {
    let heavy = TRAIN.replace("RUN pip install", "RUN git clone x && make && pip install");
    let submit = format!(
        "{heavy}from azureml.core import ScriptRunConfig\nrun = ScriptRunConfig(\".\", environment=env)\n"
    );
    let mut session = Session::new(able(), &[("train.py", &submit)], "train.py", "\r\n");
    let action = session.action("FROM", "Build the image in advance and give its name");
    assert_eq!((&action["kind"], &action["diagnostics"][0]["code"]), (&json!("quickfix"), &json!("AML808")));
    assert_eq!(session.apply(&action["edit"]), ["Dockerfile"]);
    let text = session.texts["train.py"].replace("\r\n", "\n");
    assert!(!session.texts["train.py"].replace("\r\n", "").contains('\n'));
    for line in [
        "#   az acr build --registry <registry> --image train:1 --file Dockerfile .\n",
        "#   docker build --tag <registry>.azurecr.io/train:1 --file Dockerfile .\n",
        "#   docker push <registry>.azurecr.io/train:1\nenv.docker.base_image = \"<registry>.azurecr.io/train:1\"\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert_eq!(session.wrong(), Vec::<String>::new());

    let yaml = "name: train\nversion: \"2\"\nbuild:\n  path: docker\n  dockerfile_path: train/Dockerfile\ndescription: d\n";
    let files = [("environment.yml", yaml), ("docker/train/Dockerfile", "FROM a.io/b:1\n")];
    let mut session = Session::new(able(), &files, "environment.yml", "\n");
    let action = session.action("path: docker", "Build the image in advance and give its name");
    assert_eq!(action["kind"], "refactor.rewrite");
    assert_eq!(session.apply(&action["edit"]), Vec::<String>::new());
    let text = &session.texts["environment.yml"];
    assert!(
        text.contains("az acr build --registry <registry> --image train:1 --file train/Dockerfile docker\n"),
        "{text}"
    );
    assert!(
        text.contains(
            "docker build --tag <registry>.azurecr.io/train:1 --file docker/train/Dockerfile docker\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("\nimage: <registry>.azurecr.io/train:1\ndescription: d\n"), "{text}");
}

#[test]
fn an_image_of_a_definition_as_data_is_built_in_advance() {
    let title = "Build the image in advance and give its name";
    let lines = "# Build and push the image, again whenever its Dockerfile changes, under a new tag each time:\n#   az acr build --registry <registry> --image train:1 --file Dockerfile .\n";
    for (docker, expected) in [
        (
            "{\"baseImage\": null, \"baseDockerfile\": \"FROM a.io/b:1\\nRUN make\\n\"}",
            "{\"baseImage\": \"<registry>.azurecr.io/train:1\", \"baseDockerfile\": null}",
        ),
        (
            "{\"baseDockerfile\": \"FROM a.io/b:1\\nRUN make\\n\"}",
            "{\"baseImage\": \"<registry>.azurecr.io/train:1\"}",
        ),
    ] {
        let json = |docker: &str| {
            format!(
                "{{\n  \"name\": \"train\",\n  \"docker\": {docker},\n  \"python\": {{\"userManagedDependencies\": true}}\n}}\n"
            )
        };
        let files = [("azureml_environment.json", &*json(docker))];
        let mut session = Session::new(able(), &files, "azureml_environment.json", "\n");
        let action = session.action("baseDockerfile", title);
        assert_eq!(session.apply(&action["edit"]), ["Dockerfile"]);
        assert_eq!(session.texts["azureml_environment.json"], json(expected));
        let made = &session.texts["Dockerfile"];
        assert!(made.starts_with(lines) && made.ends_with("train:1\nFROM a.io/b:1\nRUN make\n"), "{made}");
        assert_eq!(session.wrong(), Vec::<String>::new());
    }

    let run = "script: a.py\nenvironment:\n  name: train\n  docker:\n    baseDockerfile: |\n      FROM a.io/b:1\n      RUN make\n    baseImage: null\n  python:\n    userManagedDependencies: true\n";
    for eol in ["\n", "\r\n"] {
        let mut session = Session::new(able(), &[("train.runconfig", run)], "train.runconfig", eol);
        let action = session.action("baseDockerfile", title);
        assert_eq!(session.apply(&action["edit"]), ["Dockerfile"]);
        let text = &session.texts["train.runconfig"];
        assert!(!(eol == "\r\n" && text.replace("\r\n", "").contains('\n')), "{text:?}");
        let text = text.replace("\r\n", "\n");
        assert!(
            text.contains("    #   docker push <registry>.azurecr.io/train:1\n    baseDockerfile: null\n"),
            "{text}"
        );
        assert!(text.contains("    baseImage: \"<registry>.azurecr.io/train:1\"\n  python:\n"), "{text}");
    }
}

#[test]
fn a_dockerfile_shows_how_its_image_is_built() {
    let dockerfile = "# check=skip=all\nFROM a.io/b:1\nRUN make\n";
    let definition = "name: train\nbuild:\n  path: docker\n";
    let files = [("docker/Dockerfile", dockerfile), ("environment.yml", definition)];
    let mut session = Session::new(able(), &files, "docker/Dockerfile", "\n");
    let action = session.action("FROM", "Build the image in advance and give its name in environment.yml");
    assert_eq!(session.apply(&action["edit"]), Vec::<String>::new());
    let text = &session.texts["environment.yml"];
    assert!(
        text.contains("# or with Docker:\n") && text.ends_with("\nimage: <registry>.azurecr.io/train:1\n"),
        "{text}"
    );
    assert_eq!(session.texts["docker/Dockerfile"], dockerfile);
    assert_eq!(session.actions("RUN", Some("refactor.rewrite")), Vec::<Value>::new());

    for eol in ["\n", "\r\n"] {
        let mut session = Session::new(able(), &[("train/Dockerfile", dockerfile)], "train/Dockerfile", eol);
        let action = session.action("FROM", "Show how to build and push this image");
        session.apply(&action["edit"]);
        let text = session.texts["train/Dockerfile"].replace("\r\n", "\n");
        assert!(text.starts_with("# check=skip=all\n# Build and push"), "{text}");
        assert!(
            text.ends_with("#   docker push <registry>.azurecr.io/train:1\nFROM a.io/b:1\nRUN make\n"),
            "{text}"
        );
    }
}

#[test]
fn credentials_leave_the_code() {
    let text = "from azureml.core import Environment\n\nenv = Environment(\"train\")\nenv.docker.base_image = \"contoso.azurecr.io/train:1\"\nenv.docker.base_image_registry.username = \"robot\"\nenv.docker.base_image_registry.password = \"Zq7uV2nB9xL4\"\nenv.python.user_managed_dependencies = True\n";
    for eol in ["\n", "\r\n"] {
        let mut session = Session::new(able(), &[("train.py", text)], "train.py", eol);
        let action = session.action("username", "Read the registry credentials from os.environ");
        assert_eq!(action["diagnostics"][0]["code"], "AML402");
        session.apply(&action["edit"]);
        let expected = format!("import os\n{text}")
            .replace("\"robot\"", "os.environ[\"REGISTRY_USERNAME\"]")
            .replace("\"Zq7uV2nB9xL4\"", "os.environ[\"REGISTRY_PASSWORD\"]");
        assert_eq!(session.texts["train.py"], expected.replace('\n', eol));
        assert_eq!(session.wrong(), Vec::<String>::new());

        let mut session = Session::new(able(), &[("train.py", text)], "train.py", eol);
        let action = session.action("Zq7u", "Delete the registry credentials");
        session.apply(&action["edit"]);
        let kept: String = text.split_inclusive('\n').filter(|line| !line.contains("registry")).collect();
        assert_eq!(session.texts["train.py"], kept.replace('\n', eol));

        let mut session = Session::new(able(), &[("train.py", text)], "train.py", eol);
        let action = session.action("Zq7u", "Read it from the environment variable REGISTRY_PASSWORD");
        assert_eq!(action["kind"], "quickfix");
        session.apply(&action["edit"]);
        assert!(!session.texts["train.py"].contains("Zq7u"));
    }
    // A function of nothing else would be left without a body.
    let only =
        text.replace("env.docker.base_image_registry", "if private:\n    env.docker.base_image_registry");
    let mut session = Session::new(able(), &[("train.py", &only)], "train.py", "\n");
    let titles: Vec<Value> =
        session.actions("username", None).iter().map(|found| found["title"].clone()).collect();
    assert!(!titles.contains(&json!("Delete the registry credentials")), "{titles:?}");
}

#[test]
fn an_environment_is_converted_to_v2() {
    for eol in ["\n", "\r\n"] {
        let mut session = Session::new(able(), &[("train.py", TRAIN)], "train.py", eol);
        let action = session.action("base_image", "Convert environment train to v2 YAML");
        assert_eq!(action["kind"], "refactor.rewrite");
        let files = ["train-v2/environment.yml", "train-v2/context/Dockerfile"];
        assert_eq!(session.apply(&action["edit"]), files);
        assert_eq!(session.texts["train.py"], TRAIN.replace('\n', eol));
        assert_eq!(session.texts["train-v2/context/Dockerfile"], DOCKERFILE);
        assert_eq!(session.wrong(), Vec::<String>::new());
        // The folder is there now.
        let uri = session.uri("train.py");
        session
            .client
            .notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri, "type": 2}]}));
        let action = session.action("base_image", "Convert environment train to v2 YAML");
        assert!(
            action["edit"]["documentChanges"][0]["uri"]
                .as_str()
                .is_some_and(|uri| uri.contains("/train-v2-2/"))
        );
    }
    let unknown = TRAIN.replace("user_managed_dependencies = True", "user_managed_dependencies = x");
    let mut session = Session::new(able(), &[("train.py", &unknown)], "train.py", "\n");
    let action = session.action("base_image", "Convert environment train to v2 YAML");
    let reason = action["disabled"]["reason"].as_str().expect("a reason");
    assert!(reason.contains("user_managed_dependencies") && action.get("edit").is_none(), "{reason}");
}

#[test]
fn commands_send_their_edit() {
    let mut session = Session::new(able(), &[("train.py", TRAIN)], "train.py", "\n");
    let argument = json!({"uri": session.uri("train.py"), "environment": "train"});
    for (command, made) in
        [("amlenv.extractDockerfile", "/Dockerfile"), ("amlenv.convertToV2", "/train-v2/environment.yml")]
    {
        let answer = session
            .client
            .request("workspace/executeCommand", json!({"command": command, "arguments": [argument]}));
        assert!(answer["files"][0]["path"].as_str().is_some_and(|path| path.ends_with(made)), "{answer}");
        let request = session.client.wait(|message| message["method"] == "workspace/applyEdit");
        let first = &request["params"]["edit"]["documentChanges"][0];
        assert!(first["uri"].as_str().is_some_and(|uri| uri.ends_with(made)), "{request}");
        session.client.reply(&request, json!({"applied": true}));
    }
    let nothing = json!({"uri": session.uri("train.py"), "environment": "other"});
    let answer = session.client.request(
        "workspace/executeCommand",
        json!({"command": "amlenv.extractDockerfile", "arguments": [nothing]}),
    );
    assert_eq!(answer, json!(null));
    let said = session.client.wait(|message| message["method"] == "window/showMessage");
    assert!(
        said["params"]["message"].as_str().is_some_and(|text| text.contains("no Dockerfile text")),
        "{said}"
    );
}

/// A client that makes no files is shown what they would be.
#[test]
fn a_conversion_is_shown_where_no_files_are_made() {
    let shows = json!({"window": {"showDocument": {"support": true}}});
    let mut session = Session::new(shows, &[("train.py", TRAIN)], "train.py", "\n");
    let argument = json!({"uri": session.uri("train.py"), "environment": "1"});
    session.client.request(
        "workspace/executeCommand",
        json!({"command": "amlenv.convertToV2", "arguments": [argument]}),
    );
    let mut shown = Vec::new();
    for end in ["/train-v2/environment.yml", "/train-v2/context/Dockerfile"] {
        let request = session.client.wait(|message| message["method"] == "window/showDocument");
        let path =
            request["params"]["uri"].as_str().and_then(|uri| uri.strip_prefix("file://")).expect("a file");
        assert!(path.ends_with(end), "{path}");
        shown.push(path.to_owned());
        session.client.reply(&request, json!({"success": true}));
    }
    assert_eq!(std::fs::read_to_string(&shown[1]).expect("a file"), DOCKERFILE);
    assert!(!session.folder.path().join("train-v2").exists());
    let aside = shown[0].strip_suffix("/train-v2/environment.yml").expect("a folder");
    std::fs::remove_dir_all(aside).expect("removed");
}

#[test]
fn text_in_a_cell_moves_into_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let uri = |path: &str| format!("file://{}", folder.path().join(path).display());
    let cell =
        |at: usize| format!("vscode-notebook-cell:{}#{at}", folder.path().join("book.ipynb").display());
    let texts = ["from azureml.core import Environment\n", TRAIN.split_once("\n\n").expect("an import").1];
    let cells: Vec<Value> = (0..2).map(|at| json!({"kind": 2, "document": cell(at)})).collect();
    let documents: Vec<Value> = (0..2)
        .map(|at| json!({"uri": cell(at), "languageId": "python", "version": 1, "text": texts[at]}))
        .collect();
    let mut client = Client::initialized(able());
    client.notify(
        "notebookDocument/didOpen",
        json!({
            "notebookDocument": {"uri": uri("book.ipynb"), "notebookType": "jupyter-notebook", "version": 1, "cells": cells},
            "cellTextDocuments": documents,
        }),
    );
    let position = json!({"line": 3, "character": 1});
    let actions = client.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": cell(1)}, "range": {"start": position, "end": position}, "context": {"diagnostics": [], "only": ["refactor"]}}),
    );
    let titled = |title: &str| {
        let mut all = actions.as_array().expect("actions").iter();
        all.find(|found| found["title"] == title).unwrap_or_else(|| panic!("{actions}")).clone()
    };
    let moved = titled("Move the Dockerfile text into a file");
    let changes = &moved["edit"]["documentChanges"];
    assert_eq!(changes[0]["uri"], uri("Dockerfile"));
    assert_eq!(
        (&changes[1]["edits"][0]["newText"], &changes[2]["textDocument"]["uri"]),
        (&json!(DOCKERFILE), &json!(cell(1)))
    );
    let text = apply(texts[1], &changes[2]["edits"][0]);
    assert_eq!(text, texts[1].replace(&format!("r\"\"\"{DOCKERFILE}\"\"\""), "\"./Dockerfile\""));
    let converted = titled("Convert environment train to v2 YAML");
    assert_eq!(converted["edit"]["documentChanges"][0]["uri"], uri("book-v2/environment.yml"));
}

/// What a client cannot do is not offered, or shown with the reason where it can show it.
#[test]
fn nothing_is_offered_that_the_client_cannot_do() {
    let plain = json!({"workspace": {"workspaceEdit": {"documentChanges": true}}});
    let mut session = Session::new(plain, &[("train.py", TRAIN)], "train.py", "\n");
    assert_eq!(session.actions("base_dockerfile", Some("refactor")), Vec::<Value>::new());
    let shows = json!({"textDocument": {"codeAction": {"disabledSupport": true}}});
    let mut session = Session::new(shows, &[("train.py", TRAIN)], "train.py", "\n");
    let found = session.actions("base_dockerfile", Some("refactor"));
    assert_eq!(found.len(), 3);
    for action in found {
        assert!(action["disabled"]["reason"].is_string() && action.get("edit").is_none(), "{action}");
    }
}

/// What `.gitignore` keeps from the upload is uploaded with an `.amlignore` that says all the rest.
#[test]
fn an_amlignore_lets_a_copied_file_pass() {
    for line_end in ["\n", "\r\n"] {
        let files = [
            ("environment.yml", "name: train\nbuild:\n  path: docker\n"),
            ("docker/Dockerfile", "FROM python:3.12-slim\nCOPY model.bin data /app/\n"),
            ("docker/.gitignore", "# Large files.\n*.bin\n*.tmp\n"),
            ("docker/model.bin", "a\n"),
            ("docker/data/a.csv", "a\n"),
        ];
        let mut session = Session::new(able(), &files, "docker/Dockerfile", line_end);
        let action = session.action("model.bin", "Create .amlignore, so that model.bin is uploaded");
        assert_eq!(action["kind"], "quickfix");
        assert_eq!(session.apply(&action["edit"]), ["docker/.amlignore"]);
        let text = std::fs::read_to_string(session.folder.path().join("docker/.amlignore")).expect("a file");
        assert_eq!(text, format!("# Large files.{line_end}*.tmp{line_end}"));
        let report = check(session.folder.path(), &["--select", "AML125", "."]);
        assert_eq!(report["findings"], json!([]));
    }
}
