//! What the server knows: open documents, the workspace around them, the client's abilities. All of
//! it behind one `std::sync::Mutex` that is held for moments and never across an `.await`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use amlenv_analysis::{
    File, FileKind, FilePath, Finding, Reads, Settings, Workspace, classify_named, diagnostics,
};
use amlenv_syntax::{Earlier, HostRange};
use tokio::sync::Notify;
use tower_lsp_server::ls_types::{Position, TextDocumentContentChangeEvent, Uri};

use super::capabilities::Abilities;
use super::catalogue::Lookups;
use super::diagnostics::{Sweep, Told};
use super::index::Index;
use super::notebooks::Notebook;
use super::proto;
use super::register::Registered;
use super::settings::ClientSettings;
use super::text::{Encoding, Text};
use crate::configuration::{Configurations, Loaded};
use crate::disk;

/// Of so many files it is looked up what they refer to, when it is asked who uses one.
const MAX_USERS: usize = 200;

/// What is shared by handlers and tasks.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Wakes the task that tells the client what is wrong.
    pub(crate) changed: Notify,
    /// All files as they were judged last, for a client that asks for them.
    pub(crate) sweep: Mutex<Sweep>,
    pub(crate) lookups: Lookups,
    /// What was told of the tokens of documents.
    pub(super) tokens: super::tokens::Answers,
}

/// Everything that changes.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) encoding: Encoding,
    pub(crate) abilities: Abilities,
    pub(crate) settings: Arc<ClientSettings>,
    pub(crate) documents: HashMap<FilePath, Document>,
    pub(crate) notebooks: HashMap<FilePath, Notebook>,
    /// The folders whose files are known without being opened.
    pub(crate) folders: Vec<FilePath>,
    index: Arc<Index>,
    /// Whether somebody walks through the folders, and whether that must be done once more.
    scanning: bool,
    scan_again: bool,
    /// The files of the index as they are on the disk.
    base: Workspace,
    /// Everything as it was last read: the base, what lies around it, and the open documents.
    workspace: Workspace,
    read_generation: u64,
    /// What was looked at to learn what the judgement of an open document needs to know of the disk.
    supplied: HashMap<FilePath, Arc<Reads>>,
    configurations: Arc<Mutex<Configurations>>,
    judgements: Arc<Judgements>,
    told: Arc<Mutex<Told>>,
    /// Counts every change of anything above.
    pub(crate) generation: u64,
    /// Counts the changes of what is known of the disk.
    epoch: u64,
    pub(crate) shut_down: bool,
    pub(crate) client_process: Option<u32>,
    /// Registrations that run, by environment; each can be cancelled.
    pub(crate) jobs: HashMap<String, Arc<std::sync::atomic::AtomicBool>>,
    /// What was registered, by the file and the text of the definition.
    pub(super) registered: Arc<Registered>,
}

/// An open document.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) uri: Uri,
    pub(crate) language: String,
    /// What the client calls this state of it.
    pub(crate) version: i32,
    pub(crate) text: Text,
    /// The state of everything that brought it about; unlike the version it never repeats.
    pub(crate) edition: u64,
    /// The edition that was opened or saved last.
    pub(crate) settled: u64,
    /// What was read from this text, once somebody asked.
    read: Arc<OnceLock<Option<Arc<File>>>>,
    /// What reading an earlier text of it left behind.
    earlier: Arc<Mutex<Earlier>>,
    /// The same for others that refer to it, where it is no file of ours by itself.
    read_for_others: Arc<OnceLock<Arc<File>>>,
}

/// What a request works on: one moment of everything.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) workspace: Workspace,
    pub(crate) encoding: Encoding,
    pub(crate) abilities: Abilities,
    pub(crate) client: Arc<ClientSettings>,
    pub(crate) documents: HashMap<FilePath, Document>,
    pub(crate) notebooks: HashMap<FilePath, Notebook>,
    pub(crate) generation: u64,
    pub(super) registered: Arc<Registered>,
    epoch: u64,
    supplied: HashMap<FilePath, Arc<Reads>>,
    configurations: Arc<Mutex<Configurations>>,
    judgements: Arc<Judgements>,
    /// What a client that asks was told of the open documents.
    pub(crate) told: Arc<Mutex<Told>>,
    indexed: Workspace,
    index: Arc<Index>,
    /// The folders that must be walked through before all of their files are known; none where the index
    /// is up to date.
    unscanned: Vec<FilePath>,
}

