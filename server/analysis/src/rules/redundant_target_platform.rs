//! AML735: a platform that is the default.

use std::cell::Cell;

use amlenv_syntax::dockerfile;

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::{Severity, Tag};

pub(super) static RULE: Rule = Rule {
    code: "AML735",
    name: "redundant-target-platform",
    severity: Severity::Hint,
    default_on: false,
    page: include_str!("redundant_target_platform.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let (document, stages) = (linted.document, &linted.stages);
        let escape = document.tree.escape.unwrap_or('\\');
        for stage in stages {
            let Some(flag) = stage.from.flag("platform") else { continue };
            let Some(value) = flag.value.as_deref() else { continue };
            // Whatever it is, the word is that and nothing else.
            let other = Cell::new(false);
            let read = dockerfile::expand(value, escape, &|name| {
                other.set(other.get() || name != "TARGETPLATFORM");
                dockerfile::Value::Known("the/platform")
            });
            if other.get() || read.ok().and_then(|read| read.value).as_deref() != Some("the/platform") {
                continue;
            }
            let message = format!("{value} is the platform that is built anyway; leave --platform out.");
            if let Some(said) = buildkit::say(cx, &RULE, &linted, Some(stage.from), flag.range, message) {
                said.tag(Tag::Unnecessary);
            }
        }
    }
}
