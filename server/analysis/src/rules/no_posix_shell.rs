//! AML208: a job in an image without a shell.

use super::{Check, Rule};
use crate::catalogue::Answer;
use crate::finding::Severity;
use crate::kind::Role;
use crate::packages;
use crate::runs;

pub(super) static RULE: Rule = Rule {
    code: "AML208",
    name: "no-posix-shell",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("no_posix_shell.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for run in runs::of(cx) {
        if run.role != Some(Role::Training) {
            continue;
        }
        let found = packages::of(cx.workspace, run.file, run.environment);
        let Some(base) = found.base_name() else { continue };
        // A scratch image may get a whole system copied into it.
        let bare = base == "scratch" && found.is_closed() && !found.copies();
        let distroless = found.base().is_some_and(|base| base.shell == Answer::No) && !found.copies();
        if bare || distroless {
            cx.say(
                &RULE,
                run.place,
                format!("A job needs /bin/sh, which {base} does not have; use a base image with a shell."),
            );
        }
    }
}
