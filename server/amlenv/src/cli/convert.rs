//! `amlenv convert`: a definition of SDK v1, or Python of either SDK, as v2 environment YAML.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use amlenv_analysis::{
    Conversion, ConvertOptions, File, FilePath, Refusal, Workspace, classify_named, conversion,
};

use super::Exit;
use crate::disk::{self, Read};
use crate::output;
use crate::position::place;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The file that defines the environment: Python, a notebook, azureml_environment.json or .runconfig.
    file: PathBuf,
    /// The form to convert to.
    #[arg(long, value_name = "FORM")]
    to: Form,
    /// Write all files into this folder, never over one that is there.
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Which environment of the file: its name, its variable or its number.
    #[arg(long, value_name = "NAME_OR_INDEX")]
    environment: Option<String>,
}

/// The forms that there are to convert to.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    /// The environment YAML of CLI and SDK v2.
    V2,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<Exit> {
    let Form::V2 = args.to;
    let converted = match converted(args) {
        Ok(converted) => converted,
        Err((exit, message)) => {
            output::message(&format!("amlenv: {message}"));
            return Ok(exit);
        }
    };
    let exit = match &args.output {
        Some(folder) => written(&converted, folder)?,
        None => printed(&converted)?,
    };
    if exit == Exit::Fine && !quiet {
        for note in &converted.notes {
            output::message(&format!("note: {note}"));
        }
    }
    Ok(exit)
}

/// One file goes to standard output; several need a folder.
fn printed(converted: &Conversion) -> anyhow::Result<Exit> {
    let [only] = converted.files.as_slice() else {
        let names: Vec<&str> = converted.files.iter().map(|file| file.path.as_str()).collect();
        output::message(&format!(
            "amlenv: this becomes {} files ({}); say with --output DIR where to write them",
            names.len(),
            names.join(", ")
        ));
        return Ok(Exit::Usage);
    };
    output::result(&only.text)?;
    Ok(Exit::Fine)
}

/// Writes all files or none: nothing that is there is touched.
fn written(converted: &Conversion, folder: &Path) -> anyhow::Result<Exit> {
    let paths: Vec<PathBuf> = converted.files.iter().map(|file| folder.join(&file.path)).collect();
    if let Some(there) = paths.iter().find(|path| fs::symlink_metadata(path).is_ok()) {
        output::message(&format!("amlenv: {} is there already; nothing was written", there.display()));
        return Ok(Exit::Usage);
    }
    for (file, path) in converted.files.iter().zip(&paths) {
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            let mut new = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
            new.write_all(file.text.as_bytes())
        });
        if let Err(error) = written {
            output::message(&format!("amlenv: {} could not be written: {error}", path.display()));
            return Ok(Exit::Usage);
        }
        output::result(&format!("{}\n", path.display()))?;
    }
    Ok(Exit::Fine)
}

fn converted(args: &Args) -> Result<Conversion, (Exit, String)> {
    let text = match disk::read(&args.file) {
        Read::Text(text) => text,
        Read::Refused { message, .. } => {
            return Err((Exit::Usage, format!("{}: {message}", args.file.display())));
        }
    };
    let path = disk::file_path(&args.file);
    let Some(kind) = classify_named(&path, &text) else {
        return Err((
            Exit::Usage,
            format!("{} defines no environment that amlenv knows", args.file.display()),
        ));
    };
    let mut roots = vec![path.parent()];
    roots.extend(disk::repository_of(&args.file).map(|root| disk::file_path(&root)));
    let mut workspace = Workspace::new(roots);
    workspace.insert(Arc::new(File::new(path.clone(), kind, text)));
    disk::supply(&mut workspace, &path);
    let folder = args.output.as_deref().map_or_else(|| path.parent(), disk::file_path);
    let options = ConvertOptions { environment: args.environment.clone(), folder };
    conversion(&workspace, &path, &options).map_err(|refusal| said(args, &workspace, &path, &refusal))
}

fn said(args: &Args, workspace: &Workspace, path: &FilePath, refusal: &Refusal) -> (Exit, String) {
    let at = refusal.range.and_then(|range| {
        let file = workspace.file(path)?;
        let at = place(file.text(), file.lines(), range.start);
        Some(format!("{}:{}:{}: ", args.file.display(), at.line, at.column))
    });
    let exit = if refusal.usage { Exit::Usage } else { Exit::Findings };
    (exit, format!("{}{}", at.unwrap_or_default(), refusal.message))
}
