//! The command line: what can be said, and which command hears it.

mod check;
mod config;
mod convert;
mod explain;
mod graph;
mod images;
mod register;
mod syntax;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::output;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to complain of.
    Fine,
    /// Findings, or refused.
    Findings,
    /// Wrong usage or configuration.
    Usage,
    /// An internal failure.
    Internal,
    /// Cancelled by the user.
    Cancelled,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Internal => 3,
            Exit::Cancelled => 130,
        })
    }
}

#[derive(Parser)]
#[command(name = "amlenv", version, about = "Checks, completes and registers Azure ML environments")]
#[command(
    after_help = "Examples:\n  amlenv check .\n  amlenv check --format sarif --output amlenv.sarif envs/\n  amlenv explain AML101\n  amlenv register environment.yml --dry-run"
)]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// When to colour the output.
    #[arg(long, global = true, default_value = "auto", value_name = "WHEN")]
    color: Color,
    /// Say only what was asked for.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Log to standard error; twice for more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    /// Judge files and folders.
    #[command(
        after_help = "Examples:\n  amlenv check .\n  amlenv check --fix envs/\n  amlenv check --format json Dockerfile\n  cat env.yml | amlenv check - --stdin-filename env.yml\n\nExit status: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage, 3 an internal failure."
    )]
    Check(Box<check::Args>),
    /// Run the language server on standard input and output.
    Server(ServerArgs),
    /// Register the environment that a file defines.
    #[command(
        after_help = "Examples:\n  amlenv register environment.yml --dry-run --format json\n  amlenv register environment.yml --workspace ml --resource-group rg\n  amlenv register train.py --environment env --name train --yes\n  amlenv register docker/Dockerfile --name train\n  amlenv register environment.yml --registry shared"
    )]
    Register(Box<register::Args>),
    /// Convert a definition of SDK v1, or Python, to v2 environment YAML.
    #[command(
        after_help = "Examples:\n  amlenv convert train.py --to v2 --output environments/train\n  amlenv convert azureml_environment.json --to v2\n  amlenv convert pipeline.py --to v2 --environment env\n\nExit status: 0 converted, 1 something is not known or has no form in v2, 2 wrong usage."
    )]
    Convert(convert::Args),
    /// List curated environments and base images.
    #[command(
        after_help = "Examples:\n  amlenv images torch cuda 12\n  amlenv images --format json inference python 3.12\n  amlenv images --tags mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04\n  amlenv images --tags sklearn-1.5 --refresh\n\nNothing is asked of a registry without --refresh, nor with it unless network.enabled is true in\namlenv/config.toml in the user's folder for configuration."
    )]
    Images(images::Args),
    /// Show the page of a rule.
    #[command(after_help = "Examples:\n  amlenv explain AML101\n  amlenv explain image-latest")]
    Explain(explain::Args),
    /// List all rules.
    Rules(explain::RulesArgs),
    /// The configuration: its schema, and what applies to a file.
    #[command(subcommand)]
    Config(config::Args),
    /// Show what refers to what.
    #[command(after_help = "Examples:\n  amlenv graph\n  amlenv graph --format mermaid jobs/")]
    Graph(graph::Args),
    /// Show what the parser saw, for bug reports.
    Syntax(syntax::Args),
    /// Print shell completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

#[derive(clap::Args)]
struct ServerArgs {
    /// Accepted and ignored: it is always standard input and output.
    #[arg(long, action = clap::ArgAction::Count, hide = true)]
    stdio: u8,
    /// The process to end with; the client says it in its first message as well.
    #[arg(long = "clientProcessId", hide = true)]
    client_process_id: Option<u32>,
}

/// The formats that machines read; each command takes those that fit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Runs the command that was typed.
pub(crate) fn main() -> ExitCode {
    let args = Args::parse();
    match args.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    log(args.verbose);
    match run(args) {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::message(&format!("amlenv: {error:#}"));
            Exit::Internal.into()
        }
    }
}

fn run(args: Args) -> anyhow::Result<Exit> {
    Ok(match args.command {
        Command::Check(check) => check::run(&check, args.quiet)?,
        Command::Server(server) => return crate::lsp::run(server.client_process_id),
        Command::Register(register) => register::run(&register, args.quiet)?,
        Command::Convert(convert) => convert::run(&convert, args.quiet)?,
        Command::Images(images) => images::run(&images)?,
        Command::Explain(explain) => explain::run(&explain)?,
        Command::Rules(rules) => explain::rules(&rules)?,
        Command::Config(config) => config::run(&config)?,
        Command::Graph(graph) => graph::run(&graph)?,
        Command::Syntax(syntax) => syntax::run(&syntax)?,
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "amlenv", &mut text);
            output::result(&String::from_utf8_lossy(&text))?;
            Exit::Fine
        }
        Command::Man => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Args::command()).render(&mut text)?;
            output::result(&String::from_utf8_lossy(&text))?;
            Exit::Fine
        }
    })
}

fn log(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(false).init();
}

/// A path for people: relative to the current folder, with `/`.
pub(crate) fn shown(path: &amlenv_analysis::FilePath) -> String {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    path.relative_to(&crate::disk::file_path(&here))
}
