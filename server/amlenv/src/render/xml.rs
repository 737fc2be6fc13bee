//! The two reports in XML: JUnit, which every build service shows, and Checkstyle, which many tools read.

use std::collections::BTreeMap;

use amlenv_analysis::{Finding, Severity};

use super::Report;
use crate::cli::shown;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// JUnit: a suite for each file with findings, a failed case for each finding; one case that passed
/// where there are none, because an empty report counts as a mistake.
pub(crate) fn junit(report: &Report) -> String {
    let mut out = String::from(HEAD);
    let count = report.findings.len();
    out.push_str(&format!("<testsuites name=\"amlenv\" tests=\"{}\" failures=\"{count}\">\n", count.max(1)));
    if count == 0 {
        out.push_str("  <testsuite name=\"amlenv\" tests=\"1\" failures=\"0\">\n    <testcase name=\"no findings\" classname=\"amlenv\"/>\n  </testsuite>\n");
    }
    for (file, findings) in by_file(report) {
        let (file, number) = (escape(&file), findings.len());
        out.push_str(&format!("  <testsuite name=\"{file}\" tests=\"{number}\" failures=\"{number}\">\n"));
        for finding in findings {
            let (start, _) = report.places(&finding.file, finding.range);
            let message = escape(&finding.message);
            out.push_str(&format!(
                "    <testcase name=\"{} {}:{}\" classname=\"{file}\">\n      <failure message=\"{message}\" type=\"{}\">{file}:{}:{}: {}[{}]: {message}</failure>\n    </testcase>\n",
                finding.rule.code,
                start.line,
                start.column,
                finding.severity.as_str(),
                start.line,
                start.column,
                finding.severity.as_str(),
                finding.rule.code,
            ));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// Checkstyle 4.3.
pub(crate) fn checkstyle(report: &Report) -> String {
    let mut out = format!("{HEAD}<checkstyle version=\"4.3\">\n");
    for (file, findings) in by_file(report) {
        out.push_str(&format!("  <file name=\"{}\">\n", escape(&file)));
        for finding in findings {
            let (start, _) = report.places(&finding.file, finding.range);
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Information | Severity::Hint => "info",
            };
            out.push_str(&format!(
                "    <error line=\"{}\" column=\"{}\" severity=\"{severity}\" message=\"{}\" source=\"amlenv.{}\"/>\n",
                start.line,
                start.column,
                escape(&finding.message),
                finding.rule.code,
            ));
        }
        out.push_str("  </file>\n");
    }
    out.push_str("</checkstyle>\n");
    out
}

fn by_file(report: &Report) -> BTreeMap<String, Vec<&Finding>> {
    let mut out: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        out.entry(shown(&finding.file)).or_default().push(finding);
    }
    out
}

/// A text as content or attribute; what XML cannot hold at all becomes a replacement character.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(c))),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}
