//! AML507: `latest` where a version stands.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::reference::{self, Reference};

pub(super) static RULE: Rule = Rule {
    code: "AML507",
    name: "latest-as-version",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("latest_as_version.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for used in file.uses().iter().filter(|used| !used.text.templated) {
        let Reference::Workspace { name, version: Some(version), .. } = reference::parse(&used.text.value) else { continue };
        if version.text != "latest" {
            continue;
        }
        let range = reference::place(&used.text, version.range);
        let edit = reference::is_editable(&used.text)
            .then(|| cx.edit(reference::place(&used.text, amlenv_syntax::TextRange::new(name.range.end, version.range.end)), "@latest"));
        let said = cx.say(&RULE, range, "Behind : stands a version, and this means one that is called latest; the label is @latest.");
        if let Some(edit) = edit {
            said.safe_fix("Write @latest", vec![edit]);
        }
    }
}
