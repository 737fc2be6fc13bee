//! The builds that a Dockerfile is part of, as far as the workspace shows them, and what becomes of the
//! files that it copies. What is right or wrong about that is a rule's business.

use std::sync::Arc;

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{Argument, Dockerfile, Kind};

use crate::context::{BuildIgnore, Cause, Context, Fate, IgnoreTexts, UploadIgnore, clean};
use crate::embedded::DockerfileDocument;
use crate::file::File;
use crate::graph::{
    build_context, build_path, candidates, dockerfile_path, may_come_to_be, nearest, resolve,
};
use crate::kind::FileKind;
use crate::lower::is_templated;
use crate::model::{Assignment, Environment, Field, Text, Value};
use crate::path::FilePath;
use crate::stages::needed_by_last;
use crate::workspace::{Fact, Want, Workspace};

/// So many files beside a Dockerfile are looked at for an environment that is built from it.
const MAX_NEIGHBOURS: usize = 32;

/// So many copied files of one Dockerfile are looked at.
const MAX_SOURCES: usize = 64;

/// A build.
#[derive(Clone, Debug)]
pub(crate) struct Build<'a> {
    /// The folder that is uploaded; `None` for SDK v1, which sends the Dockerfile alone.
    pub(crate) context: Option<FilePath>,
    /// Where the Dockerfile is, seen from there.
    dockerfile: String,
    /// The file that defines the environment.
    pub(crate) definition: &'a File,
    /// The environment.
    pub(crate) environment: &'a Environment,
}

/// The builds of a Dockerfile that is a file of its own.
pub(crate) fn of<'a>(workspace: &'a Workspace, file: &File) -> Vec<Build<'a>> {
    if file.kind() != FileKind::Dockerfile {
        return Vec::new();
    }
    let mut out = Vec::new();
    for definition in workspace.builders(file.path()) {
        let nested = definition.nested().iter().map(|nested| &*nested.file);
        for definition in std::iter::once(&**definition).chain(nested) {
            for environment in definition.environments() {
                out.extend(build(workspace, definition, environment, file.path()));
            }
        }
    }
    out
}

/// Where the Dockerfiles may be that the environments of a file are built from, whatever is known of the
/// disk. It hangs on the file and the roots alone.
pub(crate) fn dockerfiles_of(workspace: &Workspace, definition: &File) -> Vec<FilePath> {
    let mut out = Vec::new();
    for file in std::iter::once(definition).chain(definition.parts()) {
        for environment in file.environments() {
            if environment.notation.is_v1() {
                let text = environment.last(&Field::Dockerfile).and_then(dockerfile_text);
                out.extend(
                    text.into_iter()
                        .flat_map(|text| candidates(workspace, file, environment.notation, &text.value)),
                );
            } else if let Some(context) = build_path(environment) {
                let name = clean(dockerfile_path(environment).map_or("Dockerfile", |text| &text.value));
                let contexts = candidates(workspace, file, environment.notation, &context.value);
                out.extend(contexts.iter().map(|context| context.join(&name)));
            }
        }
    }
    out
}

/// The path of a Dockerfile that SDK v1 is given, or what may be its text instead.
fn dockerfile_text(assignment: &Assignment) -> Option<&Text> {
    match &assignment.value {
        Value::ContentOf(text) if !text.templated => Some(text),
        value => value.known_text(),
    }
}

/// The build of an environment, if it is one with that Dockerfile.
fn build<'a>(
    workspace: &Workspace,
    definition: &'a File,
    environment: &'a Environment,
    path: &FilePath,
) -> Option<Build<'a>> {
    if environment.notation.is_v1() {
        let text = dockerfile_text(environment.last(&Field::Dockerfile)?)?;
        let candidates = candidates(workspace, definition, environment.notation, &text.value);
        let found = resolve(workspace, &candidates).ok()?;
        let dockerfile = path.file_name().to_owned();
        return (found == path).then_some(Build { context: None, dockerfile, definition, environment });
    }
    let (context, missing) = build_context(workspace, definition, environment)?;
    let given = environment.has(&Field::BuildDockerfile);
    let name = dockerfile_path(environment);
    if missing || given && name.is_none() {
        return None;
    }
    let dockerfile = clean(name.map_or("Dockerfile", |text| &text.value));
    let here = context.join(&dockerfile) == *path;
    here.then_some(Build { context: Some(context), dockerfile, definition, environment })
}

