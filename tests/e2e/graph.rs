//! `amlenv graph`: what refers to what, through the binary.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn graph(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amlenv"));
    command.current_dir(folder).arg("graph").args(args).output().expect("amlenv runs")
}

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    for (path, text) in [
        (
            "environments/train.yml",
            "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: train\nbuild:\n  path: ../docker\n",
        ),
        (
            "docker/Dockerfile",
            "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n",
        ),
        ("docker/requirements.txt", "-r base.txt\nnumpy\n"),
        ("docker/base.txt", "pandas\n"),
        (
            "jobs/train.yml",
            "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncode: ../src\ncommand: python train.py --rate 1\nenvironment: azureml:train:1\n",
        ),
        ("src/train.py", "print(1)\n"),
        (
            "jobs/score.yml",
            "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: python -c 1\nenvironment: azureml:elsewhere@latest\n",
        ),
        (
            "jobs/lost.yml",
            "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: python -c 1\nenvironment:\n  image: python:3.12-slim\n  conda_file: conda.yml\n",
        ),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

#[test]
fn references_are_listed_with_their_lines_and_whether_they_lead_anywhere() {
    let folder = project();
    let output = graph(folder.path(), &["--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let edge = |from: &str, line: Value, kind: &str, to: &str, exists: Value| json!({"from": from, "line": line, "as": kind, "to": to, "exists": exists});
    let expected = [
        edge("docker/Dockerfile", Value::Null, "requirements", "docker/requirements.txt", json!(true)),
        edge("docker/requirements.txt", json!(1), "requirements", "docker/base.txt", json!(true)),
        edge("environments/train.yml", json!(4), "build-context", "docker", json!(true)),
        edge("environments/train.yml", json!(4), "dockerfile", "docker/Dockerfile", json!(true)),
        edge("jobs/lost.yml", json!(5), "conda", "jobs/conda.yml", json!(false)),
        edge("jobs/score.yml", json!(3), "environment", "azureml:elsewhere@latest", Value::Null),
        edge("jobs/train.yml", json!(3), "script", "src/train.py", json!(true)),
        edge("jobs/train.yml", json!(4), "environment", "environments/train.yml", json!(true)),
    ];
    assert_eq!(found["edges"], json!(expected));
    let kind = |name: &str| {
        let nodes = found["nodes"].as_array().expect("nodes");
        nodes.iter().find(|node| node["name"] == name).map(|node| node["kind"].clone())
    };
    for (name, expected) in [
        ("docker", "folder"),
        ("docker/Dockerfile", "dockerfile"),
        ("docker/base.txt", "requirements"),
        ("environments/train.yml", "environment-yaml"),
        ("jobs/train.yml", "job-yaml"),
        ("src/train.py", "script"),
        ("azureml:elsewhere@latest", "environment"),
    ] {
        assert_eq!(kind(name), Some(json!(expected)), "{name}");
    }
}

#[test]
fn the_graph_of_one_file_follows_what_it_names() {
    let folder = project();
    let output = graph(folder.path(), &["jobs/train.yml"]);
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected = "docker/Dockerfile (dockerfile)\n   -  requirements: docker/requirements.txt\n\
        docker/requirements.txt (requirements)\n   1  requirements: docker/base.txt\n\
        environments/train.yml (environment-yaml)\n   4  build-context: docker\n   4  dockerfile: docker/Dockerfile\n\
        jobs/train.yml (job-yaml)\n   3  script: src/train.py\n   4  environment: environments/train.yml\n";
    assert_eq!(shown, expected);
}

#[test]
fn mermaid_draws_what_is_missing_with_dots_and_every_run_says_the_same() {
    let folder = project();
    let run = || String::from_utf8_lossy(&graph(folder.path(), &["--format", "mermaid"]).stdout).into_owned();
    let shown = run();
    assert!(shown.starts_with("flowchart LR\n"), "{shown}");
    assert_eq!(shown.matches("-.->|conda|").count(), 1, "{shown}");
    assert!(shown.contains("([\"azureml:elsewhere@latest\"])"), "{shown}");
    assert!(shown.contains("[/\"docker\"/]"), "{shown}");
    assert_eq!(shown, run());
    assert_eq!(graph(folder.path(), &["nowhere"]).status.code(), Some(2));
}
