//! Finding one's way in an editor: one small project with every kind of file, asked over the protocol
//! with LF and with CRLF, in all encodings of positions. Characters of one to four bytes stand in front of
//! what is asked for.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::Client;

const PROJECT: &[(&str, &str)] = &[
    (
        "image/Dockerfile",
        "# é😀\n# second\nARG TAG=3.10\nFROM python:$TAG AS build\nRUN echo 'é😀e\u{301}' $TAG \\\n    && ls\nFROM python:$TAG\nARG TAG\nENV A=1\nRUN echo 'é😀e\u{301}' ${A} $TAG\nLABEL x=é😀e\u{301} y=$TAG\nCOPY --from=build /é😀 /x\nCOPY --link --from=build /é😀 app.py /\nCOPY app.py /é😀\nADD https://example.org/é/x.tgz https://example.org/x.tgz /\n",
    ),
    ("image/app.py", "import os\n"),
    (
        "env.yml",
        "# é😀\n$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: train # é😀\nversion: '1'\ndescription: é😀\nbuild: {'dockerfile_path': 'Dockerfile', 'path': image}\n",
    ),
    (
        "env-conda.yml",
        "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: packages\ntags: {é: 😀}\nimage: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1\nconda_file: ./conda.yml\n",
    ),
    (
        "conda.yml",
        "name: é😀\nchannels: [conda-forge]\ndependencies:\n  - python=3.10\n  - pip\n  - pip:\n    - -r requirements.txt\n    - numpy\n",
    ),
    ("requirements.txt", "# é😀\n# second\n-c limits.txt\nscipy==1.11\n"),
    ("limits.txt", "numpy<2\n"),
    (
        "job.yml",
        "type: command\ndescription: é😀\ncommand: python app.py\ncode: image\nenvironment: \"azureml:train:1\"\n",
    ),
    (
        "pipeline.yml",
        "type: pipeline\n# azureml é😀\njobs:\n  é😀: {description: é😀, environment: azureml:train@latest, component: component.yml}\n  b:\n    type: command\n    command: x\n    environment: file:env-conda.yml\n",
    ),
    (
        "component.yml",
        "$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json\nname: é😀\ncommand: x\nenvironment: azureml://registries/azureml/environments/sklearn-1.5/versions/3\n",
    ),
    (
        "deployment.yml",
        "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: blue\nendpoint_name: é😀\nenvironment:\n  name: x\n  image: python:3.10\n  conda_file: conda.yml\n",
    ),
    (
        "v1.py",
        "from azureml.core import Environment\nx = 'é😀'; env = Environment('old')\nenv.docker.base_image = None\nenv.docker.base_dockerfile = '''\nFROM python:3.10 AS inner\nRUN echo é😀 \\\\\n    && ls\nFROM inner\n'''\nx = 'é😀'; env.register(ws)\nx = 'é😀'; y = Environment.from_conda_specification('y', file_path='conda.yml')\n",
    ),
    (
        "v2.py",
        "from azure.ai.ml import command\nx = ['é😀', command(command='x', environment='azureml:train:1')]\nx = ['é😀', command(command='x', environment=f'azureml:old@latest')]\n",
    ),
    (
        "azureml_environment.json",
        "{\n  \"name\": \"json\",\n  \"docker\": {\n    \"baseDockerfile\": \"# é😀\\nFROM python:3.10 AS inner\\nFROM inner\\n\"\n  },\n  \"python\": {\"é😀\": 1, \"condaDependenciesFile\": \"conda.yml\"}\n}\n",
    ),
    (
        "train.runconfig",
        "framework: Python\nenvironment:\n  name: run\n  docker:\n    baseDockerfile: |\n      FROM python:3.10 AS inner\n      LABEL x=é😀 y=1\n      FROM inner\n",
    ),
];

const CELLS: [&str; 4] = [
    "from azureml.core import Environment\n!ls é😀\n",
    "x = 'é😀'; env = Environment('book')\nenv.docker.base_image = None\n",
    "env.docker.base_dockerfile = '''\nFROM python:3.10 AS inner\nRUN echo é😀 && \\\\\n  ls\nFROM inner\n'''\nenv.register(ws)",
    "x = 'é😀'; z = Environment.get(ws, name='train')\nz.x = [\n  1,\n]\n",
];

/// The project on the disk and a server that has all of it open, or none.
struct Session {
    folder: tempfile::TempDir,
    client: Client,
    texts: BTreeMap<String, String>,
    encoding: &'static str,
}

