//! What is wrong, as clients are told: pushed by one task that wakes when something changes, or pulled by
//! those who ask. A client that asks is sent nothing, but told when others than the file that it edits
//! have changed. Judges nothing itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, PoisonError};

use amlenv_analysis::{File, FilePath, Finding, Severity, Tag, Workspace};
use serde_json::{Value, json};
use tower_lsp_server::Client;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;

use super::proto;
use super::state::{Judged, Shared, Snapshot};

/// What the client does with diagnostics.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Abilities {
    /// Whether it asks for them; else they are sent.
    pulls: bool,
    /// Whether it takes those of other documents along.
    related_documents: bool,
    /// Whether it asks again when it is told to.
    refreshes: bool,
    /// Whether it shows other places that explain one.
    related_information: bool,
    unnecessary: bool,
    deprecated: bool,
    code_description: bool,
}

impl Abilities {
    pub(crate) fn of(client: &lsp::ClientCapabilities) -> Self {
        let document = client.text_document.as_ref();
        let pull = document.and_then(|document| document.diagnostic.as_ref());
        let push = document.and_then(|document| document.publish_diagnostics.as_ref());
        let workspace = client.workspace.as_ref().and_then(|workspace| workspace.diagnostics.as_ref());
        // What a client says of pulled diagnostics came later, and many say it of pushed ones only.
        let tags: Vec<Value> = [
            pull.and_then(|pull| serde_json::to_value(pull.tag_support.as_ref()?).ok()),
            push.and_then(|push| serde_json::to_value(push.tag_support.as_ref()?).ok()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let tag = |tag: i32| {
            tags.iter().any(|said| {
                said["valueSet"].as_array().is_some_and(|list| list.iter().any(|known| *known == tag))
            })
        };
        let either = |pulled: Option<Option<bool>>, pushed: Option<Option<bool>>| {
            pulled.flatten().or(pushed.flatten()).unwrap_or(false)
        };
        Self {
            pulls: pull.is_some(),
            related_documents: pull.and_then(|pull| pull.related_document_support).unwrap_or(false),
            refreshes: workspace.and_then(|workspace| workspace.refresh_support).unwrap_or(false),
            related_information: either(
                pull.map(|pull| pull.related_information),
                push.map(|push| push.related_information),
            ),
            unnecessary: tag(1),
            deprecated: tag(2),
            code_description: either(
                pull.map(|pull| pull.code_description_support),
                push.map(|push| push.code_description_support),
            ),
        }
    }
}

/// Asking is for clients that ask.
pub(super) fn provider(client: &super::capabilities::Abilities) -> Option<lsp::DiagnosticServerCapabilities> {
    client.diagnostics.pulls.then(|| {
        lsp::DiagnosticServerCapabilities::Options(lsp::DiagnosticOptions {
            identifier: Some("amlenv".to_owned()),
            inter_file_dependencies: true,
            workspace_diagnostics: true,
            work_done_progress_options: lsp::WorkDoneProgressOptions { work_done_progress: Some(true) },
        })
    })
}

/// What the client was told of a document: the edition, and the diagnostics.
#[derive(Debug, Default)]
pub(crate) struct Told {
    by_document: HashMap<lsp::Uri, (u64, u64)>,
}

/// Tells the client what is wrong, whenever something has changed. One task does so, so that nothing old
/// comes after something new.
pub(super) async fn tell(client: Client, shared: Arc<Shared>) {
    let mut told: HashMap<lsp::Uri, (u64, u64)> = HashMap::new();
    loop {
        shared.changed.notified().await;
        let judging = Arc::clone(&shared);
        let found = tokio::task::spawn_blocking(move || open_documents(&judging)).await;
        // A panic costs this round.
        let Ok((snapshot, found)) = found else { continue };
        if snapshot.abilities.diagnostics.pulls {
            tell_to_ask(&client, &snapshot, &found);
            continue;
        }
        let on_type = snapshot.client.check_on_type();
        let gone: Vec<lsp::Uri> =
            told.keys().filter(|uri| !found.iter().any(|found| found.uri == **uri)).cloned().collect();
        for uri in gone {
            told.remove(&uri);
            client.publish_diagnostics(uri, Vec::new(), None).await;
        }
        for found in found {
            let key = (found.edition, found.hash);
            let waits = !on_type && found.edition != found.settled;
            if waits || told.get(&found.uri) == Some(&key) {
                continue;
            }
            // What was closed or changed meanwhile will be told in the next round.
            if shared.lock().edition_of(&found.path) != Some(found.edition) {
                continue;
            }
            told.insert(found.uri.clone(), key);
            client.publish_diagnostics(found.uri, found.items, Some(found.version)).await;
        }
    }
}

/// The diagnostics of an open document or cell.
struct Found {
    path: FilePath,
    uri: lsp::Uri,
    version: i32,
    edition: u64,
    settled: u64,
    hash: u64,
    items: Vec<lsp::Diagnostic>,
}

/// The diagnostics of everything that is open.
fn open_documents(shared: &Shared) -> (Snapshot, Vec<Found>) {
    let snapshot = shared.newest();
    let mut open: Vec<&FilePath> = snapshot.open().map(|(path, _)| path).collect();
    open.sort();
    let mut out = Vec::new();
    for path in open {
        let (edition, settled) = snapshot.editions_of(path).unwrap_or_default();
        for (uri, version, items) in of(&snapshot, path, &snapshot.findings(path)) {
            let hash = hash(&items);
            out.push(Found { path: path.clone(), uri, version, edition, settled, hash, items });
        }
    }
    (snapshot, out)
}

/// Tells a client that asks to ask again, if a document has other diagnostics than it was given although
/// its text is the same.
fn tell_to_ask(client: &Client, snapshot: &Snapshot, found: &[Found]) {
    let stale = {
        let mut told = snapshot.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.by_document.retain(|uri, _| found.iter().any(|found| found.uri == *uri));
        let mut stale = false;
        for found in found {
            if let Some((edition, hash)) = told.by_document.get_mut(&found.uri)
                && *edition == found.edition
                && *hash != found.hash
            {
                // It is told once.
                *hash = found.hash;
                stale = true;
            }
        }
        stale
    };
    if stale && snapshot.abilities.diagnostics.refreshes {
        let client = client.clone();
        // Whether and when it answers is its own business.
        tokio::spawn(async move { client.workspace_diagnostic_refresh().await });
    }
}

/// The answer to a client that asks for the diagnostics of a document or cell.
pub(super) fn of_document(
    snapshot: &Snapshot,
    params: &lsp::DocumentDiagnosticParams,
) -> lsp::DocumentDiagnosticReportResult {
    let uri = &params.text_document.uri;
    let path = snapshot.file_of(uri);
    let editions = snapshot.editions_of(&path);
    let waits = editions.is_some_and(|(edition, settled)| edition != settled);
    if waits
        && !snapshot.client.check_on_type()
        && let Some(id) = &params.previous_result_id
    {
        let report = lsp::UnchangedDocumentDiagnosticReport { result_id: id.clone() };
        return lsp::DocumentDiagnosticReport::Unchanged(lsp::RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: report,
        })
        .into();
    }
    let judged = match editions {
        Some(_) => snapshot.findings(&path),
        // A file that is not open is looked at where it is known; nothing of it is kept.
        None => {
            let mut copy = snapshot.clone();
            copy.supply(&path);
            Arc::new(Judged::new(&copy.workspace, &path, snapshot.settings(&path)))
        }
    };
    let mut items = Vec::new();
    for (document, _, found) in of(snapshot, &path, &judged) {
        if document == *uri {
            items = found;
        }
    }
    let hash = hash(&items);
    if let Some((edition, _)) = editions {
        let mut told = snapshot.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.by_document.insert(uri.clone(), (edition, hash));
    }
    let related_documents = related(snapshot, &path);
    let result_id = result_id(hash);
    if params.previous_result_id.as_deref() == Some(result_id.as_str()) {
        let report = lsp::UnchangedDocumentDiagnosticReport { result_id };
        return lsp::DocumentDiagnosticReport::Unchanged(lsp::RelatedUnchangedDocumentDiagnosticReport {
            related_documents,
            unchanged_document_diagnostic_report: report,
        })
        .into();
    }
    let report = lsp::FullDocumentDiagnosticReport { result_id: Some(result_id), items };
    lsp::DocumentDiagnosticReport::Full(lsp::RelatedFullDocumentDiagnosticReport {
        related_documents,
        full_document_diagnostic_report: report,
    })
    .into()
}

/// The diagnostics of the other open documents that hang on this one, for clients that take them.
fn related(
    snapshot: &Snapshot,
    path: &FilePath,
) -> Option<HashMap<lsp::Uri, lsp::DocumentDiagnosticReportKind>> {
    if !snapshot.abilities.diagnostics.related_documents {
        return None;
    }
    let mut out = HashMap::new();
    for (other, _) in snapshot.open().filter(|(other, _)| *other != path) {
        let judged = snapshot.findings(other);
        if !judged.reads.touch(path) {
            continue;
        }
        let Some((edition, _)) = snapshot.editions_of(other) else { continue };
        for (uri, _, items) in of(snapshot, other, &judged) {
            let hash = hash(&items);
            snapshot
                .told
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .by_document
                .insert(uri.clone(), (edition, hash));
            let report = lsp::FullDocumentDiagnosticReport { result_id: Some(result_id(hash)), items };
            out.insert(uri, report.into());
        }
    }
    (!out.is_empty()).then_some(out)
}

/// The workspace as it was judged last for a client that asks for all of it, and what came out.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    epoch: u64,
    workspace: Workspace,
    judged: BTreeMap<FilePath, (Judged, Vec<Report>)>,
}

