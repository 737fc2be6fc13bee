//! Answers of registries on the disk, each with its age. Several programs may write at once: a file is made
//! whole under another name and then put in its place, so that nobody reads half of one, and the last one
//! written holds. What cannot be read or is of something else counts as not there.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use azure_core::time::OffsetDateTime;
use serde_json::{Value, json};

use super::{Digest, is_repository, is_tag};
use crate::arm::segment;

/// How long tags hold.
pub const TAGS_AGE: Duration = Duration::from_hours(24);

/// How long a list of repositories holds.
pub const REPOSITORIES_AGE: Duration = Duration::from_hours(7 * 24);

/// How long the digest of a tag holds.
pub const DIGEST_AGE: Duration = Duration::from_hours(24);

/// A larger file is none of ours.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// The form of the files; those of another form are not read.
const FORM: u64 = 1;

/// A folder with answers.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// An answer that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept<T> {
    /// The answer.
    pub value: T,
    /// When it was given: seconds since 1970.
    pub at: u64,
}

impl<T> Kept<T> {
    /// Whether it is younger than that. One from the future is not trusted.
    #[must_use]
    pub fn is_fresh(&self, age: Duration) -> bool {
        let now = now();
        self.at <= now && now - self.at < age.as_secs()
    }
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    u64::try_from(OffsetDateTime::now_utc().unix_timestamp()).unwrap_or(0)
}

/// The day of a moment, in UTC: `2026-07-23`.
#[must_use]
pub fn day_of(at: u64) -> String {
    let moment = i64::try_from(at).ok().and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    moment.map_or_else(String::new, |moment| {
        format!("{:04}-{:02}-{:02}", moment.year(), u8::from(moment.month()), moment.day())
    })
}

impl Cache {
    /// The answers in that folder, which is made when something is kept.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The tags of a repository; `None` in it for one that is not there.
    #[must_use]
    pub fn tags(&self, host: &str, repository: &str) -> Option<Kept<Option<Vec<String>>>> {
        let (value, at) = self.read("tags", &[host, repository])?;
        if value.is_null() {
            return Some(Kept { value: None, at });
        }
        Some(Kept { value: Some(names(&value, is_tag)?), at })
    }

    /// Keeps the tags of a repository.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub fn keep_tags(&self, host: &str, repository: &str, tags: Option<&[String]>) -> std::io::Result<()> {
        self.write("tags", &[host, repository], &json!(tags))
    }

    /// The repositories of a registry.
    #[must_use]
    pub fn repositories(&self, host: &str) -> Option<Kept<Vec<String>>> {
        let (value, at) = self.read("repositories", &[host])?;
        Some(Kept { value: names(&value, is_repository)?, at })
    }

    /// Keeps the repositories of a registry.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub fn keep_repositories(&self, host: &str, repositories: &[String]) -> std::io::Result<()> {
        self.write("repositories", &[host], &json!(repositories))
    }

    /// What a tag stood for.
    #[must_use]
    pub fn digest(&self, host: &str, repository: &str, tag: &str) -> Option<Kept<Digest>> {
        let (value, at) = self.read("digests", &[host, repository, tag])?;
        let digest = value.get("digest")?.as_str().filter(|text| text.starts_with("sha"))?.to_owned();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == ':';
        let index = value.get("index")?.as_bool()?;
        digest.chars().all(plain).then_some(Kept { value: Digest { digest, index }, at })
    }

    /// Keeps what a tag stands for.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub fn keep_digest(
        &self,
        host: &str,
        repository: &str,
        tag: &str,
        found: &Digest,
    ) -> std::io::Result<()> {
        self.write(
            "digests",
            &[host, repository, tag],
            &json!({"digest": found.digest, "index": found.index}),
        )
    }

    fn path(&self, kind: &str, of: &[&str]) -> PathBuf {
        let mut path = self.folder.join(kind);
        path.extend(of.iter().map(|part| file_name(part)));
        path.as_mut_os_string().push(".json");
        path
    }

    fn read(&self, kind: &str, of: &[&str]) -> Option<(Value, u64)> {
        let path = self.path(kind, of);
        let metadata = fs::metadata(&path).ok()?;
        if !metadata.is_file() || metadata.len() > MAX_FILE {
            return None;
        }
        let mut read: Value = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
        if read.get("form")?.as_u64()? != FORM || read.get("of")? != &json!(of) {
            return None;
        }
        let at = read.get("at")?.as_u64()?;
        Some((read.get_mut("value")?.take(), at))
    }

    fn write(&self, kind: &str, of: &[&str], value: &Value) -> std::io::Result<()> {
        let text = json!({"form": FORM, "of": of, "at": now(), "value": value}).to_string();
        replace(&self.path(kind, of), text.as_bytes())
    }
}

