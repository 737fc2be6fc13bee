//! The examples of every rule's page, through the binary: what the page says is what the product does.

use amlenv_analysis::rules::RULES;
use serde_json::Value;

use crate::fixture::{Expected, Fixture, check, of_page};

fn matches(expected: &Expected, found: &Value) -> bool {
    let range = &found["range"];
    let column = |end: &str| range[end]["column"].as_u64().unwrap_or(0) as usize;
    let one_line = range["start"]["line"] == range["end"]["line"];
    let covers = expected.columns.is_none_or(|(first, last)| {
        column("start") <= first && (!one_line || last < column("end").max(column("start") + 1))
    });
    found["file"] == expected.file.as_str()
        && range["start"]["line"] == expected.line
        && covers
        && found["severity"] == expected.severity.as_str()
        && found["code"] == expected.code.as_str()
        && found["message"].as_str().unwrap_or("").starts_with(&expected.message)
}

/// What a fixture's run says too much or too little.
fn judge(fixture: &Fixture, line_end: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    fixture.write(folder.path(), line_end);
    let report = check(folder.path(), &["."]);
    let mut found: Vec<&Value> = report["findings"].as_array().expect("findings").iter().collect();
    let mut complaints = Vec::new();
    for expected in &fixture.expected {
        match found.iter().position(|found| matches(expected, found)) {
            Some(at) => {
                found.remove(at);
            }
            None => complaints.push(format!("missing: {expected:?}")),
        }
    }
    complaints.extend(found.iter().map(|found| {
        format!("too much: {} {} {} {}", found["file"], found["range"], found["code"], found["message"])
    }));
    complaints
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
                for complaint in judge(fixture, line_end) {
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
