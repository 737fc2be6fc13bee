//! `amlenv register`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use amlenv_analysis::{
    File, FileKind, FilePath, Plan, PlanOptions, Workspace, classify_named, registration_plan,
};
use amlenv_cloud::Error;
use serde_json::json;

use super::{Exit, TextOrJson};
use crate::configuration::Configurations;
use crate::disk::{self, Read};
use crate::position::place;
use crate::register::Destination;
use crate::upload::{self, Ready};
use crate::{output, register, user_settings};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The file that defines the environment.
    file: PathBuf,
    /// Which environment of the file: its name, its variable or its number.
    #[arg(long, value_name = "NAME_OR_INDEX")]
    environment: Option<String>,
    /// Register it under this name.
    #[arg(long)]
    name: Option<String>,
    /// Register it as this version; the next one if none is given anywhere.
    #[arg(long)]
    version: Option<String>,
    /// The description.
    #[arg(long)]
    description: Option<String>,
    /// A tag; may be given several times.
    #[arg(long, value_name = "K=V", value_parser = tag)]
    tag: Vec<(String, String)>,
    /// The subscription.
    #[arg(long)]
    subscription: Option<String>,
    /// The resource group.
    #[arg(long)]
    resource_group: Option<String>,
    /// The workspace.
    #[arg(long)]
    workspace: Option<String>,
    /// Register to this registry instead of a workspace.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["subscription", "resource_group", "workspace"])]
    registry: Option<String>,
    /// Show what would be sent, without any network.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Register despite error findings, and without v1 registry credentials.
    #[arg(long)]
    force: bool,
    /// How to print the plan or the result.
    #[arg(long, default_value = "text")]
    format: TextOrJson,
}

fn tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("a tag is written KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<Exit> {
    let (path, plan) = match plan(args) {
        Ok(planned) => planned,
        Err((exit, message)) => {
            output::message(&format!("amlenv: {message}"));
            return Ok(exit);
        }
    };
    let explicit = [
        (args.subscription.clone(), "--subscription"),
        (args.resource_group.clone(), "--resource-group"),
        (args.workspace.clone(), "--workspace"),
    ];
    let destination = match &args.registry {
        Some(name) => Ok(Destination::Registry(name.clone())),
        None => register::target(&path, explicit, &user_settings::load()).map(Destination::Workspace),
    };
    let ready = match plan.context.as_ref().map(upload::read).transpose() {
        Ok(ready) => ready,
        Err(error) => return Ok(failed(&error)),
    };
    if args.dry_run {
        return dry_run(args, &plan, destination.ok().as_ref(), ready.as_ref());
    }
    let destination = match destination {
        Ok(destination) => destination,
        Err(error) => return Ok(failed(&error)),
    };
    if !quiet {
        for new in &plan.translated {
            output::message(&format!("# {}\n{}", new.path, new.text));
        }
    }
    for note in register::notes(&plan, ready.as_ref()) {
        output::message(&format!("note: {note}"));
    }
    if !quiet {
        let context = ready.as_ref().map(|ready| format!(", with {}", register::describe_context(ready)));
        output::message(&format!(
            "Environment {}, {}{}, in\n{}",
            plan.name,
            register::describe_version(&plan, &destination),
            context.unwrap_or_default(),
            register::describe(&destination)
        ));
    }
    if !args.yes && std::io::stdin().is_terminal() && !confirmed()? {
        output::message("Cancelled; nothing was registered.");
        return Ok(Exit::Cancelled);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let cancel = Arc::new(AtomicBool::new(false));
    let result = runtime.block_on(async {
        let flag = Arc::clone(&cancel);
        let interrupted = tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                flag.store(true, Ordering::Relaxed);
            }
        });
        let result =
            register::run(&plan, &destination, ready, &cancel, |what| tracing::info!("{what}")).await;
        interrupted.abort();
        result
    });
    runtime.shutdown_background();
    match result {
        Ok(registered) => {
            let text = match args.format {
                TextOrJson::Text => register::success(&registered) + "\n",
                TextOrJson::Json => {
                    serde_json::to_string_pretty(&json!({
                        "name": registered.name,
                        "version": registered.version,
                        "id": registered.id,
                        "created": registered.created,
                        "studio_url": registered.studio_url,
                    }))? + "\n"
                }
            };
            output::result(&text)?;
            Ok(Exit::Fine)
        }
        Err(error) => Ok(failed(&error)),
    }
}

