//! What reading a text leaves behind for the next state of it: the tree of tree-sitter, so that only what
//! has changed is read anew. Knows no language.

use tree_sitter::{InputEdit, Language, Parser, Point, Tree};

/// The last state of a text that was read without an error, if there was one.
#[derive(Debug, Default)]
pub struct Earlier(Option<(String, Tree)>);

impl Earlier {
    /// The tree of `text`, the same as [`fresh`] gives. Around errors a tree hangs on what was read before:
    /// so nothing is taken over of such a tree, nor into one.
    pub(crate) fn read(&mut self, text: &str, language: &Language) -> Option<Tree> {
        let known = self.0.as_ref().filter(|(_, tree)| *tree.language() == *language);
        let again = known.and_then(|(old, tree)| {
            let mut tree = tree.clone();
            tree.edit(&edit(old, text));
            parse(text, language, Some(&tree)).filter(|tree| !tree.root_node().has_error())
        });
        let tree = match again {
            Some(tree) => tree,
            None => fresh(text, language)?,
        };
        if !tree.root_node().has_error() {
            self.0 = Some((text.to_owned(), tree.clone()));
        }
        Some(tree)
    }
}

/// The tree of a text of which nothing is known.
pub(crate) fn fresh(text: &str, language: &Language) -> Option<Tree> {
    parse(text, language, None)
}

fn parse(text: &str, language: &Language, old: Option<&Tree>) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(language).ok()?;
    parser.parse(text, old)
}

/// The one replacement that makes `new` of `old`.
fn edit(old: &str, new: &str) -> InputEdit {
    let (a, b) = (old.as_bytes(), new.as_bytes());
    let mut start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    while !new.is_char_boundary(start) || !old.is_char_boundary(start) {
        start -= 1;
    }
    let most = a.len().min(b.len()) - start;
    let mut same = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    while !new.is_char_boundary(new.len() - same) || !old.is_char_boundary(old.len() - same) {
        same -= 1;
    }
    let (old_end, new_end) = (old.len() - same, new.len() - same);
    InputEdit {
        start_byte: start,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position: point(old, start),
        old_end_position: point(old, old_end),
        new_end_position: point(new, new_end),
    }
}

fn point(text: &str, offset: usize) -> Point {
    let head = text.as_bytes().get(..offset).unwrap_or(&[]);
    let row = head.iter().filter(|byte| **byte == b'\n').count();
    let start = head.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    Point::new(row, offset - start)
}
