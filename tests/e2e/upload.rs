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
pub(crate) const FILES: [(&str, &str); 4] = [
    ("environment.yml", "name: e\nversion: '1'\nbuild:\n  path: ctx\n"),
    ("ctx/Dockerfile", DOCKERFILE),
    ("ctx/requirements.txt", "numpy==1.26.4\n"),
    ("ctx/sub/a.txt", "a\n"),
];

/// A folder with files and a program called `az`.
pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) manager: Manager,
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }
}

impl World {
    pub(crate) fn new(secrets: Secrets, files: &[(&str, &str)]) -> Self {
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

    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(crate) fn surroundings(&self, command: &mut Command) {
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
    let mut unequal = String::new();
    for (scenario, expected) in exchanges() {
        let done = ordered(replay(&scenario));
        let equal = done == ordered(expected.clone());
        if !equal {
            let (done, expected) = (done.join("\n"), expected.join("\n"));
            unequal += &format!("== {scenario}\n-- amlenv\n{done}\n-- official client\n{expected}\n");
        }
        table.push_str(&format!("| {scenario} | {} |\n", word(equal)));
    }
    table.push_str("\n| hash and files of a context with | equal |\n| --- | --- |\n");
    for (scenario, equal) in hashed() {
        if !equal {
            unequal += &format!("== {scenario}\n");
        }
        table.push_str(&format!("| {scenario} | {} |\n", word(equal)));
    }
    let path = measured("README.md");
    if std::env::var_os("AMLENV_UPDATE").is_some() {
        fs::write(&path, &table).expect("it is written");
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), table, "the table is stale");
    assert_eq!(unequal, "", "not all are equal");
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
    // Side by side, and first what waits for the next try: the others work meanwhile.
    let all = faults.iter().flat_map(|fault| (1..=whole.0).map(move |at| (at, fault)));
    let left = std::sync::Mutex::new(all);
    let next = || left.lock().expect("no panic").next();
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                while let Some((at, (name, times, fault))) = next() {
                    check(at, name, *times, fault);
                }
            });
        }
    });
}

/// Files above 64 MiB go block by block; what an earlier run has sent is not sent again.
#[test]
fn a_large_file_goes_in_blocks_and_is_resumed() {
    let world = World::new(Secrets::Sas, &FILES);
    let large = fs::File::create(world.work().join("ctx/large.bin")).expect("a file");
    large.set_len(65 * 1024 * 1024 + 5).expect("a length");
    drop(large);
    let middle = fs::File::create(world.work().join("ctx/middle.bin")).expect("a file");
    middle.set_len(5 * 1024 * 1024).expect("a length");
    drop(middle);
    // It ends among the blocks.
    let busy = error(503, "ServerBusy", "busy").with("retry-after", "0");
    world.manager.set_fault(20, 99, Fault::Answered(busy));
    let error = world.fails(&["environment.yml"], 1, "Try again");
    assert!(error.contains("note: ") == error.contains("100 MB"), "{error}");
    assert_eq!(world.manager.versions(), []);
    let before = world.manager.lines();
    assert!(!before.iter().any(|line| line.contains("comp=blocklist")), "{before:?}");
    world.manager.heal();
    world.registers(&["environment.yml"]);
    let after = world.manager.lines();
    let blocks = |lines: &[String]| lines.iter().filter(|line| line.contains("?comp=block ")).count();
    assert!(blocks(&after) > 0 && blocks(&after) < 17, "{} of 17 blocks again", blocks(&after));
    let list: Vec<&String> =
        after.iter().filter(|line| line.starts_with("PUT") && line.contains("blocklist")).collect();
    assert_eq!(list.len(), 1);
    let path = list[0].split([' ', '?']).nth(1).expect("a path").to_owned();
    let (head, body) = world.manager.container.blob(&path);
    assert_eq!(body.len(), 65 * 1024 * 1024 + 5, "{head}");
    assert!(head.contains("content-md5"), "{head}");
    // Whole as it is, it is used again.
    world.registers(&["environment.yml", "--name", "other"]);
    assert_eq!(world.manager.lines().iter().filter(|line| line.contains("PUT LocalUpload")).count(), 0);
}

