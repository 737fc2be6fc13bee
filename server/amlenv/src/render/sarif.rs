//! SARIF 2.1.0, as code scanning services read it.

use std::collections::BTreeMap;

use amlenv_analysis::{FilePath, Severity};
use amlenv_syntax::HostRange;
use serde_json::{Value, json};

use super::Report;
use super::fingerprint::fingerprints;
use crate::cli::shown;

pub(crate) fn render(report: &Report) -> serde_json::Result<String> {
    let mut used: BTreeMap<&str, &amlenv_analysis::Rule> = BTreeMap::new();
    for finding in &report.findings {
        used.insert(finding.rule.code, finding.rule);
    }
    let rules: Vec<Value> = used
        .values()
        .map(|rule| {
            json!({
                "id": rule.code,
                "name": rule.name,
                "shortDescription": {"text": rule.summary()},
                "fullDescription": {"text": rule.summary()},
                "help": {"text": rule.page, "markdown": rule.page},
                "helpUri": rule.url(),
                "defaultConfiguration": {"level": level(rule.severity)},
            })
        })
        .collect();
    let results: Vec<Value> = report
        .findings
        .iter()
        .zip(fingerprints(report))
        .map(|(finding, fingerprint)| {
            let related: Vec<Value> = finding
                .related
                .iter()
                .map(|related| {
                    let mut location = location(report, &related.file, related.range);
                    if let Some(object) = location.as_object_mut() {
                        object.insert("message".to_owned(), json!({"text": related.message}));
                    }
                    location
                })
                .collect();
            json!({
                "ruleId": finding.rule.code,
                "ruleIndex": used.keys().position(|code| *code == finding.rule.code),
                "level": level(finding.severity),
                "message": {"text": finding.message},
                "locations": [location(report, &finding.file, finding.range)],
                "relatedLocations": related,
                "partialFingerprints": {"amlenv/v1": fingerprint},
            })
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "amlenv",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://github.com/amlenv/amlenv",
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    Ok(serde_json::to_string_pretty(&log)? + "\n")
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information | Severity::Hint => "note",
    }
}

fn location(report: &Report, file: &FilePath, range: HostRange) -> Value {
    let (start, end) = report.places(file, range);
    json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&shown(file))},
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    })
}

/// A relative path as a URI reference.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
