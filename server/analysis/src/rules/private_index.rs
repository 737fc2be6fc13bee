//! AML624: packages from a feed that asks who is there.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{Instruction, Kind};
use amlenv_syntax::shell::Word;

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
        // SDK v1 takes the address alone: `pip_indexurl=…`, `set_pip_index_url(…)`.
        for item in listing.items.iter().filter(|item| item.pip && listing.is_sdk_object()) {
            if let Some((url, _)) = &item.requirement.url
                && url.trim_end_matches('/').ends_with("/simple")
                && let Some(host) = private_host(url)
            {
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
    settings(cx);
}

/// The settings of pip in a Dockerfile: `ENV PIP_INDEX_URL=…`, `pip config set global.index-url …`.
fn settings(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        for instruction in &document.tree.instructions {
            for (url, range) in urls(instruction.carried()) {
                if let Some(host) = private_host(&url) {
                    let message = message(host);
                    cx.say_in(&RULE, document, range, message);
                }
            }
        }
    }
}

/// The addresses that an instruction gives to pip as settings.
fn urls(instruction: &Instruction) -> Vec<(String, TextRange)> {
    const VARIABLES: [&str; 3] = ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL"];
    let bare = |text: &str| text.trim_matches(['"', '\'']).to_owned();
    let words = &instruction.arguments;
    match instruction.kind {
        Some(Kind::Env) => words
            .chunks(2)
            .filter_map(|pair| match pair {
                [name, value] if VARIABLES.contains(&name.value.as_str()) => {
                    Some((bare(&value.value), value.range))
                }
                _ => None,
            })
            .collect(),
        Some(Kind::Arg) => words
            .iter()
            .filter_map(|word| {
                let (name, value) = word.value.split_once('=')?;
                VARIABLES.contains(&name).then(|| (bare(value), word.range))
            })
            .collect(),
        Some(Kind::Run) => instruction
            .commands()
            .iter()
            .filter_map(|command| {
                let words = command.program();
                let at = words.windows(2).position(|pair| {
                    matches!(pair, [config, set] if config.value == "config" && set.value == "set")
                })?;
                let is_pip = |word: &Word| word.value.rsplit('/').next().is_some_and(|name| name.starts_with("pip"));
                let pip = words.iter().take(at).any(is_pip);
                let mut rest = words.iter().skip(at + 2).skip_while(|word| word.value.starts_with('-'));
                let (name, url) = (rest.next()?, rest.next()?);
                let fits = pip && name.value.ends_with("index-url") && !url.opaque;
                fits.then(|| (url.value.clone(), url.range))
            })
            .collect(),
        _ => Vec::new(),
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
