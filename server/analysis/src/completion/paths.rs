//! Paths: of the folder that a path counts from, what fits to what is wanted first.

use amlenv_syntax::TextRange;

use super::{Proposal, Site};
use crate::answers::CompletionKind;
use crate::classify::is_dockerfile_name;
use crate::kind::FileKind;
use crate::path::FilePath;
use crate::schema::Wanted;

/// What fits to the path `typed`, which stands at `token` of the file, with the cursor at `at`. A path
/// counts from the file's folder; in code of either SDK it may count from any folder above as well.
pub(super) fn complete(
    site: &Site<'_>,
    typed: &str,
    token: TextRange,
    at: usize,
    wanted: Wanted,
) -> Vec<Proposal> {
    let mut roots = vec![site.file.path().parent()];
    let of_program = site.file.python().is_some()
        || matches!(site.file.kind(), FileKind::EnvironmentJson | FileKind::Runconfig);
    if of_program {
        let workspace = site.workspace.roots();
        while let Some(last) = roots.last() {
            let inside = workspace.iter().any(|root| last.is_in(root)) && !workspace.contains(last);
            if !inside {
                break;
            }
            let above = last.parent();
            roots.push(above);
        }
    }
    roots.iter().flat_map(|root| below(site, root, typed, token, at, wanted, &|_, _| true)).collect()
}

/// What fits to a path that counts from `root`; of the names in a folder, seen from the root, those
/// that `keeps` says, which is told whether it is a folder.
pub(super) fn below(
    site: &Site<'_>,
    root: &FilePath,
    typed: &str,
    token: TextRange,
    at: usize,
    wanted: Wanted,
    keeps: &dyn Fn(&str, bool) -> bool,
) -> Vec<Proposal> {
    let cursor = at.saturating_sub(token.start).min(typed.len());
    let Some((before, behind)) = typed.split_at_checked(cursor) else { return Vec::new() };
    if before.contains("://") || before.contains(['$', '{', '*', '\\']) || before.starts_with('/') {
        return Vec::new();
    }
    let head = before.rfind('/').map_or("", |slash| before.get(..=slash).unwrap_or(""));
    let tail = behind.find('/').unwrap_or(behind.len());
    let range = TextRange::new(token.start + head.len(), token.start + cursor + tail);
    let folder = root.join(head);
    let Some(names) = site.folder(&folder) else { return Vec::new() };
    let hidden = before.get(head.len()..).is_some_and(|part| part.starts_with('.'));
    let mut out: Vec<(u8, Proposal)> = Vec::new();
    for name in names {
        let plain = name.trim_end_matches('/');
        let is_folder = name.ends_with('/');
        let path = folder.join(plain);
        if plain.starts_with('.') && !hidden
            || matches!(plain, "__pycache__" | "node_modules")
            || path == *site.file.path()
            || !keeps(&format!("{head}{plain}"), is_folder)
        {
            continue;
        }
        let Some(rank) = rank(site, &path, plain, is_folder, wanted) else { continue };
        let proposal = if is_folder {
            Proposal::new(plain, CompletionKind::Folder, range).commit(&["/"])
        } else {
            Proposal::new(plain, CompletionKind::Path, range)
        };
        out.push((rank, proposal));
    }
    if head.is_empty() && matches!(wanted, Wanted::Context | Wanted::Folder) {
        out.push((1, Proposal::new(".", CompletionKind::Folder, range).detail("the folder itself")));
    }
    out.sort_by_key(|(rank, _)| *rank);
    out.into_iter().map(|(_, proposal)| proposal).collect()
}

/// How well something fits to what is wanted, 0 best; `None` where it does not fit at all.
fn rank(site: &Site<'_>, path: &FilePath, name: &str, is_folder: bool, wanted: Wanted) -> Option<u8> {
    let lower = name.to_ascii_lowercase();
    if is_folder {
        return Some(match wanted {
            Wanted::Context => {
                let has =
                    site.folder(path).is_some_and(|names| names.iter().any(|name| is_dockerfile_name(name)));
                if has { 0 } else { 2 }
            }
            Wanted::Folder => 0,
            _ => 3,
        });
    }
    let yaml = [".yml", ".yaml"].iter().any(|end| lower.ends_with(end));
    let kind = || {
        // What is in a file says it; a name alone only sorts.
        let text = site.text(path);
        text.and_then(|text| crate::classify::named(path, text))
    };
    match wanted {
        Wanted::Context | Wanted::Folder => None,
        Wanted::Dockerfile => Some(if is_dockerfile_name(name) { 0 } else { 4 }).filter(|rank| *rank == 0),
        Wanted::Conda if yaml => match kind() {
            Some(FileKind::Conda) => Some(0),
            None => Some(if lower.contains("conda") { 1 } else { 2 }),
            Some(_) => None,
        },
        Wanted::Environment if yaml => match kind() {
            Some(FileKind::EnvironmentYaml) => Some(0),
            None => Some(2),
            Some(_) => None,
        },
        Wanted::Conda | Wanted::Environment => None,
        Wanted::Requirements => lower.ends_with(".txt").then_some(u8::from(!lower.contains("requirements"))),
        Wanted::Script => lower.ends_with(".py").then_some(0),
        Wanted::Any => Some(0),
    }
}