fn failed(error: &Error) -> Exit {
    output::message(&format!("amlenv: {}", register::failure(error)));
    match error {
        Error::Cancelled { .. } => Exit::Cancelled,
        error if error.is_usage() => Exit::Usage,
        _ => Exit::Findings,
    }
}

fn confirmed() -> anyhow::Result<bool> {
    output::message("Register? [y/N]");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn dry_run(
    args: &Args,
    plan: &Plan,
    destination: Option<&Destination>,
    ready: Option<&Ready>,
) -> anyhow::Result<Exit> {
    let url = match register::address(plan, destination) {
        Ok(url) => url,
        Err(error) => return Ok(failed(&error)),
    };
    let hash = match ready.map(|ready| upload::hash(ready, &AtomicBool::new(false))).transpose() {
        Ok(digests) => digests.map(|digests| digests.hash),
        Err(error) => return Ok(failed(&error)),
    };
    let text = match args.format {
        TextOrJson::Json => {
            serde_json::to_string_pretty(&json!({
                "method": "PUT",
                "url": url,
                "version": plan.version,
                "body": register::body(plan, ready),
                "context": ready.map(|ready| json!({
                    "root": ready.root,
                    "hash": hash,
                    "files": ready.kept.files.iter().map(|file| json!({"path": file.path, "bytes": file.bytes})).collect::<Vec<_>>(),
                    "bytes": ready.kept.bytes(),
                })),
            }))? + "\n"
        }
        TextOrJson::Text => match register::preview(plan, destination, ready, hash.as_deref()) {
            Ok(text) => text,
            Err(error) => return Ok(failed(&error)),
        },
    };
    output::result(&text)?;
    Ok(Exit::Fine)
}

/// The folders that bound what is read: the repository; without one, the folder of the file and the
/// current one.
fn roots(file: &Path, path: &FilePath) -> Vec<FilePath> {
    let outer = disk::repository_of(file)
        .map_or_else(|| disk::file_path(Path::new(".")), |root| disk::file_path(&root));
    vec![path.parent(), outer]
}

type Planned = (FilePath, Plan);

fn plan(args: &Args) -> Result<Planned, (Exit, String)> {
    let text = match disk::read(&args.file) {
        Read::Text(text) => text,
        Read::Refused { message, .. } => {
            return Err((Exit::Usage, format!("{}: {message}", args.file.display())));
        }
    };
    let path = disk::file_path(&args.file);
    // Named here, a YAML file that is nothing else is meant as an environment.
    let yaml = path.file_name().ends_with(".yml") || path.file_name().ends_with(".yaml");
    let kind = classify_named(&path, &text).or_else(|| yaml.then_some(FileKind::EnvironmentYaml));
    let Some(kind) = kind else {
        return Err((
            Exit::Usage,
            format!("{} defines no environment that amlenv knows", args.file.display()),
        ));
    };
    let roots = roots(&args.file, &path);
    let settings = Configurations::default()
        .of(Path::new(path.as_str()), &roots)
        .map(|found| found.settings(Path::new(path.as_str())))
        .unwrap_or_default();
    let mut workspace = Workspace::new(roots);
    workspace.insert(Arc::new(File::new(path.clone(), kind, text)));
    disk::supply(&mut workspace, &path);
    let options = PlanOptions {
        environment: args.environment.clone(),
        name: args.name.clone(),
        version: args.version.clone(),
        description: args.description.clone(),
        tags: args.tag.iter().cloned().collect::<BTreeMap<_, _>>(),
        force: args.force,
    };
    match registration_plan(&workspace, &path, &options, &settings) {
        Ok(plan) => Ok((path, plan)),
        Err(refusal) => {
            let at = refusal.range.and_then(|range| {
                let file = workspace.file(&path)?;
                let at = place(file.text(), file.lines(), range.start);
                Some(format!("{}:{}:{}: ", args.file.display(), at.line, at.column))
            });
            let exit = if refusal.usage { Exit::Usage } else { Exit::Findings };
            Err((exit, format!("{}{}", at.unwrap_or_default(), refusal.message)))
        }
    }
}
