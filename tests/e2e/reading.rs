//! What an editor shows beside and upon the text: tokens, hints, lenses, signatures. The real binary over
//! its standard streams; every text also with CRLF and in the three encodings.

use serde_json::{Value, json};

use crate::client::Client;

pub(crate) const ENCODINGS: [&str; 3] = ["utf-8", "utf-16", "utf-32"];

const TYPES: [&str; 14] = [
    "keyword",
    "parameter",
    "namespace",
    "type",
    "class",
    "enumMember",
    "variable",
    "property",
    "string",
    "number",
    "comment",
    "macro",
    "function",
    "operator",
];

/// A client that counts columns so.
pub(crate) fn counting(encoding: &str) -> Client {
    let mut client = Client::start();
    let answer = client.initialize(json!({"general": {"positionEncodings": [encoding]}}));
    assert_eq!(answer["capabilities"]["positionEncoding"], encoding);
    client
}

/// How many columns a text takes.
pub(crate) fn width(text: &str, encoding: &str) -> usize {
    match encoding {
        "utf-8" => text.len(),
        "utf-16" => text.encode_utf16().count(),
        _ => text.chars().count(),
    }
}

/// The text from one column to another of a line.
fn columns<'t>(line: &'t str, start: usize, end: usize, encoding: &str) -> &'t str {
    let byte = |column: usize| {
        let places = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        let mut found = places.filter(|at| width(&line[..*at], encoding) == column);
        found.next().unwrap_or_else(|| panic!("column {column} cuts {line:?}"))
    };
    &line[byte(start)..byte(end)]
}

/// What the answer says, token by token: `type text`, with the modifiers behind the type.
fn shown(text: &str, data: &Value, encoding: &str) -> Vec<String> {
    let lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
    let numbers: Vec<usize> = data
        .as_array()
        .unwrap_or_else(|| panic!("no tokens: {data}"))
        .iter()
        .map(|number| number.as_u64().expect("a number") as usize)
        .collect();
    let (mut line, mut column, mut end) = (0, 0, 0);
    let mut out = Vec::new();
    for token in numbers.chunks(5) {
        if token[0] > 0 {
            (column, end) = (0, 0);
        }
        line += token[0];
        column += token[1];
        assert!(column >= end, "tokens overlap in line {line}: {text}");
        end = column + token[2];
        let modifiers = ["+declaration", "+readonly", "+deprecated"];
        let modifiers: String = modifiers
            .iter()
            .enumerate()
            .filter(|(bit, _)| token[4] >> bit & 1 == 1)
            .map(|(_, name)| *name)
            .collect();
        out.push(format!("{}{modifiers} {}", TYPES[token[3]], columns(lines[line], column, end, encoding)));
    }
    out
}

fn tokens(client: &mut Client, uri: &str) -> Value {
    client.request("textDocument/semanticTokens/full", json!({"textDocument": {"uri": uri}}))
}

/// Asks for the tokens of a text in every encoding, with LF and CRLF; all must say the same.
#[track_caller]
fn tokens_everywhere(language: &str, uri: &str, text: &str, expected: &[&str]) {
    for encoding in ENCODINGS {
        let mut client = counting(encoding);
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            client.open(uri, language, &text);
            let answer = tokens(&mut client, uri);
            assert_eq!(shown(&text, &answer["data"], encoding), expected, "{encoding}");
            client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
        }
    }
}

