//! The grammar against the parser of `amlenv-syntax`: the same instructions, lines, flags, forms and
//! heredocs on every case, on the samples, and on token soup; and an edited tree against a fresh one.

use amlenv_syntax::dockerfile;
use dockerfile_grammar::{SOUP, differences, edit, nodes, parse, parser};
use proptest::prelude::*;

fn agree(text: &str) {
    let tree = parse(&mut parser(), text.as_bytes(), None);
    let found = differences(&tree, text);
    assert!(found.is_empty(), "{text:?}\n{}\n{}", found.join("\n"), tree.root_node().to_sexp());
}

#[test]
fn on_every_case_that_buildkit_answered() {
    let golden = include_str!("../../../server/syntax/tests/dockerfile/golden.json");
    let golden: Vec<serde_json::Value> = serde_json::from_str(golden).expect("golden answers");
    assert!(golden.len() >= 60);
    for case in &golden {
        agree(case["text"].as_str().expect("a text"));
    }
}

#[test]
fn on_the_samples() {
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/samples");
    let mut folders = vec![samples];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().to_lowercase().ends_with("dockerfile") {
                agree(&std::fs::read_to_string(path).expect("a text"));
                count += 1;
            }
        }
    }
    assert!(count >= 3);
}

/// A text of random tokens.
fn soup(tokens: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(SOUP), 0..=tokens).prop_map(|tokens| tokens.concat())
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(2048))]

    #[test]
    fn on_soup(text in soup(50)) {
        let tree = parse(&mut parser(), text.as_bytes(), None);
        let found = differences(&tree, &text);
        prop_assert!(found.is_empty(), "{}\n{}", found.join("\n"), tree.root_node().to_sexp());
    }

}

/// What the lexer of heredocs tells apart.
const MARKERS: &[&str] = &[
    "<<",
    "<",
    "-",
    "3",
    "A",
    "B",
    "A",
    " ",
    " ",
    "\t",
    "'",
    "\"",
    "\\",
    "$",
    "$x",
    "${",
    "${x",
    "}",
    ":",
    ":-",
    "+",
    "-",
    "?",
    "#",
    "%",
    "/",
    "//",
    "=",
    "${x:-",
    "${x/",
    "${x#",
    "''",
    "\"\"",
    "<<A ",
    " << \"A B\" ",
    "\u{a0}",
    "\u{feff}",
    "\\\n",
    "\r",
    "é",
    "`",
    "<<\\${x:-A}",
    "\"${x:-\"",
    "<<\u{feff}A",
];

/// Lines that might end heredocs, had `line` any.
fn candidates(line: &str) -> String {
    let mut out = String::new();
    for behind in line.split("<<").skip(1) {
        let behind = behind.strip_prefix('-').unwrap_or(behind).trim_start();
        let first = behind.split([' ', '\t', '\n']).next().unwrap_or("");
        let unquoted = behind.replace(['\'', '"', '\\'], "");
        for name in [first, &first.replace(['\'', '"', '\\'], ""), unquoted.lines().next().unwrap_or("")] {
            out.push_str(name);
            out.push('\n');
        }
    }
    out
}

/// The text with a line for each heredoc that has no end.
fn ended(mut text: String) -> String {
    for _ in 0..4 {
        let problems = dockerfile::parse(&text).problems;
        let name = problems.iter().find_map(|problem| {
            problem.message.strip_prefix("unterminated heredoc: no line is just `")?.strip_suffix('`')
        });
        let Some(name) = name else { break };
        text.push_str(name);
        text.push('\n');
    }
    text
}

#[test]
fn a_heredoc_is_given_its_end() {
    assert_eq!(ended("RUN <<-A 3<< 'B C'\n".to_owned()), "RUN <<-A 3<< 'B C'\nA\nB C\n");
}

proptest! {
    #![proptest_config(config(1024))]

    #[test]
    fn on_the_names_of_heredocs(
        keyword in prop::sample::select(&["RUN ", "COPY ", "ONBUILD RUN ", "RUN <<"][..]),
        words in prop::collection::vec(prop::sample::select(MARKERS), 0..16),
    ) {
        let line = format!("{keyword}{}\n", words.concat());
        let text = ended(format!("{line}{}", candidates(&line)));
        let tree = parse(&mut parser(), text.as_bytes(), None);
        let found = differences(&tree, &text);
        prop_assert!(found.is_empty(), "{text:?}\n{}\n{}", found.join("\n"), tree.root_node().to_sexp());
    }
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn on_bytes(bytes in prop::collection::vec(any::<u8>(), 0..80), text in soup(50)) {
        let mut all = text.into_bytes();
        all.extend(bytes);
        // As they stand nothing may break; made UTF-8 both sides must agree.
        prop_assert!(!parse(&mut parser(), &all, None).root_node().has_error());
        let text = String::from_utf8_lossy(&all);
        let tree = parse(&mut parser(), text.as_bytes(), None);
        prop_assert!(differences(&tree, &text).is_empty(), "{:?}", differences(&tree, &text));
    }

    #[test]
    fn an_edited_tree_is_a_fresh_one(
        text in soup(50),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..6, soup(2)), 1..6),
    ) {
        let mut parser = parser();
        let mut text = text;
        let mut tree = parse(&mut parser, text.as_bytes(), None);
        for (place, length, new) in edits {
            // No editor cuts a character, and the library does not look for it.
            let boundary = |at: usize| (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let start = if text.is_empty() { 0 } else { boundary(place.index(text.len())) };
            let end = boundary((start + length).min(text.len()));
            let mut after = text.clone();
            after.replace_range(start..end, &new);
            tree.edit(&edit(text.as_bytes(), after.as_bytes(), start, end, start + new.len()));
            tree = parse(&mut parser, after.as_bytes(), Some(&tree));
            let fresh = parse(&mut parser, after.as_bytes(), None);
            prop_assert_eq!(nodes(&tree), nodes(&fresh));
            prop_assert!(!tree.root_node().has_error());
            text = after;
        }
    }
}
