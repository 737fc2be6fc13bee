//! What nobody should feed a checker, and somebody does: a finding or a clean refusal, never a panic,
//! a hang, or silence about a file that was named.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Runs a check on one named file; it must end well, and say something of the file.
#[track_caller]
fn check(path: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_amlenv"))
        .current_dir(path.parent().expect("a folder"))
        .args(["check", "--format", "json"])
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .expect("amlenv runs");
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1)), "{code:?} {}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["summary"]["files"], 1);
    report
}

#[track_caller]
fn codes(path: &Path) -> Vec<String> {
    let report = check(path);
    report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|found| found["code"].as_str().expect("a code").to_owned())
        .collect()
}

#[test]
fn what_is_no_text_is_a_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path
    };
    assert_eq!(codes(&file("Dockerfile", b"FROM a\xff\xfe\n")), ["AML626"]);
    let exported: Vec<u8> =
        "\u{feff}dependencies:\r\n  - python=3.12\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(codes(&file("conda.yml", &exported)), ["AML626"]);
    assert_eq!(codes(&file("environment.yml", &[0x89, b'P', b'N', b'G', 0, 1, 2, 0xff])), ["AML001"]);
    assert_eq!(codes(&file("utf16.py", b"\xff\xfef\0r\0o\0m\0")), ["AML001"]);
    assert_eq!(codes(&folder.path().join("missing.dockerfile")), ["AML001"]);
    assert_eq!(codes(&file("picture.bin", b"text, but none of ours")), ["AML001"]);
}

#[test]
fn empty_files_are_not_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path
    };
    assert_eq!(codes(&file("Dockerfile", b"")), ["AML713"]);
    assert_eq!(codes(&file("environment.yml", b"")), ["AML134"]);
    assert_eq!(codes(&file("environment.yaml", b"# nothing\n")), ["AML134"]);
    check(&file("train.py", b""));
    check(&file("requirements.txt", b""));
    check(&file("conda.yml", b""));
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("Dockerfile");
    fs::File::create(&path).expect("a file").set_len(100 * 1024 * 1024).expect("a size");
    assert_eq!(codes(&path), ["AML002"]);
}

#[test]
fn bombs_and_deep_nesting_are_findings() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    };
    let mut bomb = String::from("name: x\nimage: y\na0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        let items = vec![before; 9].join(",");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    assert!(codes(&file("environment.yml", &bomb)).contains(&"AML003".to_owned()));
    let deep = format!("name: x\nimage: {}", "[".repeat(100_000));
    assert!(codes(&file("env.yml", &deep)).contains(&"AML003".to_owned()));
    let indented: String = (0..3000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    check(&file("environment.yaml", &indented));
    check(&file(
        "deep.py",
        &format!("from azureml.core import Environment\nx = {}1{}\n", "(".repeat(50_000), ")".repeat(50_000)),
    ));
    check(&file(
        "ifs.py",
        &(0..2000).map(|level| format!("{}if x:\n", " ".repeat(level))).collect::<String>(),
    ));
    check(&file(
        "sum.py",
        &format!("from azureml.core import Environment\nx = {}\"a\"\n", "\"a\" + ".repeat(50_000)),
    ));
    check(&file("Dockerfile", &format!("FROM a\n{}RUN x\n", "ONBUILD ".repeat(100_000))));
}

#[cfg(unix)]
#[test]
fn links_pipes_and_folders_do_no_harm() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    fs::create_dir(root.join(".git")).expect("a folder");
    fs::create_dir(root.join("loop")).expect("a folder");
    symlink(root.join("loop"), root.join("loop/again")).expect("a link");
    symlink("nowhere", root.join("dangling.yml")).expect("a link");
    symlink("self.yml", root.join("self.yml")).expect("a link");
    fs::create_dir(root.join("Dockerfile")).expect("a folder");
    fs::write(root.join("Dockerfile/Dockerfile"), "FROM a:1\n").expect("a file");
    assert!(
        Command::new("mkfifo").arg(root.join("pipe.dockerfile")).status().expect("mkfifo runs").success()
    );
    let output = Command::new(env!("CARGO_BIN_EXE_amlenv"))
        .current_dir(root)
        .args(["check", "--format", "json", "."])
        .output()
        .expect("amlenv runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(matches!(output.status.code(), Some(0 | 1)));
    assert!(report["summary"]["files"].as_u64().is_some_and(|files| files >= 1));
    assert_eq!(codes(&root.join("pipe.dockerfile")), ["AML001"]);
    assert_eq!(codes(&root.join("self.yml")), ["AML001"]);
}

#[cfg(unix)]
#[test]
fn nothing_outside_of_the_workspace_is_read_or_told() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    fs::create_dir_all(&secret).expect("a folder");
    fs::write(secret.join("conda.yml"), "name: secret\n").expect("a file");
    let root = folder.path().join("repository");
    fs::create_dir_all(root.join(".git")).expect("a folder");
    symlink(&secret, root.join("link")).expect("a link");
    for path in [
        "../secret/conda.yml",
        "../secret/missing.yml",
        "link/conda.yml",
        "link/missing.yml",
        "/etc/missing.yml",
    ] {
        let file = root.join("environment.yml");
        fs::write(&file, format!("name: a\nimage: b:1\nconda_file: {path}\n")).expect("a file");
        assert_eq!(codes(&file), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn a_pipe_that_closes_early_is_no_error() {
    let root = crate::samples::folder();
    let mut child = Command::new(env!("CARGO_BIN_EXE_amlenv"))
        .current_dir(&root)
        .args(["check", "--fail-on", "never", "."])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("amlenv runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
