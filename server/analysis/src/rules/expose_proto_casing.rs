//! AML724: a protocol of EXPOSE that is not in lower case.

use amlenv_syntax::TextRange;

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;
use super::expose_invalid_format::ports;

pub(super) static RULE: Rule = Rule {
    code: "AML724",
    name: "expose-proto-casing",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("expose_proto_casing.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let document = linted.document;
        for (step, argument, port) in ports(&linted) {
            let Some((_, protocol)) = port.rsplit(':').next().unwrap_or("").split_once('/') else { continue };
            let lower = protocol.to_lowercase();
            if lower == protocol || !["tcp", "udp", "sctp"].contains(&lower.as_str()) {
                continue;
            }
            let range = step.place(argument.range);
            // As it stands there, with no variable in it.
            let fix = (range.slice(&document.text) == port).then(|| TextRange::new(range.end - lower.len(), range.end));
            let fix = fix.and_then(|place| buildkit::edit(cx, document, place, &lower));
            let message = format!("The protocol of {port} should be in lower case.");
            let said = buildkit::say(cx, &RULE, &linted, step.commented(), range, message);
            if let (Some(said), Some(fix)) = (said, fix) {
                said.safe_fix(format!("Write {lower}"), vec![fix]);
            }
        }
    }
}
