//! The only code of amlenv that leaves the machine: signing in, Azure Resource Manager, the blobs of build
//! contexts, and registries of images.
//!
//! It knows nothing of rules: it is handed a finished body, and the files that are to be sent. Where to go and as whom is
//! decided by the user's own settings and the process environment alone; a workspace file names a
//! target and nothing else. Tokens never reach a message, a log or a `Debug` text.

mod answer;
mod arm;
mod asset_registry;
mod blob;
mod caller;
mod clouds;
pub mod context;
mod credentials;
mod error;
mod http;
pub mod registry;
mod sas;
mod spoken;
mod target;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use arm::{ArmClient, Delays, Registered, Registration, Upload, environment_url};
pub use asset_registry::RegistryClient;
pub use clouds::Cloud;
pub use credentials::sign_in;
pub use error::{Error, Result, Unreachable};
pub use target::{Part, Source, Target, TargetInputs, find_target};

/// Reads a variable of the process environment; empty ones count as unset.
pub type Env<'a> = &'a (dyn Fn(&str) -> Option<String> + Send + Sync);

/// The process environment.
#[must_use]
pub fn process_env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// How often it is looked whether the user has cancelled.
const TICK: Duration = Duration::from_millis(50);

/// Does some work, unless the user cancels first; then the work is dropped where it stands.
pub(crate) async fn unless_cancelled<T>(cancel: &AtomicBool, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    while !cancel.load(Ordering::Relaxed) {
        if let Ok(done) = tokio::time::timeout(TICK, work.as_mut()).await {
            return Some(done);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use azure_core::credentials::Secret;

    use super::registry::{Access, Limits, Registries};
    use super::*;

    const SECRET: &str = "never-to-be-seen";

    /// Whatever can be printed for developers, with a secret in it wherever there is one.
    #[test]
    fn no_debug_text_shows_a_secret() {
        let cloud = || Cloud::offline(&|_| None).expect("the public cloud");
        let token = || Secret::new(SECRET.to_owned());
        let arm = ArmClient::new(cloud(), token(), Delays::default()).expect("a client");
        let registry = RegistryClient::new(cloud(), token(), Delays::default(), &|_| None).expect("a client");
        let named = format!("https://user:{SECRET}@registry.example.org");
        let access = Access::new(true, &[named, format!("user:{SECRET}@registry.example.org")]);
        let env = Arc::new(|_: &str| Some(SECRET.to_owned()));
        let registries = Registries::new(access.clone(), env, Limits::default());
        let body = format!("{{\"error\": {{\"code\": \"Bad\", \"message\": \"you sent {SECRET}\"}}}}");
        let refusal = answer::refused(
            "host",
            reqwest::StatusCode::BAD_REQUEST,
            &reqwest::header::HeaderMap::new(),
            &body,
            &[SECRET],
        );
        for text in [
            format!("{arm:?} {arm:#?}"),
            format!("{registry:?} {registry:#?}"),
            format!("{access:?}"),
            format!("{registries:?} {registries:#?}"),
            format!("{:?}", token()),
            format!("{refusal:?} {refusal}"),
        ] {
            assert!(!text.is_empty() && !text.contains(SECRET), "{text}");
        }
    }
}
