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
use crate::remote::Remote;

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
pub(super) fn images(
    remote: &Remote,
    reference: &ImageReference,
    part: ImagePart,
    target: &Target<'_>,
) -> Vec<Completion> {
    match part {
        ImagePart::Tag => tags(remote, reference, target),
        ImagePart::Name => repositories(remote, reference, target),
        ImagePart::Digest => Vec::new(),
    }
}

fn tags(remote: &Remote, reference: &ImageReference, target: &Target<'_>) -> Vec<Completion> {
    let Some(range) = reference.tag.as_ref().map(|tag| tag.range) else { return Vec::new() };
    let name = reference.name();
    let (host, repository) = match name.split_once('/') {
        Some((host, repository)) if reference.registry.is_some() => (host, repository),
        _ => ("docker.io", name.as_str()),
    };
    let tags = remote.tags(host, repository);
    if tags.is_empty() {
        return Vec::new();
    }
    let curated = repository.strip_prefix("azureml/curated/").and_then(crate::catalogue::environment);
    let known = crate::catalogue::image(repository).filter(|_| host == HOST);
    let deprecated = curated.is_some_and(|found| !found.is_active())
        || known.is_some_and(|image| image.status == Status::Deprecated);
    let proposal = |tag: &str| target(range, tag).and_then(|edit| item(tag, CompletionKind::Tag, edit));
    let dated = tags.iter().filter(|(tag, _)| tag != "latest");
    let mut out: Vec<Completion> = dated
        .filter_map(|(tag, day)| Some(Completion { detail: day.clone(), deprecated, ..proposal(tag)? }))
        .collect();
    out.extend(
        proposal("latest")
            .map(|found| Completion { detail: Some("changes without notice".to_owned()), ..found }),
    );
    out
}

fn repositories(remote: &Remote, reference: &ImageReference, target: &Target<'_>) -> Vec<Completion> {
    let range: TextRange = reference.name_range();
    // Behind a tag or digest only the name is replaced; alone, the newest tag comes along on its own.
    let mut out = Vec::new();
    let listed = catalogue().images.iter().filter(|image| image.status != Status::Deprecated);
    let push =
        |out: &mut Vec<Completion>, name: &str, detail: String, documentation: String, deprecated: bool| {
            out.extend(target(range, name).and_then(|edit| item(name, CompletionKind::Image, edit)).map(
                |found| Completion {
                    detail: Some(detail),
                    documentation: Some(documentation).filter(|text| !text.is_empty()),
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
    for name in remote.new_repositories() {
        let detail = "listed by the registry; newer than the snapshot".to_owned();
        push(&mut out, &name, detail, String::new(), false);
    }
    for host in &remote.hosts {
        push(&mut out, &format!("{host}/"), "a registry of yours".to_owned(), String::new(), false);
    }
    for image in catalogue().images.iter().filter(|image| image.status == Status::Deprecated) {
        push(&mut out, &image.repository, image_detail(image), image_markdown(image, None), true);
    }
    out
}
