//! Refactorings and the conversion to v2, as code actions and as commands. What a client cannot do is
//! left out, or shown with the reason where it can show that.

use std::sync::atomic::{AtomicU64, Ordering};

use amlenv_analysis::{
    Action, FilePath, Refactor, RefactorKind, Settings, Workspace, actions, conversion_beside,
};
use amlenv_syntax::HostRange;
use serde_json::{Value, json};
use tower_lsp_server::Client;
use tower_lsp_server::ls_types as lsp;

use super::proto;
use super::server::EXTRACT;
use super::state::Snapshot;
use crate::disk;

/// Why a client that makes no files is not offered what needs them.
const NO_FILES: &str =
    "This editor does not make files for a language server; on the command line there is `amlenv convert`.";

/// The workspace with a listing of the folder of a file, so that new files get names that are free.
pub(super) fn listed(workspace: &Workspace, path: &FilePath) -> Workspace {
    let mut out = workspace.clone();
    let folder = path.parent();
    if workspace.file(path).is_some() && !path.as_str().starts_with("/-/") {
        let fact = disk::look(&out, &folder);
        out.set_fact(folder, fact);
    }
    out
}

/// The code action of a refactoring, if the client wants and can do it.
pub(super) fn action(
    snapshot: &Snapshot,
    found: Refactor,
    params: &lsp::CodeActionParams,
    wanted: &dyn Fn(&str) -> bool,
) -> Option<lsp::CodeAction> {
    let mended: Vec<lsp::Diagnostic> = params
        .context
        .diagnostics
        .iter()
        .filter(|said| {
            let code = found.mends.map(|code| lsp::NumberOrString::String(code.to_owned()));
            code.is_some() && said.code == code
        })
        .cloned()
        .collect();
    let kind = match found.kind {
        _ if !mended.is_empty() => lsp::CodeActionKind::QUICKFIX,
        RefactorKind::Extract => lsp::CodeActionKind::REFACTOR_EXTRACT,
        RefactorKind::Inline => lsp::CodeActionKind::REFACTOR_INLINE,
        RefactorKind::Rewrite => lsp::CodeActionKind::REFACTOR_REWRITE,
    };
    if !wanted(kind.as_str()) {
        return None;
    }
    let (edit, disabled) = edit(snapshot, &found);
    Some(lsp::CodeAction {
        title: found.title,
        kind: Some(kind),
        diagnostics: (!mended.is_empty()).then_some(mended),
        edit,
        disabled: disabled.map(|reason| lsp::CodeActionDisabled { reason }),
        ..lsp::CodeAction::default()
    })
}

/// The edit of a refactoring, or why there is none.
fn edit(snapshot: &Snapshot, found: &Refactor) -> (Option<lsp::WorkspaceEdit>, Option<String>) {
    if let Some(reason) = &found.disabled {
        return (None, Some(reason.clone()));
    }
    if found.creates.is_empty() {
        return (Some(proto::workspace_edit(snapshot, &found.edits)), None);
    }
    if !snapshot.abilities.create_files {
        return (None, Some(NO_FILES.to_owned()));
    }
    match proto::creating_edit(snapshot, &found.edits, &found.creates) {
        Some(edit) => (Some(edit), None),
        None => (None, Some("The new files would have no address.".to_owned())),
    }
}

/// What a command comes to: an edit to send, documents or a message to show, and the answer of the request.
pub(super) struct Outcome {
    documents: Vec<lsp::Uri>,
    edit: Option<lsp::WorkspaceEdit>,
    message: Option<String>,
    answer: Value,
}

