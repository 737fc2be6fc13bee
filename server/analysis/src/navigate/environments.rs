//! The names of environments in a workspace of Azure ML: where files define them, and where jobs,
//! deployments and code ask for them.

use amlenv_syntax::{HostRange, TextRange};

use super::view::View;
use super::{Definition, Occurrence, Reach, Target};
use crate::file::File;
use crate::model::{Environment, Field, Notation, Text};
use crate::reference::{self, Reference};
use crate::workspace::Workspace;

/// A place where an environment is named.
pub(super) struct Mention<'f> {
    pub(super) name: &'f str,
    /// The version that is asked for, or that the definition has.
    version: Option<&'f str>,
    /// The text that the name stands in.
    pub(super) text: &'f Text,
    /// The name in it.
    pub(super) part: TextRange,
    /// What is defined there.
    pub(super) defined: Option<&'f Environment>,
}

impl Mention<'_> {
    /// Where the name stands in the file.
    pub(super) fn range(&self) -> HostRange {
        reference::place(self.text, self.part)
    }
}

/// All places of a file where an environment is named, in order.
pub(super) fn mentions(file: &File) -> Vec<Mention<'_>> {
    let whole = |text: &Text| TextRange::new(0, text.value.len());
    let mut out = Vec::new();
    for environment in file.environments() {
        // The name of an environment inside a job is dropped.
        let name = environment.last(&Field::Name).filter(|_| environment.notation != Notation::InlineYaml);
        let Some(text) = name.and_then(|name| name.value.known_text()) else { continue };
        let version = environment.last(&Field::Version).and_then(|found| found.value.known_text());
        let version = version.map(|text| text.value.as_str());
        out.push(Mention { name: &text.value, version, text, part: whole(text), defined: Some(environment) });
    }
    for used in file.uses().iter().filter(|used| !used.text.templated) {
        if let Some((part, version)) = named_by(&used.text.value, file.python().is_some()) {
            let name = part.slice(&used.text.value);
            out.push(Mention { name, version, text: &used.text, part, defined: None });
        }
    }
    for used in file.named_uses().iter().filter(|used| !used.name.templated) {
        let version = used.version.as_ref().map(|text| text.value.as_str());
        let (name, text) = (used.name.value.as_str(), &used.name);
        out.push(Mention { name, version, text, part: whole(text), defined: None });
    }
    out.retain(|mention| !mention.name.is_empty());
    out.sort_by_key(|mention| (mention.range(), mention.defined.is_none()));
    // A name that a variable holds is written once, whoever takes it from there.
    out.dedup_by_key(|mention| mention.range());
    out
}

/// The name in a reference to an environment of the workspace, and the version behind it. `lenient`: the
/// Python client also takes one without `azureml:`.
fn named_by(text: &str, lenient: bool) -> Option<(TextRange, Option<&str>)> {
    match reference::parse(text) {
        Reference::Workspace { name, version, .. } => Some((name.range, version.map(|part| part.text))),
        Reference::Bare(_) if lenient => {
            let end = text.find([':', '@']).unwrap_or(text.len());
            Some((TextRange::new(0, end), text.get(end..)?.strip_prefix(':')))
        }
        _ => None,
    }
}

/// The mention at a place of a file.
pub(super) fn at<'f>(file: &'f File, offset: usize) -> Option<Mention<'f>> {
    let all = mentions(file);
    let whole = |mention: &Mention<'_>| mention.text.content.cover(mention.range());
    // On the version or on `azureml:` the environment is meant as well.
    let exact = all.iter().position(|mention| mention.range().touches(offset));
    let near = || all.iter().position(|mention| whole(mention).touches(offset));
    let found = exact.or_else(near)?;
    all.into_iter().nth(found)
}

pub(super) fn definition(workspace: &Workspace, view: &View<'_>, offset: usize) -> Option<Definition> {
    let mention = at(view.file, offset)?;
    let origin = view.range(mention.range());
    let mut exact = Vec::new();
    let mut others = Vec::new();
    for host in workspace.files() {
        for view in View::all(host) {
            for found in mentions(view.file).into_iter().filter(|found| found.name == mention.name) {
                let Some(environment) = found.defined else { continue };
                let target = Target {
                    file: host.path().clone(),
                    range: view.range(environment.range.cover(found.range())),
                    focus: view.range(found.range()),
                };
                let same = mention.version.is_none() || found.version == mention.version;
                if same { exact.push(target) } else { others.push(target) }
            }
        }
    }
    let targets = if exact.is_empty() { others } else { exact };
    (!targets.is_empty()).then_some(Definition { origin, targets })
}

pub(super) fn occurrences(
    workspace: &Workspace,
    view: &View<'_>,
    offset: usize,
    reach: Reach,
) -> Option<Vec<Occurrence>> {
    let name = at(view.file, offset)?.name;
    let mut out = Vec::new();
    let hosts = workspace.files().map(|file| &**file);
    for host in hosts.filter(|host| reach == Reach::Workspace || host.path() == view.host.path()) {
        for view in View::all(host) {
            let found = mentions(view.file).into_iter().filter(|mention| mention.name == name);
            out.extend(found.map(|mention| view.occurrence(mention.range(), mention.defined.is_some())));
        }
    }
    Some(out)
}
