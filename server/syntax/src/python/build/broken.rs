//! Statements that the grammar could not read, or read across the ends of lines: each is read again on
//! its own.

use tree_sitter::Node;

use super::super::recover::{self, Chunk};
use super::super::{Stmt, StmtKind};
use super::{Builder, MAX_DEPTH, expr, named, read};
use crate::text::TextRange;

impl Builder<'_> {
    /// Reads lines that could not be read together.
    pub(super) fn recover(&self, chunks: &[Chunk], depth: usize, out: &mut Vec<Stmt>) {
        if depth > MAX_DEPTH {
            return;
        }
        let column =
            |chunk: &Chunk| chunk.range.start - self.whole_lines(TextRange::empty(chunk.range.start)).start;
        let outer = chunks.first().map_or(0, column);
        for chunk in chunks {
            let before = out.len();
            let Some(tree) = read(chunk.range.slice(self.text)) else { continue };
            let builder = Builder { text: self.text, base: chunk.range.start, end: chunk.range.end };
            let root = tree.root_node();
            // What was just read as a whole is not read so again.
            let again = chunk.range.start == self.base && chunk.range.end + 2 >= self.end;
            if !root.has_error() && !again {
                builder.statements(root, depth + 1, out);
                // What stands less deep than the first belongs to another block.
                let astray = column(chunk) < outer;
                out.iter_mut().skip(before).for_each(|stmt| stmt.broken |= astray);
                continue;
            }
            if chunk.body < chunk.range.end {
                // Nobody knows when what is indented here happens. Each level is read once more, so that
                // only a few are looked into.
                let end = chunk.range.end;
                let body = recover::chunks(self.text, chunk.body, end, end);
                self.recover(&body, depth + MAX_DEPTH / 8, out);
            } else {
                for child in named(root).into_iter().filter(|child| !child.is_error()) {
                    builder.statement(child, depth, out);
                }
            }
            let head = TextRange::new(chunk.range.start, chunk.body.min(chunk.range.end));
            let assigned = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Assign { .. });
            if !out.get(before..).is_some_and(|found| found.iter().any(assigned)) {
                out.extend(self.begun(head));
            }
            if out.len() == before {
                out.push(Stmt { range: head, kind: StmtKind::Other, broken: true, leaves: false });
            }
            out.iter_mut().skip(before).for_each(|stmt| stmt.broken = true);
        }
    }

    /// A range grown to whole lines, inside the stretch that was read.
    pub(super) fn whole_lines(&self, range: TextRange) -> TextRange {
        let head = self.text.get(self.base..range.start).unwrap_or("");
        let start = head.rfind('\n').map_or(self.base, |at| self.base + at + 1);
        let tail = self.text.get(range.end..self.end).and_then(|tail| tail.find('\n'));
        TextRange::new(start, tail.map_or(self.end, |at| range.end + at + 1))
    }

    /// The assignment that a statement which could not be read was going to be: its value is not known.
    pub(super) fn begun(&self, broken: TextRange) -> Option<Stmt> {
        let head = broken.slice(self.text);
        let (target, rest) = head.split_once('=')?;
        let target = target.trim();
        let fine = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        if rest.starts_with('=') || !target.chars().all(fine) {
            return None;
        }
        let start = broken.start + head.len() - head.trim_start().len();
        let end = start + target.len();
        let tree = read(target)?;
        let node = tree.root_node().named_child(0)?.named_child(0)?;
        let builder = Builder { text: self.text, base: start, end };
        let (targets, value) = (vec![builder.expr(node, 0)], expr::nothing(broken.end));
        let kind = StmtKind::Assign { targets, value, augmented: None };
        Some(Stmt { range: TextRange::new(start, broken.end), kind, broken: true, leaves: false })
    }

    /// Whether a line ends inside a simple statement where nothing says that the statement goes on:
    /// neither a bracket nor a backslash. The grammar reads across such ends while somebody types.
    pub(super) fn runs_over(&self, stmt: Node<'_>) -> bool {
        let simple = stmt.kind().ends_with("_statement")
            && !matches!(
                stmt.kind(),
                "if_statement"
                    | "for_statement"
                    | "while_statement"
                    | "try_statement"
                    | "with_statement"
                    | "match_statement"
            );
        if !simple || stmt.start_position().row == stmt.end_position().row {
            return false;
        }
        let (mut brackets, mut end) = (0_usize, stmt.start_byte());
        let mut cursor = stmt.walk();
        'tokens: loop {
            let node = cursor.node();
            let whole = node.child_count() == 0 || matches!(node.kind(), "string" | "comment");
            if !whole && cursor.goto_first_child() {
                continue;
            }
            if node.kind() != "comment" && !node.byte_range().is_empty() {
                if brackets == 0 && self.has_bare_line_end(end, node.start_byte()) {
                    return true;
                }
                match node.kind() {
                    "string" if self.is_unclosed(node) => return true,
                    "(" | "[" | "{" => brackets += 1,
                    ")" | "]" | "}" => brackets = brackets.saturating_sub(1),
                    _ => {}
                }
                end = node.end_byte();
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() || cursor.node() == stmt {
                    break 'tokens;
                }
            }
        }
        false
    }

    /// Whether a string with a single quote runs over the end of a line: it is not closed, and took
    /// what belongs to other statements.
    pub(super) fn is_unclosed(&self, string: Node<'_>) -> bool {
        let start = string.named_child(0).filter(|start| start.kind() == "string_start");
        let long = start.is_some_and(|start| {
            start.end_byte() >= start.start_byte() + 3 && {
                let opening = self.slice(start);
                opening.ends_with("\"\"\"") || opening.ends_with("'''")
            }
        });
        let mut cursor = string.walk();
        !long
            && string.start_position().row != string.end_position().row
            && string
                .named_children(&mut cursor)
                .filter(|child| child.kind() == "string_content")
                .any(|child| self.has_bare_line_end(child.start_byte(), child.end_byte()))
    }

    /// Whether a line ends between two places without a backslash.
    pub(super) fn has_bare_line_end(&self, from: usize, to: usize) -> bool {
        let between = self.text.get(from + self.base..to + self.base).unwrap_or("");
        between.replace("\\\r\n", "").replace("\\\n", "").contains('\n')
    }
}
