//! Registering from the editor: a job beside the handlers. The command returns at once; the job asks,
//! shows progress, can be cancelled, and ends with one message. Where a client shows no messages that can be
//! answered, two commands stand in the place of the question: one shows what would be registered, the other
//! registers it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use amlenv_analysis::{ContextSource, FilePath, Plan, PlanOptions, Refusal, registration_plan};
use amlenv_cloud::Target;
use amlenv_syntax::HostRange;
use serde_json::{Value, json};
use tower_lsp_server::Client;
use tower_lsp_server::ls_types as lsp;

use super::server::REGISTER;
use super::state::{Document, Shared, Snapshot};
use super::{hints, lenses, proto};
use crate::disk::{self, Read};
use crate::register::Destination;
use crate::upload::{self, Ready};
use crate::{register, user_settings};

/// Which environment of a file, and under which name where it has none of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    pub(super) environment: Option<String>,
    pub(super) name: Option<String>,
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Asks, then registers.
    Ask,
    /// Shows what would be registered.
    Show,
    /// Registers.
    Now,
}

impl Step {
    pub(super) fn of(name: Option<&str>) -> Self {
        match name {
            Some("show") => Self::Show,
            Some("now") => Self::Now,
            _ => Self::Ask,
        }
    }

    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Ask => None,
            Self::Show => Some("show"),
            Self::Now => Some("now"),
        }
    }
}

/// What was registered since the server started: how to refer to it and where it is, by the file and the
/// text of the definition.
pub(super) type Registered = HashMap<(FilePath, String), String>;

/// What the command was given.
pub(super) struct Job {
    pub(super) uri: lsp::Uri,
    pub(super) what: Named,
    pub(super) version: Option<String>,
    pub(super) step: Step,
}

/// The answer that goes on.
const YES: &str = "Register";

/// The answers to the last message.
const COPY: &str = "Copy reference";
const OPEN: &str = "Open in studio";

/// Asks a client that said that it can (`experimental.amlenv.copy`) to put a text where the user can paste
/// it from; the protocol has nothing for that.
enum Copy {}

impl lsp::notification::Notification for Copy {
    type Params = Value;
    const METHOD: &'static str = "amlenv/copy";
}

/// Whether a client copies texts.
pub(super) fn copies(client: &lsp::ClientCapabilities) -> bool {
    let said = client.experimental.as_ref().and_then(|said| said.pointer("/amlenv/copy"));
    said.and_then(Value::as_bool).unwrap_or(false)
}

/// The commands that register an environment: one that asks, or two where nobody could answer. Who knows
/// what it was registered as says so.
pub(super) fn commands(
    snapshot: &Snapshot,
    title: &str,
    known: Option<&str>,
    uri: &lsp::Uri,
    what: &Named,
) -> Vec<lsp::Command> {
    let again = known.map(|known| format!("Registered as {known}; register again"));
    let command = |title: String, step: Step| {
        let mut argument = json!({"uri": uri.as_str()});
        let parts = [
            ("environment", what.environment.as_deref()),
            ("name", what.name.as_deref()),
            ("step", step.name()),
        ];
        for (key, value) in parts {
            if let (Some(value), Some(argument)) = (value, argument.as_object_mut()) {
                argument.insert(key.to_owned(), value.into());
            }
        }
        lsp::Command { title, command: REGISTER.to_owned(), arguments: Some(vec![argument]) }
    };
    let asks = snapshot.client.confirm.unwrap_or(true);
    let register = again.as_deref().unwrap_or(title);
    if !asks || snapshot.abilities.message_actions {
        return vec![command(register.to_owned(), Step::Ask)];
    }
    let shown = title.strip_prefix("Register ").unwrap_or(title);
    vec![
        command(format!("Show what would be registered: {shown}"), Step::Show),
        command(format!("{register} now"), Step::Now),
    ]
}

/// What the definition at a place was registered as, as long as its text is the same.
pub(super) fn known<'a>(snapshot: &'a Snapshot, path: &FilePath, whole: HostRange) -> Option<&'a str> {
    if snapshot.registered.is_empty() {
        return None;
    }
    let text = definition(snapshot, path, whole)?;
    snapshot.registered.get(&(path.clone(), text)).map(String::as_str)
}

fn definition(snapshot: &Snapshot, path: &FilePath, whole: HostRange) -> Option<String> {
    snapshot.workspace.file(path)?.text().get(whole.start..whole.end).map(str::to_owned)
}

