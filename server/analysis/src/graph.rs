//! Edges between files: what a file refers to, and so what judging it needs to know of the disk.

use crate::file::File;
use crate::workspace::{Want, Workspace};

/// What judging `file` would like to know, whether known already or not.
pub(crate) fn wants(_workspace: &Workspace, _file: &File) -> Vec<Want> {
    Vec::new()
}
