//! What is sent to register an environment: the same body as the official client's, or the reason
//! why not. Source of the body: azure-ai-ml 1.35.2, measured on the wire.

mod details;
mod source;

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::answers::{BuildContext, ContextSource, ConvertOptions, NewFile, Plan, PlanOptions, Refusal};
use crate::convert;
use crate::file::File;
use crate::finding::Severity;
use crate::judge;
use crate::kind::FileKind;
use crate::model::{Environment, Field, Notation, Value};
use crate::nested;
use crate::path::FilePath;
use crate::settings::Settings;
use crate::workspace::{Fact, Workspace};

/// The datastore that contexts go to where the definition names none: by this name, whichever datastore
/// is the default.
const DATASTORE: &str = "workspaceblobstore";

/// Rules that warn of what the official client sends in silence, and that is wrong: they stand in the way
/// as errors do.
const SILENTLY_WRONG: [&str; 2] = ["AML105", "AML123"];

pub(crate) fn plan(
    workspace: &Workspace,
    path: &FilePath,
    options: &PlanOptions,
    settings: &Settings,
) -> Result<Plan, Refusal> {
    let file = workspace.file(path).ok_or_else(|| usage("The file could not be read.".to_owned()))?;
    match file.nested().iter().find(|nested| !nested.written) {
        Some(nested) => {
            let made = convert::made(file);
            of_file(&nested::scope(workspace, file), &nested.file, options, settings, &made).map_err(
                |refusal| Refusal { range: refusal.range.map(|range| nested.host(range)), ..refusal },
            )
        }
        None => of_file(workspace, file, options, settings, &[]),
    }
}

/// Whether a file may define what can be registered.
pub(crate) fn is_source(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::EnvironmentYaml | FileKind::JobYaml | FileKind::DeploymentYaml | FileKind::Dockerfile
    ) || convert::is_source(kind)
}

fn of_file(
    workspace: &Workspace,
    file: &File,
    options: &PlanOptions,
    settings: &Settings,
    made: &[FilePath],
) -> Result<Plan, Refusal> {
    if !is_source(file.kind()) {
        let message = "Environments are registered from an environment YAML, from a job or deployment that holds one, from a Dockerfile, from Python, azureml_environment.json or a .runconfig; this file is none of them.";
        return Err(usage(message.to_owned()));
    }
    if file.kind() == FileKind::Dockerfile {
        return of_dockerfile(workspace, file, options, settings);
    }
    let environment = choose(file, options.environment.as_deref())?;
    if !options.force {
        refuse_errors(workspace, file, environment, settings)?;
    }
    let mut notes = Vec::new();
    source::refuse_credentials(environment, options, &mut notes)?;
    let name = match (&options.name, environment.name()) {
        (Some(name), _) => name.clone(),
        (None, Some(name)) if !name.is_empty() => name.to_owned(),
        _ => {
            return Err(refusal(
                environment,
                "An environment is registered under a name: add one, or give --name.",
            ));
        }
    };
    check_name(Some(environment), &name)?;
    if environment.notation.is_v1() {
        return translated(workspace, file, options, settings, (made, notes));
    }
    let version = match &options.version {
        Some(version) => Some(version.clone()),
        None => version(environment)?,
    };
    let mut properties = empty_properties();
    let context = source::image_or_build(workspace, file, environment, &mut properties)?;
    source::conda(workspace, file, environment, &mut properties)?;
    if let Some(context) = &context
        && !options.force
    {
        refuse_dockerfile(workspace, context, settings)?;
    }
    details::details(file, environment, options, &mut properties)?;
    Ok(Plan { name, version, body: body(properties), context, translated: Vec::new(), notes })
}

fn empty_properties() -> Map<String, Json> {
    let mut properties = Map::new();
    properties.insert("isAnonymous".to_owned(), Json::Bool(false));
    properties.insert("isArchived".to_owned(), Json::Bool(false));
    properties
}

fn body(properties: Map<String, Json>) -> Json {
    Json::Object(Map::from_iter([("properties".to_owned(), Json::Object(properties))]))
}

