//! Signature help: what a constructor of either SDK takes.

use amlenv_analysis::signature;
use tower_lsp_server::ls_types as lsp;

use super::proto;
use super::state::Snapshot;

/// What the server offers.
pub(super) fn provider() -> lsp::SignatureHelpOptions {
    lsp::SignatureHelpOptions {
        trigger_characters: Some(["(", ","].map(str::to_owned).to_vec()),
        retrigger_characters: Some(["=", ")"].map(str::to_owned).to_vec()),
        ..lsp::SignatureHelpOptions::default()
    }
}

/// Whether a client takes the places of parameters in a label for the parameters themselves.
pub(super) fn takes_offsets(client: &lsp::ClientCapabilities) -> bool {
    client
        .text_document
        .as_ref()
        .and_then(|document| document.signature_help.as_ref())
        .and_then(|help| help.signature_information.as_ref())
        .and_then(|information| information.parameter_information.as_ref())
        .and_then(|parameter| parameter.label_offset_support)
        .unwrap_or(false)
}

/// The call that is open at a place.
pub(super) fn at(snapshot: &Snapshot, at: &lsp::TextDocumentPositionParams) -> Option<lsp::SignatureHelp> {
    let (path, offset) = snapshot.locate(&at.text_document.uri, at.position)?;
    let found = signature(&snapshot.workspace, &path, offset)?;
    let units = |byte: usize| {
        let head = found.label.get(..byte).unwrap_or(&found.label);
        u32::try_from(head.encode_utf16().count()).unwrap_or(u32::MAX)
    };
    let parameters = found.parameters.iter().map(|parameter| {
        let (start, end) = parameter.label;
        let label = if snapshot.abilities.label_offsets {
            lsp::ParameterLabel::LabelOffsets([units(start), units(end)])
        } else {
            lsp::ParameterLabel::Simple(found.label.get(start..end).unwrap_or("").to_owned())
        };
        let documentation = proto::markdown(parameter.documentation.clone());
        lsp::ParameterInformation {
            label,
            documentation: Some(lsp::Documentation::MarkupContent(documentation)),
        }
    });
    // A number that no parameter has is how a client is told that it is none of them.
    let none = u32::try_from(found.parameters.len()).unwrap_or(u32::MAX);
    let active = found.active.and_then(|number| u32::try_from(number).ok()).unwrap_or(none);
    let information = lsp::SignatureInformation {
        label: found.label.clone(),
        documentation: Some(lsp::Documentation::MarkupContent(proto::markdown(found.documentation.clone()))),
        parameters: Some(parameters.collect()),
        active_parameter: Some(active),
    };
    Some(lsp::SignatureHelp {
        signatures: vec![information],
        active_signature: Some(0),
        active_parameter: Some(active),
    })
}
