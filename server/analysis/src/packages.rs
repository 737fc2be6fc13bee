//! The Python packages that an environment certainly has, and whether there may be more.

use amlenv_syntax::dockerfile::{Dockerfile, Kind};
use amlenv_syntax::image::ImageReference;
use amlenv_syntax::python::HOLE;
use amlenv_syntax::shell::Command;
use amlenv_syntax::shell::install::{Tool, install};
use amlenv_syntax::{conda, dockerfile, image, requirements};

use crate::catalogue::{Answer, Contents, contents_of};
use crate::file::File;
use crate::finding::Edit;
use crate::graph;
use crate::kind::FileKind;
use crate::model::{CondaSpec, Environment, Field, Initial, Text, Value};
use crate::path::FilePath;
use crate::text_edit::{line_end, line_start};
use crate::workspace::Workspace;

/// What is in an environment.
#[derive(Debug, Default)]
pub(crate) struct Packages {
    /// The Python and conda packages, by their normalised names.
    python: Vec<(String, String)>,
    /// The packages of the operating system that are installed on top of the base.
    system: Vec<String>,
    /// Whether something is unknown, so that nothing is provably absent.
    open: bool,
    /// Whether files are copied in.
    copies: bool,
    /// The image at the bottom, where it is known.
    base: Option<ImageReference>,
    /// The file in which a package could be added, and the last item of its pip list.
    last_pip: Option<(FilePath, amlenv_syntax::HostRange)>,
}

/// A package of Azure ML that an environment may have to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The server that runs scoring scripts.
    InferenceServer,
    /// The core of SDK v1.
    Core,
    /// The plugin of MLflow that knows the service's tracking store.
    MlflowPlugin,
}

/// Packages of Azure ML that bring none of the others' parts by themselves.
/// Source: metadata of the packages, release 1.62.
const PLAIN: [&str; 7] = [
    "azureml-ai-monitoring",
    "azureml-dataprep",
    "azureml-dataprep-native",
    "azureml-dataprep-rslex",
    "azureml-dataset-runtime",
    "azureml-fsspec",
    "azureml-inference-server-http",
];

impl Part {
    /// The package that has it.
    pub(crate) const fn package(self) -> &'static str {
        match self {
            Self::InferenceServer => "azureml-inference-server-http",
            Self::Core => "azureml-core",
            Self::MlflowPlugin => "azureml-mlflow",
        }
    }

    /// Whether a package of Azure ML certainly does not bring it. Any other may: whatever is not known
    /// to bring nothing counts as if it did.
    fn is_absent_from(self, name: &str, specifier: &str) -> bool {
        let brings = match self {
            Self::InferenceServer => ["azureml-inference-server-http", "azureml-defaults"].as_slice(),
            Self::Core => &["azureml-core", "azureml-defaults", "azureml-sdk"],
            Self::MlflowPlugin => &["azureml-mlflow"],
        };
        if brings.contains(&name) {
            return false;
        }
        let also = match self {
            Self::InferenceServer => {
                ["azureml-core", "azureml-sdk", "azureml-mlflow", "azureml-telemetry", "azureml-interpret"]
                    .as_slice()
            }
            // Old releases of the plugin, before 1.50, stood on the core.
            Self::Core if specifier.is_empty() => &["azureml-mlflow"],
            Self::Core => &[],
            Self::MlflowPlugin => &["azureml-core", "azureml-defaults", "azureml-telemetry"],
        };
        PLAIN.contains(&name) || also.contains(&name)
    }
}

impl Packages {
    /// Whether a part of Azure ML certainly is not there.
    pub(crate) fn lacks(&self, part: Part) -> bool {
        let brings = |(name, specifier): &(String, String)| {
            name.starts_with("azureml-") && !part.is_absent_from(name, specifier)
        };
        !self.open && !self.python.iter().any(brings)
    }

    /// Whether none of these packages can be there.
    pub(crate) fn lacks_all(&self, names: &[&str]) -> bool {
        !self.open && !names.iter().any(|name| self.has(name))
    }

