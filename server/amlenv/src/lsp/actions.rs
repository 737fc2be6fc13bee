//! Code actions: the fixes of findings, comments and settings that suppress them, refactorings,
//! registering. What a client cannot do is left out, or shown with the reason where it can show that.

use amlenv_analysis::{Action, Applicability, Finding, Fix, actions_with, suppression};
use amlenv_syntax::HostRange;
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types as lsp;

use super::capabilities::Abilities;
use super::register::{self, Named};
use super::state::Snapshot;
use super::{configure, proto, refactor};
use crate::fix;

/// Who has more findings under the cursor than this does not mean one of them.
const MAX_SUPPRESSED: usize = 8;

pub(super) fn provider(client: &Abilities) -> lsp::CodeActionProviderCapability {
    lsp::CodeActionProviderCapability::Options(lsp::CodeActionOptions {
        code_action_kinds: Some(vec![
            lsp::CodeActionKind::QUICKFIX,
            lsp::CodeActionKind::SOURCE_FIX_ALL,
            fix_all_kind(),
            lsp::CodeActionKind::REFACTOR_EXTRACT,
            lsp::CodeActionKind::REFACTOR_INLINE,
            lsp::CodeActionKind::REFACTOR_REWRITE,
        ]),
        resolve_provider: client.resolve_actions.then_some(true),
        ..lsp::CodeActionOptions::default()
    })
}

fn fix_all_kind() -> lsp::CodeActionKind {
    lsp::CodeActionKind::new("source.fixAll.amlenv")
}

/// What is offered at a range. Edits that take time to find or are large are left to be asked for, where
/// the client does so.
pub(super) fn code_actions(snapshot: &Snapshot, params: &lsp::CodeActionParams) -> lsp::CodeActionResponse {
    let later = snapshot.abilities.resolve_actions;
    let mut out = offered(snapshot, params, later);
    if later {
        for action in &mut out {
            let heavy = action.disabled.is_none()
                && (action.edit.is_none() && action.command.is_none() || is_large(action));
            if heavy {
                action.edit = None;
                action.data = Some(json!({
                    "uri": params.text_document.uri.as_str(),
                    "range": params.range,
                    "kind": action.kind,
                }));
            }
        }
    }
    out.into_iter().map(lsp::CodeActionOrCommand::CodeAction).collect()
}

/// Whether the edit of an action makes files.
fn is_large(action: &lsp::CodeAction) -> bool {
    let changes = action.edit.as_ref().and_then(|edit| edit.document_changes.as_ref());
    matches!(changes, Some(lsp::DocumentChanges::Operations(_)))
}

/// The action with its edit.
pub(super) fn resolve(snapshot: &Snapshot, mut action: lsp::CodeAction) -> Result<lsp::CodeAction> {
    let Some(data) = action.data.take() else { return Ok(action) };
    let invalid = || Error::invalid_params("the data of this action is not the server's");
    let text = |key: &str| data.get(key).and_then(Value::as_str);
    let uri: lsp::Uri = text("uri").and_then(|uri| uri.parse().ok()).ok_or_else(invalid)?;
    let range: lsp::Range =
        data.get("range").and_then(|range| serde_json::from_value(range.clone()).ok()).ok_or_else(invalid)?;
    let only = text("kind").map(|kind| vec![lsp::CodeActionKind::from(kind.to_owned())]);
    let params = lsp::CodeActionParams {
        text_document: lsp::TextDocumentIdentifier { uri },
        range,
        context: lsp::CodeActionContext {
            diagnostics: action.diagnostics.clone().unwrap_or_default(),
            only,
            trigger_kind: None,
        },
        work_done_progress_params: lsp::WorkDoneProgressParams::default(),
        partial_result_params: lsp::PartialResultParams::default(),
    };
    let found = offered(snapshot, &params, false).into_iter().find(|found| found.title == action.title);
    match found {
        Some(found) if found.disabled.is_none() => Ok(lsp::CodeAction { edit: found.edit, ..action }),
        Some(lsp::CodeAction { disabled: Some(disabled), .. }) => Err(Error {
            code: ErrorCode::ServerError(REQUEST_FAILED),
            message: disabled.reason.into(),
            data: None,
        }),
        _ => Err(Error::content_modified()),
    }
}

/// The code of the protocol for what is understood and cannot be done.
const REQUEST_FAILED: i64 = -32803;