/// The findings of a file, and what they hang on.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) findings: Vec<Finding>,
    pub(crate) reads: Reads,
    settings: Settings,
}

/// What was found wrong in open files. A file is judged by one at a time; who comes second takes over what
/// the first found.
#[derive(Debug, Default)]
struct Judgements(Mutex<HashMap<FilePath, Slot>>);

type Slot = Arc<Mutex<Option<Arc<Judged>>>>;

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// The state. A panic while it was held costs the request that panicked, not the server.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }

    pub(crate) fn was_shut_down(&self) -> bool {
        self.lock().shut_down
    }

    pub(crate) fn client_process(&self) -> Option<u32> {
        self.lock().client_process
    }

    pub(crate) fn set_client_process(&self, process: Option<u32>) {
        if process.is_some() {
            self.lock().client_process = process;
        }
    }

    /// This moment of everything, read.
    pub(crate) fn newest(&self) -> Snapshot {
        let mut snapshot = self.lock().snapshot();
        self.read(&mut snapshot);
        snapshot
    }

    /// Reads the documents of a snapshot and looks at the disk for them. What was learned is kept.
    pub(crate) fn read(&self, snapshot: &mut Snapshot) {
        for (path, document) in &snapshot.documents {
            let known = snapshot.workspace.file(path);
            match document.file(path) {
                Some(file) if known.is_some_and(|known| Arc::ptr_eq(known, &file)) => {}
                Some(file) => snapshot.workspace.insert(file),
                None if known.is_none_or(|known| Arc::ptr_eq(known, &document.for_others(path))) => {}
                None => snapshot.workspace.remove(path),
            }
        }
        for (path, notebook) in &snapshot.notebooks {
            let file = notebook.file(path);
            if snapshot.workspace.file(path).is_none_or(|known| !Arc::ptr_eq(known, &file)) {
                snapshot.workspace.insert(file);
            }
        }
        let open: Vec<FilePath> = snapshot.open().map(|(path, _)| path.clone()).collect();
        {
            let configurations = Arc::clone(&snapshot.configurations);
            let mut configurations = locked(&configurations);
            for path in &open {
                configurations.of(std::path::Path::new(path.as_str()), snapshot.workspace.roots());
            }
            configurations.supply(&mut snapshot.workspace);
        }
        for path in open {
            let known = snapshot.supplied.get(&path);
            if known.is_none_or(|reads| !reads.hold(&snapshot.workspace)) {
                let mut looked = snapshot.workspace.reading(|workspace| workspace.wants(&path));
                if !looked.0.is_empty() {
                    snapshot.supply(&path);
                    looked = snapshot.workspace.reading(|workspace| workspace.wants(&path));
                }
                snapshot.supplied.insert(path, Arc::new(looked.1));
            }
        }
        let mut state = self.lock();
        if state.epoch == snapshot.epoch && state.read_generation <= snapshot.generation {
            state.read_generation = snapshot.generation;
            state.workspace = snapshot.workspace.clone();
            state.supplied.clone_from(&snapshot.supplied);
        }
    }

    /// Walks through the folders of the workspace until nothing is left to look at; not if somebody does
    /// so already. Whether anything changed. Runs on the blocking pool.
    pub(crate) fn scan(&self) -> bool {
        let mut changed = false;
        loop {
            let (index, folders) = {
                let mut state = self.lock();
                if state.scanning || !state.scan_again {
                    return changed;
                }
                state.scanning = true;
                state.scan_again = false;
                (state.index.clone(), state.folders.clone())
            };
            let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| index.scan(&folders))).ok();
            let mut state = self.lock();
            state.scanning = false;
            if let Some(found) = found.filter(|_| folders == state.folders) {
                changed |= state.take(found);
            }
        }
    }
}

