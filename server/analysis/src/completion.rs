//! What could be typed at a place. One provider for each kind of thing; the notation only says where
//! it may stand and how it is written there.

mod environments;
mod images;

use amlenv_syntax::dockerfile::{Context, Kind, context_at};
use amlenv_syntax::python::{Cursor, cursor_at};
use amlenv_syntax::yaml::position_at;
use amlenv_syntax::{HostRange, TextRange};

use crate::answers::{Completion, CompletionKind, Completions};
use crate::embedded::DockerfileDocument;
use crate::file::File;
use crate::finding::Edit;
use crate::kind::FileKind;
use crate::model::Field;
use crate::path::FilePath;
use crate::remote::Remote;
use crate::workspace::Workspace;

pub(crate) fn complete(workspace: &Workspace, path: &FilePath, offset: usize) -> Completions {
    let Some(file) = workspace.file(path) else { return Completions::default() };
    let items = match file.nested_at(offset) {
        Some((nested, at)) => items(workspace.remote(), &nested.file, at)
            .into_iter()
            .filter_map(|item| {
                let edit = nested.edits(file, vec![item.edit])?.pop()?;
                Some(Completion { edit, ..item })
            })
            .collect(),
        None => items(workspace.remote(), file, offset),
    };
    let items = items
        .into_iter()
        .enumerate()
        .map(|(number, item)| Completion { sort: format!("{number:05}"), ..item })
        .collect();
    Completions { items, incomplete: false }
}

fn items(remote: &Remote, file: &File, offset: usize) -> Vec<Completion> {
    match file.kind() {
        FileKind::Dockerfile | FileKind::Python => {
            in_documents(remote, file, offset).unwrap_or_else(|| in_python(remote, file, offset))
        }
        FileKind::EnvironmentYaml | FileKind::JobYaml | FileKind::DeploymentYaml => {
            in_yaml(remote, file, offset)
        }
        FileKind::EnvironmentJson | FileKind::Runconfig => {
            in_documents(remote, file, offset).unwrap_or_else(|| in_definition(remote, file, offset))
        }
        _ => Vec::new(),
    }
}

/// Inside a Dockerfile, wherever that stands; `None` outside of all of them.
fn in_documents(remote: &Remote, file: &File, offset: usize) -> Option<Vec<Completion>> {
    let document = file.dockerfiles().iter().find(|document| document.host_range().touches(offset))?;
    let at = document.offset(offset)?;
    let target = |range: TextRange, new: &str| document.edit(file.path(), file.text(), range, new);
    Some(match context_at(&document.tree, &document.text, at) {
        Context::Keyword(range) => keywords(document, range, &target),
        Context::Image { reference, part } => {
            let mut items = stages(document, reference.range, at, &target);
            items.extend(images::images(remote, &reference, part, &target));
            items
        }
        Context::Stage(range) => stages(document, range, at, &target),
        Context::Other(_) | Context::Nothing => Vec::new(),
    })
}

/// Turns a change of the text that is completed into one of its file; `None` where that cannot hold it.
type Target<'a> = dyn Fn(TextRange, &str) -> Option<Edit> + 'a;

fn keywords(document: &DockerfileDocument, range: TextRange, target: &Target<'_>) -> Vec<Completion> {
    let typed = range.slice(&document.text);
    let lower = typed.starts_with(|c: char| c.is_ascii_lowercase());
    Kind::all()
        .filter(|kind| *kind != Kind::Maintainer)
        .filter_map(|kind| {
            let keyword = if lower { kind.keyword().to_ascii_lowercase() } else { kind.keyword().to_owned() };
            item(&keyword, CompletionKind::Keyword, target(range, &keyword)?)
        })
        .collect()
}

/// The names of the stages before the cursor.
fn stages(
    document: &DockerfileDocument,
    range: TextRange,
    at: usize,
    target: &Target<'_>,
) -> Vec<Completion> {
    let stages = document.tree.stages();
    let before = stages.iter().filter(|stage| stage.from.range.end < at);
    before
        .filter_map(|stage| {
            let name = stage.name?;
            let detail = stage.image.map(|image| format!("stage on {}", image.value));
            Some(Completion { detail, ..item(name, CompletionKind::Stage, target(range, name)?)? })
        })
        .collect()
}

/// A proposal with nothing but its label.
#[expect(clippy::unnecessary_wraps, reason = "the callers build their proposals in a chain of `?`")]
fn item(label: &str, kind: CompletionKind, edit: Edit) -> Option<Completion> {
    Some(Completion {
        label: label.to_owned(),
        kind,
        detail: None,
        documentation: None,
        filter: label.to_owned(),
        sort: String::new(),
        deprecated: false,
        edit,
    })
}

