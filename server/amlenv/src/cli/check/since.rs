//! The files that were changed since a git revision: committed, staged, or neither, new ones included.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::disk;

/// The changed files of the repositories that the paths lie in.
pub(super) fn changed(revision: &str, paths: &[PathBuf]) -> Result<BTreeSet<PathBuf>, String> {
    if revision.starts_with('-') {
        return Err(format!("{revision} is no revision"));
    }
    let mut roots: Vec<PathBuf> = Vec::new();
    for path in paths {
        let root = disk::repository_of(path)
            .ok_or_else(|| format!("{} is in no git repository, so --since means nothing", path.display()))?;
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    let mut out = BTreeSet::new();
    for root in roots {
        let differing = [
            "diff",
            "--name-only",
            "-z",
            "--no-ext-diff",
            "--no-textconv",
            "--diff-filter=d",
            revision,
            "--",
        ];
        let untracked = ["ls-files", "-z", "--others", "--exclude-standard"];
        for arguments in [&differing[..], &untracked[..]] {
            let listed = git(&root, arguments)?;
            let names = listed.split('\0').filter(|name| !name.is_empty());
            out.extend(names.map(|name| disk::real(&root.join(name))));
        }
    }
    Ok(out)
}

/// What git prints. The repository's own settings cannot make it run anything.
fn git(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .current_dir(root)
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
        .args(arguments)
        .output()
        .map_err(|error| format!("--since needs git: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("git: {}", said.lines().next().unwrap_or("failed")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
