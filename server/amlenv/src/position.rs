//! From byte offsets to lines and columns for people: both from 1, columns in Unicode code points.

use amlenv_syntax::LineIndex;

/// A place as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// The place of a byte offset.
pub(crate) fn place(text: &str, lines: &LineIndex, offset: usize) -> Place {
    let line = lines.line(offset);
    let start = lines.line_start(line);
    let head = text.get(start..offset.min(text.len())).unwrap_or("");
    // A byte order mark is no character that anybody sees.
    let column = head.chars().filter(|c| *c != '\u{feff}').count();
    Place { line: line + 1, column: column + 1 }
}
