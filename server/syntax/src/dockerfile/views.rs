//! Typed views of instructions and stages.

use super::scope::{self, Scopes};
use super::{Argument, Dockerfile, Instruction, Kind};
use crate::image::{self, ImageReference};

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
    /// The place of that in [`Dockerfile::instructions`].
    pub at: usize,
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

    /// The value of a flag.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&super::Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }
}

impl Dockerfile {
    /// The stages, in order.
    #[must_use]
    pub fn stages(&self) -> Vec<Stage<'_>> {
        let starts = self.starts.get_or_init(|| scope::starts(self));
        let mut stages: Vec<Stage<'_>> = Vec::new();
        for (number, start) in starts.iter().enumerate() {
            let Some(from) = self.instructions.get(start.at) else { continue };
            let end = starts.get(number + 1).map_or(self.instructions.len(), |next| next.at);
            let view = from.as_from();
            let image = view.as_ref().map(|view| view.image);
            let name = view.as_ref().and_then(|view| view.name).map(|name| name.value.as_str());
            let instructions = self.instructions.get(start.at + 1..end).unwrap_or(&[]);
            let (resolved, parent) = (start.resolved.clone(), start.parent);
            stages.push(Stage { from, at: start.at, image, name, resolved, parent, instructions });
        }
        stages
    }

    /// The variables, instruction by instruction.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        self.scopes.get_or_init(|| Scopes::new(self))
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