fn cell(at: usize) -> String {
    format!("cell{at}")
}

impl Session {
    fn new(encoding: &'static str, line_end: &str, open: impl Fn(&str) -> bool) -> Self {
        Self::with(json!({}), encoding, line_end, open)
    }

    fn with(more: Value, encoding: &'static str, line_end: &str, open: impl Fn(&str) -> bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut capabilities = json!({
            "general": {"positionEncodings": [encoding]},
            "workspace": {
                "workspaceEdit": {"documentChanges": true},
                "fileOperations": {"willRename": true},
            },
            "textDocument": {
                "definition": {"linkSupport": true},
                "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
                "rename": {"prepareSupport": true},
            },
        });
        for (key, value) in more.as_object().expect("an object") {
            capabilities[key] = value.clone();
        }
        let mut client = Client::start();
        let root = format!("file://{}", folder.path().display());
        let answer = client.request(
            "initialize",
            json!({"processId": null, "workspaceFolders": [{"uri": root, "name": "w"}], "capabilities": capabilities}),
        );
        assert_eq!(answer["capabilities"]["positionEncoding"], encoding);
        client.notify("initialized", json!({}));
        let mut session = Self { folder, client, texts: BTreeMap::new(), encoding };
        for (path, text) in PROJECT {
            let text = text.replace('\n', line_end);
            let real = session.folder.path().join(path);
            std::fs::create_dir_all(real.parent().expect("a folder")).expect("a folder");
            std::fs::write(real, &text).expect("a file");
            session.texts.insert((*path).to_owned(), text.clone());
            if open(path) {
                let uri = session.uri(path);
                session.client.open(&uri, language(path), &text);
            }
        }
        if open("book.ipynb") {
            let listed: Vec<Value> =
                (0..CELLS.len()).map(|at| json!({"kind": 2, "document": session.uri(&cell(at))})).collect();
            for (at, text) in CELLS.iter().enumerate() {
                session.texts.insert(cell(at), text.replace('\n', line_end));
            }
            let texts: Vec<Value> = (0..CELLS.len())
                .map(|at| json!({"uri": session.uri(&cell(at)), "languageId": "python", "version": 1, "text": session.texts[&cell(at)]}))
                .collect();
            let uri = session.uri("book.ipynb");
            let notebook =
                json!({"uri": uri, "notebookType": "jupyter-notebook", "version": 1, "cells": listed});
            session.client.notify(
                "notebookDocument/didOpen",
                json!({"notebookDocument": notebook, "cellTextDocuments": texts}),
            );
        }
        session
    }

    fn uri(&self, path: &str) -> String {
        match path.strip_prefix("cell") {
            Some(at) => format!("vscode-notebook-cell:{}/book.ipynb#{at}", self.folder.path().display()),
            None => format!("file://{}/{path}", self.folder.path().display()),
        }
    }

    fn path(&self, uri: &str) -> String {
        let cells = self.uri("cell");
        match uri.strip_prefix(&cells) {
            Some(at) => format!("cell{at}"),
            None => uri.strip_prefix(&self.uri("")).unwrap_or(uri).to_owned(),
        }
    }

    fn width(&self, text: &str) -> usize {
        match self.encoding {
            "utf-8" => text.len(),
            "utf-16" => text.encode_utf16().count(),
            _ => text.chars().count(),
        }
    }

    fn position(&self, path: &str, offset: usize) -> Value {
        let head = &self.texts[path][..offset];
        let line = head.matches('\n').count();
        let column = self.width(head.rsplit('\n').next().expect("a line"));
        json!({"line": line, "character": column})
    }

    /// The place of `$0` in a piece of the text, which stands there without it.
    fn cursor(&self, path: &str, marked: &str) -> Value {
        let line_end = if self.texts[path].contains("\r\n") { "\r\n" } else { "\n" };
        let marked = marked.replace('\n', line_end);
        let inside = marked.find("$0").expect("a cursor");
        let piece = marked.replace("$0", "");
        let start = self.texts[path].find(&piece).unwrap_or_else(|| panic!("no {piece} in {path}"));
        json!({"textDocument": {"uri": self.uri(path)}, "position": self.position(path, start + inside)})
    }

    fn offset(&self, path: &str, position: &Value) -> usize {
        let text = &self.texts[path];
        let line = position["line"].as_u64().expect("a line") as usize;
        let column = position["character"].as_u64().expect("a column") as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let rest = &text[start..];
        let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        let found = ends.into_iter().find(|at| self.width(&rest[..*at]) >= column);
        start + found.expect("a column of the line")
    }

    fn slice(&self, path: &str, range: &Value) -> String {
        let (start, end) = (self.offset(path, &range["start"]), self.offset(path, &range["end"]));
        self.texts[path][start..end].replace("\r\n", "\n")
    }

    /// `file:line text` of a location, the line from 1.
    fn shown(&self, uri: &Value, range: &Value) -> String {
        let path = self.path(uri.as_str().expect("an address"));
        let line = range["start"]["line"].as_u64().expect("a line") + 1;
        format!("{path}:{line} {}", self.slice(&path, range))
    }

    fn definitions(&mut self, path: &str, marked: &str) -> Vec<String> {
        let at = self.cursor(path, marked);
        let found = self.client.request("textDocument/definition", at);
        let links = found.as_array().cloned().unwrap_or_default();
        links
            .iter()
            .map(|link| {
                assert!(!self.slice(path, &link["originSelectionRange"]).is_empty());
                self.shown(&link["targetUri"], &link["targetSelectionRange"])
            })
            .collect()
    }

    fn references(&mut self, path: &str, marked: &str, declaration: bool) -> Vec<String> {
        let mut at = self.cursor(path, marked);
        at["context"] = json!({"includeDeclaration": declaration});
        let found = self.client.request("textDocument/references", at);
        let found = found.as_array().unwrap_or_else(|| panic!("{found}")).clone();
        found.iter().map(|place| self.shown(&place["uri"], &place["range"])).collect()
    }

    fn highlights(&mut self, path: &str, marked: &str) -> Vec<String> {
        let at = self.cursor(path, marked);
        let found = self.client.request("textDocument/documentHighlight", at);
        let found = found.as_array().expect("highlights").clone();
        let uri = json!(self.uri(path));
        found
            .iter()
            .map(|one| {
                let sign = if one["kind"] == 3 { "*" } else { "" };
                self.shown(&uri, &one["range"]).split_once(':').expect("a line").1.to_owned() + sign
            })
            .collect()
    }

    /// The files after an edit of the workspace.
    fn applied(&self, edit: &Value) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        for change in edit["documentChanges"].as_array().expect("versioned changes") {
            let path = self.path(change["textDocument"]["uri"].as_str().expect("an address"));
            let mut text = self.texts[&path].clone();
            let mut edits: Vec<(usize, usize, &str)> = change["edits"]
                .as_array()
                .expect("edits")
                .iter()
                .map(|edit| {
                    let range = &edit["range"];
                    let new = edit["newText"].as_str().expect("a text");
                    (self.offset(&path, &range["start"]), self.offset(&path, &range["end"]), new)
                })
                .collect();
            edits.sort_unstable();
            for (start, end, new) in edits.into_iter().rev() {
                text.replace_range(start..end, new);
            }
            out.insert(path, text);
        }
        out
    }
}

