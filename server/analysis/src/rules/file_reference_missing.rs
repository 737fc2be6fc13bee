//! AML511: `file:` with a path to nothing.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::graph::nearest;
use crate::reference::{self, Reference};
use crate::workspace::Fact;

pub(super) static RULE: Rule = Rule {
    code: "AML511",
    name: "file-reference-missing",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("file_reference_missing.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let folder = file.path().parent();
    for used in file.uses().iter().filter(|used| !used.text.templated) {
        let Reference::File(path) = reference::parse(&used.text.value) else { continue };
        let target = folder.join(path.text);
        if path.text.is_empty() || cx.workspace.fact(&target) != Some(&Fact::Missing) {
            continue;
        }
        let range = reference::place(&used.text, path.range);
        let near = nearest(cx.workspace, &target, |name| name.ends_with(".yml") || name.ends_with(".yaml"));
        let fix = near.filter(|_| reference::is_editable(&used.text)).map(|near| {
            let new = target.parent().join(&near).relative_to(&folder);
            (format!("Change to {new}"), cx.edit(range, new))
        });
        let said = cx.say(&RULE, range, format!("No file {} seen from this file.", path.text));
        if let Some((title, edit)) = fix {
            said.suggested_fix(title, vec![edit]);
        }
    }
}
