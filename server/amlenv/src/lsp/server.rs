//! The handlers. Each one changes the state or takes a snapshot at once, and leaves the rest to a
//! task on the blocking pool.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use amlenv_analysis::FilePath;
use serde_json::Value;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;
use tower_lsp_server::{Client, LanguageServer};

use super::capabilities::Abilities;
use super::notebooks::Notebook;
use super::settings::ClientSettings;
use super::state::{Document, Shared, Snapshot};
use super::text::Encoding;
use super::{
    actions, capabilities, catalogue, complete, diagnostics, format, hints, hover, lenses, navigate, proto,
    refactor, register, signature, tokens,
};

/// The name of the command that registers an environment.
pub(super) const REGISTER: &str = "amlenv.register";

/// The name of the command that converts an environment to v2.
pub(super) const CONVERT: &str = "amlenv.convertToV2";

/// The name of the command that moves Dockerfile text into a file.
pub(super) const EXTRACT: &str = "amlenv.extractDockerfile";

/// The commands of `workspace/executeCommand`.
pub(super) const COMMANDS: [&str; 6] =
    [REGISTER, CONVERT, EXTRACT, lenses::SHOW_GRAPH, catalogue::REFRESH, catalogue::PIN];

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

    /// Something has changed: the client is told what is wrong now.
    fn refresh(&self) {
        self.shared.changed.notify_one();
    }

    /// Walks through the folders of the workspace in the background, where something may have changed.
    fn scan(&self) {
        let shared = self.shared();
        tokio::task::spawn_blocking(move || {
            if shared.scan() {
                shared.changed.notify_one();
            }
        });
    }

    /// Runs `work` on a snapshot of this moment, on the blocking pool. A panic costs this request.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Snapshot) -> T + Send + 'static,
    ) -> Result<T> {
        let shared = self.shared();
        let mut snapshot = shared.lock().snapshot();
        let task = tokio::task::spawn_blocking(move || {
            shared.read(&mut snapshot);
            work(&snapshot)
        });
        // A request that was cancelled while it waited for its turn is not worked on.
        let _guard = AbortOnDrop(task.abort_handle());
        task.await.map_err(|_| Error::internal_error())
    }

    /// Takes settings over, and tells whether something else is to be shown beside the text now.
    fn take_settings(&self, settings: &Value) -> bool {
        let read = Arc::new(ClientSettings::read(settings));
        let changed = {
            let mut state = self.shared.lock();
            let old = std::mem::replace(&mut state.settings, Arc::clone(&read));
            state.next();
            hints::differ(&old, &read)
        };
        self.refresh();
        changed
    }

    /// As [`Self::take_settings`], while the client shows something already.
    fn change_settings(&self, settings: &Value) {
        if self.take_settings(settings) {
            hints::refresh(&self.client, self.shared.lock().abilities.refresh);
        }
    }
}

