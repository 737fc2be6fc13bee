//! Lines of a list of requirements: packages, options, paths of other lists.

use amlenv_syntax::TextRange;

use super::{Proposal, Site, packages, paths};
use crate::answers::CompletionKind;
use crate::schema::Wanted;

/// The options that a list may have, with what they say.
const OPTIONS: [(&str, &str); 7] = [
    ("-r ", "another list"),
    ("-c ", "a list of constraints"),
    ("--index-url ", "the index instead of the usual one"),
    ("--extra-index-url ", "one more index"),
    ("--find-links ", "a page or folder with packages"),
    ("--pre", "takes releases that are not final"),
    ("--no-binary ", "builds these from source"),
];

pub(super) fn complete(site: &Site<'_>, offset: usize) -> Vec<Proposal> {
    let text: &str = site.file.text();
    let Some(head) = text.get(..offset) else { return Vec::new() };
    let start = head.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(offset..).unwrap_or("");
    let end = offset + rest.find(['\n', '\r']).unwrap_or(rest.len());
    let line = text.get(start..end).unwrap_or("");
    let line_start = start + line.len() - line.trim_start_matches(['\u{feff}', ' ', '\t']).len();
    // Behind ` #` stands a comment.
    let end = text.get(line_start..end).and_then(|line| line.find(" #")).map_or(end, |at| line_start + at);
    if offset < line_start || offset > end {
        return Vec::new();
    }
    let typed = text.get(line_start..end).unwrap_or("");
    let before = text.get(line_start..offset).unwrap_or("");
    for option in ["-r", "-c", "--requirement", "--constraint"] {
        if let Some(path) = before.strip_prefix(option).filter(|path| path.starts_with([' ', '=', '\t'])) {
            let path = path.trim_start_matches([' ', '=', '\t']);
            let token = TextRange::new(offset - path.len(), end);
            return paths::complete(site, token.slice(text), token, offset, Wanted::Requirements);
        }
    }
    if before.starts_with('-') && !before.contains([' ', '=']) {
        let range = TextRange::new(line_start, line_start + typed.find(' ').unwrap_or(typed.len()));
        let option = |(name, detail): &(&str, &str)| {
            Proposal::new(name.trim_end(), CompletionKind::Keyword, range).text(*name).detail(*detail)
        };
        return OPTIONS.iter().map(option).collect();
    }
    packages::complete(typed, TextRange::new(line_start, end), offset, true)
}
