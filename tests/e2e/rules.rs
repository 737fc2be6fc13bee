//! The examples of every rule's page, through the binary: what the page says is what the product does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use amlenv_analysis::rules::RULES;
use serde_json::{Value, json};

use crate::client::Client;
use crate::fixture::{Fixture, check, compare, of_page};

/// What a fixture's run says too much or too little. Advice and style that other rules have to give need
/// not stand on a page; what they call wrong must.
fn judge(code: &str, fixture: &Fixture, line_end: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    fixture.write(folder.path(), line_end);
    let wrong = |found: &Value| matches!(found["severity"].as_str(), Some("error" | "warning"));
    compare(&fixture.expected, &check(folder.path(), &["."]), |found| found["code"] == code || wrong(found))
}

#[test]
fn every_page_says_what_the_product_does() {
    let mut complaints = Vec::new();
    let mut seen = 0;
    for rule in RULES {
        for (number, fixture) in of_page(rule.page).iter().enumerate() {
            // A page may let other rules speak beside its own, but its own must speak.
            let invalid = fixture.heading == "Invalid";
            assert_eq!(
                invalid,
                fixture.expected.iter().any(|expected| expected.code == rule.code),
                "{} {} {number}",
                rule.code,
                fixture.heading
            );
            for line_end in ["\n", "\r\n"] {
                seen += 1;
                for complaint in judge(rule.code, fixture, line_end) {
                    complaints.push(format!("{} #{number} {line_end:?}: {complaint}", rule.code));
                }
            }
        }
    }
    assert!(
        complaints.is_empty(),
        "{seen} fixtures, {} complaints:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

fn texts(root: &Path, fixture: &Fixture) -> Vec<String> {
    let read = |path: &String| fs::read_to_string(root.join(path)).expect("a file");
    fixture.files.iter().map(|(path, _)| read(path)).collect()
}

/// The codes of findings with a fix that `--fix` applies, and of all errors.
fn fixable_and_errors(report: &Value, suggested: bool) -> (Vec<String>, Vec<String>) {
    let (mut fixable, mut errors) = (Vec::new(), Vec::new());
    for finding in report["findings"].as_array().expect("findings") {
        let code = finding["code"].as_str().expect("a code").to_owned();
        let safe = |fix: &Value| fix["applicability"] == "safe";
        let fixes = finding["fixes"].as_array().expect("fixes");
        if fixes.iter().any(safe) || (suggested && fixes.len() == 1) {
            fixable.push(code.clone());
        }
        if finding["severity"] == "error" {
            errors.push(code);
        }
    }
    (fixable, errors)
}

/// `check --fix` leaves nothing that it could fix, breaks nothing, and has nothing to do when it comes again.
#[test]
fn fixes_of_every_page_do_their_work_once() {
    let mut fixed = BTreeSet::new();
    for rule in RULES {
        for (number, fixture) in of_page(rule.page).iter().enumerate() {
            for (line_end, suggested) in [("\n", false), ("\n", true), ("\r\n", false), ("\r\n", true)] {
                let what = format!("{} {} {number} {line_end:?} {suggested}", rule.code, fixture.heading);
                let fix: &[&str] =
                    if suggested { &["--fix", "--unsafe-fixes", "."] } else { &["--fix", "."] };
                let folder = tempfile::tempdir().expect("a folder");
                fixture.write(folder.path(), line_end);
                let before = fixable_and_errors(&check(folder.path(), &["."]), suggested);
                let after = fixable_and_errors(&check(folder.path(), fix), suggested);
                assert_eq!(after.0, Vec::<String>::new(), "{what}: still fixable");
                assert!(after.1.iter().all(|code| before.1.contains(code)), "{what}: {before:?} {after:?}");
                let once = texts(folder.path(), fixture);
                assert_eq!(check(folder.path(), fix)["summary"]["fixed"], 0, "{what}");
                assert_eq!(texts(folder.path(), fixture), once, "{what}: a second run changed something");
                let mixed = |text: &String| line_end == "\r\n" && text.replace("\r\n", "").contains('\n');
                assert!(!once.iter().any(mixed), "{what}: line ends");
                fixed.extend(before.0);
            }
        }
    }
    assert!(fixed.len() >= 10, "{fixed:?}");
}

/// The column of the checker (code points from 1) in units of an encoding, from 0.
fn units(line: &str, column: u64, encoding: &str) -> u64 {
    let before = line.chars().take(usize::try_from(column).expect("a column") - 1);
    let size = |c: char| match encoding {
        "utf-8" => c.len_utf8(),
        "utf-16" => c.len_utf16(),
        _ => 1,
    };
    before.map(size).sum::<usize>() as u64
}

/// What the checker says of a file, as the server would say it.
fn as_diagnostics(report: &Value, path: &str, text: &str, encoding: &str) -> Vec<String> {
    let lines: Vec<&str> = text.split('\n').collect();
    let place = |place: &Value| {
        let line = place["line"].as_u64().expect("a line") - 1;
        let column = place["column"].as_u64().expect("a column");
        format!("{line}:{}", units(lines[line as usize], column, encoding))
    };
    let mut out: Vec<String> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|finding| finding["file"] == path)
        .map(|finding| {
            let (start, end) = (place(&finding["range"]["start"]), place(&finding["range"]["end"]));
            format!("{} {start}-{end} {}", finding["code"].as_str().expect("a code"), finding["message"])
        })
        .collect();
    out.sort();
    out
}

/// The server says what the checker says, in the units that were agreed. Every line with a comment
/// gets characters of two, three and four bytes in front of what follows on other lines, and every
/// word `train` becomes one that is counted differently in each encoding.
#[test]
fn the_server_says_the_same_in_every_encoding() {
    let mut compared = 0;
    for encoding in ["utf-8", "utf-16", "utf-32"] {
        let mut client = Client::initialized(json!({"general": {"positionEncodings": [encoding]}}));
        for rule in RULES {
            for (number, fixture) in of_page(rule.page).iter().enumerate() {
                let mut fixture = Fixture { files: fixture.files.clone(), ..Fixture::default() };
                for (_, text) in &mut fixture.files {
                    *text = text.replace("train\"", "trä𝒊n\"").replace("RUN ", "RUN echo 'é𝒊中' && ");
                }
                let folder = tempfile::tempdir().expect("a folder");
                let root = folder.path().canonicalize().expect("a folder");
                fixture.write(&root, if number % 2 == 0 { "\n" } else { "\r\n" });
                let report = check(&root, &["."]);
                for (path, text) in fixture.files.iter().map(|(path, _)| path).zip(texts(&root, &fixture)) {
                    if path.ends_with(".toml") {
                        continue;
                    }
                    let uri = format!("file://{}", root.join(path).display());
                    client.open(&uri, "any", &text);
                    let mut said: Vec<String> = client
                        .diagnostics(&uri, 1)
                        .iter()
                        .map(|said| {
                            let place = |end: &str| {
                                let place = &said["range"][end];
                                format!("{}:{}", place["line"], place["character"])
                            };
                            let (start, end) = (place("start"), place("end"));
                            format!(
                                "{} {start}-{end} {}",
                                said["code"].as_str().expect("a code"),
                                said["message"]
                            )
                        })
                        .collect();
                    said.sort();
                    let expected = as_diagnostics(&report, path, &text, encoding);
                    assert_eq!(said, expected, "{} {path} {encoding}", rule.code);
                    compared += said.len();
                    client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
                }
            }
        }
    }
    assert!(compared > 150, "{compared}");
}
