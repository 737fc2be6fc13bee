//! The files that are known, and what is known of the disk around them. Filled by a shell: the core
//! names the paths that it [`wants`](Workspace::wants), the shell looks and tells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::file::File;
use crate::path::FilePath;

/// A snapshot of everything the five questions may look at. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    roots: Arc<Vec<FilePath>>,
    files: Arc<BTreeMap<FilePath, Arc<File>>>,
    facts: Arc<BTreeMap<FilePath, Arc<Fact>>>,
    /// By the path of a Dockerfile, the files with environments that may be built from it: so that a
    /// Dockerfile need not ask them all.
    builders: Arc<BTreeMap<FilePath, BTreeSet<FilePath>>>,
    /// Where it is written down what is looked at, if that is wanted.
    looks: Option<Arc<Mutex<Looks>>>,
}

/// What was looked at.
#[derive(Debug, Default)]
struct Looks {
    paths: BTreeSet<FilePath>,
    builders: BTreeSet<FilePath>,
    all: bool,
}

/// What was at a path: the file, and the fact.
type Seen = (Option<Arc<File>>, Option<Arc<Fact>>);

/// What an answer hangs on: what was looked at for it, and what was there.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    paths: BTreeMap<FilePath, Seen>,
    builders: BTreeMap<FilePath, Option<BTreeSet<FilePath>>>,
    /// All files, where all were asked.
    all: Option<Arc<BTreeMap<FilePath, Arc<File>>>>,
}

impl Reads {
    /// Whether all of it is the same there, so that the answer would be.
    #[must_use]
    pub fn hold(&self, workspace: &Workspace) -> bool {
        let same_file = |a: Option<&Arc<File>>, b: Option<&Arc<File>>| match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        let same_fact = |a: Option<&Arc<Fact>>, b: Option<&Arc<Fact>>| match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
            (a, b) => a.is_none() && b.is_none(),
        };
        self.paths.iter().all(|(path, (file, fact))| {
            same_file(file.as_ref(), workspace.files.get(path))
                && same_fact(fact.as_ref(), workspace.facts.get(path))
        }) && self.builders.iter().all(|(path, known)| known.as_ref() == workspace.builders.get(path))
            && self.all.as_ref().is_none_or(|all| Arc::ptr_eq(all, &workspace.files))
    }

    /// Whether the text of the file at `path`, or what is known of that path, was looked at.
    #[must_use]
    pub fn touch(&self, path: &FilePath) -> bool {
        self.paths.contains_key(path) || self.all.is_some()
    }
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
        if self.facts.get(file.path()).is_none_or(|fact| **fact != Fact::File) {
            Arc::make_mut(&mut self.facts).insert(file.path().clone(), Arc::new(Fact::File));
        }
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
                if let Some(files) = builders.get_mut(&dockerfile) {
                    files.remove(path);
                    if files.is_empty() {
                        builders.remove(&dockerfile);
                    }
                }
            }
        }
    }

    /// Tells what is at a path.
    pub fn set_fact(&mut self, path: FilePath, fact: Fact) {
        Arc::make_mut(&mut self.facts).insert(path, Arc::new(fact));
    }

    /// Forgets all facts about the disk; the files stay.
    pub fn forget_facts(&mut self) {
        let file = Arc::new(Fact::File);
        let known = self.files.keys().map(|path| (path.clone(), Arc::clone(&file))).collect();
        self.facts = Arc::new(known);
    }

    /// The file at `path`, if its text is known.
    #[must_use]
    pub fn file(&self, path: &FilePath) -> Option<&Arc<File>> {
        self.look(|looks| &mut looks.paths, path);
        self.files.get(path)
    }

    /// All files whose text is known, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = &Arc<File>> {
        if let Some(looks) = &self.looks {
            looks.lock().unwrap_or_else(PoisonError::into_inner).all = true;
        }
        self.files.values()
    }

    /// The files with environments that may be built from that Dockerfile, in the order of their paths.
    pub(crate) fn builders(&self, dockerfile: &FilePath) -> impl Iterator<Item = &Arc<File>> {
        self.look(|looks| &mut looks.builders, dockerfile);
        self.builders.get(dockerfile).into_iter().flatten().filter_map(|path| self.file(path))
    }

    /// What is known of `path`; `None` if nobody has looked.
    #[must_use]
    pub fn fact(&self, path: &FilePath) -> Option<&Fact> {
        self.look(|looks| &mut looks.paths, path);
        self.facts.get(path).map(|fact| &**fact)
    }

    /// The same, with what `work` looked at in it.
    pub fn reading<T>(&self, work: impl FnOnce(&Self) -> T) -> (T, Reads) {
        let looks = Arc::new(Mutex::new(Looks::default()));
        let watched = Self { looks: Some(Arc::clone(&looks)), ..self.clone() };
        let answer = work(&watched);
        let looks = std::mem::take(&mut *looks.lock().unwrap_or_else(PoisonError::into_inner));
        let seen = |path: FilePath| {
            let value = (self.files.get(&path).cloned(), self.facts.get(&path).cloned());
            (path, value)
        };
        let reads = Reads {
            paths: looks.paths.into_iter().map(seen).collect(),
            builders: looks
                .builders
                .into_iter()
                .map(|path| {
                    let known = self.builders.get(&path).cloned();
                    (path, known)
                })
                .collect(),
            all: looks.all.then(|| Arc::clone(&self.files)),
        };
        (answer, reads)
    }

    fn look(&self, list: impl FnOnce(&mut Looks) -> &mut BTreeSet<FilePath>, path: &FilePath) {
        if let Some(looks) = &self.looks {
            let mut looks = looks.lock().unwrap_or_else(PoisonError::into_inner);
            let list = list(&mut looks);
            if !list.contains(path) {
                list.insert(path.clone());
            }
        }
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
