//! Hover: what the core says of a place, as Markdown or as plain text.

use std::sync::Arc;

use amlenv_analysis::hover;
use tower_lsp_server::ls_types as lsp;

use super::state::{Shared, Snapshot};
use super::{catalogue, proto};

/// Whether a client shows Markdown; one that says nothing of formats does.
pub(super) fn takes_markdown(client: &lsp::ClientCapabilities) -> bool {
    let document = client.text_document.as_ref();
    let formats = document.and_then(|document| document.hover.as_ref()?.content_format.as_ref());
    formats.is_none_or(|formats| formats.contains(&lsp::MarkupKind::Markdown))
}

/// What stands at a position.
pub(super) fn at(
    shared: &Arc<Shared>,
    snapshot: &Snapshot,
    at: &lsp::TextDocumentPositionParams,
) -> Option<lsp::Hover> {
    let (path, offset) = snapshot.locate(&at.text_document.uri, at.position)?;
    let workspace = catalogue::for_hover(shared, snapshot, &path, offset);
    let found = hover(&workspace, &path, offset)?;
    let contents = if snapshot.abilities.hover_markdown {
        proto::markdown(found.markdown)
    } else {
        lsp::MarkupContent { kind: lsp::MarkupKind::PlainText, value: proto::plain(&found.markdown) }
    };
    let range = Some(proto::range(snapshot, &path, found.range));
    Some(lsp::Hover { range, contents: lsp::HoverContents::Markup(contents) })
}