    /// Whether a Python or conda package certainly is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.python.iter().any(|(known, _)| known == name)
    }

    /// Whether all that is installed on top of the base is known.
    pub(crate) const fn is_closed(&self) -> bool {
        !self.open
    }

    /// Whether any package, of Python or of the system, fits.
    pub(crate) fn any(&self, fits: impl Fn(&str) -> bool) -> bool {
        self.python.iter().map(|(name, _)| name).chain(&self.system).any(|name| fits(name))
    }

    /// The packages of the system.
    pub(crate) fn system(&self) -> impl Iterator<Item = &str> {
        self.system.iter().map(String::as_str)
    }

    /// What the image at the bottom brings.
    pub(crate) fn base(&self) -> Option<Contents> {
        self.base.as_ref().map(contents_of)
    }

    /// The image at the bottom.
    pub(crate) fn base_name(&self) -> Option<String> {
        self.base.as_ref().map(ImageReference::name)
    }

    /// Whether files are copied into the image.
    pub(crate) const fn copies(&self) -> bool {
        self.copies
    }

    /// Whether there are Python or conda packages at all.
    pub(crate) fn has_python(&self) -> bool {
        !self.python.is_empty()
    }

    /// The edit that adds a line to the pip list of the conda file; `None` where there is no such list,
    /// or it stands in a program.
    pub(crate) fn addition(&self, workspace: &Workspace, file: &File, package: &str) -> Option<Edit> {
        let (path, last) = self.last_pip.as_ref()?;
        let holder = if path == file.path() { file } else { workspace.file(path)? };
        if holder.python().is_some() || holder.json().is_some() {
            return None;
        }
        let text = holder.text();
        let start = line_start(text, last.start);
        let lead = text.get(start..last.start)?.split_inclusive('-').next()?;
        let line = format!("{}{} {package}", line_end(text), lead.trim_end());
        Some(Edit { file: path.clone(), range: amlenv_syntax::HostRange::empty(last.end), text: line })
    }

    /// One of which nothing is known.
    pub(crate) fn unknown() -> Self {
        Self { open: true, ..Self::default() }
    }

    /// What an image has of itself.
    fn in_image(text: &str) -> Self {
        let reference = image::parse(text.trim(), 0);
        let open = contents_of(&reference).without_azureml != Answer::Yes;
        Self { open, base: Some(reference), ..Self::default() }
    }

    fn add(&mut self, requirement: &requirements::Requirement) {
        match &requirement.name {
            Some((name, _)) => self.python.push((
                requirements::normalise_name(name),
                requirement.specifier.as_ref().map(|part| part.0.clone()).unwrap_or_default(),
            )),
            None => self.open = true,
        }
    }

    fn join(&mut self, other: Self) {
        self.python.extend(other.python);
        self.system.extend(other.system);
        self.open |= other.open;
    }
}

/// The packages of an environment.
pub(crate) fn of(workspace: &Workspace, file: &File, environment: &Environment) -> Packages {
    let v1 = environment.notation.is_v1();
    if environment.initial == Initial::Unknown && environment.notation.is_python() {
        return Packages::unknown();
    }
    if environment.has(&Field::Other("pip_requirements".to_owned())) {
        return match graph::requirements_path(environment) {
            Some(text) => from_path(workspace, file, environment, text),
            None => Packages::unknown(),
        };
    }
    let beside = file.kind() == FileKind::EnvironmentJson && !environment.has(&Field::UserManaged);
    let managed = !v1 || is_managed(environment) || beside;
    if managed && let Some(found) = conda_of(workspace, file, environment) {
        let mut found = found;
        found.base = last_known(environment, &Field::Image).map(|text| image::parse(text.value.trim(), 0));
        return found;
    }
    // Only a plain word of it says that the image is taken as it is.
    let word = environment.last(&Field::UserManaged).map(|word| &word.value);
    let as_it_is = match word {
        Some(Value::Bool(value)) => *value,
        Some(_) => false,
        None => environment.initial == Initial::Empty && environment.notation.is_python(),
    };
    if v1 && !as_it_is {
        return Packages::unknown();
    }
    of_image(workspace, file, environment)
}

/// The text of a property, where only one thing is ever said of it.
fn last_known<'e>(environment: &'e Environment, field: &'e Field) -> Option<&'e Text> {
    let mut set = environment.all(field).filter(|assignment| !assignment.value.is_cleared());
    let first = set.next()?;
    let alone = set.next().is_none() && first.path.is_empty();
    first.value.known_text().filter(|_| alone)
}

/// What its conda settings bring; `None` where it has none.
fn conda_of(workspace: &Workspace, file: &File, environment: &Environment) -> Option<Packages> {
    let mut all = environment.all(&Field::Conda);
    let Some(conda) = all.next_back() else {
        if file.kind() == FileKind::EnvironmentJson {
            let beside = file.path().parent().join(graph::CONDA_DEPENDENCIES);
            let spec = workspace.file(&beside).and_then(|found| Some((found, found.conda()?)));
            return spec.map(|(found, spec)| from_spec(workspace, found.path(), spec));
        }
        // The SDK's own defaults.
        let default = ("azureml-defaults".to_owned(), String::new());
        let defaults = environment.initial == Initial::V1Defaults
            && !environment.has(&Field::Other("python".to_owned()));
        return defaults.then(|| Packages { python: vec![default], ..Packages::default() });
    };
    if !conda.path.is_empty() && all.next().is_some() {
        return Some(Packages::unknown());
    }
    Some(match &conda.value {
        Value::Conda(spec) => from_spec(workspace, file.path(), spec),
        Value::CondaPath(text) => from_path(workspace, file, environment, text),
        Value::Cleared { .. } => return None,
        _ => Packages::unknown(),
    })
}

