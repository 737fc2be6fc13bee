//! `amlenv images`: what the catalogue knows, offline, with the images and environments of the team in whose
//! folder it is called; the tags of one image, from a registry on request.

use std::sync::Arc;

use amlenv_analysis::Workspace;
use amlenv_analysis::catalogue::{self, Curated, Extra, Found, Image, Legacy, Own, View};
use clap::ValueEnum;
use serde_json::{Map, Value, json};

use super::{Exit, shown};
use crate::configuration::Configurations;
use crate::registry::{self, Registries, Tags};
use crate::{disk, output};

#[derive(clap::Args)]
pub(super) struct Args {
    /// What to look for: names, frameworks, Python, CUDA, an operating system, each with a version or
    /// without; cpu, gpu, training, inference; active, retired, supported, deprecated.
    query: Vec<String>,
    /// List the tags of an image, newest first.
    #[arg(long, value_name = "IMAGE", conflicts_with_all = ["query", "export"])]
    tags: Option<String>,
    /// Ask the registry; needs network.enabled in the user's settings.
    #[arg(long)]
    refresh: bool,
    /// Print all known repositories with all tags, which server/analysis/data/renew.py makes a snapshot of.
    #[arg(long, conflicts_with_all = ["query", "format"])]
    export: bool,
    /// How to print it.
    #[arg(long, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let registries = Registries::of_user();
    if args.export {
        return export(&registries, args.refresh);
    }
    if let Some(image) = &args.tags {
        return tags(&registries, image, args.refresh, args.format);
    }
    if args.refresh {
        output::message("amlenv: --refresh goes with --tags IMAGE or --export");
        return Ok(Exit::Usage);
    }
    let team = team()?;
    let found = catalogue::search_in(View::new(team.as_deref()), &args.query.join(" "));
    let text = match args.format {
        Format::Table => table(&found),
        Format::Json => serde_json::to_string_pretty(&as_json(&found))? + "\n",
    };
    output::result(&text)?;
    Ok(Exit::Fine)
}

/// What the configuration of the current folder names as the team's own. What is wrong with it is told, and
/// the rest is of use.
fn team() -> anyhow::Result<Option<Arc<Extra>>> {
    let here = std::env::current_dir()?;
    let root = disk::file_path(&disk::repository_of(&here.join("x")).unwrap_or_else(|| here.clone()));
    let mut configurations = Configurations::default();
    let found = configurations.of(&here.join("x"), std::slice::from_ref(&root));
    let mut workspace = Workspace::new(vec![root]);
    configurations.supply(&mut workspace);
    if let Some(found) = found {
        for problem in
            configurations.problems(&found).filter(|problem| problem.message.contains("catalogue."))
        {
            output::message(&format!(
                "amlenv: {}: {}",
                shown(&disk::file_path(&found.path)),
                problem.message
            ));
        }
    }
    for catalogue in configurations.catalogues() {
        for problem in &catalogue.problems {
            output::message(&format!("amlenv: {}: {}", shown(&catalogue.path), problem.message));
        }
    }
    Ok(configurations.catalogues().first().map(|catalogue| Arc::clone(&catalogue.extra)))
}

fn as_json(found: &Found<'_>) -> Value {
    json!({
        "own_environments": found.own.iter().map(|found| own(found)).collect::<Vec<_>>(),
        "snapshot": catalogue::catalogue().snapshot,
        "environments": found.environments.iter().map(|found| environment(found)).collect::<Vec<_>>(),
        "images": found.images.iter().map(|found| image(found)).collect::<Vec<_>>(),
        "legacy": found.legacy.iter().map(|found| legacy(found)).collect::<Vec<_>>(),
    })
}

fn own(found: &Own) -> Value {
    json!({
        "name": found.name,
        "registry": found.registry,
        "status": if found.retired { "retired" } else { "active" },
        "newest_version": found.versions.first(),
        "image": found.image,
        "description": found.description,
        "reference": found.reference(None),
        "successor": found.replacement,
    })
}

