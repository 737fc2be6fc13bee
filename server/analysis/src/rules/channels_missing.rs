//! AML606: a conda specification that does not say where packages come from.

use amlenv_syntax::HostRange;

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::specs;
use crate::text_edit::{indent_of, line_end, line_start};

pub(super) static RULE: Rule = Rule {
    code: "AML606",
    name: "channels-missing",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("channels_missing.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for (spec, environment) in specs(file) {
        let Some(key) = spec.key("dependencies") else { continue };
        if spec.key("channels").is_some() || spec.conda.is_empty() || !crate::listed::is_used(environment) {
            continue;
        }
        let text = file.text();
        let (eol, indent) = (line_end(text), indent_of(text, key.start));
        let own_line = line_start(text, key.start) + indent.len() == key.start;
        let plain = file.python().is_none() && file.json().is_none();
        let lines = match (plain, own_line) {
            (true, true) => Some(format!("channels:{eol}{indent}  - conda-forge{eol}{indent}")),
            (true, false) => None,
            (false, true) => Some(format!("\"channels\": [\"conda-forge\"],{eol}{indent}")),
            (false, false) => Some("\"channels\": [\"conda-forge\"], ".to_owned()),
        };
        let fix = lines.map(|lines| vec![cx.edit(HostRange::empty(key.start), lines)]);
        cx.say(
            &RULE,
            key,
            "Without channels conda takes packages from its default ones; say which, such as conda-forge.",
        )
        .suggested_fix("Take packages from conda-forge", fix.unwrap_or_default());
    }
}