/// Takes a task back when nobody waits for it any more.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let client = &params.capabilities;
        let offered = client.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let encoding = Encoding::negotiate(offered);
        let mut roots: Vec<FilePath> =
            params.workspace_folders.iter().flatten().map(|folder| proto::path_of(&folder.uri)).collect();
        #[expect(deprecated, reason = "clients that know no workspace folders still send it")]
        if roots.is_empty() {
            roots.extend(params.root_uri.iter().map(proto::path_of));
        }
        {
            let mut state = self.shared.lock();
            state.encoding = encoding;
            state.abilities = Abilities::of(client);
            state.set_folders(roots);
            state.client_process = params.process_id.or(state.client_process);
        }
        if let Some(options) = &params.initialization_options {
            self.take_settings(options);
        }
        Ok(lsp::InitializeResult {
            capabilities: capabilities::server(client, encoding),
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
        self.scan();
        tokio::spawn(diagnostics::tell(client.clone(), self.shared()));
        // Asking the client takes its answer, for which no handler may wait.
        let backend = Self { client: client.clone(), shared };
        tokio::spawn(async move {
            let registrations = capabilities::registrations(abilities);
            if !registrations.is_empty() {
                // A client that refuses will not tell about files; nothing else is lost.
                let _ = client.register_capability(registrations).await;
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
            let edition = state.next();
            let (language, version) = (document.language_id, document.version);
            let opened = Document::new(document.uri, language, version, &document.text, edition);
            state.documents.insert(path, opened);
        }
        self.refresh();
        self.scan();
    }

    async fn did_change(&self, params: lsp::DidChangeTextDocumentParams) {
        {
            let mut state = self.shared.lock();
            let encoding = state.encoding;
            let path = proto::path_of(&params.text_document.uri);
            if !state.documents.contains_key(&path) {
                return;
            }
            let edition = state.next();
            if let Some(document) = state.documents.get_mut(&path) {
                document.change(params.text_document.version, params.content_changes, encoding, edition);
            }
        }
        self.refresh();
    }

    async fn did_save(&self, params: lsp::DidSaveTextDocumentParams) {
        {
            let mut state = self.shared.lock();
            let path = proto::path_of(&params.text_document.uri);
            if let Some(document) = state.documents.get_mut(&path) {
                document.settled = document.edition;
            }
            state.disk_changed(&[path]);
        }
        self.refresh();
        self.scan();
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        {
            let mut state = self.shared.lock();
            let path = proto::path_of(&params.text_document.uri);
            state.documents.remove(&path);
            state.forget_judgement(&path);
            state.disk_changed(&[path]);
        }
        self.shared.tokens.forget(&params.text_document.uri);
        self.refresh();
        self.scan();
    }

    async fn notebook_did_open(&self, params: lsp::DidOpenNotebookDocumentParams) {
        {
            let path = proto::path_of(&params.notebook_document.uri);
            let mut state = self.shared.lock();
            state.bring_folder_of(&path);
            let edition = state.next();
            state.notebooks.insert(path, Notebook::open(params, edition));
        }
        self.refresh();
        self.scan();
    }

    async fn notebook_did_change(&self, params: lsp::DidChangeNotebookDocumentParams) {
        {
            let mut state = self.shared.lock();
            let encoding = state.encoding;
            let document = params.notebook_document;
            let edition = state.next();
            let Some(notebook) = state.notebooks.get_mut(&proto::path_of(&document.uri)) else { return };
            notebook.change(document.version, params.change, encoding, edition);
        }
        self.refresh();
    }

    async fn notebook_did_save(&self, params: lsp::DidSaveNotebookDocumentParams) {
        {
            let mut state = self.shared.lock();
            let path = proto::path_of(&params.notebook_document.uri);
            if let Some(notebook) = state.notebooks.get_mut(&path) {
                notebook.settled = notebook.edition;
            }
            state.disk_changed(&[path]);
        }
        self.refresh();
        self.scan();
    }

    async fn notebook_did_close(&self, params: lsp::DidCloseNotebookDocumentParams) {
        {
            let mut state = self.shared.lock();
            let path = proto::path_of(&params.notebook_document.uri);
            state.notebooks.remove(&path);
            state.forget_judgement(&path);
            state.disk_changed(&[path]);
        }
        self.refresh();
        self.scan();
    }

    async fn did_change_watched_files(&self, params: lsp::DidChangeWatchedFilesParams) {
        let paths: Vec<FilePath> = params.changes.iter().map(|change| proto::path_of(&change.uri)).collect();
        let able = {
            let mut state = self.shared.lock();
            state.disk_changed(&paths);
            state.abilities.refresh
        };
        self.refresh();
        self.scan();
        // Who uses what, and so for what, hangs on other files.
        hints::refresh(&self.client, able);
    }

    async fn did_change_workspace_folders(&self, params: lsp::DidChangeWorkspaceFoldersParams) {
        {
            let mut state = self.shared.lock();
            let removed: Vec<FilePath> =
                params.event.removed.iter().map(|folder| proto::path_of(&folder.uri)).collect();
            let mut folders: Vec<FilePath> =
                state.folders.iter().filter(|root| !removed.contains(root)).cloned().collect();
            folders.extend(params.event.added.iter().map(|folder| proto::path_of(&folder.uri)));
            state.set_folders(folders);
        }
        self.refresh();
        self.scan();
    }

    async fn did_change_configuration(&self, params: lsp::DidChangeConfigurationParams) {
        let pulls = self.shared.lock().abilities.configuration;
        if pulls {
            let backend = Self { client: self.client.clone(), shared: self.shared() };
            tokio::spawn(async move { backend.pull_configuration().await });
        } else {
            self.change_settings(&params.settings);
        }
    }

    async fn diagnostic(
        &self,
        params: lsp::DocumentDiagnosticParams,
    ) -> Result<lsp::DocumentDiagnosticReportResult> {
        self.ask(move |snapshot| diagnostics::of_document(snapshot, &params)).await
    }

    async fn workspace_diagnostic(
        &self,
        params: lsp::WorkspaceDiagnosticParams,
    ) -> Result<lsp::WorkspaceDiagnosticReportResult> {
        diagnostics::of_workspace(&self.client, &self.shared, params).await
    }

    async fn completion(&self, params: lsp::CompletionParams) -> Result<Option<lsp::CompletionResponse>> {
        let shared = self.shared();
        self.ask(move |snapshot| complete::complete(&shared, snapshot, &params.text_document_position)).await
    }

    async fn completion_resolve(&self, item: lsp::CompletionItem) -> Result<lsp::CompletionItem> {
        self.ask(move |snapshot| complete::resolve(snapshot, item)).await
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        let at = params.text_document_position_params;
        let shared = self.shared();
        self.ask(move |snapshot| hover::at(&shared, snapshot, &at)).await
    }

    async fn code_action(&self, params: lsp::CodeActionParams) -> Result<Option<lsp::CodeActionResponse>> {
        let shared = self.shared();
        self.ask(move |snapshot| {
            let mut found = actions::code_actions(snapshot, &params);
            found.extend(catalogue::pin_action(&shared, snapshot, &params));
            Some(found)
        })
        .await
    }

    async fn code_action_resolve(&self, action: lsp::CodeAction) -> Result<lsp::CodeAction> {
        self.ask(move |snapshot| actions::resolve(snapshot, action)).await?
    }

    async fn code_lens(&self, params: lsp::CodeLensParams) -> Result<Option<Vec<lsp::CodeLens>>> {
        self.ask(move |snapshot| lenses::of_document(snapshot, &params.text_document.uri)).await
    }

    async fn semantic_tokens_full(
        &self,
        params: lsp::SemanticTokensParams,
    ) -> Result<Option<lsp::SemanticTokensResult>> {
        let (shared, uri) = (self.shared(), params.text_document.uri);
        let found = self.ask(move |snapshot| tokens::full(snapshot, &shared.tokens, &uri)).await?;
        Ok(found.map(lsp::SemanticTokensResult::Tokens))
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: lsp::SemanticTokensDeltaParams,
    ) -> Result<Option<lsp::SemanticTokensFullDeltaResult>> {
        let (shared, uri, since) = (self.shared(), params.text_document.uri, params.previous_result_id);
        self.ask(move |snapshot| tokens::delta(snapshot, &shared.tokens, &uri, &since)).await
    }

    async fn semantic_tokens_range(
        &self,
        params: lsp::SemanticTokensRangeParams,
    ) -> Result<Option<lsp::SemanticTokensRangeResult>> {
        let found =
            move |snapshot: &Snapshot| tokens::range(snapshot, &params.text_document.uri, params.range);
        Ok(self.ask(found).await?.map(lsp::SemanticTokensRangeResult::Tokens))
    }

    async fn signature_help(&self, params: lsp::SignatureHelpParams) -> Result<Option<lsp::SignatureHelp>> {
        self.ask(move |snapshot| signature::at(snapshot, &params.text_document_position_params)).await
    }

    async fn formatting(&self, params: lsp::DocumentFormattingParams) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.ask(move |snapshot| format::document(snapshot, &params)).await
    }

    async fn range_formatting(
        &self,
        params: lsp::DocumentRangeFormattingParams,
    ) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.ask(move |snapshot| format::range(snapshot, &params)).await
    }

    async fn on_type_formatting(
        &self,
        params: lsp::DocumentOnTypeFormattingParams,
    ) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.ask(move |snapshot| format::on_type(snapshot, &params)).await
    }

    async fn inlay_hint(&self, params: lsp::InlayHintParams) -> Result<Option<Vec<lsp::InlayHint>>> {
        self.ask(move |snapshot| hints::of_range(snapshot, &params.text_document.uri, params.range)).await
    }

    async fn goto_definition(
        &self,
        params: lsp::GotoDefinitionParams,
    ) -> Result<Option<lsp::GotoDefinitionResponse>> {
        let at = params.text_document_position_params;
        self.ask(move |snapshot| navigate::goto_definition(snapshot, &at)).await
    }

    async fn references(&self, params: lsp::ReferenceParams) -> Result<Option<Vec<lsp::Location>>> {
        self.ask(move |snapshot| navigate::find_references(snapshot, &params)).await
    }

    async fn document_highlight(
        &self,
        params: lsp::DocumentHighlightParams,
    ) -> Result<Option<Vec<lsp::DocumentHighlight>>> {
        let at = params.text_document_position_params;
        self.ask(move |snapshot| navigate::document_highlight(snapshot, &at)).await
    }

    async fn prepare_rename(
        &self,
        params: lsp::TextDocumentPositionParams,
    ) -> Result<Option<lsp::PrepareRenameResponse>> {
        self.ask(move |snapshot| navigate::prepare_rename(snapshot, &params)).await?
    }

    async fn rename(&self, params: lsp::RenameParams) -> Result<Option<lsp::WorkspaceEdit>> {
        self.ask(move |snapshot| navigate::renamed(snapshot, &params)).await?
    }

    async fn will_rename_files(&self, params: lsp::RenameFilesParams) -> Result<Option<lsp::WorkspaceEdit>> {
        self.ask(move |snapshot| navigate::will_rename_files(snapshot, &params)).await
    }

    async fn document_link(&self, params: lsp::DocumentLinkParams) -> Result<Option<Vec<lsp::DocumentLink>>> {
        self.ask(move |snapshot| navigate::document_link(snapshot, &params.text_document.uri)).await
    }

    async fn document_symbol(
        &self,
        params: lsp::DocumentSymbolParams,
    ) -> Result<Option<lsp::DocumentSymbolResponse>> {
        self.ask(move |snapshot| navigate::symbols_of(snapshot, &params.text_document.uri)).await
    }

    async fn symbol(
        &self,
        params: lsp::WorkspaceSymbolParams,
    ) -> Result<Option<lsp::WorkspaceSymbolResponse>> {
        self.ask(move |snapshot| Some(navigate::find_symbols(snapshot, &params.query))).await
    }

    async fn folding_range(&self, params: lsp::FoldingRangeParams) -> Result<Option<Vec<lsp::FoldingRange>>> {
        self.ask(move |snapshot| navigate::folding_range(snapshot, &params.text_document.uri)).await
    }

    async fn selection_range(
        &self,
        params: lsp::SelectionRangeParams,
    ) -> Result<Option<Vec<lsp::SelectionRange>>> {
        self.ask(move |snapshot| navigate::selection_range(snapshot, &params)).await
    }

    async fn execute_command(&self, params: lsp::ExecuteCommandParams) -> Result<Option<Value>> {
        let command = params.command;
        let argument = params.arguments.first().cloned().unwrap_or_default();
        if catalogue::execute(&self.client, &self.shared, &command, &argument) {
            return Ok(None);
        }
        if !COMMANDS.contains(&command.as_str()) {
            return Err(Error::invalid_params(format!("unknown command {command}")));
        }
        let uri = argument.get("uri").and_then(Value::as_str).and_then(|uri| uri.parse::<lsp::Uri>().ok());
        if command == lenses::SHOW_GRAPH {
            let graph = self.ask(move |snapshot| lenses::graph(snapshot, uri.as_ref())).await?;
            return Ok(Some(lenses::show(&self.client, graph)));
        }
        let Some(uri) = uri else {
            let expected = "the argument must be {uri, environment?, version?, name?, step?}";
            return Err(Error::invalid_params(expected));
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
        let what = register::Named { environment: text("environment"), name: text("name") };
        let step = register::Step::of(text("step").as_deref());
        let job = register::Job { uri, what, version: text("version"), step };
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
            self.change_settings(settings);
        }
    }
}
