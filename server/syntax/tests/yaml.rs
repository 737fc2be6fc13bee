//! The YAML reader against PyYAML, which the official client loads and dumps with.

use amlenv_syntax::yaml::{Node, NodeKind, dump_sorted, parse};
use proptest::prelude::*;

fn answers() -> Vec<(String, Option<String>)> {
    serde_json::from_str(include_str!("yaml/answers.json")).expect("PyYAML's answers")
}

#[test]
fn pyyaml_says_the_same() {
    let (mut same, mut left, mut complaints) = (0, 0, Vec::new());
    for (text, expected) in answers() {
        let read = parse(&text);
        match expected {
            None if read.problems.is_empty() && read.documents.len() < 2 => {
                complaints.push(format!("accepted: {text:?}"))
            }
            None => same += 1,
            Some(expected) if read.problems.is_empty() => {
                let found = match read.documents.first() {
                    Some(Some(root)) => dump_sorted(root),
                    _ => Some("null\n...\n".to_owned()),
                };
                match found {
                    Some(found) if found == expected => same += 1,
                    Some(found) => complaints.push(format!("{text:?}\n  {found:?}\n  {expected:?}")),
                    None => left += 1,
                }
            }
            Some(_) => complaints.push(format!("refused: {text:?} {:?}", read.problems)),
        }
    }
    assert!(
        complaints.is_empty(),
        "{same} same, {left} left, {} differ:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
    // What is left is said by `None`: keys that are no short texts, tags, numbers beyond the plain ones.
    assert!(same > 400, "{same} same, {left} left");
}

fn places(node: &Node, text: &str) {
    let mut pending = vec![node];
    while let Some(node) = pending.pop() {
        assert!(text.get(node.range.start..node.range.end).is_some());
        match &node.kind {
            NodeKind::Mapping(entries) => {
                for entry in entries {
                    pending.push(&entry.key);
                    pending.extend(entry.value.as_ref());
                }
            }
            NodeKind::Sequence(items) => pending.extend(items),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in "(a|b: |: |- |  |\n|\r\n|\t|#|'|\"|\\||>|[|]|\\{|\\}|,|&x|\\*x|<<: |!!str |---\n|\\.\\.\\.\n|\\$\\{\\{|\\}\\}|é|\u{1f600}|\u{feff}|\\?|%|1){0,60}") {
        let read = parse(&text);
        for root in read.documents.iter().flatten() {
            places(root, &text);
            let _ = dump_sorted(root);
        }
        for problem in &read.problems {
            prop_assert!(text.get(problem.range.start..problem.range.end).is_some());
        }
        for offset in 0..=text.len() {
            let _ = amlenv_syntax::yaml::position_at(&text, offset);
        }
    }
}
