//! Code actions: the fixes of findings, refactorings, registering. What a client cannot do is left out,
//! or shown with the reason where it can show that.

use amlenv_analysis::{Action, Applicability, actions};
use amlenv_syntax::HostRange;
use serde_json::json;
use tower_lsp_server::ls_types as lsp;

use super::capabilities::Abilities;
use super::server::REGISTER;
use super::state::Snapshot;
use super::{proto, refactor};
use crate::fix;

pub(super) fn provider(_: &Abilities) -> lsp::CodeActionProviderCapability {
    lsp::CodeActionProviderCapability::Options(lsp::CodeActionOptions {
        code_action_kinds: Some(vec![
            lsp::CodeActionKind::QUICKFIX,
            fix_all_kind(),
            lsp::CodeActionKind::REFACTOR_EXTRACT,
            lsp::CodeActionKind::REFACTOR_INLINE,
            lsp::CodeActionKind::REFACTOR_REWRITE,
        ]),
        ..lsp::CodeActionOptions::default()
    })
}

fn fix_all_kind() -> lsp::CodeActionKind {
    lsp::CodeActionKind::new("source.fixAll.amlenv")
}

pub(super) fn register_command(title: String, uri: &lsp::Uri, environment: &str) -> lsp::Command {
    let argument = json!({"uri": uri.as_str(), "environment": environment});
    lsp::Command { title, command: REGISTER.to_owned(), arguments: Some(vec![argument]) }
}

pub(super) fn code_actions(snapshot: &Snapshot, params: &lsp::CodeActionParams) -> lsp::CodeActionResponse {
    let uri = &params.text_document.uri;
    let start = snapshot.locate(uri, params.range.start);
    let end = snapshot.locate(uri, params.range.end);
    let (Some((path, start)), Some((_, end))) = (start, end) else { return Vec::new() };
    let Some(file) = proto::uri_of(snapshot, &path) else { return Vec::new() };
    let wanted = |kind: &str| {
        params.context.only.as_ref().is_none_or(|only| {
            only.iter()
                .any(|asked| kind == asked.as_str() || kind.starts_with(&format!("{}.", asked.as_str())))
        })
    };
    let settings = snapshot.settings(&path);
    let mut out: lsp::CodeActionResponse = Vec::new();
    let workspace = refactor::listed(&snapshot.workspace, &path);
    for action in actions(&workspace, &path, HostRange::new(start, end), &settings) {
        match action {
            Action::Refactor(found) => out.extend(refactor::action(snapshot, found, params, &wanted)),
            Action::Fix { code, range, fix, preferred } if wanted("quickfix") => {
                let place = proto::range(snapshot, &path, range);
                let mended = params.context.diagnostics.iter().filter(|diagnostic| {
                    diagnostic.range == place
                        && diagnostic.code == Some(lsp::NumberOrString::String(code.to_owned()))
                });
                let diagnostics: Vec<lsp::Diagnostic> = mended.cloned().collect();
                out.push(lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
                    title: fix.title,
                    kind: Some(lsp::CodeActionKind::QUICKFIX),
                    diagnostics: (!diagnostics.is_empty()).then_some(diagnostics),
                    edit: Some(proto::workspace_edit(snapshot, &fix.edits)),
                    is_preferred: Some(preferred),
                    ..lsp::CodeAction::default()
                }));
            }
            // It has no kind, so a client that asks for kinds does not want it.
            Action::Register { title, environment, disabled } if params.context.only.is_none() => {
                if disabled.is_some() && !snapshot.abilities.disabled_actions {
                    continue;
                }
                out.push(lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
                    command: disabled.is_none().then(|| register_command(title.clone(), &file, &environment)),
                    disabled: disabled.map(|reason| lsp::CodeActionDisabled { reason }),
                    title,
                    ..lsp::CodeAction::default()
                }));
            }
            _ => {}
        }
    }
    if wanted("source.fixAll.amlenv") {
        let findings = amlenv_analysis::diagnostics(&snapshot.workspace, &path, &settings);
        let safe = findings
            .iter()
            .filter_map(|finding| finding.fixes.iter().find(|fix| fix.applicability == Applicability::Safe));
        let (edits, count) = fix::choose(safe);
        if count > 0 {
            out.push(lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
                title: "Fix all that amlenv can fix safely".to_owned(),
                kind: Some(fix_all_kind()),
                edit: Some(proto::workspace_edit(snapshot, &edits)),
                ..lsp::CodeAction::default()
            }));
        }
    }
    out
}