fn language(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("py") => "python",
        Some("yml" | "runconfig") => "yaml",
        Some("json") => "json",
        Some("txt") => "pip-requirements",
        _ => "dockerfile",
    }
}

/// Asks with each encoding and each line end.
fn everywhere(open: impl Fn(&str) -> bool + Copy, test: impl Fn(&mut Session)) {
    for (encoding, line_end) in [("utf-8", "\n"), ("utf-16", "\r\n"), ("utf-16", "\n"), ("utf-32", "\r\n")] {
        test(&mut Session::new(encoding, line_end, open));
    }
}

#[test]
fn definitions() {
    everywhere(
        |_| true,
        |session| {
            for (path, marked, expected) in [
                ("image/Dockerfile", "--from=bui$0ld", "image/Dockerfile:4 build"),
                ("image/Dockerfile", "e\u{301}' ${A$0}", "image/Dockerfile:9 A"),
                ("image/Dockerfile", "y=$T$0AG", "image/Dockerfile:8 TAG"),
                ("image/Dockerfile", "\nARG TA$0G\n", "image/Dockerfile:3 TAG"),
                ("image/Dockerfile", "COPY app$0.py", "image/app.py:1 "),
                ("env.yml", "'path': im$0age", "image/Dockerfile:1 "),
                ("env-conda.yml", "./con$0da", "conda.yml:1 "),
                ("conda.yml", "-r requi$0re", "requirements.txt:1 "),
                ("requirements.txt", "-c lim$0its", "limits.txt:1 "),
                ("job.yml", "azureml:tra$0in", "env.yml:3 train"),
                ("job.yml", "python ap$0p.py", "image/app.py:1 "),
                ("pipeline.yml", "environment: azureml:tra$0in", "env.yml:3 train"),
                ("pipeline.yml", "component: comp$0", "component.yml:1 "),
                ("pipeline.yml", "file:en$0v-", "env-conda.yml:2 packages"),
                ("deployment.yml", "conda_file: co$0nda", "conda.yml:1 "),
                ("v1.py", "\nFROM in$0ner", "v1.py:5 inner"),
                ("v1.py", "; en$0v.register", "v1.py:2 env"),
                ("v1.py", "'con$0da.yml'", "conda.yml:1 "),
                ("v2.py", "'azureml:tr$0ain", "env.yml:3 train"),
                ("v2.py", "f'azureml:ol$0d", "v1.py:2 old"),
                ("azureml_environment.json", "\\nFROM in$0ner", "azureml_environment.json:4 inner"),
                ("train.runconfig", "\n      FROM i$0nner", "train.runconfig:6 inner"),
                ("cell2", "\nFROM in$0ner", "cell2:2 inner"),
                ("cell2", "en$0v.register", "cell1:1 env"),
                ("cell3", "'tr$0ain'", "env.yml:3 train"),
            ] {
                assert_eq!(session.definitions(path, marked), [expected], "{path} {marked}");
            }
            for (path, marked) in
                [("image/Dockerfile", "# é$0"), ("v1.py", "x$0 = 'é"), ("env.yml", "name$0:")]
            {
                assert_eq!(session.definitions(path, marked), Vec::<String>::new(), "{path} {marked}");
            }
        },
    );
}