fn environment(found: &Curated) -> Value {
    let newest = found.versions.first();
    let old = catalogue::legacy(&found.name);
    json!({
        "name": found.name,
        "status": found.state(),
        "newest_version": newest.map(|(version, _)| version.to_string()),
        "newest_date": newest.map(|(_, date)| date),
        "image": found.image,
        "references": found.references(),
        "kind": found.kind,
        "purpose": found.purpose,
        "observed": found.observed,
        "declared": found.declared,
        "name_disagrees": found.lies().collect::<Vec<_>>(),
        "packages": found.packages,
        "base": found.base,
        "removed_on": found.removed,
        "successor": old.and_then(|old| old.replacement.as_deref()),
    })
}

fn image(found: &Image) -> Value {
    let fact = |name: &str| found.facts.get(name);
    json!({
        "repository": found.repository,
        "own": is_own(found),
        "status": found.status.key(),
        "kind": found.kind,
        "family": found.family,
        "os": fact("os"),
        "python": fact("python"),
        "cuda": fact("cuda"),
        "mpi": fact("mpi"),
        "torch": fact("torch"),
        "newest_tag": found.tags.first().or(found.other_tags.first()),
        "successor": found.successor,
        "deprecated_on": found.deprecated_on,
    })
}

/// Whether an image is the team's.
fn is_own(image: &Image) -> bool {
    image.family == "own"
}

fn legacy(found: &Legacy) -> Value {
    let steps: Vec<Value> = found.steps.iter().map(|(to, date)| json!({"to": to, "date": date})).collect();
    json!({"name": found.name, "successor": found.replacement, "guess": found.guess, "steps": steps})
}

