//! AML757: a variable that is used where it is not set yet.

use amlenv_syntax::dockerfile::{Kind, Value};

use super::undefined_var::Judge;
use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML757",
    name: "env-refers-to-itself",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("env_refers_to_itself.md"),
    check,
};

/// Variables that images most often bring.
const USUAL: [&str; 8] =
    ["PATH", "HOME", "LD_LIBRARY_PATH", "LIBRARY_PATH", "PYTHONPATH", "LANG", "LC_ALL", "CPATH"];

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        if !document.tree.instructions.iter().any(|found| found.kind == Some(Kind::Env)) {
            continue;
        }
        let scopes = document.tree.scopes();
        let mut judge = Judge::new(&document.tree);
        for step in linted.steps().flat_map(|(_, steps)| steps).filter(|step| step.is(Kind::Env)) {
            let mut set: Vec<&str> = Vec::new();
            for pair in step.instruction.arguments.chunks(2).filter(|_| step.trigger.is_none()) {
                let [key, value] = pair else { continue };
                let named = variables(&value.value);
                let before = named.iter().find(|name| set.contains(name) && **name != key.value);
                if let Some(name) = before.filter(|name| !USUAL.contains(name))
                    && !matches!(scopes.lookup(step.at, name), Value::Known(_))
                    // Where nothing at all can define the name, undefined-var says it.
                    && !judge.speaks(&linted.stages, &step, name)
                {
                    let message = format!(
                        "{name} has no value yet: all of one ENV is set at once; set it in an ENV of its own in front."
                    );
                    cx.say_in(&RULE, document, value.range, message);
                }
                set.push(&key.value);
            }
        }
    }
}

/// The variables that a word names, those in single quotes and behind a backslash not.
fn variables(word: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in word.char_indices() {
        match c {
            _ if std::mem::take(&mut escaped) => {}
            '\\' => escaped = true,
            '\'' => quoted = !quoted,
            '$' if !quoted => {
                let rest = word.get(at + 1..).unwrap_or("");
                let rest = rest.strip_prefix('{').unwrap_or(rest);
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                out.extend(rest.get(..end).filter(|name| !name.is_empty()));
            }
            _ => {}
        }
    }
    out
}
