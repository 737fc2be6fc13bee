//! Applies edits to texts and files: never overlapping, never half of a fix.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use amlenv_analysis::{Edit, Fix};

/// The edits of as many fixes as fit together, of one file, in order, and the number of fixes. A fix
/// that would overlap an earlier one waits for the next round.
pub(crate) fn choose<'a>(fixes: impl Iterator<Item = &'a Fix>) -> (Vec<Edit>, usize) {
    let mut edits: Vec<Edit> = Vec::new();
    let mut count = 0;
    for fix in fixes {
        let clash = fix
            .edits
            .iter()
            .any(|new| edits.iter().any(|old| old.file == new.file && old.range.intersects(new.range)));
        if !clash {
            edits.extend(fix.edits.iter().cloned());
            count += 1;
        }
    }
    edits.sort_by(|a, b| (&a.file, a.range).cmp(&(&b.file, b.range)));
    (edits, count)
}

/// The text with the edits applied; they are sorted and do not overlap.
pub(crate) fn apply<'a>(text: &str, edits: impl Iterator<Item = &'a Edit>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.range.start).unwrap_or(""));
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

/// Writes a file of amlenv's own, which need not be there yet; whole or not at all.
pub(crate) fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if path.exists() { write(path, text) } else { fs::write(path, text) }
}

/// Puts `text` in the place of the file at `path`, whole or not at all, with its permissions; a link
/// stays a link.
pub(crate) fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let path = fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = folder.join(format!(".{name}.amlenv-{}", std::process::id()));
    let permissions = fs::metadata(&path)?.permissions();
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::set_permissions(&beside, permissions))
        .and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // What could not be put in place must not lie around.
        let _ = fs::remove_file(&beside);
    }
    written
}
