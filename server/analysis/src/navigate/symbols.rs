//! What a file consists of: environments with their settings, Dockerfiles with their stages, lists of
//! packages, the jobs of a pipeline; and what of that can be looked up by name in the workspace.

use amlenv_syntax::dockerfile::{Instruction, Kind};
use amlenv_syntax::requirements::Line;
use amlenv_syntax::yaml::{Entry, Node};
use amlenv_syntax::{HostRange, TextRange};

use super::view::View;
use super::{Place, environments};
use crate::embedded::DockerfileDocument;
use crate::file::File;
use crate::kind::FileKind;
use crate::model::{CondaItem, CondaSpec, Environment, Field, Notation, Text, Value};
use crate::path::FilePath;
use crate::workspace::Workspace;

/// Names are cut off behind so many characters.
const MAX_NAME: usize = 60;

/// So many symbols of the workspace are told at once.
const MAX_FOUND: usize = 256;

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// What it is called; never empty.
    pub name: String,
    /// What else is to say.
    pub detail: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub range: HostRange,
    /// What names it, inside of the range.
    pub focus: HostRange,
    /// Its parts, in order.
    pub children: Vec<Symbol>,
}

/// What a part of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// An environment.
    Environment,
    /// A setting, or another key.
    Property,
    /// A stage of a Dockerfile.
    Stage,
    /// An instruction of a Dockerfile.
    Instruction,
    /// An `ARG` or `ENV`.
    Variable,
    /// A job, component or deployment.
    Job,
    /// A list of packages.
    List,
    /// A package.
    Package,
    /// An option of pip.
    Option,
}

/// A symbol of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSymbol {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// What it is part of.
    pub container: Option<String>,
    /// Where its name stands.
    pub place: Place,
}

impl Symbol {
    fn new(name: impl Into<String>, kind: SymbolKind, range: HostRange, focus: HostRange) -> Self {
        let name: String = name.into();
        let mut words = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.chars().count() > MAX_NAME {
            words = words.chars().take(MAX_NAME).chain(['…']).collect();
        }
        if words.is_empty() {
            "(unnamed)".clone_into(&mut words);
        }
        Self { name: words, detail: None, kind, range: range.cover(focus), focus, children: Vec::new() }
    }

    fn with(mut self, children: Vec<Self>) -> Self {
        self.range = children.iter().fold(self.range, |range, child| range.cover(child.range));
        self.children = children;
        self
    }

    fn detailed(self, detail: Option<String>) -> Self {
        Self { detail, ..self }
    }

    /// The same, placed in the host of its file.
    fn placed(self, view: &View<'_>) -> Self {
        // Symbols are as deep as what makes them, which is a handful of levels.
        let children = self.children.into_iter().map(|child| child.placed(view)).collect();
        let (range, focus) = (view.range(self.range), view.range(self.focus));
        Self { range: range.cover(focus), focus, children, ..self }
    }
}

/// The parts of a file, in order.
pub(crate) fn document_symbols(workspace: &Workspace, path: &FilePath) -> Vec<Symbol> {
    let Some(host) = workspace.file(path) else { return Vec::new() };
    let mut out: Vec<Symbol> = View::all(host)
        .iter()
        .flat_map(|view| of_file(view.file).into_iter().map(|symbol| symbol.placed(view)))
        .collect();
    out.sort_by_key(|symbol| symbol.range);
    out
}

