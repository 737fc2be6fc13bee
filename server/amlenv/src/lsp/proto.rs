//! Between the core's plain data and the types of the protocol. Bytes inside, positions outside.

use std::collections::HashMap;

use amlenv_analysis::{Completion, CompletionKind, Edit, FilePath};
use amlenv_syntax::HostRange;
use tower_lsp_server::ls_types as lsp;

use super::state::Snapshot;
use super::text::Text;

/// The path of a document; documents that are no files get one of their own.
pub(crate) fn path_of(uri: &lsp::Uri) -> FilePath {
    match uri.to_file_path() {
        // A fragment names a part of a file, such as a cell of a notebook.
        Some(path) if uri.as_str().starts_with("file:") && !uri.as_str().contains('#') => {
            FilePath::new(&path.to_string_lossy())
        }
        _ => FilePath::new(&format!("/-/{}", uri.as_str())),
    }
}

/// The document of a path: as the client wrote it, if it is open.
pub(crate) fn uri_of(snapshot: &Snapshot, path: &FilePath) -> Option<lsp::Uri> {
    let document = snapshot.documents.get(path).map(|document| &document.uri);
    let open = document.or_else(|| snapshot.notebooks.get(path).map(|notebook| &notebook.uri));
    open.cloned().or_else(|| lsp::Uri::from_file_path(path.as_str()))
}

/// Where a range of a file stands: the document or cell, its version if it is open, and the range there.
/// `None` for a file that has no address.
fn place(
    snapshot: &Snapshot,
    path: &FilePath,
    range: HostRange,
) -> Option<(lsp::Uri, Option<i32>, lsp::Range)> {
    if let Some(notebook) = snapshot.notebooks.get(path) {
        let (uri, version, range) = notebook.place(range, snapshot.encoding)?;
        return Some((uri.clone(), Some(version), range));
    }
    let within = |text: &Text| {
        lsp::Range::new(
            text.position(range.start, snapshot.encoding),
            text.position(range.end, snapshot.encoding),
        )
    };
    let uri = uri_of(snapshot, path)?;
    Some(match (snapshot.documents.get(path), snapshot.workspace.file(path)) {
        (Some(document), _) => (uri, Some(document.version), within(&document.text)),
        (None, Some(file)) => (uri, None, within(&Text::new(file.text()))),
        (None, None) => (uri, None, lsp::Range::default()),
    })
}

/// Where a range of a file stands, in its document or cell.
pub(crate) fn location(snapshot: &Snapshot, path: &FilePath, range: HostRange) -> Option<lsp::Location> {
    let (uri, _, range) = place(snapshot, path, range)?;
    Some(lsp::Location::new(uri, range))
}

/// Where a range of a file stands, for an answer that speaks of one document anyhow.
pub(crate) fn range(snapshot: &Snapshot, path: &FilePath, range: HostRange) -> lsp::Range {
    place(snapshot, path, range).map(|(_, _, range)| range).unwrap_or_default()
}

pub(crate) fn completion(snapshot: &Snapshot, item: Completion) -> lsp::CompletionItem {
    let edit =
        lsp::TextEdit { range: range(snapshot, &item.edit.file, item.edit.range), new_text: item.edit.text };
    lsp::CompletionItem {
        label: item.label,
        kind: Some(match item.kind {
            CompletionKind::Image => lsp::CompletionItemKind::MODULE,
            CompletionKind::Tag => lsp::CompletionItemKind::CONSTANT,
            CompletionKind::Environment => lsp::CompletionItemKind::REFERENCE,
            CompletionKind::Keyword => lsp::CompletionItemKind::KEYWORD,
            CompletionKind::Property => lsp::CompletionItemKind::PROPERTY,
            CompletionKind::Value => lsp::CompletionItemKind::VALUE,
            CompletionKind::Path => lsp::CompletionItemKind::FILE,
            CompletionKind::Stage => lsp::CompletionItemKind::CLASS,
        }),
        detail: item.detail,
        documentation: item.documentation.map(markdown).map(lsp::Documentation::MarkupContent),
        filter_text: Some(item.filter),
        sort_text: Some(item.sort),
        tags: item.deprecated.then(|| vec![lsp::CompletionItemTag::DEPRECATED]),
        text_edit: Some(lsp::CompletionTextEdit::Edit(edit)),
        ..lsp::CompletionItem::default()
    }
}

