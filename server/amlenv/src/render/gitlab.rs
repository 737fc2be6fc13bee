//! The code quality report of GitLab.

use amlenv_analysis::Severity;
use serde_json::{Value, json};

use super::Report;
use super::fingerprint::fingerprints;
use crate::cli::shown;

pub(crate) fn render(report: &Report) -> serde_json::Result<String> {
    let issues = report.findings.iter().zip(fingerprints(report)).map(|(finding, fingerprint)| {
        let (start, end) = report.places(&finding.file, finding.range);
        json!({
            "description": format!("{}: {}", finding.rule.code, finding.message),
            "check_name": finding.rule.name,
            "fingerprint": fingerprint,
            "severity": match finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Information => "minor",
                Severity::Hint => "info",
            },
            "location": {"path": shown(&finding.file), "lines": {"begin": start.line, "end": end.line}},
        })
    });
    Ok(serde_json::to_string_pretty(&issues.collect::<Vec<Value>>())? + "\n")
}