/// Works out a command on a snapshot.
pub(super) fn of_command(
    snapshot: &Snapshot,
    command: &str,
    uri: &lsp::Uri,
    environment: Option<String>,
) -> Outcome {
    let path = snapshot.file_of(uri);
    let workspace = listed(&snapshot.workspace, &path);
    let found = if command == EXTRACT {
        extraction(&workspace, &path, environment.as_deref(), &snapshot.settings(&path))
    } else {
        Some(conversion_beside(&workspace, &path, environment))
    };
    let Some(found) = found else {
        let message = "There is no Dockerfile text here that could be moved into a file.".to_owned();
        return Outcome { documents: Vec::new(), edit: None, message: Some(message), answer: Value::Null };
    };
    let files: Vec<Value> =
        found.creates.iter().map(|(path, text)| json!({"path": path.as_str(), "text": text})).collect();
    let (edit, mut message) = edit(snapshot, &found);
    let edit = edit.filter(|_| snapshot.abilities.apply_edits);
    if edit.is_none() && message.is_none() {
        message = Some("This editor applies no edits of a language server.".to_owned());
    }
    let mut documents = Vec::new();
    if edit.is_none()
        && found.disabled.is_none()
        && found.edits.is_empty()
        && snapshot.abilities.show_documents
        && let Ok(shown) = put_aside(&path.parent(), &found.creates)
    {
        documents = shown;
        message = None;
    }
    Outcome { documents, edit, message, answer: json!({ "files": files }) }
}

/// Writes files into a new folder for things that pass, to be looked at and saved from there.
fn put_aside(folder: &FilePath, files: &[(FilePath, String)]) -> std::io::Result<Vec<lsp::Uri>> {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let aside = std::env::temp_dir().join(format!("amlenv-{}-{number}", std::process::id()));
    std::fs::create_dir(&aside)?;
    let mut out = Vec::new();
    for (path, text) in files {
        let path = aside.join(path.relative_to(folder));
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(&path, text)?;
        out.extend(lsp::Uri::from_file_path(&path));
    }
    Ok(out)
}

/// Sends what a command came to. The client's answer is not waited for.
pub(super) fn finish(client: &Client, outcome: Outcome) -> Option<Value> {
    let client = client.clone();
    tokio::spawn(async move {
        if let Some(message) = outcome.message {
            client.show_message(lsp::MessageType::WARNING, message).await;
        }
        for uri in outcome.documents {
            let shown = lsp::ShowDocumentParams { uri, external: None, take_focus: None, selection: None };
            // A client that cannot show it tells the user itself.
            let _ = client.show_document(shown).await;
        }
        if let Some(edit) = outcome.edit {
            // A client that cannot apply it tells the user itself.
            let _ = client.apply_edit(edit).await;
        }
    });
    (!outcome.answer.is_null()).then_some(outcome.answer)
}

/// Whether a refactoring moves Dockerfile text into a file.
fn is_dockerfile(found: &Refactor) -> bool {
    let named = |path: &FilePath| path.file_name().contains("Dockerfile");
    found.kind == RefactorKind::Extract && found.creates.iter().any(|(path, _)| named(path))
}

/// The move of Dockerfile text into a file: of the environment with that name, variable or number, else
/// the first that there is.
fn extraction(
    workspace: &Workspace,
    path: &FilePath,
    environment: Option<&str>,
    settings: &Settings,
) -> Option<Refactor> {
    let file = workspace.file(path)?;
    let environments: Vec<_> = file.environments().collect();
    let meant = |number: usize| {
        let found = environments.get(number)?;
        let named = environment.is_none_or(|wanted| {
            found.name() == Some(wanted)
                || found.variable.as_deref() == Some(wanted)
                || wanted.parse() == Ok(number + 1)
        });
        named.then_some(found.range)
    };
    let whole = HostRange::new(0, file.text().len());
    let ranges: Vec<HostRange> = if environments.is_empty() {
        vec![whole]
    } else {
        (0..environments.len()).filter_map(meant).collect()
    };
    ranges.into_iter().find_map(|range| {
        actions(workspace, path, range, settings).into_iter().find_map(|action| match action {
            Action::Refactor(found) if is_dockerfile(&found) => Some(found),
            _ => None,
        })
    })
}
