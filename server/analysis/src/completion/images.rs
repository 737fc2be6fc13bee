//! Images and their tags, out of the catalogue: supported ones first, newest tags first, deprecated
//! ones marked and last.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::ImagePart;
use amlenv_syntax::image::{self, ImageReference};

use super::{Target, item};
use crate::answers::{Completion, CompletionKind};
use crate::catalogue::{
    HOST, Status, catalogue, environment_detail, environment_markdown, image_detail, image_markdown,
};

/// An image that is being typed, and the part of it that a cursor at `offset` stands in.
pub(super) fn typed(text: &str, base: usize, offset: usize) -> (ImageReference, ImagePart) {
    let reference = image::parse(text, base);
    let touches = |part: &Option<image::Part>| part.as_ref().is_some_and(|part| part.range.touches(offset));
    let part = if touches(&reference.digest) {
        ImagePart::Digest
    } else if touches(&reference.tag) {
        ImagePart::Tag
    } else {
        ImagePart::Name
    };
    (reference, part)
}

/// What fits in the part of the image that the cursor stands in.
pub(super) fn images(reference: &ImageReference, part: ImagePart, target: &Target<'_>) -> Vec<Completion> {
    match part {
        ImagePart::Tag => tags(reference, target),
        ImagePart::Name => repositories(reference, target),
        ImagePart::Digest => Vec::new(),
    }
}

fn tags(reference: &ImageReference, target: &Target<'_>) -> Vec<Completion> {
    let Some(range) = reference.tag.as_ref().map(|tag| tag.range) else { return Vec::new() };
    let name = reference.name();
    let name = name.strip_prefix(HOST).map_or("", |rest| rest.trim_start_matches('/'));
    let mut out = Vec::new();
    if let Some(curated) = name.strip_prefix("azureml/curated/") {
        let Some(environment) = crate::catalogue::environment(curated) else { return Vec::new() };
        for (version, date) in &environment.versions {
            let version = version.to_string();
            out.extend(
                target(range, &version).and_then(|edit| item(&version, CompletionKind::Tag, edit)).map(
                    |found| Completion {
                        detail: Some(date.clone()),
                        deprecated: !environment.is_active(),
                        ..found
                    },
                ),
            );
        }
    } else {
        let Some(image) = crate::catalogue::image(name) else { return Vec::new() };
        for tag in &image.tags {
            out.extend(target(range, tag).and_then(|edit| item(tag, CompletionKind::Tag, edit)).map(
                |found| Completion {
                    detail: tag_date(tag),
                    deprecated: image.status == Status::Deprecated,
                    ..found
                },
            ));
        }
    }
    out.extend(
        target(range, "latest")
            .and_then(|edit| item("latest", CompletionKind::Tag, edit))
            .map(|found| Completion { detail: Some("changes without notice".to_owned()), ..found }),
    );
    out
}

/// The day in a tag such as `20260715.v1`.
fn tag_date(tag: &str) -> Option<String> {
    let digits = tag.get(..8).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(format!("{}-{}-{}", digits.get(..4)?, digits.get(4..6)?, digits.get(6..)?))
}

fn repositories(reference: &ImageReference, target: &Target<'_>) -> Vec<Completion> {
    let range: TextRange = reference.name_range();
    // Behind a tag or digest only the name is replaced; alone, the newest tag comes along on its own.
    let mut out = Vec::new();
    let listed = catalogue().images.iter().filter(|image| image.status != Status::Deprecated);
    let push =
        |out: &mut Vec<Completion>, name: &str, detail: String, documentation: String, deprecated: bool| {
            out.extend(target(range, name).and_then(|edit| item(name, CompletionKind::Image, edit)).map(
                |found| Completion {
                    detail: Some(detail),
                    documentation: Some(documentation),
                    deprecated,
                    ..found
                },
            ));
        };
    for image in listed {
        push(&mut out, &image.repository, image_detail(image), image_markdown(image, None), false);
    }
    for environment in catalogue().environments.iter().filter(|environment| environment.is_active()) {
        let name = &environment.image;
        push(&mut out, name, environment_detail(environment), environment_markdown(environment), false);
    }
    for image in catalogue().images.iter().filter(|image| image.status == Status::Deprecated) {
        push(&mut out, &image.repository, image_detail(image), image_markdown(image, None), true);
    }
    out
}
