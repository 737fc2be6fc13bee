//! Edges between files: what a file refers to, and so what judging it needs to know of the disk.
//! The edges of a file depend on that file alone.

use amlenv_syntax::HostRange;
use amlenv_syntax::requirements::Line;

use crate::file::File;
use crate::kind::FileKind;
use crate::listed::{CopiedConda, copied_conda_files};
use crate::local_contexts;
use crate::model::{CondaSpec, Environment, EnvironmentUse, Field, Notation, Task, Text, Value};
use crate::path::FilePath;
use crate::reference::{self, Reference};
use crate::workspace::{Fact, Want, Workspace};

/// The file beside a v1 definition whose text is its Dockerfile, and wins over what the definition
/// says. Source: azureml-core 1.61.0, `Environment.load_from_directory`.
pub(crate) const BASE_DOCKERFILE: &str = "BaseDockerfile";

/// The file beside a v1 definition that holds its packages.
pub(crate) const CONDA_DEPENDENCIES: &str = "conda_dependencies.yml";

/// What a file refers to something as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EdgeKind {
    /// `conda_file`, `conda_dependencies_file_path`.
    Conda,
    /// `build.path`.
    BuildContext,
    /// The Dockerfile in a build context, or the one that `base_dockerfile` names.
    Dockerfile,
    /// `-r`.
    Requirements,
    /// `file:` in a job or deployment.
    Environment,
    /// The script that a job or deployment runs.
    Script,
}

impl EdgeKind {
    /// The word for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Conda => "conda",
            Self::BuildContext => "build-context",
            Self::Dockerfile => "dockerfile",
            Self::Requirements => "requirements",
            Self::Environment => "environment",
            Self::Script => "script",
        }
    }
}

/// A reference to one of several paths: the first that exists counts.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    pub(crate) kind: EdgeKind,
    /// Where the file says it; empty where the place of the file alone says it.
    pub(crate) place: HostRange,
    /// The text that says it: a path, behind `file:` in a reference to an environment.
    pub(crate) written: Option<Text>,
    pub(crate) candidates: Vec<FilePath>,
}

impl Edge {
    /// One that a text says.
    pub(crate) fn written(kind: EdgeKind, text: &Text, candidates: Vec<FilePath>) -> Self {
        Self { kind, place: text.content, written: Some(text.clone()), candidates }
    }

    /// One that the place of the file alone says.
    fn unwritten(kind: EdgeKind, candidates: Vec<FilePath>) -> Self {
        Self { kind, place: HostRange::empty(0), written: None, candidates }
    }
}

