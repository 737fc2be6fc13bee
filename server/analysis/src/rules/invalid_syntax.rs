//! AML003: a file that its own language refuses.

use amlenv_syntax::HostRange;

use super::{Check, Rule};
use crate::finding::Severity;
use crate::kind::FileKind;
use crate::lower::is_templated;
use crate::text_edit::whole_lines;

pub(super) static RULE: Rule = Rule {
    code: "AML003",
    name: "invalid-syntax",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("invalid_syntax.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let language = match file.kind() {
        FileKind::Notebook => "a notebook",
        FileKind::EnvironmentJson => "JSON",
        FileKind::Runconfig if file.yaml().is_none() => "JSON",
        _ => "YAML",
    };
    for problem in file.problems() {
        let range = HostRange::new(problem.range.start, problem.range.end);
        let line = whole_lines(file.text(), range).slice(file.text());
        if is_templated(line) {
            continue;
        }
        cx.say(&RULE, range, format!("This is not {language}: {}.", problem.message));
    }
    // The official client reads one document and refuses two. Source: azure-ai-ml 1.35.2.
    let Some(yaml) = file.yaml() else { return };
    let single = matches!(file.kind(), FileKind::EnvironmentYaml | FileKind::JobYaml | FileKind::DeploymentYaml);
    if single && let Some(Some(second)) = yaml.documents.get(1) {
        let range = HostRange::new(second.range.start, second.entries().first().map_or(second.range.end, |entry| entry.key.range.end));
        cx.say(&RULE, range, "A second YAML document begins here; the client reads files with one.");
    }
}
