//! The paths that a file names: what judging it asks for, and what only an editor follows besides.

use amlenv_syntax::dockerfile::Kind;
use amlenv_syntax::python::{self, ExprKind, dotted};
use amlenv_syntax::requirements::{self, Line};
use amlenv_syntax::yaml::{Node, NodeKind};
use amlenv_syntax::{HostRange, TextRange};

use super::view::View;
use super::{Definition, Occurrence, Reach, Target, environments};
use crate::builds;
use crate::file::File;
use crate::graph::{self, Edge, EdgeKind, bases, candidates, is_remote};
use crate::kind::FileKind;
use crate::lower::environment_yaml;
use crate::model::{Field, Notation, Text, Value};
use crate::path::FilePath;
use crate::reference;
use crate::workspace::{Fact, Workspace};

/// A path that a file names.
pub(super) struct PathUse {
    /// The text that it stands in: the path, a reference, or an item of a list.
    pub(super) text: Text,
    /// The path itself.
    pub(super) written: String,
    /// Where it stands in the text.
    pub(super) part: TextRange,
    /// Where the path stands.
    pub(super) range: HostRange,
    /// What it may lead to: the first that exists counts.
    pub(super) candidates: Vec<FilePath>,
    /// The folders that it may start from.
    pub(super) bases: Vec<FilePath>,
    /// Whether it is the folder of a build.
    pub(super) context: bool,
}

/// All paths that a file names, in order.
pub(super) fn uses(workspace: &Workspace, file: &File) -> Vec<PathUse> {
    let notation = if file.python().is_some() { Notation::PythonV2 } else { Notation::EnvironmentYaml };
    let v1 = matches!(file.kind(), FileKind::EnvironmentJson | FileKind::Runconfig);
    let own = bases(workspace, file, if v1 { Notation::Json } else { notation });
    let contexts: Vec<FilePath> = file
        .environments()
        .filter_map(graph::build_path)
        .flat_map(|text| candidates(workspace, file, notation, &text.value))
        .collect();
    let codes: Vec<FilePath> = tasks(file)
        .filter_map(|task| task.code.as_ref())
        .flat_map(|text| candidates(workspace, file, notation, &text.value))
        .collect();
    let mut out = Vec::new();
    for edge in graph::edges(workspace, file).into_iter().chain(further(workspace, file)) {
        let Some(text) = edge.written.filter(|text| !text.value.is_empty()) else { continue };
        // In code the path may stand there without `file:`.
        let written = text.value.strip_prefix("file:").unwrap_or(&text.value).to_owned();
        let bare = text.content.len() == written.len();
        let text = if bare { Text { value: written.clone(), ..text } } else { holder(file, text) };
        let Some(start) = text.value.rfind(&written) else { continue };
        let part = TextRange::new(start, start + written.len());
        let range = reference::place(&text, part);
        let bases = match edge.kind {
            _ if is_own(&own, &edge.candidates, &written) => own.clone(),
            EdgeKind::Dockerfile => contexts.clone(),
            _ => codes.clone(),
        };
        let context = edge.kind == EdgeKind::BuildContext;
        out.push(PathUse { text, written, part, range, candidates: edge.candidates, bases, context });
    }
    out.sort_by_key(|found| found.range);
    out.dedup_by(|a, b| a.range == b.range && a.candidates == b.candidates);
    out
}

/// The item of a list that a path stands in, where it stands in one.
fn holder(file: &File, text: Text) -> Text {
    let specs = file.conda().into_iter().chain(inline_specs(file));
    let mut items = specs.flat_map(|spec| &spec.items).filter(|item| item.pip);
    let around = items.find(|item| item.text.content.contains_range(text.content));
    around.map_or(text, |item| item.text.clone())
}

/// Whether a path starts from one of these folders.
fn is_own(bases: &[FilePath], candidates: &[FilePath], written: &str) -> bool {
    candidates.first().is_some_and(|first| bases.iter().any(|base| base.join(written) == *first))
}

fn tasks(file: &File) -> impl Iterator<Item = &crate::model::Task> {
    let defined = file.environments().flat_map(|environment| &environment.tasks);
    defined.chain(file.uses().iter().flat_map(|used| &used.tasks)).map(|task| &**task)
}

