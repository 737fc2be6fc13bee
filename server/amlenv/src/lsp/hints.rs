//! Inlay hints, and what tells a client to ask for them and for lenses again.

use amlenv_analysis::{HintKind, hints};
use amlenv_syntax::HostRange;
use tower_lsp_server::Client;
use tower_lsp_server::ls_types as lsp;

use super::proto;
use super::settings::ClientSettings;
use super::state::Snapshot;

/// What a client asks for again when it is told to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Refresh {
    hints: bool,
    lenses: bool,
}

impl Refresh {
    pub(super) fn of(client: &lsp::ClientCapabilities) -> Self {
        let workspace = client.workspace.as_ref();
        let hint = workspace.and_then(|workspace| workspace.inlay_hint.as_ref());
        let lens = workspace.and_then(|workspace| workspace.code_lens.as_ref());
        Self {
            hints: hint.and_then(|hint| hint.refresh_support).unwrap_or(false),
            lenses: lens.and_then(|lens| lens.refresh_support).unwrap_or(false),
        }
    }
}

/// The switch of a kind of hint.
fn is_on(settings: &ClientSettings, kind: HintKind) -> bool {
    let part = match kind {
        HintKind::EffectiveImage => "effectiveImage",
        HintKind::Role => "role",
        HintKind::Variable => "variables",
    };
    settings.is_on("inlayHints", part)
}

/// Whether something else is to be shown beside the text by other settings.
pub(super) fn differ(old: &ClientSettings, new: &ClientSettings) -> bool {
    let kinds = [HintKind::EffectiveImage, HintKind::Role, HintKind::Variable];
    kinds.iter().any(|kind| is_on(old, *kind) != is_on(new, *kind))
        || ["register", "usedBy"]
            .iter()
            .any(|part| old.is_on("codeLens", part) != new.is_on("codeLens", part))
}

/// What the server offers.
pub(super) fn provider() -> lsp::OneOf<bool, lsp::InlayHintServerCapabilities> {
    lsp::OneOf::Left(true)
}

/// The hints of a range of a document or cell; `None` for one that is not open.
pub(super) fn of_range(
    snapshot: &Snapshot,
    uri: &lsp::Uri,
    range: lsp::Range,
) -> Option<Vec<lsp::InlayHint>> {
    let (path, start) = snapshot.locate(uri, range.start)?;
    let (_, end) = snapshot.locate(uri, range.end)?;
    let settings = snapshot.settings(&path);
    let wanted = |kind: HintKind| is_on(&snapshot.client, kind);
    let found = hints(&snapshot.with_users_of(&path), &path, HostRange::new(start, end), &settings);
    let hint = |hint: amlenv_analysis::Hint| {
        let at = proto::location(snapshot, &path, hint.range)?;
        (at.uri == *uri).then(|| lsp::InlayHint {
            position: at.range.end,
            label: lsp::InlayHintLabel::String(hint.label),
            kind: None,
            text_edits: None,
            tooltip: hint.tooltip.map(proto::markdown).map(lsp::InlayHintTooltip::MarkupContent),
            padding_left: Some(true),
            padding_right: None,
            data: None,
        })
    };
    Some(found.into_iter().filter(|hint| wanted(hint.kind)).filter_map(hint).collect())
}

/// Tells the client that what it shows beside the text may be another now. Its answer is not waited for.
pub(super) fn refresh(client: &Client, able: Refresh) {
    let client = client.clone();
    tokio::spawn(async move {
        // A client that refuses asks again by itself, sooner or later.
        if able.hints {
            let _ = client.inlay_hint_refresh().await;
        }
        if able.lenses {
            let _ = client.code_lens_refresh().await;
        }
    });
}
