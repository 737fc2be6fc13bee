//! `amlenv convert`: what it writes says the same in v2, and passes the checker.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use amlenv_analysis::rules::RULES;
use amlenv_analysis::{File, FilePath, classify_named};
use serde_json::Value;

use crate::fixture::{Fixture, check, of_page};
use crate::samples;

fn convert(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_amlenv"))
        .current_dir(folder)
        .args(["convert", "--to", "v2"])
        .args(args)
        .output()
        .expect("amlenv runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn text_of(output: &Output) -> String {
    text(&output.stderr)
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Fixture { files, ..Fixture::default() }.write(folder.path(), "\n");
    folder
}

const DOCKERFILE: &str = r#"from azureml.core import Environment
from azureml.core.conda_dependencies import CondaDependencies

env = Environment("train")
env.version = "1.10"
env.docker.base_image = None
env.docker.base_dockerfile = r"""
# syntax=docker/dockerfile:1
FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1
RUN apt-get update \
    && apt-get install --yes git
"""
env.docker.base_image_registry.username = "contoso"
env.docker.base_image_registry.password = "do-not-write-me"
env.environment_variables = {"MODE": "hidden-value"}
packages = CondaDependencies.create(python_version="3.11", pip_packages=["pandas==2.2.2"])
packages.add_conda_package("numpy=1.26")
env.python.conda_dependencies = packages
"#;

#[test]
fn dockerfile_text_and_packages_become_a_context_folder() {
    let folder = folder(&[("train.py", DOCKERFILE)]);
    let output = convert(folder.path(), &["train.py", "--output", "v2"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "v2/environment.yml\nv2/context/Dockerfile\nv2/context/conda.yml\n");
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).expect("a file");
    let environment = read("v2/environment.yml");
    assert!(
        environment.ends_with("name: train\nversion: \"1.10\"\nbuild:\n  path: context\n"),
        "{environment}"
    );
    let dockerfile = read("v2/context/Dockerfile");
    assert!(dockerfile.starts_with("# syntax=docker/dockerfile:1\nFROM mcr.microsoft.com/"), "{dockerfile}");
    assert!(dockerfile.contains("RUN conda env create"), "{dockerfile}");
    assert_eq!(
        read("v2/context/conda.yml"),
        "channels:\n  - anaconda\n  - conda-forge\ndependencies:\n  - python=3.11\n  - numpy=1.26\n  - pip\n  - pip:\n      - pandas==2.2.2\n"
    );
    let notes = text(&output.stderr);
    for part in ["az ml connection create", "AcrPull", "environment_variables with MODE"] {
        assert!(notes.contains(part) && environment.replace("\n#  ", "").contains(part), "{part}: {notes}");
    }
    for secret in ["do-not-write-me", "hidden-value"] {
        assert!(!environment.contains(secret) && !notes.contains(secret));
    }
    assert_eq!(check(folder.path(), &["v2"])["findings"], Value::Array(Vec::new()));
    // Never over an existing file, and then nothing at all.
    fs::remove_file(folder.path().join("v2/environment.yml")).expect("removed");
    let again = convert(folder.path(), &["train.py", "--output", "v2"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(!folder.path().join("v2/environment.yml").exists(), "{}", text(&again.stderr));
}

#[test]
fn a_single_file_is_printed_and_several_want_a_folder() {
    let json = r#"{"name": "train", "version": "3", "docker": {"baseImage": "team/train:1", "baseDockerfile": null,
        "baseImageRegistry": {"address": "contoso.azurecr.io", "username": null, "password": null}, "shmSize": "8g"},
        "python": {"userManagedDependencies": true}, "environmentVariables": {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}}"#;
    let folder = folder(&[("azureml_environment.json", json), ("train.py", DOCKERFILE)]);
    let output = convert(folder.path(), &["azureml_environment.json"]);
    assert_eq!(
        text(&output.stdout),
        "# Note: shm_size belongs to the job in v2: resources.shm_size.\n$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: train\nversion: \"3\"\nimage: contoso.azurecr.io/team/train:1\n"
    );
    assert_eq!(text(&output.stderr), "note: shm_size belongs to the job in v2: resources.shm_size.\n");
    let output = convert(folder.path(), &["train.py"]);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
    assert!(text(&output.stderr).contains("--output"));
}

#[test]
fn a_run_configuration_keeps_its_conda_file() {
    let runconfig = "script: train.py\ntarget: cpu\nenvironment:\n  name: train\n  docker:\n    baseImage: contoso.azurecr.io/train:1\n  python:\n    userManagedDependencies: false\n    condaDependenciesFile: conda.yml\n";
    let conda = "dependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - pandas\n";
    let folder = folder(&[("train.runconfig", runconfig), ("conda.yml", conda)]);
    let output = convert(folder.path(), &["train.runconfig", "--output", "environments/train"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let environment =
        fs::read_to_string(folder.path().join("environments/train/environment.yml")).expect("a file");
    assert!(environment.ends_with("conda_file: ../../conda.yml\n"), "{environment}");
    assert_eq!(check(folder.path(), &["environments"])["summary"]["error"], 0);
}

#[test]
fn python_of_v2_becomes_yaml() {
    let text = "from azure.ai.ml.entities import BuildContext, Environment\nenv = Environment(\n    name=\"train\",\n    version=3,\n    description=\"It: runs\",\n    tags={\"team\": \"vision\", \"n\": \"1.0\"},\n    image=\"a.io/b:1\",\n    conda_file={\"channels\": [\"conda-forge\"], \"dependencies\": [\"python=3.11\", \"pip\", {\"pip\": [\"pandas>=2\"]}]},\n)\nother = Environment(name=\"other\", build=BuildContext(path=\"docker\"))\n";
    let folder = folder(&[("env.py", text), ("docker/Dockerfile", "FROM a.io/b:1\n")]);
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).expect("a file");
    for (name, output) in [("train", "one"), ("other", "deep/two")] {
        let output = convert(folder.path(), &["env.py", "--environment", name, "--output", output]);
        assert_eq!(output.status.code(), Some(0), "{}", text_of(&output));
    }
    assert!(read("one/environment.yml").ends_with(
        "name: train\nversion: \"3\"\ndescription: \"It: runs\"\nimage: a.io/b:1\nconda_file: conda.yml\ntags:\n  team: \"vision\"\n  n: \"1.0\"\n"
    ));
    assert_eq!(
        read("one/conda.yml"),
        "channels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - pandas>=2\n"
    );
    assert!(read("deep/two/environment.yml").ends_with("name: other\nbuild:\n  path: ../../docker\n"));
    assert_eq!(check(folder.path(), &["one", "deep"])["findings"], Value::Array(Vec::new()));
}

#[test]
fn what_a_cell_writes_is_written_again() {
    let cell = |source: &str| serde_json::json!({"cell_type": "code", "metadata": {}, "outputs": [], "source": source});
    let book = serde_json::json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        cell("%%writefile conda.yml\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n"),
        cell("from azureml.core import Environment\nenv = Environment.from_conda_specification('train', 'conda.yml')\nenv.docker.base_image = 'a.io/b:1'"),
    ]});
    let folder = folder(&[("book.ipynb", &book.to_string())]);
    let output = convert(folder.path(), &["book.ipynb", "--output", "out"]);
    assert_eq!(text(&output.stdout), "out/environment.yml\nout/conda.yml\n", "{}", text(&output.stderr));
    assert_eq!(check(folder.path(), &["out"])["findings"], Value::Array(Vec::new()));
}

