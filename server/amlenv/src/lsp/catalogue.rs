//! What registries say, for completion, hover and "pin to digest". Nobody here waits for the network: an
//! answer that was kept is used at once, and a question that has none, or an old one, is asked behind it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use amlenv_analysis::catalogue::{HOST, is_floating};
use amlenv_analysis::remote::{self, Lookup, NamedImage, Remote};
use amlenv_analysis::{FilePath, Workspace};
use amlenv_cloud::Error;
use amlenv_cloud::registry::{DIGEST_AGE, Kept, REPOSITORIES_AGE, TAGS_AGE, day_of};
use serde_json::{Value, json};
use tower_lsp_server::Client;
use tower_lsp_server::ls_types as lsp;

use super::proto;
use super::state::{Shared, Snapshot};
use crate::register::failure;
use crate::registry::{Registries, resolve};
use crate::user_settings;

/// The name of the command that asks registries now.
pub(super) const REFRESH: &str = "amlenv.refreshCatalogue";

/// The name of the command behind "pin to digest" where the digest is not known yet.
pub(super) const PIN: &str = "amlenv.pinToDigest";

/// How long a question that failed is not asked again.
const REST: Duration = Duration::from_secs(300);

/// How many questions are under way at once.
const MOST: usize = 4;

/// The questions that are under way, and those that failed lately.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    asked: Mutex<Asked>,
}

#[derive(Debug, Default)]
struct Asked {
    now: HashSet<Lookup>,
    failed: HashMap<Lookup, Instant>,
}

impl Lookups {
    /// Whether that question is to be asked; then it is under way.
    fn begin(&self, lookup: &Lookup) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let rests = asked.failed.get(lookup).is_some_and(|at| at.elapsed() < REST);
        !rests && asked.now.len() < MOST && asked.now.insert(lookup.clone())
    }

    fn end(&self, lookup: &Lookup, failed: bool) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.now.remove(lookup);
        if failed {
            asked.failed.insert(lookup.clone(), Instant::now());
        } else {
            asked.failed.remove(lookup);
        }
    }
}

/// Whom the user lets be asked, by the editor's settings and the user's own file.
fn registries(shared: &Shared) -> (Registries, Vec<String>) {
    let network = shared.lock().settings.network.clone().or(&user_settings::load().network);
    let hosts = network.registries.clone().filter(|_| network.enabled == Some(true)).unwrap_or_default();
    (Registries::new(&network), hosts)
}

/// The workspace with what was kept for completing at a place, and whether more is being asked for.
/// Runs on the blocking pool.
pub(super) fn for_completion(
    shared: &Arc<Shared>,
    snapshot: &Snapshot,
    path: &FilePath,
    offset: usize,
) -> (Workspace, bool) {
    with_answers(shared, snapshot, remote::lookups(&snapshot.workspace, path, offset))
}

/// The workspace with what was kept for the hover of a place.
pub(super) fn for_hover(
    shared: &Arc<Shared>,
    snapshot: &Snapshot,
    path: &FilePath,
    offset: usize,
) -> Workspace {
    let image = remote::image_at(&snapshot.workspace, path, offset);
    let image = image.filter(|image| !image.pinned && is_floating(&image.tag));
    with_answers(shared, snapshot, image.map(digest_of).into_iter().collect()).0
}

fn digest_of(image: NamedImage) -> Lookup {
    Lookup::Digest { host: image.host, repository: image.repository, tag: image.tag }
}

fn with_answers(shared: &Arc<Shared>, snapshot: &Snapshot, lookups: Vec<Lookup>) -> (Workspace, bool) {
    let mut workspace = snapshot.workspace.clone();
    if lookups.is_empty() {
        return (workspace, false);
    }
    let (registries, hosts) = registries(shared);
    let mut found = Remote { hosts, ..Remote::default() };
    let mut pending = false;
    for lookup in lookups {
        let fresh = kept(&registries, &lookup, &mut found);
        if !fresh && may_ask(&registries, &lookup) && shared.lookups.begin(&lookup) {
            pending = true;
            let (shared, registries) = (Arc::clone(shared), registries.clone());
            tokio::spawn(async move {
                let failed = ask(&registries, &lookup).await.is_err();
                shared.lookups.end(&lookup, failed);
            });
        }
    }
    workspace.set_remote(found);
    (workspace, pending)
}

