//! The grammar for tests: the compiled parser, and what its trees say compared with the parser of
//! `amlenv-syntax`, which is the authority.

mod outline;
mod soup;

use tree_sitter::{InputEdit, Language, Parser, Point, Tree};

pub use self::outline::{Seen, differences, outline};
pub use self::soup::SOUP;

/// The grammar.
#[expect(unsafe_code, reason = "the one call of C: generated code that gives a table")]
#[must_use]
pub fn language() -> Language {
    unsafe extern "C" {
        fn tree_sitter_dockerfile() -> *const ();
    }
    // SAFETY: the function is what the generator makes, of an ABI version that the library reads.
    let function = unsafe { tree_sitter_language::LanguageFn::from_raw(tree_sitter_dockerfile) };
    Language::new(function)
}

/// A parser of Dockerfiles.
#[must_use]
pub fn parser() -> Parser {
    let mut parser = Parser::new();
    parser.set_language(&language()).expect("an ABI version that the library reads");
    parser
}

/// Reads a text; any bytes will do.
#[must_use]
pub fn parse(parser: &mut Parser, text: &[u8], old: Option<&Tree>) -> Tree {
    parser.parse(text, old).expect("a tree")
}

/// The edit that replaces `old_end - start` bytes at `start` of `before` so that `after` comes out.
#[must_use]
pub fn edit(before: &[u8], after: &[u8], start: usize, old_end: usize, new_end: usize) -> InputEdit {
    InputEdit {
        start_byte: start,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position: point(before, start),
        old_end_position: point(before, old_end),
        new_end_position: point(after, new_end),
    }
}

fn point(text: &[u8], at: usize) -> Point {
    let before = text.get(..at).unwrap_or(text);
    let row = before.iter().filter(|byte| **byte == b'\n').count();
    let line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    Point { row, column: before.len() - line }
}

/// Every node of a tree: its kind, whether it is an error or was made up, and where it stands. Two
/// trees are the same if these are.
#[must_use]
pub fn nodes(tree: &Tree) -> Vec<(u16, bool, usize, usize, Point, Point)> {
    let mut out = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let broken = node.is_error() || node.is_missing();
        out.push((
            node.kind_id(),
            broken,
            node.start_byte(),
            node.end_byte(),
            node.start_position(),
            node.end_position(),
        ));
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return out;
            }
        }
    }
}
