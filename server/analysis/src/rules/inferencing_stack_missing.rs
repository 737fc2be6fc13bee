//! AML209: a v1 deployment on an image of one's own without the inferencing stack.

use super::{Check, Rule};
use amlenv_syntax::image;

use crate::finding::Severity;
use crate::images::microsoft;
use crate::kind::Role;
use crate::model::{Field, Initial, Notation, Value};

pub(super) static RULE: Rule = Rule {
    code: "AML209",
    name: "inferencing-stack-missing",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("inferencing_stack_missing.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        let stack = Field::Other("inferencing_stack_version".to_owned());
        if environment.notation != Notation::PythonV1
            || environment.role != Some(Role::Online)
            || environment.initial == Initial::Unknown
            || environment.has(&stack)
        {
            continue;
        }
        let mut sources =
            environment.assignments.iter().filter(|assignment| assignment.field.is_image_source());
        let Some(source) = sources.rfind(|assignment| assignment.value.is_set()) else { continue };
        if let Value::DefaultImage { .. } = source.value {
            continue;
        }
        if let (Field::Image, Value::Text(text)) = (&source.field, &source.value) {
            let reference = image::parse(text.value.trim(), 0);
            // Images that are made for serving have it, and so may anything from a registry of one's own.
            let serves = |path: &str| path.contains("inference") || path.starts_with("azureml/curated/");
            if microsoft(&reference).is_some_and(serves) || serves(&reference.repository.text) {
                continue;
            }
        }
        let line = environment.variable.as_deref().and_then(|name| {
            super::implicit_base_image_reset::line_above(
                cx,
                source,
                &format!("{name}.inferencing_stack_version = \"latest\""),
            )
        });
        let place = source.target();
        cx.say(&RULE, place, "A deployment on an image of your own gets the serving stack only with inferencing_stack_version = \"latest\".")
            .suggested_fix("Set inferencing_stack_version = \"latest\"", line.into_iter().collect());
    }
}
