//! AML404: a password in the address of a feed.

use amlenv_syntax::HostRange;
use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::Kind;

use super::hard_coded_registry_password::is_placeholder;
use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::specs;

pub(super) static RULE: Rule = Rule {
    code: "AML404",
    name: "credentials-in-url",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("credentials_in_url.md"),
    check,
};

/// The value must never be repeated, neither in the message nor in a fix.
const MESSAGE: &str = "A password stands in this address, and so in the history of the source and in every \
                       image; \
                       revoke it, and give it to the workspace as a connection.";

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for (spec, _) in specs(file) {
        for item in &spec.items {
            let exact = item.text.content.len() == item.text.value.len();
            for part in secrets(&item.text.value) {
                let start = item.text.content.start;
                let place = HostRange::new(start + part.start, start + part.end);
                cx.say(&RULE, if exact { place } else { item.range }, MESSAGE);
            }
        }
        for channel in spec.channels.iter().flatten() {
            if secrets(&channel.value).next().is_some() {
                cx.say(&RULE, channel.content, MESSAGE);
            }
        }
    }
    if let Some(read) = file.requirements() {
        let comment = |part: &TextRange| read.comments.iter().any(|comment| comment.contains_range(*part));
        for part in secrets(file.text()).filter(|part| !comment(part)) {
            cx.say(&RULE, HostRange::new(part.start, part.end), MESSAGE);
        }
    }
    for document in file.dockerfiles() {
        for instruction in &document.tree.instructions {
            let instruction = instruction.carried();
            // What stands in a heredoc is in the image, or in its history.
            for heredoc in &instruction.heredocs {
                let whole = heredoc.body.slice(&document.text) == heredoc.content;
                for part in secrets(&heredoc.content) {
                    let start = heredoc.body.start;
                    let place = TextRange::new(start + part.start, start + part.end);
                    cx.say_in(&RULE, document, if whole { place } else { heredoc.body }, MESSAGE);
                }
            }
            if !matches!(instruction.kind, Some(Kind::Run | Kind::Env | Kind::Arg | Kind::Add | Kind::Label)) {
                continue;
            }
            // The joined text has no comments between continued lines.
            let found: Vec<TextRange> = secrets(&instruction.logical.text).collect();
            for part in found {
                cx.say_in(&RULE, document, instruction.logical.source(part), MESSAGE);
            }
        }
    }
}

/// The `user:password@` of the addresses in a text; those that are filled in later are none.
fn secrets(text: &str) -> impl Iterator<Item = TextRange> {
    text.match_indices("://").filter_map(|(at, mark)| {
        let start = at + mark.len();
        let rest = text.get(start..)?;
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`' | ',' | ';' | ')'))
            .unwrap_or(rest.len());
        let (login, host) = rest.get(..end)?.rsplit_once('@')?;
        let (_, password) = login.split_once(':')?;
        let open = ['$', '{', '}', '<', '>', '%', '*', '[', ']'];
        let known = !password.contains(open) && !host.is_empty() && !is_placeholder(password);
        let spoken =
            crate::lower::is_templated(login) || password.contains("TOKEN") || password.contains("PASSWORD");
        (known && !spoken).then(|| TextRange::new(start, start + login.len()))
    })
}