/// What a client is told of one document.
#[derive(Clone, Debug)]
struct Report {
    uri: lsp::Uri,
    version: Option<i64>,
    hash: u64,
    items: Arc<Vec<lsp::Diagnostic>>,
}

/// So many reports go out together.
const PORTION: usize = 50;

/// `$/progress` with any value.
enum Progress {}

impl lsp::notification::Notification for Progress {
    type Params = Value;
    const METHOD: &'static str = "$/progress";
}

/// The answer to a client that asks for the diagnostics of all files.
pub(super) async fn of_workspace(
    client: &Client,
    shared: &Arc<Shared>,
    params: lsp::WorkspaceDiagnosticParams,
) -> Result<lsp::WorkspaceDiagnosticReportResult> {
    let snapshot = shared.lock().snapshot();
    let known: HashMap<String, String> = params
        .previous_result_ids
        .into_iter()
        .map(|known| (known.uri.as_str().to_owned(), known.value))
        .collect();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (send, mut portions) = tokio::sync::mpsc::channel(4);
    let (judging, stopped) = (Arc::clone(shared), Arc::clone(&stop));
    tokio::task::spawn_blocking(move || sweep(&judging, snapshot, &known, &send, &stopped));
    let _guard = StopOnDrop(stop);
    let work = params.work_done_progress_params.work_done_token;
    let partial = params.partial_result_params.partial_result_token;
    let progress = async |token: &Option<lsp::ProgressToken>, value: Value| {
        if let Some(token) = token {
            client.send_notification::<Progress>(json!({"token": token, "value": value})).await;
        }
    };
    progress(&work, json!({"kind": "begin", "title": "Checking environments", "percentage": 0})).await;
    let mut items = Vec::new();
    let mut ended = false;
    while let Some((percentage, portion)) = portions.recv().await {
        ended = percentage == 100;
        progress(&work, json!({"kind": "report", "percentage": percentage})).await;
        if partial.is_some() && !portion.is_empty() {
            progress(&partial, json!({"items": portion})).await;
        } else {
            items.extend(portion);
        }
    }
    progress(&work, json!({"kind": "end"})).await;
    if ended { Ok(lsp::WorkspaceDiagnosticReport { items }.into()) } else { Err(Error::internal_error()) }
}

