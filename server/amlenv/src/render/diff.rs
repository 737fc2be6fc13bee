//! What fixes would change, as a unified diff.

use amlenv_analysis::FilePath;
use similar::TextDiff;

use crate::cli::shown;

pub(crate) fn render<'a>(changes: impl Iterator<Item = (&'a FilePath, &'a str, &'a str)>) -> String {
    let mut out = String::new();
    for (path, before, now) in changes {
        let name = shown(path);
        let diff = TextDiff::from_lines(before, now);
        out.push_str(&diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string());
    }
    out
}
