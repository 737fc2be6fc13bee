//! AML104: packages on top of no image.

use super::no_image_source::{DEFAULT_IMAGE, insert_image, says_nothing};
use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::{Field, Initial};

pub(super) static RULE: Rule = Rule {
    code: "AML104",
    name: "conda-file-without-image",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("conda_file_without_image.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        if !environment.notation.is_v2() || environment.initial == Initial::Unknown {
            continue;
        }
        let Some(conda) = environment.last(&Field::Conda).filter(|conda| !conda.value.is_cleared()) else { continue };
        let no_image = says_nothing(environment, &Field::Image);
        let legacy = environment.assignments.iter().any(|assignment| {
            matches!(&assignment.field, Field::Other(key) if super::unknown_environment_key::stands_for_a_source(key))
        });
        if !no_image || environment.has(&Field::Build) || legacy {
            continue;
        }
        // An object that nothing is done with here may be finished elsewhere.
        if environment.notation.is_python() && environment.uses.is_empty() {
            continue;
        }
        let insert = insert_image(cx, environment);
        cx.say(&RULE, conda.key, "conda_file is built on top of image; add image.")
            .suggested_fix(format!("Add image: {DEFAULT_IMAGE}"), insert.into_iter().collect());
    }
}
