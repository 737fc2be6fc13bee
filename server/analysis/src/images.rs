//! Every place in a file where an image is named, whatever the notation, with a way to edit it.

use std::sync::Arc;

use amlenv_syntax::image::{self, ImageReference};
use amlenv_syntax::{HostRange, TextRange};

use crate::catalogue::{self, HOST};
use crate::embedded::{DockerfileDocument, rewrite_part};
use crate::file::File;
use crate::finding::{Edit, Embedded};
use crate::lower::is_templated;
use crate::model::{Field, Text, Value};

/// A place where an image is named.
#[derive(Debug)]
pub(crate) struct ImagePlace {
    /// The image; its ranges count in the document, or from the start of the text.
    pub(crate) reference: ImageReference,
    holder: Holder,
}

#[derive(Debug)]
enum Holder {
    Document(Arc<DockerfileDocument>),
    /// A text: where it stands and what it is.
    Text {
        content: HostRange,
        value: String,
        /// Whether it stands there as it is, so that it has places inside.
        verbatim: bool,
    },
}

/// All images that a file names, in the order of the text. Those with placeholders are left out.
pub(crate) fn images_of(file: &File) -> Vec<ImagePlace> {
    let mut out = Vec::new();
    for document in file.dockerfiles() {
        for stage in document.tree.stages() {
            // A line with a placeholder is nobody's business; a variable is, once it has a value.
            let Some(image) = stage.image else { continue };
            let Some(reference) = document.tree.image_of(&stage) else { continue };
            if !reference.has_placeholder
                && !is_templated(&image.value)
                && image.value == image.range.slice(&document.text)
            {
                out.push(ImagePlace { reference, holder: Holder::Document(document.clone()) });
            }
        }
    }
    for environment in file.environments() {
        for assignment in environment.all(&Field::Image) {
            if let Value::Text(text) = &assignment.value
                && let Some(reference) = in_text(text)
            {
                let verbatim = text.content.slice(file.text()) == text.value;
                let holder = Holder::Text { content: text.content, value: text.value.clone(), verbatim };
                out.push(ImagePlace { reference, holder });
            }
        }
    }
    out.sort_by_key(|place| place.host(place.reference.range));
    out
}

fn in_text(text: &Text) -> Option<ImageReference> {
    let reference = image::parse(text.value.trim(), 0);
    (!text.templated && !reference.has_placeholder).then_some(reference)
}

impl ImagePlace {
    /// Where a part of the reference stands in the file.
    pub(crate) fn host(&self, range: TextRange) -> HostRange {
        match &self.holder {
            Holder::Document(document) => document.host(range),
            Holder::Text { content, value, verbatim: true } => {
                let blank = value.len() - value.trim_start().len();
                HostRange::new(content.start + blank + range.start, content.start + blank + range.end)
            }
            // With escapes in it, or put together: then the whole of it is meant.
            Holder::Text { content, .. } => *content,
        }
    }

    /// What a finding says of the embedding.
    pub(crate) fn embedded(&self) -> Option<Embedded> {
        match &self.holder {
            Holder::Document(document) => document.embedded(self.reference.range),
            Holder::Text { .. } => None,
        }
    }

    /// The edit that replaces a part of the reference; `None` where it cannot be written there.
    pub(crate) fn edit(&self, file: &File, range: TextRange, new: &str) -> Option<Edit> {
        match &self.holder {
            Holder::Document(document) => document.edit(file.path(), file.text(), range, new),
            Holder::Text { content, value, verbatim: true } => {
                let blank = value.len() - value.trim_start().len();
                let part = TextRange::new(blank + range.start, blank + range.end);
                rewrite_part(file, *content, value, part, new)
            }
            Holder::Text { .. } => None,
        }
    }

    /// The repository at Microsoft's registry, without the host; `None` for any other image.
    pub(crate) fn microsoft(&self) -> Option<&str> {
        microsoft(&self.reference)
    }

    /// What the catalogue of a workspace knows of it, what the team says included.
    pub(crate) fn known_in<'a>(&self, catalogue: catalogue::View<'a>) -> Option<&'a catalogue::Image> {
        let own = catalogue.own_images();
        let whole = (!own.is_empty()).then(|| self.reference.name());
        own.iter().find(|image| whole.as_ref() == Some(&image.repository)).or_else(|| self.known())
    }

    /// What the embedded snapshot knows of it.
    pub(crate) fn known(&self) -> Option<&'static catalogue::Image> {
        catalogue::image(self.microsoft()?)
    }
}

/// The repository at Microsoft's registry, without the host.
pub(crate) fn microsoft(reference: &ImageReference) -> Option<&str> {
    let host = reference.registry.as_ref()?;
    (host.text == HOST).then_some(reference.repository.text.as_str())
}
