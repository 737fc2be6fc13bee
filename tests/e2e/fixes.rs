//! `check --fix` on the samples, whole: what `tests/fixes/run` asks of any folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::fixture::check;
use crate::samples::folder;

/// Path and text of every file.
type Texts = BTreeMap<String, String>;

fn texts(root: &Path) -> Texts {
    let mut out = Texts::new();
    let mut pending = vec![root.to_path_buf()];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending
                .extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else {
            let name = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
            out.insert(name, fs::read_to_string(&path).expect("text"));
        }
    }
    out
}

/// The places of what is called an error or cannot be read, by file and code.
fn wrong(report: &Value) -> BTreeMap<(String, String), usize> {
    const SYNTAX: [&str; 5] = ["AML001", "AML003", "AML625", "AML626", "AML713"];
    let mut out = BTreeMap::new();
    for found in report["findings"].as_array().expect("findings") {
        let (file, code) = (found["file"].as_str().expect("a file"), found["code"].as_str().expect("a code"));
        if found["severity"] == "error" || SYNTAX.contains(&code) {
            *out.entry((file.to_owned(), code.to_owned())).or_default() += 1;
        }
    }
    out
}

fn comments(text: &str) -> Vec<&str> {
    let mut out: Vec<&str> = text.lines().map(str::trim).filter(|line| line.starts_with('#')).collect();
    out.sort_unstable();
    out
}

#[test]
fn fixes_leave_the_samples_readable_and_come_to_rest() {
    let samples = texts(&folder());
    let mut changed = 0;
    for line_end in ["\n", "\r\n"] {
        for options in [&[][..], &["--unsafe-fixes"]] {
            for rules in [&[][..], &["--select", "ALL"]] {
                let what = format!("{line_end:?} {options:?} {rules:?}");
                let folder = tempfile::tempdir().expect("a folder");
                let root = folder.path();
                for (name, text) in &samples {
                    let path = root.join(name);
                    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                    fs::write(path, text.replace('\n', line_end)).expect("a file");
                }
                let before = (texts(root), wrong(&check(root, &[rules, &["."]].concat())));
                let fix = [&["--fix"], options, rules, &["."]].concat();
                let after = wrong(&check(root, &fix));
                let once = texts(root);

                for (of, count) in &after {
                    assert!(before.1.get(of).is_some_and(|known| known >= count), "{what}: more {of:?}");
                }
                for (name, text) in &once {
                    let old = &before.0[name];
                    changed += usize::from(text != old);
                    assert_eq!(comments(text), comments(old), "{what}: the comments of {name}");
                    let bare = text.replace("\r\n", "").contains('\n');
                    assert_eq!(bare, line_end == "\n", "{what}: the line ends of {name}");
                }
                assert_eq!(check(root, &fix)["summary"]["fixed"], 0, "{what}");
                assert_eq!(texts(root), once, "{what}: a second run changed something");
            }
        }
    }
    assert!(changed > 20, "{changed}");
}