const TRAIN: [&str; 5] =
    ["env.yml:3 train", "job.yml:5 train", "pipeline.yml:4 train", "v2.py:2 train", "cell3:1 train"];

#[test]
fn references() {
    // Files that nobody opened are found on the disk.
    for open in [|_: &str| true, |path: &str| path == "env.yml" || path == "book.ipynb"] {
        everywhere(open, |session| {
            let mut found = session.references("env.yml", "name: tr$0ain", true);
            found.sort();
            let mut expected = TRAIN.to_vec();
            expected.sort_unstable();
            assert_eq!(found, expected);
            let uses = session.references("cell3", "'tr$0ain'", false);
            assert_eq!(uses.len(), TRAIN.len() - 1);
        });
    }
    everywhere(
        |_| true,
        |session| {
            for (path, marked, expected) in [
                (
                    "image/Dockerfile",
                    "AS bui$0ld",
                    &["image/Dockerfile:4 build", "image/Dockerfile:12 build", "image/Dockerfile:13 build"][..],
                ),
                ("image/Dockerfile", "${$0A}", &["image/Dockerfile:9 A", "image/Dockerfile:10 A"]),
                ("v1.py", "AS inn$0er", &["v1.py:5 inner", "v1.py:8 inner"]),
                ("v1.py", "; en$0v.register", &["v1.py:2 env", "v1.py:3 env", "v1.py:4 env", "v1.py:10 env"]),
                ("v1.py", "'o$0ld'", &["v1.py:2 old", "v2.py:3 old"]),
                (
                    "env-conda.yml",
                    "./conda$0.yml",
                    &[
                        "azureml_environment.json:6 conda.yml",
                        "deployment.yml:7 conda.yml",
                        "env-conda.yml:5 ./conda.yml",
                        "v1.py:11 conda.yml",
                    ],
                ),
                (
                    "azureml_environment.json",
                    "AS in$0ner",
                    &["azureml_environment.json:4 inner", "azureml_environment.json:4 inner"],
                ),
                ("train.runconfig", "AS in$0ner", &["train.runconfig:6 inner", "train.runconfig:8 inner"]),
                ("cell2", "AS in$0ner", &["cell2:2 inner", "cell2:5 inner"]),
                ("cell1", "; en$0v = ", &["cell1:1 env", "cell1:2 env", "cell2:1 env", "cell2:7 env"]),
            ] {
                assert_eq!(session.references(path, marked, true), expected, "{path} {marked}");
            }
        },
    );
}

