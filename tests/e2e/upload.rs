//! Registering with a build context, from end to end: the real binary, a stand-in for Resource Manager
//! that holds every request against the contract, and Azurite as the blob store behind it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::azurite::KEY;
use crate::client::Client;
use crate::manager::{Fault, Manager, STORAGE_TOKEN, Secrets, TOKEN, error};
use crate::wire::Reply;

const DOCKERFILE: &str = "FROM python:3.10-slim\nCOPY requirements.txt .\n";

/// The context that the official client was measured with.
const FILES: [(&str, &str); 4] = [
    ("environment.yml", "name: e\nversion: '1'\nbuild:\n  path: ctx\n"),
    ("ctx/Dockerfile", DOCKERFILE),
    ("ctx/requirements.txt", "numpy==1.26.4\n"),
    ("ctx/sub/a.txt", "a\n"),
];

/// A folder with files and a program called `az`.
struct World {
    folder: tempfile::TempDir,
    manager: Manager,
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }
}

impl World {
    fn new(secrets: Secrets, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("bin")).expect("a folder");
        let az = folder.path().join("bin/az");
        let answer = |token: &str| json!({"accessToken": token, "expires_on": 4_102_444_800u64, "expiresOn": "2099-12-31 00:00:00.000000", "tokenType": "Bearer"});
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in\n*storage.azure.com*) cat <<'X'\n{}\nX\n;;\n*) cat <<'X'\n{}\nX\n;;\nesac\n",
            answer(STORAGE_TOKEN),
            answer(TOKEN)
        );
        fs::write(&az, script).expect("a program");
        fs::set_permissions(&az, fs::Permissions::from_mode(0o755)).expect("permissions");
        fs::create_dir_all(folder.path().join("work/.git")).expect("a folder");
        write(&folder.path().join("work"), files);
        Self { folder, manager: Manager::new(secrets) }
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn surroundings(&self, command: &mut Command) {
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", self.folder.path().join("bin").display()))
            .env("HOME", self.folder.path())
            .env(
                "ARM_CLOUD_METADATA_URL",
                format!("http://localhost:{}/metadata/endpoints", self.manager.port),
            )
            .env("AZUREML_ARM_SUBSCRIPTION", "sub")
            .env("AZUREML_ARM_RESOURCEGROUP", "rg")
            .env("AZUREML_ARM_WORKSPACE_NAME", "ws");
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amlenv"));
        self.surroundings(&mut command);
        command.current_dir(self.work()).arg("register").args(args).args(["--yes", "-vv"]);
        command
    }

    fn register(&self, args: &[&str]) -> Output {
        let output = self.command(args).output().expect("amlenv runs");
        for text in [&output.stdout, &output.stderr] {
            self.assert_secret(&String::from_utf8_lossy(text));
        }
        output
    }

    /// Nothing that must not be seen stands in a text.
    #[track_caller]
    fn assert_secret(&self, text: &str) {
        let signature = self.manager.container.sas.split("sig=").nth(1).expect("a signature");
        for secret in [TOKEN, STORAGE_TOKEN, KEY, signature] {
            assert!(!text.contains(secret), "a secret is shown");
        }
        // Signatures that amlenv makes itself are not known here.
        assert!(!text.contains("sig="), "a signature is shown: {text}");
    }

    #[track_caller]
    fn registers(&self, args: &[&str]) -> String {
        let output = self.register(args);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    #[track_caller]
    fn fails(&self, args: &[&str], code: i32, said: &str) -> String {
        let output = self.register(args);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{error}");
        assert!(error.contains(said), "{said:?} is not said:\n{error}");
        error
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Where the files are that hold what was measured.
fn measured(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/e2e/registration").join(name)
}

fn dry_run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_amlenv"))
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        // If anybody were asked, this would fail.
        .env("ARM_CLOUD_METADATA_URL", "http://127.0.0.1:1/")
        .arg("register")
        .args(args)
        .args(["--dry-run", "--format", "json"])
        .output()
        .expect("amlenv runs")
}

/// Makes the files of a measured context.
fn make(folder: &Path, files: &Value) {
    for (name, content) in files.as_object().expect("files") {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        if let Some(target) = content["link_to"].as_str() {
            std::os::unix::fs::symlink(target, path).expect("a link");
        } else if content["folder"].is_boolean() {
            fs::create_dir_all(path).expect("a folder");
        } else if let Some(piece) = content["repeat"].as_str() {
            let times = usize::try_from(content["times"].as_u64().expect("a number")).expect("few");
            fs::write(path, piece.repeat(times)).expect("a file");
        } else {
            fs::write(path, content.as_str().expect("a text")).expect("a file");
        }
    }
}

/// The scenarios of hashing, each with whether the outcome is that of the official client.
fn hashed() -> Vec<(String, bool)> {
    let text = fs::read_to_string(measured("contexts.json")).expect("a file");
    let data: Value = serde_json::from_str(&text).expect("JSON");
    let cases = data["cases"].as_array().expect("cases");
    let equal = |case: &Value| {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), &[("environment.yml", "name: e\nbuild:\n  path: ctx\n")]);
        make(&folder.path().join("ctx"), &case["files"]);
        let output = dry_run(folder.path(), &["environment.yml", "--force"]);
        let sent = case["sent"].as_array().expect("paths");
        if sent.is_empty() {
            return output.status.code() == Some(1) && self::text(&output.stderr).contains("is left to send");
        }
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let files = plan["context"]["files"].as_array().cloned().unwrap_or_default();
        let paths: Vec<&Value> = files.iter().map(|file| &file["path"]).collect();
        plan["context"]["hash"] == case["hash"] && paths.into_iter().eq(sent)
    };
    cases.iter().map(|case| (case["scenario"].as_str().unwrap_or("").to_owned(), equal(case))).collect()
}

