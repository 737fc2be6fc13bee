//! Packages, wherever they are asked for: conda files, lists of pip, SDK code, commands of Dockerfiles.

use std::fmt::Write as _;

use crate::answers::Hover;
use crate::file::File;
use crate::lifecycle;
use crate::listed::listings_at;
use crate::package_names;

pub(super) fn hover(file: &File, offset: usize) -> Option<Hover> {
    let listings = listings_at(file, offset);
    let found = listings.iter().flat_map(|listing| &listing.items).find(|item| item.range.touches(offset))?;
    if found.is_option() {
        return None;
    }
    let name = found.name.as_deref()?;
    let versions = found.versions();
    if !found.pip && name == "python" {
        let version = versions.trim_start_matches(['=', '<', '>', '~', ' ']);
        let minor: Vec<&str> = version.split('.').take(2).collect();
        let minor = minor.join(".");
        let mut markdown = "**python**: the version of Python.".to_owned();
        if let Some((known, ends, ended)) = lifecycle::pythons().into_iter().find(|known| known.0 == minor) {
            let word = if ended { "ended on" } else { "gets fixes until" };
            let _ = write!(markdown, "\n\nPython {known} {word} {ends}.");
        }
        return Some(Hover { range: found.range, markdown });
    }
    let mut markdown = package_names::markdown(name)?;
    let pinned = if versions.trim().is_empty() {
        "No version is asked for: each build may bring another.".to_owned()
    } else {
        format!("Asked for: `{}`.", versions.trim())
    };
    let _ = write!(markdown, "\n\n{pinned}");
    Some(Hover { range: found.range, markdown })
}
