//! AML723: an address or a port of the host in EXPOSE.

use amlenv_syntax::dockerfile::{Argument, Instruction, Kind};

use super::{Check, Rule};
use crate::buildkit::{self, Linted, Step};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML723",
    name: "expose-invalid-format",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("expose_invalid_format.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        for (step, argument, port) in ports(&linted) {
            if !port.contains(':') {
                continue;
            }
            let message = format!(
                "EXPOSE takes a port of the container; {port} is a mapping, which BuildKit is going to refuse."
            );
            // The address and the port of the host have no effect here.
            let document = linted.document;
            let plain = argument.range.slice(&document.text) == port && step.trigger.is_none();
            let own = port.rsplit(':').next().unwrap_or(&port);
            let edit = plain.then(|| buildkit::edit(cx, document, argument.range, own)).flatten();
            let range = step.place(argument.range);
            let said = buildkit::say(cx, &RULE, &linted, step.commented(), range, message);
            if let Some(said) = said {
                said.suggested_fix(format!("Write {own}"), edit.into_iter().collect());
            }
        }
    }
}

/// The ports that `EXPOSE` names, variables put in; where one is not known, nothing.
pub(super) fn ports<'a>(linted: &Linted<'a>) -> Vec<(Step<'a>, &'a Argument, String)> {
    let tree = &linted.document.tree;
    let mut out = Vec::new();
    if !tree.instructions.iter().any(is_expose) {
        return out;
    }
    let scopes = tree.scopes();
    for (_, steps) in linted.steps() {
        for step in steps {
            for argument in step.instruction.arguments.iter().filter(|_| step.is(Kind::Expose)) {
                let read = scopes.expand(step.at, &argument.value).ok().and_then(|read| read.words);
                out.extend(read.into_iter().flatten().map(|port| (step, argument, port)));
            }
        }
    }
    out
}

fn is_expose(instruction: &Instruction) -> bool {
    let trigger = instruction.onbuild.as_deref().unwrap_or(instruction);
    trigger.kind == Some(Kind::Expose)
}
