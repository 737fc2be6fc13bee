//! The JSON reader against `serde_json`, on text that is JSON and on text that is nearly so.

use amlenv_syntax::json;
use amlenv_syntax::yaml::{CoreType, Node, NodeKind};
use proptest::prelude::*;
use serde_json::Value;

/// The tree as `serde_json` would give it: the last of equal keys counts. Depth is bounded by the reader.
fn value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Mapping(entries) => Value::Object(
            entries
                .iter()
                .map(|entry| {
                    let key = entry.key.as_str().unwrap_or("?").to_owned();
                    (key, entry.value.as_ref().map_or(Value::Null, value))
                })
                .collect(),
        ),
        NodeKind::Sequence(items) => Value::Array(items.iter().map(value).collect()),
        NodeKind::Scalar(scalar) => match node.core_type() {
            CoreType::Str => Value::from(scalar.value.as_str()),
            _ => serde_json::from_str(&scalar.value).expect("a value"),
        },
        _ => Value::Null,
    }
}

fn text() -> impl Strategy<Value = String> {
    let piece = "(\\{|\\}|\\[|\\]|,|:|\"a\"|\"b\\\\n\"|\"\\\\ud83d\\\\ude00\"|\"|1|-2\\.5e3|true|null|tru| |\n|\r\n|\t|é|\\\\|//c\n|'x')";
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~é\u{1f600}\n\t\"\\\\]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-c]{0,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in text()) {
        let read = json::parse(&text);
        match serde_json::from_str::<Value>(&text) {
            Ok(expected) => {
                prop_assert_eq!(&read.problems, &[]);
                prop_assert_eq!(read.root.as_ref().map(value), Some(expected));
            }
            Err(_) => prop_assert!(!read.problems.is_empty() || text.trim().is_empty(), "{:?}", text),
        }
        for problem in &read.problems {
            prop_assert!(text.get(problem.range.start..problem.range.end).is_some());
        }
        let mut pending: Vec<&Node> = read.root.iter().collect();
        while let Some(node) = pending.pop() {
            prop_assert!(text.get(node.range.start..node.range.end).is_some());
            pending.extend(node.items());
            pending.extend(node.entries().iter().flat_map(|entry| std::iter::once(&entry.key).chain(&entry.value)));
        }
    }

    #[test]
    fn json_is_read_as_it_is(document in document(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
        let text = text.expect("JSON");
        // Braces of the text may look like a placeholder, which is no error but says nothing.
        prop_assume!(!text.contains("{{") && !text.contains("#{") && !text.contains("{%"));
        let read = json::parse(&text);
        prop_assert_eq!(&read.problems, &[]);
        prop_assert_eq!(read.root.as_ref().map(value), Some(document));
    }
}

/// Commas too many and comments are problems, and cost nothing.
#[test]
fn what_other_dialects_take_is_a_problem_and_still_a_tree() {
    for text in [
        "{\"a\": [1, 2,], \"b\": {\"c\": \"d\",},}",
        "{\n  // why\n  \"a\": [1, 2], /* what */ \"b\": {\"c\": \"d\"}\n}",
        "{\"a\": [1, 2], # why\n \"b\": {\"c\": \"d\"}}",
    ] {
        let read = json::parse(text);
        assert_eq!(read.problems.len(), 1, "{text}");
        let found =
            read.root.as_ref().and_then(|root| root.get("b")?.value.as_ref()?.get("c")?.value.as_ref());
        assert_eq!(found.and_then(Node::as_str), Some("d"), "{text}");
    }
}

#[test]
fn hostile_text_is_read_in_time() {
    for text in [
        "{".repeat(100_000),
        "[[],".repeat(50_000),
        "{\"a\":".repeat(400) + &"1".repeat(100_000),
        "\"a\":".repeat(20_000),
        "{\"a\" ".repeat(20_000),
        format!("{{\"a\": \"{}\"}}", "\\u00e9".repeat(50_000)),
        format!("{{{}}}", "\"a\": 1 ".repeat(20_000)),
        format!("[{}]", "1,".repeat(50_000)),
        "\"".repeat(50_000),
        "{{".repeat(50_000),
        "// c\n".repeat(20_000),
    ] {
        let _ = json::parse(&text);
    }
}
