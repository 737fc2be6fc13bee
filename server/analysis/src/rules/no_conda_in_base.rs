//! AML205: a conda environment to be made in an image that has no conda.

use amlenv_syntax::image;

use super::no_image_source::DEFAULT_IMAGE;
use super::{Check, Rule};
use crate::catalogue::{Answer, contents_of};
use crate::finding::Severity;
use crate::model::Field;
use crate::packages::is_managed;

pub(super) static RULE: Rule = Rule {
    code: "AML205",
    name: "no-conda-in-base",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("no_conda_in_base.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        let Some(image) = environment.last(&Field::Image) else { continue };
        let Some(text) = image.value.known_text() else { continue };
        let later_source = environment.assignments.iter().any(|other| {
            other.field.is_image_source() && other.field != Field::Image && !other.value.is_cleared()
        });
        // On different branches, neither is built on top of the other.
        let apart = environment.last(&Field::Conda).is_some_and(|conda| !conda.compatible(image));
        if later_source || apart || !is_managed(environment) {
            continue;
        }
        let reference = image::parse(text.value.trim(), 0);
        if contents_of(&reference).conda != Answer::No {
            continue;
        }
        let name = reference.name();
        let message = if environment.notation.is_v2() {
            format!("Azure ML runs conda to build conda_file, and {name} has none; use an image with conda, or install with pip in a Dockerfile.")
        } else {
            let switch = if environment.notation.is_python() {
                "user_managed_dependencies = True"
            } else {
                "userManagedDependencies to true"
            };
            format!("Azure ML runs conda to install the Python packages, and {name} has none; use an image with conda, or set {switch}.")
        };
        let edit = cx.rewrite(text, DEFAULT_IMAGE);
        cx.say(&RULE, text.content, message)
            .suggested_fix(format!("Use {DEFAULT_IMAGE}"), edit.into_iter().collect());
    }
}
