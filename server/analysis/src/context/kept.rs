//! What of a folder is uploaded, and in which order the official client hashes it. A pure function of a
//! listing; nobody's bytes are read here. Source of the order: azure-ai-ml 1.35.2,
//! `_utils/_asset_utils.py`, measured.

use std::collections::BTreeMap;

use super::Context;

/// Something in a folder that is to be uploaded. The listing holds everything below the folder; behind a
/// link to a folder, what is in there as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path from the folder, links as they are called, `/` between its parts.
    pub path: String,
    /// The path with the links on the way resolved, but not its own: what the ignore rules look at.
    pub seen: String,
    /// The path with all links resolved: where its content is.
    pub real: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A file.
    File {
        /// Its size.
        bytes: u64,
    },
    /// Something that cannot be sent, in words that follow its path: `is a link out of the folder`.
    Unfit(String),
}

/// A file that is uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// The path from the folder: what it is called where it is uploaded.
    pub path: String,
    /// Where its content is, seen from the folder.
    pub real: String,
    /// Its size.
    pub bytes: u64,
}

/// What is uploaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The files in the order of the client. The first one carries the mark that all are there.
    pub files: Vec<KeptFile>,
    /// What is hashed: a name, and behind that the content of a file, by its number in `files`. Not the
    /// same as `files`: a folder that is dropped by name is not hashed, also if files in it are kept.
    pub hashed: Vec<(String, Option<usize>)>,
    /// What cannot be sent, as a sentence each.
    pub unfit: Vec<String>,
}

/// More than this is said before it is sent; the client does so as well. In bytes.
pub const LARGE: u64 = 100_000_000;

/// So many paths stand in a warning.
const SHOWN: usize = 10;

impl Context {
    /// What the client uploads of a listing.
    #[must_use]
    pub fn kept(&self, listing: &[Entry]) -> Kept {
        let mut out = Kept::default();
        let ignore = self.upload();
        let mut files: Vec<&Entry> = Vec::new();
        for entry in listing.iter().filter(|entry| ignore.drops(&entry.seen).is_none()) {
            match &entry.kind {
                EntryKind::File { .. } => files.push(entry),
                EntryKind::Unfit(why) => out.unfit.push(format!("{} {why}", entry.path)),
                EntryKind::Folder => {}
            }
        }
        // The client sorts by where the content is, then by the name that it gets.
        files.sort_by(|a, b| (&a.real, &a.path).cmp(&(&b.real, &b.path)));
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for (number, file) in files.iter().enumerate() {
            numbers.insert(&file.path, number);
            let EntryKind::File { bytes } = file.kind else { continue };
            out.files.push(KeptFile { path: file.path.clone(), real: file.real.clone(), bytes });
        }
        let mut folders: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in listing {
            folders.entry(parent(&entry.path)).or_default().push(entry);
        }
        for children in folders.values_mut() {
            // The client takes the disk's order where two names differ in case alone; this one is fixed.
            children.sort_by_cached_key(|entry| {
                let name = name(&entry.path);
                std::cmp::Reverse((name.to_lowercase(), name.to_owned()))
            });
        }
        let mut pending: Vec<&Entry> = folders.get("").into_iter().flatten().copied().collect();
        while let Some(entry) = pending.pop() {
            if ignore.drops(&entry.seen).is_some() {
                continue;
            }
            out.hashed.push((name(&entry.path).to_owned(), numbers.get(&*entry.path).copied()));
            if entry.kind == EntryKind::Folder {
                pending.extend(folders.get(&*entry.path).into_iter().flatten().copied());
            }
        }
        out
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

impl Kept {
    /// The size of everything.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// What a person should know before it is sent, as a sentence each, with the files.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut out = Vec::new();
        let paths = || self.files.iter().map(|file| file.path.as_str());
        let history = self.files.iter().filter(|file| in_git(&file.path));
        let (count, bytes) = history.fold((0, 0), |(count, bytes), file| (count + 1, bytes + file.bytes));
        if count > 0 {
            out.push(format!(
                "the history of the repository is sent (.git: {}, {}); name .git in .amlignore",
                files_in_words(count),
                size(bytes)
            ));
        }
        let secret: Vec<&str> = paths().filter(|path| !in_git(path) && holds_secrets(path)).collect();
        if !secret.is_empty() {
            out.push(format!(
                "what looks like secrets is sent: {}; name it in .amlignore",
                listed(&secret, |path| (*path).to_owned())
            ));
        }
        let bytes = self.bytes();
        if bytes > LARGE {
            let mut largest: Vec<&KeptFile> = self.files.iter().collect();
            largest.sort_by(|a, b| (b.bytes, &a.path).cmp(&(a.bytes, &b.path)));
            out.push(format!(
                "{} are sent in {}, the largest first: {}",
                size(bytes),
                files_in_words(self.files.len()),
                listed(&largest, |file| format!("{} ({})", file.path, size(file.bytes)))
            ));
        }
        out
    }
}

fn listed<T>(all: &[T], show: impl Fn(&T) -> String) -> String {
    let mut out: Vec<String> = all.iter().take(SHOWN).map(show).collect();
    if all.len() > SHOWN {
        out.push(format!("and {} more", all.len() - SHOWN));
    }
    out.join(", ")
}

/// How many files, in words.
#[must_use]
pub fn files_in_words(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

/// A size for people, in the decimal units of the official client.
#[must_use]
pub fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit / (unit / 10));
    match bytes {
        1_000_000_000.. => format!("{} GB", tenths(1_000_000_000)),
        1_000_000.. => format!("{} MB", tenths(1_000_000)),
        1_000.. => format!("{} kB", tenths(1_000)),
        _ => format!("{bytes} bytes"),
    }
}

