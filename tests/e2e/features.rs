//! Which feature there is in which kind of file: each cell of the README's table is asked of the server.
//! `AMLENV_UPDATE=1` writes the table anew.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::Client;

/// A file of one kind, and where in it features are asked for.
struct Kind {
    label: &'static str,
    path: &'static str,
    language: &'static str,
    text: &'static str,
    /// Where the cursor stands: behind the first of these texts, by feature; `""` is for all others.
    cursors: &'static [(&'static str, &'static str)],
}

const IMAGE: &str = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04";

/// What lies around.
const AROUND: [(&str, &str); 5] = [
    (
        "serve/environment.yml",
        "name: serve\nimage: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1\nconda_file: ../packages.yml\n",
    ),
    ("packages.yml", "name: packages\nchannels: [conda-forge]\ndependencies: [python=3.11, pip]\n"),
    ("other.txt", "numpy==1.26.4\n"),
    ("docker/Dockerfile", "FROM python:3.11\n"),
    ("score.py", "import os\n"),
];

const KINDS: [Kind; 14] = [
    Kind {
        label: "Dockerfile",
        path: "Dockerfile",
        language: "dockerfile",
        text: "ARG TAG=3.11\nFROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest AS build\n\
               run echo ${TAG} \\\n  && pip install numpy\nFROM build\nCOPY --from=build score.py /x\n",
        cursors: &[
            ("", "FROM mcr.microsoft.com/azureml/openmpi"),
            ("names", "FROM bui"),
            ("typing", "pip install n"),
        ],
    },
    Kind {
        label: "… in Python",
        path: "text.py",
        language: "python",
        text: "from azureml.core import Environment\n\nenv = Environment('a')\nenv.docker.base_image = None\n\
               env.docker.base_dockerfile = r'''\nARG TAG=3.11\nFROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest AS build\n\
               run echo ${TAG} \\\n  && pip install numpy\nFROM build\nCOPY --from=build score.py /x\n'''\n",
        cursors: &[
            ("", "FROM mcr.microsoft.com/azureml/openmpi"),
            ("names", "FROM bui"),
            ("typing", "pip install n"),
        ],
    },
    Kind {
        label: "… in JSON",
        path: "docker/azureml_environment.json",
        language: "json",
        text: "{\n  \"name\": \"a\",\n  \"docker\": {\n    \"baseImage\": null,\n    \"baseDockerfile\": \"FROM \
               mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest AS build\\nFROM build\\nrun pip install numpy\\n\"\n  }\n}\n",
        cursors: &[
            ("", "FROM mcr.microsoft.com/azureml/openmpi"),
            ("names", "FROM bui"),
            ("typing", "pip install n"),
        ],
    },
    Kind {
        label: "… in YAML",
        path: "text.runconfig",
        language: "yaml",
        text: "framework: Python\nenvironment:\n  name: a\n  docker:\n    baseImage:\n    baseDockerfile: |\n      \
               FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest AS build\n      FROM build\n      run pip install numpy\n",
        cursors: &[
            ("", "FROM mcr.microsoft.com/azureml/openmpi"),
            ("names", "FROM bui"),
            ("typing", "pip install n"),
        ],
    },
    Kind {
        label: "environment YAML",
        path: "environment.yml",
        language: "yaml",
        text: "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: train\n\
               image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest\nconda_file: packages.yml\n",
        cursors: &[
            ("", "image: mcr.microsoft.com/azureml/openmpi"),
            ("names", "name: tra"),
            ("Definition", "conda_file: pack"),
        ],
    },
    Kind {
        label: "job, component, pipeline YAML",
        path: "pipeline.yml",
        language: "yaml",
        text: "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ntype: pipeline\njobs:\n  train:\n    \
               command: python score.py\n    code: .\n    environment: azureml:train@latest\n  test:\n    command: python score.py\n    \
               environment: azureml:AzureML-sklearn-1.0-ubuntu20.04-py38-cpu@latest\n",
        cursors: &[("", "environment: azureml:tra"), ("Completion", "environment: azureml:")],
    },
    Kind {
        label: "deployment YAML",
        path: "deployment.yml",
        language: "yaml",
        text: "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: blue\n\
               endpoint_name: houses\nmodel: azureml:houses:1\ncode_configuration:\n  code: .\n  scoring_script: score.py\n\
               environment: azureml:serve@latest\ninstance_type: Standard_DS3_v2\n",
        cursors: &[("", "environment: azureml:ser"), ("Completion", "environment: azureml:")],
    },
    Kind {
        label: "conda",
        path: "conda.yml",
        language: "yaml",
        text: "name: conda\ndependencies:\n  - python=3.11\n  - numpy\n  - pip:\n    - -r other.txt\n    - azureml-core\n",
        cursors: &[("", "azureml-co"), ("names", "other.t"), ("Highlight", "other.t")],
    },
    Kind {
        label: "requirements",
        path: "requirements.txt",
        language: "pip-requirements",
        text: "-r other.txt\nazureml-core\nazureml_core\n# a comment\n# of two lines\n",
        cursors: &[("", "azureml-co"), ("names", "other.t")],
    },
    Kind {
        label: "Python, SDK v1",
        path: "v1.py",
        language: "python",
        text: "from azureml.core import Environment\n\nold = Environment('old')\nold.docker.base_image = \
               'mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest'\nold.docker.enabled = True\n\
               old = Environment.from_conda_specification('b', 'packages.yml')\nold.register(ws)\nx = [\n  1,\n]\n",
        cursors: &[
            ("", "'mcr.microsoft.com/azureml/openmpi"),
            ("names", "Environment('ol"),
            ("Definition", "yml')\nol"),
            ("References", "ol"),
            ("Highlight", "ol"),
            ("Signature help", "Environment('"),
        ],
    },
    Kind {
        label: "Python, SDK v2",
        path: "v2.py",
        language: "python",
        text: "from azure.ai.ml import command\nfrom azure.ai.ml.entities import Environment\n\nenv = Environment(name='new', \
               image='mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest', conda_file='packages.yml')\n\
               job = command(command='python score.py', environment='azureml:train@latest')\nx = [\n  1,\n]\n",
        cursors: &[
            ("", "image='mcr.microsoft.com/azureml/openmpi"),
            ("names", "azureml:tra"),
            ("Signature help", "Environment("),
        ],
    },
    Kind {
        label: "notebook cell",
        path: "book.ipynb",
        language: "python",
        text: "from azureml.core import Environment\n\nold = Environment('cell')\nold.docker.base_image = \
               'mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest'\nold.docker.enabled = True\n\
               old = Environment.from_conda_specification('b', 'packages.yml')\nold.register(ws)\nx = [\n  1,\n]\n",
        cursors: &[
            ("", "'mcr.microsoft.com/azureml/openmpi"),
            ("names", "Environment('cel"),
            ("Definition", "yml')\nol"),
            ("References", "ol"),
            ("Highlight", "ol"),
            ("Signature help", "Environment('"),
        ],
    },
    Kind {
        label: "v1 JSON",
        path: "azureml_environment.json",
        language: "json",
        text: "{\n  \"name\": \"data\",\n  \"docker\": {\n    \"baseImage\": \"mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest\",\n\
               \"enabled\": true\n  },\n  \"python\": {\"condaDependenciesFile\": \"packages.yml\"}\n}\n",
        cursors: &[("", "\"mcr.microsoft.com/azureml/openmpi"), ("names", "packages"), ("rename", "\"dat")],
    },
    Kind {
        label: "`.runconfig`",
        path: "train.runconfig",
        language: "yaml",
        text: "framework: Python\nenvironment:\n  name: run\n  docker:\n    baseImage: \
               mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest\n  python:\n    condaDependenciesFile: packages.yml\n",
        cursors: &[
            ("", "baseImage: mcr.microsoft.com/azureml/openmpi"),
            ("names", "packages"),
            ("rename", "name: ru"),
        ],
    },
];

