//! AML211: Python is to run in an image that has none.

use super::{Check, Rule};
use crate::catalogue::Answer;
use crate::finding::Severity;
use crate::model::Environment;
use crate::packages::{self, Packages};
use crate::runs::{self, Run};

pub(super) static RULE: Rule = Rule {
    code: "AML211",
    name: "no-python-in-image",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("no_python_in_image.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for run in runs::of(cx) {
        // With conda settings the service makes a Python of its own, or fails to: that is another rule.
        if packages::is_managed(run.environment) || !runs_python(&run) {
            continue;
        }
        let found = runs::packages(cx, &run);
        if found.base().is_some_and(|base| base.python == Answer::No) && is_without_python(&found) {
            let base = found.base_name().unwrap_or_default();
            cx.say(
                &RULE,
                run.place,
                format!(
                    "Python is to run here, and nothing brings it: {base} has none, and nothing installs it."
                ),
            );
        }
    }
}

/// Whether Python certainly runs in it: a v1 environment is for nothing else.
fn runs_python(run: &Run<'_>) -> bool {
    let v1 = |environment: &Environment| environment.notation.is_v1();
    let python =
        |command: &str| matches!(command.split_whitespace().next(), Some("python" | "python3" | "pip"));
    v1(run.environment)
        || run
            .tasks
            .iter()
            .any(|task| task.parallel || task.command.as_ref().is_some_and(|command| python(&command.value)))
}

/// Packages of the system that bring no Python along.
const PLAIN: [&str; 34] = [
    "apt-transport-https",
    "bash",
    "build-essential",
    "bzip2",
    "ca-certificates",
    "cmake",
    "curl",
    "dirmngr",
    "ffmpeg",
    "fuse",
    "g++",
    "gcc",
    "git",
    "git-lfs",
    "gnupg",
    "gnupg2",
    "gzip",
    "htop",
    "jq",
    "less",
    "locales",
    "make",
    "nano",
    "openssh-client",
    "openssh-server",
    "procps",
    "rsync",
    "sudo",
    "tar",
    "tzdata",
    "unzip",
    "vim",
    "wget",
    "zip",
];

fn is_without_python(found: &Packages) -> bool {
    let plain = |name: &str| PLAIN.contains(&name) || name.starts_with("lib") && !name.contains("python");
    found.is_closed() && !found.has_python() && found.system().all(plain)
}
