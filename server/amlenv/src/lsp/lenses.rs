//! Code lenses: registering an environment, and who uses a file. And the graph that the second opens.

use std::sync::atomic::{AtomicU64, Ordering};

use amlenv_analysis::{FilePath, lenses, relations, usages};
use serde_json::{Value, json};
use tower_lsp_server::Client;
use tower_lsp_server::ls_types as lsp;

use super::register::Named;
use super::state::Snapshot;
use super::{proto, register};
use crate::drawing::Drawing;

/// The name of the command that shows what refers to what.
pub(super) const SHOW_GRAPH: &str = "amlenv.showGraph";

/// The lenses of a document or cell; `None` for one that is not open.
pub(super) fn of_document(snapshot: &Snapshot, uri: &lsp::Uri) -> Option<Vec<lsp::CodeLens>> {
    let path = snapshot.file_of(uri);
    let file = proto::uri_of(snapshot, &path)?;
    let mut out = Vec::new();
    if snapshot.client.is_on("codeLens", "register") {
        for lens in lenses(&snapshot.workspace, &path) {
            let Some(at) = proto::location(snapshot, &path, lens.range).filter(|at| at.uri == *uri) else {
                continue;
            };
            let known = register::known(snapshot, &path, lens.whole);
            let what = Named { environment: Some(lens.environment), name: None };
            for command in register::commands(snapshot, &lens.title, known, &file, &what) {
                out.push(lsp::CodeLens { range: at.range, command: Some(command), data: None });
            }
        }
    }
    if snapshot.client.is_on("codeLens", "usedBy") && snapshot.range_of(uri).is_some() {
        out.extend(usages(&snapshot.with_users_of(&path), &path).into_iter().filter_map(|usage| {
            let at = proto::location(snapshot, &path, usage.range)?;
            let mut files: Vec<&FilePath> = usage.places.iter().map(|(file, _)| file).collect();
            files.dedup();
            let title = match files.as_slice() {
                [one] => format!("Used by {}", one.file_name()),
                files => format!("Used by {} files", files.len()),
            };
            // Without a way to show documents, it can only be read.
            let able = snapshot.abilities.show_documents;
            let command = lsp::Command {
                title,
                command: if able { SHOW_GRAPH } else { "" }.to_owned(),
                arguments: able.then(|| vec![json!({"uri": file.as_str()})]),
            };
            (at.uri == *uri).then_some(lsp::CodeLens { range: at.range, command: Some(command), data: None })
        }));
    }
    Some(out)
}

/// What refers to what around a document, or around all that is open: as text and for Mermaid.
pub(super) struct Graph {
    text: String,
    mermaid: String,
    show: bool,
}

/// The graph around the file of a document, with those who refer to it; of all known files without one.
pub(super) fn graph(snapshot: &Snapshot, uri: Option<&lsp::Uri>) -> Graph {
    let near = uri.map(|uri| snapshot.with_users_of(&snapshot.file_of(uri)));
    let workspace = near.as_ref().unwrap_or(&snapshot.workspace);
    let paths: Vec<FilePath> = match uri {
        Some(uri) => {
            let path = snapshot.file_of(uri);
            let users = usages(workspace, &path).into_iter().flat_map(|usage| usage.places);
            let mut paths: Vec<FilePath> = users.map(|(user, _)| user).collect();
            paths.push(path);
            paths
        }
        None => workspace.files().map(|file| file.path().clone()).collect(),
    };
    let found = relations(workspace, &paths);
    let shown = |path: &FilePath| match workspace.root_of(path) {
        Some(root) => path.relative_to(root),
        None => path.as_str().to_owned(),
    };
    let drawing = Drawing { workspace, found: &found, shown: &shown };
    Graph { text: drawing.text(), mermaid: drawing.mermaid(), show: snapshot.abilities.show_documents }
}

/// Shows a graph in a document, where the client can, and gives it as the answer. The client is not waited
/// for.
pub(super) fn show(client: &Client, graph: Graph) -> Value {
    if graph.show {
        let text = format!("```mermaid\n{}```\n\n```text\n{}```\n", graph.mermaid, graph.text);
        show_text(client, "graph.md", &text);
    }
    json!({"text": graph.text, "mermaid": graph.mermaid})
}

/// Shows a text in a document of that name. The client is not waited for.
pub(super) fn show_text(client: &Client, name: &str, text: &str) {
    if let Some(uri) = written(name, text) {
        let client = client.clone();
        tokio::spawn(async move {
            let shown = lsp::ShowDocumentParams { uri, external: None, take_focus: None, selection: None };
            // A client that cannot show it tells the user itself.
            let _ = client.show_document(shown).await;
        });
    }
}

/// Writes a text into a file for things that pass.
fn written(name: &str, text: &str) -> Option<lsp::Uri> {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("amlenv-shown-{}-{number}", std::process::id()));
    std::fs::create_dir(&folder).ok()?;
    let path = folder.join(name);
    std::fs::write(&path, text).ok()?;
    lsp::Uri::from_file_path(&path)
}
