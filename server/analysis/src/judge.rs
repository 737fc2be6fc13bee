//! Runs the rules over a file, and decides which of them are heard.

use crate::file::File;
use crate::finding::Finding;
use crate::nested;
use crate::path::FilePath;
use crate::rules::{Check, RULES};
use crate::settings::Settings;
use crate::suppress;
use crate::workspace::Workspace;

/// The rules that say that something is not there.
const SPEAK_OF_ABSENCE: [&str; 15] = [
    "AML103", "AML104", "AML133", "AML134", "AML201", "AML202", "AML203", "AML204", "AML206", "AML207",
    "AML211", "AML308", "AML601", "AML602", "AML606",
];

pub(crate) fn judge(workspace: &Workspace, path: &FilePath, settings: &Settings) -> Vec<Finding> {
    let Some(file) = workspace.file(path) else { return Vec::new() };
    let mut findings = judge_file(workspace, file, settings);
    let scope = nested::scope(workspace, file);
    for nested in file.nested() {
        let found = judge_file(&scope, &nested.file, settings);
        findings.extend(found.into_iter().map(|finding| nested.finding(file, finding)));
    }
    findings.sort_by(|a, b| {
        (a.range, a.rule.code, a.message.as_str()).cmp(&(b.range, b.rule.code, b.message.as_str()))
    });
    findings.dedup_by(|a, b| a.range == b.range && a.rule.code == b.rule.code && a.message == b.message);
    findings
}

/// What is wrong in one file, those inside it apart; in no order.
pub(crate) fn judge_file(workspace: &Workspace, file: &File, settings: &Settings) -> Vec<Finding> {
    let mut check = Check::new(workspace, file, settings);
    for rule in RULES {
        if settings.severity_of(rule, rule.severity).is_some() {
            (rule.check)(&mut check);
        }
    }
    let mut findings = check.findings;
    findings.retain_mut(|finding| match settings.severity_of(finding.rule, finding.severity) {
        Some(severity) => {
            finding.severity = severity;
            true
        }
        None => false,
    });
    if findings.iter().any(|finding| finding.rule.code == "AML003") {
        // Behind a break nothing is known, so nothing there is provably absent.
        findings.retain(|finding| !SPEAK_OF_ABSENCE.contains(&finding.rule.code));
    }
    suppress::apply(file, findings, settings)
}
