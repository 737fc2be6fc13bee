//! The handlers. Each one changes the state or takes a snapshot at once, and leaves the rest to a
//! task on the blocking pool.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use amlenv_analysis::{Action, Applicability, FilePath, Workspace, actions, lenses};
use amlenv_syntax::HostRange;
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types::{self as lsp, notification::Notification as _};
use tower_lsp_server::{Client, LanguageServer};

use super::notebooks::Notebook;
use super::state::{Abilities, ClientSettings, Document, Shared, Snapshot, settings_of};
use super::text::Encoding;
use super::{complete, hover, proto, refactor, register};
use crate::configuration::Configurations;
use crate::fix;

/// The name of the command that registers an environment.
pub(super) const REGISTER: &str = "amlenv.register";

/// The name of the command that converts an environment to v2.
pub(super) const CONVERT: &str = "amlenv.convertToV2";

/// The name of the command that moves Dockerfile text into a file.
pub(super) const EXTRACT: &str = "amlenv.extractDockerfile";

pub(crate) struct Backend {
    client: Client,
    shared: Arc<Shared>,
}

impl Backend {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, shared: Arc::new(Shared::default()) }
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Judges the newest state in the background and publishes what comes out, unless it has been
    /// overtaken by then.
    fn refresh(&self) {
        let (client, shared) = (self.client.clone(), self.shared());
        tokio::spawn(async move {
            let judging = Arc::clone(&shared);
            let Ok(Some((snapshot, judged))) = tokio::task::spawn_blocking(move || judging.judge()).await
            else {
                return;
            };
            for judged in judged {
                for (uri, version, diagnostics) in proto::diagnostics(&snapshot, &judged) {
                    // What was closed or changed meanwhile has been cleared or will be judged again.
                    let current = shared.lock().version_of(&judged.path);
                    if current == Some(judged.version) {
                        client.publish_diagnostics(uri, diagnostics, Some(version)).await;
                    }
                }
            }
        });
    }

    /// Runs `work` on a snapshot of this moment, on the blocking pool. A panic costs this request.
    async fn ask<T: Send + 'static>(&self, work: impl FnOnce(&Snapshot) -> T + Send + 'static) -> Result<T> {
        let shared = self.shared();
        let mut snapshot = shared.lock().snapshot();
        tokio::task::spawn_blocking(move || {
            shared.read(&mut snapshot);
            work(&snapshot)
        })
        .await
        .map_err(|_| Error::internal_error())
    }

    fn take_settings(&self, settings: &Value) {
        let settings = settings.get("amlenv").unwrap_or(settings);
        let text = |path: &str| {
            settings.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let read = ClientSettings {
            subscription: text("/azure/subscription"),
            resource_group: text("/azure/resourceGroup"),
            workspace: text("/azure/workspace"),
            confirm: settings.pointer("/register/confirm").and_then(Value::as_bool),
        };
        self.shared.lock().settings = read;
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let client = &params.capabilities;
        let general = client.general.as_ref();
        let encoding = Encoding::negotiate(general.and_then(|general| general.position_encodings.as_deref()));
        let workspace = client.workspace.as_ref();
        let document = client.text_document.as_ref();
        let edits = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let operations = edits.and_then(|edit| edit.resource_operations.as_deref()).unwrap_or(&[]);
        let document_changes = edits.and_then(|edit| edit.document_changes).unwrap_or(false);
        let abilities = Abilities {
            show_documents: client
                .window
                .as_ref()
                .and_then(|window| window.show_document.as_ref())
                .is_some_and(|show| show.support),
            create_files: document_changes && operations.contains(&lsp::ResourceOperationKind::Create),
            apply_edits: workspace.and_then(|workspace| workspace.apply_edit).unwrap_or(false),
            document_changes,
            disabled_actions: document
                .and_then(|document| document.code_action.as_ref())
                .and_then(|action| action.disabled_support)
                .unwrap_or(false),
            progress: client.window.as_ref().and_then(|window| window.work_done_progress).unwrap_or(false),
            completion: complete::Abilities::of(client),
            hover_markdown: hover::takes_markdown(client),
            configuration: workspace.and_then(|workspace| workspace.configuration).unwrap_or(false),
            watch_files: workspace
                .and_then(|workspace| workspace.did_change_watched_files.as_ref())
                .and_then(|watch| watch.dynamic_registration)
                .unwrap_or(false),
        };
        let mut roots: Vec<FilePath> =
            params.workspace_folders.iter().flatten().map(|folder| proto::path_of(&folder.uri)).collect();
        #[expect(deprecated, reason = "clients that know no workspace folders still send it")]
        if roots.is_empty() {
            roots.extend(params.root_uri.iter().map(proto::path_of));
        }
        {
            let mut state = self.shared.lock();
            state.encoding = encoding;
            state.abilities = abilities;
            state.disk = Workspace::new(roots);
            state.client_process = params.process_id.or(state.client_process);
        }
        if let Some(options) = &params.initialization_options {
            self.take_settings(options);
        }
        Ok(lsp::InitializeResult {
            capabilities: lsp::ServerCapabilities {
                position_encoding: Some(encoding.kind()),
                text_document_sync: Some(lsp::TextDocumentSyncCapability::Options(
                    lsp::TextDocumentSyncOptions {
                        open_close: Some(true),
                        change: Some(lsp::TextDocumentSyncKind::INCREMENTAL),
                        save: Some(lsp::TextDocumentSyncSaveOptions::Supported(true)),
                        ..lsp::TextDocumentSyncOptions::default()
                    },
                )),
                notebook_document_sync: Some(lsp::OneOf::Left(lsp::NotebookDocumentSyncOptions {
                    // Cells of every language: what is written by a cell is read, and cells are counted.
                    notebook_selector: vec![lsp::NotebookSelector::ByNotebook {
                        notebook: lsp::Notebook::String("jupyter-notebook".to_owned()),
                        cells: None,
                    }],
                    save: Some(true),
                })),
                completion_provider: Some(complete::provider()),
                hover_provider: Some(lsp::HoverProviderCapability::Simple(true)),
                code_action_provider: Some(lsp::CodeActionProviderCapability::Options(
                    lsp::CodeActionOptions {
                        code_action_kinds: Some(vec![
                            lsp::CodeActionKind::QUICKFIX,
                            fix_all_kind(),
                            lsp::CodeActionKind::REFACTOR_EXTRACT,
                            lsp::CodeActionKind::REFACTOR_INLINE,
                            lsp::CodeActionKind::REFACTOR_REWRITE,
                        ]),
                        ..lsp::CodeActionOptions::default()
                    },
                )),
                code_lens_provider: Some(lsp::CodeLensOptions { resolve_provider: Some(false) }),
                execute_command_provider: Some(lsp::ExecuteCommandOptions {
                    commands: [REGISTER, CONVERT, EXTRACT].map(str::to_owned).to_vec(),
                    ..lsp::ExecuteCommandOptions::default()
                }),
                workspace: Some(lsp::WorkspaceServerCapabilities {
                    workspace_folders: Some(lsp::WorkspaceFoldersServerCapabilities {
                        supported: Some(true),
                        change_notifications: Some(lsp::OneOf::Left(true)),
                    }),
                    ..lsp::WorkspaceServerCapabilities::default()
                }),
                ..lsp::ServerCapabilities::default()
            },
            server_info: Some(lsp::ServerInfo {
                name: "amlenv".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            ..lsp::InitializeResult::default()
        })
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        let (client, shared) = (self.client.clone(), self.shared());
        let abilities = shared.lock().abilities;
        // Asking the client takes its answer, for which no handler may wait.
        let backend = Self { client: client.clone(), shared };
        tokio::spawn(async move {
            if abilities.watch_files {
                let watchers = [
                    "**/*Dockerfile*",
                    "**/*.dockerfile",
                    "**/*.{yml,yaml,py,ipynb,txt,toml,json,runconfig}",
                ];
                let options = json!({
                    "watchers": watchers.map(|glob| json!({"globPattern": glob})),
                });
                let registration = lsp::Registration {
                    id: "amlenv-files".to_owned(),
                    method: lsp::notification::DidChangeWatchedFiles::METHOD.to_owned(),
                    register_options: Some(options),
                };
                // A client that refuses will not tell about files; nothing else is lost.
                let _ = client.register_capability(vec![registration]).await;
            }
            if abilities.configuration {
                backend.pull_configuration().await;
            }
        });
    }

    async fn shutdown(&self) -> Result<()> {
        let mut state = self.shared.lock();
        state.shut_down = true;
        for job in state.jobs.values() {
            job.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn did_open(&self, params: lsp::DidOpenTextDocumentParams) {
        let document = params.text_document;
        let path = proto::path_of(&document.uri);
        {
            let mut state = self.shared.lock();
            state.bring_folder_of(&path);
            let opened = Document::new(document.uri, document.language_id, document.version, &document.text);
            state.documents.insert(path, opened);
            state.generation += 1;
        }
        self.refresh();
    }

    async fn did_change(&self, params: lsp::DidChangeTextDocumentParams) {
        {
            let mut state = self.shared.lock();
            let encoding = state.encoding;
            let path = proto::path_of(&params.text_document.uri);
            let Some(document) = state.documents.get_mut(&path) else { return };
            document.text.apply(params.content_changes, encoding);
            document.version = params.text_document.version;
            state.generation += 1;
        }
        self.refresh();
    }

    async fn did_save(&self, _: lsp::DidSaveTextDocumentParams) {
        self.shared.lock().forget_disk();
        self.refresh();
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        {
            let mut state = self.shared.lock();
            state.documents.remove(&proto::path_of(&params.text_document.uri));
            state.forget_disk();
        }
        self.client.publish_diagnostics(params.text_document.uri, Vec::new(), None).await;
        self.refresh();
    }

    async fn notebook_did_open(&self, params: lsp::DidOpenNotebookDocumentParams) {
        {
            let path = proto::path_of(&params.notebook_document.uri);
            let mut state = self.shared.lock();
            state.bring_folder_of(&path);
            state.notebooks.insert(path, Notebook::open(params));
            state.generation += 1;
        }
        self.refresh();
    }

    async fn notebook_did_change(&self, params: lsp::DidChangeNotebookDocumentParams) {
        let closed = {
            let mut state = self.shared.lock();
            let encoding = state.encoding;
            let document = params.notebook_document;
            let Some(notebook) = state.notebooks.get_mut(&proto::path_of(&document.uri)) else { return };
            let closed = notebook.change(document.version, params.change, encoding);
            state.generation += 1;
            closed
        };
        for cell in closed {
            self.client.publish_diagnostics(cell, Vec::new(), None).await;
        }
        self.refresh();
    }

    async fn notebook_did_save(&self, _: lsp::DidSaveNotebookDocumentParams) {
        self.shared.lock().forget_disk();
        self.refresh();
    }

    async fn notebook_did_close(&self, params: lsp::DidCloseNotebookDocumentParams) {
        let closed = {
            let mut state = self.shared.lock();
            let closed = state.notebooks.remove(&proto::path_of(&params.notebook_document.uri));
            state.forget_disk();
            closed
        };
        for (cell, _) in closed.iter().flat_map(Notebook::cells) {
            self.client.publish_diagnostics(cell.clone(), Vec::new(), None).await;
        }
        self.refresh();
    }

    async fn did_change_watched_files(&self, _: lsp::DidChangeWatchedFilesParams) {
        self.shared.lock().forget_disk();
        self.refresh();
    }

    async fn did_change_workspace_folders(&self, params: lsp::DidChangeWorkspaceFoldersParams) {
        {
            let mut state = self.shared.lock();
            let removed: Vec<FilePath> =
                params.event.removed.iter().map(|folder| proto::path_of(&folder.uri)).collect();
            let mut roots: Vec<FilePath> =
                state.disk.roots().iter().filter(|root| !removed.contains(root)).cloned().collect();
            roots.extend(params.event.added.iter().map(|folder| proto::path_of(&folder.uri)));
            state.disk = Workspace::new(roots);
            state.generation += 1;
        }
        self.refresh();
    }

    async fn did_change_configuration(&self, params: lsp::DidChangeConfigurationParams) {
        let pulls = self.shared.lock().abilities.configuration;
        if pulls {
            let backend = Self { client: self.client.clone(), shared: self.shared() };
            tokio::spawn(async move { backend.pull_configuration().await });
        } else {
            self.take_settings(&params.settings);
        }
    }

    async fn completion(&self, params: lsp::CompletionParams) -> Result<Option<lsp::CompletionResponse>> {
        self.ask(move |snapshot| complete::complete(snapshot, &params.text_document_position)).await
    }

    async fn completion_resolve(&self, item: lsp::CompletionItem) -> Result<lsp::CompletionItem> {
        self.ask(move |snapshot| complete::resolve(snapshot, item)).await
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        self.ask(move |snapshot| hover::at(snapshot, &params.text_document_position_params)).await
    }

    async fn code_action(&self, params: lsp::CodeActionParams) -> Result<Option<lsp::CodeActionResponse>> {
        self.ask(move |snapshot| Some(code_actions(snapshot, &params))).await
    }

    async fn code_lens(&self, params: lsp::CodeLensParams) -> Result<Option<Vec<lsp::CodeLens>>> {
        self.ask(move |snapshot| {
            let uri = &params.text_document.uri;
            let path = snapshot.file_of(uri);
            let file = proto::uri_of(snapshot, &path)?;
            let found = lenses(&snapshot.workspace, &path).into_iter().filter_map(|lens| {
                let at = proto::location(snapshot, &path, lens.range)?;
                (at.uri == *uri).then(|| lsp::CodeLens {
                    range: at.range,
                    command: Some(register_command(lens.title, &file, &lens.environment)),
                    data: None,
                })
            });
            Some(found.collect())
        })
        .await
    }

    async fn execute_command(&self, params: lsp::ExecuteCommandParams) -> Result<Option<Value>> {
        let command = params.command;
        if ![REGISTER, CONVERT, EXTRACT].contains(&command.as_str()) {
            return Err(Error::invalid_params(format!("unknown command {command}")));
        }
        let argument = params.arguments.first().cloned().unwrap_or_default();
        let uri = argument.get("uri").and_then(Value::as_str).and_then(|uri| uri.parse::<lsp::Uri>().ok());
        let Some(uri) = uri else {
            return Err(Error::invalid_params("the argument must be {uri, environment?, version?}"));
        };
        let text = |key: &str| match argument.get(key) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        if command != REGISTER {
            let environment = text("environment");
            let work = move |snapshot: &Snapshot| refactor::of_command(snapshot, &command, &uri, environment);
            let answer = self.ask(work).await?;
            return Ok(refactor::finish(&self.client, answer));
        }
        let job = register::Job { uri, environment: text("environment"), version: text("version") };
        register::spawn(self.client.clone(), self.shared(), job);
        Ok(None)
    }
}

impl Backend {
    /// `window/workDoneProgress/cancel`, for which the framework has no handler.
    pub(super) async fn cancel_progress(&self, params: lsp::WorkDoneProgressCancelParams) {
        if let lsp::NumberOrString::String(token) = params.token
            && let Some(job) = self.shared.lock().jobs.get(&token)
        {
            job.store(true, Ordering::Relaxed);
        }
    }

    async fn pull_configuration(&self) {
        let item = lsp::ConfigurationItem { scope_uri: None, section: Some("amlenv".to_owned()) };
        if let Ok(values) = self.client.configuration(vec![item]).await
            && let Some(settings) = values.first()
        {
            self.take_settings(settings);
        }
    }
}

fn fix_all_kind() -> lsp::CodeActionKind {
    lsp::CodeActionKind::new("source.fixAll.amlenv")
}

fn register_command(title: String, uri: &lsp::Uri, environment: &str) -> lsp::Command {
    let argument = json!({"uri": uri.as_str(), "environment": environment});
    lsp::Command { title, command: REGISTER.to_owned(), arguments: Some(vec![argument]) }
}

fn code_actions(snapshot: &Snapshot, params: &lsp::CodeActionParams) -> lsp::CodeActionResponse {
    let uri = &params.text_document.uri;
    let start = snapshot.locate(uri, params.range.start);
    let end = snapshot.locate(uri, params.range.end);
    let (Some((path, start)), Some((_, end))) = (start, end) else { return Vec::new() };
    let Some(file) = proto::uri_of(snapshot, &path) else { return Vec::new() };
    let wanted = |kind: &str| {
        params.context.only.as_ref().is_none_or(|only| {
            only.iter()
                .any(|asked| kind == asked.as_str() || kind.starts_with(&format!("{}.", asked.as_str())))
        })
    };
    let settings = settings_of(&path, &snapshot.workspace, &mut Configurations::default());
    let mut out: lsp::CodeActionResponse = Vec::new();
    let workspace = refactor::listed(&snapshot.workspace, &path);
    for action in actions(&workspace, &path, HostRange::new(start, end), &settings) {
        match action {
            Action::Refactor(found) => out.extend(refactor::action(snapshot, found, params, &wanted)),
            Action::Fix { code, range, fix, preferred } if wanted("quickfix") => {
                let place = proto::range(snapshot, &path, range);
                let mended = params.context.diagnostics.iter().filter(|diagnostic| {
                    diagnostic.range == place
                        && diagnostic.code == Some(lsp::NumberOrString::String(code.to_owned()))
                });
                let diagnostics: Vec<lsp::Diagnostic> = mended.cloned().collect();
                out.push(lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
                    title: fix.title,
                    kind: Some(lsp::CodeActionKind::QUICKFIX),
                    diagnostics: (!diagnostics.is_empty()).then_some(diagnostics),
                    edit: Some(proto::workspace_edit(snapshot, &fix.edits)),
                    is_preferred: Some(preferred),
                    ..lsp::CodeAction::default()
                }));
            }
            // It has no kind, so a client that asks for kinds does not want it.
            Action::Register { title, environment, disabled } if params.context.only.is_none() => {
                if disabled.is_some() && !snapshot.abilities.disabled_actions {
                    continue;
                }
                out.push(lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
                    command: disabled.is_none().then(|| register_command(title.clone(), &file, &environment)),
                    disabled: disabled.map(|reason| lsp::CodeActionDisabled { reason }),
                    title,
                    ..lsp::CodeAction::default()
                }));
            }
            _ => {}
        }
    }
    if wanted("source.fixAll.amlenv") {
        let findings = amlenv_analysis::diagnostics(&snapshot.workspace, &path, &settings);
        let safe = findings
            .iter()
            .filter_map(|finding| finding.fixes.iter().find(|fix| fix.applicability == Applicability::Safe));
        let (edits, count) = fix::choose(safe);
        if count > 0 {
            out.push(lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
                title: "Fix all that amlenv can fix safely".to_owned(),
                kind: Some(fix_all_kind()),
                edit: Some(proto::workspace_edit(snapshot, &edits)),
                ..lsp::CodeAction::default()
            }));
        }
    }
    out
}