/// The environments and named stages of all files whose names hold the letters of `query` in that
/// order, in any case; the best ones first.
pub(crate) fn workspace_symbols(workspace: &Workspace, query: &str) -> Vec<FoundSymbol> {
    let mut out: Vec<((usize, usize), FoundSymbol)> = Vec::new();
    let mut add = |name: &str, kind, container: Option<String>, place| {
        if let Some(rank) = rank(name, query) {
            let symbol = FoundSymbol { name: name.to_owned(), kind, container, place };
            out.push(((rank, name.len()), symbol));
        }
    };
    for host in workspace.files() {
        let file_name = host.path().file_name();
        for view in View::all(host) {
            for mention in environments::mentions(view.file).iter().filter(|found| found.defined.is_some()) {
                let place = view.place(mention.range());
                add(mention.name, SymbolKind::Environment, Some(file_name.to_owned()), place);
            }
            for document in view.file.dockerfiles() {
                for stage in document.tree.stages() {
                    let name = stage.from.as_from().and_then(|from| from.name);
                    let Some(name) = name else { continue };
                    let place = view.place(document.host(name.range));
                    add(&name.value, SymbolKind::Stage, Some(file_name.to_owned()), place);
                }
            }
            for symbol in jobs(view.file) {
                let place = view.place(symbol.focus);
                add(&symbol.name, SymbolKind::Job, Some(file_name.to_owned()), place);
            }
        }
    }
    out.sort_by(|(a, first), (b, second)| {
        (a, &first.name, &first.place).cmp(&(b, &second.name, &second.place))
    });
    out.truncate(MAX_FOUND);
    out.into_iter().map(|(_, symbol)| symbol).collect()
}

/// How well a name fits: the same first, then one that begins so, one that holds it, one that holds its
/// letters in order.
fn rank(name: &str, query: &str) -> Option<usize> {
    let (name, query) = (name.to_lowercase(), query.to_lowercase());
    if name == query {
        return Some(0);
    }
    if name.starts_with(&query) {
        return Some(1);
    }
    if name.contains(&query) {
        return Some(2);
    }
    let mut letters = name.chars();
    query.chars().filter(|c| !c.is_whitespace()).all(|wanted| letters.any(|c| c == wanted)).then_some(3)
}

fn of_file(file: &File) -> Vec<Symbol> {
    match file.kind() {
        FileKind::Dockerfile => file.dockerfiles().iter().flat_map(|document| dockerfile(document)).collect(),
        FileKind::Conda => file.conda().map(|spec| conda(file, spec)).unwrap_or_default(),
        FileKind::Requirements => requirements(file),
        FileKind::JobYaml | FileKind::DeploymentYaml => keys(file),
        _ => file.environments().map(|found| environment(file, found)).collect(),
    }
}

/// The `ARG`s before the first stage, and the stages with their instructions.
fn dockerfile(document: &DockerfileDocument) -> Vec<Symbol> {
    let stages = document.tree.stages();
    let first = stages.first().map_or(document.tree.instructions.len(), |stage| stage.at);
    let before = document.tree.instructions.get(..first).unwrap_or(&[]);
    let mut out: Vec<Symbol> = before.iter().map(|found| instruction(document, found)).collect();
    for (number, stage) in stages.iter().enumerate() {
        let named = stage.from.as_from().and_then(|from| from.name);
        let image = stage.image.map(|image| image.value.clone());
        let name = named.map(|name| name.value.clone()).or_else(|| image.clone());
        let focus = named.or(stage.image).map_or(stage.from.keyword_range, |word| word.range);
        let children = stage.instructions.iter().map(|found| instruction(document, found)).collect();
        let symbol = Symbol::new(
            name.unwrap_or_else(|| format!("stage {number}")),
            SymbolKind::Stage,
            document.host(stage.from.range),
            document.host(focus),
        );
        out.push(symbol.detailed(image.filter(|_| named.is_some())).with(children));
    }
    out
}

fn instruction(document: &DockerfileDocument, found: &Instruction) -> Symbol {
    let keyword = found.keyword.to_ascii_uppercase();
    let rest = found.rest.slice(&document.text);
    let first = rest.lines().next().unwrap_or("").trim_end_matches(['\\', '`', ' ', '\t']);
    let (name, kind) = match found.kind {
        Some(Kind::Arg | Kind::Env) => (format!("{keyword} {first}"), SymbolKind::Variable),
        _ => (format!("{keyword} {first}"), SymbolKind::Instruction),
    };
    Symbol::new(name, kind, document.host(found.range), document.host(found.keyword_range))
}

