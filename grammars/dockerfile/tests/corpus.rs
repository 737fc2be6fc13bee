//! The cases of `test/corpus`, in the format of `tree-sitter test`, so that no tool is needed to run them;
//! and that no file is stale: `src/parser.c` is what `grammar.js` gives.

use std::path::Path;

use dockerfile_grammar::{language, parse, parser};
use tree_sitter::{Node, Query, TreeCursor};

fn grammar() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

struct Case {
    name: String,
    input: Vec<u8>,
    expected: String,
}

/// `===`, a name, `===`, the input, `---`, the tree.
fn cases(file: &[u8]) -> Vec<Case> {
    let lines: Vec<&[u8]> = file.split_inclusive(|byte| *byte == b'\n').collect();
    let is = |at: usize, mark: &[u8]| lines.get(at).is_some_and(|line| line.starts_with(mark));
    let mut out = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        assert!(is(at, b"===") && is(at + 2, b"==="), "a case begins at line {}", at + 1);
        let name = String::from_utf8_lossy(lines[at + 1]).trim().to_owned();
        let rule = (at + 3..lines.len()).find(|at| is(*at, b"---")).expect("a rule below the input");
        let mut input = lines[at + 3..rule].concat();
        input.pop();
        at = (rule + 1..lines.len()).find(|at| is(*at, b"===")).unwrap_or(lines.len());
        let expected = String::from_utf8_lossy(&lines[rule + 1..at].concat()).into_owned();
        out.push(Case { name, input, expected });
    }
    out
}

/// The tree as those files write it: named nodes, with their fields.
fn shown(cursor: &mut TreeCursor<'_>, depth: usize, out: &mut String) {
    let node: Node<'_> = cursor.node();
    if node.is_named() || node.is_missing() {
        if depth > 0 {
            out.push('\n');
        }
        out.push_str(&"  ".repeat(depth));
        if let Some(field) = cursor.field_name() {
            out.push_str(field);
            out.push_str(": ");
        }
        out.push('(');
        out.push_str(node.kind());
        if cursor.goto_first_child() {
            loop {
                shown(cursor, depth + 1, out);
                if !cursor.goto_next_sibling() {
                    break;
                }
            }
            cursor.goto_parent();
        }
        out.push(')');
    }
}

#[test]
fn every_case_gives_its_tree() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(grammar().join("test/corpus")).expect("the corpus") {
        let path = entry.expect("an entry").path();
        for case in cases(&std::fs::read(&path).expect("a file")) {
            let tree = parse(&mut parser(), &case.input, None);
            let mut found = String::new();
            shown(&mut tree.walk(), 0, &mut found);
            count += 1;
            if found.trim() != case.expected.trim() {
                wrong.push(format!("{}: {}\n{found}", path.display(), case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(count >= 80, "only {count} cases");
}

/// What the generator of the same version as the library makes of `grammar.js`, byte by byte. It runs
/// the grammar with Node.
#[test]
fn the_generated_files_are_fresh() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere: Option<&Path> = None;
    for file in ["grammar.js", "tree-sitter.json"] {
        std::fs::copy(grammar().join(file), folder.path().join(file)).expect("a copy");
    }
    tree_sitter_generate::generate_parser_in_directory(
        folder.path(),
        nowhere,
        nowhere,
        15,
        None,
        Some("node"),
        true,
        tree_sitter_generate::OptLevel::default(),
        &mut Vec::new(),
    )
    .expect("a grammar that can be generated; Node is needed");
    for file in [
        "parser.c",
        "grammar.json",
        "node-types.json",
        "tree_sitter/parser.h",
        "tree_sitter/alloc.h",
        "tree_sitter/array.h",
    ] {
        let committed = grammar().join("src").join(file);
        let fresh = std::fs::read(folder.path().join("src").join(file)).expect("a generated file");
        if std::env::var_os("AMLENV_UPDATE").is_some() {
            std::fs::write(&committed, &fresh).expect("a file that can be written");
        }
        let stale = std::fs::read(&committed).expect("a committed file") != fresh;
        assert!(!stale, "src/{file} is stale: run this test with AMLENV_UPDATE=1");
    }
}

#[test]
fn the_queries_fit_the_grammar() {
    for file in ["highlights.scm", "injections.scm"] {
        let query = std::fs::read_to_string(grammar().join("queries").join(file)).expect("a query");
        let query = Query::new(&language(), &query);
        assert!(query.is_ok(), "{file}: {query:?}");
    }
}

/// Neovim, Helix and Emacs bring queries for a grammar of this name. One unknown name makes an editor
/// drop a whole query, so what they name must be there, and where they look for it.
#[test]
fn the_names_that_editors_ask_for_exist() {
    let queries = [
        r#"["ADD" "ARG" "AS" "CMD" "COPY" "CROSS_BUILD" "ENTRYPOINT" "ENV" "EXPOSE" "FROM" "HEALTHCHECK" "LABEL"
            "MAINTAINER" "ONBUILD" "RUN" "SHELL" "STOPSIGNAL" "USER" "VOLUME" "WORKDIR"] @a"#,
        r#"[":" "@" "=" "," "[" "]"] @a"#,
        r#"(image_spec (image_tag ":" @a) (image_digest "@" @b))"#,
        r#"(expansion ["$" "{" "}"] @a)"#,
        "[(comment) (param) (mount_param) (variable) (json_string) (escape_sequence)] @a",
        "[(double_quoted_string) (single_quoted_string) (heredoc_marker) (heredoc_end)] @a",
        "(expose_instruction (expose_port) @a)",
        "(arg_instruction . (unquoted_string) @a)",
        "(env_instruction (env_pair . (unquoted_string) @a))",
        "(shell_command (shell_fragment) @a)",
        r#"(run_instruction (heredoc_block (heredoc_line) @a . "\n" @a))"#,
        r#"(copy_instruction (path (heredoc_marker)) . (path) @a (heredoc_block (heredoc_line) @b . "\n" @b))"#,
        "(from_instruction as: (image_alias) @a)",
    ];
    for query in queries {
        let compiled = Query::new(&language(), query);
        assert!(compiled.is_ok(), "{query}: {compiled:?}");
    }
}
