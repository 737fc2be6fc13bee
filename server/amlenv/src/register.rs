//! Registering: the one way that the command line and the editor share.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use amlenv_analysis::{FilePath, Plan};
use amlenv_cloud::{
    ArmClient, Cloud, Delays, Error, Registered, Registration, Target, TargetInputs, find_target,
    process_env, sign_in,
};

use crate::user_settings::UserSettings;

/// A part of the target as it was said explicitly, and where.
pub(crate) type Said = (Option<String>, &'static str);

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

/// The target in words: what is used, and where it came from.
pub(crate) fn describe(target: &Target) -> String {
    let [subscription, group, workspace] = &target.sources;
    format!(
        "workspace {} ({workspace})\nresource group {} ({group})\nsubscription {} ({subscription})",
        target.workspace, target.resource_group, target.subscription
    )
}

/// Signs in and registers. `say` hears what is being done.
pub(crate) async fn run(
    plan: &Plan,
    target: &Target,
    cancel: &Arc<AtomicBool>,
    say: impl Fn(&str) + Send,
) -> Result<Registered, Error> {
    let cloud = Cloud::from_env(&process_env).await?;
    say("signing in");
    let token = sign_in(&cloud, &process_env, cancel).await?;
    say("registering");
    let client = ArmClient::new(cloud, token, Delays::default())?;
    let registration = Registration { name: &plan.name, version: plan.version.as_deref(), body: &plan.body };
    client.register(target, &registration, cancel).await
}

/// What is said at the end.
pub(crate) fn success(registered: &Registered) -> String {
    let Registered { name, version, created, studio_url, .. } = registered;
    let what = if *created { "Registered" } else { "Updated" };
    let link = studio_url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
    format!("{what} {name}, version {version}. Refer to it as azureml:{name}:{version}.{link}")
}

/// What is said when it failed.
pub(crate) fn failure(error: &Error) -> String {
    let mut text = error.to_string();
    // The name of a host stays as it is.
    let named = text.split([' ', ':']).next().is_some_and(|word| word.contains('.'));
    if let Some(first) = text.get(..1).filter(|_| !named) {
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