impl State {
    /// This moment of everything.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            workspace: self.workspace.clone(),
            encoding: self.encoding,
            abilities: self.abilities,
            client: Arc::clone(&self.settings),
            documents: self.documents.clone(),
            notebooks: self.notebooks.clone(),
            generation: self.generation,
            registered: Arc::clone(&self.registered),
            epoch: self.epoch,
            supplied: self.supplied.clone(),
            configurations: Arc::clone(&self.configurations),
            judgements: Arc::clone(&self.judgements),
            told: Arc::clone(&self.told),
            indexed: self.base.clone(),
            index: Arc::clone(&self.index),
            // Nobody tells of changes where the client does not watch files.
            unscanned: if self.scanning || self.scan_again || !self.abilities.watch_files {
                self.folders.clone()
            } else {
                Vec::new()
            },
        }
    }

    /// The edition of what is open at a path.
    pub(crate) fn edition_of(&self, path: &FilePath) -> Option<u64> {
        let document = self.documents.get(path).map(|document| document.edition);
        document.or_else(|| self.notebooks.get(path).map(|notebook| notebook.edition))
    }

    /// The number of the state that a change brings about.
    pub(crate) fn next(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    /// Other folders. What was known of the disk is looked up again.
    pub(crate) fn set_folders(&mut self, folders: Vec<FilePath>) {
        self.folders.clone_from(&folders);
        self.scan_again = true;
        self.set_roots(folders);
        let open: Vec<FilePath> = self.documents.keys().chain(self.notebooks.keys()).cloned().collect();
        for path in open {
            self.bring_folder_of(&path);
        }
    }

    fn set_roots(&mut self, roots: Vec<FilePath>) {
        self.base = Workspace::new(roots);
        self.index.bring_to(&mut self.base);
        self.forget_disk();
    }

    /// Takes the repository or the folder of a file that is opened on its own for a folder of the workspace.
    pub(crate) fn bring_folder_of(&mut self, path: &FilePath) {
        let real = path.as_str().starts_with('/') && !path.as_str().starts_with("/-/");
        if self.base.root_of(path).is_some() || !real {
            return;
        }
        let root = match disk::repository_of(std::path::Path::new(path.as_str())) {
            Some(folder) => {
                let folder = disk::file_path(&folder);
                self.folders.push(folder.clone());
                self.scan_again = true;
                folder
            }
            // Whatever else lies there is none of our business.
            None => path.parent(),
        };
        let mut roots = self.base.roots().to_vec();
        roots.push(root);
        self.set_roots(roots);
    }

    /// Something on the disk has changed: what is known of it is looked up again, and these files are read
    /// again by the next walk. Until then they are what they were, so that nothing flickers.
    pub(crate) fn disk_changed(&mut self, paths: &[FilePath]) {
        for path in paths {
            Arc::make_mut(&mut self.index).forget(path);
        }
        self.forget_disk();
        self.scan_again = !self.folders.is_empty();
    }

    fn forget_disk(&mut self) {
        self.workspace = self.base.clone();
        self.supplied.clear();
        self.configurations = Arc::default();
        self.epoch += 1;
        self.generation += 1;
    }

    /// Takes over what a walk found; whether anything changed by it.
    fn take(&mut self, index: Index) -> bool {
        let changed = index.bring_to(&mut self.base);
        self.index = Arc::new(index);
        if changed {
            self.forget_disk();
        }
        changed
    }

    /// Forgets what was said of a file that was closed.
    pub(crate) fn forget_judgement(&mut self, path: &FilePath) {
        locked(&self.judgements.0).remove(path);
    }
}

impl Snapshot {
    /// What is open, with its version.
    pub(crate) fn open(&self) -> impl Iterator<Item = (&FilePath, i32)> {
        let documents = self.documents.iter().map(|(path, document)| (path, document.version));
        documents.chain(self.notebooks.iter().map(|(path, notebook)| (path, notebook.version)))
    }

    /// The same moment, seen with another workspace.
    pub(crate) fn with(&self, workspace: Workspace) -> Self {
        Self { workspace, ..self.clone() }
    }

