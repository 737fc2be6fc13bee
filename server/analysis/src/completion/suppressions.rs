//! Comments that speak to amlenv: its words, the codes of rules, roles.

use amlenv_syntax::TextRange;

use super::Proposal;
use crate::answers::CompletionKind;
use crate::kind::Role;
use crate::rules::RULES;
use crate::topic::Topic;

/// What fits in the comment at `comment`, with the cursor at `at`; nothing where it does not speak to
/// amlenv.
pub(super) fn complete(text: &str, comment: TextRange, at: usize) -> Vec<Proposal> {
    let all = comment.slice(text);
    let Some(before) = text.get(comment.start..at) else { return Vec::new() };
    let Some(said) = before.find("amlenv:").map(|found| found + "amlenv:".len()) else { return Vec::new() };
    if !before
        .get(..said)
        .is_some_and(|head| head.trim_start_matches(['#', ' ', '\t']).starts_with("amlenv:"))
    {
        return Vec::new();
    }
    let words = before.get(said..).unwrap_or("");
    if let Some(open) = words.rfind('[') {
        if words.get(open..).is_some_and(|list| list.contains(']')) {
            return Vec::new();
        }
        let list = words.get(open + 1..).unwrap_or("");
        let last = list.rfind(',').map_or(0, |comma| comma + 1);
        let blanks = list.get(last..).map_or(0, |part| part.len() - part.trim_start().len());
        let start = comment.start + said + open + 1 + last + blanks;
        let behind = text.get(at..comment.end).unwrap_or("");
        let tail = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(behind.len());
        let range = TextRange::new(start, at + tail);
        let rest = all.get(said..).and_then(|rest| rest.split(']').next()).unwrap_or("");
        let given: Vec<&str> = rest.split(['[', ',']).map(str::trim).collect();
        return codes(range, &given);
    }
    let start = said + words.len() - words.trim_start().len();
    let range = TextRange::new(comment.start + start, at);
    let typed = before.get(start..).unwrap_or("");
    if let Some(typed) = typed.strip_prefix("role=") {
        let range = TextRange::new(at - typed.len(), at);
        return Role::ALL
            .iter()
            .map(|role| Proposal::new(role.as_str(), CompletionKind::Value, range))
            .collect();
    }
    if typed.contains(' ') {
        return Vec::new();
    }
    let word = |label: &str, text: &str| Proposal::new(label, CompletionKind::Keyword, range).detail(text);
    vec![
        word("ignore[]", "no findings of these rules here").text("ignore[").snippet("ignore[$0]"),
        word("ignore-file[]", "no findings of these rules in this file")
            .text("ignore-file[")
            .snippet("ignore-file[$0]"),
        word("role=", "what the environments of this file are for"),
    ]
}

/// The codes of the rules that are not `given` yet; what is typed may also be a name.
pub(super) fn codes(range: TextRange, given: &[&str]) -> Vec<Proposal> {
    let fits =
        RULES.iter().filter(|rule| !given.iter().any(|given| *given == rule.code || *given == rule.name));
    let code = fits.map(|rule| {
        Proposal::new(rule.code, CompletionKind::Rule, range)
            .detail(rule.name)
            .about(Topic::Rule(rule.code.to_owned()))
    });
    code.collect()
}
