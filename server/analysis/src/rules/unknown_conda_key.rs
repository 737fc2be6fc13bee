//! AML612: a key that a conda file does not have.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::specs;
use crate::model::{Field, Notation, Value};

pub(super) static RULE: Rule = Rule {
    code: "AML612",
    name: "unknown-conda-key",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("unknown_conda_key.md"),
    check,
};

const KEYS: [&str; 5] = ["name", "channels", "dependencies", "prefix", "variables"];

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for (spec, environment) in specs(file) {
        // A mapping without dependencies is most likely something else.
        if spec.key("dependencies").is_none() {
            continue;
        }
        for (key, _, range) in spec.keys.iter().filter(|(key, _, _)| !KEYS.contains(&key.as_str())) {
            let refused = environment.is_some_and(|found| matches!(found.notation, Notation::Json | Notation::Runconfig));
            let (message, severity) = if refused {
                (format!("SDK v1 refuses this definition for the key {key}."), Severity::Error)
            } else {
                (format!("conda knows no key {key}; SDK v1 refuses the file for it."), Severity::Hint)
            };
            cx.say(&RULE, *range, message).severity(severity);
        }
    }
    for environment in file.environments().filter(|found| found.notation.is_v1()) {
        let Some(Value::CondaPath(text)) = environment.last(&Field::Conda).map(|found| &found.value) else {
            continue;
        };
        let Some((path, found)) = super::python_missing::conda_file(cx, environment) else { continue };
        let keys = found.conda().map_or(&[][..], |spec| &spec.keys);
        if let Some((key, _, _)) = keys.iter().find(|(key, _, _)| !KEYS.contains(&key.as_str())) {
            let message = format!("SDK v1 refuses {} for its key {key}.", path.file_name());
            cx.say(&RULE, text.content, message).severity(Severity::Error);
        }
    }
}
