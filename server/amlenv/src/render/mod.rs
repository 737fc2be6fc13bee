//! Findings as output. All formats show the same findings in the same order.

pub(crate) mod azure_pipelines;
pub(crate) mod diff;
pub(crate) mod fingerprint;
pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod json;
pub(crate) mod sarif;
pub(crate) mod text;
pub(crate) mod xml;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use amlenv_analysis::{FileKind, FilePath, Finding, Severity};
use amlenv_syntax::{HostRange, LineIndex};
use serde_json::{Value, json};

use crate::cli::shown;
use crate::position::{Place, place};

/// What a run found.
pub(crate) struct Report {
    pub(crate) findings: Vec<Finding>,
    /// The files.
    pub(crate) sources: BTreeMap<FilePath, Source>,
    /// Where in them secrets stand, which are not shown.
    pub(crate) secrets: BTreeMap<FilePath, Vec<HostRange>>,
    /// How many files were judged.
    pub(crate) files: usize,
    /// How many findings were fixed.
    pub(crate) fixed: usize,
}

/// A file as the formats need it.
pub(crate) struct Source {
    pub(crate) text: Arc<str>,
    pub(crate) kind: FileKind,
    /// Where its lines begin: most files have nothing to say, so only when that is asked.
    lines: OnceCell<LineIndex>,
}

impl Source {
    pub(crate) fn new(text: Arc<str>, kind: FileKind) -> Self {
        Self { text, kind, lines: OnceCell::new() }
    }

    pub(crate) fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

impl Report {
    /// Brings the findings into the order in which every format shows them.
    pub(crate) fn sort(&mut self) {
        self.findings.sort_by(|a, b| {
            (shown(&a.file), a.range, a.rule.code, &a.message).cmp(&(
                shown(&b.file),
                b.range,
                b.rule.code,
                &b.message,
            ))
        });
    }

    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// The first and the last place of a range of a file.
    pub(crate) fn places(&self, file: &FilePath, range: HostRange) -> (Place, Place) {
        match self.sources.get(file) {
            Some(source) => {
                let place = |offset| place(&source.text, source.lines(), offset);
                (place(range.start), place(range.end))
            }
            None => (Place { line: 1, column: 1 }, Place { line: 1, column: 1 }),
        }
    }

    /// The text of the line that a range of a file begins on, without its end.
    pub(crate) fn line_of(&self, file: &FilePath, range: HostRange) -> &str {
        let text = self.sources.get(file).map_or("", |source| &source.text);
        let start = text.get(..range.start).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
        text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("")
    }

    pub(crate) fn range(&self, file: &FilePath, range: HostRange) -> Value {
        let (start, end) = self.places(file, range);
        json!({
            "start": {"line": start.line, "column": start.column},
            "end": {"line": end.line, "column": end.column},
        })
    }
}

/// How often each rule spoke, most often first.
pub(crate) fn statistics(report: &Report) -> String {
    let mut counts: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for finding in &report.findings {
        counts.entry(finding.rule.code).or_insert((0, finding.rule.name)).0 += 1;
    }
    let mut rows: Vec<(usize, &str, &str)> =
        counts.into_iter().map(|(code, (count, name))| (count, code, name)).collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    rows.into_iter().map(|(count, code, name)| format!("{count:>6}  {code}  {name}\n")).collect()
}