/// What is asked: its name in the table, the method, and which cursor is its own.
const FEATURES: [(&str, &str, &str); 18] = [
    ("Diagnostics", "textDocument/diagnostic", ""),
    ("Fixes", "textDocument/codeAction", ""),
    ("Completion", "textDocument/completion", "typing"),
    ("Hover", "textDocument/hover", ""),
    ("Definition", "textDocument/definition", "names"),
    ("References", "textDocument/references", "names"),
    ("Highlight", "textDocument/documentHighlight", "names"),
    ("Rename", "textDocument/prepareRename", "names"),
    ("Links", "textDocument/documentLink", ""),
    ("Symbols", "textDocument/documentSymbol", ""),
    ("Folding", "textDocument/foldingRange", ""),
    ("Selection range", "textDocument/selectionRange", ""),
    ("Semantic tokens", "textDocument/semanticTokens/full", ""),
    ("Inlay hints", "textDocument/inlayHint", ""),
    ("Code lens", "textDocument/codeLens", ""),
    ("Signature help", "textDocument/signatureHelp", ""),
    ("Formatting", "textDocument/formatting", ""),
    ("Formatting of a range", "textDocument/rangeFormatting", ""),
];

impl Kind {
    fn position(&self, feature: &str, own: &str) -> Value {
        let find = |name: &str| self.cursors.iter().find(|(found, _)| *found == name).map(|(_, text)| *text);
        let rename = if feature == "Rename" { find("rename") } else { None };
        let text = find(feature).or(rename).or_else(|| find(own)).or_else(|| find("")).expect("a cursor");
        let at = self.text.find(text).unwrap_or_else(|| panic!("{text:?} in {}", self.path)) + text.len();
        let head = &self.text[..at];
        let line = head.matches('\n').count();
        let column = head.rsplit('\n').next().expect("a line").len();
        json!({"line": line, "character": column})
    }
}

