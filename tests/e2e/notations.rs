//! A rule is written once and holds in every notation: the examples of the pages, moved to all others
//! that can hold the same facts, and the table of what came out. `AMLENV_UPDATE=1` writes the table anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use amlenv_analysis::rules::{RULES, Rule};
use serde_json::{Value, json};

use crate::client::Client;
use crate::fixture::{Fixture, check, of_page};
use crate::transplant::transplants;

const HEAD: &str = "# Rules

Every rule with the notations that its examples hold it in, how it can be mended, and its tests. Written by
`AMLENV_UPDATE=1 cargo test -p amlenv --test e2e notations`, which runs every example of the pages, and once more in every
other notation that can hold the same facts; a test fails when this is stale.

- **Severity**: in brackets where the rule is off unless it is selected.
- **Notations**: kinds of files in which it spoke; `Dockerfile in …` is Dockerfile text inside another file.
- **Mended by**: *safe* is applied by `check --fix` and \"fix all\"; *suggested* is offered one by one; *action* is a
  quick fix in the editor that also makes files.
- **Examples**: workspaces of the page in which it speaks and in which it is silent (run by `tests/e2e/rules.rs` with both
  line ends, the server in three encodings, and the fixes twice), and findings in other notations.
- **Also in**: other tests that name it.

| Code | Name | Severity | Notations | Mended by | Examples | Also in |
| --- | --- | --- | --- | --- | --- | --- |
";

/// What an example cannot say in another notation, by rule.
const OWN: [(&str, &str); 11] = [
    ("AML003", "the text itself is broken"),
    ("AML118", "a conda file in the place of an environment file"),
    ("AML133", "only a file of its own needs a name"),
    ("AML134", "the name and the tags are left out of what is inline"),
    ("AML202", "the role comes from a file that names the environment file"),
    ("AML203", "the role comes from a file that names the environment file"),
    ("AML204", "the role comes from a file that names the environment file"),
    ("AML501", "what is inline has no name"),
    ("AML502", "what is inline has no name"),
    ("AML503", "what is inline has no name"),
    ("AML504", "what is inline has no version"),
];

/// What the examples of one page show.
#[derive(Default)]
struct Shown {
    notations: BTreeSet<String>,
    remedies: BTreeSet<&'static str>,
    spoken: usize,
    silent: usize,
    elsewhere: usize,
}

/// A workspace on the disk, waiting for the one run that judges all of them.
struct Waiting {
    rule: &'static Rule,
    /// Of an example in another notation: which one, and the number of the example.
    moved: Option<(&'static str, usize)>,
    number: usize,
    invalid: bool,
}

fn findings_by_folder(report: &Value) -> BTreeMap<usize, Vec<&Value>> {
    let mut out: BTreeMap<usize, Vec<&Value>> = BTreeMap::new();
    for finding in report["findings"].as_array().expect("findings") {
        let folder = finding["file"].as_str().expect("a file").split('/').next().expect("a folder");
        out.entry(folder.parse().expect("a number")).or_default().push(finding);
    }
    out
}

/// All examples below one folder, each in a numbered folder of its own, and the paths to judge.
fn written(root: &Path) -> (Vec<Waiting>, Vec<String>) {
    let (mut waiting, mut paths) = (Vec::new(), Vec::new());
    let mut put = |fixture: &Fixture, wait: Waiting| {
        let folder = waiting.len();
        fixture.write(&root.join(folder.to_string()), "\n");
        paths.push(folder.to_string());
        if wait.moved.is_some() {
            // What a walk leaves alone is named, as an editor does that opens it.
            paths.push(format!("{folder}/{}", fixture.files[0].0));
        }
        waiting.push(wait);
        folder
    };
    for rule in RULES.iter().copied() {
        for (number, fixture) in of_page(rule.page).iter().enumerate() {
            let invalid = fixture.heading == "Invalid";
            let original = put(fixture, Waiting { rule, moved: None, number, invalid });
            for transplant in transplants(fixture) {
                let moved = Some((transplant.notation, original));
                put(&transplant.fixture, Waiting { rule, moved, number, invalid });
            }
        }
    }
    (waiting, paths)
}

#[test]
fn every_rule_says_the_same_in_every_notation() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("a folder");
    let (waiting, paths) = written(&root);
    let report = check(&root, &paths.iter().map(String::as_str).collect::<Vec<_>>());
    let by_folder = findings_by_folder(&report);
    let own = |folder: usize| -> Vec<&Value> {
        let code = waiting[folder].rule.code;
        let found = by_folder.get(&folder).into_iter().flatten().copied();
        found.filter(|found| found["code"] == code).collect()
    };
    let messages = |folder: usize| -> Vec<String> {
        let mut out: Vec<String> = own(folder).iter().map(|found| found["message"].to_string()).collect();
        out.sort();
        out
    };
    let mut client = Client::initialized(json!({
        "workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}},
    }));
    let mut shown: BTreeMap<&str, Shown> = BTreeMap::new();
    let (mut complaints, mut compared) = (Vec::new(), 0);
    for (folder, wait) in waiting.iter().enumerate() {
        let of_rule = shown.entry(wait.rule.code).or_default();
        let found = own(folder);
        match wait.moved {
            None if found.is_empty() => of_rule.silent += 1,
            None => of_rule.spoken += 1,
            Some((notation, original)) => {
                of_rule.elsewhere += found.len();
                // A valid example may lean on what its own notation leaves unknown.
                let counts = wait.invalid || wait.rule.is_dockerfile_lint();
                if counts && OWN.iter().all(|(code, _)| *code != wait.rule.code) {
                    compared += 1;
                    let (expected, said) = (messages(original), messages(folder));
                    if said != expected {
                        let (code, number) = (wait.rule.code, wait.number);
                        complaints.push(format!("{code} #{number} {notation}:\n  {expected:?}\n  {said:?}"));
                    }
                }
            }
        }
        for finding in found {
            of_rule.notations.insert(notation(finding));
            for fix in finding["fixes"].as_array().expect("fixes") {
                of_rule.remedies.insert(if fix["applicability"] == "safe" { "safe" } else { "suggested" });
            }
            if wait.moved.is_none() && makes_files(&root, finding, &mut client) {
                of_rule.remedies.insert("action");
            }
        }
    }
    assert!(complaints.is_empty(), "{} of {compared}:\n{}", complaints.len(), complaints.join("\n"));
    assert!(compared > 600, "{compared}");

