//! Between the core's plain data and the types of the protocol. Bytes inside, positions outside.

use std::collections::HashMap;

use amlenv_analysis::{Completion, CompletionKind, Edit, FilePath, Finding, Severity, Tag};
use amlenv_syntax::HostRange;
use tower_lsp_server::ls_types as lsp;

use super::state::Snapshot;
use super::text::Text;

/// The path of a document; documents that are no files get one of their own.
pub(crate) fn path_of(uri: &lsp::Uri) -> FilePath {
    match uri.to_file_path() {
        Some(path) if uri.as_str().starts_with("file:") => FilePath::new(&path.to_string_lossy()),
        _ => FilePath::new(&format!("/-/{}", uri.as_str())),
    }
}

/// The document of a path: as the client wrote it, if it is open.
pub(crate) fn uri_of(snapshot: &Snapshot, path: &FilePath) -> Option<lsp::Uri> {
    match snapshot.documents.get(path) {
        Some(document) => Some(document.uri.clone()),
        None => lsp::Uri::from_file_path(path.as_str()),
    }
}

/// Where a range of a file stands.
pub(crate) fn range(snapshot: &Snapshot, path: &FilePath, range: HostRange) -> lsp::Range {
    let place = |text: &Text| {
        lsp::Range::new(
            text.position(range.start, snapshot.encoding),
            text.position(range.end, snapshot.encoding),
        )
    };
    match (snapshot.documents.get(path), snapshot.workspace.file(path)) {
        (Some(document), _) => place(&document.text),
        (None, Some(file)) => place(&Text::new(file.text())),
        (None, None) => lsp::Range::default(),
    }
}

pub(crate) fn diagnostic(snapshot: &Snapshot, finding: &Finding) -> lsp::Diagnostic {
    let related = finding
        .related
        .iter()
        .filter_map(|related| {
            Some(lsp::DiagnosticRelatedInformation {
                location: lsp::Location::new(
                    uri_of(snapshot, &related.file)?,
                    range(snapshot, &related.file, related.range),
                ),
                message: related.message.clone(),
            })
        })
        .collect::<Vec<_>>();
    lsp::Diagnostic {
        range: range(snapshot, &finding.file, finding.range),
        severity: Some(match finding.severity {
            Severity::Error => lsp::DiagnosticSeverity::ERROR,
            Severity::Warning => lsp::DiagnosticSeverity::WARNING,
            Severity::Information => lsp::DiagnosticSeverity::INFORMATION,
            Severity::Hint => lsp::DiagnosticSeverity::HINT,
        }),
        code: Some(lsp::NumberOrString::String(finding.rule.code.to_owned())),
        code_description: finding.rule.url().parse().ok().map(|href| lsp::CodeDescription { href }),
        source: Some("amlenv".to_owned()),
        message: finding.message.clone(),
        related_information: (!related.is_empty()).then_some(related),
        tags: finding.tag.map(|tag| {
            vec![match tag {
                Tag::Unnecessary => lsp::DiagnosticTag::UNNECESSARY,
                Tag::Deprecated => lsp::DiagnosticTag::DEPRECATED,
            }]
        }),
        data: None,
    }
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
    let mut by_file: Vec<(&FilePath, Vec<lsp::TextEdit>)> = Vec::new();
    for edit in edits {
        let new =
            lsp::TextEdit { range: range(snapshot, &edit.file, edit.range), new_text: edit.text.clone() };
        match by_file.iter_mut().find(|(file, _)| **file == edit.file) {
            Some((_, list)) => list.push(new),
            None => by_file.push((&edit.file, vec![new])),
        }
    }
    if !snapshot.abilities.document_changes {
        let changes: HashMap<lsp::Uri, Vec<lsp::TextEdit>> =
            by_file.into_iter().filter_map(|(file, edits)| Some((uri_of(snapshot, file)?, edits))).collect();
        return lsp::WorkspaceEdit { changes: Some(changes), ..lsp::WorkspaceEdit::default() };
    }
    let changes = by_file
        .into_iter()
        .filter_map(|(file, edits)| {
            let version = snapshot.documents.get(file).map(|document| document.version);
            Some(lsp::TextDocumentEdit {
                text_document: lsp::OptionalVersionedTextDocumentIdentifier {
                    uri: uri_of(snapshot, file)?,
                    version,
                },
                edits: edits.into_iter().map(lsp::OneOf::Left).collect(),
            })
        })
        .collect();
    lsp::WorkspaceEdit {
        document_changes: Some(lsp::DocumentChanges::Edits(changes)),
        ..lsp::WorkspaceEdit::default()
    }
}
