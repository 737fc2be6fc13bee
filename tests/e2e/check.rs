//! `amlenv check` and its neighbours: exit status, formats, fixes, walking, configuration.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::samples;

fn amlenv(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_amlenv")).current_dir(folder).args(args).output().expect("amlenv runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    for (path, content) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
    folder
}

const GOOD: &str = "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1\n";
const LATEST: &str = "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest\n";
const BROKEN: &str = "FROM a:1\nRNU x\n";

#[test]
fn the_exit_status_says_how_bad_it_is() {
    let folder = folder(&[("Dockerfile", GOOD), ("hint/Dockerfile", LATEST), ("bad/Dockerfile", BROKEN)]);
    let status = |args: &[&str]| amlenv(folder.path(), args).status.code();
    assert_eq!(status(&["check", "Dockerfile"]), Some(0));
    assert_eq!(status(&["check", "hint"]), Some(0));
    assert_eq!(status(&["check", "--fail-on", "hint", "hint"]), Some(1));
    assert_eq!(status(&["check", "."]), Some(1));
    assert_eq!(status(&["check", "--fail-on", "never", "."]), Some(0));
    assert_eq!(status(&["check", "--ignore", "AML713", "bad"]), Some(0));
    assert_eq!(status(&["check", "--select", "AML999", "."]), Some(2));
    assert_eq!(status(&["check", "--no-such-flag"]), Some(2));
    assert_eq!(status(&["explain", "AML000"]), Some(2));
}

#[test]
fn text_has_carets_under_the_source() {
    let folder = folder(&[("Dockerfile", BROKEN)]);
    let output = amlenv(folder.path(), &["check", "--color", "never", "."]);
    let expected = "error[AML713]: Unknown instruction: RNU (did you mean RUN?).\n --> Dockerfile:2:1\n  |\n2 | RNU x\n  | ^^^\n\n1 file checked: 1 error\n";
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn two_runs_print_the_same_bytes() {
    let root = samples::folder();
    for format in ["text", "json", "jsonl", "sarif", "github"] {
        let run = |jobs: &str| amlenv(&root, &["check", "--jobs", jobs, "--format", format, "."]).stdout;
        assert!(!run("1").is_empty());
        assert_eq!(run("1"), run("7"), "{format}");
    }
}

#[test]
fn json_has_the_fields_that_scripts_rely_on() {
    let root = samples::folder();
    let output = amlenv(&root, &["check", "--format", "json", "v1-dockerfile-text"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["schema"], 1);
    assert_eq!(report["tool"]["name"], "amlenv");
    assert_eq!(report["summary"]["files"], 1);
    let broken = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .find(|found| found["code"] == "AML713")
        .expect("AML713");
    assert_eq!(broken["name"], "dockerfile-syntax");
    assert_eq!(broken["kind"], "python");
    assert_eq!(broken["file"], "v1-dockerfile-text/pipeline.py");
    assert_eq!(broken["embedded"], serde_json::json!({"language": "dockerfile", "line": 5}));
    assert!(broken["url"].as_str().is_some_and(|url| url.ends_with("dockerfile_syntax.md")));
}

#[test]
fn sarif_has_rules_locations_and_levels() {
    let root = samples::folder();
    let output = amlenv(&root, &["check", "--format", "sarif", "."]);
    let log: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in run["results"].as_array().expect("results") {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().expect("a level")));
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["region"]["startLine"].as_u64().is_some_and(|line| line > 0));
        assert!(place["artifactLocation"]["uri"].as_str().is_some_and(|uri| !uri.starts_with('/')));
    }
}