/// Puts the answer that was kept in; whether it is young enough.
fn kept(registries: &Registries, lookup: &Lookup, found: &mut Remote) -> bool {
    let Some(cache) = registries.kept() else { return false };
    match lookup {
        Lookup::Tags { host, repository } => cache.tags(host, repository).is_some_and(|kept| {
            let fresh = kept.is_fresh(TAGS_AGE);
            if let Some(tags) = kept.value {
                found.tags.insert((host.clone(), repository.clone()), tags);
            }
            fresh
        }),
        Lookup::Repositories => cache.repositories(HOST).is_some_and(|kept| {
            let fresh = kept.is_fresh(REPOSITORIES_AGE);
            found.repositories = kept.value;
            fresh
        }),
        Lookup::Digest { host, repository, tag } => {
            cache.digest(host, repository, tag).is_some_and(|Kept { value, at }| {
                let fresh = Kept { value: (), at }.is_fresh(DIGEST_AGE);
                let key = (host.clone(), repository.clone(), tag.clone());
                found.digests.insert(key, (value.digest, day_of(at)));
                fresh
            })
        }
        Lookup::Environments | Lookup::Versions { .. } => true,
    }
}

fn may_ask(registries: &Registries, lookup: &Lookup) -> bool {
    match lookup {
        Lookup::Tags { host, .. } | Lookup::Digest { host, .. } => registries.live.access().allows(host),
        Lookup::Repositories => registries.live.access().allows(HOST),
        Lookup::Environments | Lookup::Versions { .. } => false,
    }
}

/// Asks, and keeps the answer. What a registry does not have is an answer as well.
async fn ask(registries: &Registries, lookup: &Lookup) -> Result<(), Error> {
    let asked = match lookup {
        Lookup::Tags { host, repository } => registries.ask_tags(host, repository).await.map(|_| ()),
        Lookup::Repositories => registries.ask_repositories().await.map(|_| ()),
        Lookup::Digest { host, repository, tag } => {
            return registries.ask_digest(host, repository, tag).await.map(|_| ());
        }
        Lookup::Environments | Lookup::Versions { .. } => Ok(()),
    };
    match asked {
        Err(Error::NoImage { .. }) => Ok(()),
        other => other,
    }
}

/// "Pin to digest" for the image at the start of a range: the change itself where the digest was asked
/// today, else a command that asks first.
pub(super) fn pin_action(
    shared: &Shared,
    snapshot: &Snapshot,
    params: &lsp::CodeActionParams,
) -> Option<lsp::CodeActionOrCommand> {
    let kind = lsp::CodeActionKind::REFACTOR_REWRITE;
    let asked = |only: &lsp::CodeActionKind| {
        kind.as_str() == only.as_str() || kind.as_str().starts_with(&format!("{}.", only.as_str()))
    };
    if params.context.only.as_ref().is_some_and(|only| !only.iter().any(asked)) {
        return None;
    }
    let (path, offset) = snapshot.locate(&params.text_document.uri, params.range.start)?;
    let path = &path;
    let image = remote::image_at(&snapshot.workspace, path, offset).filter(|image| !image.pinned)?;
    let (registries, _) = registries(shared);
    if !registries.live.access().allows(&image.host) {
        return None;
    }
    let uri = proto::location(snapshot, path, image.range)?;
    let title = format!("Pin {} to its digest", image.tag);
    let mut action = lsp::CodeAction { title: title.clone(), kind: Some(kind), ..lsp::CodeAction::default() };
    let cache = registries.kept();
    let known = cache.and_then(|cache| cache.digest(&image.host, &image.repository, &image.tag));
    match known.filter(|known| known.is_fresh(DIGEST_AGE)) {
        Some(known) => {
            let edits = remote::pin(&snapshot.workspace, path, offset, &known.value.digest);
            action.edit = (!edits.is_empty()).then(|| proto::workspace_edit(snapshot, &edits));
            action.edit.as_ref()?;
        }
        None if snapshot.abilities.apply_edits => {
            let argument = json!({"uri": uri.uri.as_str(), "position": uri.range.start});
            action.command =
                Some(lsp::Command { title, command: PIN.to_owned(), arguments: Some(vec![argument]) });
        }
        None => return None,
    }
    Some(lsp::CodeActionOrCommand::CodeAction(action))
}

/// Starts [`REFRESH`] or [`PIN`]; `false` for another command.
pub(super) fn execute(client: &Client, shared: &Arc<Shared>, command: &str, argument: &Value) -> bool {
    let (client, shared) = (client.clone(), Arc::clone(shared));
    let argument = argument.clone();
    match command {
        REFRESH => tokio::spawn(async move {
            let (kind, message) = refresh(&client, &shared, &argument).await;
            client.show_message(kind, message).await;
        }),
        PIN => tokio::spawn(async move {
            if let Err(message) = pin(&client, &shared, &argument).await {
                client.show_message(lsp::MessageType::ERROR, message).await;
            }
        }),
        _ => return false,
    };
    true
}

type Ended = (lsp::MessageType, String);

