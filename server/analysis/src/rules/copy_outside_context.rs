//! AML704: a file to copy that is not in the build context, by its path alone.

use super::{Check, Rule};
use crate::builds::Outcome;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML704",
    name: "copy-outside-context",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("copy_outside_context.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for (document, source, outcome) in cx.copied().iter() {
        let certain = matches!(outcome, Outcome::Missing { .. } | Outcome::NoContext);
        let keyword = source.kind.keyword();
        if source.outside {
            // BuildKit cuts the leading dots off and looks for the rest; other builders refuse.
            let severity = if certain || source.of_host { Severity::Error } else { Severity::Warning };
            let message = format!(
                "{keyword} cannot take {} from outside of the build context: nothing else is uploaded.",
                source.written
            );
            cx.say_in(&RULE, document, source.range, message).severity(severity);
        } else if source.absolute && matches!(outcome, Outcome::Missing { .. }) {
            let message = format!(
                "{} is looked for in the build context, not on this machine; copy it there.",
                source.written
            );
            cx.say_in(&RULE, document, source.range, message);
        }
    }
}
