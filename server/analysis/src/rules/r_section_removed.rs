//! AML805: the R section, which nothing reads any more.

use super::{Check, Rule};
use crate::finding::{Severity, Tag};
use crate::model::Field;

pub(super) static RULE: Rule = Rule {
    code: "AML805",
    name: "r-section-removed",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("r_section_removed.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let section = Field::Other("r".to_owned());
    for environment in file.environments().filter(|environment| environment.notation.is_v1()) {
        for said in environment.all(&section).filter(|said| !said.value.is_cleared()) {
            cx.say(&RULE, said.target(), "The R section of an environment is no longer supported; install R and its packages in a Dockerfile.")
                .tag(Tag::Deprecated);
        }
    }
}
