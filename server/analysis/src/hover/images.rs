//! Images: what is in them, whether they are supported, what to take instead.

use crate::answers::Hover;
use crate::catalogue::{self, environment_markdown, image_markdown};
use crate::file::File;
use crate::images::{images_of, microsoft};
use crate::lifecycle;

pub(super) fn hover(file: &File, offset: usize) -> Option<Hover> {
    let place =
        images_of(file).into_iter().find(|place| place.host(place.reference.range).touches(offset))?;
    let range = place.host(place.reference.range);
    let tag = place.reference.tag.as_ref().map(|tag| tag.text.as_str());
    if let Some(image) = place.known() {
        return Some(Hover { range, markdown: image_markdown(image, tag) });
    }
    if let Some(curated) = microsoft(&place.reference).and_then(|name| name.strip_prefix("azureml/curated/"))
        && let Some(environment) = catalogue::environment(curated)
    {
        return Some(Hover { range, markdown: environment_markdown(environment) });
    }
    // Of images from elsewhere only the name is known.
    let ended = lifecycle::ended_system(&place.reference.text)?;
    let markdown = format!("**{}**\n\n{} ended on {}.", place.reference.text, ended.what, ended.on);
    Some(Hover { range, markdown })
}
