//! Which keys and values the files of Azure ML have, with a sentence on each: what completion proposes
//! and hover shows. It judges nothing; what is wrong is said by the rules.

mod deployment;
mod dockerfile;
mod environment;
mod job;
mod python;
mod v1;

pub(crate) use self::dockerfile::{Flag, flags, instruction, mount_types, variables};
pub(crate) use self::environment::{CONDA, ENVIRONMENT};
pub(crate) use self::python::{Attribute, Parameter, attributes, call, factories};
pub(crate) use self::v1::{DEFINITION, RUNCONFIG};
use crate::file::File;
use crate::kind::FileKind;

/// A key of a mapping.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// What it is for: one or two sentences of Markdown.
    pub(crate) text: &'static str,
    /// The keys that cannot stand beside it.
    pub(crate) excludes: &'static [&'static str],
}

/// What a key, an argument or an item takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// A text about which nothing is known.
    Text,
    /// A number.
    Number,
    /// A truth value.
    Truth,
    /// One of these, each with what it means.
    Values(&'static [(&'static str, &'static str)]),
    /// The name of an image.
    Image,
    /// A reference to an environment.
    Environment,
    /// The name of an environment of a workspace, without `azureml:` in front.
    EnvironmentName,
    /// A path.
    Path(Wanted),
    /// A conda package, or the mapping that holds the list of pip.
    CondaItem,
    /// A requirement of pip.
    Requirement,
    /// A channel of conda.
    Channel,
    /// These keys.
    Map(&'static [Key]),
    /// Any keys, each with such a value.
    Named(&'static Shape),
    /// A list of these.
    List(&'static Shape),
    /// Any of these.
    Either(&'static [Shape]),
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A folder.
    Folder,
    /// A build context: folders with a Dockerfile first.
    Context,
    /// A Dockerfile, seen from the build context.
    Dockerfile,
    /// A conda file.
    Conda,
    /// A list of requirements.
    Requirements,
    /// A definition of an environment.
    Environment,
    /// A script in Python.
    Script,
    /// Anything.
    Any,
}

pub(crate) const fn key(name: &'static str, shape: Shape, text: &'static str) -> Key {
    Key { name, shape, text, excludes: &[] }
}

impl Key {
    pub(crate) const fn without(self, excludes: &'static [&'static str]) -> Self {
        Self { excludes, ..self }
    }

    /// The Markdown on it.
    pub(crate) fn markdown(&self) -> String {
        let takes = self.shape.describe();
        let mut out = format!("**{}**", self.name);
        if !takes.is_empty() {
            out.push_str(&format!(" ({takes})"));
        }
        out.push_str("\n\n");
        out.push_str(self.text);
        let values = self.shape.values();
        if !values.is_empty() {
            out.push('\n');
            for (value, text) in values {
                out.push_str(&format!("\n- `{value}`{}{text}", if text.is_empty() { "" } else { ": " }));
            }
        }
        out
    }
}

impl Shape {
    /// Its kind in a word or two.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Text | Self::EnvironmentName => "text",
            Self::Number => "number",
            Self::Truth => "true or false",
            Self::Values(_) => "one of these values",
            Self::Image => "image",
            Self::Environment => "reference to an environment",
            Self::Path(Wanted::Folder | Wanted::Context) => "folder",
            Self::Path(_) => "path",
            Self::CondaItem | Self::Requirement => "package",
            Self::Channel => "channel",
            Self::Map(_) | Self::Named(_) => "mapping",
            Self::List(_) => "list",
            Self::Either(_) => "",
        }
    }

    /// The values of a fixed set.
    pub(crate) fn values(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Values(values) => values,
            Self::Either(shapes) => {
                shapes.iter().map(|shape| shape.values()).find(|found| !found.is_empty()).unwrap_or(&[])
            }
            _ => &[],
        }
    }

    /// The keys that a mapping of that shape has.
    pub(crate) fn keys(self) -> &'static [Key] {
        match self {
            Self::Map(keys) => keys,
            // What conda takes among its packages besides their names.
            Self::CondaItem => environment::PIP,
            Self::Either(shapes) => {
                shapes.iter().map(|shape| shape.keys()).find(|keys| !keys.is_empty()).unwrap_or(&[])
            }
            _ => &[],
        }
    }

    /// What stands below a key of a mapping of that shape.
    pub(crate) fn below(self, name: &str) -> Option<Self> {
        match self {
            Self::Named(shape) => Some(*shape),
            Self::Either(shapes) => shapes.iter().find_map(|shape| shape.below(name)),
            other => other.keys().iter().find(|key| key.name == name).map(|key| key.shape),
        }
    }

    /// What the items of a list of that shape are.
    pub(crate) fn item(self) -> Option<Self> {
        match self {
            Self::List(shape) => Some(*shape),
            Self::Either(shapes) => shapes.iter().find_map(|shape| shape.item()),
            _ => None,
        }
    }
}

/// The shape of the whole of a file, by its kind and what it says of itself.
pub(crate) fn of_file(file: &File) -> Option<Shape> {
    let text = file.text();
    Some(match file.kind() {
        FileKind::EnvironmentYaml => Shape::Map(ENVIRONMENT),
        FileKind::Conda => Shape::Map(CONDA),
        FileKind::DeploymentYaml if said(text, "batch") => Shape::Map(deployment::BATCH),
        FileKind::DeploymentYaml => Shape::Map(deployment::ONLINE),
        FileKind::JobYaml => Shape::Map(job::of_text(text)),
        FileKind::EnvironmentJson => Shape::Map(DEFINITION),
        FileKind::Runconfig => Shape::Map(RUNCONFIG),
        _ => return None,
    })
}

/// Whether the schema that a file names has a word in its name.
fn said(text: &str, word: &str) -> bool {
    let line = text.lines().find(|line| line.trim_start().starts_with("$schema"));
    line.and_then(|line| line.rsplit('/').next()).is_some_and(|name| name.to_ascii_lowercase().contains(word))
}