pub(crate) fn markdown(value: String) -> lsp::MarkupContent {
    lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value }
}

/// Edits as the client can take them: with versions where it understands them, so that they are
/// refused if the document has changed.
pub(crate) fn workspace_edit(snapshot: &Snapshot, edits: &[Edit]) -> lsp::WorkspaceEdit {
    let mut by_document: Vec<(lsp::Uri, Option<i32>, Vec<lsp::TextEdit>)> = Vec::new();
    for edit in edits {
        let Some((uri, version, range)) = place(snapshot, &edit.file, edit.range) else { continue };
        let new = lsp::TextEdit { range, new_text: edit.text.clone() };
        match by_document.iter_mut().find(|(known, ..)| *known == uri) {
            Some((_, _, list)) => list.push(new),
            None => by_document.push((uri, version, vec![new])),
        }
    }
    edit_of_documents(snapshot, by_document)
}

/// Edits of documents, with versions where the client understands them.
pub(crate) fn edit_of_documents(
    snapshot: &Snapshot,
    by_document: Vec<(lsp::Uri, Option<i32>, Vec<lsp::TextEdit>)>,
) -> lsp::WorkspaceEdit {
    if !snapshot.abilities.document_changes {
        let changes: HashMap<lsp::Uri, Vec<lsp::TextEdit>> =
            by_document.into_iter().map(|(uri, _, edits)| (uri, edits)).collect();
        return lsp::WorkspaceEdit { changes: Some(changes), ..lsp::WorkspaceEdit::default() };
    }
    let changes = by_document.into_iter().map(|(uri, version, edits)| document_edit(uri, version, edits));
    lsp::WorkspaceEdit {
        document_changes: Some(lsp::DocumentChanges::Edits(changes.collect())),
        ..lsp::WorkspaceEdit::default()
    }
}

/// The same edit, with a word that the client shows before it makes it.
pub(crate) fn annotated(
    mut edit: lsp::WorkspaceEdit,
    annotation: lsp::ChangeAnnotation,
) -> lsp::WorkspaceEdit {
    const ID: &str = "amlenv";
    if let Some(lsp::DocumentChanges::Edits(documents)) = &mut edit.document_changes {
        for document in documents {
            for edit in &mut document.edits {
                if let lsp::OneOf::Left(text_edit) = edit {
                    let text_edit = std::mem::take(text_edit);
                    *edit =
                        lsp::OneOf::Right(lsp::AnnotatedTextEdit { text_edit, annotation_id: ID.to_owned() });
                }
            }
        }
        edit.change_annotations = Some(HashMap::from([(ID.to_owned(), annotation)]));
    }
    edit
}

/// Edits that also make files: first those, then the changes of what is there. For clients that can; an
/// edit of theirs fails as a whole where one of the files has come to be meanwhile.
pub(crate) fn creating_edit(
    snapshot: &Snapshot,
    edits: &[Edit],
    creates: &[(FilePath, String)],
) -> Option<lsp::WorkspaceEdit> {
    let mut operations = Vec::new();
    for (path, text) in creates {
        let uri = lsp::Uri::from_file_path(path.as_str())?;
        operations.push(lsp::DocumentChangeOperation::Op(lsp::ResourceOp::Create(lsp::CreateFile {
            uri: uri.clone(),
            options: Some(lsp::CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(false) }),
            annotation_id: None,
        })));
        let new = lsp::TextEdit { range: lsp::Range::default(), new_text: text.clone() };
        operations.push(lsp::DocumentChangeOperation::Edit(document_edit(uri, None, vec![new])));
    }
    if let Some(lsp::DocumentChanges::Edits(edits)) = workspace_edit(snapshot, edits).document_changes {
        operations.extend(edits.into_iter().map(lsp::DocumentChangeOperation::Edit));
    }
    Some(lsp::WorkspaceEdit {
        document_changes: Some(lsp::DocumentChanges::Operations(operations)),
        ..lsp::WorkspaceEdit::default()
    })
}

fn document_edit(uri: lsp::Uri, version: Option<i32>, edits: Vec<lsp::TextEdit>) -> lsp::TextDocumentEdit {
    lsp::TextDocumentEdit {
        text_document: lsp::OptionalVersionedTextDocumentIdentifier { uri, version },
        edits: edits.into_iter().map(lsp::OneOf::Left).collect(),
    }
}