/// In a string that is given to something that takes an image or an environment.
fn in_python(remote: &Remote, file: &File, offset: usize) -> Vec<Completion> {
    let Some(module) = file.python() else { return Vec::new() };
    let Cursor::String { literal, receiver } = cursor_at(module, offset) else { return Vec::new() };
    let Some(at) = literal.map.offset_to_text(offset) else { return Vec::new() };
    let target = |range: TextRange, new: &str| {
        let (place, text) = literal.edit(file.text(), range, new)?;
        Some(Edit { file: file.path().clone(), range: HostRange::new(place.start, place.end), text })
    };
    if takes_environment(&receiver) {
        let token = TextRange::new(0, literal.value.len());
        return environments::environments(remote, &literal.value, token, at, &target);
    }
    if !takes_image(file, &receiver) {
        return Vec::new();
    }
    let (reference, part) = images::typed(&literal.value, 0, at);
    images::images(remote, &reference, part, &target)
}

/// Whether what a string is given to takes the name of an image, in either SDK.
fn takes_image(file: &File, receiver: &str) -> bool {
    const CALLS: [&str; 3] = ["from_docker_image(image)", "from_docker_image(1)", "Environment(image)"];
    let of_v2 = || {
        let owner = receiver.strip_suffix(".image");
        owner.is_some_and(|owner| {
            file.environments()
                .any(|found| found.notation.is_v2() && found.variable.as_deref() == Some(owner))
        })
    };
    receiver == "base_image"
        || receiver.ends_with(".base_image")
        || CALLS.iter().any(|call| receiver.ends_with(call))
        || of_v2()
}

/// Whether what a string is given to takes a reference to an environment. Only SDK v2 has such.
fn takes_environment(receiver: &str) -> bool {
    const CALLS: [&str; 11] = [
        "command",
        "Command",
        "CommandComponent",
        "command_component",
        "spark",
        "parallel_run_function",
        "RunFunction",
        "ManagedOnlineDeployment",
        "KubernetesOnlineDeployment",
        "BatchDeployment",
        "ModelBatchDeployment",
    ];
    let called = receiver.strip_suffix("(environment)").and_then(|called| called.rsplit('.').next());
    called.is_some_and(|called| CALLS.contains(&called)) || receiver.ends_with(".environment")
}

/// At the image of a v1 definition in JSON or YAML.
fn in_definition(remote: &Remote, file: &File, offset: usize) -> Vec<Completion> {
    let images = file.environments().flat_map(|environment| environment.all(&Field::Image));
    let Some(image) = images.into_iter().find(|image| image.value_range.touches(offset)) else {
        return Vec::new();
    };
    let text = image.value_range.slice(file.text());
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let start = image.value_range.start + usize::from(quote.is_some());
    let closed = quote.is_some_and(|quote| text.len() > 1 && text.ends_with(quote));
    let content = TextRange::new(start, image.value_range.end - usize::from(closed));
    let inner = content.slice(file.text());
    if offset < content.start || offset > content.end || inner.contains('\\') {
        return Vec::new();
    }
    let target = |range: TextRange, new: &str| {
        let range = HostRange::new(range.start, range.end);
        Some(Edit { file: file.path().clone(), range, text: new.to_owned() })
    };
    let (reference, part) = images::typed(inner, content.start, offset);
    images::images(remote, &reference, part, &target)
}

/// At the value of a key that takes an image or an environment.
fn in_yaml(remote: &Remote, file: &File, offset: usize) -> Vec<Completion> {
    let Some(position) = position_at(file.text(), offset) else { return Vec::new() };
    let keys = position.keys();
    let Some(key) = keys.last().copied() else { return Vec::new() };
    if !position.at_value {
        return Vec::new();
    }
    let token = position.token;
    let after_colon = file.text().get(..token.start).is_some_and(|head| head.ends_with(':'));
    let quote = position.quote;
    let target = |range: TextRange, new: &str| {
        // `image:` with the cursor right behind it still needs its blank.
        let text = if after_colon && range.start == token.start { format!(" {new}") } else { new.to_owned() };
        let fits = quote.is_none_or(|quote| !new.contains(quote));
        fits.then(|| Edit { file: file.path().clone(), range: HostRange::new(range.start, range.end), text })
    };
    let top = keys.len() == 1;
    let inline = keys.len() >= 2 && keys.get(keys.len() - 2) == Some(&"environment");
    let definition = file.kind() == FileKind::EnvironmentYaml && top;
    match key {
        "image" if definition || inline => {
            let (reference, part) = images::typed(token.slice(file.text()), token.start, offset);
            images::images(remote, &reference, part, &target)
        }
        "environment" if file.kind() != FileKind::EnvironmentYaml => {
            environments::environments(remote, token.slice(file.text()), token, offset, &target)
        }
        _ => Vec::new(),
    }
}
