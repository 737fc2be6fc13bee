//! What the server knows: open documents, the workspace around them, the client's abilities. All of
//! it behind one `std::sync::Mutex` that is held for moments and never across an `.await`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use amlenv_analysis::{File, FileKind, FilePath, Finding, Settings, Workspace, classify_named, diagnostics};
use tower_lsp_server::ls_types::Uri;

use super::text::{Encoding, Text};
use crate::configuration::Configurations;
use crate::disk;

/// What is shared by handlers and tasks.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Held while a generation is judged, so that generations are judged one after the other.
    judging: Mutex<u64>,
}

/// Everything that changes.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) encoding: Encoding,
    pub(crate) abilities: Abilities,
    pub(crate) settings: ClientSettings,
    pub(crate) documents: HashMap<FilePath, Document>,
    /// The files and facts of the disk, without the open documents.
    pub(crate) disk: Workspace,
    /// Counts every change of anything above.
    pub(crate) generation: u64,
    pub(crate) shut_down: bool,
    pub(crate) client_process: Option<u32>,
    /// Registrations that run, by environment; each can be cancelled.
    pub(crate) jobs: HashMap<String, Arc<std::sync::atomic::AtomicBool>>,
}

/// What the client can do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Abilities {
    pub(crate) document_changes: bool,
    pub(crate) disabled_actions: bool,
    pub(crate) progress: bool,
    pub(crate) configuration: bool,
    pub(crate) watch_files: bool,
}

/// What the user set in the editor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClientSettings {
    pub(crate) subscription: Option<String>,
    pub(crate) resource_group: Option<String>,
    pub(crate) workspace: Option<String>,
    pub(crate) confirm: Option<bool>,
}

/// An open document.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) uri: Uri,
    pub(crate) language: String,
    pub(crate) version: i32,
    pub(crate) text: Text,
    /// What was read from this version, once somebody asked.
    read: Option<(i32, Option<Arc<File>>)>,
}

/// What a request works on: one moment of everything.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) workspace: Workspace,
    pub(crate) encoding: Encoding,
    pub(crate) abilities: Abilities,
    pub(crate) documents: HashMap<FilePath, Document>,
    pub(crate) generation: u64,
}

/// The findings of an open document.
pub(crate) struct Judged {
    pub(crate) uri: Uri,
    pub(crate) version: i32,
    pub(crate) path: FilePath,
    pub(crate) findings: Vec<Finding>,
}

impl Shared {
    /// The state. A panic while it was held costs the request that panicked, not the server.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Judges the newest generation, unless that was done; `None` if it was, or if it has been
    /// overtaken meanwhile. Runs on the blocking pool.
    pub(crate) fn judge(&self) -> Option<(Snapshot, Vec<Judged>)> {
        let mut judged = self.judging.lock().unwrap_or_else(PoisonError::into_inner);
        let mut snapshot = self.lock().snapshot();
        if *judged == snapshot.generation {
            return None;
        }
        self.read(&mut snapshot);
        let mut configurations = Configurations::default();
        let mut out = Vec::new();
        for (path, document) in &snapshot.documents {
            let settings = settings_of(path, &snapshot.workspace, &mut configurations);
            let findings = diagnostics(&snapshot.workspace, path, &settings);
            let (uri, version) = (document.uri.clone(), document.version);
            out.push(Judged { uri, version, path: path.clone(), findings });
        }
        out.sort_by(|a, b| a.path.cmp(&b.path));
        if self.lock().generation != snapshot.generation {
            return None;
        }
        *judged = snapshot.generation;
        Some((snapshot, out))
    }

    /// Reads the documents of a snapshot and looks at the disk for them. What was learned is kept.
    pub(crate) fn read(&self, snapshot: &mut Snapshot) {
        for (path, document) in &mut snapshot.documents {
            let file = match &document.read {
                Some((version, file)) if *version == document.version => file.clone(),
                _ => {
                    let text: Arc<str> = document.text.to_string().into();
                    let kind = kind_of(path, &document.language, &text);
                    kind.map(|kind| Arc::new(File::new(path.clone(), kind, text)))
                }
            };
            document.read = Some((document.version, file.clone()));
            match file {
                Some(file) => snapshot.workspace.insert(file),
                None => snapshot.workspace.remove(path),
            }
        }
        for path in snapshot.documents.keys() {
            disk::supply(&mut snapshot.workspace, path);
        }
        let mut disk = snapshot.workspace.clone();
        for path in snapshot.documents.keys() {
            disk.remove(path);
        }
        let mut state = self.lock();
        for (path, document) in &snapshot.documents {
            if let Some(current) = state.documents.get_mut(path)
                && current.version == document.version
            {
                current.read.clone_from(&document.read);
            }
        }
        if state.generation == snapshot.generation {
            state.disk = disk;
        }
    }
}

impl State {
    /// This moment of everything.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            workspace: self.disk.clone(),
            encoding: self.encoding,
            abilities: self.abilities,
            documents: self.documents.clone(),
            generation: self.generation,
        }
    }

    /// Forgets the disk: something on it has changed.
    pub(crate) fn forget_disk(&mut self) {
        self.disk = Workspace::new(self.disk.roots().to_vec());
        self.generation += 1;
    }
}

impl Document {
    pub(crate) fn new(uri: Uri, language: String, version: i32, text: &str) -> Self {
        Self { uri, language, version, text: Text::new(text), read: None }
    }
}

/// The kind of an open document: by its content, with the editor's word for the language where the
/// name says nothing.
fn kind_of(path: &FilePath, language: &str, text: &str) -> Option<FileKind> {
    if let Some(kind) = amlenv_analysis::classify(path, text) {
        return Some(kind);
    }
    match language {
        "dockerfile" => Some(FileKind::Dockerfile),
        // While it is typed, a file need not look like what it will be.
        "yaml" | "python" => classify_named(path, text),
        _ => None,
    }
}

/// What is configured for a file.
pub(crate) fn settings_of(
    path: &FilePath,
    workspace: &Workspace,
    configurations: &mut Configurations,
) -> Settings {
    let real = PathBuf::from(path.as_str());
    configurations.of(&real, workspace.roots()).map(|found| found.settings(&real)).unwrap_or_default()
}