/// Paths that only an editor follows: components, code, constraints, what a Dockerfile copies.
fn further(workspace: &Workspace, file: &File) -> Vec<Edge> {
    let mut out = Vec::new();
    let folder = file.path().parent();
    match file.kind() {
        FileKind::JobYaml | FileKind::DeploymentYaml => {
            let mut pending: Vec<&Node> = file.yaml_root().into_iter().collect();
            while let Some(node) = pending.pop() {
                pending.extend(node.items());
                for entry in node.entries() {
                    let Some(value) = &entry.value else { continue };
                    pending.push(value);
                    let key = entry.key.as_str();
                    if !matches!(key, Some("component" | "code" | "trial" | "job")) {
                        continue;
                    }
                    if !matches!(value.kind, NodeKind::Scalar(_)) || value.resolved_alias {
                        continue;
                    }
                    let Some(text) = environment_yaml::text(value) else { continue };
                    let path = text.value.strip_prefix("file:").unwrap_or(&text.value);
                    if !text.templated && !is_remote(path) && !path.contains("${{") && !path.is_empty() {
                        let candidates = vec![folder.join(path)];
                        out.push(Edge::written(EdgeKind::Script, &text, candidates));
                    }
                }
            }
        }
        FileKind::Python => {
            for text in tasks(file).filter_map(|task| task.code.as_ref()).filter(|text| !text.templated) {
                if !is_remote(&text.value) {
                    let candidates = candidates(workspace, file, Notation::PythonV2, &text.value);
                    out.push(Edge::written(EdgeKind::Environment, text, candidates));
                }
            }
            out.extend(loaded(workspace, file));
        }
        FileKind::Dockerfile => out.extend(copied(workspace, file)),
        FileKind::Requirements => out.extend(listed(file)),
        _ => {}
    }
    for spec in file.conda().into_iter().chain(inline_specs(file)) {
        for item in spec.items.iter().filter(|item| item.pip && !item.text.templated) {
            let verbatim = item.text.content.len() == item.text.value.len();
            for (path, range) in local(&requirements::parse(&item.text.value).lines) {
                let at = item.text.content.start;
                let content = if verbatim {
                    HostRange::new(at + range.start, at + range.end)
                } else {
                    item.text.content
                };
                let text = Text { value: path.clone(), content, templated: false };
                out.push(Edge::written(EdgeKind::Requirements, &text, vec![folder.join(&path)]));
            }
        }
    }
    out
}

fn inline_specs(file: &File) -> impl Iterator<Item = &crate::model::CondaSpec> {
    let all = file.environments().flat_map(|environment| environment.all(&Field::Conda));
    all.filter_map(|assignment| match &assignment.value {
        Value::Conda(spec) if file.yaml().is_some() => Some(&**spec),
        _ => None,
    })
}

/// Files that code loads components and jobs from.
fn loaded(workspace: &Workspace, file: &File) -> Vec<Edge> {
    let mut out = Vec::new();
    for expr in file.python().map(python::expressions).unwrap_or_default() {
        let ExprKind::Call { func, args, .. } = &expr.kind else { continue };
        let name = dotted(func);
        let name = name.as_deref().and_then(|name| name.rsplit('.').next());
        if !matches!(
            name,
            Some("load_component" | "load_job" | "load_online_deployment" | "load_batch_deployment")
        ) {
            continue;
        }
        let source = args.iter().find(|arg| arg.name.as_ref().is_none_or(|(name, _)| name == "source"));
        let Some(text) = source.and_then(|source| python::text_value(&source.value)) else { continue };
        if text.has_holes || text.value.is_empty() {
            continue;
        }
        let host = text.map.to_host(TextRange::new(0, text.value.len()));
        let text = Text { value: text.value.clone(), content: host, templated: false };
        let candidates = candidates(workspace, file, Notation::PythonV2, &text.value);
        out.push(Edge::written(EdgeKind::Script, &text, candidates));
    }
    out
}

/// What a Dockerfile of its own copies from its context, as far as it is written without variables.
fn copied(workspace: &Workspace, file: &File) -> Vec<Edge> {
    let mut contexts: Vec<FilePath> =
        builds::of(workspace, file).into_iter().filter_map(|build| build.context).collect();
    if contexts.is_empty() {
        contexts.push(file.path().parent());
    }
    let mut out = Vec::new();
    for document in file.dockerfiles() {
        for instruction in &document.tree.instructions {
            let copies = matches!(instruction.kind, Some(Kind::Copy | Kind::Add));
            if !copies || instruction.flag("from").is_some() {
                continue;
            }
            let words = builds::without_note(&instruction.arguments);
            let Some((_, sources)) = words.split_last() else { continue };
            for source in sources {
                let path = source.value.trim_matches(['"', '\'']);
                let known = !path.is_empty() && !path.contains(['$', '*', '?', '[', '{', '\\']);
                if !known || path.starts_with("<<") || is_remote(path) || path == "." {
                    continue;
                }
                let lead = source.range.slice(&document.text).find(path).unwrap_or(0);
                let start = source.range.start + lead;
                let content = document.host(TextRange::new(start, start + path.len()));
                let text = Text { value: path.to_owned(), content, templated: false };
                let path = path.trim_start_matches('/');
                let candidates = contexts.iter().map(|context| context.join(path)).collect();
                out.push(Edge::written(EdgeKind::Script, &text, candidates));
            }
        }
    }
    out
}

/// The local files of a list of requirements besides `-r`.
fn listed(file: &File) -> Vec<Edge> {
    let folder = file.path().parent();
    let lines = file.requirements().map_or(&[][..], |found| found.lines.as_slice());
    let edge = |(path, range): (String, TextRange)| {
        let content = HostRange::new(range.start, range.end);
        let candidates = vec![folder.join(&path)];
        Edge::written(EdgeKind::Requirements, &Text { value: path, content, templated: false }, candidates)
    };
    local(lines).into_iter().map(edge).collect()
}