#[test]
fn highlights() {
    everywhere(
        |_| true,
        |session| {
            for (path, marked, expected) in [
                ("image/Dockerfile", "AS bui$0ld", &["4 build*", "12 build", "13 build"][..]),
                ("image/Dockerfile", "y=$T$0AG", &["3 TAG*", "4 TAG", "7 TAG", "8 TAG*", "10 TAG", "11 TAG"]),
                ("env.yml", "tr$0ain", &["3 train*"]),
                ("pipeline.yml", "azureml:tra$0in", &["4 train"]),
                ("v1.py", "en$0v.register", &["2 env*", "3 env", "4 env", "10 env"]),
                ("train.runconfig", "AS inn$0er", &["6 inner*", "8 inner"]),
                ("cell1", "; en$0v = ", &["1 env*", "2 env"]),
            ] {
                assert_eq!(session.highlights(path, marked), expected, "{path} {marked}");
            }
        },
    );
}

#[test]
fn renaming_in_dockerfiles() {
    everywhere(
        |_| true,
        |session| {
            for (path, marked, old, new) in [
                ("image/Dockerfile", "AS bui$0ld", "build", "wheels"),
                ("image/Dockerfile", "${A$0}", "A=1|{A}", "NAME"),
                ("v1.py", "AS inn$0er", "inner", "wheels"),
                ("azureml_environment.json", "AS inn$0er", "inner", "wheels"),
                ("train.runconfig", "AS inn$0er", "inner", "wheels"),
                ("cell2", "AS inn$0er", "inner", "wheels"),
            ] {
                let mut at = session.cursor(path, marked);
                let prepared = session.client.request("textDocument/prepareRename", at.clone());
                let name = if old.contains('|') { "A" } else { old };
                assert_eq!(prepared["placeholder"], name, "{path}");
                assert_eq!(session.slice(path, &prepared["range"]), name);
                at["newName"] = json!(new);
                let edit = session.client.request("textDocument/rename", at);
                assert_eq!(edit["documentChanges"][0]["textDocument"]["version"], 1);
                let changed = session.applied(&edit);
                let expected = old.split('|').fold(session.texts[path].clone(), |text, piece| {
                    text.replace(piece, &piece.replacen(name, new, 1))
                });
                assert_eq!(changed, BTreeMap::from([(path.to_owned(), expected)]));
            }
        },
    );
}

#[test]
fn renaming_environments_in_all_files() {
    for open in [|_: &str| true, |path: &str| path == "env.yml" || path == "book.ipynb"] {
        everywhere(open, |session| {
            let mut at = session.cursor("cell3", "'tr$0ain'");
            assert_eq!(
                session.client.request("textDocument/prepareRename", at.clone())["placeholder"],
                "train"
            );
            at["newName"] = json!("fit");
            let edit = session.client.request("textDocument/rename", at);
            let changed = session.applied(&edit);
            let names: Vec<&str> = changed.keys().map(String::as_str).collect();
            assert_eq!(names, ["cell3", "env.yml", "job.yml", "pipeline.yml", "v2.py"]);
            for (path, text) in &changed {
                assert_eq!(*text, session.texts[path].replace("train", "fit"), "{path}");
            }
            for change in edit["documentChanges"].as_array().expect("changes") {
                let path = session.path(change["textDocument"]["uri"].as_str().expect("an address"));
                let version = if open(&path) || path.starts_with("cell") { json!(1) } else { Value::Null };
                assert_eq!(change["textDocument"]["version"], version, "{path}");
            }
        });
    }
}

/// What cannot be renamed is refused with the reason, never done by half.
#[test]
fn renaming_is_refused() {
    let mut session = Session::new("utf-16", "\n", |_| true);
    for (path, marked, new, reason) in [
        ("image/Dockerfile", "AS bui$0ld", "1x", "no name of a stage"),
        ("image/Dockerfile", "${A$0}", "TAG", "another variable"),
        ("env.yml", "tr$0ain", "a b", "cannot hold"),
        ("env.yml", "tr$0ain", "packages", "already"),
    ] {
        let mut at = session.cursor(path, marked);
        at["newName"] = json!(new);
        let refused = session.client.request("textDocument/rename", at);
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
        assert!(refused["error"]["message"].as_str().expect("a reason").contains(reason), "{refused}");
    }
    // Where nothing has a name there is nothing to say; what has one that cannot be changed has a reason.
    let at = session.cursor("image/Dockerfile", "&& l$0s");
    assert_eq!(session.client.request("textDocument/prepareRename", at), Value::Null);
    let at = session.cursor("component.yml", "name: é$0");
    assert_eq!(session.client.request("textDocument/prepareRename", at), Value::Null);
    let gone =
        json!({"textDocument": {"uri": "file:///nowhere/x.yml"}, "position": {"line": 0, "character": 0}});
    for method in ["textDocument/prepareRename", "textDocument/definition", "textDocument/documentSymbol"] {
        assert_eq!(session.client.request(method, gone.clone()), Value::Null, "{method}");
    }
}

