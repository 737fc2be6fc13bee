//! What amlenv knows of the text of a host: images, references to environments, names and keys of
//! environments, expressions of jobs. Everything else there belongs to the host's own language.

use amlenv_syntax::TextRange;
use amlenv_syntax::image::ImageReference;
use amlenv_syntax::yaml::Node;

use super::canvas::Canvas;
use crate::answers::{Modifiers, TokenKind};
use crate::catalogue::{self, Status};
use crate::file::File;
use crate::images::{images_of, microsoft};
use crate::kind::FileKind;
use crate::model::{Field, Text};
use crate::reference::{self, Reference};

pub(super) fn paint(canvas: &mut Canvas, file: &File) {
    if file.kind() == FileKind::Dockerfile {
        return;
    }
    if file.yaml().is_some() {
        keys(canvas, file);
        expressions(canvas, file);
    }
    for environment in file.environments() {
        let name = environment.last(&Field::Name).and_then(|name| name.value.known_text());
        if let Some(name) = name.filter(|name| name.content.slice(file.text()) == name.value) {
            let place = TextRange::new(name.content.start, name.content.end);
            canvas.paint_as(place, TokenKind::Class, Modifiers::DECLARATION);
        }
    }
    for place in images_of(file) {
        let whole = place.host(place.reference.range);
        // Where it stands with escapes, its parts have no places.
        if place.embedded().is_none() && whole.slice(file.text()) == place.reference.text {
            paint_image(canvas, &place.reference, whole.start);
        }
    }
    for used in file.uses() {
        environment(canvas, file, &used.text);
    }
}

/// Paints an image that begins at `start`.
pub(super) fn paint_image(canvas: &mut Canvas, image: &ImageReference, start: usize) {
    let base = image.range.start;
    let at = |range: TextRange| TextRange::new(range.start - base + start, range.end - base + start);
    let name = at(image.name_range());
    let text = image.name();
    let cut = name.start + text.rfind('/').map_or(0, |slash| slash + 1);
    canvas.paint(TextRange::new(name.start, cut), TokenKind::Namespace);
    let retired = if is_retired(image) { Modifiers::DEPRECATED } else { Modifiers::NONE };
    canvas.paint_as(TextRange::new(cut, name.end), TokenKind::Type, retired);
    if let Some(tag) = &image.tag {
        let tag = at(tag.range);
        canvas.paint(TextRange::new(tag.start - 1, tag.start), TokenKind::Operator);
        canvas.paint(tag, TokenKind::EnumMember);
    }
    if let Some(digest) = &image.digest {
        let digest = at(digest.range);
        canvas.paint(TextRange::new(digest.start - 1, digest.start), TokenKind::Operator);
        canvas.paint_as(digest, TokenKind::EnumMember, Modifiers::READONLY);
    }
}

/// Whether Microsoft has retired an image.
fn is_retired(image: &ImageReference) -> bool {
    let Some(path) = microsoft(image) else { return false };
    match path.strip_prefix("azureml/curated/") {
        Some(name) => is_gone(name),
        None => catalogue::image(path).is_some_and(|image| image.status == Status::Deprecated),
    }
}

/// Whether a curated environment is retired, or was one long ago.
fn is_gone(name: &str) -> bool {
    match catalogue::environment(name) {
        Some(environment) => !environment.is_active(),
        None => catalogue::legacy(name).is_some(),
    }
}

fn environment(canvas: &mut Canvas, file: &File, text: &Text) {
    if text.content.slice(file.text()) != text.value {
        return;
    }
    let start = text.content.start;
    let at = |range: TextRange| TextRange::new(start + range.start, start + range.end);
    let curated = reference::curated(&text.value, file.python().is_some());
    let gone = curated.is_some_and(|name| is_gone(name.text));
    let retired = if gone { Modifiers::DEPRECATED } else { Modifiers::NONE };
    match reference::parse(&text.value) {
        Reference::Workspace { name, version, label } => {
            canvas.paint(at(TextRange::new(0, name.range.start)), TokenKind::Namespace);
            canvas.paint_as(at(name.range), TokenKind::Class, retired);
            for part in version.into_iter().chain(label) {
                let sign = TextRange::new(part.range.start - 1, part.range.start);
                canvas.paint(at(sign), TokenKind::Operator);
                canvas.paint(at(part.range), TokenKind::EnumMember);
            }
        }
        Reference::Registry { kind, name, version, .. } => {
            canvas.paint(at(TextRange::new(0, kind.range.end)), TokenKind::Namespace);
            if let Some(name) = name {
                canvas.paint_as(at(name.range), TokenKind::Class, retired);
            }
            if let Some(version) = version {
                canvas.paint(at(version.range), TokenKind::EnumMember);
            }
        }
        Reference::File(path) => {
            canvas.paint(at(TextRange::new(0, path.range.start)), TokenKind::Namespace);
            canvas.paint(at(path.range), TokenKind::String);
        }
        Reference::Arm(_) | Reference::Other | Reference::Bare(_) => {}
    }
}

/// The keys of environments and of references to them, and those of conda files.
fn keys(canvas: &mut Canvas, file: &File) {
    let key = |canvas: &mut Canvas, range: TextRange| canvas.paint(range, TokenKind::Property);
    for assignment in file.environments().flat_map(|environment| &environment.assignments) {
        if !matches!(assignment.field, Field::Other(_)) {
            key(canvas, TextRange::new(assignment.key.start, assignment.key.end));
        }
    }
    let known: &[&str] = match file.kind() {
        FileKind::Conda => &["name", "channels", "dependencies", "prefix", "variables", "platforms", "pip"],
        FileKind::JobYaml | FileKind::DeploymentYaml => &["environment"],
        _ => return,
    };
    let mut pending: Vec<&Node> = file.yaml_root().into_iter().collect();
    while let Some(node) = pending.pop() {
        for entry in node.entries() {
            if entry.key.as_str().is_some_and(|name| known.contains(&name)) && !entry.key.resolved_alias {
                key(canvas, entry.key.range);
            }
            pending.extend(&entry.value);
        }
        pending.extend(node.items().iter().filter(|item| !item.resolved_alias));
    }
}

/// `${{ … }}` of jobs, which never spans lines.
fn expressions(canvas: &mut Canvas, file: &File) {
    let comments = file.comments();
    let text = file.text();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("${{")).map(|at| from + at) {
        from = at + 3;
        let line = text.get(from..).and_then(|rest| rest.lines().next()).unwrap_or("");
        let before = comments.partition_point(|comment| comment.start <= at).checked_sub(1);
        let comment = before.and_then(|number| comments.get(number)).is_some_and(|found| found.touches(at));
        let Some(len) = line.find("}}").filter(|_| !comment) else { continue };
        let inner = line.get(..len).unwrap_or("");
        let start = from + (inner.len() - inner.trim_start().len());
        canvas.paint(TextRange::new(at, from), TokenKind::Operator);
        canvas.paint(TextRange::new(start, start + inner.trim().len()), TokenKind::Variable);
        canvas.paint(TextRange::new(from + len, from + len + 2), TokenKind::Operator);
        from += len + 2;
    }
}
