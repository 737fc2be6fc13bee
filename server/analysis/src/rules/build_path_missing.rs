//! AML123: a build context that is not there.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::graph::{build_context, may_come_to_be, build_path, nearest, resolve};
use crate::local_contexts;
use crate::workspace::Fact;

pub(super) static RULE: Rule = Rule {
    code: "AML123",
    name: "build-path-missing",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("build_path_missing.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let folder = file.path().parent();
    for environment in file.environments().filter(|found| found.notation.is_v2()) {
        if let Some(text) = environment.last(&crate::model::Field::BuildPath).and_then(|path| path.value.known_text())
            && (text.value.starts_with("azureml:") || text.value.starts_with("git@"))
        {
            let message = "build.path takes a folder beside this file or an http(s) URL; the client refuses this.";
            cx.say(&RULE, text.content, message);
            continue;
        }
        let Some(path) = build_path(environment) else { continue };
        let Some((context, missing)) = build_context(cx.workspace, file, environment) else { continue };
        if may_come_to_be(file, &path.value) {
            continue;
        }
        match cx.workspace.fact(&context) {
            Some(Fact::Missing) if missing => {
                let near = nearest(cx.workspace, &context, |name| name.ends_with('/'));
                let new = near.map(|near| context.parent().join(&near).relative_to(&folder));
                let message = match &new {
                    Some(new) => format!("No folder {}; did you mean {new}?", path.value),
                    None => format!("No folder {} seen from this file.", path.value),
                };
                let edit = new.and_then(|new| Some((cx.rewrite(path, &new)?, new)));
                let said = cx.say(&RULE, path.content, message);
                if let Some((edit, new)) = edit {
                    said.suggested_fix(format!("Change to {new}"), vec![edit]);
                }
            }
            Some(Fact::File) => {
                let message = "build.path names a file; it must be the folder, and dockerfile_path the file in it.";
                cx.say(&RULE, path.content, message).severity(Severity::Warning);
            }
            _ => {}
        }
    }
    local_contexts(cx);
}

/// The folders that SDK v1 uploads: `DockerBuildContext.from_local_directory(ws, "docker")`.
fn local_contexts(cx: &mut Check<'_>) {
    let file = cx.file;
    for context in file.local_contexts() {
        let text = &context.path;
        let folders = local_contexts::folders(cx.workspace, file, context);
        let Some(first) = folders.first() else { continue };
        if resolve(cx.workspace, &folders) != Err(true) || may_come_to_be(file, &text.value) {
            continue;
        }
        let near = nearest(cx.workspace, first, |name| name.ends_with('/'));
        let new = near.map(|near| first.parent().join(&near).relative_to(&file.path().parent()));
        let hint = new.as_ref().map(|new| format!("; did you mean {new}?"));
        let message = format!("No folder {}{}", text.value, hint.as_deref().unwrap_or(" seen from this file."));
        let edit = new.and_then(|new| Some((cx.rewrite(text, &new)?, new)));
        let said = cx.say(&RULE, text.content, message);
        if let Some((edit, new)) = edit {
            said.suggested_fix(format!("Change to {new}"), vec![edit]);
        }
    }
}
