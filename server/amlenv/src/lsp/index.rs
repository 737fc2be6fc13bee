//! The files of the workspace that define or use environments, open or not: found as `check` finds them,
//! in the background, and read again only where the disk says that they have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use amlenv_analysis::{Fact, File, FilePath, Workspace};

use crate::configuration::Configurations;
use crate::disk::{self, Read};
use crate::walk;

/// So many files are looked into; who opens a whole disk as a folder still gets an editor.
const MAX_FILES: usize = 20_000;

/// What a walk found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    entries: BTreeMap<FilePath, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// When it was changed and how long it is, to see whether it is another by now.
    stamp: (Option<SystemTime>, u64),
    /// What it says; `None` for a file that is none of ours.
    file: Option<Arc<File>>,
}

impl Index {
    /// Walks through the folders. What has not changed since `self` is taken from there.
    pub(crate) fn scan(&self, roots: &[FilePath]) -> Self {
        let mut configurations = Configurations::default();
        let bounds = Workspace::new(roots.to_vec());
        let mut entries = BTreeMap::new();
        for root in roots {
            for path in walk::files(Path::new(root.as_str()), false) {
                if entries.len() >= MAX_FILES {
                    return Self { entries };
                }
                let own = disk::file_path(&path);
                let mut excluded =
                    || configurations.of(&path, roots).is_some_and(|found| found.excludes(&path));
                if entries.contains_key(&own) || excluded() {
                    continue;
                }
                // A link may lead out of the workspace.
                if path.is_symlink() && disk::look(&bounds, &own) != Fact::File {
                    continue;
                }
                if let Some(entry) = self.entry(&own, &path) {
                    entries.insert(own, entry);
                }
            }
        }
        Self { entries }
    }

    fn entry(&self, own: &FilePath, path: &Path) -> Option<Entry> {
        let metadata = std::fs::metadata(path).ok()?;
        let stamp = (metadata.modified().ok(), metadata.len());
        if let Some(known) = self.entries.get(own)
            && known.stamp == stamp
            && stamp.0.is_some()
        {
            return Some(known.clone());
        }
        let file = match disk::read(path) {
            Read::Text(text) => File::found(own.clone(), text).map(Arc::new),
            Read::Refused { .. } => None,
        };
        Some(Entry { stamp, file })
    }

    /// The files of ours, in the order of their paths.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Arc<File>> {
        self.entries.values().filter_map(|entry| entry.file.as_ref())
    }

    /// Forgets a file, so that it is read again whatever the disk says of its age.
    pub(crate) fn forget(&mut self, path: &FilePath) {
        self.entries.remove(path);
    }

    /// Brings a workspace that holds nothing but an older index up to date; whether anything changed.
    pub(crate) fn bring_to(&self, workspace: &mut Workspace) -> bool {
        let gone: BTreeSet<FilePath> = workspace
            .files()
            .map(|file| file.path())
            .filter(|path| self.entries.get(*path).is_none_or(|entry| entry.file.is_none()))
            .cloned()
            .collect();
        let mut changed = !gone.is_empty();
        for path in &gone {
            workspace.remove(path);
        }
        for file in self.files() {
            if workspace.file(file.path()).is_none_or(|known| !Arc::ptr_eq(known, file)) {
                workspace.insert(Arc::clone(file));
                changed = true;
            }
        }
        changed
    }
}
