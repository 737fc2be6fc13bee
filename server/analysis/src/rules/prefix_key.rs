//! AML621: a place on somebody's disk.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::finding::Tag;
use crate::listed::specs;

pub(super) static RULE: Rule = Rule {
    code: "AML621",
    name: "prefix-key",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("prefix_key.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for (spec, _) in specs(file) {
        let Some((_, entry, key)) = spec.keys.iter().find(|(key, _, _)| key == "prefix") else { continue };
        let lines = crate::text_edit::whole_lines(file.text(), *entry);
        let alone = crate::text_edit::line_start(file.text(), entry.start) == entry.start;
        let fix = (alone && file.yaml().is_some()).then(|| vec![cx.edit(lines, "")]);
        let message = "prefix is where the environment was on the disk of its export; nothing reads it here.";
        cx.say(&RULE, *key, message)
            .tag(Tag::Unnecessary)
            .suggested_fix("Remove prefix", fix.unwrap_or_default());
    }
}
