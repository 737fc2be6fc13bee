//! A definition of SDK v1, or in Python of either SDK, as a v2 environment YAML with the files that it
//! needs. A pure function: which files there would be, and what has no place in them. It knows no
//! target, writes nothing, and guesses nothing: what is not known is refused with its place.
//!
//! Source of what becomes what: azureml-core 1.61.0 and azure-ai-ml 1.35.2, measured; the notices of
//! the v1 pages for what has ended.

mod packages;
mod source;

use amlenv_syntax::HostRange;
use amlenv_syntax::yaml::{write_quoted, write_scalar};
use amlenv_syntax::{dockerfile, image};

use self::source::{Base, Source};
use crate::answers::{Conversion, ConvertOptions, NewFile, Refusal};
use crate::catalogue::{Answer, contents_of};
use crate::file::File;
use crate::kind::FileKind;
use crate::model::Field;
use crate::path::FilePath;
use crate::registration;
use crate::workspace::Workspace;
use crate::{nested, text_edit};

/// What the environment file says it is, for editors.
pub(crate) const SCHEMA: &str = "https://azuremlschemas.azureedge.net/latest/environment.schema.json";

/// The folder of the build context that is made, and the conda file.
pub(crate) const CONTEXT: &str = "context";
const CONDA: &str = "conda.yml";

/// What SDK v1 did on top of a Dockerfile, as the end of one.
const INSTALL: &str = "\n# SDK v1 installed these packages on top of the Dockerfile.\nCOPY conda.yml /tmp/conda.yml\nRUN conda env create --prefix /azureml-envs/environment --file /tmp/conda.yml \\\n    && conda clean --all --yes \\\n    && rm /tmp/conda.yml\nENV PATH=/azureml-envs/environment/bin:$PATH\n";

pub(crate) fn convert(
    workspace: &Workspace,
    path: &FilePath,
    options: &ConvertOptions,
) -> Result<Conversion, Refusal> {
    let file = workspace.file(path).ok_or_else(|| usage("The file could not be read."))?;
    match file.nested().iter().find(|nested| !nested.written) {
        Some(nested) => of_file(&nested::scope(workspace, file), &nested.file, options, &made(file))
            .map_err(|refusal| Refusal { range: refusal.range.map(|range| nested.host(range)), ..refusal }),
        None => of_file(workspace, file, options, &[]),
    }
}

/// Whether a file may hold what can be converted.
pub(crate) fn is_source(kind: FileKind) -> bool {
    matches!(kind, FileKind::Python | FileKind::EnvironmentJson | FileKind::Runconfig)
}

/// The files that the cells of a notebook write: they need not be there yet.
pub(crate) fn made(notebook: &File) -> Vec<FilePath> {
    let written = notebook.nested().iter().filter(|nested| nested.written);
    written.map(|nested| nested.file.path().clone()).collect()
}

/// An environment of a file that stands for itself; `made` are files that its cells write.
pub(crate) fn of_file(
    workspace: &Workspace,
    file: &File,
    options: &ConvertOptions,
    made: &[FilePath],
) -> Result<Conversion, Refusal> {
    if !is_source(file.kind()) {
        let message = match file.kind() {
            FileKind::EnvironmentYaml | FileKind::JobYaml | FileKind::DeploymentYaml => {
                "This file is written for v2 already."
            }
            _ => {
                "Environments are converted from Python, azureml_environment.json and .runconfig; this file is none of them."
            }
        };
        return Err(usage(message));
    }
    let environment = registration::choose(file, options.environment.as_deref())?;
    let mut source = Source::new(workspace, file, environment, &options.folder)?;
    source.made = made;
    let base = source.base()?;
    let conda = source.conda()?;
    let mut out = Draft::default();
    header(&mut source, &mut out)?;
    match base {
        Base::Image(image) => {
            out.entry("image", &image);
            if let Some(conda) = conda {
                if has_conda(&image) == Answer::No {
                    let message = format!(
                        "The packages are installed by conda, which {image} has not; set user_managed_dependencies, or take an image with conda."
                    );
                    return Err(refusal(environment.anchor, message));
                }
                out.conda(conda);
            }
        }
        Base::Context { path, dockerfile } if conda.is_none() => {
            out.yaml.push_str("build:\n");
            out.yaml.push_str(&format!("  path: {}\n", write_scalar(&path)));
            if let Some(dockerfile) = dockerfile {
                out.yaml.push_str(&format!("  dockerfile_path: {}\n", write_scalar(&dockerfile)));
            }
        }
        Base::Context { .. } => {
            let message = "Packages on top of a build context have no equivalent: install the conda file in the Dockerfile of the context first.";
            return Err(source.refuse(&Field::Build, message));
        }
        Base::Dockerfile(text) => {
            let mut text = text_of_dockerfile(&text);
            if let Some(conda) = conda {
                let tree = dockerfile::parse(&text);
                let stages = tree.stages();
                let base = stages.last().and_then(|stage| stage.resolved.as_deref());
                if base.is_none_or(|base| has_conda(base) != Answer::Yes) {
                    source.note("The packages are installed by conda at the end of the Dockerfile; it must be on the PATH of the image there.");
                }
                text.push_str(INSTALL);
                out.files.push(NewFile { path: format!("{CONTEXT}/{CONDA}"), text: conda.text(&source)? });
            }
            out.files.insert(0, NewFile { path: format!("{CONTEXT}/Dockerfile"), text });
            out.yaml.push_str(&format!("build:\n  path: {CONTEXT}\n"));
        }
    }
    source.rest(&mut out)?;
    let notes = source.notes;
    let mut text = String::new();
    for note in &notes {
        text.push_str(&comment(note));
    }
    text.push_str(&format!("$schema: {SCHEMA}\n{}", out.yaml));
    let mut files = vec![NewFile { path: "environment.yml".to_owned(), text }];
    files.append(&mut out.files);
    Ok(Conversion { files, notes })
}