#[test]
fn columns_count_code_points_whatever_stands_before() {
    let folder = folder(&[(
        "environment.yml",
        "name: \"é😀\"\r\nimage: mcr.microsoft.com/azureml/base:x # é\r\nbuild: {path: \"😀é\"}\r\n",
    )]);
    let output = amlenv(folder.path(), &["check", "--format", "json", "."]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let missing = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .find(|found| found["code"] == "AML123")
        .expect("AML123");
    assert_eq!(missing["range"]["start"], serde_json::json!({"line": 3, "column": 16}));
    assert_eq!(missing["range"]["end"], serde_json::json!({"line": 3, "column": 18}));
}

#[test]
fn safe_fixes_are_applied_and_nothing_else_changes() {
    let before = "from azureml.core import Environment\r\n\r\nenv = Environment(\"é\")\r\nenv.docker.base_dockerfile = \"FROM a:1\"\r\nother = Environment(\"x\")\r\nother.docker.enabled = True\r\n";
    let folder = folder(&[("train.py", before)]);
    let output = amlenv(folder.path(), &["check", "--fix", "--format", "json", "."]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["summary"]["fixed"], 1);
    let after = fs::read_to_string(folder.path().join("train.py")).expect("text");
    let reset = "env.docker.base_image = None\r\nenv.docker.base_dockerfile";
    assert_eq!(after, before.replace("env.docker.base_dockerfile", reset));
    amlenv(folder.path(), &["check", "--fix", "--unsafe-fixes", "."]);
    let after = fs::read_to_string(folder.path().join("train.py")).expect("text");
    assert!(!after.contains("enabled"), "{after}");
}

#[test]
fn walking_honours_ignore_files_and_named_files_are_always_judged() {
    let folder = folder(&[
        (".gitignore", "out/\n"),
        ("out/Dockerfile", BROKEN),
        ("values.yaml", "image: nginx\nreplicas: 2\n"),
        ("docker-compose.yml", "services:\n  a:\n    image: b\n    build: .\n"),
        ("python_env.yaml", "python: 3.10\nbuild_dependencies: [pip]\ndependencies: [-r requirements.txt]\n"),
        ("Dockerfile", GOOD),
    ]);
    let files = |args: &[&str]| -> u64 {
        let mut all = vec!["check", "--format", "json"];
        all.extend(args);
        let report: Value = serde_json::from_slice(&amlenv(folder.path(), &all).stdout).expect("JSON");
        report["summary"]["files"].as_u64().expect("a number")
    };
    assert_eq!(files(&["."]), 1);
    assert_eq!(files(&["--no-ignore", "."]), 2);
    assert_eq!(files(&["out/Dockerfile"]), 1);
    assert_eq!(files(&["--exclude", "Dockerfile", "."]), 0);
}

#[test]
fn the_nearest_configuration_wins_and_its_mistakes_are_findings() {
    let folder = folder(&[
        ("amlenv.toml", "ignore = [\"AML3\"]\nselekt = []\n"),
        ("Dockerfile", LATEST),
        ("deep/pyproject.toml", "[tool.amlenv.severity]\nimage-latest = \"error\"\n"),
        ("deep/Dockerfile", LATEST),
    ]);
    let output = amlenv(folder.path(), &["check", "--format", "json", "."]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found: Vec<(String, String, String)> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|found| {
            let own = |key: &str| found[key].as_str().expect("a text").to_owned();
            (own("file"), own("code"), own("severity"))
        })
        .collect();
    let own = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(found, [own("amlenv.toml", "AML004", "warning"), own("deep/Dockerfile", "AML304", "error")]);
    let isolated = amlenv(folder.path(), &["check", "--isolated", "--format", "json", "."]);
    let report: Value = serde_json::from_slice(&isolated.stdout).expect("JSON");
    assert_eq!(report["summary"]["hint"], 2);
}

#[test]
fn suppressions_hold_for_their_place_and_useless_ones_are_told() {
    let folder = folder(&[
        (
            "Dockerfile",
            "# amlenv: ignore[AML304] on purpose\nFROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest\n# amlenv: ignore[image-latest]\nRUN true\n",
        ),
        ("environment.yml", "# amlenv: ignore-file[AML3]\nname: a\nimage: mcr.microsoft.com/azureml/base\n"),
    ]);
    let output = amlenv(folder.path(), &["check", "--format", "json", "."]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let codes: Vec<(&str, u64)> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|found| {
            (
                found["code"].as_str().expect("a code"),
                found["range"]["start"]["line"].as_u64().expect("a line"),
            )
        })
        .collect();
    assert_eq!(codes, [("AML005", 3)]);
}

#[test]
fn standard_input_is_judged_under_its_name() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_amlenv"))
        .args(["check", "-", "--stdin-filename", "x/Dockerfile", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("amlenv runs");
    std::io::Write::write_all(&mut child.stdin.take().expect("input"), BROKEN.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("an end");
    let finding: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(finding["file"].as_str().is_some_and(|file| file.ends_with("x/Dockerfile")));
    assert_eq!(finding["code"], "AML713");
}

#[test]
fn rules_are_listed_and_explained() {
    let folder = folder(&[]);
    let list = amlenv(folder.path(), &["rules", "--format", "json"]);
    let rules: Value = serde_json::from_slice(&list.stdout).expect("JSON");
    for rule in rules.as_array().expect("rules") {
        for name in [&rule["code"], &rule["name"]] {
            let page = amlenv(folder.path(), &["explain", name.as_str().expect("a text")]);
            assert_eq!(page.status.code(), Some(0));
            assert!(text(&page.stdout).contains(rule["code"].as_str().expect("a text")));
        }
    }
}

#[test]
fn syntax_shows_what_the_parser_saw() {
    let folder = folder(&[(
        "Dockerfile",
        "FROM a AS b\nONBUILD COPY --from=b x y\nENV A=1 B=\"c d\"\nRUN <<E\nx\nE\nRNU\n",
    )]);
    let output = amlenv(folder.path(), &["syntax", "--format", "json", "Dockerfile"]);
    let tree: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(tree["kind"], "dockerfile");
    assert_eq!(tree["instructions"][1]["onbuild"]["keyword"], "COPY");
    assert_eq!(tree["instructions"][1]["onbuild"]["flags"][0], "--from=b");
    assert_eq!(tree["instructions"][2]["arguments"], serde_json::json!(["A", "1", "B", "\"c d\""]));
    assert_eq!(tree["instructions"][2]["form"], "pairs");
    assert_eq!(tree["instructions"][3]["heredocs"][0]["content"], "x\n");
    assert_eq!(tree["problems"].as_array().map(Vec::len), Some(1));
}

#[test]
fn the_configuration_is_shown_and_described() {
    let folder = folder(&[
        (
            "amlenv.toml",
            "ignore = [\"AML304\"]\n[per-file-ignores]\n\"*.py\" = [\"AML8\"]\n[roles]\n\"a/**\" = \"online\"\n",
        ),
        ("a/x.py", ""),
    ]);
    let shown = amlenv(folder.path(), &["config", "show", "a/x.py", "--format", "json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!((&shown["path"], &shown["from"]), (&"a/x.py".into(), &"amlenv.toml".into()));
    assert_eq!(shown["applies"]["ignore"], serde_json::json!(["AML304", "AML8"]));
    assert_eq!(shown["applies"]["role"], "online");
    let plain = text(&amlenv(folder.path(), &["config", "show", "none.py"]).stdout);
    assert!(plain.starts_with("# from amlenv.toml\nselect = []\n"), "{plain}");

    let schema = amlenv(folder.path(), &["config", "schema"]);
    let schema: Value = serde_json::from_slice(&schema.stdout).expect("JSON");
    for key in &amlenv_analysis::config::KEYS {
        let below = key.name.replace('.', "/properties/");
        let described = schema.pointer(&format!("/properties/{below}/description"));
        assert_eq!(described.and_then(Value::as_str), Some(key.text));
    }
    assert_eq!(schema["additionalProperties"], false);
}

/// What is shown of a line with a password leaves the password out, in every notation and format.
#[test]
fn passwords_are_not_shown() {
    const SECRET: &str = "S3cr3t-é-Passw0rd";
    let python = format!(
        "from azureml.core import Environment\nenv = Environment('a')\nenv.docker.base_image = 'b.azurecr.io/x:1'\nenv.docker.base_image_registry.username = 'u'\nenv.docker.base_image_registry.password = '{SECRET}'\n"
    );
    let json = format!(
        "{{\"name\": \"t\", \"docker\": {{\"baseImage\": \"b.azurecr.io/x:1\", \"baseImageRegistry\": {{\"username\": \"u\", \"password\": \"{SECRET}\"}}}}}}\n"
    );
    let dockerfile = format!("FROM a:1\nRNU pip install -i https://u:{SECRET}@pypi.contoso.com/simple x\n");
    let lines: Vec<&str> = python.split_inclusive('\n').collect();
    let book =
        serde_json::json!({"cells": [{"cell_type": "code", "source": lines}], "metadata": {}}).to_string();
    let folder = folder(&[
        ("train.py", &python),
        ("azureml_environment.json", &json),
        ("Dockerfile", &dockerfile),
        ("book.ipynb", &book),
    ]);
    for format in
        ["text", "json", "jsonl", "sarif", "github", "gitlab", "junit", "checkstyle", "azure-pipelines"]
    {
        let shown = text(&amlenv(folder.path(), &["check", "--format", format, "."]).stdout);
        assert!(shown.contains("AML713"), "{format}: {shown}");
        assert!(!shown.contains("Passw0rd") && !shown.contains("S3cr3t"), "{format}: {shown}");
    }
    for file in ["train.py", "azureml_environment.json", "book.ipynb"] {
        let shown = text(&amlenv(folder.path(), &["syntax", file, "--format", "json"]).stdout);
        assert!(shown.contains("password") && !shown.contains("Passw0rd"), "{file}: {shown}");
    }
}

/// What a team's own catalogue says wrongly is told there; one outside the workspace is not read.
#[test]
fn a_catalogue_of_ones_own_is_read_inside_the_workspace_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("repository");
    fs::create_dir_all(root.join(".git")).expect("a folder");
    let write = |path: &str, text: &str| fs::write(root.join(path), text).expect("a file");
    let own = "snapshot = \"2026-11-01\"\n[[images]]\nrepository = \"contoso.azurecr.io/base\"\nstatus = \"deprecated\"\nowner = \"we\"\n";
    write("team.toml", own);
    fs::write(folder.path().join("outside.toml"), own).expect("a file");
    write("Dockerfile", "FROM contoso.azurecr.io/base:1\n");
    let found = |path: &str| -> Vec<String> {
        write("amlenv.toml", &format!("[catalogue]\nextra = \"{path}\"\n"));
        let report = crate::fixture::check(&root, &["."]);
        let findings = report["findings"].as_array().expect("findings").clone();
        let line = |found: &Value| {
            format!("{} {} {}", found["file"], found["code"], found["range"]["start"]["line"])
        };
        findings.iter().map(line).collect()
    };
    let plain = |text: &str| text.replace('\'', "\"");
    assert_eq!(found("team.toml"), [plain("'Dockerfile' 'AML301' 1"), plain("'team.toml' 'AML004' 5")]);
    for path in ["../outside.toml", "nowhere.toml", "."] {
        assert_eq!(found(path), [plain("'amlenv.toml' 'AML004' 2")], "{path}");
    }
}
