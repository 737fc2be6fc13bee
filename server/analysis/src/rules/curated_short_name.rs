//! AML309: a curated environment by the name that it has in a workspace.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::catalogue;
use crate::reference;

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
    let lenient = file.python().is_some();
    for used in file.uses().iter().filter(|used| !used.text.templated) {
        let text = used.text.value.as_str();
        let Some(name) = reference::curated(text, lenient) else { continue };
        let short = !text.starts_with("azureml://") && text.contains("AzureML-");
        let Some(known) = catalogue::environment(name.text).filter(|known| short && known.is_active()) else { continue };
        let tail = text.get(name.range.end..).unwrap_or("");
        let version = match tail.strip_prefix(':') {
            Some(version) if !version.is_empty() && version != "latest" => format!("versions/{version}"),
            _ => "labels/latest".to_owned(),
        };
        let new = format!("azureml://registries/azureml/environments/{}/{version}", known.name);
        let edit = reference::is_editable(&used.text).then(|| cx.edit(used.text.content, new));
        let message = format!("The registry form of {} works in every workspace and names where it comes from.", known.name);
        let said = cx.say(&RULE, used.text.content, message);
        if let Some(edit) = edit {
            said.suggested_fix("Write the registry form", vec![edit]);
        }
    }
}