/// The requests of the official client, by scenario.
fn exchanges() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(measured("exchanges.txt")).expect("a file");
    let parts = text.split("\n## ").skip(1);
    let part = |part: &str| {
        let mut lines = part.lines().map(str::to_owned).filter(|line| !line.is_empty());
        (lines.next().unwrap_or_default(), lines.collect())
    };
    parts.map(part).collect()
}

/// Files that are sent side by side in the order of their paths, as they stand in the measured file.
fn ordered(lines: Vec<String>) -> Vec<String> {
    let is_file = |line: &String| line.starts_with("PUT LocalUpload/") && line.contains("BlockBlob");
    let mut out: Vec<String> = Vec::new();
    let mut files: Vec<String> = Vec::new();
    for line in lines {
        if is_file(&line) {
            files.push(line);
            continue;
        }
        files.sort();
        out.append(&mut files);
        out.push(line);
    }
    files.sort();
    out.append(&mut files);
    out
}

const IMAGE: &str = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest";

/// Does what was done with the official client, and gives the requests.
fn replay(scenario: &str) -> Vec<String> {
    let image = |more: &str| format!("name: e\nversion: '1'\nimage: {IMAGE}\n{more}");
    let conda =
        "name: c\nchannels: [conda-forge]\ndependencies: [python=3.10, pip, {pip: [azureml-mlflow]}]\n";
    let world = |secrets: Secrets, yaml: &str| {
        let world = World::new(secrets, &FILES);
        write(&world.work(), &[("environment.yml", yaml), ("conda.yml", conda)]);
        world
    };
    let plain = |yaml: &str| {
        let world = world(Secrets::Sas, yaml);
        world.registers(&["environment.yml", "--force"]);
        world
    };
    let build = FILES[0].1;
    let small = "name: e\nversion: '1'\nimage: a:1\n";
    match scenario {
        "an image" => plain(&image("")).manager.lines(),
        "an image and a conda file" => plain(&image("conda_file: conda.yml\n")).manager.lines(),
        "an image and packages in place" => {
            let inner = conda.lines().map(|line| format!("  {line}\n")).collect::<String>();
            plain(&image(&format!("conda_file:\n{inner}"))).manager.lines()
        }
        "a context" => plain(build).manager.lines(),
        "a context with ignore files" => {
            let world = world(Secrets::Sas, build);
            write(
                &world.work(),
                &[
                    ("ctx/.amlignore", "sub/\n*.log\n"),
                    ("ctx/.gitignore", "requirements.txt\n"),
                    ("ctx/.dockerignore", "requirements.txt\n"),
                    ("ctx/x.log", "x"),
                ],
            );
            world.registers(&["environment.yml", "--force"]);
            world.manager.lines()
        }
        "a context where secrets may not be listed" => {
            let world = world(Secrets::Forbidden, build);
            world.registers(&["environment.yml"]);
            world.manager.lines()
        }
        "the same context for another environment" => {
            let world = plain(build);
            world.registers(&["environment.yml", "--name", "e2", "--version", "7"]);
            world.manager.lines()
        }
        "a build by URL" => plain(
            "name: e\nversion: '1'\nbuild:\n  path: https://github.com/owner/repo.git#main:dir\n  dockerfile_path: Dockerfile\n",
        )
        .manager
        .lines(),
        "without a version, nothing there" => plain(&format!("name: e\nimage: {IMAGE}\n")).manager.lines(),
        "without a version, three times" => {
            let world = plain(&format!("name: e\nimage: {IMAGE}\n"));
            for yaml in [format!("name: e\nimage: {IMAGE}\ndescription: changed\n"), "name: e\nimage: other/image:2\n".to_owned()] {
                write(&world.work(), &[("environment.yml", &yaml)]);
                world.registers(&["environment.yml", "--force"]);
            }
            world.manager.lines()
        }
        "all fields" => plain(&image(
            "description: a text\ntags: {k: v, n: 3}\nos_type: Linux\ninference_config:\n  liveness_route: {path: /live, port: 5001}\n  readiness_route: {path: /ready, port: 5001}\n  scoring_route: {path: /score, port: 5001}\n",
        ))
        .manager
        .lines(),
        "a version that exists and differs" => {
            let world = plain(&image(""));
            write(&world.work(), &[("environment.yml", "name: e\nversion: '1'\nimage: other:2\n")]);
            world.fails(&["environment.yml", "--force"], 1, "What differs: image.");
            let mut lines = world.manager.lines();
            // One request more than the official client's, to say what differs.
            assert_eq!(lines.pop().as_deref(), Some("GET environments/e/versions/1 2023-04-01-preview"));
            lines
        }
        "no permission" => {
            let world = world(Secrets::Sas, small);
            let refusal = error(403, "AuthorizationFailed", "not allowed");
            world.manager.set_fault(1, 9, Fault::Answered(refusal));
            world.fails(&["environment.yml", "--force"], 1, "AzureML Data Scientist");
            world.manager.lines()
        }
        "told to wait" | "trouble, then not" => {
            let world = world(Secrets::Sas, small);
            let status = if scenario == "told to wait" { 429 } else { 500 };
            let reply = error(status, "Busy", "busy").with("retry-after", "0");
            world.manager.set_fault(1, 1, Fault::Answered(reply));
            world.registers(&["environment.yml", "--force"]);
            world.manager.lines()
        }
        other => panic!("{other} is not done here"),
    }
}

