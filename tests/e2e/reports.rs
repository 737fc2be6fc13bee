//! What `amlenv check` writes for machines, and what it remembers: formats, baselines, diffs, revisions.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn amlenv(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_amlenv")).current_dir(folder).args(args).output().expect("amlenv runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn git(folder: &Path, args: &[&str]) {
    let who = ["-c", "user.name=a", "-c", "user.email=a@b.example"];
    let output = Command::new("git").current_dir(folder).args(who).args(args).output().expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A repository with an error, a hint and a file without anything.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    git(folder.path(), &["init", "-q"]);
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("a b;]&<é>/Dockerfile", "FROM a:1\nRNU \"x\"\n");
    write("hint/Dockerfile", "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04\n");
    write("good/Dockerfile", "FROM a:1\n");
    folder
}

#[test]
fn every_format_says_what_was_found() {
    let folder = repository();
    let run = |format: &str| text(&amlenv(folder.path(), &["check", "--format", format]));

    let gitlab: Value = serde_json::from_str(&run("gitlab")).expect("JSON");
    let first = &gitlab[0];
    assert_eq!(gitlab.as_array().map(Vec::len), Some(2));
    assert_eq!((&first["check_name"], &first["severity"]), (&"dockerfile-syntax".into(), &"critical".into()));
    assert_eq!(
        first["location"],
        serde_json::json!({"path": "a b;]&<é>/Dockerfile", "lines": {"begin": 2, "end": 2}})
    );
    assert_eq!(first["fingerprint"].as_str().map(str::len), Some(16));

    assert_eq!(
        run("azure-pipelines"),
        "##vso[task.logissue type=error;sourcepath=a b%3B%5D&<é>/Dockerfile;linenumber=2;columnnumber=1;code=AML713]Unknown instruction: RNU (did you mean RUN?).\n\
         hint/Dockerfile:1:6: hint[AML303]: No tag means latest, which changes without notice; pin a tag.\n"
    );
    assert!(run("checkstyle").contains(
        "  <file name=\"a b;]&amp;&lt;é&gt;/Dockerfile\">\n    <error line=\"2\" column=\"1\" severity=\"error\" message=\"Unknown instruction: RNU (did you mean RUN?).\" source=\"amlenv.AML713\"/>\n"
    ));
    let junit = run("junit");
    assert!(junit.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"amlenv\" tests=\"2\" failures=\"2\">\n"));
    assert!(
        junit.contains("<failure message=\"Unknown instruction: RNU (did you mean RUN?).\" type=\"error\">")
    );
    let nothing = text(&amlenv(folder.path(), &["check", "--format", "junit", "good"]));
    assert!(nothing.contains("<testsuites name=\"amlenv\" tests=\"1\" failures=\"0\">"), "{nothing}");

    let sarif: Value = serde_json::from_str(&run("sarif")).expect("JSON");
    let prints = &sarif["runs"][0]["results"][0]["partialFingerprints"]["amlenv/v1"];
    assert_eq!(*prints, first["fingerprint"]);
}

/// What is in the baseline stays silent when lines move; a new one of the same kind does not.
#[test]
fn a_baseline_is_lived_with() {
    let folder = repository();
    let run = |args: &[&str]| amlenv(folder.path(), &[&["check", "--fail-on", "hint"], args].concat());
    let written = run(&["--write-baseline", "baseline.json"]);
    assert_eq!(written.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&written.stderr), "2 findings written to baseline.json\n");
    assert_eq!(run(&[]).status.code(), Some(1));
    assert_eq!(run(&["--baseline", "baseline.json"]).status.code(), Some(0));

    let path = folder.path().join("a b;]&<é>/Dockerfile");
    fs::write(&path, "# moved\n\nFROM a:1\n  RNU \"x\"\n").expect("a file");
    assert_eq!(run(&["--baseline", "baseline.json"]).status.code(), Some(0));
    fs::write(&path, "FROM a:1\nRNU \"x\"\nRNU \"x\"\n").expect("a file");
    let more = run(&["--baseline", "baseline.json", "--format", "json"]);
    let report: Value = serde_json::from_slice(&more.stdout).expect("JSON");
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["findings"][0]["range"]["start"]["line"], 3);

    fs::write(&path, "FROM a:1\n").expect("a file");
    let fewer = run(&["--baseline", "baseline.json"]);
    assert_eq!(fewer.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&fewer.stderr).starts_with("1 findings of the baseline are gone"));

    for (content, said) in [("{", "is no baseline"), ("{\"schema\": 2}", "write it anew")] {
        fs::write(folder.path().join("bad.json"), content).expect("a file");
        let bad = run(&["--baseline", "bad.json"]);
        assert_eq!(bad.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&bad.stderr).contains(said));
    }
    assert_eq!(run(&["--baseline", "none.json"]).status.code(), Some(2));
}

#[test]
fn a_diff_changes_nothing() {
    let folder = repository();
    let path = folder.path().join("hint/Dockerfile");
    let before = "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04\r\nRUN x\r\n";
    fs::write(&path, before).expect("a file");
    let diff = amlenv(folder.path(), &["check", "--diff", "--unsafe-fixes", "hint"]);
    assert_eq!(diff.status.code(), Some(1));
    assert_eq!(
        text(&diff),
        "--- a/hint/Dockerfile\n+++ b/hint/Dockerfile\n@@ -1,2 +1,2 @@\n-FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04\r\n+FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1\r\n RUN x\r\n"
    );
    assert_eq!(fs::read_to_string(&path).expect("a file"), before);
    assert_eq!(amlenv(folder.path(), &["check", "--diff", "good"]).status.code(), Some(0));
    assert_eq!(amlenv(folder.path(), &["check", "--diff", "--fix"]).status.code(), Some(2));
}

#[test]
fn only_what_was_changed_since_a_revision_is_judged() {
    let folder = repository();
    git(folder.path(), &["add", "good", "hint"]);
    git(folder.path(), &["commit", "-q", "-m", "a"]);
    let judged = |revision: &str| {
        let output = amlenv(folder.path(), &["check", "--format", "json", "--since", revision]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        report["summary"]["files"].as_u64()
    };
    // Not committed yet: new.
    assert_eq!(judged("HEAD"), Some(1));
    fs::write(folder.path().join("good/Dockerfile"), "FROM a:2\n").expect("a file");
    assert_eq!(judged("HEAD"), Some(2));
    git(folder.path(), &["commit", "-q", "-a", "-m", "b"]);
    assert_eq!(judged("HEAD"), Some(1));
    assert_eq!(judged("HEAD~1"), Some(2));
    for bad in ["nothing-of-the-kind", "--output=x"] {
        let output = amlenv(folder.path(), &["check", &format!("--since={bad}")]);
        assert_eq!(output.status.code(), Some(2), "{bad}");
    }
    let outside = tempfile::tempdir().expect("a folder");
    assert_eq!(amlenv(outside.path(), &["check", "--since", "HEAD"]).status.code(), Some(2));
}
