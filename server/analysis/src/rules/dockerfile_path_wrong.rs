//! AML122: a Dockerfile that is not where the build looks for it.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::graph::{build_context, may_come_to_be, build_path, dockerfile_path, nearest};
use crate::local_contexts;
use crate::workspace::Fact;

pub(super) static RULE: Rule = Rule {
    code: "AML122",
    name: "dockerfile-path-wrong",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("dockerfile_path_wrong.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|found| found.notation.is_v2()) {
        let Some(path) = build_path(environment) else { continue };
        let Some((context, _)) = build_context(cx.workspace, file, environment) else { continue };
        // A path that is not known may name any file; a missing context is AML123's to say.
        let given = environment.has(&crate::model::Field::BuildDockerfile);
        let written = dockerfile_path(environment);
        if given && written.is_none() || !matches!(cx.workspace.fact(&context), Some(Fact::Folder(_))) {
            continue;
        }
        let name = written.map_or("Dockerfile", |text| &text.value);
        if may_come_to_be(file, name) {
            continue;
        }
        let wanted = context.join(name);
        if cx.workspace.fact(&wanted) != Some(&Fact::Missing) {
            continue;
        }
        let place = written.map_or(path.content, |text| text.content);
        let stripped = stripped(name, &path.value);
        let (message, new) = match (stripped, nearest(cx.workspace, &wanted, |name| !name.ends_with('/'))) {
            (Some(rest), _) => ("dockerfile_path is relative to build.path.".to_owned(), Some(rest)),
            (None, Some(near)) if written.is_some() => {
                let new = match name.rsplit_once(['/', '\\']) {
                    Some((head, _)) => format!("{head}/{near}"),
                    None => near,
                };
                (format!("No file {name} in {}; did you mean {new}?", path.value), Some(new))
            }
            (None, Some(near)) => {
                (format!("No Dockerfile in {}; there is {near}: name it with dockerfile_path.", path.value), None)
            }
            (None, None) => (format!("No file {name} in {}.", path.value), None),
        };
        let edit = new.and_then(|new| Some((cx.rewrite(written?, &new)?, new)));
        let said = cx.say(&RULE, place, message);
        if let Some((edit, new)) = edit {
            said.suggested_fix(format!("Change to {new}"), vec![edit]);
        }
    }
    local_contexts(cx);
}

/// The contexts that SDK v1 uploads: there the Dockerfile may stand in any folder, but not elsewhere.
fn local_contexts(cx: &mut Check<'_>) {
    let file = cx.file;
    for context in file.local_contexts() {
        let Some(folder) = local_contexts::folder(cx.workspace, file, context) else { continue };
        let Some(name) = local_contexts::dockerfile(context) else { continue };
        let (listing, _) = local_contexts::listing(cx.workspace, &folder);
        let there = listing.files.iter().any(|path| path.rsplit('/').next() == Some(name))
            || cx.workspace.fact(&folder.join(name)) != Some(&Fact::Missing);
        if there || !listing.whole || may_come_to_be(file, name) {
            continue;
        }
        let place = context.dockerfile.as_ref().map_or(context.path.content, |text| text.content);
        cx.say(&RULE, place, format!("No file {name} in {}.", context.path.value));
    }
}

/// `dockerfile_path` without `build.path` in front of it.
fn stripped(name: &str, context: &str) -> Option<String> {
    let clean = |text: &str| text.trim_start_matches("./").trim_end_matches('/').to_owned();
    let (name, context) = (clean(name), clean(context));
    if context.is_empty() || context == "." {
        return None;
    }
    name.strip_prefix(&format!("{context}/")).map(str::to_owned)
}