/// The paths that lines of requirements name, `-r` left out.
fn local(lines: &[Line]) -> Vec<(String, TextRange)> {
    let mut out = Vec::new();
    for line in lines {
        let found = match line {
            Line::Option { name, value: Some(value), .. }
                if matches!(name.as_str(), "-c" | "--constraint" | "-e" | "--editable") =>
            {
                value.clone()
            }
            Line::Requirement(requirement) => match &requirement.url {
                Some(url) => url.clone(),
                None => continue,
            },
            Line::Option { .. } => continue,
        };
        // Behind a path stand extras and names of packages.
        let path = found.0.split(['[', '#']).next().unwrap_or("").to_owned();
        if !path.is_empty() && !is_remote(&path) && !path.contains('$') && !path.contains('+') {
            let end = found.1.start + path.len();
            out.push((path, TextRange::new(found.1.start, end.min(found.1.end))));
        }
    }
    out
}

/// The paths that a file names and that nobody has looked at yet.
pub(crate) fn unknown_paths(workspace: &Workspace, path: &FilePath) -> Vec<FilePath> {
    let Some(host) = workspace.file(path) else { return Vec::new() };
    let mut out: Vec<FilePath> = View::all(host)
        .iter()
        .flat_map(|view| uses(workspace, view.file))
        .flat_map(|found| {
            let inside: Vec<FilePath> = match found.context {
                true => found.candidates.iter().map(|context| context.join("Dockerfile")).collect(),
                false => Vec::new(),
            };
            found.candidates.into_iter().chain(inside)
        })
        .filter(|path| workspace.fact(path).is_none())
        .collect();
    out.sort();
    out.dedup();
    out
}

/// The file that a path leads to; of a build context, its Dockerfile.
pub(super) fn file_of(workspace: &Workspace, found: &PathUse) -> Option<FilePath> {
    let path = graph::resolve(workspace, &found.candidates).ok()?;
    let is_file = |path: &FilePath| workspace.fact(path) == Some(&Fact::File);
    if is_file(path) {
        return Some(path.clone());
    }
    Some(path.join("Dockerfile")).filter(|path| found.context && is_file(path))
}

/// The path at a place of a file.
fn at(workspace: &Workspace, view: &View<'_>, offset: usize) -> Vec<PathUse> {
    let all = uses(workspace, view.file);
    all.into_iter().filter(|found| found.text.content.touches(offset)).collect()
}

/// Where a path leads: in a notebook perhaps to a cell that writes the file.
pub(super) fn target(workspace: &Workspace, host: &File, path: &FilePath) -> Target {
    let start = HostRange::empty(0);
    if let Some(nested) = host.nested().iter().find(|nested| nested.written && nested.file.path() == path) {
        let whole = nested.host(HostRange::new(0, nested.file.text().len()));
        let focus = HostRange::empty(whole.start);
        return Target { file: host.path().clone(), range: whole, focus };
    }
    // The name of an environment is what its file is about.
    let named = workspace.file(path).and_then(|file| {
        let mention = environments::mentions(file).into_iter().find(|found| found.defined.is_some())?;
        (file.kind() == FileKind::EnvironmentYaml).then(|| mention.range())
    });
    let focus = named.unwrap_or(start);
    Target { file: path.clone(), range: focus, focus }
}

pub(super) fn definition(workspace: &Workspace, view: &View<'_>, offset: usize) -> Option<Definition> {
    let found = at(workspace, view, offset);
    let origin = view.range(found.first()?.range);
    let written = |found: &PathUse| {
        let own = |path: &&FilePath| view.host.nested().iter().any(|n| n.written && n.file.path() == *path);
        found.candidates.iter().find(own).cloned()
    };
    let mut files: Vec<FilePath> =
        found.iter().filter_map(|found| written(found).or_else(|| file_of(workspace, found))).collect();
    files.sort();
    files.dedup();
    let targets: Vec<Target> = files.iter().map(|path| target(workspace, view.host, path)).collect();
    (!targets.is_empty()).then_some(Definition { origin, targets })
}

/// All places that name the same file or folder.
pub(super) fn occurrences(
    workspace: &Workspace,
    view: &View<'_>,
    offset: usize,
    reach: Reach,
) -> Option<Vec<Occurrence>> {
    let found = at(workspace, view, offset);
    let meant = |found: &PathUse| graph::resolve(workspace, &found.candidates).ok().cloned();
    let wanted: Vec<FilePath> = found.iter().filter_map(meant).collect();
    if wanted.is_empty() {
        return None;
    }
    let mut out = Vec::new();
    let hosts = workspace.files().map(|file| &**file);
    for host in hosts.filter(|host| reach == Reach::Workspace || host.path() == view.host.path()) {
        for view in View::all(host) {
            for found in uses(workspace, view.file) {
                if meant(&found).is_some_and(|path| wanted.contains(&path)) {
                    out.push(view.occurrence(found.range, false));
                }
            }
        }
    }
    Some(out)
}

/// Whether the text of a path stands in the file as it is.
pub(super) fn is_editable(file: &File, text: &Text) -> bool {
    reference::is_editable(text) && text.content.slice(file.text()) == text.value
}