    let others = tests_that_name();
    let rows: String = RULES.iter().map(|rule| row(rule, &shown, &others)).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../analysis/src/rules/README.md");
    if std::env::var_os("AMLENV_UPDATE").is_some() {
        fs::write(&path, format!("{HEAD}{rows}")).expect("the table is written");
    } else {
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            there,
            format!("{HEAD}{rows}"),
            "run `AMLENV_UPDATE=1 cargo test -p amlenv --test e2e notations`"
        );
    }
}

fn notation(finding: &Value) -> String {
    let kind = finding["kind"].as_str().expect("a kind");
    let embedded = finding["embedded"].is_object() && kind != "dockerfile";
    if embedded { format!("Dockerfile in {kind}") } else { kind.to_owned() }
}

fn row(rule: &Rule, shown: &BTreeMap<&str, Shown>, others: &BTreeMap<String, BTreeSet<String>>) -> String {
    let nothing = Shown::default();
    let shown = shown.get(rule.code).unwrap_or(&nothing);
    let list = |words: Vec<&str>| if words.is_empty() { "–".to_owned() } else { words.join(", ") };
    let severity = rule.severity.as_str();
    format!(
        "| {} | [{}]({}.md) | {} | {} | {} | {} + {}, {} | {} |\n",
        rule.code,
        rule.name,
        rule.name.replace('-', "_"),
        if rule.default_on { severity.to_owned() } else { format!("({severity})") },
        list(shown.notations.iter().map(String::as_str).collect()),
        list(shown.remedies.iter().copied().collect()),
        shown.spoken,
        shown.silent,
        shown.elsewhere,
        list(others.get(rule.code).into_iter().flatten().map(String::as_str).collect()),
    )
}

/// The tests that name a rule beside its page, by code. A sample is named by its folder.
fn tests_that_name() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository");
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for below in ["tests/e2e", "tests/samples", "server/analysis/tests"] {
        for entry in walkdir(&root.join(below)) {
            let Ok(text) = fs::read_to_string(&entry) else { continue };
            let name = entry.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
            if name == "tests/e2e/notations.rs" {
                continue;
            }
            let name = match name.strip_prefix("tests/samples/").and_then(|rest| rest.split('/').next()) {
                Some(sample) => format!("samples/{sample}"),
                None => name.trim_start_matches("tests/").replace("server/analysis/tests", "analysis"),
            };
            for (at, _) in text.match_indices("AML") {
                let code: String = text[at..].chars().take(6).collect();
                let counted = code.chars().skip(3).all(|c| c.is_ascii_digit()) && code.len() == 6;
                if counted {
                    out.entry(code).or_default().insert(name.clone());
                }
            }
        }
    }
    out
}

fn walkdir(folder: &Path) -> Vec<std::path::PathBuf> {
    let (mut out, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder").flatten() {
            if entry.path().is_dir() { open.push(entry.path()) } else { out.push(entry.path()) }
        }
    }
    out.sort();
    out
}

/// Whether an editor is offered a quick fix for the finding that makes files.
fn makes_files(root: &Path, finding: &Value, client: &mut Client) -> bool {
    let path = root.join(finding["file"].as_str().expect("a file"));
    let Ok(text) = fs::read_to_string(&path) else { return false };
    let uri = format!("file://{}", path.display());
    client.open(&uri, "any", &text);
    let said = client.diagnostics(&uri, 1);
    let mut offered = false;
    for diagnostic in said.iter().filter(|said| said["code"] == finding["code"]) {
        let answer = client.request(
            "textDocument/codeAction",
            json!({"textDocument": {"uri": uri}, "range": diagnostic["range"],
                   "context": {"diagnostics": [diagnostic], "only": ["quickfix"]}}),
        );
        let creates = |action: &Value| {
            let changes = action["edit"]["documentChanges"].as_array();
            changes.is_some_and(|changes| changes.iter().any(|change| change["kind"] == "create"))
        };
        let mends = |action: &&Value| action["diagnostics"].as_array().is_some_and(|list| !list.is_empty());
        offered |= answer.as_array().into_iter().flatten().filter(mends).any(creates);
    }
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    offered
}
