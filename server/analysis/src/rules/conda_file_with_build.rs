//! AML105: packages beside a build.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::Field;

pub(super) static RULE: Rule = Rule {
    code: "AML105",
    name: "conda-file-with-build",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("conda_file_with_build.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        let image = environment.all(&Field::Image).any(|image| !image.value.is_cleared());
        if !environment.notation.is_v2() || image {
            continue;
        }
        let Some(conda) = environment.last(&Field::Conda).filter(|conda| !conda.value.is_cleared()) else { continue };
        let Some(build) = environment.last(&Field::Build).filter(|build| !build.value.is_cleared()) else { continue };
        if !conda.compatible(build) {
            continue;
        }
        let remove = cx.remove_optional(conda);
        cx.say(
            &RULE,
            conda.key,
            "conda_file is only defined together with image; install it inside the Dockerfile instead.",
        )
        .related(build.key, "the image is built from here")
        .suggested_fix("Remove conda_file", remove.into_iter().collect());
    }
}
