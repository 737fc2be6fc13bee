//! What runs in which environment: the environments that a file defines and those that it refers to,
//! each with its role, with what the file says of the work done in it, and with the packages that are there
//! for it. Judges nothing.

use std::sync::Arc;

use amlenv_syntax::HostRange;
use amlenv_syntax::python::Module;

use crate::file::File;
use crate::graph;
use crate::kind::Role;
use crate::model::{Environment, EnvironmentUse, Task};
use crate::packages::{self, Packages};
use crate::rules::Check;
use crate::suppress;
use crate::workspace::Workspace;

/// An environment at work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    /// The place in the judged file to speak of it: its definition there, or the reference to it.
    pub(crate) place: HostRange,
    /// The file that defines it.
    pub(crate) file: &'a File,
    /// The environment.
    pub(crate) environment: &'a Environment,
    /// What it is used for.
    pub(crate) role: Option<Role>,
    /// Whether a script of the user's own is served in it.
    pub(crate) scoring_script: bool,
    /// What runs in it.
    pub(crate) tasks: &'a [Arc<Task>],
}

/// The environments at work in the file that is judged.
pub(crate) fn of<'a>(cx: &Check<'a>) -> Vec<Run<'a>> {
    let (workspace, file) = (cx.workspace, cx.file);
    let said = cx.settings.role.or_else(|| suppress::role(file));
    let mut out = Vec::new();
    for environment in file.environments() {
        out.push(Run {
            place: environment.anchor,
            file,
            environment,
            role: said.or(environment.role),
            scoring_script: environment.scoring_script || said.is_some(),
            tasks: &environment.tasks,
        });
    }
    for used in file.named_uses().iter().filter(|used| !used.name.templated && used.role.is_some()) {
        let version = used.version.as_ref().map(|version| version.value.as_str());
        let Some((file, environment)) = by_name(workspace, file, &used.name.value, version) else { continue };
        out.push(Run {
            place: used.name.content,
            file,
            environment,
            role: said.or(used.role),
            scoring_script: used.scoring_script || said.is_some(),
            tasks: &used.tasks,
        });
    }
    for used in file.uses() {
        let Some((file, environment)) = definition(workspace, file, used) else { continue };
        out.push(Run {
            place: used.text.content,
            file,
            environment,
            role: said.or(used.role),
            scoring_script: used.scoring_script || said.is_some(),
            tasks: &used.tasks,
        });
    }
    out
}

/// The one definition in the workspace that a reference means: the file that it names, or what gets
/// the name that it says.
pub(crate) fn definition<'a>(
    workspace: &'a Workspace,
    file: &'a File,
    used: &EnvironmentUse,
) -> Option<(&'a File, &'a Environment)> {
    let candidates = graph::definition_of(workspace, file, used);
    if !candidates.is_empty() {
        let found = workspace.file(graph::resolve(workspace, &candidates).ok()?)?;
        return Some((found, found.environments().next()?));
    }
    if used.text.templated {
        return spelled_out(file, used);
    }
    let (name, version) = graph::asked_for(file, &used.text)?;
    by_name(workspace, file, name, version)
}

/// The one definition in the workspace that gets that name and version: in the same file, else in the
/// files around.
fn by_name<'a>(
    workspace: &'a Workspace,
    file: &File,
    name: &str,
    version: Option<&str>,
) -> Option<(&'a File, &'a Environment)> {
    let version = version.filter(|version| *version != "latest");
    let same = own(workspace, file);
    let fits = |found: &&Environment| {
        found.notation.is_python() && found.is_registered() && graph::is_called(found, name, version)
    };
    let mut here =
        same.into_iter().flat_map(|file| file.environments().filter(fits).map(move |found| (file, found)));
    if let Some(first) = here.next() {
        return here.next().is_none().then_some(first);
    }
    match graph::named_definitions(workspace, file, name, version).ok()?.as_slice() {
        [one] => Some(*one),
        // Which of several was registered last, nobody knows.
        _ => None,
    }
}

/// The judged file as the workspace holds it: a file of its own, or one inside a notebook.
fn own<'a>(workspace: &'a Workspace, file: &File) -> Option<&'a File> {
    workspace.file(file.path()).map(|found| &**found)
}

/// The environment of the same file whose own name and version code puts into a reference:
/// `f"{env.name}:{env.version}"`, `f"azureml:{env.name}@latest"`.
fn spelled_out<'a>(file: &'a File, used: &EnvironmentUse) -> Option<(&'a File, &'a Environment)> {
    let written = used.text.content.slice(file.text());
    let end = written.find(".name")?;
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let start = written.get(..end)?.rfind(|c| !is_name(c)).map_or(0, |at| at + 1);
    let variable = written.get(start..end).filter(|name| !name.is_empty())?;
    // Nothing but that name, a version, a label.
    let left = written
        .replace(&format!("{variable}.name"), "")
        .replace(&format!("{variable}.version"), "")
        .replace("azureml", "")
        .replace("latest", "");
    if left.contains(|c: char| c.is_alphabetic() && c != 'f') {
        return None;
    }
    let mut found = file.environments().filter(|found| found.variable.as_deref() == Some(variable));
    let first = found.next()?;
    found.next().is_none().then_some((file, first))
}

/// The packages that are there when the work begins. A command or script that may install some of its
/// own makes the set open.
pub(crate) fn packages(cx: &Check<'_>, run: &Run<'_>) -> Packages {
    let installs = |task: &Arc<Task>| {
        task.command.as_ref().is_some_and(|command| may_install(&command.value))
            || script_file(cx.workspace, cx.file, task)
                .is_some_and(|script| script.text().contains("pip") && script.text().contains("install"))
    };
    match run.tasks.iter().any(installs) {
        true => Packages::unknown(),
        false => packages::of(cx.workspace, run.file, run.environment),
    }
}

/// Whether a shell command runs anything but Python and what changes no packages.
fn may_install(command: &str) -> bool {
    const PLAIN: [&str; 15] = [
        "python",
        "python3",
        "torchrun",
        "accelerate",
        "deepspeed",
        "mpirun",
        "horovodrun",
        "echo",
        "ls",
        "cat",
        "env",
        "export",
        "mkdir",
        "cd",
        "sleep",
    ];
    // A line may go on with the options of the one above, and a placeholder stands for a value.
    let plain = |word: &str| PLAIN.contains(&word) || word.starts_with(['-', '$', '[']);
    let parts = command.split(['\n', ';', '|', '&']).map(str::trim).filter(|part| !part.is_empty());
    command.contains("pip ")
        || parts.filter_map(|part| part.split_whitespace().next()).any(|word| !plain(word))
}

/// The script that a task runs, where its text is known.
pub(crate) fn script<'a>(workspace: &'a Workspace, file: &File, task: &Task) -> Option<&'a Module> {
    script_file(workspace, file, task)?.python()
}

fn script_file<'a>(workspace: &'a Workspace, file: &File, task: &Task) -> Option<&'a File> {
    let candidates = graph::script_of(workspace, file, task);
    workspace.file(graph::resolve(workspace, &candidates).ok()?).map(|found| &**found)
}