#[test]
fn a_file_that_changes_on_its_way_is_told_and_nothing_is_registered() {
    for bytes in [6, 5 * 1024 * 1024, 65 * 1024 * 1024] {
        let world = World::new(Secrets::Sas, &FILES);
        let path = world.work().join("ctx/data.bin");
        fs::write(&path, vec![b'a'; bytes]).expect("a file");
        // It changes when the first request arrives: it has been read by then, and not been sent.
        let (at, manager) = (path.clone(), world.manager.clone());
        manager.on_first(move || fs::write(&at, vec![b'b'; bytes]).expect("a file"));
        world.fails(
            &["environment.yml"],
            1,
            "data.bin changed while it was uploaded; nothing was registered.",
        );
        assert_eq!(world.manager.versions(), []);
        assert!(!world.manager.lines().iter().any(|line| line.contains("comp=metadata")));
        world.registers(&["environment.yml"]);
    }
}

#[test]
fn every_refusal_is_one_sentence_and_a_next_step() {
    let challenge =
        "Bearer authorization_uri=\"https://login.microsoftonline.com/0000-tenant\", error=\"invalid_token\"";
    let store = |status: u16, code: &str| {
        Reply::status(status).with("x-ms-request-id", "1").with("x-ms-error-code", code)
    };
    // At which request, what is answered, what is said, what is to be done.
    let cases: Vec<(usize, Reply, &str, &str)> = vec![
        (1, error(401, "InvalidAuthenticationToken", "no"), "did not accept the sign-in", "`az login` again"),
        (
            1,
            error(401, "ExpiredAuthenticationToken", "The access token expiry is before now."),
            "has expired",
            "`az login` again",
        ),
        (
            1,
            error(401, "InvalidAuthenticationTokenTenant", "wrong issuer")
                .with("www-authenticate", challenge),
            "another tenant",
            "Run `az login --tenant 0000-tenant`.",
        ),
        (1, error(403, "AuthorizationFailed", "no action"), "No permission", "AzureML Data Scientist"),
        (
            1,
            error(404, "ResourceNotFound", "The Resource '/workspaces/ws' was not found."),
            "workspace was not found",
            "Check subscription",
        ),
        (
            1,
            error(404, "UserError", "Could not find datastore."),
            "datastore workspaceblobstore cannot be used",
            "az ml datastore list",
        ),
        (1, error(400, "BadRequest", "bad"), "refused (BadRequest)", "bad"),
        (1, page(), "web page came instead", "HTTPS_PROXY"),
        (
            1,
            error(401, "InvalidAuthenticationToken", "no").with("date", "Tue, 01 Jan 2019 00:00:00 GMT"),
            "clock of this machine",
            "Set the clock",
        ),
        (
            3,
            store(403, "AuthorizationPermissionMismatch"),
            "storage account",
            "Storage Blob Data Contributor",
        ),
        (
            3,
            store(403, "AuthenticationFailed").with("date", "Tue, 01 Jan 2019 00:00:00 GMT"),
            "clock of this machine",
            "Set the clock",
        ),
        (4, store(403, "AuthorizationFailure"), "refused (AuthorizationFailure)", "firewall"),
        (4, store(404, "ContainerNotFound"), "refused (ContainerNotFound)", "is not sent again"),
        (
            8,
            error(400, "ValidationError", "The name is not valid."),
            "The name is not valid",
            "another with --name",
        ),
        (8, error(409, "ScopeLocked", "The scope is locked."), "refused (ScopeLocked)", "locked"),
    ];
    let world = World::new(Secrets::Sas, &FILES);
    for (at, reply, said, next) in cases {
        world.manager.set_fault(at, 1, Fault::Answered(reply));
        // Another context each time, so that nothing of it is there.
        fs::write(world.work().join("ctx/requirements.txt"), format!("# {said}{next}\n")).expect("a file");
        let error = world.fails(&["environment.yml"], 1, said);
        assert!(error.contains(next), "{next:?} is not said:\n{error}");
        let last = error.trim_end().lines().last().expect("a line");
        assert!(last.starts_with("amlenv: "), "{error}");
        assert_eq!(world.manager.versions(), [], "{said}");
    }
    for (status, times) in [(429, 9), (500, 9), (502, 9), (503, 9)] {
        let busy = error(status, "Busy", "busy").with("retry-after", "0");
        world.manager.set_fault(1, times, Fault::Answered(busy));
        world.fails(&["environment.yml"], 1, "Try again in a few minutes.");
        assert_eq!(world.manager.count(), 4, "{status} is tried three times again");
    }
    world.manager.heal();
    world.manager.change_datastore("/properties/datastoreType", json!("AzureFile"));
    world.fails(&["environment.yml"], 1, "it is of type AzureFile");
    world.manager.lines();
}

