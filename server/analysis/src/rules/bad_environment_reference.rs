//! AML506: a text under `environment:` that is no reference.

use amlenv_syntax::HostRange;

use super::{Check, Rule};
use crate::finding::{Edit, Severity};
use crate::model::Text;
use crate::reference::{self, Reference};
use crate::text_edit::{line_end, line_start};

pub(super) static RULE: Rule = Rule {
    code: "AML506",
    name: "bad-environment-reference",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("bad_environment_reference.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for written in reference::written_in_yaml(file) {
        let text = written.value.as_str();
        // What stands behind is AML510's to say.
        if super::space_in_reference::behind_prefix(file.text(), written).is_some() {
            continue;
        }
        let (message, fix): (String, Option<(String, String)>) = match reference::parse(text) {
            Reference::Bare("") => continue,
            Reference::Bare(text) => bare(text),
            Reference::Workspace { name, .. } if name.text.contains('/') => {
                ("A name holds no slash; a registry is written azureml://registries/….".to_owned(), None)
            }
            Reference::Workspace { name, .. } if name.text.is_empty() => {
                ("A name is missing behind azureml:.".to_owned(), None)
            }
            Reference::Arm(path) => match casing(path) {
                Some(new) => (
                    "The client wants resourceGroups in exactly this case.".to_owned(),
                    Some(("Write resourceGroups".to_owned(), text.replace(path, &new))),
                ),
                None => continue,
            },
            _ => continue,
        };
        let fix = fix
            .filter(|_| reference::is_editable(written))
            .map(|(title, new)| (title, cx.edit(written.content, new)));
        let fix = fix.or_else(|| Some(("Write it as image".to_owned(), as_image(cx, written)?)));
        let said = cx.say(&RULE, written.content, message);
        if let Some((title, edit)) = fix {
            said.suggested_fix(title, vec![edit]);
        }
    }
}

/// What is wrong with a text that has no prefix, and what was most likely meant.
fn bare(text: &str) -> (String, Option<(String, String)>) {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("azureml:") {
        let new = format!("azureml:{}", text.get("azureml:".len()..).unwrap_or(""));
        return ("The prefix is azureml: in lower case.".to_owned(), Some(("Write azureml:".to_owned(), new)));
    }
    if lower.ends_with(".yml") || lower.ends_with(".yaml") {
        let message = "The path of an environment file needs file: in front.";
        return (message.to_owned(), Some(("Put file: in front".to_owned(), format!("file:{text}"))));
    }
    if is_image(text) {
        return ("This is an image, not an environment; write it below image:.".to_owned(), None);
    }
    let message = "A reference begins with azureml:; without it the client refuses it.";
    let plain = !text.contains(['/', ' ']);
    (message.to_owned(), plain.then(|| ("Put azureml: in front".to_owned(), format!("azureml:{text}"))))
}

/// Whether a text can only be meant as an image: it names a host or a digest.
fn is_image(text: &str) -> bool {
    let head = text.split('/').next().unwrap_or("");
    text.contains('/') && !text.starts_with('.') && !text.contains(' ') && (head.contains('.') || head.contains(':'))
        || text.contains('@') && text.contains("sha256:")
}

/// The change that makes an environment with that image of a reference that is one.
fn as_image(cx: &Check<'_>, written: &Text) -> Option<Edit> {
    let value = written.value.as_str();
    let text = cx.file.text();
    let line = line_start(text, written.content.start);
    let head = text.get(line..written.content.start)?;
    let key = head.trim_start().strip_prefix("environment:")?;
    let image = matches!(reference::parse(value), Reference::Bare(_)) && is_image(value);
    if !image || written.content.slice(text) != value || !key.trim().is_empty() {
        return None;
    }
    let start = written.content.start - key.len();
    let indent = head.len() - head.trim_start().len();
    let new = format!("{}{}image: {value}", line_end(text), " ".repeat(indent + 2));
    Some(cx.edit(HostRange::new(start, written.content.end), new))
}

/// An address of Resource Manager with `resourceGroups` as the client wants it, if it is not so already.
fn casing(path: &str) -> Option<String> {
    let found = path.split('/').find(|part| part.eq_ignore_ascii_case("resourceGroups"))?;
    (found != "resourceGroups").then(|| path.replacen(found, "resourceGroups", 1))
}
