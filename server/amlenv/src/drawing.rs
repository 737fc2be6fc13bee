//! What refers to what, drawn: for people, for Mermaid and for programs.

use std::collections::BTreeMap;

use amlenv_analysis::relations::{Node, Relation, Shape};
use amlenv_analysis::{FilePath, Relations, Workspace};
use serde_json::{Value, json};

use crate::position::place;

/// References, and how paths are shown.
pub(crate) struct Drawing<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) found: &'a Relations,
    pub(crate) shown: &'a dyn Fn(&FilePath) -> String,
}

impl Drawing<'_> {
    fn name(&self, node: &Node) -> String {
        match node {
            Node::Path(path) => (self.shown)(path),
            Node::Remote(reference) => reference.clone(),
        }
    }

    fn shape(&self, node: &Node) -> &'static str {
        self.found.nodes.get(node).map_or("other", |shape| shape.as_str())
    }

    /// The line of a reference, from 1; `None` where no line says it.
    fn line(&self, relation: &Relation) -> Option<usize> {
        let file = self.workspace.file(&relation.from).filter(|_| !relation.range.is_empty())?;
        Some(place(file.text(), file.lines(), relation.range.start).line)
    }

    /// Each file with what it refers to.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        let mut above: Option<&FilePath> = None;
        for relation in &self.found.edges {
            if above != Some(&relation.from) {
                let node = Node::Path(relation.from.clone());
                out.push_str(&format!("{} ({})\n", self.name(&node), self.shape(&node)));
                above = Some(&relation.from);
            }
            let line = self.line(relation).map_or_else(|| "   -".to_owned(), |line| format!("{line:>4}"));
            let note = match relation.exists {
                Some(true) => "",
                Some(false) => "  (missing)",
                None => "  (not known here)",
            };
            out.push_str(&format!("{line}  {}: {}{note}\n", relation.kind, self.name(&relation.to)));
        }
        out
    }

    /// A flow chart for Mermaid.
    pub(crate) fn mermaid(&self) -> String {
        let mut out = "flowchart LR\n".to_owned();
        let ids: BTreeMap<&Node, usize> = self.found.nodes.keys().zip(0..).collect();
        let id = |node: &Node| ids.get(node).copied().unwrap_or_default();
        for (number, (node, shape)) in self.found.nodes.iter().enumerate() {
            // Quotes are the only character that ends a label.
            let label = self.name(node).replace('"', "#quot;");
            let (open, close) = match shape {
                Shape::Folder => ("[/\"", "\"/]"),
                Shape::Environment => ("([\"", "\"])"),
                _ => ("[\"", "\"]"),
            };
            out.push_str(&format!("  n{number}{open}{label}{close}\n"));
        }
        for relation in &self.found.edges {
            let arrow = if relation.exists == Some(false) { "-.->" } else { "-->" };
            let from = id(&Node::Path(relation.from.clone()));
            out.push_str(&format!("  n{from} {arrow}|{}| n{}\n", relation.kind, id(&relation.to)));
        }
        out
    }

    /// One object.
    pub(crate) fn json(&self) -> Value {
        json!({
            "schema": 1,
            "nodes": self.found.nodes.iter().map(|(node, shape)| json!({
                "name": self.name(node),
                "kind": shape.as_str(),
            })).collect::<Vec<_>>(),
            "edges": self.found.edges.iter().map(|relation| json!({
                "from": (self.shown)(&relation.from),
                "line": self.line(relation),
                "as": relation.kind,
                "to": self.name(&relation.to),
                "exists": relation.exists,
            })).collect::<Vec<_>>(),
        })
    }
}
