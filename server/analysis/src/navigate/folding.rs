//! What of a file can be folded away: what has more than one line and a first line that tells what it
//! is. In whole lines.

use amlenv_syntax::dockerfile::Dockerfile;
use amlenv_syntax::python::{self, ExprKind, Stmt, StmtKind};
use amlenv_syntax::yaml::{Node, NodeKind};
use amlenv_syntax::{HostRange, LineIndex, TextRange};

use super::view::View;
use crate::embedded::DockerfileDocument;
use crate::file::File;
use crate::path::FilePath;
use crate::workspace::Workspace;

/// Lines that can be folded away: the first one stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fold {
    /// From the first line that stays to the last that goes.
    pub range: HostRange,
    /// What it is.
    pub kind: Option<FoldKind>,
}

/// What folded lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoldKind {
    /// A comment of several lines.
    Comment,
    /// What stands between `#region` and `#endregion`.
    Region,
}

/// What can be folded in a file, in order; of two that begin on one line and end on one, one.
pub(crate) fn folds(workspace: &Workspace, path: &FilePath) -> Vec<Fold> {
    let Some(host) = workspace.file(path) else { return Vec::new() };
    let mut out = Vec::new();
    for view in View::all(host) {
        let mut found = Folds { text: view.file.text(), lines: view.file.lines(), out: Vec::new() };
        found.file(view.file);
        out.extend(found.out.into_iter().map(|fold| Fold { range: view.range(fold.range), ..fold }));
    }
    let lines = host.lines();
    let ends = |fold: &Fold| (lines.line(fold.range.start), lines.line(fold.range.end));
    out.retain(|fold| {
        let (start, end) = ends(fold);
        start < end
    });
    out.sort_by_key(|fold| (ends(fold), fold.kind));
    out.dedup_by_key(|fold| ends(fold));
    out
}

struct Folds<'f> {
    text: &'f str,
    lines: &'f LineIndex,
    out: Vec<Fold>,
}

