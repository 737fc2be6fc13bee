//! Registering from the editor: a job beside the handlers. The command returns at once; the job asks,
//! shows progress, can be cancelled, and ends with one message.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use amlenv_analysis::{ContextSource, FilePath, Plan, PlanOptions, registration_plan};
use amlenv_cloud::Target;
use tower_lsp_server::Client;
use tower_lsp_server::ls_types as lsp;

use super::proto;
use super::settings::ClientSettings;
use super::state::{Document, Shared};
use crate::disk::{self, Read};
use crate::register::Destination;
use crate::upload::{self, Ready};
use crate::{register, user_settings};

/// What the command was given.
pub(crate) struct Job {
    pub(crate) uri: lsp::Uri,
    pub(crate) environment: Option<String>,
    pub(crate) version: Option<String>,
}

/// The answer that goes on.
const YES: &str = "Register";

/// Starts the job.
pub(crate) fn spawn(client: Client, shared: Arc<Shared>, job: Job) {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let token = format!("amlenv-register-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    tokio::spawn(async move {
        let cancel = Arc::new(AtomicBool::new(false));
        let key = format!("{} {}", job.uri.as_str(), job.environment.as_deref().unwrap_or(""));
        if !claim(&shared, [&key, &token], &cancel) {
            client
                .show_message(lsp::MessageType::INFO, "This environment is being registered already.")
                .await;
            return;
        }
        let (kind, message) = run(&client, &shared, &job, &token, &cancel).await;
        {
            let mut state = shared.lock();
            state.jobs.remove(&key);
            state.jobs.remove(&token);
        }
        client.show_message(kind, message).await;
    });
}

/// Puts the job on the list, under its environment and under its progress; not if it runs already.
fn claim(shared: &Shared, [key, token]: [&String; 2], cancel: &Arc<AtomicBool>) -> bool {
    let mut state = shared.lock();
    if state.jobs.contains_key(key) {
        return false;
    }
    state.jobs.insert(key.clone(), Arc::clone(cancel));
    state.jobs.insert(token.clone(), Arc::clone(cancel));
    true
}

type Ended = (lsp::MessageType, String);

async fn run(
    client: &Client,
    shared: &Arc<Shared>,
    job: &Job,
    token: &str,
    cancel: &Arc<AtomicBool>,
) -> Ended {
    let (planning, uri) = (Arc::clone(shared), job.uri.clone());
    let options = PlanOptions {
        environment: job.environment.clone(),
        version: job.version.clone(),
        ..PlanOptions::default()
    };
    let planned = tokio::task::spawn_blocking(move || plan(&planning, &proto::path_of(&uri), &options)).await;
    let Planned { plan, target, ready } = match planned {
        Ok(Ok(planned)) => planned,
        Ok(Err(message)) => return (lsp::MessageType::ERROR, message),
        Err(_) => return (lsp::MessageType::ERROR, "amlenv failed inside; please report it.".to_owned()),
    };
    let (ask, progress) = {
        let state = shared.lock();
        (state.settings.confirm.unwrap_or(true), state.abilities.progress)
    };
    if ask && !confirmed(client, &plan, &target, ready.as_ref()).await {
        return (lsp::MessageType::INFO, "Cancelled; nothing was registered.".to_owned());
    }
    let token = lsp::NumberOrString::String(token.to_owned());
    let title = format!("Registering {}", plan.name);
    let shown = if progress && client.create_work_done_progress(token.clone()).await.is_ok() {
        Some(client.progress(token, title).with_message("signing in").with_cancel_button().begin().await)
    } else {
        None
    };
    let destination = Destination::Workspace(target);
    let (send, mut said) = tokio::sync::mpsc::unbounded_channel::<String>();
    let say = move |what: &str| {
        tracing::info!("{what}");
        // Nobody listens any more where it is over.
        let _ = send.send(what.to_owned());
    };
    let result = {
        let mut work = std::pin::pin!(register::run(&plan, &destination, ready, cancel, say));
        loop {
            tokio::select! {
                result = work.as_mut() => break result,
                Some(what) = said.recv() => {
                    if let Some(shown) = &shown {
                        shown.report_with_message(what, Some(true)).await;
                    }
                }
            }
        }
    };
    if let Some(shown) = shown {
        shown.finish().await;
    }
    match result {
        Ok(registered) => (lsp::MessageType::INFO, register::success(&registered)),
        Err(error) => (lsp::MessageType::ERROR, register::failure(&error)),
    }
}

/// What would be done.
struct Planned {
    plan: Plan,
    target: Target,
    ready: Option<Ready>,
}

/// The plan and the target, from a fresh snapshot; or why not, in words.
fn plan(shared: &Shared, path: &FilePath, options: &PlanOptions) -> Result<Planned, String> {
    let (mut snapshot, said) = {
        let state = shared.lock();
        (state.snapshot(), ClientSettings::clone(&state.settings))
    };
    shared.read(&mut snapshot);
    // What is sent from the disk must be what is seen in the editor.
    for (open, document) in &snapshot.documents {
        let used = open != path && snapshot.workspace.file(open).is_some_and(|file| file.conda().is_some());
        if !used {
            continue;
        }
        if is_unsaved(open, document) {
            return Err(format!("{} has changes that are not saved; save it first.", open.file_name()));
        }
    }
    let settings = snapshot.settings(path);
    let plan = registration_plan(&snapshot.workspace, path, options, &settings)
        .map_err(|refusal| refusal.message)?;
    let explicit =
        [said.subscription, said.resource_group, said.workspace].map(|value| (value, "editor settings"));
    let target = register::target(path, explicit, &user_settings::load())
        .map_err(|error| register::failure(&error))?;
    let ready = plan.context.as_ref().map(upload::read).transpose();
    let ready = ready.map_err(|error| register::failure(&error))?;
    if let (Some(ready), Some(context)) = (&ready, &plan.context)
        && let ContextSource::Folder(folder) = &context.source
    {
        let sent = |open: &FilePath| {
            open.is_in(folder) && ready.kept.files.iter().any(|file| folder.join(&file.path) == *open)
        };
        if let Some(open) =
            snapshot.documents.iter().find(|(open, document)| sent(open) && is_unsaved(open, document))
        {
            return Err(format!("{} has changes that are not saved; save it first.", open.0.file_name()));
        }
    }
    Ok(Planned { plan, target, ready })
}

/// Whether a document is other than its file.
fn is_unsaved(path: &FilePath, document: &Document) -> bool {
    match disk::read(std::path::Path::new(path.as_str())) {
        Read::Text(saved) => *saved != *document.text.to_string(),
        Read::Refused { .. } => false,
    }
}

async fn confirmed(client: &Client, plan: &Plan, target: &Target, ready: Option<&Ready>) -> bool {
    let notes: String = register::notes(plan, ready).iter().map(|note| format!(" Note: {note}.")).collect();
    let context = ready.map(|ready| format!(" with {}", register::describe_context(ready)));
    let question = format!(
        "Register environment {} ({}){} in workspace {}, resource group {}, subscription {}?{notes}",
        plan.name,
        register::describe_version(plan, &Destination::Workspace(target.clone())),
        context.unwrap_or_default(),
        target.workspace,
        target.resource_group,
        target.subscription
    );
    let item = lsp::MessageActionItem { title: YES.to_owned(), properties: std::collections::HashMap::new() };
    let answer = client.show_message_request(lsp::MessageType::INFO, question, Some(vec![item])).await;
    matches!(answer, Ok(Some(item)) if item.title == YES)
}
