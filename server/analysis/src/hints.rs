//! What a text does not say and still means: the value of a variable, the image that counts, what an
//! environment is for. Only what is certain, and only where it cannot be read off the line.

use amlenv_syntax::dockerfile::{Form, Instruction, Kind, Stage, Value, variables};
use amlenv_syntax::{HostRange, TextRange};

use crate::answers::{Hint, HintKind};
use crate::catalogue;
use crate::embedded::DockerfileDocument;
use crate::file::File;
use crate::graph;
use crate::kind::FileKind;
use crate::lower::python::is_dockerfile_text;
use crate::model::{self, Environment, Field, Notation};
use crate::path::FilePath;
use crate::settings::Settings;
use crate::sources;
use crate::stages;
use crate::suppress;
use crate::usages;
use crate::workspace::Workspace;

/// Longer values are cut; the tooltip has all of it.
const MAX_LEN: usize = 60;

pub(crate) fn hints(
    workspace: &Workspace,
    path: &FilePath,
    range: HostRange,
    settings: &Settings,
) -> Vec<Hint> {
    let Some(file) = workspace.file(path) else { return Vec::new() };
    let mut out = in_file(workspace, file, settings);
    for nested in file.nested() {
        let found = in_file(workspace, &nested.file, settings).into_iter();
        out.extend(found.map(|hint| Hint { range: nested.host(hint.range), ..hint }));
    }
    out.retain(|hint| range.touches(hint.range.end));
    out.sort_by_key(|hint| hint.range.end);
    out
}

fn in_file(workspace: &Workspace, file: &File, settings: &Settings) -> Vec<Hint> {
    let mut out = Vec::new();
    for document in file.dockerfiles() {
        in_dockerfile(document, &mut out);
    }
    for environment in file.environments().filter(|found| found.notation == Notation::PythonV1) {
        effective_image(workspace, file, environment, settings, &mut out);
    }
    roles(workspace, file, settings, &mut out);
    out
}

fn hint(range: HostRange, label: String, kind: HintKind) -> Hint {
    Hint { range, label, tooltip: None, kind }
}

/// `= value`, cut where it is long.
fn value(range: HostRange, text: &str) -> Option<Hint> {
    let shown = text.trim();
    if shown.is_empty() || shown.contains('\n') {
        return None;
    }
    let cut = shown.char_indices().nth(MAX_LEN).map(|(at, _)| at);
    let label = match cut.and_then(|at| shown.get(..at)) {
        Some(head) => format!("= {head}…"),
        None => format!("= {shown}"),
    };
    let tooltip = cut.is_some().then(|| format!("`{shown}`"));
    Some(Hint { range, label, tooltip, kind: HintKind::Variable })
}

fn in_dockerfile(document: &DockerfileDocument, out: &mut Vec<Hint>) {
    let tree = &document.tree;
    let scopes = tree.scopes();
    let all = tree.stages();
    let bases = bases(&all);
    let (mut stage, mut begun) = (None, 0);
    for (at, found) in tree.instructions.iter().enumerate() {
        let say = |range: TextRange, text: &str, out: &mut Vec<Hint>| {
            out.extend(value(document.host(range), text));
        };
        let expanded = |word: &str| {
            let changes = word.contains('$');
            scopes.expand(at, word).ok().and_then(|read| read.value).filter(|text| changes && text != word)
        };
        match found.kind {
            Some(Kind::From) => {
                stage = all.get(begun);
                let base = bases.get(begun).and_then(|number| all.get(*number));
                begun += 1;
                if let (Some(stage), Some(base)) = (stage, base) {
                    from(document, stage, base, out);
                }
            }
            Some(Kind::Arg) => {
                for argument in &found.arguments {
                    match argument.value.split_once('=') {
                        Some((_, default)) => {
                            let default = expanded(default);
                            default.iter().for_each(|text| say(argument.range, text, out));
                        }
                        // A bare ARG of a stage takes over what was said before the first one.
                        None => {
                            let Some(from) = stage else { continue };
                            let inside = tree.instructions.get(at + 1);
                            let inside = inside.is_some_and(|next| next.kind != Some(Kind::From));
                            let place = if inside { at + 1 } else { from.at };
                            if let Value::Known(text) = scopes.lookup(place, &argument.value) {
                                say(argument.range, text, out);
                            }
                        }
                    }
                }
            }
            Some(Kind::Env | Kind::Label) => {
                for pair in found.arguments.chunks(2) {
                    let word = pair.get(1);
                    if let Some((word, text)) = word.and_then(|word| Some((word, expanded(&word.value)?))) {
                        say(word.range, &text, out);
                    }
                }
            }
            Some(
                Kind::Add
                | Kind::Copy
                | Kind::Expose
                | Kind::Stopsignal
                | Kind::User
                | Kind::Volume
                | Kind::Workdir,
            ) => {
                for word in &found.arguments {
                    expanded(&word.value).iter().for_each(|text| say(word.range, text, out));
                }
            }
            Some(Kind::Run) if found.form == Form::Shell => {
                for (range, name) in in_shell(found) {
                    if let Value::Known(text) = scopes.lookup(at, name) {
                        say(range, text, out);
                    }
                }
            }
            _ => {}
        }
    }
}