#[test]
fn tokens_of_a_dockerfile() {
    let text = r#"# syntax=docker/dockerfile:1
# é😀 a comment
ARG TAG=22.04
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:$TAG AS build
LABEL a="é😀" b=c
ENV PATH="/x:$PATH" \
    # in between
    B=2
EXPOSE 5001 31311/tcp
RUN --mount=type=cache,target=/root PIP=1 sudo pip install "é😀" $B && \
    echo '$B'
COPY --from=build <<EOF /x
hello $B
EOF
HEALTHCHECK CMD curl localhost
from build
CMD ["python", "é"]
FROM scratch
FROM a@sha256:00
"#;
    tokens_everywhere(
        "dockerfile",
        "file:///t/Dockerfile",
        text,
        &[
            "comment #",
            "macro syntax",
            "operator =",
            "string docker/dockerfile:1",
            "comment # é😀 a comment",
            "keyword ARG",
            "variable+declaration TAG",
            "operator =",
            "string 22.04",
            "keyword FROM",
            "parameter --platform",
            "operator =",
            "variable $BUILDPLATFORM",
            "namespace mcr.microsoft.com/azureml/",
            "type+deprecated openmpi4.1.0-ubuntu20.04",
            "operator :",
            "variable $TAG",
            "keyword AS",
            "class+declaration build",
            "keyword LABEL",
            "property+declaration a",
            "operator =",
            "string \"é😀\"",
            "property+declaration b",
            "operator =",
            "string c",
            "keyword ENV",
            "variable+declaration PATH",
            "operator =",
            "string \"/x:",
            "variable $PATH",
            "string \"",
            "operator \\",
            "comment # in between",
            "variable+declaration B",
            "operator =",
            "string 2",
            "keyword EXPOSE",
            "number 5001",
            "number 31311",
            "operator /",
            "enumMember tcp",
            "keyword RUN",
            "parameter --mount",
            "operator =",
            "property type",
            "operator =",
            "string cache",
            "property target",
            "operator =",
            "string /root",
            "variable+declaration PIP",
            "operator =",
            "string 1",
            "function sudo",
            "function pip",
            "string \"é😀\"",
            "variable $B",
            "operator \\",
            "function echo",
            "string '$B'",
            "keyword COPY",
            "parameter --from",
            "operator =",
            "class build",
            "operator <<",
            "macro EOF",
            "string /x",
            "string hello ",
            "variable $B",
            "macro EOF",
            "keyword HEALTHCHECK",
            "keyword CMD",
            "function curl",
            "keyword from",
            "class build",
            "keyword CMD",
            "string \"python\"",
            "string \"é\"",
            "keyword FROM",
            "type scratch",
            "keyword FROM",
            "type a",
            "operator @",
            "enumMember+readonly sha256:00",
        ],
    );
}

#[test]
fn tokens_of_a_dockerfile_in_python() {
    let head = "from azureml.core import Environment\nenv = Environment('é😀')\n";
    let body = |literal: &str| format!("{head}env.docker.base_dockerfile = {literal}\n");
    let rest =
        ["keyword FROM", "namespace a/", "type b", "operator :", "enumMember 1", "keyword RUN", "function x"];
    let expected: Vec<&str> = ["class+declaration é😀"].into_iter().chain(rest).collect();
    for literal in ["\"FROM a/b:1\\nRUN x é😀\"", "r'''\nFROM a/b:1\nRUN x é😀\n'''"] {
        tokens_everywhere("python", "file:///t/a.py", &body(literal), &expected);
    }
    // Pieces of one text that stand apart are coloured each where it stands.
    let pieces = "('FROM a/'\n    'b:1\\n'  # '\n    'RUN \\x78')";
    let expected = [
        "class+declaration é😀",
        "keyword FROM",
        "namespace a/",
        "type b",
        "operator :",
        "enumMember 1",
        "keyword RUN",
        "function \\x78",
    ];
    tokens_everywhere("python", "file:///t/a.py", &body(pieces), &expected);
    // What an f-string fills in is Python.
    let filled = "f'FROM a:{tag}\\nENV X={x}y'";
    let expected = [
        "class+declaration é😀",
        "keyword FROM",
        "type a",
        "operator :",
        "keyword ENV",
        "variable+declaration X",
        "operator =",
        "string y",
    ];
    tokens_everywhere("python", "file:///t/a.py", &body(filled), &expected);
}

#[test]
fn tokens_of_a_dockerfile_in_json_and_yaml() {
    let json = "{\"name\": \"é😀\", \"docker\": {\"baseDockerfile\": \"FROM a/b:1\\nRUN \\u0078 \\ud83d\\ude00 $A\"}}\n";
    let rest = ["keyword FROM", "namespace a/", "type b", "operator :", "enumMember 1", "keyword RUN"];
    let expected: Vec<&str> = ["class+declaration é😀"]
        .into_iter()
        .chain(rest)
        .chain(["function \\u0078", "variable $A"])
        .collect();
    tokens_everywhere("json", "file:///t/azureml_environment.json", json, &expected);
    let yaml = "framework: Python\nscript: é😀.py\nenvironment:\n  docker:\n    baseDockerfile: |\n      FROM a/b:1\n      RUN x \\\n        '😀' $A\n";
    let keys = ["property baseDockerfile"];
    let expected: Vec<&str> = keys
        .into_iter()
        .chain(rest)
        .chain(["function x", "operator \\", "string '😀'", "variable $A"])
        .collect();
    tokens_everywhere("yaml", "file:///t/x.runconfig", yaml, &expected);
}