#[test]
fn links() {
    everywhere(
        |_| true,
        |session| {
            let page = "https://hub.docker.com/_/python";
            for (path, expected) in [
                (
                    "image/Dockerfile",
                    &[("app.py", "image/app.py"), ("https://example.org/x.tgz", "https://example.org/x.tgz")]
                        [..],
                ),
                ("env.yml", &[("Dockerfile", "image/Dockerfile"), ("image", "image/Dockerfile")]),
                (
                    "env-conda.yml",
                    &[
                        (
                            "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1",
                            "https://mcr.microsoft.com/artifact/mar/azureml/openmpi4.1.0-ubuntu22.04/about",
                        ),
                        ("./conda.yml", "conda.yml"),
                    ],
                ),
                ("conda.yml", &[("requirements.txt", "requirements.txt")]),
                ("requirements.txt", &[("limits.txt", "limits.txt")]),
                ("job.yml", &[("app.py", "image/app.py")]),
                ("pipeline.yml", &[("component.yml", "component.yml"), ("env-conda.yml", "env-conda.yml")]),
                (
                    "component.yml",
                    &[(
                        "azureml://registries/azureml/environments/sklearn-1.5/versions/3",
                        "https://ml.azure.com/registries/azureml/environments/sklearn-1.5/version/3",
                    )],
                ),
                ("deployment.yml", &[("python:3.10", page), ("conda.yml", "conda.yml")]),
                ("v1.py", &[("python:3.10", page), ("conda.yml", "conda.yml")]),
                ("azureml_environment.json", &[("python:3.10", page), ("conda.yml", "conda.yml")]),
                ("train.runconfig", &[("python:3.10", page)]),
                ("cell2", &[("python:3.10", page)]),
            ] {
                let asked = json!({"textDocument": {"uri": session.uri(path)}});
                let found = session.client.request("textDocument/documentLink", asked);
                let found: Vec<(String, String)> = found
                    .as_array()
                    .expect("links")
                    .iter()
                    .map(|link| {
                        let target = session.path(link["target"].as_str().expect("a target"));
                        (session.slice(path, &link["range"]), target)
                    })
                    .collect();
                let shown: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
                assert_eq!(shown, expected, "{path}");
            }
        },
    );
}

/// The names of symbols, those of parts behind dots.
fn names_of(symbols: &Value, out: &mut Vec<String>, around: &str) {
    for symbol in symbols.as_array().into_iter().flatten() {
        let name = format!("{around}{}", symbol["name"].as_str().expect("a name"));
        out.push(name.clone());
        names_of(&symbol["children"], out, &format!("{name} > "));
    }
}

#[test]
fn symbols_of_a_document() {
    everywhere(
        |_| true,
        |session| {
            for (path, expected) in [
                (
                    "image/Dockerfile",
                    &["ARG TAG=3.10", "build > RUN echo 'é😀e\u{301}' $TAG", "python:$TAG > ENV A=1"][..],
                ),
                ("env.yml", &["train > build > build.path"]),
                ("env-conda.yml", &["packages > conda_file"]),
                (
                    "conda.yml",
                    &[
                        "name",
                        "channels > conda-forge",
                        "dependencies > python=3.10",
                        "dependencies > pip > numpy",
                    ],
                ),
                ("requirements.txt", &["-c", "scipy"]),
                ("job.yml", &["environment", "code"]),
                ("pipeline.yml", &["jobs > é😀 > azureml:train@latest", "jobs > b > file:env-conda.yml"]),
                ("component.yml", &["environment"]),
                ("deployment.yml", &["endpoint_name", "x > conda_file"]),
                ("v1.py", &["old > base_dockerfile > inner > RUN echo é😀", "y"]),
                ("azureml_environment.json", &["json > baseDockerfile > inner"]),
                ("train.runconfig", &["run > baseDockerfile > inner > LABEL x=é😀 y=1"]),
                ("cell1", &["book > name"]),
            ] {
                let asked = json!({"textDocument": {"uri": session.uri(path)}});
                let found = session.client.request("textDocument/documentSymbol", asked);
                let mut names = Vec::new();
                names_of(&found, &mut names, "");
                for name in expected {
                    assert!(names.contains(&(*name).to_owned()), "{path}: {name} in {names:#?}");
                }
            }
        },
    );
    // A client that knows no parts gets a list.
    let flat = json!({"textDocument": {}});
    let mut session = Session::with(flat, "utf-16", "\n", |path| path == "image/Dockerfile");
    let asked = json!({"textDocument": {"uri": session.uri("image/Dockerfile")}});
    let found = session.client.request("textDocument/documentSymbol", asked);
    let run = found
        .as_array()
        .expect("symbols")
        .iter()
        .find(|one| one["containerName"] == "build")
        .expect("a part");
    assert_eq!(
        session.slice("image/Dockerfile", &run["location"]["range"]),
        "RUN echo 'é😀e\u{301}' $TAG \\\n    && ls"
    );
}