/// Asks for the tags of the image that was named, else for those of all images in open files and for the
/// repositories of Azure ML.
async fn refresh(client: &Client, shared: &Arc<Shared>, argument: &Value) -> Ended {
    let named = argument.get("image").and_then(Value::as_str).map(str::to_owned);
    let working = Arc::clone(shared);
    let planned = tokio::task::spawn_blocking(move || plan(&working, named.as_deref())).await;
    let (registries, lookups) = match planned {
        Ok(Ok(planned)) => planned,
        Ok(Err(message)) => return (lsp::MessageType::ERROR, message),
        Err(_) => return (lsp::MessageType::ERROR, "amlenv failed inside; please report it.".to_owned()),
    };
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let token = format!("amlenv-refresh-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let cancel = Arc::new(AtomicBool::new(false));
    let progress = {
        let mut state = shared.lock();
        state.jobs.insert(token.clone(), Arc::clone(&cancel));
        state.abilities.progress
    };
    let id = lsp::NumberOrString::String(token.clone());
    let shown = if progress && client.create_work_done_progress(id.clone()).await.is_ok() {
        Some(client.progress(id, "Asking registries").with_percentage(0).with_cancel_button().begin().await)
    } else {
        None
    };
    let (mut done, mut first) = (0_usize, None);
    for (number, lookup) in lookups.iter().enumerate() {
        if cancel.load(Ordering::Relaxed) {
            break;
        }
        match ask(&registries, lookup).await {
            Ok(()) => done += 1,
            Err(error) => {
                first.get_or_insert_with(|| failure(&error));
            }
        }
        if let Some(shown) = &shown {
            shown.report(u32::try_from((number + 1) * 100 / lookups.len()).unwrap_or(100), None).await;
        }
    }
    if let Some(shown) = shown {
        shown.finish().await;
    }
    shared.lock().jobs.remove(&token);
    let all = lookups.len();
    match first {
        None => (lsp::MessageType::INFO, format!("Registries answered {done} of {all} questions.")),
        Some(first) => {
            (lsp::MessageType::WARNING, format!("Registries answered {done} of {all} questions. {first}"))
        }
    }
}

fn plan(shared: &Shared, named: Option<&str>) -> Result<(Registries, Vec<Lookup>), String> {
    let (registries, _) = registries(shared);
    if !registries.live.access().is_enabled() {
        return Err("Lookups are off; the setting amlenv.network.enabled turns them on.".to_owned());
    }
    if let Some(named) = named {
        let (host, repository) = resolve(named).ok_or_else(|| format!("{named} is no image."))?;
        return Ok((registries, vec![Lookup::Tags { host, repository }]));
    }
    let mut snapshot = shared.lock().snapshot();
    shared.read(&mut snapshot);
    let mut lookups = vec![Lookup::Repositories];
    for (path, _) in snapshot.open() {
        for image in remote::images_in(&snapshot.workspace, path) {
            if !registries.live.access().allows(&image.host) {
                continue;
            }
            lookups.push(Lookup::Tags { host: image.host.clone(), repository: image.repository.clone() });
            if is_floating(&image.tag) && !image.pinned {
                lookups.push(digest_of(image));
            }
        }
    }
    lookups.sort();
    lookups.dedup();
    Ok((registries, lookups))
}

/// Asks for the digest of the image at a place and writes it there, if the image is there still.
async fn pin(client: &Client, shared: &Arc<Shared>, argument: &Value) -> Result<(), String> {
    let uri = argument.get("uri").and_then(Value::as_str).and_then(|uri| uri.parse::<lsp::Uri>().ok());
    let position = argument.get("position").cloned();
    let position = position.and_then(|at| serde_json::from_value::<lsp::Position>(at).ok());
    let (Some(uri), Some(position)) = (uri, position) else {
        return Err("The argument must be {uri, position}.".to_owned());
    };
    let find = |shared: &Shared| {
        let mut snapshot = shared.lock().snapshot();
        shared.read(&mut snapshot);
        let (path, offset) = snapshot.locate(&uri, position)?;
        let image = remote::image_at(&snapshot.workspace, &path, offset)?;
        Some((snapshot, path, offset, image))
    };
    let gone = || "There is no image any more.".to_owned();
    let image = tokio::task::block_in_place(|| find(shared)).ok_or_else(gone)?.3;
    let (registries, _) = registries(shared);
    let asked = registries.ask_digest(&image.host, &image.repository, &image.tag).await;
    let digest = asked.map_err(|error| failure(&error))?.digest;
    let (snapshot, path, offset, now) = tokio::task::block_in_place(|| find(shared)).ok_or_else(gone)?;
    if (&now.host, &now.repository, &now.tag) != (&image.host, &image.repository, &image.tag) {
        return Err(gone());
    }
    let edits = remote::pin(&snapshot.workspace, &path, offset, &digest);
    if edits.is_empty() {
        return Err("A digest cannot be written here.".to_owned());
    }
    let _ = client.apply_edit(proto::workspace_edit(&snapshot, &edits)).await;
    Ok(())
}
