//! The language server: thin handlers around the core.
//!
//! Laws, each one for a reason that was measured: an edit is applied under a `std::sync::Mutex`
//! before the handler's first `.await`; a request takes its snapshot before its first `.await`;
//! work that takes time runs on the blocking pool; no handler waits for the network or for the
//! client; results carry the version that they were computed for.

mod actions;
mod capabilities;
mod catalogue;
mod complete;
mod configure;
mod diagnostics;
mod format;
mod hints;
mod hover;
mod index;
mod lenses;
mod navigate;
mod notebooks;
mod proto;
mod refactor;
mod register;
mod server;
mod settings;
mod signature;
mod state;
mod text;
mod tokens;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use tower_lsp_server::LspService;

use self::server::Backend;
use crate::cli::Exit;

/// How often it is looked whether the client still lives.
const WATCH: Duration = Duration::from_secs(2);

/// How many threads answer requests, walk through folders and judge.
const WORKERS: usize = 3;

/// Serves on standard input and output until the client is done, and tells how it ended: fine after
/// `shutdown` and `exit`, else not.
pub(crate) fn run(client: Option<u32>) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        // Hundreds of requests at a time are answered one after the other, not by hundreds of threads.
        .max_blocking_threads(WORKERS)
        .enable_all()
        .build()?;
    let exit = runtime.block_on(async {
        let (service, socket) = LspService::build(Backend::new)
            .custom_method("window/workDoneProgress/cancel", Backend::cancel_progress)
            .finish();
        let shared = service.inner().shared();
        shared.set_client_process(client);
        let watch = tokio::spawn(watch(Arc::clone(&shared)));
        let serve = transport::serve(service, socket);
        tokio::select! {
            () = serve => {}
            _ = watch => {}
        }
        if shared.was_shut_down() { Exit::Fine } else { Exit::Findings }
    });
    // A thread that still waits for standard input must not hold the end up.
    runtime.shutdown_background();
    Ok(exit)
}

/// Returns when the client's process is gone.
async fn watch(shared: Arc<state::Shared>) {
    loop {
        tokio::time::sleep(WATCH).await;
        if shared.client_process().is_some_and(|process| !is_alive(process)) {
            return;
        }
    }
}

/// Whether a process exists; where that cannot be known, it does.
fn is_alive(process: u32) -> bool {
    let processes = std::path::Path::new("/proc");
    !processes.join("self").exists() || processes.join(process.to_string()).exists()
}
