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
