//! AML730: CMD or ENTRYPOINT as text for the shell.

use amlenv_syntax::dockerfile::{Form, Instruction, Kind};

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML730",
    name: "json-args-recommended",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("json_args_recommended.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        // Whether a stage ends with a SHELL of its own.
        let mut shells: Vec<bool> = Vec::new();
        for (stage, steps) in linted.steps() {
            let mut shell = stage.parent.and_then(|parent| shells.get(parent)).copied().unwrap_or(false);
            for step in steps {
                shell |= step.is(Kind::Shell) && step.instruction.form == Form::Exec;
                let command = step.is(Kind::Cmd) || step.is(Kind::Entrypoint);
                if shell || !command || step.instruction.form != Form::Shell {
                    continue;
                }
                let keyword = step.instruction.keyword.to_uppercase();
                let json = step.commented().and_then(array);
                let fix = json.and_then(|json| buildkit::edit(cx, document, step.instruction.rest, &json));
                let range = step.place(step.instruction.keyword_range);
                let message = format!(
                    "As text {keyword} runs in a shell, which keeps signals from the program; write a JSON array."
                );
                let said = buildkit::say(cx, &RULE, &linted, step.commented(), range, message);
                if let (Some(said), Some(fix)) = (said, fix) {
                    said.suggested_fix("Write a JSON array", vec![fix]);
                }
            }
            shells.push(shell);
        }
    }
}

/// The command as a JSON array, where it is a single one that needs no shell.
fn array(instruction: &Instruction) -> Option<String> {
    let commands = instruction.commands();
    let [command] = commands else { return None };
    let simple = command.assignments.is_empty()
        && command.redirections.is_empty()
        && !command.words.is_empty()
        && instruction.start_line == instruction.end_line
        && !instruction.arguments.iter().any(|text| text.value.contains(['#', '*', '?', '~', '&', '!', '`', '[']));
    let words: Option<Vec<&str>> = command.words.iter().map(|word| word.known()).collect();
    let builtin = ["cd", "source", ".", "export", "exec", "eval", "set", "ulimit", "umask", "trap", ":"];
    let words = words.filter(|words| simple && words.first().is_some_and(|first| !builtin.contains(first)))?;
    let written: Option<Vec<String>> = words.iter().map(|word| serde_json::to_string(word).ok()).collect();
    Some(format!("[{}]", written?.join(", ")))
}