/// An environment with what is set of it.
fn environment(file: &File, found: &Environment) -> Symbol {
    let name = found.name().map(str::to_owned).or_else(|| found.variable.clone());
    let name = name.unwrap_or_else(|| "environment".to_owned());
    let mut children = Vec::new();
    for assignment in &found.assignments {
        let field = assignment.field.name_in(found.notation);
        let mut symbol = Symbol::new(field, SymbolKind::Property, assignment.range, assignment.key);
        if let Some(text) = assignment.value.known_text() {
            let first = text.value.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
            symbol.detail = (!first.is_empty()).then(|| first.chars().take(MAX_NAME).collect());
            let inside =
                |document: &DockerfileDocument| assignment.range.touches(document.host_range().start);
            let documents = file.dockerfiles().iter().filter(|document| document.is_embedded());
            let inner = documents.filter(|document| inside(document)).flat_map(|found| dockerfile(found));
            symbol = symbol.with(inner.collect());
        }
        if let Value::Conda(spec) = &assignment.value
            && file.python().is_none()
        {
            symbol = symbol.with(conda(file, spec));
        }
        children.push(symbol);
    }
    // What is part of another setting stands below it in the text; it is told once.
    let whole: Vec<(usize, HostRange)> = children.iter().map(|child| child.range).enumerate().collect();
    let outermost = |number: usize, range: HostRange| {
        !whole.iter().any(|(other, outer)| {
            *other != number && outer.contains_range(range) && (*outer != range || *other < number)
        })
    };
    let mut inner: Vec<Symbol> = Vec::new();
    let mut top: Vec<Symbol> = Vec::new();
    for (number, child) in children.into_iter().enumerate() {
        if outermost(number, child.range) { top.push(child) } else { inner.push(child) }
    }
    for child in inner {
        if let Some(parent) = top.iter_mut().find(|parent| parent.range.contains_range(child.range)) {
            parent.children.push(child);
        }
    }
    let name_place = found.assignments.iter().rfind(|a| a.field == Field::Name);
    let focus = name_place.and_then(|name| name.value.known_text()).map_or(found.anchor, |text| text.content);
    let focus = if found.range.contains_range(focus) { focus } else { found.anchor };
    let version = found.last(&Field::Version).and_then(|v| v.value.known_text());
    let detail = match found.notation {
        Notation::InlineYaml => found.variable.clone(),
        _ => version.map(|text| format!("version {}", text.value)),
    };
    Symbol::new(name, SymbolKind::Environment, found.range, focus).detailed(detail).with(top)
}

/// The lists of a conda specification.
fn conda(file: &File, spec: &CondaSpec) -> Vec<Symbol> {
    let mut out = Vec::new();
    for (name, range, key) in &spec.keys {
        let mut symbol = Symbol::new(name.as_str(), SymbolKind::Property, *range, *key);
        if name == "dependencies" {
            symbol.kind = SymbolKind::List;
            let mut items: Vec<Symbol> = spec.items.iter().filter(|item| !item.pip).map(item).collect();
            if let Some(section) = spec.pip_section {
                let pip = spec.items.iter().filter(|item| item.pip).map(item).collect();
                let focus = HostRange::new(section.start, section.start + "pip".len());
                items.push(Symbol::new("pip", SymbolKind::List, section, focus).with(pip));
            }
            items.sort_by_key(|item| item.range);
            symbol = symbol.with(items);
        } else if name == "channels" {
            symbol.kind = SymbolKind::List;
            let channels = spec.channels.iter().flatten();
            let named = |text: &Text| {
                Symbol::new(text.value.as_str(), SymbolKind::Property, text.content, text.content)
            };
            symbol = symbol.with(channels.map(named).collect());
        } else if let Some(value) = file.yaml_value(*key).and_then(Node::as_str) {
            symbol.detail = Some(value.to_owned());
        }
        out.push(symbol);
    }
    out
}

