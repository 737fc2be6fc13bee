//! Renaming: stages and variables of Dockerfiles, environments across all files. All places or none: a
//! place that cannot be written is a reason to refuse.

use amlenv_syntax::dockerfile::{self, Kind, NamedKind, Naming};
use amlenv_syntax::{HostRange, TextRange};

use super::view::View;
use super::{dockerfile as names, environments};
use crate::embedded::rewrite_part;
use crate::file::File;
use crate::finding::Edit;
use crate::path::FilePath;
use crate::reference;
use crate::workspace::Workspace;

/// Something that can be called otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamable {
    /// Where the name stands.
    pub range: HostRange,
    /// What it is called now.
    pub name: String,
}

/// What stands at `offset`, if it can be called otherwise; nothing where nothing has a name.
///
/// # Errors
///
/// Why it cannot be renamed, in the user's words.
pub(crate) fn renamable(
    workspace: &Workspace,
    path: &FilePath,
    offset: usize,
) -> Result<Option<Renamable>, String> {
    Ok(found(workspace, path, offset)?.map(|(view, found)| match found {
        Found::Named(found) => Renamable {
            range: view.range(found.document.host(found.place.range)),
            name: found.place.range.slice(&found.document.text).to_owned(),
        },
        Found::Environment(mention) => {
            Renamable { range: view.range(mention.range()), name: mention.name.to_owned() }
        }
    }))
}

/// The edits that call what stands at `offset` by another name, in all files.
///
/// # Errors
///
/// Why it cannot be renamed, or not to that, in the user's words.
pub(crate) fn rename(
    workspace: &Workspace,
    path: &FilePath,
    offset: usize,
    new: &str,
) -> Result<Vec<Edit>, String> {
    let nothing = || "There is nothing here that could be renamed.".to_owned();
    let (view, found) = found(workspace, path, offset)?.ok_or_else(nothing)?;
    match found {
        Found::Named(found) => in_dockerfile(&view, &found, new),
        Found::Environment(mention) => environment(workspace, mention.name, new),
    }
}

enum Found<'f> {
    Named(names::Found),
    Environment(environments::Mention<'f>),
}

/// What stands at a place and can be renamed.
fn found<'w>(
    workspace: &'w Workspace,
    path: &FilePath,
    offset: usize,
) -> Result<Option<(View<'w>, Found<'w>)>, String> {
    let Some(host) = workspace.file(path) else { return Ok(None) };
    let Some((view, at)) = View::at(host, offset) else { return Ok(None) };
    if let Some(found) = names::at(&view, at) {
        check_named(&found)?;
        return Ok(Some((view, Found::Named(found))));
    }
    let Some(mention) = environments::at(view.file, at) else { return Ok(None) };
    check_environment(workspace, mention.name)?;
    Ok(Some((view, Found::Environment(mention))))
}

fn check_named(found: &names::Found) -> Result<(), String> {
    let name = &found.named.name;
    match found.named.kind {
        NamedKind::Stage(_) if name.is_empty() => {
            Err("This stage has no name; give it one with AS first.".to_owned())
        }
        NamedKind::Stage(_) if matches!(found.place.how, Naming::Number | Naming::Variable) => {
            Err(format!("The stage {name} is not called by its name here."))
        }
        NamedKind::Stage(_) if found.named.places.iter().any(|place| place.how == Naming::Variable) => {
            Err(format!("A FROM takes the stage {name} by a variable, which would not be renamed with it."))
        }
        NamedKind::Variable { predefined: true } => {
            Err(format!("The build itself gives {name} its value; under another name it would have none."))
        }
        NamedKind::Variable { .. } if found.named.definitions().next().is_none() => Err(format!(
            "Nothing here defines {name}: it comes from the base image, or from the shell alone."
        )),
        _ => Ok(()),
    }
}

