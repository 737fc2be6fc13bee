//! AML309: a curated environment by the name that it has in a workspace.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::catalogue;
use crate::reference::{Form, curated_uses, is_editable};

pub(super) static RULE: Rule = Rule {
    code: "AML309",
    name: "curated-short-name",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("curated_short_name.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for used in curated_uses(file).into_iter().filter(|used| used.form == Form::Short) {
        let (text, name) = (used.text.value.as_str(), used.name);
        let Some(known) = catalogue::environment(name.text).filter(|known| known.is_active()) else { continue };
        let tail = text.get(name.range.end..).unwrap_or("");
        let version = match tail.strip_prefix(':') {
            Some(version) if !version.is_empty() && version != "latest" => format!("versions/{version}"),
            _ => "labels/latest".to_owned(),
        };
        let new = format!("azureml://registries/azureml/environments/{}/{version}", known.name);
        let edit = is_editable(used.text).then(|| cx.edit(used.text.content, new));
        let message = format!("The registry form of {} works in every workspace and names where it comes from.", known.name);
        let said = cx.say(&RULE, used.text.content, message);
        if let Some(edit) = edit {
            said.suggested_fix("Write the registry form", vec![edit]);
        }
    }
}
