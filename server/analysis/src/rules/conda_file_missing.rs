//! AML124: a conda file that is not there.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::graph::{candidates, conda_path, may_come_to_be, nearest, requirements_path, resolve};
use crate::workspace::Fact;

pub(super) static RULE: Rule = Rule {
    code: "AML124",
    name: "conda-file-missing",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("conda_file_missing.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let folder = file.path().parent();
    let paths = |environment| [conda_path(environment), requirements_path(environment)].into_iter().flatten();
    for (environment, path) in file.environments().flat_map(|found| paths(found).map(move |path| (found, path))) {
        let candidates = candidates(cx.workspace, file, environment.notation, &path.value);
        if may_come_to_be(file, &path.value) {
            continue;
        }
        match resolve(cx.workspace, &candidates) {
            Err(true) => {
                let fits = |name: &str| {
                    let list = path.value.ends_with(".txt");
                    list && name.ends_with(".txt") || !list && (name.ends_with(".yml") || name.ends_with(".yaml"))
                };
                let prefixed = path.value.strip_prefix("file:");
                let near = prefixed.map(str::to_owned).or_else(|| {
                    let first = candidates.first()?;
                    let near = nearest(cx.workspace, first, fits)?;
                    Some(first.parent().join(&near).relative_to(&folder))
                });
                let message = match &near {
                    Some(_) if prefixed.is_some() => {
                        "conda_file takes the path itself; file: belonged to the preview of 2021.".to_owned()
                    }
                    Some(near) => format!("No file {}; did you mean {near}?", path.value),
                    None => format!("No file {} seen from this file.", path.value),
                };
                let edit = near.and_then(|near| Some((cx.rewrite(path, &near)?, near)));
                let said = cx.say(&RULE, path.content, message);
                if let Some((edit, near)) = edit {
                    said.suggested_fix(format!("Change to {near}"), vec![edit]);
                }
            }
            Ok(found) if matches!(cx.workspace.fact(found), Some(Fact::Folder(_))) => {
                cx.say(&RULE, path.content, format!("{} is a folder; a conda file is expected here.", path.value));
            }
            _ => {}
        }
    }
}
