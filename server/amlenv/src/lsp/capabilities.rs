//! What the client can do, and what the server tells it in return. One line for each feature: what it
//! takes stands with the feature. Judges nothing and starts nothing.

use serde_json::json;
use tower_lsp_server::ls_types::{self as lsp, notification::Notification as _};

use super::text::Encoding;
use super::{
    actions, complete, diagnostics, format, hints, hover, navigate, register, server, signature, tokens,
};

/// What the client can do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Abilities {
    pub(crate) document_changes: bool,
    pub(crate) disabled_actions: bool,
    /// Whether it draws changes with annotations, so that it asks before it makes unsafe ones.
    pub(crate) change_annotations: bool,
    /// Whether it asks for the edit of an action when somebody takes it.
    pub(crate) resolve_actions: bool,
    pub(crate) progress: bool,
    /// Whether it shows messages that can be answered.
    pub(crate) message_actions: bool,
    /// Whether it puts a text that it is sent where the user can paste it from.
    pub(crate) copies: bool,
    pub(crate) configuration: bool,
    pub(crate) watch_configuration: bool,
    pub(crate) watch_files: bool,
    /// Whether it makes new files as part of an edit.
    pub(crate) create_files: bool,
    /// Whether it opens documents that the server names.
    pub(crate) show_documents: bool,
    /// Whether it applies edits that the server sends.
    pub(crate) apply_edits: bool,
    /// What it shows of diagnostics, and how it gets them.
    pub(crate) diagnostics: diagnostics::Abilities,
    /// What it takes as the answer to where something is.
    pub(crate) navigation: navigate::Abilities,
    /// What it asks for again when it is told to.
    pub(crate) refresh: hints::Refresh,
    /// Whether it takes formatters by registration, for Dockerfiles alone.
    pub(crate) register_formatters: bool,
    /// Whether it takes places in the label of a signature for its parameters.
    pub(crate) label_offsets: bool,
    /// What it can do with proposals.
    pub(crate) completion: complete::Abilities,
    /// Whether hovers may be Markdown.
    pub(crate) hover_markdown: bool,
}

impl Abilities {
    pub(crate) fn of(client: &lsp::ClientCapabilities) -> Self {
        let workspace = client.workspace.as_ref();
        let document = client.text_document.as_ref();
        let window = client.window.as_ref();
        let edits = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let operations = edits.and_then(|edit| edit.resource_operations.as_deref()).unwrap_or(&[]);
        let document_changes = edits.and_then(|edit| edit.document_changes).unwrap_or(false);
        let action = document.and_then(|document| document.code_action.as_ref());
        let resolved = action.and_then(|action| action.resolve_support.as_ref());
        Self {
            document_changes,
            disabled_actions: action.and_then(|action| action.disabled_support).unwrap_or(false),
            change_annotations: document_changes
                && edits.is_some_and(|edit| edit.change_annotation_support.is_some()),
            resolve_actions: action.and_then(|action| action.data_support).unwrap_or(false)
                && resolved.is_some_and(|resolved| resolved.properties.iter().any(|name| name == "edit")),
            progress: window.and_then(|window| window.work_done_progress).unwrap_or(false),
            message_actions: window.is_some_and(|window| window.show_message.is_some()),
            copies: register::copies(client),
            configuration: workspace.and_then(|workspace| workspace.configuration).unwrap_or(false),
            watch_configuration: workspace
                .and_then(|workspace| workspace.did_change_configuration.as_ref())
                .and_then(|watch| watch.dynamic_registration)
                .unwrap_or(false),
            watch_files: workspace
                .and_then(|workspace| workspace.did_change_watched_files.as_ref())
                .and_then(|watch| watch.dynamic_registration)
                .unwrap_or(false),
            create_files: document_changes && operations.contains(&lsp::ResourceOperationKind::Create),
            show_documents: window
                .and_then(|window| window.show_document.as_ref())
                .is_some_and(|show| show.support),
            apply_edits: workspace.and_then(|workspace| workspace.apply_edit).unwrap_or(false),
            diagnostics: diagnostics::Abilities::of(client),
            navigation: navigate::Abilities::of(client),
            refresh: hints::Refresh::of(client),
            register_formatters: format::registers(client),
            label_offsets: signature::takes_offsets(client),
            completion: complete::Abilities::of(client),
            hover_markdown: hover::takes_markdown(client),
        }
    }
}

