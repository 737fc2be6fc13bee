//! AML624: packages from a feed that asks who is there.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::Source;

pub(super) static RULE: Rule = Rule {
    code: "AML624",
    name: "private-index",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("private_index.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for listing in cx.listings().iter() {
        for item in listing.items.iter().filter(|item| item.pip && item.is_option()) {
            let text = item.text.trim();
            let url = ["--index-url", "--extra-index-url", "-i"]
                .iter()
                .find_map(|option| text.strip_prefix(option));
            let url = url.map(|url| url.trim_start_matches('=').trim());
            if let Some(host) = url.and_then(private_host) {
                item.say(cx, &RULE, message(host));
            }
        }
        if let Source::Command(document, command) = &listing.source {
            for url in command.indexes().filter(|url| !url.opaque) {
                if let Some(host) = private_host(&url.value) {
                    cx.say_in(&RULE, document, url.range, message(host));
                }
            }
        }
    }
}

fn message(host: &str) -> String {
    format!(
        "{host} asks for a login, and nobody answers in a build; give it to the workspace as a connection."
    )
}

/// The host of an address where packages are kept for few. Hosts that are not known may be public.
fn private_host(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next()?;
    let name = host.split(':').next()?.to_ascii_lowercase();
    // With a login in the address, or a public feed of Azure Artifacts, nobody is asked.
    if authority.contains('@') && authority.contains(':') || path.to_ascii_lowercase().contains("public") {
        return None;
    }
    let private = name == "pkgs.dev.azure.com"
        || name.ends_with(".pkgs.visualstudio.com")
        || name.contains(".codeartifact.") && name.ends_with(".amazonaws.com")
        || name.ends_with(".pkg.dev")
        || name.ends_with(".internal")
        || name.ends_with(".local");
    private.then_some(host)
}
