//! AML108: a registered environment that is changed afterwards.

use super::{Check, Rule};
use crate::finding::{Edit, Severity};
use crate::model::{Assignment, Environment, EnvironmentAction, Field, Notation};
use crate::text_edit::whole_lines;

pub(super) static RULE: Rule = Rule {
    code: "AML108",
    name: "changed-after-register",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("changed_after_register.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|environment| environment.notation == Notation::PythonV1) {
        let mut registered = environment.uses.iter().filter(|action| action.what == "register");
        // The latest one counts: what stands before it is in it.
        let Some(register) = registered.next_back() else { continue };
        let changes: Vec<&Assignment> = environment
            .assignments
            .iter()
            .filter(|change| change.range.start >= register.range.end && change.path == register.path)
            .filter(|change| !matches!(change.field, Field::Name | Field::Version))
            .collect();
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else { continue };
        let line = file.line_in_words(register.range.start);
        let edits = later(cx, environment, register, last).unwrap_or_default();
        cx.say(&RULE, first.target(), format!("The version registered on {line} does not include this change; register after the last one."))
            .related(register.range, "registered here")
            .suggested_fix("Register after the last change", edits);
    }
}

/// The edits that move the call of `register` behind the last change.
fn later(
    cx: &Check<'_>,
    environment: &Environment,
    register: &EnvironmentAction,
    last: &Assignment,
) -> Option<Vec<Edit>> {
    let text = cx.file.text();
    let lines = whole_lines(text, register.range);
    let written = lines.slice(text);
    if written.trim() != register.range.slice(text) || !last.statement || environment.variable.is_none() {
        return None;
    }
    let behind = whole_lines(text, last.range);
    let alone = behind.slice(text).trim() == last.range.slice(text) && behind.slice(text).ends_with('\n');
    alone.then(|| vec![cx.edit(lines, ""), cx.edit(amlenv_syntax::HostRange::empty(behind.end), written)])
}
