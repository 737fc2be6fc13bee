//! Notebooks: on the command line as files of JSON, in an editor as cells.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::client::{Client, apply};

/// Relative paths in a notebook start where it stands; what its cells make is not called missing.
#[test]
fn what_a_notebook_makes_is_not_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let imports = "from azureml.core import Environment\n";
    let uses = "env = Environment.from_conda_specification('e', 'conda.yml')\n";
    let writes = "%%writefile conda.yml\nchannels: [conda-forge]\ndependencies: [python=3.10]\n";
    let downloads = "name = 'conda.yml'\nrun.download_file('x', name)\n";
    let fetches = "model.download('./', exist_ok=True)\n";
    let books: [(&[(&str, &str)], usize); 6] = [
        (&[("code", imports), ("code", fetches), ("code", uses)], 0),
        (&[("code", imports), ("code", uses)], 1),
        (&[("code", imports), ("code", writes), ("code", uses)], 0),
        (&[("code", imports), ("code", "!cp ../conda.yml .\n"), ("code", uses)], 0),
        (&[("code", imports), ("code", downloads), ("code", uses)], 0),
        (
            &[
                ("code", "import os\n"),
                ("code", "%%writefile environment.yml\nname: e\nimage: a/b:1\nconda_file: conda.yml\n"),
            ],
            1,
        ),
    ];
    for (cells, expected) in books {
        fs::write(folder.path().join("book.ipynb"), notebook(cells)).expect("a file");
        let missing = findings(folder.path()).iter().filter(|found| found["code"] == "AML124").count();
        assert_eq!(missing, expected, "{cells:?}");
    }
}

/// What a cell writes is what the program refers to, whatever stands on the disk.
#[test]
fn what_a_cell_writes_is_read_where_it_is_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let stale = "channels: [conda-forge]\ndependencies: [python=3.10, pip, {pip: [azureml-defaults]}]\n";
    fs::write(folder.path().join("conda.yml"), stale).expect("a file");
    let uses = "from azureml.core import Environment\nfrom azureml.core.model import InferenceConfig\nenv = Environment.from_conda_specification('e', 'conda.yml')\nconfig = InferenceConfig(entry_script='score.py', environment=env)\n";
    let writes = "%%writefile conda.yml\nchannels: [conda-forge]\ndependencies:\n- python=3.10\n- pip\n- pip:\n  - numpy\n";
    for (cells, expected) in [(vec![("code", uses)], 0), (vec![("code", writes), ("code", uses)], 1)] {
        fs::write(folder.path().join("book.ipynb"), notebook(&cells)).expect("a file");
        let found = findings(folder.path());
        assert_eq!(found.iter().filter(|found| found["code"] == "AML201").count(), expected, "{cells:?}");
    }
}

const BOOK: &str = "file:///amlenv-tests/book.ipynb";

fn amlenv(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_amlenv")).current_dir(folder).args(args).output().expect("amlenv runs")
}

/// A notebook as Jupyter writes it: a line of the source in each string.
fn notebook(cells: &[(&str, &str)]) -> String {
    let cells: Vec<Value> = cells
        .iter()
        .map(|(kind, source)| {
            let lines: Vec<&str> = source.split_inclusive('\n').collect();
            json!({"cell_type": kind, "metadata": {}, "outputs": [{"text": "FROM a:"}], "source": lines})
        })
        .collect();
    let whole = json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    serde_json::to_string_pretty(&whole).expect("JSON") + "\n"
}

const CELLS: [(&str, &str); 6] = [
    ("markdown", "# `env.docker.base_image = \"x\"` is no code here"),
    ("code", "%pip install azureml-core\nfrom azureml.core import Environment\n!ls 'é😀\n"),
    ("code", "%%bash\nenv.docker.base_image = 1\n"),
    ("code", "env = Environment('é😀')\nenv.docker.base_image = \"contoso.azurecr.io/train:1\""),
    (
        "code",
        "env.docker.base_dockerfile = \"\"\"\nFROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:\nRNU \t\"é😀\"\n\"\"\"",
    ),
    (
        "code",
        "%%writefile environment.yml\nname: e\nimage: contoso.azurecr.io/train:1\nbuild:\n  path: docker\n",
    ),
];

