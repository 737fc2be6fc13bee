//! For people: carets under the real source line.

use std::borrow::Cow;
use std::fmt::Write as _;

use amlenv_analysis::{Finding, Severity};
use amlenv_syntax::HostRange;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Report, Source};
use crate::cli::shown;

pub(crate) fn render(report: &Report, quiet: bool) -> String {
    let renderer = Renderer::styled();
    let mut out = String::new();
    for finding in &report.findings {
        let groups = groups(report, finding);
        let _ = writeln!(out, "{}\n", renderer.render(&groups));
    }
    if !quiet {
        let _ = writeln!(out, "{}", summary(report));
    }
    out
}

fn groups<'a>(report: &'a Report, finding: &'a Finding) -> Vec<Group<'a>> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Information => Level::INFO.with_name("information"),
        Severity::Hint => Level::HELP.with_name("hint"),
    };
    let title = level.primary_title(finding.message.as_str()).id(finding.rule.code);
    // A file that could not be read has no lines to show.
    let source = |file| report.sources.get(file).filter(|source| !source.text.is_empty());
    let path = shown(&finding.file);
    let snippet = source(&finding.file).map(|source| line_of(source, finding.range));
    let mut group = if let Some(snippet) = &snippet {
        let mut shown_lines = Snippet::source(snippet.without(report.secrets.get(&finding.file)))
            .line_start(snippet.first_line)
            .path(path.clone())
            .annotation(AnnotationKind::Primary.span(snippet.span(finding.range)));
        for related in finding.related.iter().filter(|related| related.file == finding.file) {
            if snippet.holds(related.range) {
                let span = snippet.span(related.range);
                shown_lines = shown_lines
                    .annotation(AnnotationKind::Context.span(span).label(related.message.as_str()));
            }
        }
        Group::with_title(title).element(shown_lines)
    } else {
        Group::with_title(title).element(annotate_snippets::Origin::path(path))
    };
    for related in &finding.related {
        let near = related.file == finding.file
            && snippet.as_ref().is_some_and(|snippet| snippet.holds(related.range));
        if let Some(source) = source(&related.file).filter(|_| !near) {
            let line = source.lines().line(related.range.start) + 1;
            group = group.element(Level::NOTE.message(format!(
                "{} ({}:{line})",
                related.message,
                shown(&related.file)
            )));
        }
    }
    for fix in finding.fixes.iter().take(1) {
        group = group.element(Level::HELP.message(fix.title.as_str()));
    }
    vec![group]
}

/// A line that is shown.
struct Lines<'a> {
    text: &'a str,
    start: usize,
    first_line: usize,
}

impl<'a> Lines<'a> {
    /// The text with stars, byte for byte, where a secret stands.
    fn without(&self, secrets: Option<&Vec<HostRange>>) -> Cow<'a, str> {
        let mut out = Cow::Borrowed(self.text);
        for secret in secrets.into_iter().flatten().filter(|secret| secret.end > self.start) {
            let start = secret.start.saturating_sub(self.start);
            let end = (secret.end - self.start).min(self.text.len());
            if start < end && self.text.is_char_boundary(start) && self.text.is_char_boundary(end) {
                out.to_mut().replace_range(start..end, &"*".repeat(end - start));
            }
        }
        out
    }

    fn holds(&self, range: HostRange) -> bool {
        range.start >= self.start && range.start <= self.start + self.text.len()
    }

    /// The range within these lines, on its first line only, never empty where there is a character.
    fn span(&self, range: HostRange) -> std::ops::Range<usize> {
        let start = range.start.saturating_sub(self.start).min(self.text.len());
        let line_end = self
            .text
            .get(start..)
            .and_then(|rest| rest.find(['\n', '\r']))
            .map_or(self.text.len(), |at| start + at);
        let end = (range.end.saturating_sub(self.start)).min(line_end).max(start);
        start..end
    }
}

/// The line that a range begins on.
fn line_of(source: &Source, range: HostRange) -> Lines<'_> {
    let lines = source.lines();
    let first = lines.line(range.start);
    let (start, end) = (lines.line_start(first), lines.line_start(first + 1));
    Lines {
        text: source.text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r']),
        start,
        first_line: first + 1,
    }
}

fn summary(report: &Report) -> String {
    let files = match report.files {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    let parts: Vec<String> = [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Information, "information", "information"),
        (Severity::Hint, "hint", "hints"),
    ]
    .into_iter()
    .filter_map(|(severity, one, many)| match report.count(severity) {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    })
    .collect();
    let fixed = if report.fixed > 0 { format!("; {} fixed", report.fixed) } else { String::new() };
    if parts.is_empty() {
        format!("{files} checked: nothing found{fixed}")
    } else {
        format!("{files} checked: {}{fixed}", parts.join(", "))
    }
}