/// What the server can do, for a client that can do this.
pub(crate) fn server(client: &lsp::ClientCapabilities, encoding: Encoding) -> lsp::ServerCapabilities {
    let abilities = Abilities::of(client);
    lsp::ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(text_document_sync()),
        notebook_document_sync: Some(notebook_document_sync()),
        completion_provider: Some(complete::provider()),
        hover_provider: Some(lsp::HoverProviderCapability::Simple(true)),
        code_action_provider: Some(actions::provider(&abilities)),
        code_lens_provider: Some(lsp::CodeLensOptions { resolve_provider: Some(false) }),
        document_formatting_provider: format::provider(abilities.register_formatters),
        document_range_formatting_provider: format::range_provider(abilities.register_formatters),
        document_on_type_formatting_provider: format::on_type_provider(abilities.register_formatters),
        inlay_hint_provider: Some(hints::provider()),
        semantic_tokens_provider: Some(tokens::provider()),
        signature_help_provider: Some(signature::provider()),
        diagnostic_provider: diagnostics::provider(&abilities),
        execute_command_provider: Some(lsp::ExecuteCommandOptions {
            commands: server::COMMANDS.map(str::to_owned).to_vec(),
            ..lsp::ExecuteCommandOptions::default()
        }),
        workspace: Some(lsp::WorkspaceServerCapabilities {
            workspace_folders: Some(lsp::WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(lsp::OneOf::Left(true)),
            }),
            file_operations: navigate::file_operations(client),
        }),
        ..navigate::capabilities(client)
    }
}

/// What is asked of the client once it is there: to tell about files and about settings.
pub(super) fn registrations(client: Abilities) -> Vec<lsp::Registration> {
    let mut out = Vec::new();
    if client.watch_files {
        let watchers = [
            "**/*Dockerfile*",
            "**/*.dockerfile",
            "**/*.{yml,yaml,py,ipynb,txt,toml,json,runconfig}",
            "**/.{gitignore,dockerignore,amlignore}",
        ];
        let options = json!({"watchers": watchers.map(|glob| json!({"globPattern": glob}))});
        out.push(lsp::Registration {
            id: "amlenv-files".to_owned(),
            method: lsp::notification::DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: Some(options),
        });
    }
    if client.register_formatters {
        out.extend(format::registrations());
    }
    if client.watch_configuration {
        out.push(lsp::Registration {
            id: "amlenv-settings".to_owned(),
            method: lsp::notification::DidChangeConfiguration::METHOD.to_owned(),
            register_options: Some(json!({"section": "amlenv"})),
        });
    }
    out
}

fn text_document_sync() -> lsp::TextDocumentSyncCapability {
    lsp::TextDocumentSyncCapability::Options(lsp::TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(lsp::TextDocumentSyncKind::INCREMENTAL),
        save: Some(lsp::TextDocumentSyncSaveOptions::Supported(true)),
        ..lsp::TextDocumentSyncOptions::default()
    })
}

fn notebook_document_sync()
-> lsp::OneOf<lsp::NotebookDocumentSyncOptions, lsp::NotebookDocumentSyncRegistrationOptions> {
    lsp::OneOf::Left(lsp::NotebookDocumentSyncOptions {
        // Cells of every language: what is written by a cell is read, and cells are counted.
        notebook_selector: vec![lsp::NotebookSelector::ByNotebook {
            notebook: lsp::Notebook::String("jupyter-notebook".to_owned()),
            cells: None,
        }],
        save: Some(true),
    })
}