#[test]
fn what_cannot_be_reached_is_told_apart() {
    let world = World::new(Secrets::Sas, &FILES);
    let with = |address: &str| {
        let mut command = world.command(&["environment.yml"]);
        let output = command.env("ARM_CLOUD_METADATA_URL", address).output().expect("amlenv runs");
        assert_eq!(output.status.code(), Some(1));
        text(&output.stderr)
    };
    let name = with("https://no-such-host.invalid/metadata/endpoints");
    assert!(name.contains("its name is not known") && name.contains("VPN"), "{name}");
    let refused = with("http://127.0.0.1:1/metadata/endpoints");
    assert!(refused.contains("no connection") && refused.contains("HTTPS_PROXY"), "{refused}");
    // The name of a host is written as it is, with a dot or without.
    for (host, said) in [("localhost", "localhost"), ("127.0.0.1", "127.0.0.1"), ("LOCALHOST", "localhost")] {
        let error = with(&format!("http://{host}:1/metadata/endpoints"));
        assert!(error.contains(&format!("amlenv: {said} could not be reached: ")), "{error}");
    }
}

#[test]
fn files_that_cannot_be_sent_are_refused_before_anything_is() {
    let world = World::new(Secrets::Sas, &FILES);
    let link = world.work().join("ctx/out");
    std::os::unix::fs::symlink("/etc/hostname", &link).expect("a link");
    world.fails(
        &["environment.yml"],
        1,
        "The context cannot be sent: out is a link out of the folder. Replace it by a copy",
    );
    // What is dropped is not looked at.
    write(&world.work(), &[("ctx/.amlignore", "out\n")]);
    world.registers(&["environment.yml"]);
    fs::remove_file(&link).expect("it goes");
    std::os::unix::fs::symlink("..", world.work().join("ctx/sub/up")).expect("a link");
    world.fails(&["environment.yml"], 1, "sub/up is a link to a folder that it is in");
    fs::remove_file(world.work().join("ctx/sub/up")).expect("it goes");
    std::os::unix::fs::symlink("nowhere", world.work().join("ctx/dangling")).expect("a link");
    world.fails(&["environment.yml"], 1, "is a link to nothing");
    fs::remove_file(world.work().join("ctx/dangling")).expect("it goes");
    write(&world.work(), &[("ctx/.amlignore", "*\n")]);
    world.fails(&["environment.yml", "--force"], 1, "is left to send. Look at .amlignore");
    write(&world.work(), &[("ctx/.amlignore", "[z-a]\n")]);
    world.fails(&["environment.yml", "--force"], 1, "Line 1 of .amlignore is no pattern");
    let pipe = Command::new("mkfifo").arg(world.work().join("ctx/pipe")).status().expect("mkfifo");
    assert!(pipe.success());
    write(&world.work(), &[("ctx/.amlignore", "\n")]);
    world.fails(&["environment.yml"], 1, "pipe is no regular file");
}