/// Puts a whole file in the place of another.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut other = path.to_path_buf();
    other.as_mut_os_string().push(format!(".{}-{number}", std::process::id()));
    let written = fs::File::create(&other).and_then(|mut file| file.write_all(bytes));
    let moved = written.and_then(|()| fs::rename(&other, path));
    if moved.is_err() {
        let _ = fs::remove_file(&other);
    }
    moved
}

fn names(value: &Value, fits: fn(&str) -> bool) -> Option<Vec<String>> {
    let list = value.as_array()?.iter().filter_map(Value::as_str);
    Some(list.filter(|name| fits(name)).map(str::to_owned).collect())
}

/// A text as the name of a file, also where upper and lower case are one.
fn file_name(text: &str) -> String {
    let encoded = segment(text);
    let encoded = encoded.strip_prefix('.').map_or(encoded.clone(), |rest| format!("%2E{rest}"));
    encoded
        .split('%')
        .enumerate()
        .map(|(number, part)| {
            // The two digits behind a `%` are in upper case already.
            let (code, rest) = part.split_at(if number == 0 { 0 } else { 2.min(part.len()) });
            let rest: String = rest
                .chars()
                .map(
                    |c| if c.is_ascii_uppercase() { format!("%{:02X}", u32::from(c)) } else { c.to_string() },
                )
                .collect();
            if number == 0 { rest } else { format!("%{code}{rest}") }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_the_folder_and_apart() {
        assert_eq!(file_name("azureml/curated/a-1.5"), "azureml%2Fcurated%2Fa-1.5");
        assert_eq!(file_name(".."), "%2E.");
        assert_eq!(file_name("Tag"), "%54ag");
        assert_eq!(file_name("127.0.0.1:5000"), "127.0.0.1%3A5000");
    }

    #[test]
    fn what_is_kept_comes_back_and_what_is_broken_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path().join("deep/er"));
        assert_eq!(cache.tags("h", "r"), None);
        cache.keep_tags("h", "r", Some(&["1".to_owned(), "no tag".to_owned()])).expect("kept");
        let kept = cache.tags("h", "r").expect("kept");
        assert_eq!(kept.value, Some(vec!["1".to_owned()]));
        assert!(kept.is_fresh(TAGS_AGE) && !kept.is_fresh(Duration::ZERO));
        assert!(!Kept { value: (), at: now() + 1000 }.is_fresh(TAGS_AGE));
        cache.keep_tags("h", "r", None).expect("kept");
        assert_eq!(cache.tags("h", "r").expect("kept").value, None);
        let digest = Digest { digest: "sha256:00".to_owned(), index: true };
        cache.keep_digest("h", "r", "latest", &digest).expect("kept");
        assert_eq!(cache.digest("h", "r", "latest").map(|kept| kept.value), Some(digest));
        assert_eq!(cache.digest("h", "r", "Latest"), None);
        let path = cache.path("tags", &["h", "r"]);
        for broken in ["", "{", "[]", r#"{"form":1,"of":["h","other"],"at":1,"value":[]}"#] {
            fs::write(&path, broken).expect("written");
            assert_eq!(cache.tags("h", "r"), None, "{broken}");
        }
    }

    /// Several writers and readers at once: what is read is always whole.
    #[test]
    fn nobody_reads_half_of_an_answer() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path().to_path_buf());
        let lists: Vec<Vec<String>> =
            (0..4).map(|writer| (0..2000).map(|tag| format!("{writer}-{tag}")).collect()).collect();
        cache.keep_tags("h", "r", Some(&lists[0])).expect("kept");
        std::thread::scope(|scope| {
            for list in &lists {
                let cache = &cache;
                scope.spawn(move || {
                    for _ in 0..25 {
                        cache.keep_tags("h", "r", Some(list)).expect("kept");
                    }
                });
            }
            for _ in 0..50 {
                let read = cache.tags("h", "r").expect("whole").value.expect("there");
                assert!(lists.contains(&read));
            }
        });
        assert_eq!(fs::read_dir(folder.path().join("tags/h")).expect("a folder").count(), 1);
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!((day_of(0).as_str(), day_of(1_784_851_199).as_str()), ("1970-01-01", "2026-07-23"));
    }
}