#[test]
fn tokens_of_environments_in_yaml() {
    let text = "# é😀\nname: train\nversion: 1\ndescription: é😀\nimage: \"mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:1\"\nconda_file: c.yml\nother: x\n";
    tokens_everywhere(
        "yaml",
        "file:///t/environment.yml",
        text,
        &[
            "property name",
            "class+declaration train",
            "property version",
            "property description",
            "property image",
            "namespace mcr.microsoft.com/azureml/",
            "type+deprecated openmpi4.1.0-ubuntu20.04",
            "operator :",
            "enumMember 1",
            "property conda_file",
        ],
    );
    let conda = "name: é\ndependencies:\n  - python=3.10\n  - pip:\n    - a\n";
    tokens_everywhere(
        "yaml",
        "file:///t/conda.yml",
        conda,
        &["property name", "property dependencies", "property pip"],
    );
}

#[test]
fn tokens_of_references_in_jobs_and_deployments() {
    let job = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: echo '😀' ${{inputs.é}} # ${{no}}\nenvironment: azureml:train:1\n";
    tokens_everywhere(
        "yaml",
        "file:///t/job.yml",
        job,
        &[
            "operator ${{",
            "variable inputs.é",
            "operator }}",
            "property environment",
            "namespace azureml:",
            "class train",
            "operator :",
            "enumMember 1",
        ],
    );
    let registry = "azureml://registries/azureml/environments/sklearn-1.5/labels/latest";
    let deployment = format!(
        "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: é😀\nendpoint_name: e\nenvironment: \"{registry}\"\n"
    );
    tokens_everywhere(
        "yaml",
        "file:///t/deployment.yml",
        &deployment,
        &[
            "property environment",
            "namespace azureml://registries/azureml/environments",
            "class sklearn-1.5",
            "enumMember latest",
        ],
    );
    let python = "from azure.ai.ml import command\nx = '😀'; job = command(command='a', environment='azureml:AzureML-Minimal@latest')\n";
    tokens_everywhere(
        "python",
        "file:///t/job.py",
        python,
        &["namespace azureml:", "class+deprecated AzureML-Minimal", "operator @", "enumMember latest"],
    );
}

pub(crate) const BOOK: &str = "file:///amlenv-tests/book.ipynb";

/// Opens a notebook with these cells of Python; the cells are `BOOK#0`, `BOOK#1` and so on.
pub(crate) fn open_book(client: &mut Client, cells: &[&str]) {
    let listed: Vec<Value> =
        (0..cells.len()).map(|number| json!({"kind": 2, "document": format!("{BOOK}#{number}")})).collect();
    let texts: Vec<Value> = cells
        .iter()
        .enumerate()
        .map(|(number, text)| {
            json!({"uri": format!("{BOOK}#{number}"), "languageId": "python", "version": 1, "text": text})
        })
        .collect();
    client.notify(
        "notebookDocument/didOpen",
        json!({
            "notebookDocument": {"uri": BOOK, "notebookType": "jupyter-notebook", "version": 1, "cells": listed},
            "cellTextDocuments": texts,
        }),
    );
}

#[test]
fn tokens_of_the_cells_of_a_notebook() {
    for encoding in ENCODINGS {
        for end in ["\n", "\r\n"] {
            let cells = [
                "%pip install 'é😀'\nfrom azureml.core import Environment\n".replace('\n', end),
                "env = Environment('é😀'); env.docker.base_dockerfile = \"\"\"\nFROM a:1\nRUN '😀' $X\n\"\"\"".replace('\n', end),
                "%%writefile Dockerfile\nFROM b/c\n# 😀\n".replace('\n', end),
                "x = 1".to_owned(),
            ];
            let mut client = counting(encoding);
            open_book(&mut client, &cells.each_ref().map(String::as_str));
            let of = |client: &mut Client, number: usize| {
                let answer = tokens(client, &format!("{BOOK}#{number}"));
                shown(&cells[number], &answer["data"], encoding)
            };
            assert_eq!(of(&mut client, 0), Vec::<String>::new());
            assert_eq!(
                of(&mut client, 1),
                [
                    "class+declaration é😀",
                    "keyword FROM",
                    "type a",
                    "operator :",
                    "enumMember 1",
                    "keyword RUN",
                    "function '😀'",
                    "variable $X"
                ]
            );
            assert_eq!(of(&mut client, 2), ["keyword FROM", "namespace b/", "type c", "comment # 😀"]);
            assert_eq!(of(&mut client, 3), Vec::<String>::new());
        }
    }
}

