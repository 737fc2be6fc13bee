//! Logging commands of Azure Pipelines. It knows errors and warnings; what is less is a plain line.

use amlenv_analysis::Severity;

use super::Report;
use crate::cli::shown;

pub(crate) fn render(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let (start, _) = report.places(&finding.file, finding.range);
        let (file, code) = (shown(&finding.file), finding.rule.code);
        let kind = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information | Severity::Hint => {
                let severity = finding.severity.as_str();
                let message = finding.message.replace(['\r', '\n'], " ");
                out.push_str(&format!(
                    "{file}:{}:{}: {severity}[{code}]: {message}\n",
                    start.line, start.column
                ));
                continue;
            }
        };
        out.push_str(&format!(
            "##vso[task.logissue type={kind};sourcepath={};linenumber={};columnnumber={};code={code}]{}\n",
            escape(&file, true),
            start.line,
            start.column,
            escape(&finding.message, false),
        ));
    }
    out
}

fn escape(text: &str, property: bool) -> String {
    let text = text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A");
    if property { text.replace(';', "%3B").replace(']', "%5D") } else { text }
}
