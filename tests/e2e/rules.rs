//! The examples of every rule's page, through the binary: what the page says is what the product does.

use amlenv_analysis::rules::RULES;

use crate::fixture::{Fixture, check, compare, of_page};

/// What a fixture's run says too much or too little.
fn judge(fixture: &Fixture, line_end: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    fixture.write(folder.path(), line_end);
    compare(&fixture.expected, &check(folder.path(), &["."]))
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
