//! AML512: a placeholder where a name should stand.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::kind::FileKind;

pub(super) static RULE: Rule = Rule {
    code: "AML512",
    name: "placeholder-left",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("placeholder_left.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    if !matches!(file.kind(), FileKind::JobYaml | FileKind::DeploymentYaml) {
        return;
    }
    for used in file.uses() {
        let text = used.text.value.as_str();
        let angle = text.find('<').is_some_and(|open| text.get(open..).is_some_and(|rest| rest.contains('>')));
        if angle {
            cx.say(&RULE, used.text.content, "A placeholder stands here; put the name of an environment in its place.");
        }
    }
}
