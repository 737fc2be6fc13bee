//! AML607: a channel whose terms ask for money of larger organisations.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::Source;

pub(super) static RULE: Rule = Rule {
    code: "AML607",
    name: "commercial-channel",
    severity: Severity::Hint,
    default_on: false,
    page: include_str!("commercial_channel.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for listing in cx.listings().iter() {
        match &listing.source {
            Source::Conda(spec) => {
                for channel in spec.channels.iter().flatten().filter(|channel| is_commercial(&channel.value))
                {
                    cx.say(&RULE, channel.content, message(&channel.value));
                }
            }
            Source::Command(document, command) => {
                for channel in command.channels().filter(|channel| is_commercial(&channel.value)) {
                    cx.say_in(&RULE, document, channel.range, message(&channel.value));
                }
            }
            Source::Requirements => {}
        }
    }
}

fn message(channel: &str) -> String {
    format!(
        "The packages of {channel} stand under Anaconda's terms, by which larger organisations need a licence."
    )
}

fn is_commercial(channel: &str) -> bool {
    let channel = channel.trim_end_matches('/');
    matches!(
        channel,
        "defaults" | "anaconda" | "main" | "r" | "msys2" | "pkgs/main" | "pkgs/r" | "pkgs/msys2"
    ) || channel.contains("repo.anaconda.com")
        || channel.contains("repo.continuum.io")
}