fn table(found: &Found<'_>) -> String {
    let mut out = String::new();
    let day = &catalogue::catalogue().snapshot;
    let rows = found.own.iter().map(|found| {
        let status = if found.retired { "retired" } else { "active" };
        let version = found.versions.first().cloned().unwrap_or_default();
        let place = found.registry.clone().unwrap_or_else(|| "workspace".to_owned());
        let contents = [found.image.as_deref(), found.description.as_deref()];
        let contents: Vec<&str> = contents.into_iter().flatten().collect();
        [found.name.clone(), version, place, status.to_owned(), contents.join(", ")]
    });
    columns(&mut out, ["OWN ENVIRONMENT", "VERSION", "REGISTRY", "STATUS", "CONTENTS"], rows);
    for found in &found.own {
        if let Some(new) = &found.replacement {
            out.push_str(&format!("note: {}: use {new} instead.\n", found.name));
        }
    }
    let rows = found.environments.iter().map(|found| {
        let (version, date) = found
            .versions
            .first()
            .map_or((String::new(), ""), |(version, date)| (version.to_string(), date.as_str()));
        let facts = catalogue::facts(&found.observed);
        [found.name.clone(), version, date.to_owned(), found.state().to_owned(), facts]
    });
    columns(&mut out, ["ENVIRONMENT", "VERSION", "DATE", "STATUS", "CONTENTS"], rows);
    for found in &found.environments {
        for lie in found.lies() {
            out.push_str(&format!("note: {}: {}.\n", found.name, lower_first(&lie)));
        }
        if let Some(new) = catalogue::legacy(&found.name).and_then(|old| old.replacement.as_deref()) {
            out.push_str(&format!("note: {}: Microsoft's samples changed to {new}.\n", found.name));
        }
    }
    let images = |own: bool| found.images.iter().filter(move |image| is_own(image) == own);
    let row = |found: &&Image| {
        let tag = found.tags.first().or(found.other_tags.first()).cloned().unwrap_or_default();
        let status = match &found.deprecated_on {
            Some(on) => format!("{} {on}", found.status.as_str()),
            None => found.status.as_str().to_owned(),
        };
        [found.name().to_owned(), tag, status, catalogue::facts(&found.facts)]
    };
    columns(&mut out, ["OWN IMAGE", "NEWEST TAG", "STATUS", "CONTENTS"], images(true).map(row));
    let head = ["IMAGE (mcr.microsoft.com/)", "NEWEST TAG", "STATUS", "CONTENTS"];
    columns(&mut out, head, images(false).map(row));
    let rows = found.legacy.iter().map(|found| {
        let (word, name) = match (&found.replacement, &found.guess) {
            (Some(new), _) => ("samples changed to", new.as_str()),
            (None, Some(guess)) => ("perhaps, by its name", guess.as_str()),
            (None, None) => ("no successor is known", ""),
        };
        [format!("AzureML-{}", found.name), word.to_owned(), name.to_owned()]
    });
    columns(&mut out, ["OLD NAME", "NOW", ""], rows);
    let own = (found.own.len(), images(true).count());
    if own != (0, 0) {
        let (environments, pictures) = own;
        out.push_str(&format!(
            "{environments} own environment{}, {pictures} own image{}, by catalogue.extra of the configuration.\n",
            plural(environments),
            plural(pictures),
        ));
    }
    let counts = (found.environments.len(), images(false).count());
    out.push_str(&format!(
        "{} curated environment{}, {} image{}; snapshot of {day}. What is newer is not in it.\n",
        counts.0,
        plural(counts.0),
        counts.1,
        plural(counts.1),
    ));
    out
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Rows below a head, each column as wide as it must be; nothing where there are no rows.
fn columns<const N: usize>(out: &mut String, head: [&str; N], rows: impl Iterator<Item = [String; N]>) {
    let rows: Vec<[String; N]> = rows.collect();
    if rows.is_empty() {
        return;
    }
    let mut widths = head.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in std::iter::once(head.map(str::to_owned)).chain(rows) {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out.push('\n');
}

fn tags(registries: &Registries, image: &str, refresh: bool, format: Format) -> anyhow::Result<Exit> {
    let found = match registry::tags_of(registries, image, refresh) {
        Ok(found) => found,
        Err(refusal) => {
            output::message(&format!("amlenv: {}", refusal.message));
            return Ok(if refusal.usage { Exit::Usage } else { Exit::Findings });
        }
    };
    for note in &found.notes {
        output::message(&format!("amlenv: {note}"));
    }
    let text = match format {
        Format::Json => serde_json::to_string_pretty(&tags_json(&found))? + "\n",
        Format::Table => {
            let mut out = String::new();
            let rows = found.tags.iter().map(|(tag, date)| [tag.clone(), date.clone().unwrap_or_default()]);
            columns(&mut out, ["TAG", "DATE"], rows);
            let (count, source, day) = (found.tags.len(), found.source, &found.as_of);
            out.push_str(&format!("{count} tag{} of {}; {source} of {day}.\n", plural(count), found.image));
            out
        }
    };
    output::result(&text)?;
    Ok(Exit::Fine)
}

fn tags_json(found: &Tags) -> Value {
    let tags: Vec<Value> = found.tags.iter().map(|(tag, date)| json!({"tag": tag, "date": date})).collect();
    json!({"image": found.image, "source": found.source, "as_of": found.as_of, "tags": tags})
}

fn export(registries: &Registries, refresh: bool) -> anyhow::Result<Exit> {
    let exported = match registry::export(registries, refresh) {
        Ok(exported) => exported,
        Err(refusal) => {
            output::message(&format!("amlenv: {}", refusal.message));
            return Ok(if refusal.usage { Exit::Usage } else { Exit::Findings });
        }
    };
    for note in &exported.notes {
        output::message(&format!("amlenv: {note}"));
    }
    let repositories: Map<String, Value> = exported
        .repositories
        .iter()
        .map(|found| {
            (
                found.image.clone(),
                json!({
                    "source": found.source,
                    "as_of": found.as_of,
                    "tags": found.tags.iter().map(|(tag, _)| tag).collect::<Vec<_>>(),
                }),
            )
        })
        .collect();
    let whole = json!({
        "schema": 1,
        "snapshot": catalogue::catalogue().snapshot,
        "as_of": exported.as_of,
        "repositories": repositories,
    });
    output::result(&(serde_json::to_string_pretty(&whole)? + "\n"))?;
    Ok(if exported.notes.is_empty() { Exit::Fine } else { Exit::Findings })
}
