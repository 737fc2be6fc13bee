//! AML620: both SDKs in one environment.

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML620",
    name: "v1-and-v2-sdk",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("v1_and_v2_sdk.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for listing in cx.listings().iter().filter(|listing| listing.meets()) {
        let old = listing.pip().find(|item| item.is("azureml-core") || item.is("azureml-sdk"));
        let new = listing.pip().find(|item| item.is("azure-ai-ml"));
        if let (Some(old), Some(new)) = (old, new) {
            let name = old.name.as_deref().unwrap_or("");
            let message = format!(
                "{name} is SDK v1 and azure-ai-ml is v2; Microsoft advises against both in one environment."
            );
            old.say(cx, &RULE, message).related(new.range, "SDK v2");
        }
    }
}
