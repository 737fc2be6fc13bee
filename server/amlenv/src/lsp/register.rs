//! Registering from the editor: a job beside the handlers.
use super::state::Shared;
use std::sync::Arc;
use tower_lsp_server::Client;
use tower_lsp_server::ls_types as lsp;
pub(crate) struct Job {
    pub(crate) uri: lsp::Uri,
    pub(crate) environment: Option<String>,
    pub(crate) version: Option<String>,
}
pub(crate) fn spawn(_client: Client, _shared: Arc<Shared>, job: Job) {
    drop((job.uri, job.environment, job.version));
}
