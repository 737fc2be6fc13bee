//! Who uses a file, or an environment in it: what the references of all known files lead to, the other way
//! round. What is not known of the disk is not counted.

use amlenv_syntax::HostRange;

use crate::answers::Usage;
use crate::file::File;
use crate::kind::{FileKind, Role};
use crate::path::FilePath;
use crate::relations::{self, Node, Relation};
use crate::workspace::Workspace;

pub(crate) fn usages(workspace: &Workspace, path: &FilePath) -> Vec<Usage> {
    let Some(file) = workspace.file(path) else { return Vec::new() };
    let Some(range) = anchor(file) else { return Vec::new() };
    let mut places: Vec<(FilePath, HostRange)> =
        references(workspace, path).into_iter().map(|found| (found.from, found.range)).collect();
    places.sort();
    places.dedup();
    if places.is_empty() { Vec::new() } else { vec![Usage { range, places }] }
}

/// What a file of that kind is used as a whole by: the place to say so.
fn anchor(file: &File) -> Option<HostRange> {
    match file.kind() {
        FileKind::EnvironmentYaml => file.environments().next().map(|environment| environment.anchor),
        FileKind::Dockerfile => {
            let tree = &file.dockerfiles().first()?.tree;
            let first = tree.stages().first()?.from.keyword_range;
            Some(HostRange::new(first.start, first.end))
        }
        FileKind::Conda => {
            let root = file.yaml_root()?.entries().first()?.key.range;
            Some(HostRange::new(root.start, root.end))
        }
        FileKind::Requirements => Some(HostRange::empty(0)),
        _ => None,
    }
}

/// The references of other files to the one at `path`.
fn references(workspace: &Workspace, path: &FilePath) -> Vec<Relation> {
    let others = workspace.files().filter(|file| file.path() != path);
    let direct = others.flat_map(|file| relations::of_whole(workspace, file));
    direct.filter(|found| found.to == Node::Path(path.clone())).collect()
}

/// What the environments that are defined in a file are used for by others, where they agree.
pub(crate) fn role(workspace: &Workspace, file: &File) -> Option<Role> {
    let mut roles = references(workspace, file.path()).into_iter().filter_map(|found| {
        let user = workspace.file(&found.from)?;
        let direct = user.uses().iter().find(|used| used.text.content == found.range);
        direct?.role
    });
    let first = roles.next()?;
    roles.all(|role| role == first).then_some(first)
}
