//! One file: its text, what the readers saw, what it means on its own. Depends on that file alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use amlenv_syntax::json::{self, Json};
use amlenv_syntax::notebook;
use amlenv_syntax::python::{self, Module};
use amlenv_syntax::requirements::{self, Requirements};
use amlenv_syntax::yaml::{self, Node, Problem, Yaml};
use amlenv_syntax::{Earlier, HostRange, LineIndex};

use crate::embedded::DockerfileDocument;
use crate::finding::{Edit, Fix};
use crate::kind::{FileKind, Role};
use crate::lower::definition_v1::{self, Written};
use crate::lower::{conda, environment_yaml, python as lower_python};
use crate::model::{CondaSpec, Environment, EnvironmentUse, LocalContext, NamedUse};
use crate::nested::{self, CellText, Nested};
use crate::path::FilePath;

/// A file that was read.
#[derive(Debug)]
pub struct File {
    path: FilePath,
    kind: FileKind,
    text: Arc<str>,
    lines: LineIndex,
    tree: Tree,
    environments: Vec<Environment>,
    uses: Vec<EnvironmentUse>,
    named: Vec<NamedUse>,
    contexts: Vec<LocalContext>,
    dockerfiles: Vec<Arc<DockerfileDocument>>,
    conda: Option<CondaSpec>,
    roles: Vec<Role>,
    nested: Vec<Nested>,
    problems: Vec<Problem>,
    /// What else stands in the notebook that holds it: shell lines, cells of other languages, and around
    /// a file that a cell writes, the program.
    outside: String,
    /// The cells of a notebook that it is put together from; empty for any other file.
    cells: Vec<CellStart>,
}

/// Where a cell of a notebook begins in the text that is put together from several.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CellStart {
    /// The byte.
    pub(crate) at: usize,
    /// Which cell it is, from 1.
    pub(crate) number: usize,
    /// The line of the cell that stands there, from 1.
    pub(crate) line: usize,
}

/// What the reader of its language saw.
#[derive(Debug)]
enum Tree {
    Yaml(Yaml),
    Json(Json),
    Python(Module),
    Requirements(Requirements),
    /// The Dockerfile is among the documents; other kinds are not read yet.
    Other,
}

impl File {
    fn unread(path: FilePath, kind: FileKind, text: Arc<str>) -> Self {
        Self {
            lines: LineIndex::new(&text),
            path,
            kind,
            text,
            tree: Tree::Other,
            environments: Vec::new(),
            uses: Vec::new(),
            named: Vec::new(),
            contexts: Vec::new(),
            dockerfiles: Vec::new(),
            conda: None,
            roles: Vec::new(),
            nested: Vec::new(),
            problems: Vec::new(),
            outside: String::new(),
            cells: Vec::new(),
        }
    }

    /// Reads the cells of a notebook as an editor shows them. Its text is that of the cells, one behind
    /// the other, a line feed behind each.
    #[must_use]
    pub fn notebook(path: FilePath, cells: &[CellText]) -> Self {
        let (cells, text) = nested::cells_shown(cells);
        let mut file = Self::unread(path.clone(), FileKind::Notebook, text.into());
        file.nested = nested::files_in(&path, cells);
        file
    }

    /// The same file, inside a notebook that says this around it, and put together from these cells.
    pub(crate) fn within(self, outside: String, cells: Vec<CellStart>) -> Self {
        Self { outside, cells, ..self }
    }

    /// The line of a place in words, as a reader counts: `line 3`, in a notebook `line 3 of cell 2`.
    pub(crate) fn line_in_words(&self, offset: usize) -> String {
        let line = self.lines.line(offset) + 1;
        match self.cells.iter().rev().find(|cell| cell.at <= offset) {
            Some(cell) => {
                let line = line - (self.lines.line(cell.at) + 1) + cell.line;
                format!("line {line} of cell {}", cell.number)
            }
            None => format!("line {line}"),
        }
    }

    /// Reads `text` as what [`classify`](crate::classify) says of it, once for both; `None` for a file that is
    /// none of our business.
    #[must_use]
    pub fn found(path: FilePath, text: Arc<str>) -> Option<Self> {
        Self::found_again(path, text, &mut Earlier::default())
    }

    /// The same, quicker for a file of which an earlier state was read.
    #[must_use]
    pub fn found_again(path: FilePath, text: Arc<str>, earlier: &mut Earlier) -> Option<Self> {
        let (kind, tree) = crate::classify::found_reading(&path, &text, earlier)?;
        Some(Self::with_tree(path, kind, text, tree, earlier))
    }

    /// Reads `text` as a file of that kind. Total: any text is read.
    #[must_use]
    pub fn new(path: FilePath, kind: FileKind, text: Arc<str>) -> Self {
        Self::with_tree(path, kind, text, None, &mut Earlier::default())
    }

