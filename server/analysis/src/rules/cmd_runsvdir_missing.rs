//! AML710: a `CMD` that takes the place of the inference server's.

use amlenv_syntax::dockerfile::Kind;

use super::{Check, Rule};
use crate::builds::of;
use crate::finding::Severity;
use crate::model::Field;
use crate::stages;

pub(super) static RULE: Rule = Rule {
    code: "AML710",
    name: "cmd-runsvdir-missing",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("cmd_runsvdir_missing.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let Some(last) = stages::last(&document.tree).filter(stages::Last::is_on_inference_image) else {
            continue;
        };
        let Some(cmd) = last.last_of(Kind::Cmd) else { continue };
        let builds = of(cx.workspace, file);
        // Somebody's own server says in inference_config where it listens.
        let own = builds.iter().any(|build| build.environment.has(&Field::InferenceConfig));
        if builds.is_empty()
            || own
            || cmd.logical.text.contains("runsvdir")
            || last.last_of(Kind::Entrypoint).is_some()
        {
            continue;
        }
        let message = "This takes the place of runsvdir, which starts the inference server of this image; end with CMD [\"runsvdir\", \"/var/runit\"], or say inference_config.";
        cx.say_in(&RULE, document, cmd.keyword_range, message);
    }
}
