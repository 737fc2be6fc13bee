//! Typed views of instructions, stages, and what `FROM ${BASE}` resolves to.

use std::collections::BTreeMap;

use super::{Argument, Dockerfile, Instruction, Kind};
use crate::image::{self, ImageReference};
use crate::text::TextRange;

/// A `FROM`.
#[derive(Clone, Debug)]
pub struct From<'a> {
    /// The image as written, with its place.
    pub image: &'a Argument,
    /// The name behind `AS`.
    pub name: Option<&'a Argument>,
}

/// A build stage.
#[derive(Clone, Debug)]
pub struct Stage<'a> {
    /// Its `FROM`.
    pub from: &'a Instruction,
    /// The image as written; `None` where it is missing.
    pub image: Option<&'a Argument>,
    /// The name behind `AS`.
    pub name: Option<&'a str>,
    /// What the image is, with `ARG`s that have a default put in; `None` where a variable is open.
    pub resolved: Option<String>,
    /// The earlier stage that it stands on, by its number.
    pub parent: Option<usize>,
    /// The instructions of the stage, `FROM` not included.
    pub instructions: &'a [Instruction],
}

/// A variable with a value: from `ARG` or `ENV`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The default; `None` for an `ARG` without one.
    pub value: Option<String>,
    /// Where it is defined.
    pub range: TextRange,
}

impl Instruction {
    /// This instruction as a `FROM` with an image.
    #[must_use]
    pub fn as_from(&self) -> Option<From<'_>> {
        if self.kind != Some(Kind::From) {
            return None;
        }
        let image = self.arguments.first()?;
        let named = self.arguments.get(1).is_some_and(|word| word.value.eq_ignore_ascii_case("as"));
        Some(From { image, name: named.then(|| self.arguments.get(2)).flatten() })
    }

    /// The variables that an `ARG` or `ENV` defines.
    #[must_use]
    pub fn variables(&self) -> Vec<Variable> {
        match self.kind {
            Some(Kind::Arg) => self
                .arguments
                .iter()
                .map(|word| {
                    let (name, value) =
                        word.value.split_once('=').map_or((word.value.as_str(), None), |(n, v)| (n, Some(v)));
                    Variable { name: name.to_owned(), value: value.map(unquote), range: word.range }
                })
                .collect(),
            Some(Kind::Env) => self
                .arguments
                .chunks(2)
                .filter_map(|pair| {
                    let (key, value) = (pair.first()?, pair.get(1));
                    Some(Variable {
                        name: key.value.clone(),
                        value: value.map(|value| unquote(&value.value)),
                        range: key.range,
                    })
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The value of a flag.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&super::Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }
}

/// A word without its quotes, as far as a simple default goes.
fn unquote(text: &str) -> String {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .or_else(|| text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')));
    inner.unwrap_or(text).to_owned()
}

impl Dockerfile {
    /// The stages, in order.
    #[must_use]
    pub fn stages(&self) -> Vec<Stage<'_>> {
        let mut globals: BTreeMap<String, Option<String>> = BTreeMap::new();
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let mut stages: Vec<Stage<'_>> = Vec::new();
        let starts: Vec<usize> = self
            .instructions
            .iter()
            .enumerate()
            .filter(|(_, instruction)| instruction.kind == Some(Kind::From))
            .map(|(at, _)| at)
            .collect();
        let first = starts.first().copied().unwrap_or(self.instructions.len());
        for instruction in self.instructions.iter().take(first) {
            if instruction.kind == Some(Kind::Arg) {
                for variable in instruction.variables() {
                    let value = variable.value.and_then(|value| expand(&value, &globals));
                    globals.insert(variable.name, value);
                }
            }
        }
        for (number, at) in starts.iter().enumerate() {
            let Some(from) = self.instructions.get(*at) else { continue };
            let end = starts.get(number + 1).copied().unwrap_or(self.instructions.len());
            let view = from.as_from();
            let image = view.as_ref().map(|view| view.image);
            let name = view.as_ref().and_then(|view| view.name).map(|name| name.value.as_str());
            let resolved = image.and_then(|image| expand(&image.value, &globals));
            let parent = resolved.as_ref().and_then(|text| names.get(&text.to_ascii_lowercase()).copied());
            if let Some(name) = name {
                names.insert(name.to_ascii_lowercase(), number);
            }
            let instructions = self.instructions.get(at + 1..end).unwrap_or(&[]);
            stages.push(Stage { from, image, name, resolved, parent, instructions });
        }
        stages
    }

    /// The image of a stage with its parts, placed in the text; `None` for an earlier stage, for
    /// `scratch` and where no image is written.
    #[must_use]
    pub fn image_of(&self, stage: &Stage<'_>) -> Option<ImageReference> {
        let image = stage.image?;
        if stage.parent.is_some() || image.value == "scratch" {
            return None;
        }
        Some(image::parse(&image.value, image.range.start))
    }
}

/// `text` with variables that have a value put in. `None` where one is open, or where the text holds
/// something that is more than a variable with a default.
fn expand(text: &str, variables: &BTreeMap<String, Option<String>>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at)?);
        let tail = rest.get(at + 1..)?;
        if let Some(braced) = tail.strip_prefix('{') {
            let end = braced.find('}')?;
            let inside = braced.get(..end)?;
            let (name, default) =
                inside.split_once(":-").map_or((inside, None), |(name, value)| (name, Some(value)));
            if !is_name(name) || default.is_some_and(|default| default.contains('$')) {
                return None;
            }
            let known =
                variables.get(name).cloned().flatten().filter(|value| default.is_none() || !value.is_empty());
            out.push_str(&known.or_else(|| default.map(str::to_owned))?);
            rest = braced.get(end + 1..)?;
        } else {
            let end = tail.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(tail.len());
            let name = tail.get(..end).filter(|name| is_name(name))?;
            out.push_str(&variables.get(name).cloned().flatten()?);
            rest = tail.get(end..)?;
        }
    }
    out.push_str(rest);
    Some(out)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
