//! Finding one's way: where what is named at a place is defined and used, what it is called and how it
//! can be called otherwise, what a file consists of, what it leads to.
//!
//! Works in every file of the workspace, in the Dockerfiles inside them and in the cells of notebooks;
//! answers with places of the host. What is not in the workspace is not looked for: a shell that wants
//! all references puts all files in. Knows nothing of the protocol.

mod dockerfile;
mod environments;
mod folding;
mod links;
mod moves;
mod paths;
mod rename;
mod selection;
mod symbols;
mod variables;
mod view;

use amlenv_syntax::HostRange;

pub(crate) use self::folding::folds;
pub use self::folding::{Fold, FoldKind};
pub(crate) use self::links::links;
pub use self::links::{Link, LinkTarget};
pub(crate) use self::moves::moved;
pub(crate) use self::paths::unknown_paths;
pub use self::rename::Renamable;
pub(crate) use self::rename::{renamable, rename};
pub(crate) use self::selection::selections;
pub use self::symbols::{FoundSymbol, Symbol, SymbolKind};
pub(crate) use self::symbols::{document_symbols, workspace_symbols};
use self::view::View;
use crate::path::FilePath;
use crate::workspace::Workspace;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub file: FilePath,
    /// The bytes of it.
    pub range: HostRange,
}

/// A place where something is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// The place.
    pub place: Place,
    /// Whether it is defined there.
    pub definition: bool,
}

/// What something at a place leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The place that was asked for, as wide as the name or path.
    pub origin: HostRange,
    /// Where it is defined; the start of the file for a path.
    pub targets: Vec<Target>,
}

/// Where something is defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The file.
    pub file: FilePath,
    /// The whole definition.
    pub range: HostRange,
    /// The name in it.
    pub focus: HostRange,
}

/// How far places are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    File,
    Workspace,
}

/// Where what stands at `offset` is defined.
pub(crate) fn definition(workspace: &Workspace, path: &FilePath, offset: usize) -> Option<Definition> {
    let host = workspace.file(path)?;
    let (view, at) = View::at(host, offset)?;
    dockerfile::definition(&view, at)
        .or_else(|| environments::definition(workspace, &view, at))
        .or_else(|| paths::definition(workspace, &view, at))
        .or_else(|| variables::definition(&view, at))
}

/// Where what stands at `offset` is named in the workspace, in order; none where nothing has a name.
pub(crate) fn references(workspace: &Workspace, path: &FilePath, offset: usize) -> Vec<Occurrence> {
    occurrences(workspace, path, offset, Reach::Workspace)
}

/// Where what stands at `offset` is named in its own file.
pub(crate) fn highlights(workspace: &Workspace, path: &FilePath, offset: usize) -> Vec<Occurrence> {
    occurrences(workspace, path, offset, Reach::File)
}

fn occurrences(workspace: &Workspace, path: &FilePath, offset: usize, reach: Reach) -> Vec<Occurrence> {
    let Some(host) = workspace.file(path) else { return Vec::new() };
    let Some((view, at)) = View::at(host, offset) else { return Vec::new() };
    let mut out = dockerfile::occurrences(&view, at)
        .or_else(|| environments::occurrences(workspace, &view, at, reach))
        .or_else(|| paths::occurrences(workspace, &view, at, reach))
        .or_else(|| variables::occurrences(&view, at))
        .unwrap_or_default();
    out.sort();
    out.dedup_by(|a, b| a.place == b.place);
    out
}
