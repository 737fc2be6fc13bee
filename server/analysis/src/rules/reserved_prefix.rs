//! AML501: a name that is reserved for curated environments.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::{Field, Value};
use crate::reference;

pub(super) static RULE: Rule = Rule {
    code: "AML501",
    name: "reserved-prefix",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("reserved_prefix.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        if !environment.is_registered() {
            continue;
        }
        let Some(Value::Text(name)) = environment.last(&Field::Name).map(|assignment| &assignment.value) else { continue };
        if name.templated {
            continue;
        }
        let text = name.value.as_str();
        let Some(prefix) = reference::reserved_prefix(text) else { continue };
        let exact = text.starts_with(prefix);
        let rest = text.get(prefix.len()..).unwrap_or("").trim_start_matches(['-', '_', '.']);
        let fix = (reference::is_editable(name) && rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
            .then(|| cx.edit(name.content, rest));
        let message = format!("Names that begin with {prefix} are reserved for curated environments.");
        let mut said = cx.say(&RULE, name.content, message);
        if !exact {
            said = said.severity(Severity::Warning);
        }
        if let Some(fix) = fix {
            said.suggested_fix(format!("Rename to {rest}"), vec![fix]);
        }
    }
}