/// The table in the repository says of every measured scenario whether amlenv does the same; it is written
/// by `AMLENV_UPDATE=1 cargo test -p amlenv --test e2e the_table`.
#[test]
fn the_table_of_scenarios_is_true_and_all_are_equal() {
    let mut table = String::from(
        "# Held against the official client\n\nWhat azure-ai-ml 1.35.2 was seen to do, and whether amlenv does the same: the same requests (method, path, version, headers that matter, bodies by value), the same hashes, the same files in the same order. Written by `AMLENV_UPDATE=1 cargo test -p amlenv --test e2e the_table`.\n\n| requests of | equal |\n| --- | --- |\n",
    );
    let word = |equal: bool| if equal { "yes" } else { "NO" };
    let mut all = true;
    for (scenario, expected) in exchanges() {
        let done = ordered(replay(&scenario));
        let equal = done == ordered(expected.clone());
        if !equal {
            all = false;
            let (done, expected) = (done.join("\n"), expected.join("\n"));
            println!("== {scenario}\n-- amlenv\n{done}\n-- official client\n{expected}");
        }
        table.push_str(&format!("| {scenario} | {} |\n", word(equal)));
    }
    table.push_str("\n| hash and files of a context with | equal |\n| --- | --- |\n");
    for (scenario, equal) in hashed() {
        all &= equal;
        table.push_str(&format!("| {scenario} | {} |\n", word(equal)));
    }
    let path = measured("README.md");
    if std::env::var_os("AMLENV_UPDATE").is_some() {
        fs::write(&path, &table).expect("it is written");
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), table, "the table is stale");
    assert!(all, "not all are equal");
}

