//! `amlenv graph`: what refers to what, for people, for Mermaid and for programs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use amlenv_analysis::relations::{Node, Relation, Shape};
use amlenv_analysis::{FilePath, Relations, Workspace, relations};
use clap::ValueEnum;
use serde_json::{Value, json};

use super::{Exit, shown};
use crate::output;
use crate::position::place;

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
    let text = match args.format {
        Format::Text => text(&workspace, &found),
        Format::Mermaid => mermaid(&found),
        Format::Json => serde_json::to_string_pretty(&as_json(&workspace, &found))? + "\n",
    };
    output::result(&text)?;
    Ok(Exit::Fine)
}

fn name(node: &Node) -> String {
    match node {
        Node::Path(path) => shown(path),
        Node::Remote(reference) => reference.clone(),
    }
}

fn shape(found: &Relations, node: &Node) -> &'static str {
    found.nodes.get(node).map_or("other", |shape| shape.as_str())
}

/// The line of a reference, from 1; `None` where no line says it.
fn line(workspace: &Workspace, relation: &Relation) -> Option<usize> {
    let file = workspace.file(&relation.from).filter(|_| !relation.range.is_empty())?;
    Some(place(file.text(), file.lines(), relation.range.start).line)
}

fn text(workspace: &Workspace, found: &Relations) -> String {
    let mut out = String::new();
    let mut above: Option<&FilePath> = None;
    for relation in &found.edges {
        if above != Some(&relation.from) {
            let node = Node::Path(relation.from.clone());
            out.push_str(&format!("{} ({})\n", name(&node), shape(found, &node)));
            above = Some(&relation.from);
        }
        let line = line(workspace, relation).map_or_else(|| "   -".to_owned(), |line| format!("{line:>4}"));
        let note = match relation.exists {
            Some(true) => "",
            Some(false) => "  (missing)",
            None => "  (not known here)",
        };
        out.push_str(&format!("{line}  {}: {}{note}\n", relation.kind, name(&relation.to)));
    }
    out
}

fn mermaid(found: &Relations) -> String {
    let mut out = "flowchart LR\n".to_owned();
    let ids: BTreeMap<&Node, usize> = found.nodes.keys().zip(0..).collect();
    let id = |node: &Node| ids.get(node).copied().unwrap_or_default();
    for (number, (node, shape)) in found.nodes.iter().enumerate() {
        // Quotes are the only character that ends a label.
        let label = name(node).replace('"', "#quot;");
        let (open, close) = match shape {
            Shape::Folder => ("[/\"", "\"/]"),
            Shape::Environment => ("([\"", "\"])"),
            _ => ("[\"", "\"]"),
        };
        out.push_str(&format!("  n{number}{open}{label}{close}\n"));
    }
    for relation in &found.edges {
        let arrow = if relation.exists == Some(false) { "-.->" } else { "-->" };
        let from = id(&Node::Path(relation.from.clone()));
        out.push_str(&format!("  n{from} {arrow}|{}| n{}\n", relation.kind, id(&relation.to)));
    }
    out
}

fn as_json(workspace: &Workspace, found: &Relations) -> Value {
    json!({
        "schema": 1,
        "nodes": found.nodes.iter().map(|(node, shape)| json!({
            "name": name(node),
            "kind": shape.as_str(),
        })).collect::<Vec<_>>(),
        "edges": found.edges.iter().map(|relation| json!({
            "from": shown(&relation.from),
            "line": line(workspace, relation),
            "as": relation.kind,
            "to": name(&relation.to),
            "exists": relation.exists,
        })).collect::<Vec<_>>(),
    })
}
