//! `amlenv graph`: what refers to what, for people, for Mermaid and for programs.

use std::path::PathBuf;

use amlenv_analysis::relations;
use clap::ValueEnum;

use super::{Exit, shown};
use crate::drawing::Drawing;
use crate::output;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Files and folders. The current folder if none is given.
    paths: Vec<PathBuf>,
    /// How to print it.
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Each file with what it refers to.
    Text,
    /// A flow chart for Mermaid.
    Mermaid,
    /// One object.
    Json,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    if let Some(missing) = args.paths.iter().find(|path| !path.exists()) {
        output::message(&format!("amlenv: there is no file or folder {}", missing.display()));
        return Ok(Exit::Usage);
    }
    let (workspace, paths) = super::check::load(&args.paths)?;
    let found = relations(&workspace, &paths);
    let drawing = Drawing { workspace: &workspace, found: &found, shown: &shown };
    let text = match args.format {
        Format::Text => drawing.text(),
        Format::Mermaid => drawing.mermaid(),
        Format::Json => serde_json::to_string_pretty(&drawing.json())? + "\n",
    };
    output::result(&text)?;
    Ok(Exit::Fine)
}
