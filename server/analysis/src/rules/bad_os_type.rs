//! AML116: an operating system that does not exist.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::Field;

pub(super) static RULE: Rule = Rule {
    code: "AML116",
    name: "bad-os-type",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("bad_os_type.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|found| found.notation.is_v2()) {
        let Some(text) = environment.last(&Field::OsType).and_then(|os| os.value.known_text()) else { continue };
        if ["linux", "windows"].iter().any(|known| text.value.eq_ignore_ascii_case(known)) {
            continue;
        }
        // The constructor of the Python client does not look; what the service says was not observed.
        let severity = if environment.notation.is_yaml() { Severity::Error } else { Severity::Warning };
        let edit = cx.edit(text.content, "linux");
        cx.say(&RULE, text.content, format!("os_type is linux or windows, not {}.", text.value))
            .severity(severity)
            .suggested_fix("Change to linux", vec![edit]);
    }
}
