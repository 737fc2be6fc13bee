//! Baselines: the findings that somebody has decided to live with. A finding is known by its
//! fingerprint, so it stays known when lines are added above it, and not when its line is changed.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::shown;
use crate::render::Report;
use crate::render::fingerprint::fingerprints;

/// The baseline that holds all findings of a report.
pub(super) fn render(report: &Report) -> serde_json::Result<String> {
    let findings = report.findings.iter().zip(fingerprints(report)).map(|(finding, fingerprint)| {
        json!({
            "file": shown(&finding.file),
            "code": finding.rule.code,
            "message": finding.message,
            "fingerprint": fingerprint,
        })
    });
    let whole = json!({"schema": 1, "findings": findings.collect::<Vec<Value>>()});
    Ok(serde_json::to_string_pretty(&whole)? + "\n")
}

/// The fingerprints in a baseline.
pub(super) fn read(path: &Path) -> Result<BTreeSet<String>, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let value: Value =
        serde_json::from_str(&text).map_err(|error| format!("{shown} is no baseline: {error}"))?;
    if value["schema"] != 1 {
        return Err(format!(
            "{shown} is no baseline that this version reads; write it anew with --write-baseline"
        ));
    }
    let findings = value["findings"].as_array().into_iter().flatten();
    Ok(findings.filter_map(|finding| finding["fingerprint"].as_str().map(str::to_owned)).collect())
}

/// Takes the known findings out; how many known ones were not there.
pub(super) fn apply(report: &mut Report, known: &BTreeSet<String>) -> usize {
    let mut met = BTreeSet::new();
    let prints = fingerprints(report);
    let mut prints = prints.iter();
    report.findings.retain(|_| {
        let known_one = prints.next().filter(|print| known.contains(*print));
        met.extend(known_one);
        known_one.is_none()
    });
    known.len() - met.len()
}