    /// The same moment with all files of the folders as they are on the disk, whatever the index has come to:
    /// for an answer that would be wrong if it left files out.
    pub(crate) fn complete(&self) -> Self {
        if self.unscanned.is_empty() {
            return self.clone();
        }
        let found = self.index.scan(&self.unscanned);
        let mut workspace = self.workspace.clone();
        let mut indexed = self.indexed.clone();
        let before: Vec<FilePath> = indexed.files().map(|file| file.path().clone()).collect();
        found.bring_to(&mut indexed);
        for path in before.iter().filter(|path| indexed.file(path).is_none()) {
            if self.editions_of(path).is_none() {
                workspace.remove(path);
            }
        }
        for file in indexed.files().filter(|file| self.editions_of(file.path()).is_none()) {
            if workspace.file(file.path()).is_none_or(|known| !Arc::ptr_eq(known, file)) {
                workspace.insert(Arc::clone(file));
            }
        }
        Self { workspace, indexed, ..self.clone() }
    }

    /// The edition of what is open at a path, and the one that was opened or saved last.
    pub(crate) fn editions_of(&self, path: &FilePath) -> Option<(u64, u64)> {
        let document = self.documents.get(path).map(|document| (document.edition, document.settled));
        document.or_else(|| self.notebooks.get(path).map(|notebook| (notebook.edition, notebook.settled)))
    }

    /// Whether a file is one to judge: it is open, or the index holds it.
    pub(crate) fn is_ours(&self, path: &FilePath) -> bool {
        self.editions_of(path).is_some() || self.indexed.file(path).is_some()
    }

    /// What of the disk it knows; the same number, the same disk.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Tells the workspace what judging a file wants to know.
    pub(crate) fn supply(&mut self, path: &FilePath) {
        let documents = &self.documents;
        disk::supply_with(&mut self.workspace, path, &|path| {
            documents.get(path).map(|document| document.for_others(path))
        });
    }

    /// The workspace as those files see it that may use the one at `path`: what they refer to is looked up, so
    /// that it is known who does. By their text alone, files that mention neither it nor its environments
    /// do not.
    pub(crate) fn with_users_of(&self, path: &FilePath) -> Workspace {
        let Some(file) = self.workspace.file(path) else { return self.workspace.clone() };
        let mut names: Vec<&str> = file.environments().filter_map(|environment| environment.name()).collect();
        names.push(path.file_name());
        let mentions = |other: &File| names.iter().any(|name| other.text().contains(name));
        let others = self.workspace.files().filter(|other| other.path() != path && mentions(other));
        let users: Vec<FilePath> = others.take(MAX_USERS).map(|other| other.path().clone()).collect();
        let mut near = self.clone();
        for user in &users {
            near.supply(user);
        }
        near.workspace
    }

    /// The version of what is open at a path; `None` for what is not open.
    pub(crate) fn version(&self, path: &FilePath) -> Option<i32> {
        let document = self.documents.get(path).map(|document| document.version);
        document.or_else(|| self.notebooks.get(path).map(|notebook| notebook.version))
    }

    /// The file that a document is, or that it is a cell of.
    pub(crate) fn file_of(&self, uri: &Uri) -> FilePath {
        let holder =
            self.notebooks.iter().find(|(_, notebook)| notebook.cells().any(|(cell, _)| cell == uri));
        holder.map_or_else(|| proto::path_of(uri), |(path, _)| path.clone())
    }

    /// The file that an open document is or that a cell is of, and where all of it stands in that.
    pub(crate) fn range_of(&self, uri: &Uri) -> Option<(FilePath, HostRange)> {
        let (path, start) = self.locate(uri, Position::new(0, 0))?;
        let (_, end) = self.locate(uri, Position::new(u32::MAX, u32::MAX))?;
        Some((path, HostRange::new(start, end)))
    }

    /// The file and the byte in it that a position of an open document or cell is.
    pub(crate) fn locate(&self, uri: &Uri, position: Position) -> Option<(FilePath, usize)> {
        let path = self.file_of(uri);
        let offset = match self.documents.get(&path) {
            Some(document) => document.text.offset(position, self.encoding),
            None => self.notebooks.get(&path)?.offset(uri, position, self.encoding)?,
        };
        Some((path, offset))
    }

    /// The configuration that holds for a file.
    pub(crate) fn configuration(&self, path: &FilePath) -> Option<Arc<Loaded>> {
        locked(&self.configurations).of(&PathBuf::from(path.as_str()), self.workspace.roots())
    }

