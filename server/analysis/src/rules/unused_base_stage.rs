//! AML717: a base image that is thrown away.

use super::{Check, Rule};
use crate::finding::{Severity, Tag};
use crate::stages;

pub(super) static RULE: Rule = Rule {
    code: "AML717",
    name: "unused-base-stage",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("unused_base_stage.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let stages = document.tree.stages();
        // A stage with a name may be asked for by it.
        let named = stages.iter().enumerate().filter(|(_, stage)| stage.name.is_some()).map(|(at, _)| at);
        let needed = stages::needed(&document.tree, named.chain(stages.len().checked_sub(1)));
        for (stage, needed) in stages.iter().zip(needed) {
            let Some(image) = stage.image.filter(|_| !needed && stage.name.is_none()) else { continue };
            let message = "A later FROM begins anew: nothing of this stage is in the image. Remove it, or give it a name and copy from it.";
            cx.say_in(&RULE, document, image.range, message).tag(Tag::Unnecessary);
        }
    }
}
