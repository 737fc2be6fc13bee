//! From a Dockerfile that the service builds to an image that is built and pushed in advance.

use amlenv_syntax::HostRange;
use amlenv_syntax::dockerfile::{self, Instruction, Kind};

use super::dockerfile::{dockerfile_text, touches};
use super::{Place, after, free, line_before};
use crate::answers::{Refactor, RefactorKind};
use crate::convert::text_of_dockerfile;
use crate::file::File;
use crate::finding::Edit;
use crate::kind::FileKind;
use crate::model::{Assignment, Field, Notation, Value};
use crate::path::FilePath;
use crate::text_edit::line_end;
use crate::workspace::Workspace;
use crate::{builds, graph};

/// What the user fills in.
const REGISTRY: &str = "<registry>";

/// Swaps the definition to an image, with the commands that build and push it as comments above.
pub(super) fn prebuild(at: &Place<'_>) -> Option<Refactor> {
    let notation = at.environment.notation;
    let v1 = notation.is_v1();
    let data = matches!(notation, Notation::Json | Notation::Runconfig);
    let field = if v1 { Field::Dockerfile } else { Field::Build };
    let said = at.environment.last(&field).filter(|said| said.value.is_set())?;
    if !(said.range.intersects(at.range) || dockerfile_text(said).is_some_and(|text| touches(at, said, text)))
    {
        return None;
    }
    let mut out = Refactor::new("Build the image in advance and give its name", RefactorKind::Rewrite);
    out.mends = Some("AML808");
    let folder = at.file.path().parent();
    let (context, dockerfile) = if v1 {
        let path = match dockerfile_text(said) {
            Some(text) => {
                let path = free(at.workspace, &folder, "Dockerfile", "")?;
                out.creates.push((path.clone(), text_of_dockerfile(text)));
                path
            }
            // A definition as data holds the text itself, never a path.
            None if data => return None,
            None => existing(at, said)?,
        };
        // SDK v1 builds without a context; the folder of the Dockerfile is the nearest to it.
        (path.parent().relative_to(&folder), path.file_name().to_owned())
    } else {
        let path = &graph::build_path(at.environment)?.value;
        let name = graph::dockerfile_path(at.environment).map_or("Dockerfile", |text| &text.value);
        (path.trim_end_matches('/').to_owned(), name.to_owned())
    };
    let name = image_name(at);
    let image = format!("{REGISTRY}.azurecr.io/{name}");
    let lines = commands(&name, &dockerfile, &context);
    if at.file.json().is_some() {
        // JSON has no comments; the new Dockerfile has.
        if let Some((_, text)) = out.creates.first_mut() {
            *text = with_commands(text, &lines)?;
        }
    } else {
        let (start, indent) = line_before(at.file, said.range.start)?;
        let eol = line_end(at.file.text());
        let comments: String = lines.iter().map(|line| format!("{indent}# {line}{eol}")).collect();
        out.edits.push(at.edit(start, comments));
    }
    match notation {
        Notation::PythonV1 | Notation::PythonV2 => {
            let key = if v1 { "base_image" } else { "image" };
            let positional = said.key == said.value_range;
            if positional || said.key.slice(at.file.text()) != field.name_in(notation) {
                return None;
            }
            out.edits.push(at.edit(said.key, key));
            out.edits.push(at.edit(said.value_range, format!("\"{image}\"")));
        }
        Notation::EnvironmentYaml | Notation::InlineYaml => {
            let end = ends(said.range.slice(at.file.text()));
            out.edits.push(at.edit(said.range, format!("image: {image}{end}")));
        }
        Notation::Json | Notation::Runconfig => {
            let other = at.environment.last(&Field::Image);
            match other {
                Some(image_said) => {
                    out.edits.push(at.edit(image_said.value_range, quoted(&image)));
                    let end = ends(said.value_range.slice(at.file.text()));
                    out.edits.push(at.edit(said.value_range, format!("null{end}")));
                }
                None => {
                    let key = said.key.slice(at.file.text());
                    let new = key.replace("Dockerfile", "Image").replace("dockerfile", "image");
                    out.edits.push(at.edit(said.key, new));
                    out.edits.push(at.edit(said.value_range, quoted(&image)));
                }
            }
        }
    }
    let changed = after(at.file, &out.edits)?;
    let done = changed.environments().any(|found| {
        found
            .last(&Field::Image)
            .is_some_and(|said| matches!(&said.value, Value::Text(text) if text.value == image))
            && !found.last(&field).is_some_and(|said| !said.value.is_cleared())
    });
    done.then_some(out)
}

