//! Looks at the disk for the core: reads files within bounds, answers what the core wants to know,
//! never outside of the workspace.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use amlenv_analysis::{Fact, File, FileKind, FilePath, MAX_BYTES, Want, Workspace, classify, classify_named};

/// What reading a file gave.
pub(crate) enum Read {
    /// Its text, a byte order mark included.
    Text(Arc<str>),
    /// Why there is none: the code of the rule that says so, and the message.
    Refused {
        /// `AML001`, `AML002` or `AML626`.
        code: &'static str,
        /// What is wrong and what to do.
        message: String,
    },
}

/// Reads the file at `path`. Only regular files are opened: a pipe or a device would hang.
pub(crate) fn read(path: &Path) -> Read {
    let refused = |message: String| Read::Refused { code: "AML001", message };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return refused(format!("This file cannot be read: {}.", reason(&error))),
    };
    if metadata.is_dir() {
        return refused("This is a folder, where a file is expected.".to_owned());
    }
    if !metadata.is_file() {
        return refused("This is no regular file, and is not opened.".to_owned());
    }
    if metadata.len() > MAX_BYTES as u64 {
        return too_large();
    }
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        return refused(format!("This file cannot be read: {}.", reason(&error)));
    }
    if bytes.len() > MAX_BYTES {
        return too_large();
    }
    decode(&file_path(path), bytes)
}

fn too_large() -> Read {
    let message = format!("This file is larger than {} MiB and was not read.", MAX_BYTES / 1024 / 1024);
    Read::Refused { code: "AML002", message }
}

/// The bytes of the file at `path` as text.
pub(crate) fn decode(path: &FilePath, bytes: Vec<u8>) -> Read {
    match String::from_utf8(bytes) {
        Ok(text) => Read::Text(text.into()),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            // What the build reads fails there; of other files it is only known that they are not read here.
            let kind = classify(path, &guessed(error.as_bytes()));
            let (code, who) = match kind {
                Some(FileKind::Conda) => ("AML626", "; conda refuses it"),
                Some(FileKind::Dockerfile) => ("AML626", "; the build refuses it"),
                _ => ("AML001", ""),
            };
            let message = format!("This file is not UTF-8 text (byte {at} is not){who}; save it as UTF-8.");
            Read::Refused { code, message }
        }
    }
}

/// What the text most likely is, to tell the kind of file: UTF-16 with its mark, as PowerShell writes
/// it, else UTF-8 with holes.
fn guessed(bytes: &[u8]) -> String {
    let units = |unit: fn([u8; 2]) -> u16| -> Vec<u16> {
        bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(unit).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// An error of the operating system in words, without the path that stands beside it anyway.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}

/// A path of the operating system as the core sees it: absolute, resolved by words.
pub(crate) fn file_path(path: &Path) -> FilePath {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    FilePath::new(&absolute.to_string_lossy())
}

/// A path without links and dots, as far as it is there.
pub(crate) fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The folder that bounds what may be looked at for `path`: the root of its repository, if it is in one.
pub(crate) fn repository_of(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    absolute.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf)
}

/// Tells the workspace what judging the file at `path` wants to know, until nothing is left to ask.
pub(crate) fn supply(workspace: &mut Workspace, path: &FilePath) {
    supply_with(workspace, path, &|_| None);
}

/// The same, where what `open` knows of a file wins over the disk.
pub(crate) fn supply_with(
    workspace: &mut Workspace,
    path: &FilePath,
    open: &dyn Fn(&FilePath) -> Option<Arc<File>>,
) {
    // Each round answers at least one question, and no question is asked twice; the bound is for
    // chains of files that name each other.
    for _ in 0..64 {
        let wants = workspace.wants(path);
        if wants.is_empty() {
            return;
        }
        tell(workspace, wants, open);
    }
}

/// Tells the workspace what is at the paths that it asks for; what `open` knows of a file wins over the disk.
pub(crate) fn tell(
    workspace: &mut Workspace,
    wants: Vec<Want>,
    open: &dyn Fn(&FilePath) -> Option<Arc<File>>,
) {
    for want in wants {
        if let Some(file) = open(&want.path).filter(|_| want.text) {
            workspace.insert(file);
            continue;
        }
        let fact = look(workspace, &want.path);
        if fact == Fact::File
            && let Ok(metadata) = fs::metadata(want.path.as_str())
        {
            workspace.set_size(want.path.clone(), metadata.len());
        }
        if fact == Fact::File && want.text {
            match read(Path::new(want.path.as_str())) {
                Read::Text(text) => {
                    workspace.insert(Arc::new(file_for_others(&want.path, text)));
                }
                Read::Refused { .. } => workspace.set_fact(want.path, Fact::Unknown),
            }
        } else {
            workspace.set_fact(want.path, fact);
        }
    }
}

/// What a file says that the core asked for: a script is read for what it imports; notebooks and YAML that
/// say nothing of environments are not read any further, and what has no kind of its own was named as a
/// list of requirements.
pub(crate) fn file_for_others(path: &FilePath, text: Arc<str>) -> File {
    if let Some(file) = File::found(path.clone(), text.clone()) {
        return file;
    }
    let kind = match classify_named(path, &text) {
        Some(FileKind::Notebook) => FileKind::Other,
        Some(kind) => kind,
        None if [".yml", ".yaml"].iter().any(|end| path.file_name().ends_with(end)) => FileKind::Other,
        None => FileKind::Requirements,
    };
    File::new(path.clone(), kind, text)
}

/// What is at `path`. Outside of the workspace, a link out of it included, everything is unknown.
pub(crate) fn look(workspace: &Workspace, path: &FilePath) -> Fact {
    if workspace.root_of(path).is_none() {
        return Fact::Unknown;
    }
    let real = Path::new(path.as_str());
    let Ok(resolved) = fs::canonicalize(real) else {
        // Something is missing only if the folder that it is missing from lies inside.
        let known = real.ancestors().find_map(|ancestor| fs::canonicalize(ancestor).ok());
        let link = fs::symlink_metadata(real).is_ok();
        return if link || !known.is_some_and(|known| is_inside(workspace, &known)) {
            Fact::Unknown
        } else {
            Fact::Missing
        };
    };
    if !is_inside(workspace, &resolved) {
        return Fact::Unknown;
    }
    match fs::metadata(&resolved) {
        Ok(metadata) if metadata.is_dir() => folder(&resolved),
        Ok(metadata) if metadata.is_file() => Fact::File,
        _ => Fact::Unknown,
    }
}

/// Whether a path without links lies in one of the roots.
fn is_inside(workspace: &Workspace, resolved: &Path) -> bool {
    workspace
        .roots()
        .iter()
        .any(|root| fs::canonicalize(root.as_str()).is_ok_and(|root| resolved.starts_with(root)))
}

fn folder(path: &Path) -> Fact {
    let Ok(entries) = fs::read_dir(path) else { return Fact::Unknown };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .take(10_000)
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() { format!("{name}/") } else { name }
        })
        .collect();
    names.sort();
    Fact::Folder(names)
}