/// The references of a file.
pub(crate) fn edges(workspace: &Workspace, file: &File) -> Vec<Edge> {
    let mut out = Vec::new();
    let folder = file.path().parent();
    for environment in file.environments() {
        let candidates = |text: &Text| candidates(workspace, file, environment.notation, &text.value);
        if let Some(text) = conda_path(environment) {
            let candidates = candidates(text);
            out.push(Edge::written(EdgeKind::Conda, text, candidates));
        }
        if let Some(text) = requirements_path(environment) {
            let candidates = candidates(text);
            out.push(Edge::written(EdgeKind::Requirements, text, candidates));
        }
        for assignment in environment.all(&Field::Conda) {
            if let Value::Conda(spec) = &assignment.value {
                requirement_edges(spec, &folder, &mut out);
            }
        }
        if let Some(text) = build_path(environment) {
            let contexts = candidates(text);
            let name = dockerfile_path(environment).map_or("Dockerfile", |text| &text.value);
            let dockerfiles = contexts.iter().map(|context| context.join(name)).collect();
            out.push(Edge::written(EdgeKind::BuildContext, text, contexts));
            let written = dockerfile_path(environment).cloned();
            let place = written.as_ref().map_or(text.content, |text| text.content);
            out.push(Edge { kind: EdgeKind::Dockerfile, place, written, candidates: dockerfiles });
        }
        for assignment in environment.all(&Field::Dockerfile) {
            let path = match &assignment.value {
                Value::ContentOf(text) if !text.templated => Some(text),
                value => {
                    value.known_text().filter(|text| !crate::lower::python::is_dockerfile_text(&text.value))
                }
            };
            if let Some(text) = path {
                let candidates = candidates(text);
                out.push(Edge::written(EdgeKind::Dockerfile, text, candidates));
            }
        }
    }
    for context in file.local_contexts() {
        let folders = local_contexts::folders(workspace, file, context);
        if folders.is_empty() {
            continue;
        }
        if let Some(name) = local_contexts::dockerfile(context) {
            let written = context.dockerfile.clone();
            let place = written.as_ref().map_or(context.path.content, |text| text.content);
            let candidates = folders.iter().map(|folder| folder.join(name)).collect();
            out.push(Edge { kind: EdgeKind::Dockerfile, place, written, candidates });
        }
        out.push(Edge::written(EdgeKind::BuildContext, &context.path, folders));
    }
    if file.kind() == FileKind::EnvironmentJson {
        // What the SDK keeps beside a definition, and reads with it.
        for (kind, name) in [(EdgeKind::Dockerfile, BASE_DOCKERFILE), (EdgeKind::Conda, CONDA_DEPENDENCIES)] {
            out.push(Edge::unwritten(kind, vec![folder.join(name)]));
        }
    }
    if let Some(spec) = file.conda() {
        requirement_edges(spec, &folder, &mut out);
    }
    if file.kind() == FileKind::Dockerfile {
        for document in file.dockerfiles() {
            // Where its context is, a Dockerfile does not say; most often it is its own folder.
            for candidates in crate::packages::lists_of(&document.tree, &folder) {
                out.push(Edge::unwritten(EdgeKind::Requirements, candidates));
            }
        }
    }
    if let Some(list) = file.requirements() {
        for line in &list.lines {
            if let Line::Option { name, value: Some((path, range)), .. } = line
                && matches!(name.as_str(), "-r" | "--requirement")
                && !is_remote(path)
            {
                let content = HostRange::new(range.start, range.end);
                let text = Text { value: path.clone(), content, templated: false };
                out.push(Edge::written(EdgeKind::Requirements, &text, vec![folder.join(path)]));
            }
        }
    }
    let defined = file.environments().flat_map(|environment| &environment.tasks);
    for task in defined.chain(file.uses().iter().flat_map(|used| &used.tasks)) {
        let candidates = script_of(workspace, file, task);
        if !candidates.is_empty() {
            let place = task.script.as_ref().or(task.command.as_ref()).map(|text| text.content);
            let place = place.unwrap_or(HostRange::empty(0));
            let written = task.script.clone().or_else(|| script_text(task.command.as_ref()?));
            out.push(Edge { kind: EdgeKind::Script, place, written, candidates });
        }
    }
    for CopiedConda { path, .. } in copied_conda_files(file) {
        out.push(Edge::unwritten(EdgeKind::Conda, vec![path]));
    }
    for used in file.uses() {
        let candidates = definition_of(workspace, file, used);
        if !candidates.is_empty() {
            out.push(Edge::written(EdgeKind::Environment, &used.text, candidates));
        }
    }
    out
}

/// Where the file may be that a reference names as the definition of an environment.
pub(crate) fn definition_of(workspace: &Workspace, file: &File, used: &EnvironmentUse) -> Vec<FilePath> {
    let Some(path) = used.text.value.strip_prefix("file:").filter(|_| !used.text.templated) else {
        return Vec::new();
    };
    let notation = if file.python().is_some() { Notation::PythonV2 } else { Notation::InlineYaml };
    candidates(workspace, file, notation, path)
}

/// So many folders above a file are looked through for the definition of a name, and so many beside.
const MAX_FOLDERS: usize = 40;

/// The definitions that get the name, and the version where both say one, of a reference such as
/// `azureml:train:1`: those nearest to the file in its own folder and the folders around it.
///
/// # Errors
///
/// What must be known of the disk first.
pub(crate) fn named_definitions<'a>(
    workspace: &'a Workspace,
    file: &File,
    text: &str,
) -> Result<Vec<(&'a File, &'a Environment)>, Vec<Want>> {
    let Reference::Workspace { name, version, .. } = reference::parse(text) else { return Ok(Vec::new()) };
    let fits = |environment: &&Environment| {
        let known = environment.last(&Field::Version).and_then(|found| found.value.known_text());
        environment.notation == Notation::EnvironmentYaml
            && environment.name() == Some(name.text)
            && version.is_none_or(|version| known.is_none_or(|known| known.value == version.text))
    };
    let Some(root) = workspace.root_of(file.path()) else { return Ok(Vec::new()) };
    let mut at = file.path().parent();
    for _ in 0..MAX_FOLDERS {
        let paths = definitions_below(workspace, &at)?;
        let known = paths.iter().filter_map(|path| workspace.file(path)).map(|file| &**file);
        let found: Vec<_> =
            known.flat_map(|file| file.environments().filter(fits).map(move |found| (file, found))).collect();
        if !found.is_empty() || at == *root || !at.is_in(root) {
            return Ok(found);
        }
        at = at.parent();
    }
    Ok(Vec::new())
}

