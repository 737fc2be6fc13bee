//! For programs: one object, or one finding a line.

use amlenv_analysis::{Finding, Severity};
use serde_json::{Value, json};

use super::Report;
use crate::cli::shown;

pub(crate) fn render(report: &Report) -> serde_json::Result<String> {
    let object = json!({
        "schema": 1,
        "tool": {"name": "amlenv", "version": env!("CARGO_PKG_VERSION")},
        "findings": report.findings.iter().map(|found| finding(report, found)).collect::<Vec<_>>(),
        "summary": {
            "files": report.files,
            "error": report.count(Severity::Error),
            "warning": report.count(Severity::Warning),
            "information": report.count(Severity::Information),
            "hint": report.count(Severity::Hint),
            "fixed": report.fixed,
        },
    });
    Ok(serde_json::to_string_pretty(&object)? + "\n")
}

pub(crate) fn render_lines(report: &Report) -> serde_json::Result<String> {
    let mut out = String::new();
    for found in &report.findings {
        out.push_str(&serde_json::to_string(&finding(report, found))?);
        out.push('\n');
    }
    Ok(out)
}

fn finding(report: &Report, found: &Finding) -> Value {
    let kind = report.sources.get(&found.file).map(|source| source.kind);
    let mut object = json!({
        "code": found.rule.code,
        "name": found.rule.name,
        "severity": found.severity.as_str(),
        "message": found.message,
        "file": shown(&found.file),
        "kind": kind.map(amlenv_analysis::FileKind::as_str),
        "range": report.range(&found.file, found.range),
        "embedded": found.embedded.map(|embedded| json!({"language": embedded.language, "line": embedded.line})),
        "related": found.related.iter().map(|related| json!({
            "file": shown(&related.file),
            "range": report.range(&related.file, related.range),
            "message": related.message,
        })).collect::<Vec<_>>(),
        "fixes": found.fixes.iter().map(|fix| json!({
            "title": fix.title,
            "applicability": fix.applicability.as_str(),
            "edits": fix.edits.iter().map(|edit| json!({
                "file": shown(&edit.file),
                "range": report.range(&edit.file, edit.range),
                "text": edit.text,
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "url": found.rule.url(),
    });
    if let Some(cell) = found.cell {
        object["cell"] = json!({"index": cell.index, "line": cell.line});
    }
    object
}
