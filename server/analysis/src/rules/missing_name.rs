//! AML133: a v2 environment file without a name.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::{Field, Notation};

pub(super) static RULE: Rule = Rule {
    code: "AML133",
    name: "missing-name",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("missing_name.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        let conda = environment.has(&Field::Other("dependencies".to_owned()))
            || environment.has(&Field::Other("channels".to_owned()));
        if environment.notation == Notation::EnvironmentYaml && !environment.has(&Field::Name) && !conda {
            let anchor = environment.anchor;
            cx.say(&RULE, anchor, "An environment file needs a name; add name.");
        }
    }
}