#[test]
fn what_is_not_known_is_refused_with_its_place() {
    let head = "from azureml.core import Environment\nenv = Environment(\"e\")\n";
    for (rest, place, said) in [
        ("env.docker.base_image = pick()\n", "3:25", "base_image is not known here"),
        ("if gpu:\n    env.docker.base_image = \"a.io/b:1\"\n", "4:5", "only under a condition"),
        (
            "env.docker.base_dockerfile = f\"FROM a.io/{x}:1\\nRUN y\"\n",
            "3:30",
            "base_dockerfile is not known",
        ),
        (
            "env.docker.base_image = \"a.io/b:1\"\nenv.python.conda_dependencies.add_pip_package(x)\n",
            "4:1",
            "among these packages",
        ),
        ("env.python.user_managed_dependencies = x\n", "3:40", "user_managed_dependencies is not known"),
    ] {
        let folder = folder(&[("a.py", &format!("{head}{rest}"))]);
        let output = convert(folder.path(), &["a.py", "--output", "out"]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{rest}: {message}");
        assert!(
            message.starts_with(&format!("amlenv: a.py:{place}: ")) && message.contains(said),
            "{rest}: {message}"
        );
        assert!(!folder.path().join("out").exists());
    }
    let folder = folder(&[
        ("e.yml", "name: e\nimage: a.io/b:1\n"),
        ("a.py", &format!("{head}f = Environment(\"f\")\n")),
    ]);
    for (file, said) in [("e.yml", "for v2 already"), ("a.py", "1 (e), 2 (f)"), ("b.py", "no such file")] {
        let output = convert(folder.path(), &[file]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
}

/// Converts every environment of every file below `root`; how many were converted, and the codes that
/// are wrong in what was written.
fn all_of(root: &Path, complaints: &mut Vec<String>) -> usize {
    let mut converted = 0;
    let before = codes(&check(root, &["."]));
    let mut pending = vec![root.to_path_buf()];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending
                .extend(fs::read_dir(&path).expect("a folder").map(|found| found.expect("an entry").path()));
            continue;
        }
        let Ok(content) = fs::read_to_string(&path) else { continue };
        let here = FilePath::new(&path.to_string_lossy());
        let Some(kind) = classify_named(&here, &content) else { continue };
        let file = File::new(here, kind, Arc::from(content.as_str()));
        let count =
            file.environments().count() + file.parts().map(|part| part.environments().count()).sum::<usize>();
        let name = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
        for number in 1..=count {
            let folder = format!("converted-{converted}");
            let output = convert(root, &[&name, "--environment", &number.to_string(), "--output", &folder]);
            match output.status.code() {
                Some(0) => {
                    converted += 1;
                    let wrong = check(root, &[&folder]);
                    // What is wrong with an image or a package is as wrong as it was; the form must be right.
                    let new: Vec<String> =
                        codes(&wrong).into_iter().filter(|code| !carried(code, &before)).collect();
                    if !new.is_empty() {
                        complaints.push(format!("{name} #{number}: {new:?} in {wrong}"));
                    }
                    fs::remove_dir_all(root.join(&folder)).expect("removed");
                }
                Some(1 | 2) => {}
                other => complaints.push(format!("{name} #{number}: {other:?}")),
            }
        }
    }
    converted
}

/// Whether a finding is about content that was there before, and said before.
fn carried(code: &str, before: &BTreeSet<String>) -> bool {
    before.contains(code) && ["AML3", "AML403", "AML6", "AML7"].iter().any(|family| code.starts_with(family))
}

/// The codes of errors and warnings.
fn codes(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().expect("findings").iter();
    findings
        .filter(|found| matches!(found["severity"].as_str(), Some("error" | "warning")))
        .map(|found| found["code"].as_str().expect("a code").to_owned())
        .collect()
}

#[test]
fn what_is_written_passes_the_checker() {
    let mut complaints = Vec::new();
    let mut converted = 0;
    for rule in RULES {
        for fixture in of_page(rule.page) {
            let convertible =
                |path: &str| [".py", ".json", ".runconfig", ".ipynb"].iter().any(|end| path.ends_with(end));
            if !fixture.files.iter().any(|(path, _)| convertible(path)) {
                continue;
            }
            let folder = tempfile::tempdir().expect("a folder");
            fixture.write(folder.path(), "\r\n");
            converted += all_of(folder.path(), &mut complaints);
        }
    }
    let copy = tempfile::tempdir().expect("a folder");
    fs::create_dir(copy.path().join(".git")).expect("a folder");
    copy_all(&samples::folder(), copy.path());
    converted += all_of(copy.path(), &mut complaints);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(converted > 30, "{converted}");
}

fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir_all(&target).expect("a folder");
            copy_all(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}
