//! The comments in a tree of tree-sitter, for the languages where one begins with `#`. Knows nothing else
//! of them.

use tree_sitter::Node;

use crate::text::TextRange;

/// The comments below `root`, which was read from `text`, in order. Only what holds a `#` is looked into,
/// which most of a text does not.
pub(crate) fn comments(root: Node<'_>, text: &str) -> Vec<TextRange> {
    let mut out = Vec::new();
    let mut marks = text.match_indices('#').map(|(at, _)| at).peekable();
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        while marks.next_if(|mark| *mark < node.start_byte()).is_some() {}
        let Some(mark) = marks.peek().copied() else { return out };
        if mark < node.end_byte() {
            if node.kind() == "comment" {
                out.push(TextRange::new(node.start_byte(), node.end_byte()));
            } else if cursor.goto_first_child_for_byte(mark).is_some() {
                continue;
            }
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return out;
            }
        }
    }
}
