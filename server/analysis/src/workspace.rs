//! The files that are known, and what is known of the disk around them. Filled by a shell: the core
//! names the paths that it [`wants`](Workspace::wants), the shell looks and tells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::file::File;
use crate::path::FilePath;
use crate::remote::Remote;

/// A snapshot of everything the five questions may look at. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    roots: Arc<Vec<FilePath>>,
    files: Arc<BTreeMap<FilePath, Arc<File>>>,
    facts: Arc<BTreeMap<FilePath, Fact>>,
    /// By the path of a Dockerfile, the files with environments that may be built from it: so that a
    /// Dockerfile need not ask them all.
    builders: Arc<BTreeMap<FilePath, BTreeSet<FilePath>>>,
    remote: Arc<Remote>,
}

/// What a shell found at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Nothing is there.
    Missing,
    /// A file; its text is known only if the workspace holds it as a [`File`].
    File,
    /// A folder and the names in it, sorted; a folder's name ends in `/`.
    Folder(Vec<String>),
    /// Outside the workspace, or unreadable: unknown, never missing.
    Unknown,
}

/// A path that a judgement would like to know about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Want {
    /// The path.
    pub path: FilePath,
    /// Whether its text is wanted too, if it is a file.
    pub text: bool,
}

impl Workspace {
    /// An empty workspace with these root folders.
    #[must_use]
    pub fn new(roots: Vec<FilePath>) -> Self {
        Self { roots: Arc::new(roots), ..Self::default() }
    }

    /// The folders that bound it.
    #[must_use]
    pub fn roots(&self) -> &[FilePath] {
        &self.roots
    }

    /// The root that `path` lies in; the deepest where they nest.
    #[must_use]
    pub fn root_of(&self, path: &FilePath) -> Option<&FilePath> {
        self.roots.iter().filter(|root| path.is_in(root)).max_by_key(|root| root.as_str().len())
    }

    /// Puts a file in, or replaces it.
    pub fn insert(&mut self, file: Arc<File>) {
        self.forget_builder(file.path());
        let dockerfiles = crate::builds::dockerfiles_of(self, &file);
        if !dockerfiles.is_empty() {
            let builders = Arc::make_mut(&mut self.builders);
            for dockerfile in dockerfiles {
                builders.entry(dockerfile).or_default().insert(file.path().clone());
            }
        }
        Arc::make_mut(&mut self.facts).insert(file.path().clone(), Fact::File);
        Arc::make_mut(&mut self.files).insert(file.path().clone(), file);
    }

    /// Takes a file out and forgets what is known of its path.
    pub fn remove(&mut self, path: &FilePath) {
        self.forget_builder(path);
        Arc::make_mut(&mut self.files).remove(path);
        Arc::make_mut(&mut self.facts).remove(path);
    }

    /// Takes the file that is at a path now out of those that may build from a Dockerfile.
    fn forget_builder(&mut self, path: &FilePath) {
        let Some(old) = self.files.get(path).cloned() else { return };
        let dockerfiles = crate::builds::dockerfiles_of(self, &old);
        if !dockerfiles.is_empty() {
            let builders = Arc::make_mut(&mut self.builders);
            for dockerfile in dockerfiles {
                builders.entry(dockerfile).and_modify(|files| {
                    files.remove(path);
                });
            }
        }
    }

    /// Tells what is at a path.
    pub fn set_fact(&mut self, path: FilePath, fact: Fact) {
        Arc::make_mut(&mut self.facts).insert(path, fact);
    }

    /// What registries said beside the snapshot.
    #[must_use]
    pub fn remote(&self) -> &Remote {
        &self.remote
    }

    /// Tells what registries said.
    pub fn set_remote(&mut self, remote: Remote) {
        self.remote = Arc::new(remote);
    }

    /// Forgets all facts about the disk; the files stay.
    pub fn forget_facts(&mut self) {
        let known = self.files.keys().map(|path| (path.clone(), Fact::File)).collect();
        self.facts = Arc::new(known);
    }

    /// The file at `path`, if its text is known.
    #[must_use]
    pub fn file(&self, path: &FilePath) -> Option<&Arc<File>> {
        self.files.get(path)
    }

    /// All files whose text is known, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = &Arc<File>> {
        self.files.values()
    }

    /// The files with environments that may be built from that Dockerfile, in the order of their paths.
    pub(crate) fn builders(&self, dockerfile: &FilePath) -> impl Iterator<Item = &Arc<File>> {
        self.builders.get(dockerfile).into_iter().flatten().filter_map(|path| self.file(path))
    }

    /// What is known of `path`; `None` if nobody has looked.
    #[must_use]
    pub fn fact(&self, path: &FilePath) -> Option<&Fact> {
        self.facts.get(path)
    }

    /// What judging the file at `path` would still like to know. Ask again after telling: an answer
    /// may raise further questions; it ends, because every question is asked once.
    #[must_use]
    pub fn wants(&self, path: &FilePath) -> Vec<Want> {
        let Some(file) = self.file(path) else { return Vec::new() };
        let mut wants: Vec<Want> = crate::graph::wants(self, file)
            .into_iter()
            .filter(|want| match self.fact(&want.path) {
                None => true,
                Some(Fact::File) => want.text && self.file(&want.path).is_none(),
                Some(_) => false,
            })
            .collect();
        wants.sort();
        wants.dedup();
        wants
    }
}
