//! Images and their tags, out of the catalogue: supported ones first, newest tags first.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::ImagePart;
use amlenv_syntax::image::{self, ImageReference};

use super::Proposal;
use crate::answers::CompletionKind;
use crate::catalogue::{self, HOST, Status, catalogue, environment_detail, image_detail};
use crate::topic::Topic;

/// What fits at a cursor at `at` of an image that is being typed; `text` stands at `base`.
pub(super) fn typed(text: &str, base: usize, at: usize) -> Vec<Proposal> {
    let reference = image::parse(text, base);
    let touches = |part: &Option<image::Part>| part.as_ref().is_some_and(|part| part.range.touches(at));
    let part = if touches(&reference.digest) {
        ImagePart::Digest
    } else if touches(&reference.tag) {
        ImagePart::Tag
    } else {
        ImagePart::Name
    };
    images(&reference, part)
}

/// What fits in the part of the image that the cursor stands in.
pub(super) fn images(reference: &ImageReference, part: ImagePart) -> Vec<Proposal> {
    match part {
        ImagePart::Tag => tags(reference),
        ImagePart::Name => repositories(reference.name_range()),
        ImagePart::Digest => Vec::new(),
    }
}

fn tags(reference: &ImageReference) -> Vec<Proposal> {
    let Some(range) = reference.tag.as_ref().map(|tag| tag.range) else { return Vec::new() };
    let name = reference.name();
    let name = name.strip_prefix(HOST).map_or("", |rest| rest.trim_start_matches('/'));
    let tag = |tag: &str| Proposal::new(tag, CompletionKind::Tag, range);
    let (mut out, deprecated) = if let Some(curated) = name.strip_prefix("azureml/curated/") {
        let Some(environment) = catalogue::environment(curated) else { return Vec::new() };
        let versions = environment.versions.iter();
        let tags = versions.map(|(version, date)| tag(&version.to_string()).detail(date));
        (tags.collect::<Vec<_>>(), !environment.is_active())
    } else {
        let Some(image) = catalogue::image(name) else { return Vec::new() };
        let dated = image.tags.iter().map(|known| tag(known).detail(tag_date(known).unwrap_or_default()));
        let other = image.other_tags.iter().filter(|known| *known != "latest").map(|known| tag(known));
        (dated.chain(other).collect(), image.status == Status::Deprecated)
    };
    out.push(tag("latest").detail("changes without notice"));
    out.into_iter().map(|found| found.deprecated(deprecated)).collect()
}

/// The day in a tag such as `20260715.v1`.
fn tag_date(tag: &str) -> Option<String> {
    let digits = tag.get(..8).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(format!("{}-{}-{}", digits.get(..4)?, digits.get(4..6)?, digits.get(6..)?))
}

/// Behind a tag or digest only the name is replaced.
fn repositories(range: TextRange) -> Vec<Proposal> {
    let image = |image: &catalogue::Image| {
        Proposal::new(&image.repository, CompletionKind::Image, range)
            .detail(image_detail(image))
            .about(Topic::Image(image.repository.clone()))
            .deprecated(image.status == Status::Deprecated)
            .commit(&[":", "@"])
    };
    let (old, listed): (Vec<_>, Vec<_>) =
        catalogue().images.iter().partition(|image| image.status == Status::Deprecated);
    let curated = catalogue().environments.iter().filter(|environment| environment.is_active());
    let curated = curated.map(|environment| {
        Proposal::new(&environment.image, CompletionKind::Image, range)
            .detail(environment_detail(environment))
            .about(Topic::Environment(environment.name.clone()))
            .commit(&[":", "@"])
    });
    listed.into_iter().map(image).chain(curated).chain(old.into_iter().map(image)).collect()
}