#[test]
fn all_ways_into_the_store_lead_to_the_same_blobs() {
    for secrets in [Secrets::Sas, Secrets::Key, Secrets::Forbidden, Secrets::None] {
        let world = World::new(secrets, &FILES);
        let said = world.registers(&["environment.yml"]);
        assert!(said.starts_with("Registered e, version 1."), "{said}");
        let paths = world.manager.container.paths();
        let hash = "070d2bf7470b13b593d4798dad6e3409818acfcc12355ec00842a29d049d5c2e";
        let blob = |file: &str| format!("LocalUpload/{hash}/ctx/{file}");
        assert_eq!(paths, [blob("Dockerfile"), blob("requirements.txt"), blob("sub/a.txt")], "{secrets:?}");
        let (head, body) = world.manager.container.blob(&blob("Dockerfile"));
        assert!(head.contains("x-ms-meta-upload_status: completed") && body == DOCKERFILE, "{head}");
        let uri = world.manager.properties("e", "1")["build"]["contextUri"].clone();
        assert!(uri.as_str().is_some_and(|uri| uri.ends_with(&format!("/LocalUpload/{hash}/ctx/"))), "{uri}");
        world.manager.lines();
    }
}

/// What may go wrong with a request, by name.
fn faults() -> Vec<(&'static str, usize, Fault)> {
    let busy = error(503, "ServerBusy", "busy").with("retry-after", "0");
    vec![
        // More often than it is tried.
        ("lost", 9, Fault::Lost),
        ("answer lost", 9, Fault::AnswerLost),
        ("lost once", 1, Fault::Lost),
        ("answer lost once", 1, Fault::AnswerLost),
        ("busy once", 1, Fault::Answered(busy.clone())),
        ("done and busy", 1, Fault::DoneAndAnswered(busy)),
        ("forbidden", 1, Fault::Answered(error(403, "AuthorizationFailed", "no"))),
        ("refused", 1, Fault::Answered(error(400, "Bad", "bad"))),
        ("a web page", 1, Fault::Answered(page())),
    ]
}

fn page() -> Reply {
    let body = b"<html><body>Sign in to the network</body></html>".to_vec();
    Reply::Answer { status: 200, headers: vec![("content-type".to_owned(), "text/html".to_owned())], body }
}

/// Whatever goes wrong at whichever request: afterwards nothing or exactly one version exists, never one of
/// a context that is not whole, and the next run completes it.
#[test]
fn a_fault_at_any_request_leaves_nothing_or_one_version_and_the_next_run_completes_it() {
    let unversioned = [("environment.yml", "name: e\nbuild:\n  path: ctx\n"), FILES[1], FILES[2], FILES[3]];
    let whole = {
        let world = World::new(Secrets::Sas, &unversioned);
        world.registers(&["environment.yml"]);
        (world.manager.count(), world.manager.container.paths())
    };
    // The container, the datastore and its secrets, the mark, three files, the mark again, the version.
    assert_eq!(whole.0, 9);
    let check = |at: usize, name: &str, times: usize, fault: &Fault| {
        let world = World::new(Secrets::Sas, &unversioned);
        world.manager.set_fault(at, times, fault.clone());
        let output = world.register(&["environment.yml"]);
        let place = format!("{name} at request {at}: {}", text(&output.stderr));
        let versions = world.manager.versions();
        assert!(versions.len() <= 1, "{place}");
        let done = output.status.code() == Some(0);
        assert!(done || output.status.code() == Some(1), "{place}");
        assert!(!done || versions.len() == 1, "{place}");
        if !versions.is_empty() {
            assert_eq!(world.manager.container.paths(), whole.1, "half a context: {place}");
        }
        world.manager.heal();
        let output = world.register(&["environment.yml"]);
        assert_eq!(output.status.code(), Some(0), "the next run after {place}: {}", text(&output.stderr));
        assert_eq!(world.manager.versions(), [("e".to_owned(), "1".to_owned())], "{place}");
        assert_eq!(world.manager.container.paths(), whole.1, "{place}");
        world.manager.lines();
    };
    let faults = faults();
    // Side by side, since most of the time is spent waiting for the next try.
    std::thread::scope(|scope| {
        for at in 1..=whole.0 {
            let (faults, check) = (&faults, &check);
            scope.spawn(move || {
                for (name, times, fault) in faults {
                    check(at, name, *times, fault);
                }
            });
        }
    });
}
