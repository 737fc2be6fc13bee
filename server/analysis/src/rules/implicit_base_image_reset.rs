//! AML102: a Dockerfile or build context on top of the default image, which goes without a word.

use super::build_context_with_other_settings::lingering;
use super::{Check, Rule};
use crate::finding::{Edit, Severity};
use crate::model::{Assignment, Environment, Field, Initial, Notation};
use crate::text_edit::{indent_of, line_end, line_start};

pub(super) static RULE: Rule = Rule {
    code: "AML102",
    name: "implicit-base-image-reset",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("implicit_base_image_reset.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        if environment.notation != Notation::PythonV1
            || environment.initial != Initial::V1Defaults
            || environment.has(&Field::Image)
            || environment.has(&Field::Other("docker".to_owned()))
            || !crate::sources::lost(environment).is_empty()
            || lingering(environment).is_some()
        {
            continue;
        }
        let first = environment.assignments.iter().find(|assignment| {
            matches!(assignment.field, Field::Dockerfile | Field::Build) && assignment.value.is_set()
        });
        let Some(first) = first else { continue };
        // Old releases keep both, and the service refuses them.
        let old = cx.settings.target_sdk.as_ref().is_some_and(|range| range.allows_below("1.35"));
        let severity = if old { Severity::Warning } else { Severity::Information };
        let reset = reset_line(cx, environment, first, "base_image");
        cx.say(
            &RULE,
            first.target(),
            "The default base image is dropped implicitly; set base_image = None to make it explicit (required by old SDKs).",
        )
        .severity(severity)
        .safe_fix("Set base_image = None on the line above", reset.into_iter().collect());
    }
}

/// The edit that clears `property` on the line above an assignment.
pub(super) fn reset_line(
    cx: &Check<'_>,
    environment: &Environment,
    before: &Assignment,
    property: &str,
) -> Option<Edit> {
    let variable = environment.variable.as_deref()?;
    line_above(cx, before, &format!("{variable}.docker.{property} = None"))
}

/// The edit that puts a statement on the line above an assignment that is a statement of its own.
pub(super) fn line_above(cx: &Check<'_>, before: &Assignment, statement: &str) -> Option<Edit> {
    let text = cx.file.text();
    let start = line_start(text, before.range.start);
    let indent = indent_of(text, before.range.start);
    if start + indent.len() != before.range.start {
        // Something stands before it on its line, such as another statement.
        return None;
    }
    let line = format!("{indent}{statement}{}", line_end(text));
    Some(cx.edit(amlenv_syntax::HostRange::empty(start), line))
}
