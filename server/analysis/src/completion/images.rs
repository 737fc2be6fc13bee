//! Images and their tags, out of the catalogue: supported ones first, newest tags first.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::ImagePart;
use amlenv_syntax::image::{self, ImageReference};

use super::{Proposal, Site};
use crate::answers::CompletionKind;
use crate::catalogue::{self, HOST, Status, catalogue, environment_detail, image_detail};
use crate::topic::Topic;

/// What fits at a cursor at `at` of an image that is being typed; `text` stands at `base`.
pub(super) fn typed(site: &Site<'_>, text: &str, base: usize, at: usize) -> Vec<Proposal> {
    let reference = image::parse(text, base);
    let touches = |part: &Option<image::Part>| part.as_ref().is_some_and(|part| part.range.touches(at));
    let part = if touches(&reference.digest) {
        ImagePart::Digest
    } else if touches(&reference.tag) {
        ImagePart::Tag
    } else {
        ImagePart::Name
    };
    images(site, &reference, part)
}

/// What fits in the part of the image that the cursor stands in.
pub(super) fn images(site: &Site<'_>, reference: &ImageReference, part: ImagePart) -> Vec<Proposal> {
    match part {
        ImagePart::Tag => tags(site, reference),
        ImagePart::Name => repositories(site, reference.name_range()),
        ImagePart::Digest => Vec::new(),
    }
}

/// The hosts of the user's registries, where nothing but a host may stand.
pub(super) fn addresses(site: &Site<'_>, range: TextRange) -> Vec<Proposal> {
    site.workspace
        .remote()
        .hosts
        .iter()
        .map(|host| Proposal::new(host.clone(), CompletionKind::Value, range))
        .collect()
}

fn tags(site: &Site<'_>, reference: &ImageReference) -> Vec<Proposal> {
    let Some(range) = reference.tag.as_ref().map(|tag| tag.range) else { return Vec::new() };
    let name = reference.name();
    let (host, repository) = match name.split_once('/') {
        Some((host, repository)) if reference.registry.is_some() => (host, repository),
        _ => ("docker.io", name.as_str()),
    };
    let own = site.own_catalogue().own_images().iter().find(|image| image.repository == name);
    let mut tags = site.workspace.remote().tags(host, repository);
    for tag in own.into_iter().flat_map(|own| own.tags.iter().chain(&own.other_tags)) {
        if !tags.iter().any(|(known, _)| known == tag) {
            tags.push((tag.clone(), catalogue::date_of(tag)));
        }
    }
    if tags.is_empty() {
        return Vec::new();
    }
    let curated = repository.strip_prefix("azureml/curated/").and_then(catalogue::environment);
    let known = own.or_else(|| catalogue::image(repository).filter(|_| host == HOST));
    let deprecated = curated.is_some_and(|found| !found.is_active())
        || known.is_some_and(|image| image.status == Status::Deprecated);
    let proposal = |tag: &str| Proposal::new(tag, CompletionKind::Tag, range).deprecated(deprecated);
    let dated = tags.iter().filter(|(tag, _)| tag != "latest");
    let floats = own.is_none() || tags.iter().any(|(tag, _)| tag == "latest");
    let mut out: Vec<Proposal> =
        dated.map(|(tag, day)| proposal(tag).detail(day.clone().unwrap_or_default())).collect();
    if floats {
        out.push(proposal("latest").detail("changes without notice"));
    }
    out
}

/// Behind a tag or digest only the name is replaced.
fn repositories(site: &Site<'_>, range: TextRange) -> Vec<Proposal> {
    let (remote, view) = (site.workspace.remote(), site.own_catalogue());
    let image = |image: &catalogue::Image| {
        Proposal::new(&image.repository, CompletionKind::Image, range)
            .detail(image_detail(image))
            .about(Topic::Image(image.repository.clone()))
            .deprecated(image.status == Status::Deprecated)
            .commit(&[":", "@"])
    };
    let (old, listed): (Vec<_>, Vec<_>) = view.images().partition(|image| image.status == Status::Deprecated);
    let curated = catalogue().environments.iter().filter(|environment| environment.is_active());
    let curated = curated.map(|environment| {
        Proposal::new(&environment.image, CompletionKind::Image, range)
            .detail(environment_detail(environment))
            .about(Topic::Environment(environment.name.clone()))
            .commit(&[":", "@"])
    });
    let listed_there = remote.new_repositories().map(|name| {
        let detail = "listed by the registry; newer than the snapshot";
        Proposal::new(name, CompletionKind::Image, range).detail(detail).commit(&[":", "@"])
    });
    let hosts = remote.hosts.iter().map(|host| {
        Proposal::new(format!("{host}/"), CompletionKind::Image, range).detail("a registry of yours")
    });
    let new = listed.into_iter().map(image).chain(curated).chain(listed_there).chain(hosts);
    new.chain(old.into_iter().map(image)).collect()
}
