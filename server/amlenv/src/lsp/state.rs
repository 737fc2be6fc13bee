//! What the server knows: open documents, the workspace around them, the client's abilities. All of
//! it behind one `std::sync::Mutex` that is held for moments and never across an `.await`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use amlenv_analysis::{File, FileKind, FilePath, Finding, Settings, Workspace, classify_named, diagnostics};
use tower_lsp_server::ls_types::{Position, Uri};

use super::complete;
use super::notebooks::Notebook;
use super::proto;
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
    pub(crate) notebooks: HashMap<FilePath, Notebook>,
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
    /// Whether it makes new files as part of an edit.
    pub(crate) create_files: bool,
    /// Whether it opens documents that the server names.
    pub(crate) show_documents: bool,
    /// Whether it applies edits that the server sends.
    pub(crate) apply_edits: bool,
    /// What it can do with proposals.
    pub(crate) completion: complete::Abilities,
    /// Whether hovers may be Markdown.
    pub(crate) hover_markdown: bool,
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
    pub(crate) notebooks: HashMap<FilePath, Notebook>,
    pub(crate) generation: u64,
}

/// The findings of an open document or notebook.
pub(crate) struct Judged {
    pub(crate) path: FilePath,
    pub(crate) version: i32,
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
        for (path, version) in snapshot.open() {
            let settings = settings_of(path, &snapshot.workspace, &mut configurations);
            let findings = diagnostics(&snapshot.workspace, path, &settings);
            out.push(Judged { path: path.clone(), version, findings });
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
        for (path, notebook) in &mut snapshot.notebooks {
            snapshot.workspace.insert(notebook.file(path));
        }
        let open: Vec<FilePath> = snapshot.open().map(|(path, _)| path.clone()).collect();
        for path in &open {
            disk::supply(&mut snapshot.workspace, path);
        }
        let mut disk = snapshot.workspace.clone();
        for path in &open {
            disk.remove(path);
        }
        let mut state = self.lock();
        for (path, notebook) in &snapshot.notebooks {
            if let Some(current) = state.notebooks.get_mut(path) {
                current.keep(notebook);
            }
        }
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
            notebooks: self.notebooks.clone(),
            generation: self.generation,
        }
    }

    /// The version of what is open at a path.
    pub(crate) fn version_of(&self, path: &FilePath) -> Option<i32> {
        let document = self.documents.get(path).map(|document| document.version);
        document.or_else(|| self.notebooks.get(path).map(|notebook| notebook.version))
    }

    /// Takes the repository or the folder of a file that is opened on its own for a folder of the workspace.
    pub(crate) fn bring_folder_of(&mut self, path: &FilePath) {
        let real = path.as_str().starts_with('/') && !path.as_str().starts_with("/-/");
        if self.disk.root_of(path).is_some() || !real {
            return;
        }
        let folder = disk::repository_of(std::path::Path::new(path.as_str()));
        let root = folder.map_or_else(|| path.parent(), |folder| disk::file_path(&folder));
        let mut roots = self.disk.roots().to_vec();
        roots.push(root);
        self.disk = Workspace::new(roots);
    }

    /// Forgets the disk: something on it has changed.
    pub(crate) fn forget_disk(&mut self) {
        self.disk = Workspace::new(self.disk.roots().to_vec());
        self.generation += 1;
    }
}

impl Snapshot {
    /// What is open, with its version.
    pub(crate) fn open(&self) -> impl Iterator<Item = (&FilePath, i32)> {
        let documents = self.documents.iter().map(|(path, document)| (path, document.version));
        documents.chain(self.notebooks.iter().map(|(path, notebook)| (path, notebook.version)))
    }

    /// The file that a document is, or that it is a cell of.
    pub(crate) fn file_of(&self, uri: &Uri) -> FilePath {
        let holder =
            self.notebooks.iter().find(|(_, notebook)| notebook.cells().any(|(cell, _)| cell == uri));
        holder.map_or_else(|| proto::path_of(uri), |(path, _)| path.clone())
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

/// What is configured for a file.
pub(crate) fn settings_of(
    path: &FilePath,
    workspace: &Workspace,
    configurations: &mut Configurations,
) -> Settings {
    let real = PathBuf::from(path.as_str());
    configurations.of(&real, workspace.roots()).map(|found| found.settings(&real)).unwrap_or_default()
}