/// The files in a folder and right below it that by their names define environments.
fn definitions_below(workspace: &Workspace, top: &FilePath) -> Result<Vec<FilePath>, Vec<Want>> {
    let mut wants = Vec::new();
    let mut paths = Vec::new();
    let mut pending = vec![(top.clone(), 0)];
    while let Some((folder, depth)) = pending.pop() {
        let names = match workspace.fact(&folder) {
            Some(Fact::Folder(names)) => names,
            Some(_) => continue,
            None => {
                wants.push(Want { path: folder, text: false });
                continue;
            }
        };
        let ours = |name: &str| name.to_ascii_lowercase().contains("env");
        let files = names.iter().filter(|name| name.ends_with(".yml") || name.ends_with(".yaml"));
        for name in files.filter(|name| ours(name) || depth > 0 && ours(folder.file_name())) {
            let path = folder.join(name);
            if workspace.fact(&path).is_none_or(|fact| *fact == Fact::File) && workspace.file(&path).is_none()
            {
                wants.push(Want { path: path.clone(), text: true });
            }
            paths.push(path);
        }
        // One folder deeper than the one below only where its name speaks of environments.
        let folders =
            names.iter().filter_map(|name| name.strip_suffix('/')).filter(|name| !name.starts_with('.'));
        let deeper = folders.filter(|name| depth == 0 || depth == 1 && ours(name)).take(MAX_FOLDERS);
        pending.extend(deeper.map(|name| (folder.join(name), depth + 1)));
    }
    if wants.is_empty() { Ok(paths) } else { Err(wants) }
}

/// Where the script may be that a task runs: in its folder of code, named on its own or as what a
/// command gives to Python.
pub(crate) fn script_of(workspace: &Workspace, file: &File, task: &Task) -> Vec<FilePath> {
    let notation = if file.python().is_some() { Notation::PythonV2 } else { Notation::InlineYaml };
    let script = match (&task.script, &task.command) {
        (Some(script), _) if !script.templated => Some(script.value.as_str()),
        (None, Some(command)) => script_in(&command.value),
        _ => None,
    };
    let (Some(script), None) =
        (script, task.code.as_ref().filter(|code| code.templated || is_remote(&code.value)))
    else {
        return Vec::new();
    };
    match &task.code {
        Some(code) => {
            let folders = candidates(workspace, file, notation, &code.value);
            folders.iter().map(|folder| folder.join(script)).collect()
        }
        // SDK v1 takes the folder that it is run in; a job of v2 without code has none.
        None if task.command.is_none() => candidates(workspace, file, notation, script),
        None => Vec::new(),
    }
}

/// The script that a command gives to Python, where it stands in the file as it is.
fn script_text(command: &Text) -> Option<Text> {
    let script = script_in(&command.value)?;
    let start = command.value.find(script)?;
    let at = command.content.start + start;
    let content = HostRange::new(at, at + script.len());
    let verbatim = command.content.len() == command.value.len();
    verbatim.then(|| Text { value: script.to_owned(), content, templated: false })
}

/// The script that a shell command gives to Python; `None` where the command changes its folder.
fn script_in(command: &str) -> Option<&str> {
    let words = || command.split_whitespace();
    if words().any(|word| word == "cd" || word == "pushd") {
        return None;
    }
    let python = words().position(|word| {
        matches!(word, "python" | "python3" | "torchrun" | "accelerate" | "deepspeed" | "mpirun")
    })?;
    let known = |word: &&str| word.ends_with(".py") && !word.contains(['$', '{', '*']);
    words().skip(python + 1).take_while(|word| !matches!(*word, "&&" | ";" | "|")).find(known)
}