/// Whether Azure ML builds a document, as far as an environment says so.
pub(crate) fn is_built(workspace: &Workspace, file: &File, document: &DockerfileDocument) -> bool {
    document.is_embedded() || !of(workspace, file).is_empty()
}

/// Whether a document is the text of a `base_dockerfile` of SDK v1.
pub(crate) fn is_v1_text(file: &File, document: &DockerfileDocument) -> bool {
    let place = document.host_range();
    file.environments().filter(|found| found.notation.is_v1()).any(|environment| {
        environment.all(&Field::Dockerfile).any(|assignment| match &assignment.value {
            Value::Text(text) => text.content.start <= place.start && place.end <= text.content.end,
            _ => false,
        })
    })
}

/// What judging a Dockerfile would like to know of the files around it.
pub(crate) fn wants(workspace: &Workspace, file: &File) -> Vec<Want> {
    let mut out = Vec::new();
    let mut want = |path: FilePath, text: bool| out.push(Want { path, text });
    let mut folder = file.path().parent();
    for _ in 0..3 {
        // What an environment says of this Dockerfile most often stands beside it or above.
        want(folder.clone(), false);
        if let Some(Fact::Folder(names)) = workspace.fact(&folder) {
            let ends = [".yml", ".yaml", ".py", ".ipynb"];
            let defining = names.iter().filter(|name| ends.iter().any(|end| name.ends_with(end)));
            for name in defining.take(MAX_NEIGHBOURS) {
                want(folder.join(name), true);
            }
        }
        if workspace.roots().contains(&folder) {
            break;
        }
        folder = folder.parent();
    }
    let Some(document) = file.dockerfiles().first() else { return out };
    let sources = sources(&document.tree);
    if sources.is_empty() {
        return out;
    }
    for build in of(workspace, file) {
        let Some(context) = &build.context else { continue };
        want(context.join(&format!("{}.dockerignore", build.dockerfile)), true);
        for name in [".amlignore", ".gitignore", ".dockerignore"] {
            want(context.join(name), true);
        }
        for folder in above(workspace, context) {
            want(folder.join(".gitignore"), true);
        }
        for source in &sources {
            let path = context.join(&source.path);
            let fact = workspace.fact(&path).filter(|_| !source.pattern);
            if source.pattern || fact == Some(&Fact::Missing) {
                want(path.parent(), false);
            }
            if !source.pattern {
                want(path, false);
            }
        }
    }
    out
}

/// The folders above a context, up to the root of the workspace.
fn above(workspace: &Workspace, context: &FilePath) -> Vec<FilePath> {
    let mut out = Vec::new();
    let mut folder = context.clone();
    while workspace.root_of(&folder).is_some_and(|root| *root != folder) && out.len() < 32 {
        folder = folder.parent();
        out.push(folder.clone());
    }
    out
}

/// Something that a `COPY` or an `ADD` takes from the context.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// `COPY` or `ADD`.
    pub(crate) kind: Kind,
    /// The word.
    pub(crate) range: TextRange,
    /// What it is with variables put in.
    pub(crate) written: String,
    /// The path seen from the context, cut off at the context as BuildKit does it.
    pub(crate) path: String,
    /// Whether it leads out of the context.
    pub(crate) outside: bool,
    /// Whether it is written as a path of somebody's machine, which is in no context.
    pub(crate) of_host: bool,
    /// Whether it begins with a slash.
    pub(crate) absolute: bool,
    /// Whether it holds wildcards.
    pub(crate) pattern: bool,
}

