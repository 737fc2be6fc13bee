//! References to environments: their parts, curated environments out of the catalogue, and the files of
//! the workspace that define the others.

use std::fmt::Write as _;

use crate::answers::Hover;
use crate::catalogue::{self, environment_markdown};
use crate::file::File;
use crate::graph;
use crate::model::{Environment, EnvironmentUse, Field, Value};
use crate::reference::{self, Reference};
use crate::workspace::Workspace;

pub(super) fn hover(workspace: &Workspace, file: &File, offset: usize) -> Option<Hover> {
    if let Some(used) = file.uses().iter().find(|used| used.text.content.touches(offset)) {
        let range = used.text.content;
        let curated = reference::curated(&used.text.value, file.python().is_some());
        let markdown = curated
            .and_then(|name| of_catalogue(name.text))
            .or_else(|| of_workspace(workspace, file, used))
            .or_else(|| parts(&used.text.value))?;
        return Some(Hover { range, markdown });
    }
    let named = file.named_uses().iter().find(|named| named.name.content.touches(offset))?;
    let name = named.name.value.as_str();
    let range = named.name.content;
    if let Some(curated) = name.strip_prefix("AzureML-") {
        return Some(Hover { range, markdown: of_catalogue(curated)? });
    }
    let defined = graph::named_definitions(workspace, file, name, None).ok()?;
    let (at, environment) = defined.first()?;
    Some(Hover { range, markdown: definition(at, environment) })
}

/// A curated environment, of today or gone.
fn of_catalogue(name: &str) -> Option<String> {
    if let Some(environment) = catalogue::environment(name) {
        return Some(environment_markdown(environment));
    }
    let legacy = catalogue::legacy(name)?;
    let advice = match (&legacy.replacement, &legacy.guess) {
        (Some(new), _) => format!("Microsoft's samples changed to `{new}`."),
        (None, Some(guess)) => format!("Perhaps `{guess}` serves; that is a guess from the name."),
        (None, None) => "No successor is known.".to_owned(),
    };
    Some(format!("**{name}** was a curated environment and is gone. {advice}"))
}

/// The definition in the workspace.
fn of_workspace(workspace: &Workspace, file: &File, used: &EnvironmentUse) -> Option<String> {
    let candidates = graph::definition_of(workspace, file, used);
    let by_path = candidates.iter().find_map(|path| workspace.file(path));
    if let Some(found) = by_path {
        return Some(definition(found, found.environments().next()?));
    }
    let (name, version) = graph::asked_for(file, &used.text)?;
    let defined = graph::named_definitions(workspace, file, name, version).ok()?;
    let (found, environment) = defined.first()?;
    Some(definition(found, environment))
}

fn definition(file: &File, environment: &Environment) -> String {
    let text = |field: &Field| {
        environment.last(field).and_then(|found| match &found.value {
            Value::Number(number) => Some(number.clone()),
            value => value.known_text().map(|text| text.value.clone()),
        })
    };
    let mut out = format!("**{}**", environment.name().unwrap_or("An environment"));
    if let Some(version) = text(&Field::Version) {
        let _ = write!(out, ", version {version}");
    }
    let _ = writeln!(out, ", defined in `{}`.", file.path().file_name());
    for (field, label) in [
        (Field::Description, ""),
        (Field::Image, "Image: "),
        (Field::BuildPath, "Built from: "),
        (Field::Conda, "Conda file: "),
    ] {
        if let Some(value) = text(&field) {
            let value = if label.is_empty() { value } else { format!("`{value}`") };
            let _ = writeln!(out, "\n{label}{value}");
        }
    }
    out.trim_end().to_owned()
}

/// What a reference names, by itself.
fn parts(text: &str) -> Option<String> {
    Some(match reference::parse(text) {
        Reference::Workspace { name, version, label } => {
            let by = match (version, label) {
                (Some(version), _) => format!("version `{}`", version.text),
                (None, Some(label)) => format!("the version with the label `{}`", label.text),
                (None, None) => "without a version".to_owned(),
            };
            format!("**{}**, an environment of the workspace, {by}.", name.text)
        }
        Reference::Registry { registry, name: Some(name), version, .. } => {
            let version = version.map(|version| format!(", `{}`", version.text)).unwrap_or_default();
            format!("**{}**{version}, an environment of the registry `{}`.", name.text, registry.text)
        }
        _ => return None,
    })
}
