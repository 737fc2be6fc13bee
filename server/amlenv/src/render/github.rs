//! Annotations of GitHub Actions.

use amlenv_analysis::Severity;

use super::Report;
use crate::cli::shown;

pub(crate) fn render(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information | Severity::Hint => "notice",
        };
        let (start, end) = report.places(&finding.file, finding.range);
        // A column range must stay on one line.
        let columns =
            if start.line == end.line { format!(",endColumn={}", end.column) } else { String::new() };
        out.push_str(&format!(
            "::{command} file={},line={},endLine={},col={}{columns},title={} {}::{}\n",
            escape(&shown(&finding.file), true),
            start.line,
            end.line,
            start.column,
            finding.rule.code,
            finding.rule.name,
            escape(&finding.message, false),
        ));
    }
    out
}

fn escape(text: &str, property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}
