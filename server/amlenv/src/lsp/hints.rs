//! Inlay hints, and the settings that turn them and the lenses on and off.

use amlenv_analysis::{HintKind, hints};
use amlenv_syntax::HostRange;
use serde_json::Value;
use tower_lsp_server::Client;
use tower_lsp_server::ls_types as lsp;

use super::proto;
use super::state::{Abilities, Snapshot, settings_of};
use crate::configuration::Configurations;

/// What is shown beside the text, by the settings `inlayHints.*` and `codeLens.*`; all of it where nothing
/// is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(super) effective_image: bool,
    pub(super) role: bool,
    pub(super) variables: bool,
    pub(super) register: bool,
    pub(super) used_by: bool,
}

impl Default for Shown {
    fn default() -> Self {
        Self { effective_image: true, role: true, variables: true, register: true, used_by: true }
    }
}

impl Shown {
    /// From the settings object.
    pub(super) fn of(settings: &Value) -> Self {
        let on = |path: &str| settings.pointer(path).and_then(Value::as_bool).unwrap_or(true);
        Self {
            effective_image: on("/inlayHints/effectiveImage"),
            role: on("/inlayHints/role"),
            variables: on("/inlayHints/variables"),
            register: on("/codeLens/register"),
            used_by: on("/codeLens/usedBy"),
        }
    }
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
    let settings = settings_of(&path, &snapshot.workspace, &mut Configurations::default());
    let shown = snapshot.shown;
    let wanted = |kind: HintKind| match kind {
        HintKind::EffectiveImage => shown.effective_image,
        HintKind::Role => shown.role,
        HintKind::Variable => shown.variables,
    };
    let found = hints(&snapshot.workspace, &path, HostRange::new(start, end), &settings);
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
pub(super) fn refresh(client: &Client, abilities: Abilities) {
    let client = client.clone();
    tokio::spawn(async move {
        // A client that refuses asks again by itself, sooner or later.
        if abilities.refresh_hints {
            let _ = client.inlay_hint_refresh().await;
        }
        if abilities.refresh_lenses {
            let _ = client.code_lens_refresh().await;
        }
    });
}
