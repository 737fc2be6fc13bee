//! What stands at a place: images and environments, out of the catalogue; codes in suppressions.

use amlenv_syntax::HostRange;

use crate::answers::Hover;
use crate::catalogue::{self, environment_markdown, image_markdown};
use crate::file::File;
use crate::images::{images_of, microsoft};
use crate::path::FilePath;
use crate::reference;
use crate::rules;
use crate::workspace::Workspace;

pub(crate) fn hover(workspace: &Workspace, path: &FilePath, offset: usize) -> Option<Hover> {
    let file = workspace.file(path)?;
    if let Some((nested, at)) = file.nested_at(offset) {
        let found = in_file(&nested.file, at)?;
        return Some(Hover { range: nested.host(found.range), ..found });
    }
    in_file(file, offset)
}

fn in_file(file: &File, offset: usize) -> Option<Hover> {
    image(file, offset).or_else(|| environment(file, offset)).or_else(|| code(file, offset))
}

fn image(file: &File, offset: usize) -> Option<Hover> {
    let place =
        images_of(file).into_iter().find(|place| place.host(place.reference.range).touches(offset))?;
    let range = place.host(place.reference.range);
    let tag = place.reference.tag.as_ref().map(|tag| tag.text.as_str());
    if let Some(image) = place.known() {
        return Some(Hover { range, markdown: image_markdown(image, tag) });
    }
    let curated = microsoft(&place.reference)?.strip_prefix("azureml/curated/")?;
    let environment = catalogue::environment(curated)?;
    Some(Hover { range, markdown: environment_markdown(environment) })
}

fn environment(file: &File, offset: usize) -> Option<Hover> {
    let used = file.uses().iter().find(|used| used.text.content.touches(offset))?;
    let name = reference::curated(&used.text.value, file.python().is_some())?.text;
    let markdown = match catalogue::environment(name) {
        Some(environment) => environment_markdown(environment),
        None => {
            let legacy = catalogue::legacy(name)?;
            let advice = match (&legacy.replacement, &legacy.guess) {
                (Some(new), _) => format!("Microsoft's samples changed to `{new}`."),
                (None, Some(guess)) => format!("Perhaps `{guess}` serves; that is a guess from the name."),
                (None, None) => "No successor is known.".to_owned(),
            };
            format!("**{name}** was a curated environment and is gone. {advice}")
        }
    };
    Some(Hover { range: used.text.content, markdown })
}

/// A code or name of a rule inside a comment to amlenv.
fn code(file: &File, offset: usize) -> Option<Hover> {
    let comment = file.comments().into_iter().find(|comment| comment.touches(offset))?;
    let text = comment.slice(file.text());
    if !text.contains("amlenv:") {
        return None;
    }
    let at = offset - comment.start;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let start = text.get(..at)?.rfind(|c| !is_word(c)).map_or(0, |found| found + 1);
    let end = text.get(at..)?.find(|c| !is_word(c)).map_or(text.len(), |found| at + found);
    let rule = rules::find(text.get(start..end)?)?;
    let range = HostRange::new(comment.start + start, comment.start + end);
    Some(Hover { range, markdown: rule.page.to_owned() })
}