fn check_new_name(found: &names::Found, new: &str) -> Result<(), String> {
    let same = |name: &str| match found.named.kind {
        NamedKind::Stage(_) => name.eq_ignore_ascii_case(new),
        NamedKind::Variable { .. } => name == new,
    };
    let alike = |other: &dockerfile::Named| {
        matches!(
            (found.named.kind, other.kind),
            (NamedKind::Stage(_), NamedKind::Stage(_))
                | (NamedKind::Variable { .. }, NamedKind::Variable { .. })
        )
    };
    let taken = found.others.iter().any(|other| alike(other) && same(&other.name));
    match found.named.kind {
        NamedKind::Stage(_) => {
            if !dockerfile::is_stage_name(new) {
                return Err(format!(
                    "{new:?} is no name of a stage: those are letters, digits, -, _ and ., a letter first."
                ));
            }
            if ["scratch", "context"].contains(&new.to_lowercase().as_str()) {
                return Err(format!("{new} has a meaning of its own; give the stage another name."));
            }
            if taken {
                return Err(format!("There is a stage {new} already."));
            }
            let tree = &found.document.tree;
            let images = tree.instructions.iter().filter(|other| other.kind == Some(Kind::From));
            let image = |from: dockerfile::From<'_>| same(&from.image.value);
            let own = same(&found.named.name);
            if !own && images.filter_map(dockerfile::Instruction::as_from).any(image) {
                return Err(format!("A FROM names an image {new}; it would take the stage instead."));
            }
            let taken_from = tree.instructions.iter().filter_map(|other| other.flag("from"));
            if !own && taken_from.filter_map(|flag| flag.value.as_deref()).any(same) {
                return Err(format!("A --from names an image {new}; it would take the stage instead."));
            }
        }
        NamedKind::Variable { .. } => {
            if !dockerfile::is_variable_name(new) {
                return Err(format!(
                    "{new:?} is no name of a variable: those are letters, digits and _, no digit first."
                ));
            }
            if taken {
                return Err(format!("{new} is the name of another variable here."));
            }
        }
    }
    Ok(())
}

fn in_dockerfile(view: &View<'_>, found: &names::Found, new: &str) -> Result<Vec<Edit>, String> {
    check_new_name(found, new)?;
    let document = &found.document;
    let refused = || {
        let name = &found.named.name;
        format!("A place that names {name} cannot be written where it stands, so nothing is renamed.")
    };
    let mut edits = Vec::new();
    let mut expected = document.text.clone();
    let written = found.named.places.iter().filter(|place| place.how != Naming::Number);
    for place in written.rev() {
        let now = place.range.slice(&document.text);
        if !now.eq_ignore_ascii_case(&found.named.name) {
            return Err(refused());
        }
        let edit = document.edit(view.file.path(), view.file.text(), place.range, new).ok_or_else(refused)?;
        expected.replace_range(place.range.start..place.range.end, new);
        edits.push(edit);
    }
    edits.reverse();
    // Each edit alone decodes to what it should; together they must as well.
    let after = read_again(view.file, &edits);
    if !after.dockerfiles().iter().any(|other| other.text == expected) {
        return Err(refused());
    }
    view.edits(edits).ok_or_else(refused)
}

/// A file as it is after edits.
fn read_again(file: &File, edits: &[Edit]) -> File {
    let mut text = file.text().to_string();
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.range);
    for edit in edits.into_iter().rev() {
        if text.get(edit.range.start..edit.range.end).is_some() {
            text.replace_range(edit.range.start..edit.range.end, &edit.text);
        }
    }
    File::new(file.path().clone(), file.kind(), text.into())
}

fn check_environment(workspace: &Workspace, name: &str) -> Result<(), String> {
    if name.starts_with("AzureML-") {
        return Err(format!("{name} is an environment of Microsoft's, whose name is not yours to change."));
    }
    let defined = |host: &File| {
        let views = View::all(host);
        let mut all = views.iter().flat_map(|view| environments::mentions(view.file));
        all.any(|mention| mention.defined.is_some() && mention.name == name)
    };
    if workspace.files().any(|host| defined(host)) {
        Ok(())
    } else {
        Err(format!("No file of the workspace defines the environment {name}: it is registered elsewhere."))
    }
}

fn environment(workspace: &Workspace, name: &str, new: &str) -> Result<Vec<Edit>, String> {
    if let Some(fault) = reference::name_fault(new) {
        return Err(fault);
    }
    if new == name {
        return Ok(Vec::new());
    }
    let mut edits = Vec::new();
    for host in workspace.files() {
        for view in View::all(host) {
            let mut own = Vec::new();
            for mention in environments::mentions(view.file) {
                if mention.defined.is_some() && mention.name == new {
                    return Err(format!("{} defines an environment {new} already.", host.path().file_name()));
                }
                if mention.name != name {
                    continue;
                }
                own.push(rewritten(view.file, &mention, new).ok_or_else(|| {
                    let line = host.lines().line(view.range(mention.range()).start) + 1;
                    let file = host.path().file_name();
                    format!("Line {line} of {file} puts the name {name} together, so nothing is renamed.")
                })?);
            }
            if own.is_empty() {
                continue;
            }
            let refused = || format!("{} cannot hold the name {new:?}.", host.path().file_name());
            edits.extend(view.edits(own).ok_or_else(refused)?);
        }
    }
    Ok(edits)
}

/// The edit that puts another name where an environment is named.
fn rewritten(file: &File, mention: &environments::Mention<'_>, new: &str) -> Option<Edit> {
    let text = mention.text;
    let part: TextRange = mention.part;
    let whole = part == TextRange::new(0, text.value.len());
    if !whole && !reference::is_editable(text) {
        return None;
    }
    rewrite_part(file, text.content, &text.value, part, new)
}
