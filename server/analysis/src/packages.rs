//! The Python packages that an environment certainly has, and whether there may be more.

use amlenv_syntax::shell::Command;
use amlenv_syntax::shell::install::{Tool, install};
use amlenv_syntax::{dockerfile, image, requirements};

use crate::catalogue::{Answer, contents_of};
use crate::file::File;
use crate::graph;
use crate::model::{CondaSpec, Environment, Field, Text, Value};
use crate::path::FilePath;
use crate::workspace::Workspace;

/// A set of packages.
#[derive(Debug, Default)]
pub(crate) struct Packages {
    names: Vec<String>,
    /// Whether something is unknown, so that nothing is provably absent.
    open: bool,
    /// The file in which a package could be added, and the last item of its pip list.
    pub(crate) last_pip: Option<(FilePath, amlenv_syntax::HostRange)>,
}

impl Packages {
    /// Whether none of these packages can be there.
    pub(crate) fn lacks_all(&self, names: &[&str]) -> bool {
        !self.open && !self.names.iter().any(|name| names.contains(&name.as_str()))
    }

    fn unknown() -> Self {
        Self { open: true, ..Self::default() }
    }
}

/// The packages of the Python that runs in an environment.
pub(crate) fn of(workspace: &Workspace, file: &File, environment: &Environment) -> Packages {
    if let Some(conda) = environment.last(&Field::Conda) {
        return match &conda.value {
            Value::Conda(spec) => from_spec(workspace, file.path(), spec),
            Value::CondaPath(text) => from_path(workspace, file, environment, text),
            _ => Packages::unknown(),
        };
    }
    if let Some((context, _)) = graph::build_context(workspace, file, environment) {
        let dockerfile =
            context.join(graph::dockerfile_path(environment).map_or("Dockerfile", |text| &text.value));
        return workspace
            .file(&dockerfile)
            .map_or_else(Packages::unknown, |found| from_dockerfile(found.text()));
    }
    match environment.last(&Field::Image).map(|assignment| &assignment.value) {
        Some(Value::Text(text)) if !text.templated && environment.notation.is_v2() => {
            let contents = contents_of(&image::parse(&text.value, 0));
            Packages { open: contents.without_azureml != Answer::Yes, ..Packages::default() }
        }
        // What a v1 environment without conda settings holds hangs on more than is followed here.
        _ => Packages::unknown(),
    }
}

fn from_path(workspace: &Workspace, file: &File, environment: &Environment, text: &Text) -> Packages {
    if text.templated {
        return Packages::unknown();
    }
    let candidates = graph::candidates(workspace, file, environment.notation, &text.value);
    let Ok(path) = graph::resolve(workspace, &candidates) else { return Packages::unknown() };
    let Some(found) = workspace.file(path) else { return Packages::unknown() };
    match found.conda() {
        Some(spec) => from_spec(workspace, path, spec),
        None => Packages::unknown(),
    }
}

fn from_spec(workspace: &Workspace, path: &FilePath, spec: &CondaSpec) -> Packages {
    let mut out = Packages {
        names: spec.conda.iter().chain(&spec.pip).map(|package| package.name.clone()).collect(),
        open: spec.open,
        last_pip: spec.last_pip.map(|last| (path.clone(), last)),
    };
    for text in &spec.requirement_files {
        let found = (!text.templated).then(|| workspace.file(&path.parent().join(&text.value))).flatten();
        let Some(found) = found.and_then(|file| file.requirements()) else {
            out.open = true;
            continue;
        };
        for line in &found.lines {
            match line {
                requirements::Line::Requirement(requirement) => match &requirement.name {
                    Some((name, _)) => out.names.push(requirements::normalise_name(name)),
                    None => out.open = true,
                },
                requirements::Line::Option { name, .. } => {
                    out.open |= matches!(name.as_str(), "-r" | "--requirement" | "-e" | "--editable" | "-c");
                }
            }
        }
    }
    out
}