struct StopOnDrop(Arc<std::sync::atomic::AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

type Portion = (usize, Vec<lsp::WorkspaceDocumentDiagnosticReport>);

/// Judges all files of the workspace, those again whose judgement hangs on something that has changed.
fn sweep(
    shared: &Shared,
    mut snapshot: Snapshot,
    known: &HashMap<String, String>,
    send: &tokio::sync::mpsc::Sender<Portion>,
    stop: &std::sync::atomic::AtomicBool,
) {
    shared.read(&mut snapshot);
    let mut sweep = shared.sweep.lock().unwrap_or_else(PoisonError::into_inner);
    let targets: Vec<Arc<File>> =
        snapshot.workspace.files().filter(|file| snapshot.is_ours(file.path())).cloned().collect();
    // What was looked up on the disk in the last round holds as long as the disk is the same.
    if sweep.epoch != snapshot.epoch() {
        sweep.epoch = snapshot.epoch();
        sweep.workspace = snapshot.workspace.clone();
    }
    for file in &targets {
        if sweep.workspace.file(file.path()).is_none_or(|known| !Arc::ptr_eq(known, file)) {
            sweep.workspace.insert(Arc::clone(file));
        }
    }
    let gone: Vec<FilePath> = snapshot
        .open()
        .filter(|(path, _)| snapshot.workspace.file(path).is_none())
        .map(|(path, _)| path.clone())
        .collect();
    for path in gone {
        sweep.workspace.remove(&path);
    }
    let paths: BTreeSet<&FilePath> = targets.iter().map(|file| file.path()).collect();
    sweep.judged.retain(|path, _| paths.contains(path));
    snapshot.workspace = std::mem::take(&mut sweep.workspace);
    let mut portion = Vec::new();
    let mut complete = true;
    for (number, file) in targets.iter().enumerate() {
        if stop.load(std::sync::atomic::Ordering::Relaxed) {
            complete = false;
            break;
        }
        let path = file.path();
        let settings = snapshot.settings(path);
        let fresh =
            sweep.judged.get(path).is_some_and(|(judged, _)| judged.holds(&snapshot.workspace, &settings));
        if !fresh {
            snapshot.supply(path);
            let judged = Judged::new(&snapshot.workspace, path, settings);
            let open = snapshot.editions_of(path).is_some();
            let reports = of(&snapshot, path, &judged)
                .into_iter()
                .map(|(uri, version, items)| Report {
                    uri,
                    version: open.then(|| i64::from(version)),
                    hash: hash(&items),
                    items: Arc::new(items),
                })
                .collect();
            // Kept is what tells whether it still holds, and what the client is told.
            sweep.judged.insert(path.clone(), (judged.without_findings(), reports));
        }
        for report in sweep.judged.get(path).into_iter().flat_map(|(_, reports)| reports) {
            portion.push(report.against(known.get(report.uri.as_str())));
        }
        if portion.len() >= PORTION {
            let percentage = (number * 100 / targets.len()).min(99);
            if send.blocking_send((percentage, std::mem::take(&mut portion))).is_err() {
                complete = false;
                break;
            }
        }
    }
    sweep.workspace = std::mem::take(&mut snapshot.workspace);
    if !complete {
        return;
    }
    // What the client knows of files that are gone or none of ours any more is taken back.
    for uri in known.keys() {
        let told =
            sweep.judged.values().flat_map(|(_, reports)| reports).any(|report| report.uri.as_str() == uri);
        if !told && let Ok(uri) = uri.parse::<lsp::Uri>() {
            let gone = Report { uri, version: None, hash: 0, items: Arc::default() };
            portion.push(gone.against(None));
        }
    }
    // Nobody may be waiting any more.
    let _ = send.blocking_send((100, portion));
}

impl Report {
    /// What to tell a client that knows this result of it.
    fn against(&self, known: Option<&String>) -> lsp::WorkspaceDocumentDiagnosticReport {
        let result_id = result_id(self.hash);
        let (uri, version) = (self.uri.clone(), self.version);
        if known == Some(&result_id) {
            return lsp::WorkspaceUnchangedDocumentDiagnosticReport {
                uri,
                version,
                unchanged_document_diagnostic_report: lsp::UnchangedDocumentDiagnosticReport { result_id },
            }
            .into();
        }
        let items = self.items.to_vec();
        lsp::WorkspaceFullDocumentDiagnosticReport {
            uri,
            version,
            full_document_diagnostic_report: lsp::FullDocumentDiagnosticReport {
                result_id: Some(result_id),
                items,
            },
        }
        .into()
    }
}

fn result_id(hash: u64) -> String {
    format!("{hash:016x}")
}

/// The same for the same diagnostics, as long as the server runs.
fn hash(items: &[lsp::Diagnostic]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for item in items {
        // Diagnostics always have a form in JSON.
        serde_json::to_string(item).unwrap_or_default().hash(&mut hasher);
    }
    hasher.finish()
}

/// What to publish of the findings of a file: for its document, or for each of its cells.
fn of(snapshot: &Snapshot, path: &FilePath, judged: &Judged) -> Vec<(lsp::Uri, i32, Vec<lsp::Diagnostic>)> {
    let mut out: Vec<(lsp::Uri, i32, Vec<lsp::Diagnostic>)> = match snapshot.notebooks.get(path) {
        Some(notebook) => notebook.cells().map(|(uri, version)| (uri.clone(), version, Vec::new())).collect(),
        None => {
            let version = snapshot.documents.get(path).map_or(0, |document| document.version);
            let uri = proto::uri_of(snapshot, path);
            uri.into_iter().map(|uri| (uri, version, Vec::new())).collect()
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
    let client = snapshot.abilities.diagnostics;
    let related = finding
        .related
        .iter()
        .filter(|_| client.related_information)
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
        code_description: Some(finding.rule.url())
            .filter(|_| client.code_description)
            .and_then(|url| url.parse().ok())
            .map(|href| lsp::CodeDescription { href }),
        source: Some("amlenv".to_owned()),
        message: finding.message.clone(),
        related_information: (!related.is_empty()).then_some(related),
        tags: finding.tag.and_then(|tag| match tag {
            Tag::Unnecessary => client.unnecessary.then(|| vec![lsp::DiagnosticTag::UNNECESSARY]),
            Tag::Deprecated => client.deprecated.then(|| vec![lsp::DiagnosticTag::DEPRECATED]),
        }),
        data: None,
    }
}
