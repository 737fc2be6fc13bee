//! From a Dockerfile that the service builds to an image that is built and pushed in advance.

use super::dockerfile::{dockerfile_text, touches};
use super::{Place, after, free, line_before};
use crate::answers::{Refactor, RefactorKind};
use crate::convert::text_of_dockerfile;
use crate::graph;
use crate::model::{Assignment, Field, Notation, Value};
use crate::path::FilePath;
use crate::text_edit::line_end;

/// What the user fills in.
const REGISTRY: &str = "<registry>";

/// Swaps the definition to an image, with the commands that build and push it as comments above.
pub(super) fn prebuild(at: &Place<'_>) -> Option<Refactor> {
    let notation = at.environment.notation;
    let python_v1 = notation == Notation::PythonV1;
    let field = if python_v1 { Field::Dockerfile } else { Field::Build };
    let said = at.environment.last(&field).filter(|said| said.value.is_set())?;
    if !(said.range.intersects(at.range) || dockerfile_text(said).is_some_and(|text| touches(at, said, text)))
    {
        return None;
    }
    let mut out = Refactor::new("Build the image in advance and give its name", RefactorKind::Rewrite);
    out.mends = Some("AML808");
    let folder = at.file.path().parent();
    let (context, dockerfile) = if python_v1 {
        let path = match dockerfile_text(said) {
            Some(text) => {
                let path = free(at.workspace, &folder, "Dockerfile", "")?;
                out.creates.push((path.clone(), text_of_dockerfile(text)));
                path
            }
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
    let file = if context == "." { dockerfile.clone() } else { format!("{context}/{dockerfile}") };
    let lines = [
        "Build and push the image, again whenever its Dockerfile changes, under a new tag each time:"
            .to_owned(),
        format!("  az acr build --registry {REGISTRY} --image {name} --file {dockerfile} {context}"),
        "or with Docker:".to_owned(),
        format!("  az acr login --name {REGISTRY}"),
        format!("  docker build --tag {image} --file {} {context}", file.trim_start_matches("./")),
        format!("  docker push {image}"),
    ];
    let (start, indent) = line_before(at.file, said.range.start)?;
    let eol = line_end(at.file.text());
    let comments: String = lines.iter().map(|line| format!("{indent}# {line}{eol}")).collect();
    out.edits.push(at.edit(start, comments));
    match notation {
        Notation::PythonV1 | Notation::PythonV2 => {
            let key = if python_v1 { "base_image" } else { "image" };
            let positional = said.key == said.value_range;
            if positional || said.key.slice(at.file.text()) != field.name_in(notation) {
                return None;
            }
            out.edits.push(at.edit(said.key, key));
            out.edits.push(at.edit(said.value_range, format!("\"{image}\"")));
        }
        Notation::EnvironmentYaml | Notation::InlineYaml => {
            out.edits.push(at.edit(said.range, format!("image: {image}")));
        }
        _ => return None,
    }
    let changed = after(at.file, &out.edits)?;
    let done = changed.environments().any(|found| {
        found
            .last(&Field::Image)
            .is_some_and(|said| matches!(&said.value, Value::Text(text) if text.value == image))
            && !found.has(&field)
    });
    done.then_some(out)
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
    let name = at.environment.name().or(at.environment.variable.as_deref()).unwrap_or("environment");
    let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let lower: String = name.to_ascii_lowercase().chars().map(kept).collect();
    let trimmed = lower.trim_matches(['-', '_', '.']);
    format!("{}:1", if trimmed.is_empty() { "environment" } else { trimmed })
}
