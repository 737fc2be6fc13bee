//! Dockerfile text in a string ↔ a Dockerfile beside it.

use amlenv_syntax::{HostRange, python};

use super::{Place, after, free};
use crate::answers::{Refactor, RefactorKind};
use crate::convert::text_of_dockerfile;
use crate::file::File;
use crate::graph::{self, BASE_DOCKERFILE};
use crate::kind::FileKind;
use crate::lower::python::is_dockerfile_text;
use crate::model::{Assignment, Field, Notation, Value};
use crate::text_edit::line_end;

/// Moves the text of a Dockerfile into a file of its own.
pub(super) fn extract(at: &Place<'_>) -> Option<Refactor> {
    let said = at.environment.last(&Field::Dockerfile)?;
    let text = dockerfile_text(said)?;
    if !touches(at, said, text) {
        return None;
    }
    let mut out = Refactor::new("Move the Dockerfile text into a file", RefactorKind::Extract);
    let folder = at.file.path().parent();
    match at.environment.notation {
        Notation::PythonV1 => {
            let path = free(at.workspace, &folder, "Dockerfile", "")?;
            let written = format!("./{}", path.file_name());
            out.edits.push(at.edit(said.value_range, format!("\"{written}\"")));
            holds(after(at.file, &out.edits)?, |said| {
                said.value.known_text().is_some_and(|text| text.value == written)
            })?;
            out.creates.push((path, text_of_dockerfile(text)));
        }
        Notation::Json if at.file.kind() == FileKind::EnvironmentJson => {
            // The SDK reads this very file with the definition.
            let path = free(at.workspace, &folder, BASE_DOCKERFILE, "")?;
            if path.file_name() != BASE_DOCKERFILE {
                return None;
            }
            out.edits.push(at.edit(said.value_range, "null"));
            holds(after(at.file, &out.edits)?, |said| said.value.is_cleared())?;
            out.creates.push((path, text_of_dockerfile(text)));
        }
        _ => return None,
    }
    Some(out)
}

/// The text, where all of it is known.
pub(super) fn dockerfile_text(said: &Assignment) -> Option<&str> {
    match &said.value {
        Value::Text(text) if is_dockerfile_text(&text.value) && !text.value.contains(python::HOLE) => {
            Some(&text.value)
        }
        _ => None,
    }
}

/// Whether the cursor is at the assignment, or in the text wherever that stands.
pub(super) fn touches(at: &Place<'_>, said: &Assignment, text: &str) -> bool {
    let inside = |range: HostRange| range.intersects(at.range);
    let documents = at.file.dockerfiles().iter();
    inside(said.range)
        || documents.filter(|document| document.text == text).any(|document| inside(document.host_range()))
}

/// Puts the text of a Dockerfile in the place of its path.
pub(super) fn inline(at: &Place<'_>) -> Option<Refactor> {
    if at.environment.notation != Notation::PythonV1 {
        return None;
    }
    let said = at.environment.last(&Field::Dockerfile).filter(|said| said.range.intersects(at.range))?;
    let path = match &said.value {
        Value::Text(text) | Value::ContentOf(text) if !text.templated && !is_dockerfile_text(&text.value) => {
            text
        }
        _ => return None,
    };
    let candidates = graph::candidates(at.workspace, at.file, at.environment.notation, &path.value);
    let found = at.workspace.file(graph::resolve(at.workspace, &candidates).ok()?)?;
    let text = found.text().trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let literal = literal(&text, line_end(at.file.text()))?;
    let mut out =
        Refactor::new(format!("Put the text of {} here", found.path().file_name()), RefactorKind::Inline);
    out.edits.push(at.edit(said.value_range, literal));
    holds(
        after(at.file, &out.edits)?,
        |said| matches!(&said.value, Value::Text(found) if found.value == text),
    )?;
    Some(out)
}

/// A text as a Python literal of several lines; `None` where none can hold it as it is.
fn literal(text: &str, eol: &str) -> Option<String> {
    let odd = text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    let quote = ["\"\"\"", "'''"]
        .into_iter()
        .find(|quote| !text.contains(quote) && !text.ends_with(['"', '\'', '\\']));
    let raw = if text.contains('\\') { "r" } else { "" };
    quote.filter(|_| !odd).map(|quote| format!("{raw}{quote}{}{quote}", text.replace('\n', eol)))
}

/// Whether some environment of the changed file has its Dockerfile set so.
fn holds(changed: File, fits: impl Fn(&Assignment) -> bool) -> Option<()> {
    let mut said = changed.environments().flat_map(|found| found.all(&Field::Dockerfile));
    said.any(fits).then_some(())
}
