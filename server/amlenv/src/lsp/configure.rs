//! Writes into the configuration of a file what the file itself cannot say: JSON has no comments.

use std::path::Path;

use amlenv_analysis::{FilePath, config};
use serde_json::json;
use tower_lsp_server::ls_types as lsp;

use super::proto;
use super::state::Snapshot;
use super::text::Text;

/// The edit that lets a rule be silent about a file, in the configuration that holds for it; it makes one
/// where there is none.
///
/// # Errors
///
/// Why that cannot be done, in the user's words.
pub(super) fn ignore(snapshot: &Snapshot, path: &FilePath, code: &str) -> Result<lsp::WorkspaceEdit, String> {
    let Some(loaded) = snapshot.configuration(path) else {
        let root = snapshot.workspace.root_of(path).filter(|_| snapshot.abilities.create_files);
        let root =
            root.ok_or("There is no amlenv.toml yet, and this editor makes no files for a language server.")?;
        let text = with_ignore("", false, &path.relative_to(root), code).ok_or(UNCLEAR)?;
        let edit = proto::creating_edit(snapshot, &[], &[(root.join("amlenv.toml"), text)]);
        return edit.ok_or_else(|| "The configuration would have no address.".to_owned());
    };
    let file = crate::disk::file_path(&loaded.path);
    let pyproject = file.file_name() == "pyproject.toml";
    let relative = path.relative_to(&file.parent());
    let open = snapshot.documents.get(&file);
    let before = open.map_or_else(|| loaded.text.to_string(), |document| document.text.to_string());
    let after = with_ignore(&before, pyproject, &relative, code).ok_or(UNCLEAR)?;
    // All that changes is one stretch.
    let same = |(a, b): &(u8, u8)| a == b;
    let mut start = before.bytes().zip(after.bytes()).take_while(same).count();
    while !before.is_char_boundary(start) {
        start -= 1;
    }
    let longest = before.len().min(after.len()) - start;
    let mut end = before.bytes().rev().zip(after.bytes().rev()).take(longest).take_while(same).count();
    while !before.is_char_boundary(before.len() - end) {
        end -= 1;
    }
    let text = Text::new(&before);
    let range = lsp::Range::new(
        text.position(start, snapshot.encoding),
        text.position(before.len() - end, snapshot.encoding),
    );
    let new_text = after.get(start..after.len() - end).unwrap_or_default().to_owned();
    let uri = proto::uri_of(snapshot, &file).ok_or(UNCLEAR)?;
    let version = open.map(|document| document.version);
    Ok(proto::edit_of_documents(snapshot, vec![(uri, version, vec![lsp::TextEdit { range, new_text }])]))
}

/// Why nothing is written.
const UNCLEAR: &str = "The configuration cannot be changed safely; add the rule to per-file-ignores by hand.";

/// A configuration with one more rule to ignore in a file; `None` where the result would not say so.
fn with_ignore(text: &str, pyproject: bool, file: &str, code: &str) -> Option<String> {
    let glob = globset::escape(file);
    let header = if pyproject { "[tool.amlenv.per-file-ignores]" } else { "[per-file-ignores]" };
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let key = json!(glob).to_string();
    let line = format!("{key} = [\"{code}\"]{end}");
    let (before, problems) = config::parse(text, pyproject).unwrap_or_default();
    let mut out = text.to_owned();
    let known = before.per_file_ignores.iter().any(|(known, _)| *known == glob);
    if known {
        // The list of this file is on one line, as almost everybody writes it.
        let list = format!("{key} = [");
        let at = text.find(&list)? + list.len();
        out.insert_str(at, &format!("\"{code}\", "));
    } else if let Some(at) = text.find(header) {
        let next = text.get(at..)?.find('\n').map_or(text.len(), |found| at + found + 1);
        out.insert_str(next, &line);
    } else {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push_str(end);
        }
        if !out.is_empty() {
            out.push_str(end);
        }
        out.push_str(&format!("{header}{end}{line}"));
    }
    let (after, new) = config::parse(&out, pyproject)?;
    let said = after
        .per_file_ignores
        .iter()
        .any(|(known, codes)| *known == glob && codes.iter().any(|known| known == code));
    let matches =
        globset::Glob::new(&glob).is_ok_and(|glob| glob.compile_matcher().is_match(Path::new(file)));
    (said && matches && new.len() <= problems.len()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::with_ignore;

    #[test]
    fn a_rule_is_added_to_what_is_there() {
        for (before, after) in [
            ("", "[per-file-ignores]\n\"a/env.json\" = [\"AML101\"]\n"),
            (
                "ignore = [\"AML2\"]",
                "ignore = [\"AML2\"]\n\n[per-file-ignores]\n\"a/env.json\" = [\"AML101\"]\n",
            ),
            (
                "[per-file-ignores]\r\n\"b\" = [\"AML1\"]\r\n",
                "[per-file-ignores]\r\n\"a/env.json\" = [\"AML101\"]\r\n\"b\" = [\"AML1\"]\r\n",
            ),
            (
                "[per-file-ignores]\n\"a/env.json\" = [\"AML3\"]\n",
                "[per-file-ignores]\n\"a/env.json\" = [\"AML101\", \"AML3\"]\n",
            ),
        ] {
            assert_eq!(with_ignore(before, false, "a/env.json", "AML101").as_deref(), Some(after));
        }
        assert_eq!(with_ignore("per-file-ignores = {}\n", false, "a.json", "AML101"), None);
        let pyproject = with_ignore("[tool.amlenv]\n", true, "[a].json", "AML101").expect("a text");
        assert!(pyproject.contains("[tool.amlenv.per-file-ignores]\n\"[[]a[]].json\""));
    }
}
