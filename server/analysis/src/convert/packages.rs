//! The conda packages of a definition as a conda file: the one that it names, or a new one.

use amlenv_syntax::requirements;
use amlenv_syntax::yaml::{Node, NodeKind, write_scalar};

use super::refusal;
use super::source::Source;
use crate::answers::Refusal;
use crate::file::File;
use crate::lower::is_templated;
use crate::lower::python::default_texts;
use crate::model::{CondaTexts, Field, Initial, Notation, Value};

/// The packages on top of an image.
pub(super) enum Conda {
    /// A file that is there: how to write it, and its text.
    File { reference: String, text: String },
    /// A file that has to be written.
    Text(String),
}

impl Conda {
    /// A conda file that is known.
    fn of(source: &Source<'_>, file: &File) -> Self {
        let text = file.text().to_string();
        if source.made.contains(file.path()) {
            return Self::Text(text);
        }
        Self::File { reference: file.path().relative_to(source.folder), text }
    }

    /// The text of the conda file, for a place of its own.
    pub(super) fn text(self, source: &Source<'_>) -> Result<String, Refusal> {
        let text = match self {
            Self::File { text, .. } | Self::Text(text) => text.replace("\r\n", "\n"),
        };
        let refers = text.lines().map(str::trim_start).any(|line| {
            let line = line.trim_start_matches("- ").trim_start_matches(['"', '\'']);
            line.starts_with("-r") || line.starts_with("--requirement")
        });
        if refers {
            let message = "The conda file refers to a requirements file, which is not there during the build; put its lines into the conda file first.";
            return Err(source.refuse(&Field::Conda, message));
        }
        Ok(text)
    }
}

/// What is installed on top, by the rules of each SDK.
pub(super) fn conda(source: &mut Source<'_>) -> Result<Option<Conda>, Refusal> {
    let environment = source.environment;
    let v1 = environment.notation.is_v1();
    if v1 && let Some(said) = environment.last(&Field::UserManaged) {
        match said.value {
            Value::Bool(true) => return Ok(None),
            Value::Bool(false) | Value::Cleared { .. } => {}
            _ => {
                let message = "user_managed_dependencies is not known here: write True or False first.";
                return Err(refusal(said.value_range, message));
            }
        }
    }
    let pip = Field::Other("pip_requirements".to_owned());
    if environment.has(&pip) {
        let message = "Requirements of pip alone have no equivalent: put them into a conda file, below pip.";
        return Err(source.refuse(&pip, message));
    }
    let named = Field::Other("python.conda_dependencies_file".to_owned());
    if let Some(said) = environment.last(&named).filter(|said| !said.value.is_cleared()) {
        let found = said.value.known_text().and_then(|path| source.found(path));
        return match found {
            Some(found) => Ok(Some(Conda::of(source, found))),
            None => Err(refusal(said.value_range, "This conda file could not be read.")),
        };
    }
    let Some(said) = environment.last(&Field::Conda).filter(|said| !said.value.is_cleared()) else {
        if environment.notation == Notation::Json
            && let Some(file) = beside(source)
        {
            return Ok(Some(Conda::of(source, file)));
        }
        if environment.initial != Initial::V1Defaults || environment.has(&Field::Conda) {
            return Ok(None);
        }
        source.note("The packages are the default ones of SDK v1; the code asked for no others.");
        return written(source, &default_texts()).map(Some);
    };
    match &said.value {
        Value::CondaPath(path) if !path.templated => match source.found(path) {
            Some(found) => Ok(Some(Conda::of(source, found))),
            None => {
                Err(refusal(said.value_range, format!("The conda file {} could not be read.", path.value)))
            }
        },
        Value::Conda(spec) => match (source.node(said), &spec.texts) {
            (Some(node), _) => match of_node(node) {
                Some(text) => {
                    note_defaults(source, text.contains("azureml-defaults"));
                    Ok(Some(Conda::Text(text)))
                }
                None => Err(source.refuse(
                    &Field::Conda,
                    "The conda dependencies hold something that is no package; write them to a conda file first.",
                )),
            },
            (None, Some(texts)) => written(source, texts).map(Some),
            (None, None) => Err(source.refuse(
                &Field::Conda,
                "What exactly is among these packages is not known here; write them to a conda file and name that.",
            )),
        },
        _ => Err(source.refuse(
            &Field::Conda,
            "What exactly is among these packages is not known here; write them to a conda file and name that.",
        )),
    }
}

