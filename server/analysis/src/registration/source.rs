//! What an environment stands on: an image, or a build; and the packages on top. It must not know how
//! anything is sent.

use amlenv_syntax::yaml::{self, Node, NodeKind};
use serde_json::{Map, Value as Json};

use super::{DATASTORE, refusal};
use crate::answers::{BuildContext, ContextSource, PlanOptions, Refusal};
use crate::context::clean;
use crate::file::File;
use crate::graph;
use crate::model::{Assignment, Environment, Field, Value};
use crate::workspace::{Fact, Workspace};

/// v1 definitions may hold the credentials of a registry, which are never sent.
pub(super) fn refuse_credentials(
    environment: &Environment,
    options: &PlanOptions,
    notes: &mut Vec<String>,
) -> Result<(), Refusal> {
    let credentials =
        environment.all(&Field::RegistryUsername).chain(environment.all(&Field::RegistryPassword)).next();
    if credentials.is_some() {
        if !options.force {
            let message = "Registry credentials are never sent. Let the workspace pull the image through a workspace connection, or give its managed identity the role AcrPull; then remove them, or use --force to register without.";
            return Err(refusal(environment, message));
        }
        notes.push("registered without the registry credentials".to_owned());
    }
    Ok(())
}

/// The image, or the build with the context that is to be uploaded for it.
pub(super) fn image_or_build(
    workspace: &Workspace,
    file: &File,
    environment: &Environment,
    properties: &mut Map<String, Json>,
) -> Result<Option<BuildContext>, Refusal> {
    let is_set = |field: &Field| environment.all(field).any(|said| !said.value.is_cleared());
    let conditional = |said: &Assignment| !said.path.iter().all(|arm| arm.arm == 0 && !arm.leaves);
    if environment.all(&Field::Image).chain(environment.all(&Field::Build)).any(conditional) {
        let message = "What it stands on hangs on a condition; register each case on its own.";
        return Err(refusal(environment, message));
    }
    match (is_set(&Field::Image), is_set(&Field::Build)) {
        (true, true) => {
            Err(refusal(environment, "image and build exclude each other: the client refuses both together."))
        }
        (false, true) => build(workspace, file, environment, properties),
        _ => image(environment, properties).map(|()| None),
    }
}

fn image(environment: &Environment, properties: &mut Map<String, Json>) -> Result<(), Refusal> {
    let Some(image) = environment.last(&Field::Image).filter(|image| !image.value.is_cleared()) else {
        return Err(refusal(environment, "There is no image and no build to register."));
    };
    let value = plain(environment, image, "The image")?;
    properties.insert("image".to_owned(), Json::String(value));
    Ok(())
}

/// The text of a property without which nothing can be registered.
fn plain(environment: &Environment, said: &Assignment, what: &str) -> Result<String, Refusal> {
    match &said.value {
        Value::Text(text) if text.templated => {
            let message = format!("{what} holds a placeholder; fill it in before registering.");
            Err(refusal(environment, &message))
        }
        Value::Text(text) => Ok(text.value.clone()),
        _ => {
            let message = format!("{what} is not a plain text, so it cannot be known what to register.");
            Err(refusal(environment, &message))
        }
    }
}