/// Name, version, description.
fn header(source: &mut Source<'_>, out: &mut Draft) -> Result<(), Refusal> {
    let name = match source.text(&Field::Name)? {
        Some(name) => name,
        None => {
            let name = source.fallback_name();
            source.note(format!("The definition has no name, which v2 asks for; it is called {name} here."));
            name
        }
    };
    let valid = valid_name(&name);
    if valid != name {
        source
            .note(format!("{name:?} is no name for an environment of your own; it is called {valid} here."));
    }
    out.entry("name", &valid);
    if let Some(version) = source.version()? {
        out.yaml.push_str(&format!("version: {}\n", write_quoted(&version)));
    }
    if let Some(description) = source.text(&Field::Description)? {
        out.entry("description", &description);
    }
    Ok(())
}

/// The nearest name that the service takes. Source: REST reference, Environment Containers; documented:
/// the prefixes of the curated environments.
pub(crate) fn valid_name(name: &str) -> String {
    let mut rest = name;
    while let Some(prefix) = ["azureml", "microsoft"]
        .iter()
        .find(|prefix| rest.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix)))
    {
        rest = rest.get(prefix.len()..).unwrap_or("").trim_start_matches(['-', '_', ' ']);
    }
    let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let mapped: String = rest.chars().map(kept).take(255).collect();
    let mapped = mapped.trim_start_matches(['-', '_', '.']);
    if mapped.is_empty() { "environment".to_owned() } else { mapped.to_owned() }
}

/// Whether an image brings conda.
fn has_conda(image: &str) -> Answer {
    contents_of(&image::parse(image, 0)).conda
}

/// A Dockerfile as a file of its own: its first line first, since directives stand nowhere else.
pub(crate) fn text_of_dockerfile(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let blank = text.lines().take_while(|line| line.trim().is_empty()).count();
    let mut lines: Vec<&str> = text.lines().skip(blank).collect();
    // Text in code is often indented as the code is.
    let indents = lines.iter().filter(|line| !line.trim().is_empty());
    let common = indents.map(|line| text_edit::indent_of(line, 0).len()).min().unwrap_or(0);
    for line in &mut lines {
        *line = line.get(common..).unwrap_or("");
    }
    let mut out = lines.join("\n");
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// A note as comment lines of a readable width.
fn comment(note: &str) -> String {
    let mut out = String::new();
    let mut line = String::from("# Note:");
    for word in note.split_whitespace() {
        if line.len() + word.len() >= 100 {
            out.push_str(&line);
            out.push('\n');
            line = String::from("#  ");
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
    out
}

/// What is written so far.
#[derive(Default)]
struct Draft {
    yaml: String,
    files: Vec<NewFile>,
}

impl Draft {
    fn entry(&mut self, key: &str, value: &str) {
        self.yaml.push_str(&format!("{key}: {}\n", write_scalar(value)));
    }

    fn conda(&mut self, conda: packages::Conda) {
        match conda {
            packages::Conda::File { reference, .. } => self.entry("conda_file", &reference),
            packages::Conda::Text(text) => {
                self.entry("conda_file", CONDA);
                self.files.push(NewFile { path: CONDA.to_owned(), text });
            }
        }
    }
}

fn usage(message: &str) -> Refusal {
    Refusal { message: message.to_owned(), range: None, usage: true }
}

fn refusal(range: HostRange, message: impl Into<String>) -> Refusal {
    Refusal { message: message.into(), range: Some(range), usage: false }
}
