//! amlenv: the shells around the core. The command line here; the language server in `lsp`.

mod cli;
mod configuration;
mod disk;
mod drawing;
mod fix;
mod lsp;
mod output;
mod position;
mod register;
mod registry;
mod render;
mod upload;
mod user_settings;
mod walk;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