fn in_git(path: &str) -> bool {
    path.split('/').any(|part| part == ".git")
}

/// Whether a file most likely holds secrets, by its name.
fn holds_secrets(path: &str) -> bool {
    let name = name(path).to_ascii_lowercase();
    let example = ["example", "sample", "template", "dist"];
    if let Some(rest) = name.strip_prefix(".env") {
        return rest.is_empty() || rest.starts_with('.') && !example.iter().any(|end| rest.ends_with(end));
    }
    let keys = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"];
    let files = [".netrc", "_netrc", ".pypirc", ".npmrc", ".git-credentials", ".pgpass", ".htpasswd"];
    let ends = [".pem", ".key", ".pfx", ".p12", ".jks", ".keystore", ".kdbx", ".ppk", ".publishsettings"];
    let folders = [".ssh", ".aws", ".azure", ".gnupg"];
    keys.contains(&&*name)
        || files.contains(&&*name)
        || ends.iter().any(|end| name.ends_with(end))
        || parent(path).split('/').any(|part| folders.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::IgnoreTexts;

    fn file(path: &str, bytes: u64) -> Entry {
        Entry { path: path.into(), seen: path.into(), real: path.into(), kind: EntryKind::File { bytes } }
    }

    fn folder(path: &str) -> Entry {
        Entry { kind: EntryKind::Folder, ..file(path, 0) }
    }

    fn context(amlignore: &str) -> Context {
        let texts = IgnoreTexts { amlignore: Some(amlignore), ..IgnoreTexts::default() };
        Context::new(&texts, "Dockerfile")
    }

    #[test]
    fn names_are_hashed_in_the_order_of_their_lower_case_and_files_sent_in_that_of_bytes() {
        let listing =
            [file("a.txt", 1), file("B", 1), folder("a"), file("a/x", 1), file("_", 1), file("a-b", 1)];
        let kept = context("").kept(&listing);
        let sent: Vec<&str> = kept.files.iter().map(|file| &*file.path).collect();
        assert_eq!(sent, ["B", "_", "a-b", "a.txt", "a/x"]);
        let hashed: Vec<&str> = kept.hashed.iter().map(|(name, _)| &**name).collect();
        assert_eq!(hashed, ["_", "a", "x", "a-b", "a.txt", "B"]);
    }

    #[test]
    fn a_dropped_folder_is_not_hashed_though_files_in_it_may_be_kept() {
        let listing = [folder("sub"), file("sub/a", 1), file("sub/b", 1), file("c", 1)];
        let kept = context("sub\n!sub/a\n").kept(&listing);
        assert_eq!(kept.files.iter().map(|file| &*file.path).collect::<Vec<_>>(), ["c", "sub/a"]);
        assert_eq!(kept.hashed, [("c".to_owned(), Some(0))]);
        // With the slash it is the files that are dropped: the name of the folder counts.
        let kept = context("sub/\n").kept(&listing);
        assert_eq!(kept.hashed, [("c".to_owned(), Some(0)), ("sub".to_owned(), None)]);
    }

    #[test]
    fn what_cannot_be_sent_matters_only_if_it_is_kept() {
        let link = Entry { kind: EntryKind::Unfit("leads out".to_owned()), ..file("link", 0) };
        assert_eq!(context("").kept(std::slice::from_ref(&link)).unfit, ["link leads out"]);
        assert!(context("link").kept(&[link]).unfit.is_empty());
    }

    #[test]
    fn secrets_history_and_size_are_warned_of() {
        let listing = [
            file(".git/config", 2000),
            file("app/.env", 1),
            file(".env.example", 1),
            file("certs/server.KEY", 1),
            file("data.bin", 150_000_000),
            file("keys.py", 1),
        ];
        let warnings = context("").kept(&listing).warnings();
        assert_eq!(
            warnings,
            [
                "the history of the repository is sent (.git: 1 file, 2.0 kB); name .git in .amlignore",
                "what looks like secrets is sent: app/.env, certs/server.KEY; name it in .amlignore",
                "150.0 MB are sent in 6 files, the largest first: data.bin (150.0 MB), .git/config (2.0 kB), .env.example (1 bytes), app/.env (1 bytes), certs/server.KEY (1 bytes), keys.py (1 bytes)",
            ]
        );
        assert!(context("").kept(&listing[2..3]).warnings().is_empty());
    }
}
