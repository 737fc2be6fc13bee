//! Refactorings: changes of how something is written, not of what it means. Each is offered only where
//! the changed file, read again, says exactly what was meant, and where a file that it makes is new.
//!
//! Knows of the disk only what the workspace was told: without a listing of the folder no file is made.

mod credentials;
mod dockerfile;
mod environment;
mod prebuild;
mod upload;

use std::sync::Arc;

pub(crate) use self::credentials::to_environment;
pub(crate) use self::upload::{context as context_of, without as ignore_without};

use amlenv_syntax::HostRange;

use crate::answers::{Action, ConvertOptions, Refactor, RefactorKind};
use crate::file::File;
use crate::finding::{Applicability, Edit, Fix};
use crate::path::FilePath;
use crate::workspace::{Fact, Workspace};
use crate::{convert, nested, text_edit};

/// What is offered at `range` of the file at `path`.
pub(crate) fn refactorings(workspace: &Workspace, path: &FilePath, range: HostRange) -> Vec<Action> {
    let Some(file) = workspace.file(path) else { return Vec::new() };
    let mut out = conversions(workspace, path, range);
    match file.nested().iter().find(|nested| !nested.written) {
        Some(nested) => {
            let (Some(start), Some(end)) = (nested.offset(range.start), nested.offset(range.end)) else {
                return out.into_iter().map(Action::Refactor).collect();
            };
            let scope = nested::scope(workspace, file);
            let found = in_file(&scope, &nested.file, HostRange::new(start, end.max(start)));
            out.extend(found.into_iter().filter_map(|refactor| {
                // A cell of its own cannot be moved next to the notebook under the same name.
                let fix = Fix {
                    title: String::new(),
                    applicability: Applicability::Suggested,
                    edits: refactor.edits,
                };
                Some(Refactor { edits: file.fix_of_nested(fix)?.edits, ..refactor })
            }));
        }
        None => out.extend(in_file(workspace, file, range)),
    }
    out.into_iter().map(Action::Refactor).collect()
}

fn in_file(workspace: &Workspace, file: &File, range: HostRange) -> Vec<Refactor> {
    let mut out = Vec::new();
    for environment in file.environments() {
        let at = Place { workspace, file, environment, range };
        out.extend(dockerfile::extract(&at));
        out.extend(dockerfile::inline(&at));
        out.extend(credentials::credentials(&at));
        out.extend(prebuild::prebuild(&at));
        out.extend(environment::extract(&at));
    }
    out.extend(environment::inline(workspace, file, range));
    out.extend(upload::keep(workspace, file, range));
    out.extend(prebuild::of_dockerfile(workspace, file, range));
    out
}

/// The conversion of each environment at `range` to v2, into a new folder beside the file.
fn conversions(workspace: &Workspace, path: &FilePath, range: HostRange) -> Vec<Refactor> {
    let Some(file) = workspace.file(path) else { return Vec::new() };
    let nested = file.nested().iter().find(|nested| !nested.written);
    let inner = nested.map_or(&**file, |nested| &nested.file);
    if !convert::is_source(inner.kind()) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (number, environment) in inner.environments().enumerate() {
        let whole = nested.map_or(environment.range, |nested| nested.host(environment.range));
        if !whole.intersects(range) {
            continue;
        }
        let title = match environment.name() {
            Some(name) => format!("Convert environment {name} to v2 YAML"),
            None => "Convert environment to v2 YAML".to_owned(),
        };
        out.push(conversion(workspace, path, Some((number + 1).to_string()), title));
    }
    out
}

/// The conversion of one environment, as a refactoring.
pub(crate) fn conversion(
    workspace: &Workspace,
    path: &FilePath,
    environment: Option<String>,
    title: String,
) -> Refactor {
    let mut refactor = Refactor::new(title, RefactorKind::Rewrite);
    let stem = path.file_name().split('.').find(|part| !part.is_empty()).unwrap_or("environment");
    let Some(folder) = free(workspace, &path.parent(), &format!("{stem}-v2"), "") else {
        refactor.disabled = Some("Save the file first, so that there is a folder to write to.".to_owned());
        return refactor;
    };
    match convert::convert(workspace, path, &ConvertOptions { environment, folder: folder.clone() }) {
        Ok(found) => {
            refactor.creates =
                found.files.into_iter().map(|file| (folder.join(&file.path), file.text)).collect();
        }
        Err(refusal) => refactor.disabled = Some(refusal.message),
    }
    refactor
}

/// Where a refactoring is asked for.
#[derive(Clone, Copy)]
struct Place<'a> {
    workspace: &'a Workspace,
    file: &'a File,
    environment: &'a crate::model::Environment,
    range: HostRange,
}

impl Place<'_> {
    fn edit(&self, range: HostRange, text: impl Into<String>) -> Edit {
        Edit { file: self.file.path().clone(), range, text: text.into() }
    }
}

/// A path in `folder` at which nothing is: `stem` and `ending`, or a number between them. `None` where it
/// is not known what is in the folder.
fn free(workspace: &Workspace, folder: &FilePath, stem: &str, ending: &str) -> Option<FilePath> {
    let Some(Fact::Folder(names)) = workspace.fact(folder) else { return None };
    let taken = |name: &str| {
        // Some disks know no difference between upper and lower case.
        names.iter().any(|known| known.trim_end_matches('/').eq_ignore_ascii_case(name))
            || workspace.file(&folder.join(name)).is_some()
    };
    (1..100)
        .map(
            |number| if number == 1 { format!("{stem}{ending}") } else { format!("{stem}-{number}{ending}") },
        )
        .find(|name| !taken(name))
        .map(|name| folder.join(&name))
}

/// The file as the edits leave it; `None` where more of it cannot be read than before.
pub(crate) fn after(file: &File, edits: &[Edit]) -> Option<File> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.range);
    let mut text = String::new();
    let mut at = 0;
    for edit in sorted {
        text.push_str(file.text().get(at..edit.range.start)?);
        text.push_str(&edit.text);
        at = edit.range.end;
    }
    text.push_str(file.text().get(at..)?);
    let changed = File::new(file.path().clone(), file.kind(), Arc::from(text));
    (changed.mistakes() <= file.mistakes()).then_some(changed)
}

/// The range of whole comment lines in front of the line at `offset`: where to put them, and its blanks.
fn line_before(file: &File, offset: usize) -> Option<(HostRange, &str)> {
    let start = text_edit::line_start(file.text(), offset);
    let head = file.text().get(start..offset)?;
    // Behind a quote the line may begin inside a text.
    (!head.contains(['"', '\'', '#']))
        .then(|| (HostRange::empty(start), text_edit::indent_of(file.text(), offset)))
}