#[test]
fn symbols_of_the_workspace() {
    everywhere(
        |path| path == "env.yml",
        |session| {
            let mut find = |query: &str| -> Vec<String> {
                let found = session.client.request("workspace/symbol", json!({"query": query}));
                let found = found.as_array().expect("symbols").clone();
                found
                    .iter()
                    .map(|one| {
                        let location = &one["location"];
                        session.shown(&location["uri"], &location["range"])
                    })
                    .collect()
            };
            assert_eq!(find("TRAIN"), ["env.yml:3 train"]);
            assert_eq!(find("build"), ["image/Dockerfile:4 build"]);
            assert_eq!(find("pkgs"), ["env-conda.yml:2 packages"]);
            assert_eq!(find("é"), ["pipeline.yml:4 é😀"]);
            assert_eq!(find("none of these"), Vec::<String>::new());
        },
    );
}

#[test]
fn folding() {
    everywhere(
        |_| true,
        |session| {
            for (path, expected) in [
                ("image/Dockerfile", &[(1, 2, "comment"), (4, 6, ""), (5, 6, ""), (7, 15, "")][..]),
                ("conda.yml", &[(3, 8, ""), (6, 8, "")]),
                ("requirements.txt", &[(1, 2, "comment")]),
                ("pipeline.yml", &[(3, 8, ""), (5, 8, "")]),
                ("deployment.yml", &[(4, 7, "")]),
                ("v1.py", &[(4, 9, ""), (5, 7, ""), (6, 7, "")]),
                ("azureml_environment.json", &[(1, 6, ""), (3, 4, "")]),
                ("train.runconfig", &[(2, 8, ""), (4, 8, ""), (5, 8, ""), (6, 7, "")]),
                ("cell2", &[(1, 6, ""), (2, 4, ""), (3, 4, "")]),
                ("cell3", &[(2, 3, "")]),
            ] {
                let asked = json!({"textDocument": {"uri": session.uri(path)}});
                let found = session.client.request("textDocument/foldingRange", asked);
                let line = |fold: &Value, key: &str| fold[key].as_u64().expect("a line") + 1;
                let found = found.as_array().expect("folds").clone();
                let found: Vec<(u64, u64, &str)> = found
                    .iter()
                    .map(|fold| {
                        (line(fold, "startLine"), line(fold, "endLine"), fold["kind"].as_str().unwrap_or(""))
                    })
                    .collect();
                assert_eq!(found, expected, "{path}");
            }
        },
    );
}

#[test]
fn selections() {
    everywhere(
        |_| true,
        |session| {
            for (path, marked, expected) in [
                (
                    "image/Dockerfile",
                    "y=$TA$0G",
                    &["TAG", "$TAG", "x=é😀e\u{301} y=$TAG", "LABEL x=é😀e\u{301} y=$TAG"][..],
                ),
                (
                    "env.yml",
                    "'Docker$0file'",
                    &["Dockerfile", "'Dockerfile'", "'dockerfile_path': 'Dockerfile'"],
                ),
                ("conda.yml", "num$0py", &["numpy"]),
                ("requirements.txt", "sci$0py", &["scipy", "scipy==1.11"]),
                (
                    "pipeline.yml",
                    "azureml:tr$0ain",
                    &["train", "azureml:train@latest", "environment: azureml:train@latest"],
                ),
                ("v1.py", "echo é$0😀", &["é", "é😀", "echo é😀 \\\\\n    && ls"]),
                (
                    "v2.py",
                    "'azureml:tr$0ain:1'",
                    &["train", "azureml:train:1", "'azureml:train:1'", "environment='azureml:train:1'"],
                ),
                ("azureml_environment.json", "AS inn$0er", &["inner", "FROM python:3.10 AS inner"]),
                ("train.runconfig", "y=$01", &["1", "x=é😀 y=1", "LABEL x=é😀 y=1"]),
                ("cell3", "name='tr$0ain'", &["train", "'train'", "name='train'"]),
            ] {
                let at = session.cursor(path, marked);
                let asked = json!({"textDocument": at["textDocument"], "positions": [at["position"], {"line": 9999, "character": 9}]});
                let found = session.client.request("textDocument/selectionRange", asked);
                assert_eq!(found.as_array().map(Vec::len), Some(2), "{path}");
                let mut all = Vec::new();
                let mut next = &found[0];
                while next.is_object() {
                    all.push(session.slice(path, &next["range"]));
                    next = &next["parent"];
                }
                let head: Vec<&str> =
                    all.iter().map(String::as_str).filter(|text| expected.contains(text)).collect();
                assert_eq!(head, expected, "{path}: {all:#?}");
                let whole = session.texts[path].replace("\r\n", "\n");
                assert_eq!(all.last().map(String::as_str), Some(whole.as_str()), "{path}");
                assert!(
                    all.windows(2).all(|pair| pair[1].contains(&pair[0]) && pair[1] != pair[0]),
                    "{all:#?}"
                );
            }
        },
    );
}