#[test]
fn secrets_keys_and_history_are_warned_of_with_their_names() {
    let world = World::new(Secrets::Sas, &FILES);
    write(
        &world.work(),
        &[
            ("ctx/.env", "A=b\n"),
            ("ctx/.git/HEAD", "ref\n"),
            ("ctx/tls/server.pem", "x"),
            ("ctx/.env.example", ""),
        ],
    );
    let output = world.register(&["environment.yml"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("note: what looks like secrets is sent: .env, tls/server.pem; name it in .amlignore"),
        "{said}"
    );
    assert!(said.contains("note: the history of the repository is sent (.git: 1 file, 4 bytes)"), "{said}");
    let large = fs::File::create(world.work().join("ctx/large.bin")).expect("a file");
    large.set_len(101_000_000).expect("a length");
    let output = dry_run(&world.work(), &["environment.yml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let output = world.command(&["environment.yml", "--dry-run"]).output().expect("amlenv runs");
    assert!(
        text(&output.stdout)
            .contains("note: 101.0 MB are sent in 8 files, the largest first: large.bin (101.0 MB)"),
        "{}",
        text(&output.stdout)
    );
}

/// What the user may not read is told with its path, and may be left out. Root may read everything, so that
/// then somebody else runs the program.
#[test]
fn what_may_not_be_read_is_told_and_can_be_left_out() {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;
    let world = World::new(Secrets::Sas, &FILES);
    let root = fs::metadata(world.folder.path()).expect("a folder").uid() == 0;
    let program = world.folder.path().join("bin/amlenv");
    fs::copy(env!("CARGO_BIN_EXE_amlenv"), &program).expect("a copy");
    fs::set_permissions(world.folder.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
    let run = || {
        let mut command = Command::new(&program);
        world.surroundings(&mut command);
        if root {
            command.uid(65534);
        }
        command.current_dir(world.work()).args(["register", "environment.yml", "--yes"]);
        let output = command.output().expect("amlenv runs");
        (output.status.code(), text(&output.stderr))
    };
    let allow = |name: &str, mode: u32| {
        let path = world.work().join("ctx").join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
    };
    for (name, readable, said) in [
        (
            "requirements.txt",
            0o644,
            "requirements.txt cannot be read: permission denied. Make it readable, or name it in .amlignore.",
        ),
        (
            "sub",
            0o755,
            "The context cannot be sent: sub/* cannot be read (permission denied). Replace it by a copy that can be read, or name it in .amlignore.",
        ),
    ] {
        allow(name, 0);
        let (code, error) = run();
        assert_eq!(code, Some(1), "{error}");
        assert!(error.contains(said), "{said:?} is not said:\n{error}");
        assert_eq!(world.manager.versions(), []);
        for ignored in [name.to_owned(), format!("/{name}"), format!("{name}*")] {
            write(&world.work(), &[("ctx/.amlignore", &format!("{ignored}\n"))]);
            let output = dry_run(&world.work(), &["environment.yml"]);
            assert_eq!(output.status.code(), Some(0), "{ignored}: {}", text(&output.stderr));
            let (code, error) = run();
            assert_eq!(code, Some(0), "{ignored}: {error}");
            world.manager.forget();
        }
        fs::remove_file(world.work().join("ctx/.amlignore")).expect("it goes");
        allow(name, readable);
    }
    let (code, error) = run();
    assert_eq!(code, Some(0), "{error}");
    world.manager.lines();
}

/// Ctrl-C while files are sent.
#[test]
fn an_interrupt_registers_nothing() {
    let world = World::new(Secrets::Sas, &FILES);
    let (arrived, wait) = std::sync::mpsc::channel();
    world.manager.on_first(move || arrived.send(()).expect("the test waits"));
    world.manager.set_fault(
        4,
        99,
        Fault::Answered(error(503, "ServerBusy", "busy").with("retry-after", "60")),
    );
    let child = world.command(&["environment.yml"]).stderr(Stdio::piped()).spawn().expect("amlenv runs");
    wait.recv().expect("a request");
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("Cancelled; nothing was registered."), "{}", text(&output.stderr));
    assert_eq!(world.manager.versions(), []);
    world.manager.heal();
    world.registers(&["environment.yml"]);
}

/// Services and proxies that repeat what they were sent make nobody else repeat it.
#[test]
fn secrets_are_never_shown_at_any_level() {
    let levels = |at: usize| {
        let world = World::new(Secrets::Sas, &FILES);
        let sas = &world.manager.container.sas;
        let echo =
            format!("you sent Bearer {TOKEN}, {STORAGE_TOKEN}, AccountKey={KEY}; and https://a.blob/c?{sas}");
        for level in ["-q", "", "-v", "-vv"] {
            for format in ["text", "json"].iter().take(if at == 1 { 2 } else { 1 }) {
                let store = (3..=7).contains(&at);
                let reply = if store {
                    let body = format!(
                        "<?xml version=\"1.0\"?><Error><Code>Bad</Code><Message>{echo}\nRequestId:1</Message></Error>"
                    );
                    Reply::Answer { status: 400, headers: Vec::new(), body: body.into_bytes() }
                        .with("x-ms-request-id", "1")
                        .with("x-ms-error-code", &echo)
                } else {
                    error(400, &echo, &echo)
                };
                world.manager.set_fault(at, 1, Fault::Answered(reply));
                let mut command = Command::new(env!("CARGO_BIN_EXE_amlenv"));
                world.surroundings(&mut command);
                command.current_dir(world.work()).env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
                command.args([level].iter().filter(|level| !level.is_empty()));
                let output =
                    command.args(["register", "environment.yml", "--yes", "--format", format]).output();
                let output = output.expect("amlenv runs");
                for text in [&output.stdout, &output.stderr] {
                    world.assert_secret(&text_without_marks(text));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for at in 1..=8 {
            scope.spawn(move || levels(at));
        }
    });
}

/// A text without what stands in the place of a secret.
fn text_without_marks(bytes: &[u8]) -> String {
    text(bytes).replace("sig=[hidden]", "")
}

#[test]
fn a_dockerfile_is_registered_with_its_folder() {
    let world = World::new(Secrets::Sas, &FILES);
    world.fails(&["ctx/Dockerfile"], 2, "give --name");
    world.registers(&["ctx/Dockerfile", "--name", "e", "--version", "1"]);
    let lines = world.manager.lines();
    assert_eq!(Some(&ordered(lines)), exchanges().get("a context"));
    write(&world.work(), &[("ctx/gpu.dockerfile", DOCKERFILE)]);
    world.registers(&["ctx/gpu.dockerfile", "--name", "gpu", "--tag", "a=b", "--description", "text"]);
    let properties = world.manager.properties("gpu", "1");
    assert_eq!(properties["build"]["dockerfilePath"], "gpu.dockerfile");
    assert_eq!((&properties["tags"], &properties["description"]), (&json!({"a": "b"}), &json!("text")));
    write(&world.work(), &[("ctx/bad.Dockerfile", "FRM a\n")]);
    let error = world.fails(&["ctx/bad.Dockerfile", "--name", "e"], 1, "Mend it first, or use --force.");
    assert!(error.contains("bad.Dockerfile: "), "{error}");
}

/// A definition of SDK v1 is translated, shown, and then sent; its Dockerfile gets a folder of its own.
#[test]
fn definitions_of_v1_are_translated_and_shown_first() {
    let python = "from azureml.core import Environment\nenv = Environment(\"old\")\nenv.docker.base_image = None\nenv.docker.base_dockerfile = \"\"\"\nFROM python:3.10-slim\nRUN pip install numpy==1.26.4\n\"\"\"\nenv.python.user_managed_dependencies = True\nenv.register(ws)\n";
    let definition = json!({
        "name": "data", "version": "3",
        "docker": {"baseImage": null, "baseDockerfile": "FROM python:3.10-slim\n"},
        "python": {"userManagedDependencies": true},
    });
    let runconfig = "script: train.py\nframework: Python\nenvironment:\n  name: run\n  docker:\n    baseImage: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1\n  python:\n    userManagedDependencies: true\n";
    let world = World::new(
        Secrets::Key,
        &[
            ("train.py", python),
            ("old/azureml_environment.json", &definition.to_string()),
            ("train.runconfig", runconfig),
        ],
    );
    let output = world.register(&["train.py"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("# environment.yml\n")
            && said.contains("# context/Dockerfile\nFROM python:3.10-slim\n"),
        "{said}"
    );
    let uri = world.manager.properties("old", "1")["build"]["contextUri"].as_str().unwrap_or("").to_owned();
    assert!(uri.ends_with("/context/"), "{uri}");
    let path = format!(
        "{}Dockerfile",
        uri.split(&format!("{}/", world.manager.container.name)).nth(1).expect("a path")
    );
    let (_, body) = world.manager.container.blob(&path);
    assert_eq!(body, "FROM python:3.10-slim\nRUN pip install numpy==1.26.4\n");
    // Nothing is left on the disk.
    assert!(!world.work().join("context").exists() && !world.work().join("environment.yml").exists());
    world.registers(&["old/azureml_environment.json"]);
    assert!(world.manager.properties("data", "3")["build"].is_object());
    world.registers(&["train.runconfig"]);
    assert_eq!(
        world.manager.properties("run", "1")["image"],
        "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1"
    );
    world.manager.lines();
}

#[test]
fn v2_code_and_environments_inside_jobs_are_registered() {
    let python = "from azure.ai.ml.entities import BuildContext, Environment\nenv = Environment(name=\"code\", version=\"2\", build=BuildContext(path=\"ctx\", dockerfile_path=\"Dockerfile\"))\nml_client.environments.create_or_update(env)\n";
    let job = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: python train.py\ncode: src\nenvironment:\n  image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1\n  tags: {team: vision}\n  conda_file:\n    channels: [conda-forge]\n    dependencies: [python=3.10]\ncompute: azureml:cpu\n";
    let world = World::new(Secrets::Sas, &FILES);
    write(&world.work(), &[("train.py", python), ("job.yml", job), ("src/train.py", "")]);
    world.registers(&["train.py"]);
    let build = world.manager.properties("code", "2")["build"].clone();
    assert_eq!(build["dockerfilePath"], "Dockerfile");
    world.fails(&["job.yml"], 1, "give --name");
    world.registers(&["job.yml", "--name", "inline"]);
    let properties = world.manager.properties("inline", "1");
    assert_eq!(properties["condaFile"], "channels:\n- conda-forge\ndependencies:\n- python=3.10\n");
    assert_eq!(properties["tags"], json!({"team": "vision"}));
    world.manager.lines();
}

/// Where the official client sends what is wrong in silence, it is refused with the rule's message.
#[test]
fn what_the_official_client_sends_in_silence_is_refused() {
    let image = "image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1\n";
    let world = World::new(Secrets::Sas, &FILES);
    write(
        &world.work(),
        &[
            ("conda.yml", "channels: [conda-forge]\ndependencies: [python=3.10]\n"),
            ("requirements.txt", "numpy==1.26.4\n"),
        ],
    );
    for (yaml, said) in [
        ("name: e\nbuild:\n  path: ctx\nconda_file: conda.yml\n".to_owned(), "AML105"),
        ("name: e\nbuild:\n  path: ctx/Dockerfile\n".to_owned(), "AML123"),
        ("name: e\nbuild: {}\n".to_owned(), "environment.yml:"),
        (
            "name: e\nbuild:\n  path: ctx\n  dockerfile_path: Nope\n".to_owned(),
            "Mend it first, or use --force.",
        ),
        ("name: e\nbuild:\n  path: nowhere\n".to_owned(), "AML123"),
        (format!("name: e\n{image}build:\n  path: ctx\n"), "environment.yml:"),
        (format!("name: e\n{image}conda_file: requirements.txt\n"), "requirements.txt"),
        (format!("name: e\n{image}version: 1.10\n"), "environment.yml:"),
        ("name: e\nimage: ''\n".to_owned(), "environment.yml:"),
    ] {
        write(&world.work(), &[("environment.yml", &yaml)]);
        world.fails(&["environment.yml"], 1, said);
    }
    assert_eq!(world.manager.count(), 0);
    write(&world.work(), &[("environment.yml", "name: e\nbuild:\n  path: ctx\nconda_file: conda.yml\n")]);
    world.registers(&["environment.yml", "--force"]);
    let properties = world.manager.properties("e", "1");
    assert!(properties["condaFile"].is_string() && properties["build"].is_object());
}

#[test]
fn a_context_outside_of_the_workspace_is_not_read() {
    let world = World::new(Secrets::Sas, &[("environment.yml", "name: e\nbuild:\n  path: ../away\n")]);
    write(&world.folder.path().join("away"), &[("Dockerfile", DOCKERFILE)]);
    world.fails(&["environment.yml"], 1, "lies outside of the workspace");
    assert_eq!(world.manager.count(), 0);
}

/// The question of the editor names what is sent; cancelling while files are sent registers nothing.
#[test]
fn an_editor_asks_with_size_and_count_and_can_cancel() {
    let world = World::new(Secrets::Sas, &FILES);
    write(&world.work(), &[("ctx/.env", "A=b\n")]);
    let mut client = Client::start_with(|command| {
        world.surroundings(command);
        command
    });
    client.initialize(json!({"window": {"workDoneProgress": true, "showMessage": {}}}));
    let uri = format!("file://{}", world.work().join("environment.yml").display());
    client.open(&uri, "yaml", FILES[0].1);
    let lenses = client.request("textDocument/codeLens", json!({"textDocument": {"uri": uri}}));
    let run =
        json!({"command": lenses[0]["command"]["command"], "arguments": lenses[0]["command"]["arguments"]});
    // What is sent from the disk must be what is seen.
    let dockerfile = format!("file://{}", world.work().join("ctx/Dockerfile").display());
    client.open(&dockerfile, "dockerfile", "FROM other:1\n");
    client.request("workspace/executeCommand", run.clone());
    let end = client.wait(|message| message["method"] == "window/showMessage");
    assert_eq!(end["params"]["message"], "Dockerfile has changes that are not saved; save it first.");
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": dockerfile}}));

    world.manager.set_fault(
        4,
        99,
        Fault::Answered(error(503, "ServerBusy", "busy").with("retry-after", "60")),
    );
    client.request("workspace/executeCommand", run.clone());
    let question = client.wait(|message| message["method"] == "window/showMessageRequest");
    let said = question["params"]["message"].as_str().expect("a question");
    assert!(
        said.contains("Register environment e (version 1) with build context ")
            && said.contains("(4 files, 66 bytes) in workspace ws"),
        "{said}"
    );
    assert!(said.contains("what looks like secrets is sent: .env"), "{said}");
    client.reply(&question, json!({"title": "Register"}));
    let create = client.wait(|message| message["method"] == "window/workDoneProgress/create");
    let token = create["params"]["token"].clone();
    client.reply(&create, Value::Null);
    let of = |message: &Value, kind: &str| {
        message["method"] == "$/progress" && message["params"]["value"]["kind"] == kind
    };
    client.wait(|message| {
        of(message, "report")
            && message["params"]["value"]["message"]
                .as_str()
                .is_some_and(|text| text.starts_with("uploading: "))
    });
    client.notify("window/workDoneProgress/cancel", json!({"token": token}));
    client.wait(|message| of(message, "end"));
    let end = client.wait(|message| message["method"] == "window/showMessage");
    assert_eq!(end["params"]["message"], "Cancelled; nothing was registered.");
    assert_eq!(world.manager.versions(), []);

    world.manager.heal();
    client.request("workspace/executeCommand", run);
    let question = client.wait(|message| message["method"] == "window/showMessageRequest");
    client.reply(&question, json!({"title": "Register"}));
    let create = client.wait(|message| message["method"] == "window/workDoneProgress/create");
    client.reply(&create, Value::Null);
    let end = client.wait(|message| message["method"] == "window/showMessage");
    assert!(
        end["params"]["message"].as_str().is_some_and(|said| said.starts_with("Registered e, version 1.")),
        "{end}"
    );
    world.manager.lines();
}

/// Where a company's proxy looks into TLS, its certificate must be known to this machine.
#[test]
fn a_certificate_of_a_company_is_told_and_can_be_trusted() {
    let world = World::new(Secrets::Sas, &[("environment.yml", FILES[0].1), FILES[1], FILES[2]]);
    let here = format!("http://localhost:{}", world.manager.port);
    let clouds = json!([{
        "name": "Stand-in",
        "resourceManager": here,
        "authentication": {"loginEndpoint": here},
        "suffixes": {"storage": format!("core.localhost:{}", world.manager.port)},
    }]);
    let folder = measured("../tls");
    let mut server = Command::new("node")
        .arg(folder.join("serve.mjs"))
        .arg(clouds.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node");
    let mut port = String::new();
    let output = server.stdout.take().expect("output");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut port).expect("a line");
    let address = format!("https://localhost:{}/metadata/endpoints", port.trim());
    let run = |trusted: bool| {
        let mut command = world.command(&["environment.yml"]);
        command.env("ARM_CLOUD_METADATA_URL", &address);
        if trusted {
            command.env("SSL_CERT_FILE", folder.join("company.pem"));
        }
        let output = command.output().expect("amlenv runs");
        (output.status.code(), text(&output.stderr))
    };
    let (code, said) = run(false);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("its certificate is not trusted") && said.contains("SSL_CERT_FILE"), "{said}");
    let (code, said) = run(true);
    assert_eq!(code, Some(0), "{said}");
    drop(server.stdin.take());
    server.wait().expect("it ends");
}

/// A registry is found first, gives a container for the files, and is asked until its work is done.
#[test]
fn a_registry_takes_images_and_contexts() {
    let world = World::new(Secrets::Sas, &FILES);
    write(
        &world.work(),
        &[("image.yml", "name: i\nimage: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1\n")],
    );
    let here = format!("http://localhost:{}", world.manager.port);
    let run = |args: &[&str]| {
        let mut command = world.command(args);
        command.args(["--registry", "shared"]).env("REGISTRY_DISCOVERY_ENDPOINT_URL", &here);
        let output = command.output().expect("amlenv runs");
        world.assert_secret(&text(&output.stderr));
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, said, error) = run(&["image.yml", "--version", "1"]);
    assert_eq!(code, Some(0), "{error}");
    assert!(said.contains("Refer to it as azureml://registries/shared/environments/i/versions/1."), "{said}");
    let version = "2021-10-01-dataplanepreview";
    assert_eq!(
        world.manager.lines(),
        [
            "GET /registrymanagement/v1.0/registries/shared/discovery v1.0".to_owned(),
            format!(
                "PUT tempdatarefs/i/versions/1 {version} {{\"assetId\":\"azureml://registries/shared/environments/i/versions/1\",\"temporaryDataReferenceType\":\"TemporaryBlobReference\"}}"
            ),
            format!(
                "PUT environments/i/versions/1 {version} {{\"properties\":{{\"image\":\"mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1\",\"isAnonymous\":false,\"isArchived\":false}}}}"
            ),
            format!("GET operations/1 {version}"),
            format!("GET operations/1 {version}"),
        ]
    );
    // Without a version the next one is made; the files stand at the top of their container.
    write(&world.work(), &[("environment.yml", "name: e\nbuild:\n  path: ctx\n")]);
    let (code, _, error) = run(&["environment.yml"]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(world.manager.container.paths(), ["ctx/Dockerfile", "ctx/requirements.txt", "ctx/sub/a.txt"]);
    let build = world.manager.properties("e", "1")["build"].clone();
    assert!(
        build["contextUri"]
            .as_str()
            .is_some_and(|uri| uri.ends_with(&format!("/{}/ctx/", world.manager.container.name))),
        "{build}"
    );
    let (code, _, error) = run(&["image.yml"]);
    assert_eq!((code, world.manager.versions().len()), (Some(0), 3), "{error}");
    let (code, _, error) = run(&["environment.yml", "--version", "1"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("Asset already exists"), "{error}");
    let mut command = world.command(&["image.yml", "--registry", "nowhere"]);
    let output = command.env("REGISTRY_DISCOVERY_ENDPOINT_URL", &here).output().expect("amlenv runs");
    assert!(text(&output.stderr).contains("The registry nowhere was not found"), "{}", text(&output.stderr));
    world.fails(&["image.yml", "--registry", "shared", "--workspace", "ws"], 2, "cannot be used with");
    world.manager.lines();
}