/// All that is copied from the context in stages that the last one needs, as far as it is known.
pub(crate) fn sources(tree: &Dockerfile) -> Vec<Source> {
    let scopes = tree.scopes();
    let used = needed_by_last(tree);
    let mut stage: Option<usize> = None;
    let mut out = Vec::new();
    for (at, instruction) in tree.instructions.iter().enumerate() {
        if instruction.kind == Some(Kind::From) {
            stage = Some(stage.map_or(0, |stage| stage + 1));
        }
        let counts = stage.is_some_and(|stage| used.get(stage) == Some(&true));
        let Some(kind) = instruction.kind.filter(|kind| matches!(kind, Kind::Copy | Kind::Add)) else {
            continue;
        };
        if !counts || instruction.flag("from").is_some() {
            continue;
        }
        let words = without_note(&instruction.arguments);
        let Some((_, words)) = words.split_last() else { continue };
        for word in words {
            let heredoc = !instruction.heredocs.is_empty() && word.value.starts_with("<<");
            if heredoc || is_templated(&word.value.replace("${", "")) {
                continue;
            }
            let Some(read) = scopes.expand(at, &word.value).ok().filter(|read| !read.blank) else { continue };
            let Some(written) = read.value.filter(|text| !is_remote(kind, text)) else { continue };
            let relative = clean(&written);
            let of_host = tree.escape != Some('`') && is_of_host(&word.value);
            let outside = relative == ".." || relative.starts_with("../") || of_host;
            let written = if of_host { word.value.clone() } else { written };
            let path = clean(&format!("/{written}")).trim_start_matches('/').to_owned();
            let pattern = path.contains(['*', '?', '[', '\\']);
            let absolute = written.starts_with('/');
            out.push(Source { kind, range: word.range, written, path, outside, of_host, absolute, pattern });
        }
    }
    out.truncate(MAX_SOURCES);
    out
}

/// The words in front of what was meant as a comment behind them.
pub(crate) fn without_note(words: &[Argument]) -> &[Argument] {
    let note = words.iter().skip(1).position(|word| word.value.starts_with('#'));
    note.and_then(|at| words.get(..=at)).unwrap_or(words)
}

/// Whether a source is an address: `ADD` fetches it, `COPY` refuses it.
fn is_remote(kind: Kind, source: &str) -> bool {
    source.contains("://") || kind == Kind::Add && (source.starts_with("git@") || source.contains(".git#"))
}

/// Whether a source is written as a path of somebody's machine: with a drive of Windows, `C:\data` or
/// `C:/data`, or from the home folder, `~/data`.
fn is_of_host(word: &str) -> bool {
    if word.starts_with("~/") {
        return true;
    }
    let mut chars = word.chars();
    let mut next = || chars.next();
    matches!((next(), next(), next()), (Some(drive), Some(':'), Some('\\' | '/')) if drive.is_ascii_alphabetic())
}

/// What becomes of a source in all builds of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is copied, or nobody can tell.
    Fine,
    /// It is not there.
    Missing {
        /// What stands there that was most likely meant.
        near: Option<String>,
    },
    /// It is there, and the client does not upload it.
    NotUploaded(Cause),
    /// It is uploaded, and the build does not see it.
    Ignored(Cause),
    /// SDK v1 sends no files at all.
    NoContext,
}

/// Something that a Dockerfile copies, with what becomes of it.
pub(crate) type Copied = (Arc<DockerfileDocument>, Source, Outcome);