impl Folds<'_> {
    /// Notes a stretch without the blanks behind it.
    fn add(&mut self, range: TextRange) {
        let text = range.slice(self.text).trim_end();
        let range = HostRange::new(range.start, range.start + text.len());
        self.out.push(Fold { range, kind: None });
    }

    /// As [`Folds::add`], but a last line that only closes stays.
    fn add_closed(&mut self, range: TextRange) {
        let start = self.lines.line_start(self.lines.line(range.end.saturating_sub(1).max(range.start)));
        let last = self.text.get(start..range.end).unwrap_or("");
        let closes =
            !last.is_empty() && last.trim_start().chars().all(|c| matches!(c, ')' | ']' | '}' | ','));
        let end = if closes { start.saturating_sub(1).max(range.start) } else { range.end };
        self.add(TextRange::new(range.start, end));
    }

    fn file(&mut self, file: &File) {
        for document in file.dockerfiles() {
            self.dockerfile(document);
        }
        let documents = file.yaml().into_iter().flat_map(|tree| tree.documents.iter().flatten());
        for root in documents.chain(file.json().and_then(|tree| tree.root.as_ref())) {
            self.data(root);
        }
        if let Some(module) = file.python() {
            for stmt in python::statements(module) {
                self.statement(stmt);
            }
            for expr in python::expressions(module) {
                if matches!(
                    expr.kind,
                    ExprKind::Call { .. } | ExprKind::List(_) | ExprKind::Dict { .. } | ExprKind::Tuple(_)
                ) {
                    self.add_closed(expr.range);
                }
            }
        }
        self.comments(&file.comments());
    }

    fn dockerfile(&mut self, document: &DockerfileDocument) {
        let tree: &Dockerfile = &document.tree;
        let mut add = |range: TextRange| {
            let text = range.slice(&document.text).trim_end();
            let range = document.host(TextRange::new(range.start, range.start + text.len()));
            self.out.push(Fold { range, kind: None });
        };
        let stages = tree.stages();
        for stage in &stages {
            if let Some(last) = stage.instructions.last() {
                add(stage.from.range.cover(last.range));
            }
        }
        for instruction in &tree.instructions {
            add(instruction.range);
            let several =
                instruction.heredocs.len() > 1 || instruction.last_line.start > instruction.range.start;
            for heredoc in instruction.heredocs.iter().filter(|_| several) {
                // The line in front of the body tells what it is.
                let head = document.text.get(..heredoc.body.start.saturating_sub(1)).unwrap_or("");
                let start = head.rfind('\n').map_or(0, |at| at + 1);
                add(TextRange::new(start, heredoc.body.end.max(start)));
            }
        }
    }

    /// Whether a node stands in brackets.
    fn is_bracketed(&self, node: &Node) -> bool {
        let collection = matches!(node.kind, NodeKind::Mapping(_) | NodeKind::Sequence(_));
        collection && node.range.slice(self.text).starts_with(['{', '['])
    }

    /// Mappings, lists and long texts of YAML and JSON.
    fn data(&mut self, root: &Node) {
        let mut pending = vec![root];
        while let Some(node) = pending.pop() {
            if self.is_bracketed(node) {
                self.add_closed(node.range);
            }
            for entry in node.entries() {
                if let Some(value) = entry.value.as_ref().filter(|value| !value.resolved_alias) {
                    if !self.is_bracketed(value) {
                        self.add(entry.range);
                    }
                    pending.push(value);
                }
            }
            for item in node.items() {
                if matches!(item.kind, NodeKind::Mapping(_))
                    && !self.is_bracketed(item)
                    && !item.resolved_alias
                {
                    self.add(item.range);
                }
                pending.push(item);
            }
        }
    }

    fn statement(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::If { branches } => {
                let mut bodies = Vec::new();
                bodies.extend(branches.iter().map(|branch| branch.body.as_slice()));
                self.bodies(stmt.range.start, &bodies);
            }
            StmtKind::Loop { body, orelse, .. } => self.bodies(stmt.range.start, &[body, orelse]),
            StmtKind::Try { body, handlers, orelse, finally } => {
                let mut bodies = vec![body.as_slice()];
                bodies.extend(handlers.iter().map(Vec::as_slice));
                bodies.extend([orelse.as_slice(), finally.as_slice()]);
                self.bodies(stmt.range.start, &bodies);
            }
            StmtKind::Function { .. } | StmtKind::Class { .. } | StmtKind::With { .. } => {
                self.add(stmt.range)
            }
            _ => self.add_closed(stmt.range),
        }
    }

    /// The bodies of a statement, each with the line that begins it.
    fn bodies(&mut self, start: usize, bodies: &[&[Stmt]]) {
        let mut head = start;
        for body in bodies {
            let (Some(first), Some(last)) = (body.first(), body.last()) else { continue };
            if head != start {
                // Behind the body above come perhaps comments, and then `else:` or its like.
                let between = self.text.get(head..first.range.start).unwrap_or("");
                let mut at = head;
                for line in between.split_inclusive('\n') {
                    let trimmed = line.trim();
                    if !trimmed.is_empty() && !trimmed.starts_with('#') {
                        break;
                    }
                    at += line.len();
                }
                head = at.min(first.range.start);
            }
            self.add(TextRange::new(head, last.range.end.max(head)));
            head = last.range.end;
        }
    }

    /// Comments on lines of their own, one below the other, and regions.
    fn comments(&mut self, comments: &[HostRange]) {
        let mut block: Option<HostRange> = None;
        let mut regions: Vec<usize> = Vec::new();
        for comment in comments {
            let line = self.lines.line(comment.start);
            let before = self.text.get(self.lines.line_start(line)..comment.start).unwrap_or("");
            let said = comment.slice(self.text).trim_start_matches('#').trim_start();
            if said.starts_with("endregion") {
                if let Some(start) = regions.pop() {
                    let range = HostRange::new(start, comment.end);
                    self.out.push(Fold { range, kind: Some(FoldKind::Region) });
                }
            } else if said.starts_with("region")
                && said.trim_start_matches("region").starts_with([' ', '\r', '\n'])
            {
                regions.push(comment.start);
            }
            if !before.trim().is_empty() {
                continue;
            }
            let follows = block.filter(|block| self.lines.line(block.end) + 1 == line);
            if let (Some(done), None) = (block, follows) {
                self.out.push(Fold { range: done, kind: Some(FoldKind::Comment) });
            }
            let end = comment.start + comment.slice(self.text).trim_end().len();
            block = Some(HostRange::new(follows.map_or(comment.start, |block| block.start), end));
        }
        self.out.extend(block.map(|range| Fold { range, kind: Some(FoldKind::Comment) }));
    }
}
