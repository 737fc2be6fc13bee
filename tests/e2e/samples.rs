//! The samples: small projects whose comments say what is found in them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fixture::{check, compare, expectations_in};

/// Where the samples are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/samples").canonicalize().expect("the samples")
}

#[test]
fn the_comments_in_the_samples_are_true() {
    let root = folder();
    let mut expected = Vec::new();
    let mut pending = vec![root.clone()];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending
                .extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let relative =
            path.strip_prefix(&root).expect("below the samples").to_string_lossy().replace('\\', "/");
        expected.extend(expectations_in(&relative, &fs::read_to_string(&path).expect("text")));
    }
    assert!(expected.len() > 20);
    let complaints = compare(&expected, &check(&root, &["."]), |_| true);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