/// Everything that the Dockerfiles of a file copy, with what becomes of it; the builds must agree on it.
pub(crate) fn copied(workspace: &Workspace, file: &File) -> Vec<Copied> {
    let mut out = Vec::new();
    let mut read_builds: Option<Vec<(Build<'_>, Option<Context>)>> = None;
    for document in file.dockerfiles() {
        for source in sources(&document.tree) {
            let found = if document.is_embedded() {
                if is_v1_text(file, document) { Outcome::NoContext } else { Outcome::Fine }
            } else {
                let builds = read_builds.get_or_insert_with(|| {
                    let builds = of(workspace, file).into_iter();
                    builds.map(|build| (build.clone(), read(workspace, &build))).collect()
                });
                let mut found =
                    builds.iter().map(|(build, read)| outcome(workspace, build, read.as_ref(), &source));
                let first = found.next().unwrap_or(Outcome::Fine);
                if found.all(|other| other == first) { first } else { Outcome::Fine }
            };
            out.push((document.clone(), source, found));
        }
    }
    out
}

/// The ignore files of a build; `None` where one of them is not known or makes a program fail.
fn read(workspace: &Workspace, build: &Build<'_>) -> Option<Context> {
    let folder = build.context.as_ref()?;
    let own = format!("{}.dockerignore", build.dockerfile);
    let mut texts = Vec::new();
    for name in [".amlignore", ".gitignore", ".dockerignore", &own] {
        let path = folder.join(name);
        texts.push(match workspace.fact(&path)? {
            Fact::Missing => None,
            Fact::File => Some(&**workspace.file(&path)?.text()),
            Fact::Folder(_) | Fact::Unknown => return None,
        });
    }
    let [amlignore, gitignore, dockerignore, of_dockerfile] = texts.as_slice() else { return None };
    let texts = IgnoreTexts {
        amlignore: *amlignore,
        gitignore: *gitignore,
        dockerignore: *dockerignore,
        of_dockerfile: *of_dockerfile,
    };
    let context = Context::new(&texts, &build.dockerfile);
    let build = context.build();
    let known = context.upload().refused().is_none() && build.refused().is_none() && !build.is_unclear();
    known.then_some(context)
}

fn outcome(workspace: &Workspace, build: &Build<'_>, read: Option<&Context>, source: &Source) -> Outcome {
    let Some(folder) = &build.context else { return Outcome::NoContext };
    let Some(context) = read else { return Outcome::Fine };
    if source.path.is_empty() {
        return match context.build().excludes_all() {
            Some(line) => Outcome::Ignored(Cause { file: context.build_name().to_owned(), line }),
            None => Outcome::Fine,
        };
    }
    let path = folder.join(&source.path);
    let fate = |fate| match fate {
        Fate::Seen => Outcome::Fine,
        Fate::NotUploaded(cause) => Outcome::NotUploaded(cause),
        Fate::Ignored(cause) => Outcome::Ignored(cause),
    };
    if source.pattern {
        let Some(Fact::Folder(names)) = workspace.fact(&path.parent()) else { return Outcome::Fine };
        let (head, last) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
        if head.contains(['*', '?', '[', '\\']) {
            return Outcome::Fine;
        }
        let glob = BuildIgnore::new(last);
        let matched = names.iter().filter(|name| glob.excludes(name.trim_end_matches('/')).is_some());
        let mut fates = matched.map(|name| {
            let path = if head.is_empty() { name.clone() } else { format!("{head}/{name}") };
            match path.strip_suffix('/') {
                Some(folder) => context.fate_of_folder(folder),
                None => context.fate(&path),
            }
        });
        // One that is copied is enough.
        let Some(first) = fates.next() else { return Outcome::Fine };
        let all = fates.all(|other| other != Fate::Seen);
        return if all { fate(first) } else { Outcome::Fine };
    }
    match workspace.fact(&path) {
        Some(Fact::File) => fate(context.fate(&source.path)),
        Some(Fact::Folder(_)) => fate(context.fate_of_folder(&source.path)),
        Some(Fact::Missing) if !comes_to_be(workspace, build, &path) => {
            Outcome::Missing { near: nearest(workspace, &path, |_| true) }
        }
        _ => Outcome::Fine,
    }
}

/// Whether something that is missing most likely is made before the build: the repository ignores it,
/// or the program that defines the environment names it.
fn comes_to_be(workspace: &Workspace, build: &Build<'_>, path: &FilePath) -> bool {
    let Some(context) = &build.context else { return true };
    let mut folders = above(workspace, context);
    folders.push(context.clone());
    let ignored = folders.iter().any(|folder| {
        workspace
            .file(&folder.join(".gitignore"))
            .is_some_and(|file| UploadIgnore::new(file.text()).drops(&path.relative_to(folder)).is_some())
    });
    ignored || may_come_to_be(build.definition, path.file_name())
}