/// Whether an answer says anything.
fn says_something(method: &str, answer: &Value) -> bool {
    let list = |value: &Value| value.as_array().is_some_and(|list| !list.is_empty());
    match method {
        "textDocument/diagnostic" | "textDocument/completion" => list(&answer["items"]),
        "textDocument/semanticTokens/full" => list(&answer["data"]),
        "textDocument/signatureHelp" => list(&answer["signatures"]),
        "textDocument/codeAction" => answer.as_array().is_some_and(|list| {
            list.iter().any(|action| action["kind"] == "quickfix" && action["edit"].is_object())
        }),
        _ => list(answer) || answer.is_object(),
    }
}

#[test]
fn the_table_of_features_is_what_the_server_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("a folder");
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    put(".git/HEAD", "");
    for (path, text) in AROUND {
        put(path, text);
    }
    for kind in KINDS.iter().filter(|kind| kind.label != "notebook cell") {
        assert!(kind.text.contains(IMAGE) || kind.text.contains("azureml"), "{}", kind.path);
        put(kind.path, kind.text);
    }
    let mut client = Client::start();
    client.request(
        "initialize",
        json!({
            "processId": null,
            "rootUri": format!("file://{}", root.display()),
            "capabilities": {"textDocument": {
                "diagnostic": {},
                "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
                "rename": {"prepareSupport": true},
                "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            }},
        }),
    );
    client.notify("initialized", json!({}));
    // What other files say is known once all were read.
    let environment = KINDS.iter().find(|kind| kind.path == "environment.yml").expect("an environment");
    let uri = open(&mut client, &root, environment);
    let mut tries = 0;
    while !client
        .request("textDocument/codeLens", json!({"textDocument": {"uri": uri}}))
        .to_string()
        .contains("sed by")
    {
        tries += 1;
        assert!(tries < 20_000, "the workspace is not read");
        std::thread::yield_now();
    }
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    let mut rows: Vec<String> = FEATURES.iter().map(|(name, ..)| format!("| {name} |")).collect();
    for kind in &KINDS {
        let uri = open(&mut client, &root, kind);
        for ((name, method, own), row) in FEATURES.iter().zip(&mut rows) {
            let position = kind.position(name, own);
            let document = json!({"uri": uri});
            let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
            let answer = client.request(
                method,
                json!({
                    "textDocument": document, "position": position, "positions": [position], "range": whole,
                    "context": {"includeDeclaration": true, "diagnostics": [], "triggerKind": 1, "isRetrigger": false},
                    "options": {"tabSize": 4, "insertSpaces": true},
                }),
            );
            row.push_str(if says_something(method, &answer) { " ✓ |" } else { "  |" });
        }
    }
    let head: String = KINDS.iter().map(|kind| format!(" {} |", kind.label)).collect();
    let line: String = KINDS.iter().map(|_| " :-: |").collect();
    let table = format!("| |{head}\n| --- |{line}\n{}\n", rows.join("\n"));
    compare_with_the_readme(&table);
}

fn open(client: &mut Client, root: &Path, kind: &Kind) -> String {
    let uri = format!("file://{}", root.join(kind.path).display());
    if kind.label != "notebook cell" {
        client.open(&uri, kind.language, kind.text);
        return uri;
    }
    let cell = format!("vscode-notebook-cell:{}#a", root.join(kind.path).display());
    client.notify(
        "notebookDocument/didOpen",
        json!({
            "notebookDocument": {"uri": uri, "notebookType": "jupyter-notebook", "version": 1,
                                 "cells": [{"kind": 2, "document": cell}]},
            "cellTextDocuments": [{"uri": cell, "languageId": kind.language, "version": 1, "text": kind.text}],
        }),
    );
    cell
}

fn compare_with_the_readme(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(&path).expect("the README");
    let (begin, end) = ("<!-- features -->\n", "<!-- end of features -->");
    let start = readme.find(begin).expect("the table of features") + begin.len();
    let stop = readme.find(end).expect("its end");
    let wanted = format!("\n{table}\n");
    if std::env::var_os("AMLENV_UPDATE").is_some() {
        fs::write(&path, [&readme[..start], &wanted, &readme[stop..]].concat())
            .expect("the README is written");
    } else {
        let there = &readme[start..stop];
        assert_eq!(there, wanted, "run `AMLENV_UPDATE=1 cargo test -p amlenv --test e2e features`");
    }
}