    /// What is configured for a file.
    pub(crate) fn settings(&self, path: &FilePath) -> Settings {
        let found = self.configuration(path);
        let mut settings =
            found.map(|found| found.settings(&PathBuf::from(path.as_str()))).unwrap_or_default();
        settings.companion |= self.client.companion == Some(true);
        settings
    }

    /// What is wrong in an open file: as it was found, if nothing that it hangs on has changed since.
    pub(crate) fn findings(&self, path: &FilePath) -> Arc<Judged> {
        let slot = Arc::clone(locked(&self.judgements.0).entry(path.clone()).or_default());
        let mut slot = locked(&slot);
        let settings = self.settings(path);
        if let Some(known) = slot.as_ref().filter(|known| known.holds(&self.workspace, &settings)) {
            return Arc::clone(known);
        }
        let judged = Arc::new(Judged::new(&self.workspace, path, settings));
        *slot = Some(Arc::clone(&judged));
        judged
    }
}

impl Judged {
    pub(crate) fn new(workspace: &Workspace, path: &FilePath, settings: Settings) -> Self {
        let (findings, reads) = workspace.reading(|workspace| diagnostics(workspace, path, &settings));
        Self { findings, reads, settings }
    }

    /// The same without what was found, to tell whether it still holds.
    pub(crate) fn without_findings(self) -> Self {
        Self { findings: Vec::new(), ..self }
    }

    /// Whether the file would be judged in the same way there.
    pub(crate) fn holds(&self, workspace: &Workspace, settings: &Settings) -> bool {
        self.settings == *settings && self.reads.hold(workspace)
    }
}

impl Document {
    pub(crate) fn new(uri: Uri, language: String, version: i32, text: &str, edition: u64) -> Self {
        let (read, read_for_others) = (Arc::default(), Arc::default());
        let text = Text::new(text);
        let earlier = Arc::default();
        Self { uri, language, version, text, edition, settled: edition, read, earlier, read_for_others }
    }

    /// Takes changes over.
    pub(crate) fn change(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
        edition: u64,
    ) {
        self.text.apply(changes, encoding);
        self.version = version;
        self.edition = edition;
        self.read = Arc::default();
        self.read_for_others = Arc::default();
    }

    /// What it says; `None` if it is no file of ours.
    fn file(&self, path: &FilePath) -> Option<Arc<File>> {
        let read = self.read.get_or_init(|| {
            let text: Arc<str> = self.text.to_string().into();
            let found = File::found_again(path.clone(), text.clone(), &mut locked(&self.earlier));
            let found = found.or_else(|| {
                let kind = kind_by_language(path, &self.language, &text)?;
                Some(File::new(path.clone(), kind, text))
            });
            found.map(Arc::new)
        });
        read.clone()
    }

    /// What it says to a file that refers to it.
    fn for_others(&self, path: &FilePath) -> Arc<File> {
        let read = self.read_for_others.get_or_init(|| match self.file(path) {
            Some(file) => file,
            None => {
                let text: Arc<str> = self.text.to_string().into();
                Arc::new(disk::file_for_others(path, text))
            }
        });
        Arc::clone(read)
    }
}

/// The kind of an open document whose content and name say nothing: by the editor's word for the language.
fn kind_by_language(path: &FilePath, language: &str, text: &str) -> Option<FileKind> {
    if matches!(path.file_name(), "amlenv.toml" | ".amlenv.toml" | "pyproject.toml") {
        return Some(FileKind::Config);
    }
    match language {
        "dockerfile" => Some(FileKind::Dockerfile),
        // While it is typed, a file need not look like what it will be.
        "yaml" => classify_named(path, text).or_else(|| names_a_schema(text).then_some(FileKind::JobYaml)),
        "python" => classify_named(path, text),
        _ => None,
    }
}

/// Whether a text begins with a schema of Azure ML that is still typed: nothing else says yet what kind of
/// file it will be.
fn names_a_schema(text: &str) -> bool {
    const SCHEMAS: &str = "https://azuremlschemas.azureedge.net/latest/";
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let value = lines.next().and_then(|line| line.strip_prefix("$schema:"));
    value.is_some_and(|value| {
        let value = value.trim().trim_matches(['"', '\'']);
        SCHEMAS.starts_with(value) || value.starts_with(SCHEMAS) && !value.ends_with(".json")
    })
}