/// A client that asks what has changed gets one small edit, and the same in the end as by asking for all.
#[test]
fn tokens_that_have_changed() {
    let uri = "file:///t/Dockerfile";
    let text = format!("FROM a\n{}", "RUN x 'é😀'\n".repeat(200));
    let mut client = Client::initialized(json!({}));
    client.open(uri, "dockerfile", &text);
    let full = tokens(&mut client, uri);
    let mut data = full["data"].as_array().expect("tokens").clone();
    let mut id = full["resultId"].clone();
    for (version, line, new) in
        [(2, 100, "ENV A=1\n"), (3, 0, "# 😀\n"), (4, 202, ""), (5, 50, "LABEL a=b\n")]
    {
        let place = json!({"line": line, "character": 0});
        client.change(uri, version, json!([{"range": {"start": place, "end": place}, "text": new}]));
        let answer = client.request(
            "textDocument/semanticTokens/full/delta",
            json!({"textDocument": {"uri": uri}, "previousResultId": id}),
        );
        let edits = answer["edits"].as_array().expect("edits");
        assert_eq!(edits.len(), usize::from(!new.is_empty()), "{answer}");
        for edit in edits {
            let start = edit["start"].as_u64().expect("a place") as usize;
            let end = start + edit["deleteCount"].as_u64().expect("a number") as usize;
            let new = edit["data"].as_array().expect("numbers").clone();
            assert!(end - start + new.len() <= 40, "a small edit: {edit}");
            data.splice(start..end, new);
        }
        id = answer["resultId"].clone();
        assert_eq!(Value::Array(data.clone()), tokens(&mut client, uri)["data"], "after edit {version}");
        let all = tokens(&mut client, uri);
        id = if all["resultId"] == id { id } else { all["resultId"].clone() };
    }
    // An answer that nobody remembers: all of it.
    let answer = client.request(
        "textDocument/semanticTokens/full/delta",
        json!({"textDocument": {"uri": uri}, "previousResultId": "of another life"}),
    );
    assert_eq!(answer["data"], Value::Array(data));
}

#[test]
fn tokens_of_a_range_are_those_of_the_whole() {
    let uri = "file:///t/Dockerfile";
    let text = "FROM a\nENV A='é😀' B=2\nRUN x\n";
    let mut client = Client::initialized(json!({}));
    client.open(uri, "dockerfile", text);
    let range = json!({"start": {"line": 1, "character": 14}, "end": {"line": 2, "character": 2}});
    let answer = client
        .request("textDocument/semanticTokens/range", json!({"textDocument": {"uri": uri}, "range": range}));
    assert_eq!(shown(text, &answer["data"], "utf-16"), ["operator =", "string 2", "keyword RUN"], "{answer}");
}

#[test]
fn nothing_is_read_of_what_is_not_open() {
    let mut client = Client::initialized(json!({}));
    client.open("file:///t/notes.txt", "plaintext", "FROM a\n");
    for uri in ["file:///never/opened", "file:///t/notes.txt", "untitled:x"] {
        let document = json!({"uri": uri});
        let start = json!({"line": 0, "character": 0});
        let range = json!({"start": start, "end": {"line": 9, "character": 9}});
        for (method, params) in [
            ("textDocument/semanticTokens/full", json!({"textDocument": document})),
            ("textDocument/semanticTokens/range", json!({"textDocument": document, "range": range})),
            (
                "textDocument/semanticTokens/full/delta",
                json!({"textDocument": document, "previousResultId": "1"}),
            ),
            ("textDocument/inlayHint", json!({"textDocument": document, "range": range})),
        ] {
            if method == "textDocument/inlayHint" && uri.ends_with("notes.txt") {
                assert_eq!(client.request(method, params), json!([]));
                continue;
            }
            assert_eq!(client.request(method, params), json!(null), "{method} {uri}");
        }
    }
}

/// The hints of lines, each as the text of its line up to it and what it says.
fn hints(client: &mut Client, uri: &str, text: &str, encoding: &str, lines: (usize, usize)) -> Vec<String> {
    let range = json!({"start": {"line": lines.0, "character": 0}, "end": {"line": lines.1, "character": 0}});
    let answer =
        client.request("textDocument/inlayHint", json!({"textDocument": {"uri": uri}, "range": range}));
    let place = |of: &Value, key: &str| of["position"][key].as_u64().expect("a place") as usize;
    let said = |hint: &Value| {
        let line = text.split('\n').nth(place(hint, "line")).expect("the line").trim_end_matches('\r');
        let before = columns(line, 0, place(hint, "character"), encoding);
        format!("{} « {} »", before.trim(), hint["label"].as_str().expect("a label"))
    };
    answer.as_array().unwrap_or_else(|| panic!("no hints: {answer}")).iter().map(said).collect()
}