fn findings(folder: &Path) -> Vec<Value> {
    let output = amlenv(folder, &["check", "--format", "json", "book.ipynb"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    report["findings"].as_array().expect("findings").clone()
}

/// The text that a finding stands on, in the file as it is.
fn text_of(text: &str, finding: &Value) -> String {
    let place = |of: &Value| {
        let number = |key: &str| usize::try_from(of[key].as_u64().expect("a number")).expect("small");
        (number("line"), number("column"))
    };
    let (start, end) = (place(&finding["range"]["start"]), place(&finding["range"]["end"]));
    assert_eq!(start.0, end.0, "one line");
    let line = text.lines().nth(start.0 - 1).expect("the line");
    line.chars().skip(start.1 - 1).take(end.1 - start.1).collect()
}

#[test]
fn cells_are_one_program_with_places_in_file_and_cell() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = notebook(&CELLS);
    fs::create_dir(folder.path().join("docker")).expect("a folder");
    fs::write(folder.path().join("docker/Dockerfile"), "FROM a:1\n").expect("a file");
    fs::write(folder.path().join("book.ipynb"), &text).expect("a file");
    let found = findings(folder.path());
    let shown: Vec<(&str, String, Value, Value)> = found
        .iter()
        .map(|found| {
            let code = found["code"].as_str().expect("a code");
            (code, text_of(&text, found), found["cell"].clone(), found["embedded"].clone())
        })
        .collect();
    let cell = |index: usize, line: usize| json!({"index": index, "line": line});
    let inside = |language: &str, line: usize| json!({"language": language, "line": line});
    assert_eq!(
        shown,
        [
            ("AML801", "from azureml.core import Environment".to_owned(), cell(2, 2), Value::Null),
            ("AML101", "env.docker.base_image".to_owned(), cell(4, 2), Value::Null),
            (
                "AML728",
                "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:".to_owned(),
                cell(5, 2),
                inside("dockerfile", 2),
            ),
            ("AML713", "RNU".to_owned(), cell(5, 3), inside("dockerfile", 3)),
            ("AML101", "build".to_owned(), cell(6, 4), inside("environment-yaml", 3)),
        ]
    );
    assert!(found.iter().all(|found| found["kind"] == "notebook" && found["file"] == "book.ipynb"));
}

/// Whatever indentation and layout the JSON has, a fix changes that cell and nothing else.
#[test]
fn fixes_keep_the_rest_of_the_file() {
    let source = "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04\\nRUN é😀\\n";
    for layout in ["pretty", "dense", "string"] {
        let code = format!(
            "from azureml.core import Environment\nenv = Environment('é')\nenv.docker.base_image = None\nenv.docker.base_dockerfile = '{source}'\n"
        );
        let cells = [("code", "x = '\\u00e9'  # é\n"), ("code", code.as_str())];
        let text = match layout {
            "pretty" => notebook(&cells),
            "dense" => serde_json::from_str::<Value>(&notebook(&cells)).expect("JSON").to_string(),
            _ => json!({"nbformat": 4, "cells": cells.map(|(kind, source)| json!({"cell_type": kind, "source": source}))}).to_string(),
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("book.ipynb");
        fs::write(&path, &text).expect("a file");
        amlenv(folder.path(), &["check", "--fix", "--unsafe-fixes", "book.ipynb"]);
        let after = fs::read_to_string(&path).expect("a file");
        assert_eq!(after, text.replace("ubuntu22.04", "ubuntu22.04:20260715.v1"), "{layout}");
        assert!(findings(folder.path()).iter().all(|found| found["code"] == "AML801"), "{layout}");
    }
}

#[test]
fn what_is_no_notebook_is_said_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    for (text, line) in [("", 1), ("{\n \"cells\": [\n", 3), ("[]", 1), ("{\n\"cells\": 1}", 2)] {
        fs::write(folder.path().join("book.ipynb"), text).expect("a file");
        let found = findings(folder.path());
        assert_eq!(found.len(), 1, "{text:?}");
        assert_eq!(found[0]["code"], "AML003", "{text:?}");
        assert!(found[0]["message"].as_str().expect("a text").starts_with("This is not a notebook: "));
        let place = found[0]["range"]["start"]["line"].as_u64().expect("a line");
        assert!(place.abs_diff(line) <= 1, "{text:?}: {place}");
    }
}

fn open(client: &mut Client, cells: &[(&str, &str)]) -> Vec<String> {
    let uri = |at: usize| format!("vscode-notebook-cell:/amlenv-tests/book.ipynb#{at}");
    let listed = cells
        .iter()
        .enumerate()
        .map(|(at, (kind, _))| json!({"kind": if *kind == "code" { 2 } else { 1 }, "document": uri(at)}));
    let texts = cells.iter().enumerate().map(|(at, (kind, text))| {
        let language = if *kind == "code" { "python" } else { "markdown" };
        json!({"uri": uri(at), "languageId": language, "version": 1, "text": text})
    });
    client.notify(
        "notebookDocument/didOpen",
        json!({
            "notebookDocument": {"uri": BOOK, "notebookType": "jupyter-notebook", "version": 1, "cells": listed.collect::<Vec<_>>()},
            "cellTextDocuments": texts.collect::<Vec<_>>(),
        }),
    );
    (0..cells.len()).map(uri).collect()
}

fn change(client: &mut Client, version: usize, cells: &Value) {
    let document = json!({"uri": BOOK, "version": version});
    client.notify(
        "notebookDocument/didChange",
        json!({"notebookDocument": document, "change": {"cells": cells}}),
    );
}

fn codes(found: &[Value]) -> Vec<(&str, u64)> {
    let shown = |found: &Value| found["range"]["start"]["line"].as_u64().expect("a line");
    found.iter().map(|found| (found["code"].as_str().expect("a code"), shown(found))).collect()
}

/// Cells are opened, edited, added, moved and removed; each has its own diagnostics, of the program that
/// they are together.
#[test]
fn an_editor_sees_findings_in_cells() {
    let mut client = Client::initialized(json!({
        "textDocument": {"publishDiagnostics": {"relatedInformation": true}},
        "workspace": {"workspaceEdit": {"documentChanges": true}},
        "window": {"showMessage": {}},
    }));
    let cells = open(&mut client, &CELLS);
    let image = client.diagnostics(&cells[3], 1);
    assert_eq!(codes(&image), [("AML101", 1)]);
    let related = &image[0]["relatedInformation"][0]["location"];
    assert_eq!((&related["uri"], &related["range"]["start"]["line"]), (&json!(cells[4]), &json!(0)));
    assert_eq!(codes(&client.diagnostics(&cells[4], 1)), [("AML728", 1), ("AML713", 2)]);
    assert_eq!(codes(&client.diagnostics(&cells[5], 1)), [("AML101", 3)]);
    assert_eq!(codes(&client.diagnostics(&cells[1], 1)), [("AML801", 1)]);

    let position =
        json!({"line": 1, "character": "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:".len()});
    let at = json!({"textDocument": {"uri": cells[4]}, "position": position});
    let items = client.request("textDocument/completion", at);
    let newest = &items["items"][0];
    assert_eq!(newest["label"], "20260715.v1");
    assert_eq!(apply(CELLS[4].1, &newest["textEdit"]), CELLS[4].1.replace("22.04:", "22.04:20260715.v1"));

    let asked = json!({"textDocument": {"uri": cells[3]}, "range": client_range(1, 0, 3), "context": {"diagnostics": [], "only": ["quickfix"]}});
    let actions = client.request("textDocument/codeAction", asked);
    let changes = |at: usize| &actions[at]["edit"]["documentChanges"][0];
    assert_eq!(actions[0]["title"], "Remove this base_image");
    assert_eq!(changes(0)["textDocument"], json!({"uri": cells[3], "version": 1}));
    assert_eq!(apply(CELLS[3].1, &changes(0)["edits"][0]), "env = Environment('é😀')\n");
    assert_eq!(changes(1)["textDocument"], json!({"uri": cells[4], "version": 1}));
    assert_eq!(
        apply(CELLS[4].1, &changes(1)["edits"][0]),
        format!("env.docker.base_image = None\n{}", CELLS[4].1)
    );

    let lenses = client.request("textDocument/codeLens", json!({"textDocument": {"uri": cells[3]}}));
    assert_eq!(lenses.as_array().map(Vec::len), Some(1));
    assert_eq!(lenses[0]["command"]["arguments"][0]["uri"], BOOK);
    let lenses = client.request("textDocument/codeLens", json!({"textDocument": {"uri": cells[1]}}));
    assert_eq!(lenses, json!([]));

    // An edit in one cell mends what another one was blamed for.
    let edits = json!([{"range": client_range(1, 24, 24 + 28), "text": "None"}]);
    let content = json!([{"document": {"uri": cells[3], "version": 2}, "changes": edits}]);
    change(&mut client, 2, &json!({"textContent": content}));
    assert_eq!(codes(&client.diagnostics(&cells[3], 2)), []);

    // A cell is put in front, one is taken out, and what was said about that is cleared.
    let new = "vscode-notebook-cell:/amlenv-tests/book.ipynb#new";
    let opened = json!([{"uri": new, "languageId": "python", "version": 1, "text": "x = 1\n"}]);
    let array = json!({"start": 0, "deleteCount": 0, "cells": [{"kind": 2, "document": new}]});
    change(&mut client, 3, &json!({"structure": {"array": array, "didOpen": opened}}));
    assert_eq!(codes(&client.diagnostics(new, 1)), []);
    let array = json!({"start": 6, "deleteCount": 1});
    change(&mut client, 4, &json!({"structure": {"array": array, "didClose": [{"uri": cells[5]}]}}));
    let cleared = client.wait(|message| {
        message["params"]["uri"] == json!(cells[5]) && message["params"]["version"].is_null()
    });
    assert_eq!(cleared["params"]["diagnostics"], json!([]));

    let closed: Vec<Value> = cells.iter().map(|uri| json!({"uri": uri})).collect();
    client.notify(
        "notebookDocument/didClose",
        json!({"notebookDocument": {"uri": BOOK}, "cellTextDocuments": closed}),
    );
    let cleared = client.wait(|message| {
        message["params"]["uri"] == json!(cells[4]) && message["params"]["version"].is_null()
    });
    assert_eq!(cleared["params"]["diagnostics"], json!([]));
}

fn client_range(line: usize, start: usize, end: usize) -> Value {
    json!({"start": {"line": line, "character": start}, "end": {"line": line, "character": end}})
}