/// For each stage the one below it that stands on an image, or itself.
fn bases(all: &[Stage<'_>]) -> Vec<usize> {
    let mut out: Vec<usize> = Vec::new();
    for (number, stage) in all.iter().enumerate() {
        // A stage only stands on one in front of it.
        out.push(stage.parent.and_then(|parent| out.get(parent).copied()).unwrap_or(number));
    }
    out
}

/// What a `FROM` stands on, where that is written elsewhere.
fn from(document: &DockerfileDocument, stage: &Stage<'_>, base: &Stage<'_>, out: &mut Vec<Hint>) {
    let Some(image) = stage.image else { return };
    let range = document.host(image.range);
    if image.value.contains('$')
        && let Some(resolved) = &stage.resolved
    {
        out.extend(value(range, resolved));
    }
    if base.at != stage.at
        && let Some(image) = &base.resolved
    {
        out.push(hint(range, format!("on {image}"), HintKind::EffectiveImage));
    }
}

/// The first use of each variable in shell text that the text itself leaves alone.
fn in_shell(found: &Instruction) -> Vec<(TextRange, &str)> {
    const CHANGE_ALL: [&str; 6] = ["source", ".", "eval", "set", "unset", "read"];
    let changes = found.commands().iter().any(|command| {
        let program = command.program().first();
        program.is_some_and(|word| word.opaque || CHANGE_ALL.contains(&word.value.as_str()))
    });
    if changes {
        return Vec::new();
    }
    let text = found.logical.text.as_str();
    let mut out: Vec<(TextRange, &str)> = Vec::new();
    for used in variables(text) {
        if out.iter().any(|(_, known)| *known == used.name) || !used.plain {
            continue;
        }
        // A name without its sign is one that the text sets, or may.
        let bare = text.match_indices(used.name).any(|(at, _)| {
            let before = text.get(..at).unwrap_or("");
            let behind = text.get(at + used.name.len()..).unwrap_or("");
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            !before.ends_with(word)
                && !behind.starts_with(word)
                && !before.ends_with('$')
                && !before.ends_with("${")
        });
        if !bare {
            out.push((found.logical.source(used.range), used.name));
        }
    }
    out
}

/// Which of several images counts, and what stands behind a constant or a path.
fn effective_image(
    workspace: &Workspace,
    file: &File,
    environment: &Environment,
    settings: &Settings,
    out: &mut Vec<Hint>,
) {
    let mut say = |range, label| out.push(hint(range, label, HintKind::EffectiveImage));
    for (lost, winner) in sources::lost(environment) {
        let name = |found: &model::Assignment| found.field.name_in(environment.notation).to_owned();
        say(lost.range, format!("discarded: {} below wins", name(winner)));
        say(winner.range, format!("wins over {} above", name(lost)));
    }
    for assignment in &environment.assignments {
        let path = match &assignment.value {
            model::Value::ContentOf(text) => text,
            model::Value::Text(text) if !is_dockerfile_text(&text.value) => text,
            _ => continue,
        };
        if assignment.field != Field::Dockerfile || path.templated {
            continue;
        }
        let paths = graph::candidates(workspace, file, environment.notation, &path.value);
        let found = graph::resolve(workspace, &paths).ok();
        let document = found.and_then(|path| workspace.file(path)?.dockerfiles().first());
        if let Some(base) = document.and_then(|document| stages::last(&document.tree)?.base) {
            say(assignment.range, format!("on {}", base.text));
        }
    }
    // Which release runs, nobody knows where a range of them is configured.
    let Some(newest) = catalogue::defaults().last().filter(|_| settings.target_sdk.is_none()) else { return };
    let mut default = |range, gpu: bool| {
        let (name, tag) = if gpu { (&newest.gpu, &newest.gpu_tag) } else { (&newest.cpu, &newest.cpu_tag) };
        let image = tag.as_ref().map_or_else(|| name.clone(), |tag| format!("{name}:{tag}"));
        let label = format!("= {image}");
        let tooltip = Some(format!("The default image of azureml-core {}.", newest.azureml_core));
        out.push(Hint { range, label, tooltip, kind: HintKind::EffectiveImage });
    };
    for assignment in &environment.assignments {
        if let model::Value::DefaultImage { gpu } = &assignment.value {
            default(assignment.range, *gpu);
        }
    }
    if sources::relies_on_default(environment) {
        default(first_line(file, environment.anchor), false);
    }
}

/// The part of a range in the line that it begins in.
fn first_line(file: &File, range: HostRange) -> HostRange {
    let line = range.slice(file.text()).lines().next().unwrap_or("");
    HostRange::new(range.start, range.start + line.trim_end().len())
}

fn roles(workspace: &Workspace, file: &File, settings: &Settings, out: &mut Vec<Hint>) {
    let said = settings.role.or_else(|| suppress::role(file));
    for environment in file.environments() {
        let used = || (file.kind() == FileKind::EnvironmentYaml).then(|| usages::role(workspace, file));
        let Some(role) = said.or(environment.role).or_else(|| used().flatten()) else { continue };
        let range = match (environment.notation, environment.last(&Field::Name)) {
            (Notation::EnvironmentYaml, Some(name)) => name.range,
            (Notation::InlineYaml, _) => {
                let colon = environment.anchor.end;
                let colon = HostRange::new(colon, colon + 1);
                environment.anchor.cover(if colon.slice(file.text()) == ":" {
                    colon
                } else {
                    environment.anchor
                })
            }
            _ => first_line(file, environment.anchor),
        };
        out.push(hint(range, role.as_str().to_owned(), HintKind::Role));
    }
    for used in file.uses() {
        if let Some(role) = said.or(used.role) {
            // Behind the quote, where there is one.
            let behind = HostRange::new(used.text.content.end, used.text.content.end + 1);
            let quoted = matches!(behind.slice(file.text()), "\"" | "'");
            let range = if quoted { used.text.content.cover(behind) } else { used.text.content };
            out.push(hint(range, role.as_str().to_owned(), HintKind::Role));
        }
    }
}
