//! AML126: a build context of SDK v1 that is uploaded without its folders.

use std::collections::BTreeMap;

use super::{Check, Rule};
use crate::builds::sources;
use crate::finding::Severity;
use crate::local_contexts::{self, Listing};
use crate::model::LocalContext;
use crate::path::FilePath;

pub(super) static RULE: Rule = Rule {
    code: "AML126",
    name: "v1-context-flattened",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("v1_context_flattened.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for (context, folder, listing) in local_contexts::listed(cx.workspace, cx.file) {
        let Some((severity, cause)) = lost(cx, context, &folder, &listing) else { continue };
        cx.say(&RULE, context.path.content, format!("SDK v1 uploads files without folders: {cause}."))
            .severity(severity);
    }
}

/// What goes wrong in the build, the worst of it.
fn lost(
    cx: &Check<'_>,
    context: &LocalContext,
    folder: &FilePath,
    listing: &Listing,
) -> Option<(Severity, String)> {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in &listing.files {
        by_name.entry(path.rsplit('/').next().unwrap_or(path)).or_default().push(path);
    }
    let nested = || listing.files.iter().find(|path| path.contains('/'));
    let name = local_contexts::dockerfile(context)?.trim_start_matches("./");
    let own = cx.workspace.file(&folder.join(name));
    if name.contains('/') && own.is_some() {
        return Some((Severity::Error, format!("the build does not find {name}")));
    }
    let tree = own.and_then(|file| Some(&file.dockerfiles().first()?.tree));
    let Some(tree) = tree else {
        // Nothing is known of what it copies.
        return clash(&by_name, |_| true);
    };
    let sources = sources(tree);
    let used = |path: &str| {
        listing.files.iter().any(|found| {
            found.contains('/')
                && (found == path || found.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
        })
    };
    if let Some(source) = sources.iter().find(|source| !source.pattern && used(&source.path)) {
        let message = format!("{name} copies {}, which is not there in the build", source.written);
        return Some((Severity::Error, message));
    }
    let all = sources.iter().any(|source| source.path.is_empty() || source.pattern);
    let clash = clash(&by_name, |basename| {
        all || basename == name || sources.iter().any(|source| source.path == basename)
    });
    clash.or_else(|| {
        let whole = sources.iter().any(|source| source.path.is_empty());
        let lost = nested().filter(|_| whole)?;
        Some((Severity::Warning, format!("{lost} comes to stand beside {name}")))
    })
}

/// Two files with one name, of which one is lost.
fn clash(
    by_name: &BTreeMap<&str, Vec<&str>>,
    matters: impl Fn(&str) -> bool,
) -> Option<(Severity, String)> {
    let found = by_name.iter().find_map(|(name, paths)| match paths.as_slice() {
        [first, second, ..] if matters(name) => Some((first, second)),
        _ => None,
    });
    let (first, second) = found?;
    Some((Severity::Error, format!("of {first} and {second} only one is left")))
}