/// What the image brings, or the Dockerfile that it is built from.
pub(crate) fn of_image(workspace: &Workspace, file: &File, environment: &Environment) -> Packages {
    let sources = environment.assignments.iter().filter(|assignment| assignment.field.is_image_source());
    let mut set = sources.filter(|assignment| !assignment.value.is_cleared());
    // Of several, it is another rule's business which one counts.
    let (Some(source), None) = (set.next(), set.next()) else { return Packages::unknown() };
    if !source.path.is_empty() {
        return Packages::unknown();
    }
    let in_context = |dockerfile: &FilePath, context: &FilePath| match workspace.file(dockerfile) {
        Some(found) => found.dockerfiles().first().map_or_else(Packages::unknown, |document| {
            from_dockerfile(workspace, Some(context), &document.tree)
        }),
        None => Packages::unknown(),
    };
    match (&source.field, &source.value) {
        (Field::Image, Value::Text(text)) if !text.templated => Packages::in_image(&text.value),
        (Field::Build, _) => match graph::build_context(workspace, file, environment) {
            Some((context, _)) => {
                let name = graph::dockerfile_path(environment).map_or("Dockerfile", |text| &text.value);
                in_context(&context.join(name), &context)
            }
            None => Packages::unknown(),
        },
        (Field::Dockerfile, Value::Text(text) | Value::ContentOf(text)) => {
            if crate::lower::python::is_dockerfile_text(&text.value) {
                // What a variable of the program stands for may be anything.
                return match text.value.contains(HOLE) {
                    true => Packages::unknown(),
                    false => from_dockerfile(workspace, None, &dockerfile::parse(&text.value)),
                };
            }
            let candidates = graph::candidates(workspace, file, environment.notation, &text.value);
            match graph::resolve(workspace, &candidates) {
                Ok(path) if !text.templated => in_context(path, &path.parent()),
                _ => Packages::unknown(),
            }
        }
        _ => Packages::unknown(),
    }
}

fn from_path(workspace: &Workspace, file: &File, environment: &Environment, text: &Text) -> Packages {
    if text.templated {
        return Packages::unknown();
    }
    let candidates = graph::candidates(workspace, file, environment.notation, &text.value);
    let Ok(path) = graph::resolve(workspace, &candidates) else { return Packages::unknown() };
    from_list(workspace, path, 0)
}

/// So deep may files of requirements name each other.
const MAX_LISTS: usize = 8;

/// What a conda file or a requirements file brings.
fn from_list(workspace: &Workspace, path: &FilePath, depth: usize) -> Packages {
    let Some(found) = workspace.file(path).filter(|_| depth < MAX_LISTS) else { return Packages::unknown() };
    if let Some(spec) = found.conda() {
        return from_spec(workspace, path, spec);
    }
    let Some(list) = found.requirements() else { return Packages::unknown() };
    let mut out = Packages::default();
    for line in &list.lines {
        match line {
            requirements::Line::Requirement(requirement) => out.add(requirement),
            requirements::Line::Option { name, value, .. } => match (name.as_str(), value) {
                ("-r" | "--requirement", Some((value, _))) => {
                    out.join(from_list(workspace, &path.parent().join(value), depth + 1));
                }
                ("-r" | "--requirement" | "-e" | "--editable", _) => out.open = true,
                _ => {}
            },
        }
    }
    out
}

fn from_spec(workspace: &Workspace, path: &FilePath, spec: &CondaSpec) -> Packages {
    let packages = spec.conda.iter().chain(&spec.pip);
    let mut out = Packages {
        python: packages.map(|package| (package.name.clone(), package.specifier.clone())).collect(),
        open: spec.open,
        last_pip: spec.last_pip.map(|last| (path.clone(), last)),
        ..Packages::default()
    };
    for text in &spec.requirement_files {
        if text.templated {
            out.open = true;
        } else {
            out.join(from_list(workspace, &path.parent().join(&text.value), 1));
        }
    }
    out
}

