//! The files of a build context on this disk: lists the folder, lets the core decide what is kept, and
//! hands that to the cloud. It must not know where anything is sent.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use amlenv_analysis::context::{Context, Entry, EntryKind, IgnoreTexts, Kept, KeptFile};
use amlenv_analysis::{BuildContext, ContextSource};
use amlenv_cloud::Error;
use amlenv_cloud::context::{Content, ContextFile, Digests, Folder, digest};

use crate::disk;

/// More entries than this are no build context; something else was meant.
const MOST: usize = 1_000_000;

/// A build context that can be uploaded.
pub(crate) struct Ready {
    /// The folder, as it is called for people.
    pub(crate) root: String,
    /// What is sent.
    pub(crate) kept: Kept,
    /// The same with its contents.
    pub(crate) folder: Folder,
}

/// Looks at the files of a context.
pub(crate) fn read(context: &BuildContext) -> Result<Ready, Error> {
    match &context.source {
        ContextSource::Folder(folder) => of_folder(Path::new(folder.as_str()), &context.dockerfile),
        ContextSource::Made { name, files } => {
            let listing: Vec<Entry> = files
                .iter()
                .map(|file| entry(&file.path, EntryKind::File { bytes: file.text.len() as u64 }))
                .collect();
            let kept = Context::new(&IgnoreTexts::default(), &context.dockerfile).kept(&listing);
            let content = |kept: &KeptFile| {
                let text = files.iter().find(|file| file.path == kept.path).map_or("", |file| &file.text);
                Content::Made(text.as_bytes().into())
            };
            Ok(Ready { root: name.clone(), folder: folder(name.clone(), &kept, content), kept })
        }
    }
}

/// The hash of the context and the checks of its files: everything is read once.
pub(crate) fn hash(ready: &Ready, cancel: &AtomicBool) -> Result<Digests, Error> {
    digest(&ready.folder, cancel)
}

fn of_folder(path: &Path, dockerfile: &str) -> Result<Ready, Error> {
    let disk = |path: &Path, error: &std::io::Error| Error::disk(&path.display().to_string(), error);
    let root = fs::canonicalize(path).map_err(|error| disk(path, &error))?;
    let Some(name) = root.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
        return Err(Error::Context {
            message: format!("{} has no name to upload it under", path.display()),
            next: "Put the files into a folder with a plain name.",
        });
    };
    let listing = list(&root)?;
    let text = |name: &str| -> Result<Option<String>, Error> {
        match fs::read(root.join(name)) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk(&root.join(name), &error)),
        }
    };
    let (amlignore, gitignore) = (text(".amlignore")?, text(".gitignore")?);
    let texts = IgnoreTexts {
        amlignore: amlignore.as_deref(),
        gitignore: gitignore.as_deref(),
        ..IgnoreTexts::default()
    };
    let context = Context::new(&texts, dockerfile);
    if let Some(line) = context.upload().refused() {
        let file = if amlignore.is_some() { ".amlignore" } else { ".gitignore" };
        return Err(Error::Context {
            message: format!("line {line} of {file} is no pattern, and the official client fails at it"),
            next: "Mend the line.",
        });
    }
    let kept = context.kept(&listing);
    if let Some(first) = kept.unfit.first() {
        let more = kept.unfit.len() - 1;
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        return Err(Error::Context {
            message: format!("the context cannot be sent: {first}{more}"),
            next: "Replace it by a copy that can be read, or name it in .amlignore.",
        });
    }
    if kept.files.is_empty() {
        return Err(Error::Context {
            message: format!("nothing of {} is left to send", path.display()),
            next: "Look at .amlignore, or at .gitignore if there is none.",
        });
    }
    let content = |kept: &KeptFile| Content::Disk(root.join(&kept.real));
    Ok(Ready { root: path.display().to_string(), folder: folder(name, &kept, content), kept })
}

