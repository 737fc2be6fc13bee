//! Which files of a folder are looked at when nobody names them: ignore files hold, links are not
//! followed, and the name must be one that an environment's file can have.

use std::path::{Path, PathBuf};

use amlenv_analysis::may_be_relevant;

use crate::disk;

/// The files below `folder`; those that ignore files leave out too, if `ignored` says so.
pub(crate) fn files(folder: &Path, ignored: bool) -> impl Iterator<Item = PathBuf> {
    let mut walk = ignore::WalkBuilder::new(folder);
    walk.standard_filters(!ignored).hidden(false).follow_links(false).require_git(false);
    walk.filter_entry(|entry| entry.file_name() != ".git");
    walk.build().filter_map(Result::ok).filter_map(|entry| {
        let file = entry.file_type().is_some_and(|kind| kind.is_file() || kind.is_symlink());
        let path = entry.into_path();
        (file && may_be_relevant(&disk::file_path(&path))).then_some(path)
    })
}