/// Starts the job.
pub(super) fn spawn(client: Client, shared: Arc<Shared>, job: Job) {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let token = format!("amlenv-register-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    tokio::spawn(async move {
        let cancel = Arc::new(AtomicBool::new(false));
        let key = format!("{} {}", job.uri.as_str(), job.what.environment.as_deref().unwrap_or(""));
        if !claim(&shared, [&key, &token], &cancel) {
            client
                .show_message(lsp::MessageType::INFO, "This environment is being registered already.")
                .await;
            return;
        }
        let ended = run(&client, &shared, &job, &token, &cancel).await;
        {
            let mut state = shared.lock();
            state.jobs.remove(&key);
            state.jobs.remove(&token);
        }
        match ended {
            Ok(done) => tell(&client, &shared, &done).await,
            Err((kind, message)) => client.show_message(kind, message).await,
        }
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

/// Says what was registered, and does what the user then wants with it.
async fn tell(client: &Client, shared: &Shared, done: &amlenv_cloud::Registered) {
    let abilities = shared.lock().abilities;
    let message = register::success(done);
    let open = done.studio_url.as_ref().filter(|_| abilities.show_documents);
    let answers: Vec<&str> =
        [abilities.copies.then_some(COPY), open.map(|_| OPEN)].into_iter().flatten().collect();
    if !abilities.message_actions || answers.is_empty() {
        client.show_message(lsp::MessageType::INFO, message).await;
        return;
    }
    let items = answers.into_iter().map(item).collect();
    let answer = client.show_message_request(lsp::MessageType::INFO, message, Some(items)).await;
    let Ok(Some(answer)) = answer else { return };
    if answer.title == COPY {
        client.send_notification::<Copy>(json!({"text": done.reference})).await;
    } else if let Some(uri) = open.and_then(|url| url.parse().ok()) {
        let shown = lsp::ShowDocumentParams { uri, external: Some(true), take_focus: None, selection: None };
        // A client that cannot show it tells the user itself.
        let _ = client.show_document(shown).await;
    }
}

fn item(title: &str) -> lsp::MessageActionItem {
    lsp::MessageActionItem { title: title.to_owned(), properties: HashMap::new() }
}

/// What to say where nothing was registered.
type Instead = (lsp::MessageType, String);

async fn run(
    client: &Client,
    shared: &Arc<Shared>,
    job: &Job,
    token: &str,
    cancel: &Arc<AtomicBool>,
) -> Result<amlenv_cloud::Registered, Instead> {
    let (planning, path) = (Arc::clone(shared), proto::path_of(&job.uri));
    let (what, version) = (job.what.clone(), job.version.clone());
    let planned =
        tokio::task::spawn_blocking(move || Planned::new(&planning.newest(), path, &what, version)).await;
    let planned = planned
        .map_err(|_| "amlenv failed inside; please report it.".to_owned())
        .and_then(|planned| planned)
        .map_err(|message| (lsp::MessageType::ERROR, message))?;
    let (ask, abilities) = {
        let state = shared.lock();
        (state.settings.confirm.unwrap_or(true), state.abilities)
    };
    let asks = job.step == Step::Ask && ask;
    if job.step == Step::Show || asks && !abilities.message_actions {
        return Err((lsp::MessageType::INFO, show(client, &planned, abilities.show_documents)));
    }
    let target = planned.target.map_err(|message| (lsp::MessageType::ERROR, message))?;
    let (plan, ready) = (planned.plan, planned.ready);
    if asks {
        let question = format!("{}?{}", question(&plan, Some(&target), ready.as_ref()), planned.notes);
        let answer =
            client.show_message_request(lsp::MessageType::INFO, question, Some(vec![item(YES)])).await;
        if !matches!(answer, Ok(Some(answer)) if answer.title == YES) {
            return Err((lsp::MessageType::INFO, "Cancelled; nothing was registered.".to_owned()));
        }
    }
    let token = lsp::NumberOrString::String(token.to_owned());
    let title = format!("Registering {}", plan.name);
    let shown = if abilities.progress && client.create_work_done_progress(token.clone()).await.is_ok() {
        Some(client.progress(token, title).with_message("signing in").with_cancel_button().begin().await)
    } else {
        None
    };
    let destination = Destination::Workspace(target.clone());
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
    let done = result.map_err(|error| (lsp::MessageType::ERROR, register::failure(&error)))?;
    if let Some(key) = planned.definition {
        let said = format!("{}:{} in workspace {}", done.name, done.version, target.workspace);
        let refresh = {
            let mut state = shared.lock();
            Arc::make_mut(&mut state.registered).insert(key, said);
            state.abilities.refresh
        };
        hints::refresh(client, refresh);
    }
    Ok(done)
}

/// What would be done.
struct Planned {
    plan: Plan,
    /// Where to, or why that is not known.
    target: Result<Target, String>,
    ready: Option<Ready>,
    /// What a person should know before, in sentences, each with a space before it.
    notes: String,
    /// The file and the text of the definition.
    definition: Option<(FilePath, String)>,
}

impl Planned {
    /// The plan and the target; or why there is none, in words. Looks at the files of a context.
    fn new(
        snapshot: &Snapshot,
        path: FilePath,
        what: &Named,
        version: Option<String>,
    ) -> Result<Self, String> {
        if let Some(reason) = unsaved(snapshot, &path, what) {
            return Err(reason);
        }
        let plan = plan(snapshot, &path, what, version).map_err(|refusal| refusal.message)?;
        let said = &snapshot.client;
        let explicit = [&said.subscription, &said.resource_group, &said.workspace]
            .map(|value| (value.clone(), "editor settings"));
        let failure = |error| register::failure(&error);
        let target = register::target(&path, explicit, &user_settings::load()).map_err(failure);
        let ready = plan.context.as_ref().map(upload::read).transpose().map_err(failure)?;
        let mut notes: String =
            register::notes(&plan, ready.as_ref()).iter().map(|note| format!(" Note: {note}.")).collect();
        if what.name.is_some() {
            notes.push_str(&format!(
                " Note: the definition has no name, and this one is made from where it stands; for another: amlenv register {} --name NAME.",
                path.file_name()
            ));
        }
        let lenses = amlenv_analysis::lenses(&snapshot.workspace, &path);
        let lens = lenses.into_iter().find(|lens| Some(&lens.environment) == what.environment.as_ref());
        let text = lens.and_then(|lens| definition(snapshot, &path, lens.whole));
        Ok(Self { plan, target, ready, notes, definition: text.map(|text| (path, text)) })
    }
}

fn plan(
    snapshot: &Snapshot,
    path: &FilePath,
    what: &Named,
    version: Option<String>,
) -> Result<Plan, Refusal> {
    let Named { environment, name } = what.clone();
    let options = PlanOptions { environment, name, version, ..PlanOptions::default() };
    registration_plan(&snapshot.workspace, path, &options, &snapshot.settings(path))
}

/// Why an environment cannot be registered as it is seen: a document that goes with it is other than its
/// file, from which it would be sent.
pub(super) fn unsaved(snapshot: &Snapshot, path: &FilePath, what: &Named) -> Option<String> {
    let changed: Vec<&FilePath> = snapshot
        .documents
        .iter()
        .filter(|(open, document)| *open != path && is_unsaved(open, document))
        .map(|(open, _)| open)
        .collect();
    if changed.is_empty() {
        return None;
    }
    let (plan, reads) =
        snapshot.workspace.reading(|workspace| plan(&snapshot.with(workspace.clone()), path, what, None));
    let plan = plan.ok()?;
    let is_conda = |open: &FilePath| {
        reads.touch(open) && snapshot.workspace.file(open).is_some_and(|file| file.conda().is_some())
    };
    let folder = match &plan.context {
        Some(context) => match &context.source {
            ContextSource::Folder(folder) => Some((context, folder)),
            ContextSource::Made { .. } => None,
        },
        None => None,
    };
    // What is left out of the context may be as it likes; who that is takes a look at the folder.
    let kept = folder.filter(|(_, folder)| changed.iter().any(|open| open.is_in(folder)));
    let ready = kept.and_then(|(context, folder)| Some((upload::read(context).ok()?, folder)));
    let is_sent = |open: &FilePath| {
        ready.as_ref().is_some_and(|(ready, folder)| {
            open.is_in(folder) && ready.kept.files.iter().any(|file| folder.join(&file.path) == *open)
        })
    };
    let found = changed.into_iter().find(|open| is_conda(open) || is_sent(open))?;
    Some(format!("{} has changes that are not saved; save it first.", found.file_name()))
}

/// Whether a document is other than its file.
fn is_unsaved(path: &FilePath, document: &Document) -> bool {
    match disk::read(std::path::Path::new(path.as_str())) {
        Read::Text(saved) => *saved != *document.text.to_string(),
        Read::Refused { .. } => false,
    }
}

/// What would be registered where, in one sentence without its end.
fn question(plan: &Plan, target: Option<&Target>, ready: Option<&Ready>) -> String {
    let context = ready.map(|ready| format!(" with {}", register::describe_context(ready)));
    let place = match target {
        Some(target) => format!(
            "in workspace {}, resource group {}, subscription {}",
            target.workspace, target.resource_group, target.subscription
        ),
        None => "in a workspace that is not known yet".to_owned(),
    };
    format!(
        "Register environment {} ({}){} {place}",
        plan.name,
        register::describe_workspace_version(plan),
        context.unwrap_or_default(),
    )
}

/// Shows what would be registered: in a document where the client opens one, else in the message that it
/// gives back.
fn show(client: &Client, planned: &Planned, documents: bool) -> String {
    let target = planned.target.as_ref().ok();
    let Planned { plan, ready, notes, .. } = planned;
    let missing = planned.target.as_ref().err().map(|reason| format!("\n{reason}")).unwrap_or_default();
    let what = format!("{}.{notes}{missing}", question(plan, target, ready.as_ref()));
    let destination = target.cloned().map(Destination::Workspace);
    let sent = register::preview(plan, destination.as_ref(), ready.as_ref(), None);
    let sent = sent.unwrap_or_else(|error| register::failure(&error));
    if documents {
        lenses::show_text(client, "registration.txt", &format!("{what}\n\n{sent}"));
        return format!("Nothing is registered yet; this would be done: {what}");
    }
    format!("Nothing is registered yet; this would be done: {what}\n{sent}")
}
