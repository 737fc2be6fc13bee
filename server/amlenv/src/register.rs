//! Registering: the one way that the command line and the editor share.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use amlenv_analysis::context::{files_in_words, size};
use amlenv_analysis::{FilePath, Plan};
use amlenv_cloud::context::Progress;
use amlenv_cloud::{
    ArmClient, Cloud, Delays, Error, Registered, Registration, RegistryClient, Target, TargetInputs, Upload,
    environment_url, find_target, process_env, sign_in,
};

use crate::upload::{self, Ready};
use crate::user_settings::UserSettings;

/// How often the progress of an upload is told.
const TELL: Duration = Duration::from_millis(500);

/// A part of the target as it was said explicitly, and where.
pub(crate) type Said = (Option<String>, &'static str);

/// Where something is registered.
#[derive(Clone, Debug)]
pub(crate) enum Destination {
    /// A workspace.
    Workspace(Target),
    /// A registry, by its name.
    Registry(String),
}

/// Finds the workspace for a file. What was said explicitly comes first, then the process
/// environment, the workspace file, the user's settings and the Azure CLI.
pub(crate) fn target(file: &FilePath, explicit: [Said; 3], user: &UserSettings) -> Result<Target, Error> {
    let folder = file.parent();
    find(Some(Path::new(folder.as_str())), explicit, user)
}

/// The workspace that the user is in, whatever a repository says: for lookups that nobody confirms.
pub(crate) fn own_target(user: &UserSettings) -> Result<Target, Error> {
    find(None, [(None, ""), (None, ""), (None, "")], user)
}

fn find(start: Option<&Path>, explicit: [Said; 3], user: &UserSettings) -> Result<Target, Error> {
    let own = [&user.subscription, &user.resource_group, &user.workspace];
    let mut explicit = explicit;
    for (slot, own) in explicit.iter_mut().zip(own) {
        if slot.0.is_none() && own.is_some() {
            *slot = (own.clone(), "the user's settings");
        }
    }
    find_target(&TargetInputs { explicit, env: &process_env, start, home: etcetera::home_dir().ok() })
}

/// The destination in words: what is used, and where it came from.
pub(crate) fn describe(destination: &Destination) -> String {
    match destination {
        Destination::Registry(name) => format!("registry {name} (--registry)"),
        Destination::Workspace(target) => {
            let [subscription, group, workspace] = &target.sources;
            format!(
                "workspace {} ({workspace})\nresource group {} ({group})\nsubscription {} ({subscription})",
                target.workspace, target.resource_group, target.subscription
            )
        }
    }
}

/// What a person should know before anything is sent: what the plan says of itself, and of the files.
pub(crate) fn notes(plan: &Plan, ready: Option<&Ready>) -> Vec<String> {
    let warnings = ready.map(|ready| ready.kept.warnings()).unwrap_or_default();
    plan.notes.iter().cloned().chain(warnings).collect()
}

/// What is sent besides the definition, in words.
pub(crate) fn describe_context(ready: &Ready) -> String {
    let count = files_in_words(ready.kept.files.len());
    format!("build context {} ({count}, {})", ready.root, size(ready.kept.bytes()))
}

/// The version in words.
pub(crate) fn describe_version(plan: &Plan, destination: &Destination) -> String {
    match destination {
        Destination::Registry(_) if plan.version.is_none() => "the next version".to_owned(),
        _ => describe_workspace_version(plan),
    }
}

/// The version in words, for a workspace.
pub(crate) fn describe_workspace_version(plan: &Plan) -> String {
    match plan.version.as_deref() {
        Some(version) => format!("version {version}"),
        None => "the next version, or an update of the newest if only description or tags changed".to_owned(),
    }
}

/// The address of the request that registers; none where only the registry itself knows it, or nothing is
/// known of where.
pub(crate) fn address(plan: &Plan, destination: Option<&Destination>) -> Result<Option<String>, Error> {
    let cloud = Cloud::offline(&process_env)?;
    let Some(Destination::Workspace(target)) = destination else { return Ok(None) };
    Ok(Some(environment_url(&cloud, target, &plan.name, plan.version.as_deref())))
}

/// The body of the request. Where a context goes is known only when the workspace is asked.
pub(crate) fn body(plan: &Plan, ready: Option<&Ready>) -> serde_json::Value {
    ready.map_or_else(|| plan.body.clone(), |_| plan.body_with("{context}"))
}

/// Everything that would be sent, for people.
pub(crate) fn preview(
    plan: &Plan,
    destination: Option<&Destination>,
    ready: Option<&Ready>,
    hash: Option<&str>,
) -> Result<String, Error> {
    let url = address(plan, destination)?;
    let url = url.as_deref().unwrap_or(match destination {
        Some(_) => "(the registry is asked for its address)",
        None => "(no workspace is named)",
    });
    let mut text = format!("PUT {url}\n{:#}\n", body(plan, ready));
    if let Some(ready) = ready {
        let hash = hash.map(|hash| format!(", hash {hash}")).unwrap_or_default();
        text.push_str(&format!("{}{hash}\n", describe_context(ready)));
        for file in &ready.kept.files {
            text.push_str(&format!("  {} ({})\n", file.path, size(file.bytes)));
        }
    }
    for new in &plan.translated {
        text.push_str(&format!("# {}\n{}", new.path, new.text));
    }
    for note in &notes(plan, ready) {
        text.push_str(&format!("note: {note}\n"));
    }
    Ok(text)
}

/// Signs in, uploads what is to be uploaded, and registers. `say` hears what is being done.
pub(crate) async fn run(
    plan: &Plan,
    destination: &Destination,
    ready: Option<Ready>,
    cancel: &Arc<AtomicBool>,
    say: impl Fn(&str) + Send,
) -> Result<Registered, Error> {
    let cloud = Cloud::from_env(&process_env).await?;
    say("signing in");
    let token = sign_in(&cloud, &process_env, cancel).await?;
    // Reading all files may take a while; who is not signed in need not wait for it.
    let read = match ready {
        Some(ready) => {
            say("reading the build context");
            let flag = Arc::clone(cancel);
            let read = tokio::task::spawn_blocking(move || {
                let digests = upload::hash(&ready, &flag)?;
                Ok((ready, digests))
            });
            Some(read.await.map_err(|_| Error::Cancelled { sent: false })??)
        }
        None => None,
    };
    let progress = Arc::<Progress>::default();
    let total = read.as_ref().map(|(ready, _)| (ready.kept.files.len(), ready.kept.bytes()));
    let upload = match (&read, &plan.context) {
        (Some((ready, digests)), Some(context)) => Some(Upload {
            folder: Arc::new(ready.folder.clone()),
            digests,
            datastore: &context.datastore,
            progress: Arc::clone(&progress),
            env: &process_env,
        }),
        _ => None,
    };
    let body = |uri: Option<&str>| uri.map_or_else(|| plan.body.clone(), |uri| plan.body_with(uri));
    let registration =
        Registration { name: &plan.name, version: plan.version.as_deref(), body: &body, upload };
    say(if total.is_some() { "uploading" } else { "registering" });
    let mut work = std::pin::pin!(async {
        match destination {
            Destination::Workspace(target) => {
                ArmClient::new(cloud, token, Delays::default())?.register(target, &registration, cancel).await
            }
            Destination::Registry(name) => {
                let client = RegistryClient::new(cloud, token, Delays::default(), &process_env)?;
                client.register(name, &registration, cancel).await
            }
        }
    });
    loop {
        if let Ok(done) = tokio::time::timeout(TELL, work.as_mut()).await {
            return done;
        }
        let Some((files, bytes)) = total else { continue };
        let (done, sent) = (progress.files.load(Ordering::Relaxed), progress.bytes.load(Ordering::Relaxed));
        if done < files as u64 {
            say(&format!("uploading: {done} of {files} files, {} of {}", size(sent), size(bytes)));
        } else {
            say("registering");
        }
    }
}

/// What is said at the end.
pub(crate) fn success(registered: &Registered) -> String {
    let Registered { name, version, created, studio_url, reference, .. } = registered;
    let what = if *created { "Registered" } else { "Updated" };
    let link = studio_url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
    format!("{what} {name}, version {version}. Refer to it as {reference}.{link}")
}

/// What is said when it failed.
pub(crate) fn failure(error: &Error) -> String {
    let mut text = error.to_string();
    // The name of a host stays as it is.
    if let Some(first) = text.get(..1).filter(|_| !error.begins_with_host()) {
        let upper = first.to_uppercase();
        text.replace_range(..1, &upper);
    }
    if !text.ends_with(['.', '?', '!']) {
        text.push('.');
    }
    match error.next_step() {
        Some(step) => format!("{text} {step}"),
        None => text,
    }
}
