//! What stands at a place. One provider for each kind of thing, the most particular first; each knows
//! the places of its things in every notation.

mod codes;
mod dockerfile;
mod environments;
mod images;
mod keys;
mod packages;
mod python;

use crate::answers::Hover;
use crate::file::File;
use crate::nested;
use crate::path::FilePath;
use crate::workspace::Workspace;

pub(crate) fn hover(workspace: &Workspace, path: &FilePath, offset: usize) -> Option<Hover> {
    let file = workspace.file(path)?;
    if let Some((nested, at)) = file.nested_at(offset) {
        let scope = nested::scope(workspace, file);
        let found = in_file(&scope, &nested.file, at)?;
        return Some(Hover { range: nested.host(found.range), ..found });
    }
    in_file(workspace, file, offset)
}

fn in_file(workspace: &Workspace, file: &File, offset: usize) -> Option<Hover> {
    codes::hover(file, offset)
        .or_else(|| dockerfile::variable(file, offset))
        .or_else(|| images::hover(file, offset))
        .or_else(|| environments::hover(workspace, file, offset))
        .or_else(|| packages::hover(file, offset))
        .or_else(|| dockerfile::hover(workspace, file, offset))
        .or_else(|| keys::hover(file, offset))
        .or_else(|| python::hover(file, offset))
}
