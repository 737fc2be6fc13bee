//! Names, extras and versions of Python and conda packages.

use amlenv_syntax::TextRange;

use super::Proposal;
use crate::answers::CompletionKind;
use crate::lifecycle;
use crate::package_names;
use crate::topic::Topic;

/// What fits to the requirement `typed`, which stands at `token`, with the cursor at `at`; as pip or as
/// conda writes it.
pub(super) fn complete(typed: &str, token: TextRange, at: usize, pip: bool) -> Vec<Proposal> {
    let cursor = at.saturating_sub(token.start).min(typed.len());
    let Some((before, behind)) = typed.split_at_checked(cursor) else { return Vec::new() };
    if before.contains([';', '#', '@']) || before.starts_with(['-', '.', '/', '$']) {
        return Vec::new();
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name_start = before.rfind("::").map_or(0, |at| at + 2);
    let rest = before.get(name_start..).unwrap_or("");
    let name_end = rest.find(|c| !is_name(c)).map(|at| name_start + at);
    let Some(name_end) = name_end else {
        let tail = behind.find(|c| !is_name(c)).unwrap_or(behind.len());
        let range = TextRange::new(token.start + name_start, token.start + cursor + tail);
        return names(range, pip);
    };
    let name = typed.get(name_start..name_end).unwrap_or("");
    let behind_name = before.get(name_end..).unwrap_or("");
    if let Some(open) = behind_name.find('[')
        && !behind_name.contains(']')
    {
        return extras(name, behind_name, name_end + open, behind, token, cursor);
    }
    let Some(operator) = before.rfind(['=', '<', '>', '~', '!']).map(|at| at + 1) else { return Vec::new() };
    let gap = before.get(operator..).unwrap_or("");
    let start = operator + (gap.len() - gap.trim_start().len());
    let is_version = |c: char| c.is_ascii_alphanumeric() || ".*+!-".contains(c);
    if before.get(start..).is_some_and(|typed| typed.contains(|c| !is_version(c))) {
        return Vec::new();
    }
    let tail = behind.find(|c| !is_version(c)).unwrap_or(behind.len());
    versions(name, TextRange::new(token.start + start, token.start + cursor + tail), pip)
}

fn names(range: TextRange, pip: bool) -> Vec<Proposal> {
    let package = |name: &str, text: &str| {
        Proposal::new(name, CompletionKind::Package, range)
            .detail(text)
            .about(Topic::Package(name.to_owned()))
    };
    if pip {
        return package_names::pip()
            .map(|known| package(known.name, known.text).deprecated(known.deprecated).commit(&["=", "["]))
            .collect();
    }
    package_names::conda().map(|(name, text)| package(name, text).commit(&["="])).collect()
}

fn extras(
    name: &str,
    behind_name: &str,
    open: usize,
    behind: &str,
    token: TextRange,
    cursor: usize,
) -> Vec<Proposal> {
    let Some(known) = package_names::find(name) else { return Vec::new() };
    let start =
        behind_name.rfind(['[', ',']).map_or(open, |at| at + open - behind_name.find('[').unwrap_or(0)) + 1;
    let is_extra = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let tail = behind.find(|c| !is_extra(c)).unwrap_or(behind.len());
    let range = TextRange::new(token.start + start, token.start + cursor + tail);
    let given: Vec<&str> = behind_name.split(['[', ',', ']']).map(str::trim).collect();
    let fits = known.extras.iter().filter(|extra| !given.contains(*extra));
    fits.map(|extra| {
        Proposal::new(*extra, CompletionKind::Value, range).detail(format!("extra of {}", known.name))
    })
    .collect()
}

fn versions(name: &str, range: TextRange, pip: bool) -> Vec<Proposal> {
    let version = |version: &str| Proposal::new(version, CompletionKind::Tag, range);
    if !pip && name == "python" {
        return lifecycle::pythons()
            .into_iter()
            .map(|(known, ends, ended)| {
                version(known)
                    .detail(if ended { format!("ended on {ends}") } else { format!("until {ends}") })
                    .deprecated(ended)
            })
            .collect();
    }
    package_names::versions(name).into_iter().map(|(known, from)| version(&known).detail(from)).collect()
}