fn item(item: &CondaItem) -> Symbol {
    let kind = if item.text.value.starts_with('-') { SymbolKind::Option } else { SymbolKind::Package };
    Symbol::new(item.text.value.as_str(), kind, item.range, item.text.content)
}

fn requirements(file: &File) -> Vec<Symbol> {
    let mut out = Vec::new();
    for line in file.requirements().map_or(&[][..], |found| found.lines.as_slice()) {
        let host = |range: &TextRange| HostRange::new(range.start, range.end);
        match line {
            Line::Requirement(found) => {
                let all = found.range.slice(file.text());
                let focus = found.name.as_ref().map_or(found.range, |(_, range)| *range);
                let name = found.name.as_ref().map_or(all, |(name, _)| name.as_str());
                let symbol = Symbol::new(name, SymbolKind::Package, host(&found.range), host(&focus));
                out.push(symbol.detailed(found.specifier.as_ref().map(|(text, _)| text.clone())));
            }
            Line::Option { name, value, range } => {
                let symbol = Symbol::new(name.as_str(), SymbolKind::Option, host(range), host(range));
                out.push(symbol.detailed(value.as_ref().map(|(text, _)| text.clone())));
            }
        }
    }
    out
}

fn host(range: TextRange) -> HostRange {
    HostRange::new(range.start, range.end)
}

/// The keys of a job or deployment, its jobs and environments with what is in them.
fn keys(file: &File) -> Vec<Symbol> {
    let jobs = jobs(file);
    let Some(root) = file.yaml_root() else { return Vec::new() };
    root.entries().iter().filter_map(|entry| key(file, entry, &jobs)).collect()
}

fn key(file: &File, entry: &Entry, jobs: &[Symbol]) -> Option<Symbol> {
    let name = entry.key.as_str()?;
    let range = host(entry.range);
    let mut symbol = Symbol::new(name, SymbolKind::Property, range, host(entry.key.range));
    let within = |inner: HostRange| range.contains_range(inner);
    let mine = file.environments().find(|found| found.range == range);
    if let Some(found) = mine {
        return Some(environment(file, found));
    }
    symbol.detail =
        entry.value.as_ref().and_then(Node::as_str).map(|text| text.chars().take(MAX_NAME).collect());
    let mut children: Vec<Symbol> = jobs.iter().filter(|job| within(job.range)).cloned().collect();
    if children.is_empty() {
        let inside = file.environments().filter(|found| within(found.range));
        children.extend(inside.map(|found| environment(file, found)));
    }
    Some(symbol.with(children))
}

/// The jobs of a pipeline, each with its environment.
fn jobs(file: &File) -> Vec<Symbol> {
    if file.kind() != FileKind::JobYaml {
        return Vec::new();
    }
    let jobs = file.yaml_root().and_then(|root| root.get("jobs")).and_then(|entry| entry.value.as_ref());
    let mut out = Vec::new();
    for entry in jobs.map_or(&[][..], Node::entries) {
        let Some(name) = entry.key.as_str() else { continue };
        let range = host(entry.range);
        let kind = entry.value.as_ref().and_then(|value| value.get("type")?.value.as_ref()?.as_str());
        let mut inside: Vec<Symbol> = file
            .environments()
            .filter(|found| range.contains_range(found.range))
            .map(|found| environment(file, found))
            .collect();
        let used = file.uses().iter().filter(|used| range.contains_range(used.text.content));
        inside.extend(used.map(|used| {
            let at = used.text.content;
            Symbol::new(used.text.value.as_str(), SymbolKind::Environment, at, at)
        }));
        let symbol = Symbol::new(name, SymbolKind::Job, range, host(entry.key.range));
        out.push(symbol.detailed(kind.map(str::to_owned)).with(inside));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_order_are_found() {
        for (query, expected) in [
            ("", Some(1)),
            ("train", Some(0)),
            ("tr", Some(1)),
            ("ai", Some(2)),
            ("TN", Some(3)),
            ("nt", None),
        ] {
            assert_eq!(rank("train", query), expected, "{query}");
        }
    }
}
