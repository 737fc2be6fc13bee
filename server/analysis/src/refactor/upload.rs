//! What the upload of a build context drops although the Dockerfile copies it: an `.amlignore` that
//! takes the place of `.gitignore`, without the line that drops it.

use amlenv_syntax::HostRange;

use crate::answers::{Refactor, RefactorKind};
use crate::builds::{self, Outcome, Source};
use crate::context::{Cause, UploadIgnore};
use crate::file::File;
use crate::path::FilePath;
use crate::text_edit::line_end;
use crate::workspace::{Fact, Workspace};

/// What is offered for a source that `.gitignore` keeps from the upload.
pub(super) fn keep(workspace: &Workspace, file: &File, range: HostRange) -> Vec<Refactor> {
    let mut out = Vec::new();
    for (document, source, outcome) in builds::copied(workspace, file) {
        let Outcome::NotUploaded(cause) = outcome else { continue };
        if cause.file != ".gitignore" || !document.host(source.range).intersects(range) {
            continue;
        }
        let made = context(workspace, file).and_then(|folder| {
            let ignored = workspace.file(&folder.join(&cause.file))?.text();
            let text = without(ignored, &cause, &source)?;
            let path = folder.join(".amlignore");
            (workspace.fact(&path) == Some(&Fact::Missing)).then_some((path, text))
        });
        let Some((path, text)) = made else { continue };
        let title = format!("Create .amlignore, so that {} is uploaded", source.written);
        let mut refactor = Refactor::new(title, RefactorKind::Rewrite);
        refactor.creates = vec![(path, text)];
        refactor.mends = Some("AML125");
        out.push(refactor);
    }
    out
}

/// The one folder that a Dockerfile is built in.
pub(crate) fn context(workspace: &Workspace, file: &File) -> Option<FilePath> {
    let mut folders = builds::of(workspace, file).into_iter().map(|build| build.context);
    let first = folders.next()??;
    folders.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

/// The text of an ignore file without the line that drops a source; `None` where other lines drop it
/// as well, and taking it back does not help.
pub(crate) fn without(text: &str, cause: &Cause, source: &Source) -> Option<String> {
    let lines = text.split_inclusive('\n').enumerate();
    let left: String = lines.filter(|(at, _)| at + 1 != cause.line).map(|(_, line)| line).collect();
    // What a pattern or a folder means is as much as one name that no other line knows.
    let tried = if source.pattern { source.path.replace('*', "\u{fffd}") } else { source.path.clone() };
    let fine = |text: &str| {
        let read = UploadIgnore::new(text);
        read.refused().is_none()
            && read.drops(&tried).is_none()
            && read.drops(&format!("{tried}/\u{fffd}")).is_none()
    };
    if fine(&left) {
        return Some(left);
    }
    let end = line_end(text);
    let gap = if left.is_empty() || left.ends_with('\n') { "" } else { end };
    let more = format!("{left}{gap}!{}{end}", source.path);
    fine(&more).then_some(more)
}