/// The same for a Dockerfile that is open itself: its definition is swapped, or where none is known, the
/// commands are put into the Dockerfile.
pub(super) fn of_dockerfile(workspace: &Workspace, file: &File, range: HostRange) -> Vec<Refactor> {
    let Some(document) = file.dockerfiles().first().filter(|_| file.kind() == FileKind::Dockerfile) else {
        return Vec::new();
    };
    let from = |found: &&Instruction| found.kind == Some(Kind::From);
    let mut froms = document.tree.instructions.iter().filter(from);
    if !froms.any(|found| document.host(found.range).intersects(range)) {
        return Vec::new();
    }
    let builds = builds::of(workspace, file);
    if builds.is_empty() {
        return alone(file).into_iter().collect();
    }
    let mut out = Vec::new();
    for build in builds {
        // What stands in a notebook is changed there.
        let whole = workspace
            .file(build.definition.path())
            .is_some_and(|known| std::ptr::eq(&**known, build.definition));
        let Some(said) = [Field::Dockerfile, Field::Build]
            .iter()
            .find_map(|field| build.environment.last(field).filter(|said| said.value.is_set()))
            .filter(|_| whole)
        else {
            continue;
        };
        let at =
            Place { workspace, file: build.definition, environment: build.environment, range: said.range };
        out.extend(prebuild(&at).map(|refactor| {
            let title = format!("{} in {}", refactor.title, build.definition.path().file_name());
            // The finding that this mends stands in the definition.
            Refactor { title, mends: None, ..refactor }
        }));
    }
    out
}

/// The commands, in a Dockerfile of which nobody says who uses it.
fn alone(file: &File) -> Option<Refactor> {
    let path = file.path();
    let parent = path.parent();
    let name = format!("{}:1", repository(parent.file_name()));
    let text = with_commands(file.text(), &commands(&name, path.file_name(), "."))?;
    let first = file.dockerfiles().first()?.tree.instructions.first()?.range.start;
    let added = text.len().checked_sub(file.text().len())?;
    let mut out = Refactor::new("Show how to build and push this image", RefactorKind::Rewrite);
    let edit = Edit {
        file: path.clone(),
        range: HostRange::empty(first),
        text: text.get(first..first + added)?.to_owned(),
    };
    out.edits.push(edit);
    (!file.text().contains("az acr build")).then_some(out)
}

/// A Dockerfile with the commands as comments in front of its first instruction, behind its directives.
fn with_commands(text: &str, lines: &[String]) -> Option<String> {
    let first = dockerfile::parse(text).instructions.first()?.range.start;
    let eol = line_end(text);
    let comments: String = lines.iter().map(|line| format!("# {line}{eol}")).collect();
    Some(format!("{}{comments}{}", text.get(..first)?, text.get(first..)?))
}

/// What builds and pushes the image `name` of a Dockerfile, seen from its context.
fn commands(name: &str, dockerfile: &str, context: &str) -> Vec<String> {
    let image = format!("{REGISTRY}.azurecr.io/{name}");
    let file = if context == "." { dockerfile.to_owned() } else { format!("{context}/{dockerfile}") };
    vec![
        "Build and push the image, again whenever its Dockerfile changes, under a new tag each time:"
            .to_owned(),
        format!("  az acr build --registry {REGISTRY} --image {name} --file {dockerfile} {context}"),
        "or with Docker:".to_owned(),
        format!("  az acr login --name {REGISTRY}"),
        format!("  docker build --tag {image} --file {} {context}", file.trim_start_matches("./")),
        format!("  docker push {image}"),
    ]
}

/// The image as a value of JSON, which YAML reads as well.
fn quoted(image: &str) -> String {
    format!("\"{image}\"")
}

/// The line ends that a block of YAML has behind it.
fn ends(block: &str) -> &str {
    block.get(block.trim_end_matches(['\r', '\n']).len()..).unwrap_or("")
}

/// The Dockerfile that a path leads to.
fn existing(at: &Place<'_>, said: &Assignment) -> Option<FilePath> {
    let path = match &said.value {
        Value::Text(text) | Value::ContentOf(text) if !text.templated => text,
        _ => return None,
    };
    let candidates = graph::candidates(at.workspace, at.file, at.environment.notation, &path.value);
    let found = graph::resolve(at.workspace, &candidates).ok()?;
    at.workspace.file(found).map(|file| file.path().clone())
}

/// The name of the environment as a repository and a first tag.
fn image_name(at: &Place<'_>) -> String {
    format!("{}:1", repository(at.environment.name().or(at.environment.variable.as_deref()).unwrap_or("")))
}

/// A name as one of a repository.
fn repository(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let lower: String = name.to_ascii_lowercase().chars().map(kept).collect();
    let trimmed = lower.trim_matches(['-', '_', '.']);
    if trimmed.is_empty() { "environment".to_owned() } else { trimmed.to_owned() }
}