/// A Dockerfile with its folder as context.
fn of_dockerfile(
    workspace: &Workspace,
    file: &File,
    options: &PlanOptions,
    settings: &Settings,
) -> Result<Plan, Refusal> {
    let Some(name) = options.name.clone() else {
        return Err(usage(
            "A Dockerfile has no name to register an environment under; give --name.".to_owned(),
        ));
    };
    check_name(None, &name)?;
    let dockerfile = file.path().file_name().to_owned();
    let context = BuildContext {
        source: ContextSource::Folder(file.path().parent()),
        dockerfile: dockerfile.clone(),
        datastore: DATASTORE.to_owned(),
    };
    if !options.force {
        refuse_dockerfile(workspace, &context, settings)?;
    }
    let mut properties = empty_properties();
    // As for an environment YAML that says nothing of it.
    let build = if dockerfile == "Dockerfile" { json!({}) } else { json!({ "dockerfilePath": dockerfile }) };
    properties.insert("build".to_owned(), build);
    details::said(options, None, Map::new(), &mut properties);
    Ok(Plan {
        name,
        version: options.version.clone(),
        body: body(properties),
        context: Some(context),
        translated: Vec::new(),
        notes: Vec::new(),
    })
}

/// A definition of SDK v1 by way of its form in v2, as converting it makes it.
fn translated(
    workspace: &Workspace,
    file: &File,
    options: &PlanOptions,
    settings: &Settings,
    (made, mut notes): (&[FilePath], Vec<String>),
) -> Result<Plan, Refusal> {
    let folder = file.path().parent();
    let converting = ConvertOptions { environment: options.environment.clone(), folder: folder.clone() };
    let conversion = convert::of_file(workspace, file, &converting, made)?;
    let mut with = workspace.clone();
    for new in &conversion.files {
        let path = folder.join(&new.path);
        let kind = match path.file_name() {
            "environment.yml" => FileKind::EnvironmentYaml,
            "Dockerfile" => FileKind::Dockerfile,
            _ => FileKind::Conda,
        };
        with.insert(Arc::new(File::new(path, kind, new.text.as_str().into())));
    }
    let made_folder = folder.join(convert::CONTEXT);
    let inside = format!("{}/", convert::CONTEXT);
    let files: Vec<NewFile> = conversion
        .files
        .iter()
        .filter_map(|new| {
            let path = new.path.strip_prefix(&inside)?.to_owned();
            Some(NewFile { path, text: new.text.clone() })
        })
        .collect();
    if !files.is_empty() {
        let names = files.iter().map(|new| new.path.clone()).collect();
        with.set_fact(made_folder.clone(), Fact::Folder(names));
    }
    let Some(definition) = with.file(&folder.join("environment.yml")).cloned() else {
        return Err(usage("The definition could not be translated.".to_owned()));
    };
    // The definition itself was judged; what it became is not the user's to mend.
    let options = PlanOptions { environment: None, force: true, ..options.clone() };
    let mut plan = of_file(&with, &definition, &options, settings, &[])
        .map_err(|refusal| Refusal { range: None, ..refusal })?;
    if let Some(context) = &mut plan.context
        && context.source == ContextSource::Folder(made_folder)
    {
        context.source = ContextSource::Made { name: convert::CONTEXT.to_owned(), files };
    }
    notes.extend(conversion.notes);
    plan.notes = notes;
    plan.translated = conversion.files;
    Ok(plan)
}

/// Errors in the Dockerfile of a context stand in the way as those of the definition do.
fn refuse_dockerfile(
    workspace: &Workspace,
    context: &BuildContext,
    settings: &Settings,
) -> Result<(), Refusal> {
    let ContextSource::Folder(folder) = &context.source else { return Ok(()) };
    let Some(file) = workspace.file(&folder.join(&context.dockerfile)) else { return Ok(()) };
    let mut errors = judge::judge_file(workspace, file, settings).into_iter();
    match errors.find(|finding| finding.severity == Severity::Error) {
        Some(finding) => Err(Refusal {
            message: format!(
                "{}: {} ({} {}). Mend it first, or use --force.",
                context.dockerfile, finding.message, finding.rule.code, finding.rule.name
            ),
            range: None,
            usage: false,
        }),
        None => Ok(()),
    }
}