fn offered(snapshot: &Snapshot, params: &lsp::CodeActionParams, later: bool) -> Vec<lsp::CodeAction> {
    let uri = &params.text_document.uri;
    let start = snapshot.locate(uri, params.range.start);
    let end = snapshot.locate(uri, params.range.end);
    let (Some((path, start)), Some((_, end))) = (start, end) else { return Vec::new() };
    let Some(file) = proto::uri_of(snapshot, &path) else { return Vec::new() };
    let asked = HostRange::new(start, end.max(start));
    let wanted = |kind: &str| {
        params.context.only.as_ref().is_none_or(|only| {
            only.iter().any(|asked| {
                // The empty kind is all kinds.
                let rest = kind.strip_prefix(asked.as_str());
                asked.as_str().is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        })
    };
    let settings = snapshot.settings(&path);
    let judged = snapshot.findings(&path);
    let mut out = Vec::new();
    let workspace = refactor::listed(&snapshot.workspace, &path);
    for action in actions_with(&workspace, &path, asked, &settings, &judged.findings) {
        match action {
            Action::Refactor(found) => out.extend(refactor::action(snapshot, found, params, &wanted)),
            Action::Fix { code, range, fix, preferred } if wanted("quickfix") => {
                out.push(lsp::CodeAction {
                    title: fix.title.clone(),
                    kind: Some(lsp::CodeActionKind::QUICKFIX),
                    diagnostics: diagnostics_of(snapshot, &path, params, code, range),
                    edit: Some(edit_of(snapshot, &fix)),
                    is_preferred: Some(preferred),
                    ..lsp::CodeAction::default()
                });
            }
            // It has no kind, so a client that asks for kinds does not want it.
            Action::Register { title, environment, name, disabled } if params.context.only.is_none() => {
                let what = Named { environment, name };
                let disabled = disabled.or_else(|| register::unsaved(snapshot, &path, &what));
                out.extend(register::commands(snapshot, &title, None, &file, &what).into_iter().map(
                    |command| lsp::CodeAction {
                        title: command.title.clone(),
                        command: disabled.is_none().then_some(command),
                        disabled: disabled.clone().map(|reason| lsp::CodeActionDisabled { reason }),
                        ..lsp::CodeAction::default()
                    },
                ));
            }
            _ => {}
        }
    }
    if wanted("quickfix") {
        let here: Vec<&Finding> =
            judged.findings.iter().filter(|finding| finding.range.intersects(asked)).collect();
        if here.len() <= MAX_SUPPRESSED {
            out.extend(suppressions(snapshot, &path, params, &here, &settings, later));
        }
    }
    if wanted("source.fixAll.amlenv") {
        let safe = judged
            .findings
            .iter()
            .filter_map(|finding| finding.fixes.iter().find(|fix| fix.applicability == Applicability::Safe));
        let (edits, count) = fix::choose(safe);
        if count > 0 {
            out.push(lsp::CodeAction {
                title: "Fix all that amlenv can fix safely".to_owned(),
                kind: Some(fix_all_kind()),
                edit: (!later).then(|| proto::workspace_edit(snapshot, &edits)),
                ..lsp::CodeAction::default()
            });
        }
    }
    out.retain(|action| action.disabled.is_none() || snapshot.abilities.disabled_actions);
    out
}

/// The diagnostics among those that the client named which a finding is.
fn diagnostics_of(
    snapshot: &Snapshot,
    path: &amlenv_analysis::FilePath,
    params: &lsp::CodeActionParams,
    code: &str,
    range: HostRange,
) -> Option<Vec<lsp::Diagnostic>> {
    let place = proto::range(snapshot, path, range);
    let code = Some(lsp::NumberOrString::String(code.to_owned()));
    let named = params.context.diagnostics.iter();
    let found: Vec<lsp::Diagnostic> =
        named.filter(|named| named.range == place && named.code == code).cloned().collect();
    (!found.is_empty()).then_some(found)
}

/// A fix as an edit; one that may not be meant says so, and asks before it changes several files, where the
/// client can do so. Who chose one for the file at hand sees what it does.
fn edit_of(snapshot: &Snapshot, fix: &Fix) -> lsp::WorkspaceEdit {
    let edit = proto::workspace_edit(snapshot, &fix.edits);
    match fix.applicability {
        Applicability::Suggested if snapshot.abilities.change_annotations => proto::annotated(
            edit,
            lsp::ChangeAnnotation {
                label: fix.title.clone(),
                needs_confirmation: Some(fix.edits.windows(2).any(|pair| pair[0].file != pair[1].file)),
                description: Some("This may change what the file means.".to_owned()),
            },
        ),
        _ => edit,
    }
}

/// The actions that silence findings: by a comment above each, by a comment for the file, or by the
/// configuration where a file has no comments.
fn suppressions(
    snapshot: &Snapshot,
    path: &amlenv_analysis::FilePath,
    params: &lsp::CodeActionParams,
    findings: &[&Finding],
    settings: &amlenv_analysis::Settings,
    later: bool,
) -> Vec<lsp::CodeAction> {
    let mut out: Vec<lsp::CodeAction> = Vec::new();
    for whole_file in [false, true] {
        for finding in findings {
            let code = finding.rule.code;
            let title = match whole_file {
                false => format!("Ignore {code} ({}) here", finding.rule.name),
                true => format!("Ignore {code} ({}) in this file", finding.rule.name),
            };
            // A comment that suppresses nothing is taken out, not suppressed.
            if code == "AML005" || out.iter().any(|known| known.title == title) {
                continue;
            }
            let comments = snapshot.workspace.file(path).is_none_or(|file| file.json().is_none());
            let mut action = lsp::CodeAction {
                title,
                kind: Some(lsp::CodeActionKind::QUICKFIX),
                diagnostics: diagnostics_of(snapshot, path, params, code, finding.range),
                is_preferred: Some(false),
                ..lsp::CodeAction::default()
            };
            if !(later && comments) {
                let edit = if whole_file && !comments {
                    configure::ignore(snapshot, path, code)
                } else {
                    suppression(&snapshot.workspace, path, finding, whole_file, settings)
                        .map(|edits| proto::workspace_edit(snapshot, &edits))
                };
                match edit {
                    Ok(edit) => action.edit = Some(edit),
                    Err(reason) => action.disabled = Some(lsp::CodeActionDisabled { reason }),
                }
            }
            out.push(action);
        }
    }
    out
}
