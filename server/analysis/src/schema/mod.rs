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
    /// The host of a registry of images.
    Registry,
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
            Self::Registry => "host",
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use amlenv_syntax::dockerfile::Kind;

    use super::*;
    use crate::path::FilePath;
    use crate::settings::Settings;
    use crate::workspace::Workspace;

    /// The codes of the rules that speak of unknown keys in a file.
    fn unknown(name: &str, text: &str) -> Vec<&'static str> {
        let path = FilePath::new(&format!("/w/{name}"));
        let mut workspace = Workspace::new(vec![FilePath::new("/w")]);
        let kind = crate::classify_named(&path, text).expect("a kind");
        workspace.insert(Arc::new(File::new(path.clone(), kind, Arc::from(text))));
        let found = crate::diagnostics(&workspace, &path, &Settings::default());
        let codes = found.iter().map(|found| found.rule.code);
        codes.filter(|code| ["AML117", "AML121", "AML612"].contains(code)).collect()
    }

    /// What is proposed as a key or attribute is not called unknown by a rule.
    #[test]
    fn what_is_proposed_is_known() {
        assert_eq!(unknown("environment.yml", "name: e\nimage: a:1\nimge: x\n"), ["AML117"]);
        for key in ENVIRONMENT {
            let text = format!("name: e\nimage: a:1\n{}: x\n", key.name);
            assert_eq!(unknown("environment.yml", &text), Vec::<&str>::new(), "{}", key.name);
        }
        for key in CONDA {
            let text = format!("dependencies:\n  - python=3.12\n{}: x\n", key.name);
            assert_eq!(unknown("conda.yml", &text), Vec::<&str>::new(), "{}", key.name);
        }
        for (section, mark) in [("docker", "baseImage"), ("python", "userManagedDependencies")] {
            let shape = Shape::Map(DEFINITION).below(section).expect("a section");
            for key in shape.keys() {
                let text = format!("{{\"{section}\": {{\"{mark}\": null, \"{}\": null}}}}", key.name);
                assert_eq!(unknown("azureml_environment.json", &text), Vec::<&str>::new(), "{}", key.name);
            }
        }
        for section in ["docker", "python", "docker.base_image_registry"] {
            for attribute in attributes(true, section) {
                let name = attribute.name;
                let text = format!(
                    "from azureml.core import Environment\nenv = Environment('e')\nenv.{section}.{name} = None\n"
                );
                assert_eq!(unknown("a.py", &text), Vec::<&str>::new(), "{section}.{name}");
            }
        }
    }

    /// Every flag that the parser knows has its text, and no other has.
    #[test]
    fn flags_are_those_of_the_parser() {
        for kind in Kind::all() {
            let known: Vec<&str> = flags(kind).iter().map(|flag| flag.name).collect();
            assert_eq!(known, kind.flags(), "{kind:?}");
            assert!(!instruction(kind).is_empty());
        }
    }

    /// Keys that shut each other out name keys that there are.
    #[test]
    fn keys_shut_out_keys_that_exist() {
        let mut pending =
            vec![ENVIRONMENT, CONDA, DEFINITION, RUNCONFIG, deployment::ONLINE, deployment::BATCH];
        pending.extend(
            ["", "type: pipeline\n", "type: sweep\n", "$schema: x/commandComponent.schema.json\n"]
                .map(job::of_text),
        );
        let mut seen: Vec<*const Key> = Vec::new();
        while let Some(keys) = pending.pop() {
            if seen.contains(&keys.as_ptr()) {
                continue;
            }
            seen.push(keys.as_ptr());
            for key in keys {
                assert!(!key.text.is_empty() && key.text.ends_with('.'), "{}", key.name);
                assert_eq!(keys.iter().filter(|other| other.name == key.name).count(), 1, "{}", key.name);
                for other in key.excludes {
                    assert!(keys.iter().any(|known| known.name == *other), "{} and {other}", key.name);
                }
                pending.push(key.shape.keys());
                pending.extend(key.shape.item().map(Shape::keys));
                pending.extend(key.shape.below("any").map(Shape::keys));
            }
        }
    }
}