fn usage(message: String) -> Refusal {
    Refusal { message, range: None, usage: true }
}

fn refusal(environment: &Environment, message: &str) -> Refusal {
    Refusal { message: message.to_owned(), range: Some(environment.anchor), usage: false }
}

/// The environment that is meant: by its number from 1, its name or its variable; the only one
/// where nothing is said.
pub(crate) fn choose<'a>(file: &'a File, wanted: Option<&str>) -> Result<&'a Environment, Refusal> {
    let all: Vec<&Environment> = file.environments().collect();
    let Some(wanted) = wanted else {
        return match all.as_slice() {
            [] => Err(usage("No environment is defined in this file.".to_owned())),
            [only] => Ok(only),
            several => Err(usage(format!(
                "This file defines {} environments; say which with --environment: {}.",
                several.len(),
                several
                    .iter()
                    .enumerate()
                    .map(|(number, found)| call(number, found))
                    .collect::<Vec<_>>()
                    .join(", ")
            ))),
        };
    };
    let by_number = wanted.parse::<usize>().ok().and_then(|number| all.get(number.checked_sub(1)?).copied());
    let by_name = || {
        all.iter()
            .copied()
            .find(|found| found.name() == Some(wanted) || found.variable.as_deref() == Some(wanted))
    };
    by_name().or(by_number).ok_or_else(|| {
        let known: Vec<String> = all.iter().enumerate().map(|(number, found)| call(number, found)).collect();
        usage(format!("No environment {wanted} in this file; there is {}.", known.join(", ")))
    })
}

fn call(number: usize, environment: &Environment) -> String {
    let name = environment.name().or(environment.variable.as_deref()).unwrap_or("unnamed");
    format!("{} ({name})", number + 1)
}

/// Errors in the definition stand in the way, unless the user forces it.
fn refuse_errors(
    workspace: &Workspace,
    file: &File,
    environment: &Environment,
    settings: &Settings,
) -> Result<(), Refusal> {
    let finding = judge::judge_file(workspace, file, settings).into_iter().find(|finding| {
        let stands = finding.severity == Severity::Error
            || finding.severity == Severity::Warning && SILENTLY_WRONG.contains(&finding.rule.code);
        stands
            && (environment.notation == Notation::EnvironmentYaml
                || environment.range.intersects(finding.range))
    });
    match finding {
        Some(finding) => Err(Refusal {
            message: format!(
                "{} ({} {}). Mend it first, or use --force.",
                finding.message, finding.rule.code, finding.rule.name
            ),
            range: Some(finding.range),
            usage: false,
        }),
        None => Ok(()),
    }
}

/// Source: REST reference, Environment Containers; a dot is outside of it, and yet official names have one.
pub(crate) fn is_name(name: &str) -> bool {
    let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    first && rest && name.len() <= 255
}

fn check_name(environment: Option<&Environment>, name: &str) -> Result<(), Refusal> {
    if is_name(name) {
        return Ok(());
    }
    let message = format!(
        "{name:?} is no name for an environment: letters, digits, - and _, beginning with a letter or digit, at most 255."
    );
    Err(Refusal { message, range: environment.map(|found| found.anchor), usage: false })
}

/// The version as the client sends it: numbers as their value, not as they are written.
fn version(environment: &Environment) -> Result<Option<String>, Refusal> {
    let Some(assignment) = environment.last(&Field::Version) else { return Ok(None) };
    match &assignment.value {
        Value::Text(text) if !text.templated => Ok(Some(text.value.clone())),
        Value::Number(text) => match text.parse::<i64>() {
            Ok(number) if number.to_string() == *text => Ok(Some(text.clone())),
            // `1.10` would be sent as `1.1`, `010` as `8`, a date not at all.
            _ => Err(refusal(
                environment,
                &format!("version {text} is not what it looks like in YAML; put it in quotes."),
            )),
        },
        Value::Cleared { .. } => Ok(None),
        _ => Err(refusal(environment, "The version is not a plain text or number; give it with --version.")),
    }
}
