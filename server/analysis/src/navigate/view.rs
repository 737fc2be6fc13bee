//! A file as navigation looks at it: on its own, or inside a notebook, with the way to the host.

use amlenv_syntax::HostRange;

use super::{Occurrence, Place};
use crate::file::File;
use crate::finding::Edit;
use crate::nested::Nested;

/// A file, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// The file that an editor has open.
    pub(super) host: &'a File,
    /// That file, or one inside it.
    pub(super) file: &'a File,
    nested: Option<&'a Nested>,
}

impl<'a> View<'a> {
    /// The file that `offset` of the host stands in, and where in it. `None` in a part of a notebook
    /// that is no file.
    pub(super) fn at(host: &'a File, offset: usize) -> Option<(Self, usize)> {
        let offset = offset.min(host.text().len());
        match host.nested_at(offset) {
            Some((nested, at)) => Some((Self { host, file: &nested.file, nested: Some(nested) }, at)),
            None if host.nested().is_empty() => Some((Self { host, file: host, nested: None }, offset)),
            None => None,
        }
    }

    /// The files that a host is or holds.
    pub(super) fn all(host: &'a File) -> Vec<Self> {
        if host.nested().is_empty() {
            return vec![Self { host, file: host, nested: None }];
        }
        let view = |nested: &'a Nested| Self { host, file: &nested.file, nested: Some(nested) };
        host.nested().iter().map(view).collect()
    }

    /// Where a range of the file stands in the host.
    pub(super) fn range(&self, range: HostRange) -> HostRange {
        self.nested.map_or(range, |nested| nested.host(range))
    }

    /// The place of a range of the file.
    pub(super) fn place(&self, range: HostRange) -> Place {
        Place { file: self.host.path().clone(), range: self.range(range) }
    }

    /// An occurrence at a range of the file.
    pub(super) fn occurrence(&self, range: HostRange, definition: bool) -> Occurrence {
        Occurrence { place: self.place(range), definition }
    }

    /// Edits of the file as edits of the host; `None` where that cannot hold them.
    pub(super) fn edits(&self, edits: Vec<Edit>) -> Option<Vec<Edit>> {
        match self.nested {
            Some(nested) => nested.edits(self.host, edits),
            None => Some(edits),
        }
    }
}
