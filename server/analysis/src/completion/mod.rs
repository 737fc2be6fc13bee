//! What could be typed at a place. One provider for each kind of thing; a notation only says where it
//! may stand and how it is written there.
//!
//! A provider gives [`Proposal`]s: texts and the ranges that they replace, counted in the text that the
//! place stands in. Here they become edits of the file, of a Dockerfile's host or of a notebook.

mod config;
mod dockerfile;
mod environments;
mod images;
mod keys;
mod packages;
mod paths;
mod python;
mod requirements;
mod shell;
mod snippets;
mod suppressions;
mod values;

// What hover asks as well.
pub(crate) use self::config::place_at as config_place;
pub(crate) use self::keys::shape_at;
pub(crate) use self::python::{parameter, section};

use std::cell::RefCell;
use std::collections::BTreeSet;

use amlenv_syntax::{HostRange, TextRange};

use crate::answers::{Completion, CompletionKind, Completions};
use crate::catalogue::View;
use crate::file::File;
use crate::finding::Edit;
use crate::kind::FileKind;
use crate::nested;
use crate::path::FilePath;
use crate::topic::Topic;
use crate::workspace::{Fact, Want, Workspace};

pub(crate) fn complete(workspace: &Workspace, path: &FilePath, offset: usize) -> Completions {
    let Some(file) = workspace.file(path) else { return Completions::default() };
    let mut out = match file.nested_at(offset) {
        Some((nested, at)) => {
            let scope = nested::scope(workspace, file);
            let mut found = in_file(&Site::new(&scope, &nested.file), at);
            found.items = found
                .items
                .into_iter()
                .filter_map(|item| {
                    let written = item.edit.text.clone();
                    let edit = nested.edits(file, vec![item.edit])?.pop()?;
                    // Where the host writes it otherwise, it cannot write the places to fill in.
                    let snippet = item.snippet.filter(|_| edit.text == written);
                    Some(Completion { edit, snippet, ..item })
                })
                .collect();
            found
        }
        None => in_file(&Site::new(workspace, file), offset),
    };
    // Deprecated ones last; otherwise as the providers have them.
    out.items.sort_by_key(|item| item.deprecated);
    let mut seen = BTreeSet::new();
    out.items.retain(|item| seen.insert((item.label.clone(), item.edit.text.clone())));
    for (number, item) in out.items.iter_mut().enumerate() {
        item.sort = format!("{number:05}");
    }
    out
}

/// The file that is completed, and what is known around it.
struct Site<'a> {
    workspace: &'a Workspace,
    file: &'a File,
    wants: RefCell<Vec<Want>>,
    incomplete: RefCell<bool>,
}

impl<'a> Site<'a> {
    fn new(workspace: &'a Workspace, file: &'a File) -> Self {
        Self { workspace, file, wants: RefCell::default(), incomplete: RefCell::default() }
    }

    /// The catalogue with what the team says on top.
    fn own_catalogue(&self) -> View<'a> {
        self.workspace.catalogue(self.file.path())
    }

    /// The names in a folder; `None`, and a want, where they are not known.
    fn folder(&self, path: &FilePath) -> Option<&'a [String]> {
        match self.workspace.fact(path) {
            Some(Fact::Folder(names)) => Some(names),
            Some(_) => None,
            None => {
                self.wants.borrow_mut().push(Want { path: path.clone(), text: false });
                None
            }
        }
    }

    /// The text of a file; `None`, and a want, where it is not known.
    fn text(&self, path: &FilePath) -> Option<&'a str> {
        match (self.workspace.file(path), self.workspace.fact(path)) {
            (Some(file), _) => Some(file.text()),
            (None, None | Some(Fact::File)) => {
                self.wants.borrow_mut().push(Want { path: path.clone(), text: true });
                None
            }
            _ => None,
        }
    }

    /// Says that other proposals would come with more text.
    fn not_all(&self) {
        *self.incomplete.borrow_mut() = true;
    }
}

/// Something that could be typed.
#[derive(Clone, Debug)]
struct Proposal {
    label: String,
    kind: CompletionKind,
    /// What it replaces.
    range: TextRange,
    text: String,
    snippet: Option<String>,
    detail: Option<String>,
    documentation: Option<String>,
    topic: Option<Topic>,
    deprecated: bool,
    commit: &'static [&'static str],
}

impl Proposal {
    fn new(label: impl Into<String>, kind: CompletionKind, range: TextRange) -> Self {
        let label = label.into();
        Self {
            text: label.clone(),
            label,
            kind,
            range,
            snippet: None,
            detail: None,
            documentation: None,
            topic: None,
            deprecated: false,
            commit: &[],
        }
    }