    fn with_tree(
        path: FilePath,
        kind: FileKind,
        text: Arc<str>,
        tree: Option<Yaml>,
        earlier: &mut Earlier,
    ) -> Self {
        let tree = || tree.unwrap_or_else(|| yaml::parse(&text));
        let mut file = Self::unread(path, kind, text.clone());
        match kind {
            FileKind::Dockerfile => file.dockerfiles.push(Arc::new(DockerfileDocument::plain(&text))),
            FileKind::EnvironmentYaml | FileKind::JobYaml | FileKind::DeploymentYaml | FileKind::Conda => {
                file.read_yaml(tree());
            }
            FileKind::Python => {
                let module = python::parse_again(&text, earlier);
                let lowered = lower_python::lower(&module);
                file.environments = lowered.environments;
                file.dockerfiles = lowered.dockerfiles;
                file.uses = lowered.uses;
                file.named = lowered.named;
                file.contexts = lowered.contexts;
                file.roles = lowered.roles;
                file.tree = Tree::Python(module);
            }
            FileKind::Requirements => file.tree = Tree::Requirements(requirements::parse(&text)),
            FileKind::Notebook => {
                let read = notebook::parse(&text);
                file.problems.clone_from(&read.problems);
                file.nested = nested::files_in(&file.path, nested::cells_of(read));
            }
            FileKind::EnvironmentJson => file.read_v1(Tree::Json(json::parse(&text))),
            FileKind::Runconfig if looks_like_json(&text) => file.read_v1(Tree::Json(json::parse(&text))),
            FileKind::Runconfig => file.read_v1(Tree::Yaml(tree())),
            FileKind::Other | FileKind::Config => {}
        }
        file
    }

    /// Reads a v1 definition, or the run configuration that holds one.
    fn read_v1(&mut self, tree: Tree) {
        let (root, written) = match &tree {
            Tree::Json(tree) => (tree.root.as_ref(), Written::Json),
            Tree::Yaml(tree) => (tree.documents.iter().flatten().next(), Written::Yaml),
            _ => return,
        };
        if let Some(root) = root {
            let lowered = match self.kind {
                FileKind::Runconfig => definition_v1::runconfig(root, written),
                _ => definition_v1::definition(root, written),
            };
            self.environments = lowered.environments;
            self.dockerfiles = lowered.dockerfiles;
        }
        self.tree = tree;
    }

    fn read_yaml(&mut self, tree: Yaml) {
        if let Some(root) = tree.documents.iter().flatten().next() {
            let lowered = match self.kind {
                FileKind::EnvironmentYaml => environment_yaml::environment_file(root),
                FileKind::Conda => {
                    self.conda = Some(conda::lower(root));
                    environment_yaml::Lowered::default()
                }
                kind => environment_yaml::job_file(root, kind),
            };
            self.environments = lowered.environments;
            self.uses = lowered.uses;
        }
        self.tree = Tree::Yaml(tree);
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &FilePath {
        &self.path
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Where its lines begin.
    #[must_use]
    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }

    /// The environments that it defines, in the order of the text.
    pub fn environments(&self) -> impl Iterator<Item = &Environment> {
        self.environments.iter()
    }

    /// The environments of elsewhere that it uses.
    #[must_use]
    pub fn uses(&self) -> &[EnvironmentUse] {
        &self.uses
    }

    /// The environments that it asks a workspace for by name.
    #[must_use]
    pub fn named_uses(&self) -> &[NamedUse] {
        &self.named
    }

    /// The local folders that its code makes build contexts of SDK v1 of.
    #[must_use]
    pub fn local_contexts(&self) -> &[LocalContext] {
        &self.contexts
    }

    /// The Dockerfile that it is, or those inside it.
    #[must_use]
    pub fn dockerfiles(&self) -> &[Arc<DockerfileDocument>] {
        &self.dockerfiles
    }

    /// What it says as a conda file.
    #[must_use]
    pub fn conda(&self) -> Option<&CondaSpec> {
        self.conda.as_ref()
    }

    /// What the file as a whole does, where that can be seen.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// What it refers to on the disk: as what, and the paths of which the first that exists counts.
    #[must_use]
    pub fn references(&self) -> Vec<(&'static str, Vec<FilePath>)> {
        crate::graph::references(self)
    }

    /// The files inside it, for those who only look.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        self.nested.iter().map(|nested| &*nested.file)
    }

    /// The files inside it: of a notebook, its program and what its cells write.
    pub(crate) fn nested(&self) -> &[Nested] {
        &self.nested
    }

