//! AML107: a path that SDK v1 takes for the text of a Dockerfile.

use super::{Check, Rule};
use crate::classify::is_dockerfile_name;
use crate::finding::Severity;
use crate::graph::{candidates, may_come_to_be, nearest, resolve};
use crate::lower::python::is_dockerfile_text;
use crate::model::{Field, Notation};

pub(super) static RULE: Rule = Rule {
    code: "AML107",
    name: "dockerfile-path-treated-as-text",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("dockerfile_path_treated_as_text.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let folder = file.path().parent();
    for environment in file.environments().filter(|found| matches!(found.notation, Notation::Json | Notation::Runconfig)) {
        // Their loader never opens a file. Source: azureml-core 1.61.0, measured.
        for assignment in environment.all(&Field::Dockerfile) {
            let path = assignment.value.known_text().filter(|text| looks_like_path(&text.value));
            if let Some(text) = path {
                let message = format!("baseDockerfile is the text of a Dockerfile, never a path: {} itself is used as the Dockerfile.", text.value);
                cx.say(&RULE, text.content, message);
            }
        }
    }
    for environment in file.environments().filter(|found| found.notation == Notation::PythonV1) {
        for assignment in environment.all(&Field::Dockerfile) {
            let Some(text) = assignment.value.known_text() else { continue };
            if !looks_like_path(&text.value) || may_come_to_be(file, &text.value) {
                continue;
            }
            let candidates = candidates(cx.workspace, file, environment.notation, &text.value);
            match resolve(cx.workspace, &candidates) {
                Err(true) => {
                    let near = candidates.first().and_then(|first| {
                        let near = nearest(cx.workspace, first, |name| !name.ends_with('/'))?;
                        Some(first.parent().join(&near).relative_to(&folder))
                    });
                    let edit = near.and_then(|near| Some((cx.rewrite(text, &near)?, near)));
                    let said = cx.say(
                        &RULE,
                        text.content,
                        format!("No such file: the SDK will use this text itself as the Dockerfile ({}).", text.value),
                    );
                    if let Some((edit, near)) = edit {
                        said.suggested_fix(format!("Change to {near}"), vec![edit]);
                    }
                }
                Ok(found) if Some(found) != candidates.first() => {
                    let root = found.parent();
                    cx.say(
                        &RULE,
                        text.content,
                        format!(
                            "{} exists only as seen from {}: run from any other folder, the SDK uses this text itself as the Dockerfile.",
                            text.value,
                            root.relative_to(&folder)
                        ),
                    )
                    .severity(Severity::Warning);
                }
                _ => {}
            }
        }
    }
}

/// Whether a text was meant as a path: one line, no instruction, and a slash or a Dockerfile's name.
fn looks_like_path(text: &str) -> bool {
    let trimmed = text.trim();
    if trimmed.is_empty() || is_dockerfile_text(trimmed) || trimmed.contains('\u{fffc}') {
        return false;
    }
    let name = trimmed.rsplit(['/', '\\']).next().unwrap_or(trimmed);
    trimmed.contains(['/', '\\']) || is_dockerfile_name(name) || name.to_ascii_lowercase().contains("docker")
}