/// The references of a file on its own, without a workspace to look for them in.
pub(crate) fn references(file: &File) -> Vec<(&'static str, Vec<FilePath>)> {
    let found = edges(&Workspace::default(), file);
    found.into_iter().map(|edge| (edge.kind.as_str(), edge.candidates)).collect()
}

fn requirement_edges(spec: &CondaSpec, folder: &FilePath, out: &mut Vec<Edge>) {
    for text in spec.requirement_files.iter().filter(|text| !text.templated) {
        out.push(Edge::written(EdgeKind::Requirements, text, vec![folder.join(&text.value)]));
    }
}

/// The path of the conda file of an environment, where it has one and only one.
pub(crate) fn conda_path(environment: &Environment) -> Option<&Text> {
    match &environment.last(&Field::Conda)?.value {
        Value::CondaPath(text) if !text.templated && !is_remote(&text.value) => Some(text),
        _ => None,
    }
}

/// The file of pip requirements that a factory of SDK v1 is given.
pub(crate) fn requirements_path(environment: &Environment) -> Option<&Text> {
    let is_list = |field: &Field| matches!(field, Field::Other(name) if name == "pip_requirements");
    environment.assignments.iter().rfind(|found| is_list(&found.field))?.value.known_text()
}

/// The local build context of a v2 environment, as it is written.
pub(crate) fn build_path(environment: &Environment) -> Option<&Text> {
    let text = environment.last(&Field::BuildPath)?.value.known_text()?;
    (!is_remote(&text.value)).then_some(text)
}

/// Where the local build context of a v2 environment is: the first folder that it may be and that
/// exists, else the first of all; and whether none of them exists.
pub(crate) fn build_context(
    workspace: &Workspace,
    file: &File,
    environment: &Environment,
) -> Option<(FilePath, bool)> {
    let text = build_path(environment)?;
    let candidates = candidates(workspace, file, environment.notation, &text.value);
    match resolve(workspace, &candidates) {
        Ok(found) => Some((found.clone(), false)),
        Err(missing) => Some((candidates.first()?.clone(), missing)),
    }
}

/// `build.dockerfile_path`, where it is given and known.
pub(crate) fn dockerfile_path(environment: &Environment) -> Option<&Text> {
    environment.last(&Field::BuildDockerfile)?.value.known_text()
}

/// Whether a path is not one of this disk: a URL, or an address of the service.
pub(crate) fn is_remote(path: &str) -> bool {
    path.contains("://") || path.starts_with("azureml:") || path.starts_with("git@")
}

/// Where a relative path may lead: v2 YAML is relative to its file; Python and v1 to the working
/// directory or the project's, which is most often the folder of the file, one above it, or the root
/// of the repository.
pub(crate) fn candidates(
    workspace: &Workspace,
    file: &File,
    notation: Notation,
    path: &str,
) -> Vec<FilePath> {
    let mut out: Vec<FilePath> =
        bases(workspace, file, notation).iter().map(|base| base.join(path)).collect();
    out.dedup();
    out
}

/// The folders that a relative path may start from, the likeliest first.
pub(crate) fn bases(workspace: &Workspace, file: &File, notation: Notation) -> Vec<FilePath> {
    let folder = file.path().parent();
    let mut out = vec![folder.clone()];
    if notation.is_python() || notation.is_v1() {
        // Every folder from the file's up to the root may be the one it is run from.
        let roots: Vec<&FilePath> = workspace.roots().iter().collect();
        let mut at = folder;
        while roots.iter().any(|root| at.is_in(root)) && !roots.contains(&&at) {
            at = at.parent();
            out.push(at.clone());
        }
    }
    out
}

