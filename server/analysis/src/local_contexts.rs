//! The local folders that SDK v1 code makes build contexts of, and what is in them. The SDK uploads
//! every file below such a folder under its bare name, whatever folder it stands in; no ignore file
//! counts. Source: azureml-core 1.61.0, `Environment._get_files_to_upload`. Judges nothing.

use crate::file::File;
use crate::graph::{candidates, is_remote, resolve};
use crate::model::{LocalContext, Notation};
use crate::path::FilePath;
use crate::workspace::{Fact, Want, Workspace};

/// So many files the SDK takes without a warning.
pub(crate) const MAX_FILES: usize = 100;

/// So many bytes the SDK takes without a warning.
pub(crate) const MAX_BYTES: u64 = 1024 * 1024;

/// So many folders of one context are looked into.
const MAX_FOLDERS: usize = 64;

/// What is below a folder.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The files, seen from there.
    pub(crate) files: Vec<String>,
    /// Their size together, as far as it is known.
    pub(crate) bytes: u64,
    /// Whether that is all.
    pub(crate) whole: bool,
}

/// Where the folder of a context may be.
pub(crate) fn folders(workspace: &Workspace, file: &File, context: &LocalContext) -> Vec<FilePath> {
    if context.path.templated || is_remote(&context.path.value) {
        return Vec::new();
    }
    candidates(workspace, file, Notation::PythonV1, &context.path.value)
}

/// The folder of a context, where it is there.
pub(crate) fn folder(workspace: &Workspace, file: &File, context: &LocalContext) -> Option<FilePath> {
    let candidates = folders(workspace, file, context);
    let found = resolve(workspace, &candidates).ok()?;
    matches!(workspace.fact(found), Some(Fact::Folder(_))).then(|| found.clone())
}

/// The path in its folder at which the Dockerfile of a context is, where that is known.
pub(crate) fn dockerfile(context: &LocalContext) -> Option<&str> {
    context.known.then(|| context.dockerfile.as_ref().map_or("Dockerfile", |text| &text.value))
}

/// What is below `top`, and what is still to be asked to know it.
pub(crate) fn listing(workspace: &Workspace, top: &FilePath) -> (Listing, Vec<Want>) {
    let mut out = Listing { whole: true, ..Listing::default() };
    let mut wants = Vec::new();
    let mut pending = vec![String::new()];
    let mut seen = 0;
    while let Some(head) = pending.pop() {
        let here = if head.is_empty() { top.clone() } else { top.join(&head) };
        seen += 1;
        if seen > MAX_FOLDERS || out.files.len() > 2 * MAX_FILES {
            out.whole = false;
            break;
        }
        let names = match workspace.fact(&here) {
            Some(Fact::Folder(names)) => names,
            Some(_) => {
                out.whole = false;
                continue;
            }
            None => {
                out.whole = false;
                wants.push(Want { path: here, text: false });
                continue;
            }
        };
        for name in names {
            let path = if head.is_empty() { name.clone() } else { format!("{head}/{name}") };
            match path.strip_suffix('/') {
                // The history of the repository may be large; it is not looked into.
                Some(_) if name == ".git/" => out.whole = false,
                Some(folder) => pending.push(folder.to_owned()),
                None => {
                    let whole = top.join(&path);
                    match workspace.size(&whole) {
                        Some(bytes) => out.bytes += bytes,
                        None if workspace.fact(&whole).is_none() && out.files.len() <= MAX_FILES => {
                            wants.push(Want { path: whole, text: false });
                        }
                        None => {}
                    }
                    out.files.push(path);
                }
            }
        }
    }
    out.files.sort();
    (out, wants)
}

/// The contexts of a file whose folder is known, each with its folder and what is in that.
pub(crate) fn listed<'a>(
    workspace: &'a Workspace,
    file: &'a File,
) -> impl Iterator<Item = (&'a LocalContext, FilePath, Listing)> {
    file.local_contexts().iter().filter_map(|context| {
        let folder = folder(workspace, file, context)?;
        let (listing, _) = listing(workspace, &folder);
        Some((context, folder, listing))
    })
}

/// What judging the contexts of a file would like to know.
pub(crate) fn wants(workspace: &Workspace, file: &File) -> Vec<Want> {
    let mut out = Vec::new();
    for context in file.local_contexts() {
        for path in folders(workspace, file, context) {
            out.push(Want { path, text: false });
        }
        if let Some(folder) = folder(workspace, file, context) {
            out.extend(listing(workspace, &folder).1);
        }
    }
    out
}