    fn text(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }

    /// The text again, with places to fill in.
    fn snippet(self, snippet: impl Into<String>) -> Self {
        Self { snippet: Some(snippet.into()), ..self }
    }

    fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()).filter(|detail| !detail.is_empty()), ..self }
    }

    fn says(self, text: impl Into<String>) -> Self {
        Self { documentation: Some(text.into()).filter(|text| !text.is_empty()), ..self }
    }

    fn about(self, topic: Topic) -> Self {
        Self { topic: Some(topic), ..self }
    }

    fn deprecated(self, deprecated: bool) -> Self {
        Self { deprecated, ..self }
    }

    fn commit(self, commit: &'static [&'static str]) -> Self {
        Self { commit, ..self }
    }
}

/// A text as a part of a snippet that is not filled in.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}")
}

/// How a change of the text that is completed is written into its file; `None` where that cannot hold it.
type Target<'a> = dyn Fn(TextRange, &str) -> Option<Edit> + 'a;

fn in_file(site: &Site<'_>, offset: usize) -> Completions {
    let items = found(site, offset);
    Completions { items, incomplete: site.incomplete.take(), wants: site.wants.take() }
}

fn found(site: &Site<'_>, offset: usize) -> Vec<Completion> {
    let file = site.file;
    let text: &str = file.text();
    let plain = |range: TextRange, new: &str| {
        let range = HostRange::new(range.start, range.end);
        Some(Edit { file: file.path().clone(), range, text: new.to_owned() })
    };
    let finish = |proposals: Vec<Proposal>| finish(proposals, text, offset, text, &plain);
    // Blanks at the end belong to a comment as well.
    let within = |comment: &HostRange| {
        let behind = text.get(comment.end.min(offset)..offset).unwrap_or("\n");
        comment.start < offset && behind.chars().all(|c| c == ' ' || c == '\t')
    };
    if let Some(comment) = file.comments().into_iter().find(within) {
        let comment = TextRange::new(comment.start, comment.end.max(offset));
        return finish(suppressions::complete(text, comment, offset));
    }
    if let Some(document) = file.dockerfiles().iter().find(|document| document.host_range().touches(offset)) {
        let Some(at) = document.offset(offset) else { return Vec::new() };
        let target = |range: TextRange, new: &str| document.edit(file.path(), text, range, new);
        let proposals = dockerfile::complete(site, document, at);
        return self::finish(proposals, &document.text, at, text, &target);
    }
    match file.kind() {
        FileKind::Python => python::complete(site, offset),
        FileKind::EnvironmentYaml
        | FileKind::JobYaml
        | FileKind::DeploymentYaml
        | FileKind::Conda
        | FileKind::EnvironmentJson
        | FileKind::Runconfig => {
            let mut proposals = keys::complete(site, offset);
            proposals.extend(snippets::of_yaml(site, offset));
            finish(proposals)
        }
        FileKind::Requirements => finish(requirements::complete(site, offset)),
        FileKind::Config => finish(config::complete(file, offset)),
        _ => Vec::new(),
    }
}

/// Proposals as changes of the file `host`; `text`, with the cursor at `at`, is what they count in.
fn finish(
    proposals: Vec<Proposal>,
    text: &str,
    at: usize,
    host: &str,
    target: &Target<'_>,
) -> Vec<Completion> {
    let crlf = host.split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'));
    let line_end = |text: String| if crlf { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text };
    proposals
        .into_iter()
        .filter_map(|found| {
            let mut edit = target(found.range, &found.text)?;
            let snippet = found.snippet.filter(|_| edit.text == found.text).map(line_end);
            if edit.text == found.text {
                edit.text = line_end(edit.text);
            }
            let typed = text.get(found.range.start..at.max(found.range.start)).unwrap_or("");
            Some(Completion {
                filter: filter(typed, &found.label),
                label: found.label,
                kind: found.kind,
                detail: found.detail,
                documentation: found.documentation,
                topic: found.topic,
                edit,
                snippet,
                commit: found.commit,
                sort: String::new(),
                deprecated: found.deprecated,
            })
        })
        .collect()
}

/// What an editor should match with `typed`: the label, from the part on that begins like it, since
/// some editors match beginnings alone.
fn filter(typed: &str, label: &str) -> String {
    let starts = |text: &&str| text.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed));
    if typed.is_empty() || starts(&label) {
        return label.to_owned();
    }
    let parts = label.match_indices(['/', ':']).filter_map(|(at, _)| label.get(at + 1..));
    parts.into_iter().find(starts).unwrap_or(label).to_owned()
}