fn build(
    workspace: &Workspace,
    file: &File,
    environment: &Environment,
    properties: &mut Map<String, Json>,
) -> Result<Option<BuildContext>, Refusal> {
    let refuse = |message: &str| Err(refusal(environment, message));
    let Some(said) = environment.last(&Field::BuildPath).filter(|path| !path.value.is_cleared()) else {
        return refuse(
            "build has no path: the client would send a build of nothing. Name the folder that is sent.",
        );
    };
    let path = plain(environment, said, "build.path")?;
    let mut out = Map::new();
    let given = environment.last(&Field::BuildDockerfile).filter(|name| !name.value.is_cleared());
    let dockerfile = given.map(|said| plain(environment, said, "dockerfile_path")).transpose()?;
    if let Some(name) = &dockerfile {
        out.insert("dockerfilePath".to_owned(), Json::String(name.clone()));
    }
    if graph::is_remote(&path) {
        if !path.starts_with("https://") && !path.starts_with("http://") {
            return refuse("build.path takes a folder or an http(s) URL; the client refuses this.");
        }
        out.shift_insert(0, "contextUri".to_owned(), Json::String(path));
        properties.insert("build".to_owned(), Json::Object(out));
        return Ok(None);
    }
    let candidates = graph::candidates(workspace, file, environment.notation, &path);
    let found = graph::resolve(workspace, &candidates).ok();
    let Some((folder, fact)) = found.and_then(|found| Some((found.clone(), workspace.fact(found)?))) else {
        let known = candidates.iter().all(|path| workspace.fact(path) == Some(&Fact::Missing));
        return refuse(&match known {
            true => format!("There is no folder {path}."),
            false => format!(
                "The folder {path} lies outside of the workspace, which is not read; run amlenv from a folder above both."
            ),
        });
    };
    if *fact == Fact::File {
        return refuse("build.path names a file; it must be the folder, and dockerfile_path the file in it.");
    }
    properties.insert("build".to_owned(), Json::Object(out));
    let datastore = match environment.last(&Field::Datastore).filter(|said| !said.value.is_cleared()) {
        Some(said) => datastore(&plain(environment, said, "datastore")?).to_owned(),
        None => DATASTORE.to_owned(),
    };
    let dockerfile = clean(dockerfile.as_deref().unwrap_or("Dockerfile"));
    Ok(Some(BuildContext { source: ContextSource::Folder(folder), dockerfile, datastore }))
}

/// The name of a datastore that may be written as `azureml:NAME` or as an identifier of Resource Manager.
fn datastore(written: &str) -> &str {
    let written = written.strip_prefix("azureml:").unwrap_or(written);
    written.rsplit_once("/datastores/").map_or(written, |(_, name)| name.trim_end_matches('/'))
}

pub(super) fn conda(
    workspace: &Workspace,
    file: &File,
    environment: &Environment,
    properties: &mut Map<String, Json>,
) -> Result<(), Refusal> {
    let Some(assignment) = environment.last(&Field::Conda).filter(|conda| !conda.value.is_cleared()) else {
        return Ok(());
    };
    let dumped = match &assignment.value {
        Value::CondaPath(text) if !text.templated => {
            let candidates = graph::candidates(workspace, file, environment.notation, &text.value);
            let found =
                graph::resolve(workspace, &candidates).ok().and_then(|path| match workspace.fact(path) {
                    Some(Fact::File) => workspace.file(path),
                    _ => None,
                });
            let Some(found) = found else {
                return Err(refusal(
                    environment,
                    &format!("The conda file {} could not be read.", text.value),
                ));
            };
            dump_text(environment, found.text(), &text.value)?
        }
        Value::Conda(_) if environment.notation.is_yaml() => {
            dump(environment, file.yaml_value(assignment.key), "conda_file")?
        }
        _ => {
            let message = "The conda dependencies are put together in code; write them to a conda file and name it with conda_file.";
            return Err(refusal(environment, message));
        }
    };
    properties.insert("condaFile".to_owned(), Json::String(dumped));
    Ok(())
}

fn dump_text(environment: &Environment, text: &str, name: &str) -> Result<String, Refusal> {
    let tree = yaml::parse(text);
    if let Some(problem) = tree.problems.first() {
        return Err(refusal(environment, &format!("{name} is not YAML: {}.", problem.message)));
    }
    dump(environment, tree.documents.iter().flatten().next(), name)
}

fn dump(environment: &Environment, node: Option<&Node>, name: &str) -> Result<String, Refusal> {
    let node = node.filter(|node| matches!(node.kind, NodeKind::Mapping(_)));
    let Some(node) = node.filter(|node| node.get("dependencies").is_some()) else {
        // The official client sends whatever it is, and the build fails.
        return Err(refusal(environment, &format!("{name} is no conda file: it has no dependencies.")));
    };
    yaml::dump_sorted(node).ok_or_else(|| {
        refusal(environment, &format!("{name} holds values that cannot be sent exactly (tags, shared lists, unusual numbers); simplify it."))
    })
}