/// The conda file that the SDK keeps beside a definition.
fn beside<'a>(source: &Source<'a>) -> Option<&'a File> {
    let path = source.file.path().parent().join(crate::graph::CONDA_DEPENDENCIES);
    source.workspace.file(&path).map(|file| &**file)
}

fn note_defaults(source: &mut Source<'_>, there: bool) {
    if there && source.environment.notation.is_v1() {
        source.note("azureml-defaults belongs to SDK v1. In v2 a training job needs no package of Azure ML (azureml-mlflow where it logs with MLflow), an online deployment azureml-inference-server-http.");
    }
}

/// A conda file of texts that code puts together.
fn written(source: &mut Source<'_>, texts: &CondaTexts) -> Result<Conda, Refusal> {
    let mut out = String::new();
    if !texts.channels.is_empty() {
        out.push_str("channels:\n");
        for channel in &texts.channels {
            out.push_str(&format!("  - {}\n", write_scalar(channel)));
        }
    }
    out.push_str("dependencies:\n");
    if let Some(python) = &texts.python {
        let asks = python.starts_with(['<', '>', '=', '!', '~']);
        let text = match (python.as_str(), asks) {
            ("", _) => "python".to_owned(),
            (version, true) => format!("python{version}"),
            (version, false) => format!("python={version}"),
        };
        out.push_str(&format!("  - {}\n", write_scalar(&text)));
    }
    for package in &texts.conda {
        out.push_str(&format!("  - {}\n", write_scalar(package)));
    }
    if !texts.pip.is_empty() {
        let named = |line: &String| line.split(['=', '<', '>', ' ']).next() == Some("pip");
        if !texts.conda.iter().any(named) {
            out.push_str("  - pip\n");
        }
        out.push_str("  - pip:\n");
        for line in &texts.pip {
            out.push_str(&format!("      - {}\n", write_scalar(line)));
        }
    }
    let defaults = texts.pip.iter().any(|line| {
        requirements::parse_one(line)
            .name
            .is_some_and(|(name, _)| name.eq_ignore_ascii_case("azureml-defaults"))
    });
    note_defaults(source, defaults);
    Ok(Conda::Text(out))
}

/// A conda file of a mapping in data; `None` where something in it is no conda specification.
fn of_node(node: &Node) -> Option<String> {
    let mut out = String::new();
    let text = |node: &Node| {
        let text = node.as_str().filter(|_| matches!(node.kind, NodeKind::Scalar(_)))?;
        (!is_templated(text)).then(|| write_scalar(text))
    };
    let value = |key: &str| node.get(key).and_then(|entry| entry.value.as_ref());
    if let Some(name) = value("name").and_then(Node::as_str) {
        out.push_str(&format!("name: {}\n", write_scalar(name)));
    }
    if let Some(channels) = value("channels").filter(|node| !node.items().is_empty()) {
        out.push_str("channels:\n");
        for channel in channels.items() {
            out.push_str(&format!("  - {}\n", text(channel)?));
        }
    }
    out.push_str("dependencies:\n");
    let items = value("dependencies")?.items();
    let pip = |line: &str| line.split(['=', '<', '>', ' ']).next() == Some("pip");
    let has_pip = items.iter().filter_map(Node::as_str).any(pip);
    for item in items {
        match &item.kind {
            NodeKind::Scalar(_) => out.push_str(&format!("  - {}\n", text(item)?)),
            NodeKind::Mapping(entries) => {
                let [only] = entries.as_slice() else { return None };
                let lines = only.value.as_ref().filter(|_| only.key.as_str() == Some("pip"))?.items();
                if !has_pip {
                    out.push_str("  - pip\n");
                }
                out.push_str("  - pip:\n");
                for line in lines {
                    out.push_str(&format!("      - {}\n", text(line)?));
                }
            }
            _ => return None,
        }
    }
    let known = ["name", "channels", "dependencies", "prefix"];
    let only_known = node.entries().iter().all(|entry| {
        entry.key.as_str().is_some_and(|key| known.contains(&key))
            || entry.value.as_ref().is_none_or(|value| matches!(value.kind, NodeKind::Null))
    });
    only_known.then_some(out)
}
