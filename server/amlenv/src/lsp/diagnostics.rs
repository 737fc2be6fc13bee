//! What is wrong, as clients are told: pushed when something changes, or pulled by those who ask.

use amlenv_analysis::{Finding, Severity, Tag};
use tower_lsp_server::ls_types as lsp;

use super::proto;
use super::state::{Judged, Snapshot};

/// What the client does with diagnostics.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Abilities {
    /// Whether it asks for them; else they are sent.
    pub(crate) pulls: bool,
}

impl Abilities {
    pub(crate) fn of(_: &lsp::ClientCapabilities) -> Self {
        Self { pulls: false }
    }
}

pub(super) fn provider(_: &super::capabilities::Abilities) -> Option<lsp::DiagnosticServerCapabilities> {
    None
}

/// What to publish of the findings of a file: for its document, or for each of its cells.
pub(crate) fn of(snapshot: &Snapshot, judged: &Judged) -> Vec<(lsp::Uri, i32, Vec<lsp::Diagnostic>)> {
    let mut out: Vec<(lsp::Uri, i32, Vec<lsp::Diagnostic>)> = match snapshot.notebooks.get(&judged.path) {
        Some(notebook) => notebook.cells().map(|(uri, version)| (uri.clone(), version, Vec::new())).collect(),
        None => {
            let uri = proto::uri_of(snapshot, &judged.path);
            uri.into_iter().map(|uri| (uri, judged.version, Vec::new())).collect()
        }
    };
    for finding in &judged.findings {
        let Some(at) = proto::location(snapshot, &finding.file, finding.range) else { continue };
        if let Some((_, _, list)) = out.iter_mut().find(|(uri, ..)| *uri == at.uri) {
            list.push(diagnostic(snapshot, finding));
        }
    }
    out
}

fn diagnostic(snapshot: &Snapshot, finding: &Finding) -> lsp::Diagnostic {
    let related = finding
        .related
        .iter()
        .filter_map(|related| {
            Some(lsp::DiagnosticRelatedInformation {
                location: proto::location(snapshot, &related.file, related.range)?,
                message: related.message.clone(),
            })
        })
        .collect::<Vec<_>>();
    lsp::Diagnostic {
        range: proto::range(snapshot, &finding.file, finding.range),
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