#[track_caller]
fn hints_everywhere(language: &str, uri: &str, text: &str, expected: &[&str]) {
    for encoding in ENCODINGS {
        let mut client = counting(encoding);
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            client.open(uri, language, &text);
            assert_eq!(hints(&mut client, uri, &text, encoding, (0, 99)), expected, "{encoding}");
            client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
        }
    }
}

const VARIABLES: &str = "ARG TAG=22.04
FROM ubuntu:$TAG AS build
ARG TAG
ENV A=1 B=\"😀 $TAG\"
WORKDIR \"/é😀/$A\"
RUN echo '😀' $A ${A} $HOME && C=2 && echo $C
RUN for A in 1 2; do echo $A; done
COPY x y
FROM build
COPY --from=build a $B/b
";

#[test]
fn hints_of_variables_and_stages_in_a_dockerfile() {
    let expected = [
        "FROM ubuntu:$TAG « = ubuntu:22.04 »",
        "ARG TAG « = 22.04 »",
        "ENV A=1 B=\"😀 $TAG\" « = 😀 22.04 »",
        "WORKDIR \"/é😀/$A\" « = /é😀/1 »",
        "RUN echo '😀' $A « = 1 »",
        "FROM build « on ubuntu:22.04 »",
        "COPY --from=build a $B/b « = 😀 22.04/b »",
    ];
    hints_everywhere("dockerfile", "file:///t/Dockerfile", VARIABLES, &expected);
    // Only those of the range.
    let mut client = counting("utf-8");
    client.open("file:///t/Dockerfile", "dockerfile", VARIABLES);
    assert_eq!(hints(&mut client, "file:///t/Dockerfile", VARIABLES, "utf-8", (2, 4)), expected[1..3]);
}

#[test]
fn hints_of_the_image_that_counts_in_sdk_v1() {
    let text = "from azureml.core import Environment
from azureml.core.runconfig import DEFAULT_GPU_IMAGE
env = Environment('é😀')
env.docker.base_image = 'a:1'
env.docker.base_dockerfile = 'ARG T=1\\nFROM é😀:$T'
other = Environment('o'); other.docker.base_image = DEFAULT_GPU_IMAGE
";
    hints_everywhere(
        "python",
        "file:///t/a.py",
        text,
        &[
            "env.docker.base_image = 'a:1' « discarded: base_dockerfile below wins »",
            "env.docker.base_dockerfile = 'ARG T=1\\nFROM é😀:$T « = é😀:1 »",
            "env.docker.base_dockerfile = 'ARG T=1\\nFROM é😀:$T' « wins over base_image above »",
            "other = Environment('o'); other.docker.base_image = DEFAULT_GPU_IMAGE « = mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04 »",
        ],
    );
}

#[test]
fn hints_of_roles() {
    let deployment = "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: é😀\nendpoint_name: e\nmodel: azureml:m:1\nenvironment: \"azureml:é😀:1\" # x\n";
    hints_everywhere(
        "yaml",
        "file:///t/deployment.yml",
        deployment,
        &["environment: \"azureml:é😀:1\" « online »"],
    );
    let job = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: a\nenvironment:\n  image: a/b:1\n";
    hints_everywhere("yaml", "file:///t/job.yml", job, &["environment: « training »"]);
    let python =
        "from azure.ai.ml import command\nx = '😀'; job = command(command='a', environment='azureml:é:1')\n";
    hints_everywhere(
        "python",
        "file:///t/job.py",
        python,
        &["x = '😀'; job = command(command='a', environment='azureml:é:1' « training »"],
    );
    let python = "from azureml.core import Environment\nfrom azureml.core.model import InferenceConfig\nx = '😀'; env = Environment(\n  'é')\nc = InferenceConfig('s.py', environment=env)\nm.deploy(ws, 'n', [m], c)\n";
    let image = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1";
    hints_everywhere(
        "python",
        "file:///t/v1.py",
        python,
        &[&format!("x = '😀'; env = Environment( « = {image} »"), "x = '😀'; env = Environment( « online »"],
    );
    let environment = "# amlenv: role=batch\nname: é😀 # x\nimage: a/b:1\n";
    hints_everywhere("yaml", "file:///t/environment.yml", environment, &["name: é😀 « batch »"]);
}