#[test]
fn moving_files_changes_the_paths_to_them() {
    everywhere(
        |path| path == "env.yml" || path == "env-conda.yml",
        |session| {
            for (old, new, expected) in [
                (
                    "conda.yml",
                    "packages/conda.yml",
                    &[
                        ("azureml_environment.json", "\"conda.yml", "\"packages/conda.yml"),
                        ("conda.yml", "-r requirements.txt", "-r ../requirements.txt"),
                        ("deployment.yml", "conda_file: conda.yml", "conda_file: packages/conda.yml"),
                        ("env-conda.yml", "./conda.yml", "./packages/conda.yml"),
                        ("v1.py", "'conda.yml'", "'packages/conda.yml'"),
                    ][..],
                ),
                (
                    "image",
                    "docker",
                    &[
                        ("env.yml", "'path': image", "'path': docker"),
                        ("job.yml", "code: image", "code: docker"),
                    ],
                ),
                (
                    "image/Dockerfile",
                    "image/gpu.Dockerfile",
                    &[("env.yml", "'dockerfile_path': 'Dockerfile'", "'dockerfile_path': 'gpu.Dockerfile'")],
                ),
                ("requirements.txt", "more.txt", &[("conda.yml", "requirements.txt", "more.txt")]),
                (
                    "component.yml",
                    "parts/component.yml",
                    &[("pipeline.yml", "component.yml", "parts/component.yml")],
                ),
            ] {
                let files = json!([{"oldUri": session.uri(old), "newUri": session.uri(new)}]);
                let edit = session.client.request("workspace/willRenameFiles", json!({"files": files}));
                let changed = session.applied(&edit);
                let expected: BTreeMap<String, String> = expected
                    .iter()
                    .map(|(path, old, new)| ((*path).to_owned(), session.texts[*path].replace(old, new)))
                    .collect();
                assert_eq!(changed, expected, "{old}");
            }
            let files = json!([{"oldUri": session.uri("none.yml"), "newUri": session.uri("other.yml")}]);
            let edit = session.client.request("workspace/willRenameFiles", json!({"files": files}));
            assert_eq!(edit, Value::Null);
        },
    );
}

/// What is offered hangs on what the client can do.
#[test]
fn capabilities() {
    let mut client = Client::start();
    let answer = client.initialize(json!({}));
    let offered = &answer["capabilities"];
    assert_eq!(offered["renameProvider"], true);
    assert_eq!(offered["workspace"].get("fileOperations"), None);
    let mut client = Client::start();
    let able = json!({"workspace": {"fileOperations": {"willRename": true}}, "textDocument": {"rename": {"prepareSupport": true}}});
    let answer = client.initialize(able);
    let offered = &answer["capabilities"];
    assert_eq!(offered["renameProvider"], json!({"prepareProvider": true}));
    let filters =
        offered["workspace"]["fileOperations"]["willRename"]["filters"].as_array().expect("filters");
    assert!(filters.iter().any(|filter| filter["pattern"]["matches"] == "folder"));
    for key in [
        "definitionProvider",
        "referencesProvider",
        "documentHighlightProvider",
        "documentSymbolProvider",
        "workspaceSymbolProvider",
        "foldingRangeProvider",
        "selectionRangeProvider",
    ] {
        assert_eq!(offered[key], true, "{key}");
    }
}
