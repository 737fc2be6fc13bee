//! Formatting of Dockerfiles: a document, a range, and the line behind an escape while it is typed. A client
//! that can is told that this is for Dockerfiles alone, so that it does not ask which formatter of Python or
//! YAML is meant.

use amlenv_analysis::{Edit, FilePath, layout_of, layout_of_part, line_indent};
use amlenv_syntax::HostRange;
use amlenv_syntax::dockerfile::format::{Indent, Layout};
use serde_json::json;
use tower_lsp_server::ls_types::{self as lsp, request::Request as _};

use super::proto;
use super::state::Snapshot;

/// Whether a client takes all three by registration.
pub(super) fn registers(client: &lsp::ClientCapabilities) -> bool {
    client.text_document.as_ref().is_some_and(|document| {
        let dynamic = [
            document.formatting.as_ref().and_then(|ability| ability.dynamic_registration),
            document.range_formatting.as_ref().and_then(|ability| ability.dynamic_registration),
            document.on_type_formatting.as_ref().and_then(|ability| ability.dynamic_registration),
        ];
        dynamic.iter().all(|dynamic| *dynamic == Some(true))
    })
}

/// What the server offers a client that takes no registrations.
pub(super) fn provider(registers: bool) -> Option<lsp::OneOf<bool, lsp::DocumentFormattingOptions>> {
    (!registers).then_some(lsp::OneOf::Left(true))
}

/// The same for ranges.
pub(super) fn range_provider(
    registers: bool,
) -> Option<lsp::OneOf<bool, lsp::DocumentRangeFormattingOptions>> {
    (!registers).then_some(lsp::OneOf::Left(true))
}

/// The same while typing.
pub(super) fn on_type_provider(registers: bool) -> Option<lsp::DocumentOnTypeFormattingOptions> {
    (!registers).then(|| lsp::DocumentOnTypeFormattingOptions {
        first_trigger_character: "\n".to_owned(),
        more_trigger_character: None,
    })
}

/// What is registered with a client that takes it.
pub(super) fn registrations() -> Vec<lsp::Registration> {
    let selector = json!([
        {"language": "dockerfile"},
        {"pattern": "**/*Dockerfile*"},
        {"pattern": "**/*.dockerfile"},
    ]);
    let registration = |method: &str, options| lsp::Registration {
        id: format!("amlenv-{method}"),
        method: method.to_owned(),
        register_options: Some(options),
    };
    vec![
        registration(lsp::request::Formatting::METHOD, json!({"documentSelector": selector})),
        registration(lsp::request::RangeFormatting::METHOD, json!({"documentSelector": selector})),
        registration(
            lsp::request::OnTypeFormatting::METHOD,
            json!({"documentSelector": selector, "firstTriggerCharacter": "\n"}),
        ),
    ]
}

fn layout(options: &lsp::FormattingOptions) -> Layout {
    Layout {
        indent: Indent { tabs: !options.insert_spaces, width: options.tab_size.clamp(1, 16) as usize },
        final_newline: options.insert_final_newline.unwrap_or(false),
        trim_final_newlines: options.trim_final_newlines.unwrap_or(false),
    }
}

pub(super) fn document(
    snapshot: &Snapshot,
    params: &lsp::DocumentFormattingParams,
) -> Option<Vec<lsp::TextEdit>> {
    let uri = &params.text_document.uri;
    let (path, _) = snapshot.range_of(uri)?;
    Some(edits(snapshot, uri, &path, layout_of(&snapshot.workspace, &path, &layout(&params.options))?))
}

pub(super) fn range(
    snapshot: &Snapshot,
    params: &lsp::DocumentRangeFormattingParams,
) -> Option<Vec<lsp::TextEdit>> {
    let uri = &params.text_document.uri;
    let (path, start) = snapshot.locate(uri, params.range.start)?;
    let (_, end) = snapshot.locate(uri, params.range.end)?;
    let range = HostRange::new(start, end);
    let found = layout_of_part(&snapshot.workspace, &path, range, &layout(&params.options))?;
    Some(edits(snapshot, uri, &path, found))
}

pub(super) fn on_type(
    snapshot: &Snapshot,
    params: &lsp::DocumentOnTypeFormattingParams,
) -> Option<Vec<lsp::TextEdit>> {
    let at = &params.text_document_position;
    let (path, offset) = snapshot.locate(&at.text_document.uri, at.position)?;
    let found = line_indent(&snapshot.workspace, &path, offset, layout(&params.options).indent)?;
    Some(edits(snapshot, &at.text_document.uri, &path, vec![found]))
}

/// The edits of a document or cell.
fn edits(snapshot: &Snapshot, uri: &lsp::Uri, path: &FilePath, found: Vec<Edit>) -> Vec<lsp::TextEdit> {
    let edit = |edit: Edit| {
        let at = proto::location(snapshot, path, edit.range)?;
        (at.uri == *uri).then_some(lsp::TextEdit { range: at.range, new_text: edit.text })
    };
    found.into_iter().filter_map(edit).collect()
}