#[test]
fn hints_in_the_cells_of_a_notebook() {
    for encoding in ENCODINGS {
        let cells = [
            "%pip install x\nfrom azureml.core import Environment",
            "x = '😀'; env = Environment('é😀'); env.docker.base_image = 'a'",
            "x = '😀'; env.docker.base_dockerfile = 'ARG A=1\\nFROM 😀:$A'",
        ];
        let mut client = counting(encoding);
        open_book(&mut client, &cells);
        let mut of =
            |number: usize| hints(&mut client, &format!("{BOOK}#{number}"), cells[number], encoding, (0, 9));
        assert_eq!(of(0), Vec::<String>::new());
        assert_eq!(of(1), [format!("{} « discarded: base_dockerfile below wins »", cells[1])]);
        assert_eq!(
            of(2),
            [
                "x = '😀'; env.docker.base_dockerfile = 'ARG A=1\\nFROM 😀:$A « = 😀:1 »".to_owned(),
                format!("{} « wins over base_image above »", cells[2])
            ]
        );
    }
}

fn lenses(client: &mut Client, uri: &str) -> Vec<(u64, String, String)> {
    let answer = client.request("textDocument/codeLens", json!({"textDocument": {"uri": uri}}));
    let lens = |lens: &Value| {
        let text = |key: &str| lens["command"][key].as_str().expect("a text").to_owned();
        (lens["range"]["start"]["line"].as_u64().expect("a line"), text("title"), text("command"))
    };
    answer.as_array().unwrap_or_else(|| panic!("no lenses: {answer}")).iter().map(lens).collect()
}

