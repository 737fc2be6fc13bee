//! AML731: ENV or LABEL with a blank between key and value.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{self, Argument, Form, Instruction, Kind};

use super::{Check, Rule};
use crate::buildkit;
use crate::embedded::DockerfileDocument;
use crate::finding::{Edit, Severity};

pub(super) static RULE: Rule = Rule {
    code: "AML731",
    name: "legacy-key-value-format",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("legacy_key_value_format.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        for (_, steps) in linted.steps() {
            for step in steps {
                let found = step.instruction;
                let [key, value] = found.arguments.as_slice() else { continue };
                if found.form != Form::OldPair || !(step.is(Kind::Env) || step.is(Kind::Label)) {
                    continue;
                }
                let edits = step.commented().and_then(|_| edits(cx, document, found, key, value));
                let keyword = found.keyword.to_uppercase();
                let range = step.place(key.range);
                let message = format!("{keyword} {0} VALUE is the old way; write {keyword} {0}=VALUE.", key.value);
                let said = buildkit::say(cx, &RULE, &linted, step.commented(), range, message);
                if let (Some(said), Some(edits)) = (said, edits) {
                    said.safe_fix("Write =", edits);
                }
            }
        }
    }
}

/// The edits that write the pair with `=`, where it then surely means the same.
fn edits(
    cx: &Check<'_>,
    document: &DockerfileDocument,
    found: &Instruction,
    key: &Argument,
    value: &Argument,
) -> Option<Vec<Edit>> {
    let gap = TextRange::new(key.range.end, value.range.start);
    let escape = document.tree.escape.unwrap_or('\\');
    // What BuildKit refuses anyway is somebody else's to mend.
    let refused = dockerfile::expand(&value.value, escape, &|_| dockerfile::Value::Opaque).is_err();
    if refused || gap.slice(&document.text).contains('\n') {
        return None;
    }
    // Read again, since the new way splits words where the old one does not.
    let means_the_same = |written: &str| {
        let text = format!("# escape={escape}\nFROM scratch\n{} {}={written}\n", found.keyword, key.value);
        let tree = dockerfile::parse(&text);
        let pair = tree.instructions.get(1).map_or(&[][..], |found| &found.arguments);
        tree.problems.is_empty() && matches!(pair, [k, v] if k.value == key.value && v.value == written)
    };
    if means_the_same(&value.value) {
        return Some(vec![buildkit::edit(cx, document, gap, "=")?]);
    }
    let quoted = format!("\"{}\"", value.value);
    if value.value.contains(['"', '\'', '`', '\\']) || !means_the_same(&quoted) {
        return None;
    }
    let end = TextRange::empty(value.range.end);
    Some(vec![buildkit::edit(cx, document, gap, "=\"")?, buildkit::edit(cx, document, end, "\"")?])
}
