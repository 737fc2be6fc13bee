//! AML709: an entrypoint that a job does not run.

use amlenv_syntax::dockerfile::Kind;

use super::{Check, Rule};
use crate::builds::of;
use crate::finding::Severity;
use crate::kind::Role;
use crate::stages;
use crate::suppress;

pub(super) static RULE: Rule = Rule {
    code: "AML709",
    name: "entrypoint-in-training",
    severity: Severity::Information,
    default_on: false,
    page: include_str!("entrypoint_in_training.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let Some(last) = stages::last(&document.tree) else { continue };
        let Some(entrypoint) = last.last_of(Kind::Entrypoint) else { continue };
        let said = cx.settings.role.or_else(|| suppress::role(file));
        let builds = of(cx.workspace, file);
        let trains = |role: Option<Role>| role == Some(Role::Training);
        let built = !builds.is_empty() && builds.iter().all(|build| trains(build.environment.role));
        if trains(said) || said.is_none() && built {
            let message = "A job runs its own command; what stands here is most likely not run.";
            cx.say_in(&RULE, document, entrypoint.keyword_range, message);
        }
    }
}