/// A Dockerfile is closed only where nothing in it can bring packages unseen: nothing from another
/// image, no lists that are not known, no shell variables, a base that is known.
fn from_dockerfile(workspace: &Workspace, context: Option<&FilePath>, tree: &Dockerfile) -> Packages {
    let stages = tree.stages();
    let mut chain = Vec::new();
    let mut at = stages.len().checked_sub(1);
    // A stage stands only on earlier ones.
    while let Some(stage) = at.and_then(|at| stages.get(at)) {
        chain.push(stage);
        at = stage.parent;
    }
    let Some(base) = chain.last().and_then(|stage| stage.resolved.as_deref()) else {
        return Packages::unknown();
    };
    let mut out = match base {
        "scratch" => Packages { base: Some(image::parse(base, 0)), ..Packages::default() },
        base => Packages::in_image(base),
    };
    for instruction in chain.into_iter().flat_map(|stage| stage.instructions) {
        match instruction.kind {
            Some(Kind::Copy) => {
                out.copies = true;
                let words = || instruction.arguments.iter().map(|word| word.value.as_str());
                out.open |=
                    instruction.flag("from").is_some() || words().any(|word| word.contains("site-packages"));
            }
            Some(Kind::Add | Kind::Onbuild) | None => {
                out.copies = true;
                out.open = true;
            }
            Some(Kind::Run) => {
                for command in instruction.commands() {
                    let lists = |word: &str| match context {
                        Some(context) => copied(tree, context, word),
                        None => Vec::new(),
                    };
                    run(command, &mut out, |word| {
                        let candidates = lists(word);
                        match graph::resolve(workspace, &candidates) {
                            Ok(path) => from_list(workspace, path, 0),
                            Err(_) => Packages::unknown(),
                        }
                    });
                }
                // A heredoc that no shell reads may be a program in any language.
                out.open |= !instruction.heredocs.is_empty() && instruction.scripts().is_empty();
            }
            _ => {}
        }
    }
    out
}

/// The files of a context that a list of packages in a `RUN` may be, by what was copied before.
fn copied(tree: &Dockerfile, context: &FilePath, word: &str) -> Vec<FilePath> {
    let name = word.rsplit('/').next().unwrap_or(word);
    let mut out = Vec::new();
    for instruction in &tree.instructions {
        if instruction.kind != Some(Kind::Copy) || instruction.flag("from").is_some() {
            continue;
        }
        let Some((_, sources)) = instruction.arguments.split_last() else { continue };
        for source in sources {
            let source = source.value.trim_start_matches('/').trim_end_matches('/');
            if source.rsplit('/').next() == Some(name) {
                out.push(context.join(source));
            } else {
                let folder = context.join(source);
                out.push(folder.join(name));
                if !word.starts_with('/') {
                    out.push(folder.join(word));
                }
            }
        }
    }
    out.dedup();
    out
}

/// The lists of packages that the `RUN`s of a Dockerfile read, each as the paths that it may be, seen
/// from the context in `folder`.
pub(crate) fn lists_of(tree: &Dockerfile, folder: &FilePath) -> Vec<Vec<FilePath>> {
    let runs = tree.instructions.iter().filter(|instruction| instruction.kind == Some(Kind::Run));
    let commands = runs.flat_map(dockerfile::Instruction::commands);
    let mut out = Vec::new();
    for command in commands {
        let Some(install) = install(command) else { continue };
        out.extend(install.files().filter_map(|word| word.known()).map(|word| copied(tree, folder, word)));
    }
    out.retain(|candidates| !candidates.is_empty());
    out
}

/// Programs that bring no Python packages. What is not here may bring any.
const HARMLESS: [&str; 50] = [
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
    "curl",
    "date",
    "df",
    "du",
    "echo",
    "exit",
    "export",
    "false",
    "git",
    "gpg",
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
    "wget",
];

/// What one command of a `RUN` adds.
fn run(command: &Command, out: &mut Packages, list: impl Fn(&str) -> Packages) {
    if let Some(install) = install(command) {
        out.open |= install.editables().next().is_some();
        for file in install.files() {
            match file.known() {
                Some(path) => out.join(list(path)),
                None => out.open = true,
            }
        }
        for package in &install.packages {
            match install.tool {
                _ if package.opaque => out.open = true,
                Tool::Apt => {
                    out.system.extend(package.value.split(['=', '/', ':']).next().map(str::to_owned))
                }
                Tool::Pip => out.add(&requirements::parse_one(&package.value)),
                Tool::Conda => match conda::match_spec(&package.value).name {
                    Some((name, _)) => out.python.push((requirements::normalise_name(&name), String::new())),
                    None => out.open = true,
                },
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
    let defaults = environment.initial == Initial::V1Defaults || environment.has(&Field::Conda);
    defaults && !user_managed && environment.initial != Initial::Unknown
}
