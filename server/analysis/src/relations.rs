//! What refers to what, as plain data for those who draw it: files, folders, environments of a
//! workspace that no file defines, and the references between them. No judgement.

use std::collections::{BTreeMap, BTreeSet};

use amlenv_syntax::HostRange;

use crate::file::File;
use crate::graph::{self, EdgeKind};
use crate::kind::FileKind;
use crate::path::FilePath;
use crate::workspace::{Fact, Workspace};

/// Files and what they refer to, both in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relations {
    /// What refers or is referred to, by its name.
    pub nodes: BTreeMap<Node, Shape>,
    /// The references, by where they stand.
    pub edges: Vec<Relation>,
}

/// Something that refers or is referred to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A file or folder.
    Path(FilePath),
    /// An environment that only the service has: the reference to it.
    Remote(String),
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A file that amlenv reads.
    File(FileKind),
    /// A script that something runs.
    Script,
    /// A folder.
    Folder,
    /// An environment of a workspace or registry.
    Environment,
    /// A file that is not read, or is not there.
    Other,
}

impl Shape {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File(kind) => kind.as_str(),
            Self::Script => "script",
            Self::Folder => "folder",
            Self::Environment => "environment",
            Self::Other => "other",
        }
    }
}

/// One reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// The file that refers.
    pub from: FilePath,
    /// Where it says so; empty at the start of the file where its place alone says it.
    pub range: HostRange,
    /// As what: `conda`, `build-context`, `dockerfile`, `requirements`, `environment`, `script`.
    pub kind: &'static str,
    /// What it refers to.
    pub to: Node,
    /// Whether that is there; `None` where nobody knows.
    pub exists: Option<bool>,
}

/// What the files at `paths` refer to, directly and through each other.
pub(crate) fn of(workspace: &Workspace, paths: &[FilePath]) -> Relations {
    let mut out = Relations::default();
    let mut pending: Vec<FilePath> = paths.to_vec();
    let mut seen: BTreeSet<FilePath> = BTreeSet::new();
    while let Some(path) = pending.pop() {
        let Some(file) = workspace.file(&path).filter(|_| !seen.contains(&path)) else { continue };
        seen.insert(path.clone());
        let mut found = of_file(workspace, file);
        for nested in file.nested() {
            found.extend(of_file(workspace, &nested.file).into_iter().map(|relation| Relation {
                from: path.clone(),
                range: nested.host(relation.range),
                ..relation
            }));
        }
        if !found.is_empty() {
            out.nodes.entry(Node::Path(path)).or_insert(Shape::File(file.kind()));
        }
        for relation in found {
            let shape = shape(workspace, &relation);
            let known = out.nodes.entry(relation.to.clone()).or_insert(shape);
            // A script that happens to be SDK code is still what something runs.
            if shape == Shape::Script {
                *known = shape;
            }
            if let Node::Path(target) = &relation.to {
                pending.push(target.clone());
            }
            out.edges.push(relation);
        }
    }
    out.edges.sort_by(|a, b| (&a.from, a.range, a.kind, &a.to).cmp(&(&b.from, b.range, b.kind, &b.to)));
    out.edges.dedup();
    out
}

fn of_file(workspace: &Workspace, file: &File) -> Vec<Relation> {
    let mut out = Vec::new();
    for edge in graph::edges(workspace, file) {
        let found = graph::resolve(workspace, &edge.candidates);
        let target = found.ok().or(edge.candidates.first());
        // What may stand beside a file is no reference while it does not.
        let (Some(target), false) = (target, edge.place.is_empty() && found.is_err()) else { continue };
        out.push(Relation {
            from: file.path().clone(),
            range: edge.place,
            kind: edge.kind.as_str(),
            to: Node::Path(target.clone()),
            exists: match found {
                Ok(_) => Some(true),
                Err(missing) => missing.then_some(false),
            },
        });
    }
    for used in file.uses().iter().filter(|used| !used.text.templated) {
        if !graph::definition_of(workspace, file, used).is_empty() || used.text.value.is_empty() {
            continue;
        }
        let asked = graph::asked_for(file, &used.text);
        let named =
            asked.and_then(|(name, version)| graph::named_definitions(workspace, file, name, version).ok());
        let named = named.unwrap_or_default();
        let relation = |to, exists| Relation {
            from: file.path().clone(),
            range: used.text.content,
            kind: EdgeKind::Environment.as_str(),
            to,
            exists,
        };
        if named.is_empty() {
            out.push(relation(Node::Remote(used.text.value.clone()), None));
        }
        out.extend(named.iter().map(|(found, _)| relation(Node::Path(found.path().clone()), Some(true))));
    }
    out
}

fn shape(workspace: &Workspace, relation: &Relation) -> Shape {
    let Node::Path(path) = &relation.to else { return Shape::Environment };
    match (workspace.file(path), workspace.fact(path)) {
        _ if relation.kind == EdgeKind::Script.as_str() => Shape::Script,
        (_, Some(Fact::Folder(_))) => Shape::Folder,
        (Some(file), _) => Shape::File(file.kind()),
        _ if relation.kind == EdgeKind::BuildContext.as_str() => Shape::Folder,
        _ => Shape::Other,
    }
}