    /// The file inside this one that `offset` stands in, and where in that.
    pub(crate) fn nested_at(&self, offset: usize) -> Option<(&Nested, usize)> {
        self.nested.iter().find_map(|nested| Some((nested, nested.offset(offset)?)))
    }

    /// The file inside this one that has that path.
    pub(crate) fn nested_file(&self, path: &FilePath) -> Option<&Nested> {
        self.nested.iter().find(|nested| nested.file.path() == path)
    }

    /// A fix of the files inside it as one of this file; `None` where this file cannot hold it.
    pub(crate) fn fix_of_nested(&self, fix: Fix) -> Option<Fix> {
        let mut edits = Vec::new();
        let mut of_nested: BTreeMap<FilePath, Vec<Edit>> = BTreeMap::new();
        for edit in fix.edits {
            match self.nested_file(&edit.file) {
                Some(_) => of_nested.entry(edit.file.clone()).or_default().push(edit),
                None => edits.push(edit),
            }
        }
        for (path, own) in of_nested {
            edits.extend(self.nested_file(&path)?.edits(self, own)?);
        }
        Some(Fix { edits, ..fix })
    }

    /// What else stands in the notebook that holds it.
    pub(crate) fn outside(&self) -> &str {
        &self.outside
    }

    /// Why it cannot be read in its own language.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match &self.tree {
            Tree::Yaml(tree) => &tree.problems,
            Tree::Json(tree) => &tree.problems,
            _ => &self.problems,
        }
    }

    /// How much in it cannot be read, embedded Dockerfiles and files inside it included: what a change
    /// must not add to.
    #[must_use]
    pub fn mistakes(&self) -> usize {
        let dockerfiles = self.dockerfiles.iter().map(|document| document.tree.problems.len());
        let python = self.python().map_or(0, |module| module.body.iter().filter(|stmt| stmt.broken).count());
        let nested = self.nested.iter().map(|nested| nested.file.mistakes());
        self.problems().len() + dockerfiles.sum::<usize>() + python + nested.sum::<usize>()
    }

    /// The value of the YAML entry whose key stands at `key`.
    pub(crate) fn yaml_value(&self, key: HostRange) -> Option<&Node> {
        value_at(self.yaml_root()?, key)
    }

    /// The value of the YAML or JSON entry whose key stands at `key`.
    pub(crate) fn data_value(&self, key: HostRange) -> Option<&Node> {
        value_at(self.yaml_root().or_else(|| self.json()?.root.as_ref())?, key)
    }

    /// Its YAML tree.
    #[must_use]
    pub fn yaml(&self) -> Option<&Yaml> {
        match &self.tree {
            Tree::Yaml(tree) => Some(tree),
            _ => None,
        }
    }

    /// The root of its first YAML document.
    #[must_use]
    pub fn yaml_root(&self) -> Option<&Node> {
        self.yaml()?.documents.iter().flatten().next()
    }

    /// Its JSON tree.
    #[must_use]
    pub fn json(&self) -> Option<&Json> {
        match &self.tree {
            Tree::Json(tree) => Some(tree),
            _ => None,
        }
    }

    /// Its Python tree.
    #[must_use]
    pub fn python(&self) -> Option<&Module> {
        match &self.tree {
            Tree::Python(module) => Some(module),
            _ => None,
        }
    }

    /// The names of the packages of a requirements file; `None` where something is unknown.
    #[must_use]
    pub fn requirements(&self) -> Option<&Requirements> {
        match &self.tree {
            Tree::Requirements(found) => Some(found),
            _ => None,
        }
    }

    /// The comments in it, delimiters included, in order; those of embedded documents too.
    #[must_use]
    pub fn comments(&self) -> Vec<HostRange> {
        let plain = |range: &amlenv_syntax::TextRange| HostRange::new(range.start, range.end);
        let mut out: Vec<HostRange> = match &self.tree {
            Tree::Yaml(tree) => tree.comments.iter().map(plain).collect(),
            Tree::Python(module) => module.comments.iter().map(plain).collect(),
            Tree::Requirements(found) => found.comments.iter().map(plain).collect(),
            Tree::Json(_) | Tree::Other => Vec::new(),
        };
        for document in &self.dockerfiles {
            out.extend(document.tree.comments.iter().map(|comment| document.host(*comment)));
        }
        out.sort();
        out
    }
}

fn value_at(root: &Node, key: HostRange) -> Option<&Node> {
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        for entry in node.entries() {
            if (entry.key.range.start, entry.key.range.end) == (key.start, key.end) {
                return entry.value.as_ref();
            }
            pending.extend(entry.value.as_ref().filter(|value| value.range.end >= key.start));
        }
        pending.extend(node.items());
    }
    None
}

/// Whether a run configuration, which may be either, is JSON.
fn looks_like_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}
