//! What must be written otherwise when files move: the paths that lead to them, and the paths that they
//! name themselves. Only paths that lead somewhere now; what is computed is left alone.

use amlenv_syntax::{HostRange, TextRange};

use super::paths::{PathUse, is_editable, uses};
use super::view::View;
use crate::embedded::rewrite_part;
use crate::file::File;
use crate::finding::Edit;
use crate::graph;
use crate::model::{Environment, Field};
use crate::path::FilePath;
use crate::workspace::{Fact, Workspace};

/// Files and folders, each with where it will be.
struct Moves<'m>(&'m [(FilePath, FilePath)]);

impl Moves<'_> {
    /// Where something will be.
    fn of(&self, path: &FilePath) -> FilePath {
        let around = self.0.iter().filter(|(old, _)| path.is_in(old));
        let nearest = around.max_by_key(|(old, _)| old.as_str().len());
        nearest.map_or_else(
            || path.clone(),
            |(old, new)| match path.relative_to(old) {
                within if within == "." => new.clone(),
                within => new.join(&within),
            },
        )
    }
}

/// The edits, in the files as they are now, that keep all paths right when these files and folders have
/// moved.
pub(crate) fn moved(workspace: &Workspace, moves: &[(FilePath, FilePath)]) -> Vec<Edit> {
    let moves = Moves(moves);
    let mut out = Vec::new();
    for host in workspace.files() {
        for view in View::all(host) {
            let mut edits: Vec<Edit> = Vec::new();
            for found in uses(workspace, view.file) {
                edits.extend(edit(workspace, &view, &found, &moves));
            }
            edits.extend(new_names(workspace, view.file, &moves));
            edits.sort_by_key(|edit| edit.range);
            edits.dedup_by_key(|edit| edit.range);
            out.extend(view.edits(edits).unwrap_or_default());
        }
    }
    out
}

/// The edit of one path.
fn edit(workspace: &Workspace, view: &View<'_>, found: &PathUse, moves: &Moves<'_>) -> Option<Edit> {
    let now = graph::resolve(workspace, &found.candidates).ok()?;
    let base = found.bases.iter().find(|base| base.join(&found.written) == *now)?;
    let then = moves.of(now);
    // The folder that a program runs in moves only as a whole; a file takes its own folder along.
    let own = view.host.path();
    let new_base = if *base == own.parent() && view.file.python().is_none() {
        moves.of(own).parent()
    } else {
        moves.of(base)
    };
    if new_base.join(&found.written) == then || !is_editable(view.file, &found.text) {
        return None;
    }
    let new = written_like(&found.written, &then, &new_base);
    match &view.file.dockerfiles() {
        [document] if !document.is_embedded() => {
            let range = TextRange::new(found.range.start, found.range.end);
            document.edit(view.file.path(), view.file.text(), range, &new)
        }
        _ => rewrite_part(view.file, found.text.content, &found.text.value, found.part, &new),
    }
}

/// A path in the manner of another: from a folder or from the root, with `./` in front or without.
fn written_like(old: &str, path: &FilePath, base: &FilePath) -> String {
    if old.starts_with('/') && base.join(old).as_str() == FilePath::new(old).as_str() {
        return path.as_str().to_owned();
    }
    let mut new = path.relative_to(base);
    if old.starts_with("./") && !new.starts_with('.') {
        new = format!("./{new}");
    }
    if old.ends_with('/') && !new.ends_with('/') {
        new.push('/');
    }
    if old.contains('\\') && !old.contains('/') { new.replace('/', "\\") } else { new }
}

/// A `Dockerfile` that gets another name must be named where its folder was enough.
fn new_names(workspace: &Workspace, file: &File, moves: &Moves<'_>) -> Vec<Edit> {
    let mut out = Vec::new();
    for environment in file.environments().filter(|environment| !environment.has(&Field::BuildDockerfile)) {
        let Some((context, false)) = graph::build_context(workspace, file, environment) else { continue };
        let now = context.join("Dockerfile");
        let (then, folder) = (moves.of(&now), moves.of(&context));
        let there =
            workspace.fact(&now).is_some_and(|fact| *fact == Fact::File) || workspace.file(&now).is_some();
        if !there || then == folder.join("Dockerfile") || !then.is_in(&folder) {
            continue;
        }
        out.extend(named(file, environment, &then.relative_to(&folder)));
    }
    out
}

/// The edit that names the Dockerfile behind the folder of a build.
fn named(file: &File, environment: &Environment, name: &str) -> Option<Edit> {
    let path = environment.last(&Field::BuildPath)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if !name.chars().all(plain) {
        return None;
    }
    let text = file.text();
    let at = path.range.end.min(path.value_range.end.max(path.key.end));
    let text = if file.python().is_some() {
        format!(", dockerfile_path=\"{name}\"")
    } else if file.yaml().is_some() {
        let head = text.get(..path.key.start)?;
        let line = head.rsplit('\n').next()?;
        let block = line.chars().all(|c| matches!(c, ' ' | '\t'));
        let end = crate::text_edit::line_end(text);
        if block {
            format!("{end}{line}dockerfile_path: {name}")
        } else {
            format!(", dockerfile_path: {name}")
        }
    } else {
        return None;
    };
    Some(Edit { file: file.path().clone(), range: HostRange::empty(at), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_keep_their_manner() {
        let base = FilePath::new("/w/a");
        for (old, path, new) in [
            ("conda.yml", "/w/a/b.yml", "b.yml"),
            ("./conda.yml", "/w/a/b.yml", "./b.yml"),
            ("./conda.yml", "/w/b.yml", "../b.yml"),
            ("docker/", "/w/a/image", "image/"),
            ("envs\\conda.yml", "/w/a/x/b.yml", "x\\b.yml"),
            ("/w/a/conda.yml", "/w/b.yml", "/w/b.yml"),
        ] {
            assert_eq!(written_like(old, &FilePath::new(path), &base), new, "{old}");
        }
    }

    #[test]
    fn what_lies_in_a_folder_moves_with_it() {
        let moves = [
            (FilePath::new("/w/a"), FilePath::new("/w/b")),
            (FilePath::new("/w/a/x.yml"), FilePath::new("/w/y.yml")),
        ];
        let moves = Moves(&moves);
        for (old, new) in
            [("/w/a", "/w/b"), ("/w/a/c/d", "/w/b/c/d"), ("/w/a/x.yml", "/w/y.yml"), ("/w/ab", "/w/ab")]
        {
            assert_eq!(moves.of(&FilePath::new(old)).as_str(), new);
        }
    }
}
