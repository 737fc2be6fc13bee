//! AML120: an inference_config where nothing is served.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::finding::Tag;
use crate::kind::FileKind;
use crate::model::Field;

pub(super) static RULE: Rule = Rule {
    code: "AML120",
    name: "inference-config-not-serving",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("inference_config_not_serving.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    if file.kind() != FileKind::JobYaml {
        return;
    }
    for environment in file.environments() {
        let Some(config) = environment.last(&Field::InferenceConfig) else { continue };
        let remove = cx.remove(config);
        cx.say(&RULE, config.key, "inference_config is for serving containers; a job does not use it.")
            .tag(Tag::Unnecessary)
            .suggested_fix("Remove inference_config", remove.into_iter().collect());
    }
}