/// A Dockerfile is closed only where nothing in it can bring packages unseen: no files copied in, no
/// package lists, no shell variables, a base that is known.
fn from_dockerfile(text: &str) -> Packages {
    let tree = dockerfile::parse(text);
    let stages = tree.stages();
    let Some(last) = stages.last() else { return Packages::unknown() };
    let Some(base) = last.resolved.as_deref().filter(|_| last.parent.is_none() && stages.len() == 1) else {
        return Packages::unknown();
    };
    if contents_of(&image::parse(base, 0)).without_azureml != Answer::Yes {
        return Packages::unknown();
    }
    let mut out = Packages::default();
    for instruction in last.instructions {
        match instruction.kind {
            Some(dockerfile::Kind::Copy | dockerfile::Kind::Add | dockerfile::Kind::Onbuild) | None => {
                out.open = true
            }
            Some(dockerfile::Kind::Run) => {
                for command in instruction.commands() {
                    run(&command, &mut out);
                }
                // A heredoc that no shell reads may be a program in any language.
                out.open |= !instruction.heredocs.is_empty() && instruction.scripts().is_empty();
            }
            _ => {}
        }
    }
    out
}

/// Programs that bring no Python packages. What is not here may bring any.
const HARMLESS: [&str; 46] = [
    ":",
    "[",
    "[[",
    "addgroup",
    "adduser",
    "apt-key",
    "apt-mark",
    "cat",
    "cd",
    "chgrp",
    "chmod",
    "chown",
    "cp",
    "date",
    "df",
    "du",
    "echo",
    "exit",
    "export",
    "false",
    "grep",
    "groupadd",
    "head",
    "id",
    "ldconfig",
    "ln",
    "locale-gen",
    "ls",
    "mkdir",
    "mv",
    "printenv",
    "printf",
    "pwd",
    "rm",
    "rmdir",
    "sed",
    "set",
    "sleep",
    "tail",
    "test",
    "touch",
    "true",
    "umask",
    "unset",
    "useradd",
    "usermod",
];

/// What one command of a `RUN` adds.
fn run(command: &Command, out: &mut Packages) {
    if let Some(install) = install(command) {
        out.open |= install.files().chain(install.editables()).next().is_some();
        for package in &install.packages {
            let named = requirements::parse_one(&package.value).name.filter(|_| !package.opaque);
            match (install.tool, named) {
                (Tool::Apt, _) => {}
                (_, Some((name, _))) => out.names.push(requirements::normalise_name(&name)),
                (_, None) => out.open = true,
            }
        }
        return;
    }
    let Some((program, arguments)) = command.program().split_first() else { return };
    let name = program.value.rsplit('/').next().unwrap_or("");
    let first = arguments.first().map_or("", |word| word.value.as_str());
    let harmless = match name {
        "apt" | "apt-get" => {
            matches!(first, "update" | "clean" | "autoclean" | "autoremove" | "remove" | "purge")
        }
        "conda" | "mamba" | "micromamba" => {
            matches!(first, "clean" | "config" | "init" | "info" | "list" | "activate")
        }
        "pip" | "pip3" => matches!(first, "cache" | "check" | "config" | "list" | "freeze" | "uninstall"),
        _ => HARMLESS.contains(&name),
    };
    out.open |= program.opaque || !harmless;
}

/// Whether the service makes a conda environment on top of the image.
pub(crate) fn is_managed(environment: &Environment) -> bool {
    if !environment.notation.is_v1() {
        return environment.last(&Field::Conda).is_some_and(|conda| !conda.value.is_cleared());
    }
    // Any word about it that is not a plain False may switch it off.
    let user_managed = environment
        .all(&Field::UserManaged)
        .any(|assignment| !matches!(assignment.value, Value::Bool(false)));
    let defaults = environment.initial == crate::model::Initial::V1Defaults || environment.has(&Field::Conda);
    defaults && !user_managed && environment.initial != crate::model::Initial::Unknown
}