fn folder(name: String, kept: &Kept, content: impl Fn(&KeptFile) -> Content) -> Folder {
    let files = kept.files.iter().map(|file| ContextFile {
        path: file.path.clone(),
        bytes: file.bytes,
        content: content(file),
    });
    Folder { name, files: files.collect(), hashed: kept.hashed.clone() }
}

fn entry(path: &str, kind: EntryKind) -> Entry {
    Entry { path: path.to_owned(), seen: path.to_owned(), real: path.to_owned(), kind }
}

/// A folder that is to be listed.
struct Pending {
    /// What it is called from the root.
    path: String,
    /// Where it is from the root, links resolved.
    real: String,
    /// The folders that it is in, links resolved, itself included: a link to one of them has no end.
    above: Vec<PathBuf>,
}

/// Everything below a folder without links in its path; links are followed as long as they stay inside.
fn list(root: &Path) -> Result<Vec<Entry>, Error> {
    let mut out = Vec::new();
    let mut pending =
        vec![Pending { path: String::new(), real: String::new(), above: vec![root.to_path_buf()] }];
    while let Some(folder) = pending.pop() {
        let here = root.join(&folder.real);
        let entries = match fs::read_dir(&here) {
            Ok(entries) => entries,
            // What is left out need not be readable: whatever is in it stands for itself.
            Err(error) if !folder.path.is_empty() => {
                let why = EntryKind::Unfit(format!("cannot be read ({})", disk::reason(&error)));
                let (path, real) = (below(&folder.path, "*"), below(&folder.real, "*"));
                out.push(Entry { path, seen: real.clone(), real, kind: why });
                continue;
            }
            Err(error) => return Err(Error::disk(&here.display().to_string(), &error)),
        };
        let mut names = BTreeSet::new();
        for found in entries {
            let found = found.map_err(|error| Error::disk(&here.display().to_string(), &error))?;
            names.insert(found.file_name());
        }
        for name in names {
            if out.len() >= MOST {
                return Err(Error::Context {
                    message: format!("{} holds more than {MOST} files", root.display()),
                    next: "Build from a smaller folder.",
                });
            }
            let Some(text) = name.to_str() else {
                let path = below(&folder.path, &name.to_string_lossy());
                out.push(entry(&path, EntryKind::Unfit("has a name that is not UTF-8".to_owned())));
                continue;
            };
            let (path, seen) = (below(&folder.path, text), below(&folder.real, text));
            let (real, kind) = look(root, &seen, &folder.above);
            if kind == EntryKind::Folder {
                let mut above = folder.above.clone();
                above.push(root.join(&real));
                pending.push(Pending { path: path.clone(), real: real.clone(), above });
            }
            out.push(Entry { path, seen, real, kind });
        }
    }
    Ok(out)
}

fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Where something really is, and what it is.
fn look(root: &Path, seen: &str, above: &[PathBuf]) -> (String, EntryKind) {
    let unfit = |why: &str| (seen.to_owned(), EntryKind::Unfit(why.to_owned()));
    let path = root.join(seen);
    let Ok(own) = fs::symlink_metadata(&path) else { return unfit("cannot be read") };
    if !own.is_symlink() {
        return (seen.to_owned(), kind(&own));
    }
    let Ok(real) = fs::canonicalize(&path) else { return unfit("is a link to nothing") };
    let Ok(inside) = real.strip_prefix(root) else { return unfit("is a link out of the folder") };
    if above.contains(&real) {
        return unfit("is a link to a folder that it is in");
    }
    let Some(inside) = inside.to_str() else { return unfit("has a name that is not UTF-8") };
    match fs::metadata(&real) {
        Ok(metadata) => (inside.replace('\\', "/"), kind(&metadata)),
        Err(_) => unfit("cannot be read"),
    }
}

fn kind(metadata: &fs::Metadata) -> EntryKind {
    if metadata.is_dir() {
        EntryKind::Folder
    } else if metadata.is_file() {
        EntryKind::File { bytes: metadata.len() }
    } else {
        EntryKind::Unfit("is no regular file".to_owned())
    }
}
