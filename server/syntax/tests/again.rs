//! A text that is read with what an earlier state of it left behind gives what it gives read anew.

use amlenv_syntax::{Earlier, python, yaml};
use proptest::prelude::*;

const YAML: &str = "# what this is\n$schema: https://x/y.json\ntype: pipeline\njobs:\n  one:\n    type: command\n    \
    command: >-\n      python a.py\n      --b ${{inputs.c}}\n    environment:\n      image: &i 'x:1'\n  two:\n    \
    list: [a, {b: c}, \"d\n      e\"]\n    items:\n      - a: 1\n        b: |\n          x\n          y\n      - *i\n    \
    last: é😀 # note\n";

const PYTHON: &str = "# what this is\nimport a\nfrom b import c as d\n\n\ndef f(x, *, y=None):\n    total = 0\n    \
    for item in x or range(3):\n        total += item * y\n    # a number\n    return {\"a\": total, 'b': f\"{x!r} {y}\"}\n\n\n\
    env = Environment(name=\"é😀\")\nenv.docker.base = r\"\"\"\nFROM x\nRUN y\n\"\"\"\nif env:\n    match env:\n        \
    case 1:\n            print(env)\n        case _:\n            pass\nelse:\n    env = [a, (b, c),\n           d]\n";

/// What somebody types: at a place, so many characters away, something in their place.
fn edits(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<(usize, usize, &'static str)>> {
    let length = prop_oneof![4 => Just(0_usize), 3 => Just(1_usize), 2 => 2_usize..40];
    prop::collection::vec((0_usize..10_000, length, prop::sample::select(pieces)), 1..12)
}

fn edited(text: &str, (at, len, new): (usize, usize, &str)) -> String {
    let chars: Vec<char> = text.chars().collect();
    let start = at % (chars.len() + 1);
    let end = (start + len).min(chars.len());
    let mut out: String = chars.iter().take(start).collect();
    out.push_str(new);
    out.extend(chars.iter().skip(end));
    out
}

/// Goes through the edits, and back again as somebody does who takes them back.
fn states(first: &str, edits: Vec<(usize, usize, &str)>) -> Vec<String> {
    let mut all = vec![first.to_owned()];
    for edit in edits {
        all.push(edited(all.last().map_or("", String::as_str), edit));
    }
    let back: Vec<String> = all.iter().rev().skip(1).cloned().collect();
    all.extend(back);
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_yaml(edits in edits(&["", "x", " ", "\n", "  ", ": ", "- ", "#", "\"", "'", "a: b\n", "  - c\n", "|\n", "&k ", "*k", "[", "]", "{", "}", "é", "\t", "---\n", "{{m}}", "? ", "\r\n"])) {
        let mut earlier = Earlier::default();
        for text in states(YAML, edits) {
            let again = format!("{:?}", yaml::parse_again(&text, &mut earlier));
            prop_assert_eq!(again, format!("{:?}", yaml::parse(&text)), "{:?}", text);
        }
    }

    #[test]
    fn of_python(edits in edits(&["", "x", " ", "\n", "    ", "(", ")", "\"", "'", "\"\"\"", "a = 1\n", "    b\n", "f\"", "{", "}", "[", "]", ":", "#", "é", "\t", "if a:\n", "print ", "match ", "async ", "\\\n", ", ", "."])) {
        let mut earlier = Earlier::default();
        for text in states(PYTHON, edits) {
            let again = format!("{:?}", python::parse_again(&text, &mut earlier));
            prop_assert_eq!(again, format!("{:?}", python::parse(&text)), "{:?}", text);
        }
    }
}