/// Whether a relative path in code may lead to something that is not there now, or from somewhere
/// else: where the program changes its folder, or seems to write a file of that name itself.
pub(crate) fn may_come_to_be(file: &File, path: &str) -> bool {
    // Calls that change the folder, or bring files that nobody names.
    const ELSEWHERE: [&str; 8] = [
        "chdir(",
        ".download(",
        ".download_files(",
        "download_artifacts(",
        "extractall(",
        "unpack_archive(",
        "snapshot_download(",
        "clone_from(",
    ];
    const MAKERS: [&str; 7] = ["open(", "write", "save", "copy", "dump", "download", "rename"];
    // What stands in a hidden folder of templates is copied elsewhere before it is used.
    let copied = |part: &str| part.starts_with('.') && part.contains("template") || part.contains("{{");
    if file.path().as_str().split('/').any(copied) {
        return true;
    }
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let around = file.outside().lines();
    if around.clone().any(|line| line.contains(name) || line.contains("cd ") || line.contains("git clone")) {
        return true;
    }
    if file.python().is_none() {
        return false;
    }
    let text = file.text();
    // A variable that holds the path stands for it.
    let holders = text.lines().filter(|line| line.contains(name)).filter_map(|line| {
        let holder = line.split_once('=')?.0.trim();
        let plain = !holder.is_empty() && holder.chars().all(|c| c.is_alphanumeric() || c == '_');
        plain.then_some(holder)
    });
    let names: Vec<&str> = std::iter::once(name).chain(holders).collect();
    ELSEWHERE.iter().any(|call| text.contains(call))
        || text.lines().any(|line| {
            MAKERS.iter().any(|maker| line.contains(maker)) && names.iter().any(|name| line.contains(name))
        })
}

/// The first candidate that exists; `Err(true)` where all are certainly missing.
pub(crate) fn resolve<'a>(workspace: &Workspace, candidates: &'a [FilePath]) -> Result<&'a FilePath, bool> {
    let mut missing = true;
    for path in candidates {
        match workspace.fact(path) {
            Some(Fact::File | Fact::Folder(_)) => return Ok(path),
            Some(Fact::Missing) => {}
            Some(Fact::Unknown) | None => missing = false,
        }
    }
    Err(missing)
}

/// What judging `file` would like to know, whether known already or not.
pub(crate) fn wants(workspace: &Workspace, file: &File) -> Vec<Want> {
    let mut out = Vec::new();
    let mut seen = vec![file.path().clone()];
    if file.kind() == FileKind::Dockerfile {
        out.extend(crate::builds::wants(workspace, file));
    }
    let mut pending = edges(workspace, file);
    pending.extend(file.nested().iter().flat_map(|nested| edges(workspace, &nested.file)));
    for part in std::iter::once(file).chain(file.nested().iter().map(|nested| &*nested.file)) {
        out.extend(local_contexts::wants(workspace, part));
        for used in part.uses().iter().filter(|used| !used.text.templated) {
            match named_definitions(workspace, part, &used.text.value) {
                Ok(found) => {
                    pending.extend(found.into_iter().flat_map(|(defined, _)| edges(workspace, defined)));
                }
                Err(wants) => out.extend(wants),
            }
        }
    }
    while let Some(edge) = pending.pop() {
        let text = edge.kind != EdgeKind::BuildContext;
        for path in &edge.candidates {
            out.push(Want { path: path.clone(), text });
            if let Some(known) = workspace.file(path)
                && !seen.contains(path)
            {
                seen.push(path.clone());
                pending.extend(edges(workspace, known));
            }
        }
        if resolve(workspace, &edge.candidates) == Err(true)
            && let Some(first) = edge.candidates.first()
        {
            // What stands there instead, to propose it.
            out.push(Want { path: first.parent(), text: false });
        }
    }
    out
}

/// The name in a missing path's folder that was most likely meant.
pub(crate) fn nearest(workspace: &Workspace, path: &FilePath, fits: impl Fn(&str) -> bool) -> Option<String> {
    let Some(Fact::Folder(names)) = workspace.fact(&path.parent()) else { return None };
    let wanted = path.file_name().to_ascii_lowercase();
    names
        .iter()
        .filter(|name| fits(name))
        .map(|name| (distance(&wanted, &name.trim_end_matches('/').to_ascii_lowercase()), name))
        .filter(|(distance, name)| *distance * 3 <= wanted.len().max(name.len()))
        .min()
        .map(|(_, name)| name.trim_end_matches('/').to_owned())
}

/// How many characters must be changed to make one text of the other.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(256).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(256).enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (slot, y) in row.iter_mut().skip(1).zip(&b) {
            let cost = corner + usize::from(x != *y);
            corner = *slot;
            left = cost.min(left + 1).min(*slot + 1);
            *slot = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