/// A folder with an environment, what it is made of and who uses it.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join(".git")).expect("a folder");
    std::fs::create_dir_all(folder.path().join("docker")).expect("a folder");
    let job = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: a\nenvironment: file:environment.yml\n";
    for (name, text) in [
        ("environment.yml", "name: train\nbuild:\n  path: docker\n"),
        ("docker/Dockerfile", "# é😀\nFROM a:1\n"),
        ("job.yml", job),
        ("other.yml", job),
    ] {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn open_project(client: &mut Client, folder: &std::path::Path) -> impl Fn(&str) -> String + use<> {
    let root = folder.display().to_string();
    let uri = move |name: &str| format!("file://{root}/{name}");
    for (name, language) in [
        ("environment.yml", "yaml"),
        ("docker/Dockerfile", "dockerfile"),
        ("job.yml", "yaml"),
        ("other.yml", "yaml"),
    ] {
        let text = std::fs::read_to_string(folder.join(name)).expect("a file");
        client.open(&uri(name), language, &text);
    }
    uri
}

#[test]
fn lenses_tell_who_uses_a_file() {
    let folder = project();
    let mut client =
        Client::initialized(json!({"window": {"showDocument": {"support": true}, "showMessage": {}}}));
    let uri = open_project(&mut client, folder.path());
    let own = |line: u64, title: &str, command: &str| (line, title.to_owned(), command.to_owned());
    assert_eq!(
        lenses(&mut client, &uri("environment.yml")),
        [
            own(0, "Register environment train", "amlenv.register"),
            own(0, "Used by 2 files", "amlenv.showGraph")
        ]
    );
    assert_eq!(
        lenses(&mut client, &uri("docker/Dockerfile")),
        [own(1, "Used by environment.yml", "amlenv.showGraph")]
    );
    assert_eq!(lenses(&mut client, &uri("job.yml")), []);
    // What the jobs use the environment for is said where it is defined.
    let text = "name: train\n";
    assert_eq!(
        hints(&mut client, &uri("environment.yml"), text, "utf-16", (0, 1)),
        ["name: train « training »"]
    );
    // A client that shows no documents can only read it.
    let mut client = Client::initialized(json!({}));
    let uri = open_project(&mut client, folder.path());
    assert_eq!(lenses(&mut client, &uri("docker/Dockerfile")), [own(1, "Used by environment.yml", "")]);
}

#[test]
fn the_graph_is_shown_and_answered() {
    let folder = project();
    let mut client = Client::initialized(json!({"window": {"showDocument": {"support": true}}}));
    let uri = open_project(&mut client, folder.path());
    let params = json!({"command": "amlenv.showGraph", "arguments": [{"uri": uri("environment.yml")}]});
    let answer = client.request("workspace/executeCommand", params);
    let text = answer["text"].as_str().expect("a text");
    for part in [
        "environment.yml (environment-yaml)\n   3  build-context: docker\n   3  dockerfile: docker/Dockerfile\n",
        "job.yml (job-yaml)\n   3  environment: environment.yml\n",
        "other.yml (job-yaml)\n   3  environment: environment.yml\n",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(answer["mermaid"].as_str().is_some_and(|chart| chart.starts_with("flowchart LR\n")));
    let shown = client.wait(|message| message["method"] == "window/showDocument");
    client.reply(&shown, json!({"success": true}));
    let path = shown["params"]["uri"].as_str().and_then(|uri| uri.strip_prefix("file://")).expect("a file");
    let written = std::fs::read_to_string(path).expect("a file");
    assert!(written.starts_with("```mermaid\nflowchart LR\n") && written.contains(text), "{written}");
    std::fs::remove_dir_all(std::path::Path::new(path).parent().expect("a folder")).expect("removed");
    // Without an argument, of everything that is known; without a client that shows documents, answered only.
    let mut client = Client::initialized(json!({}));
    let _uri = open_project(&mut client, folder.path());
    let answer =
        client.request("workspace/executeCommand", json!({"command": "amlenv.showGraph", "arguments": []}));
    assert_eq!(answer["text"].as_str().map(|text| text.matches("environment: ").count()), Some(2));
}

/// What is switched off is not shown, and the client is told when that changes.
#[test]
fn settings_switch_hints_and_lenses() {
    let folder = project();
    let abilities = json!({
        "workspace": {"inlayHint": {"refreshSupport": true}, "codeLens": {"refreshSupport": true}},
        "window": {"showMessage": {}},
    });
    let mut client = Client::start();
    let options = json!({"inlayHints": {"variables": false}, "codeLens": {"register": false}});
    client.request(
        "initialize",
        json!({"processId": null, "rootUri": null, "capabilities": abilities, "initializationOptions": options}),
    );
    client.notify("initialized", json!({}));
    let uri = open_project(&mut client, folder.path());
    client.open("file:///t/Dockerfile", "dockerfile", VARIABLES);
    let titles = |client: &mut Client| -> Vec<String> {
        lenses(client, &uri("environment.yml")).into_iter().map(|(_, title, _)| title).collect()
    };
    let said =
        |client: &mut Client| hints(client, "file:///t/Dockerfile", VARIABLES, "utf-16", (0, 99)).len();
    assert_eq!((titles(&mut client), said(&mut client)), (vec!["Used by 2 files".to_owned()], 1));
    let settings = json!({"amlenv": {"inlayHints": {"effectiveImage": false, "role": false}, "codeLens": {"usedBy": false}}});
    client.notify("workspace/didChangeConfiguration", json!({"settings": settings}));
    for method in ["workspace/inlayHint/refresh", "workspace/codeLens/refresh"] {
        let asked = client.wait(|message| message["method"] == method);
        client.reply(&asked, json!(null));
    }
    assert_eq!((titles(&mut client), said(&mut client)), (vec!["Register environment train".to_owned()], 6));
    assert_eq!(hints(&mut client, &uri("environment.yml"), "name: train", "utf-16", (0, 9)), [""; 0]);
}

/// What is shown of the call at the cursor `|`: the label, with the active parameter in brackets.
fn signature(client: &mut Client, uri: &str, marked: &str, encoding: &str) -> Option<String> {
    let before = &marked[..marked.find('|').expect("a cursor")];
    let line = before.matches('\n').count();
    let column = width(before.rsplit('\n').next().expect("a line"), encoding);
    let position = json!({"line": line, "character": column});
    let answer = client
        .request("textDocument/signatureHelp", json!({"textDocument": {"uri": uri}, "position": position}));
    let found = answer.get("signatures")?.get(0)?;
    let label = found["label"].as_str().expect("a label");
    let parameters = found["parameters"].as_array().expect("parameters");
    let active = answer["activeParameter"].as_u64().expect("a number") as usize;
    let Some(parameter) = parameters.get(active) else { return Some(label.to_owned()) };
    assert!(
        parameter["documentation"]["value"].as_str().is_some_and(|text| text.ends_with('.')),
        "{parameter}"
    );
    Some(match &parameter["label"] {
        Value::String(text) => {
            assert_eq!(label.matches(text.as_str()).count(), 1, "{text} in {label}");
            label.replace(text, &format!("[{text}]"))
        }
        places => {
            let place = |at: usize| places[at].as_u64().expect("a place") as usize;
            let (start, end) = (place(0), place(1));
            format!("{}[{}]{}", &label[..start], &label[start..end], &label[end..])
        }
    })
}

const V1: &str =
    "from azureml.core import Environment\nfrom azureml.core.conda_dependencies import CondaDependencies\n";
const V2: &str = "from azure.ai.ml import command\nfrom azure.ai.ml.entities import BuildContext, Environment as Env, ManagedOnlineDeployment\n";

#[test]
fn signatures_of_the_constructors_of_both_sdks() {
    let from_image = "Environment.from_docker_image(name: str, image: str, container_registry: ContainerRegistry = None, conda_specification: str = None, pip_requirements: str = None)";
    let active = |label: &str, parameter: &str| Some(label.replace(parameter, &format!("[{parameter}]")));
    let environment = "Environment(*, name: str = None, version: str = None, description: str = None, image: str = None, build: BuildContext = None, conda_file: str | PathLike | dict = None, tags: dict = None, properties: dict = None, datastore: str = None)";
    let cases = [
        (V1, "x = '😀'; env = Environment(|", Some("Environment([name: str])".to_owned())),
        (V1, "env = Environment.from_docker_image('é😀', |", active(from_image, "image: str")),
        (
            V1,
            "env = Environment.from_docker_image('é', image='😀', conda_specification=|)\nx = 1\n",
            active(from_image, "conda_specification: str = None"),
        ),
        (V1, "env = Environment.from_docker_image('é', image='😀'|)\n", active(from_image, "image: str")),
        (V1, "env = Environment.from_docker_image('é', nothing=|)\n", Some(from_image.to_owned())),
        (
            V1,
            "env.python.conda_dependencies.add_pip_package('😀|",
            Some("CondaDependencies.add_pip_package([pip_package: str])".to_owned()),
        ),
        (V2, "env = Env(|", active(environment, "name: str = None")),
        (V2, "env = Env(name='é😀', im|)", active(environment, "image: str = None")),
        (
            V2,
            "env = Env(name='é', build=BuildContext(path='😀'), conda_file=|)",
            active(environment, "conda_file: str | PathLike | dict = None"),
        ),
        (
            V2,
            "env = Env(build=BuildContext(path=|))",
            Some("BuildContext(*, dockerfile_path: str = None, [path: str | PathLike = None])".to_owned()),
        ),
        (V2, "env = Env(name='a') # (|", None),
        (V2, "def Env(|", None),
        (V2, "print(|", None),
        ("import azureml\nfrom mine import Environment\n", "Environment(|", None),
    ];
    for encoding in ENCODINGS {
        for offsets in [true, false] {
            let mut client = Client::start();
            client.initialize(json!({
                "general": {"positionEncodings": [encoding]},
                "textDocument": {"signatureHelp": {"signatureInformation": {
                    "parameterInformation": {"labelOffsetSupport": offsets},
                }}},
            }));
            for (head, code, expected) in &cases {
                let marked = format!("{head}{code}").replace('\n', if offsets { "\n" } else { "\r\n" });
                client.open("file:///t/a.py", "python", &marked.replace('|', ""));
                let found = signature(&mut client, "file:///t/a.py", &marked, encoding);
                assert_eq!(found, *expected, "{code} {encoding}");
                client.notify("textDocument/didClose", json!({"textDocument": {"uri": "file:///t/a.py"}}));
            }
        }
    }
}

#[test]
fn signatures_of_deployments_and_jobs() {
    let mut client = Client::initialized(json!({}));
    for call in ["ManagedOnlineDeployment", "command"] {
        let marked = format!("{V2}x = {call}(name='a', environment=|");
        client.open("file:///t/a.py", "python", &marked.replace('|', ""));
        let found = signature(&mut client, "file:///t/a.py", &marked, "utf-16").expect("a signature");
        assert!(found.starts_with(&format!("{call}(*, ")), "{found}");
        assert!(found.contains("[environment: str | Environment = None]"), "{found}");
        client.notify("textDocument/didClose", json!({"textDocument": {"uri": "file:///t/a.py"}}));
    }
    for uri in ["file:///t/Dockerfile", "file:///never/opened"] {
        client.open("file:///t/Dockerfile", "dockerfile", "FROM a\nRUN Environment(");
        assert_eq!(signature(&mut client, uri, "FROM a\nRUN Environment(|", "utf-16"), None);
    }
}

#[test]
fn signatures_in_the_cells_of_a_notebook() {
    for encoding in ENCODINGS {
        let marked = "!ls '(é😀'\nx = '😀'; env = Environment(|";
        let mut client = counting(encoding);
        open_book(&mut client, &[V1, &marked.replace('|', ""), "y = 1"]);
        let found = signature(&mut client, &format!("{BOOK}#1"), marked, encoding);
        assert_eq!(found.as_deref(), Some("Environment([name: str])"), "{encoding}");
        assert_eq!(signature(&mut client, &format!("{BOOK}#2"), "y = 1|", encoding), None);
    }
}
