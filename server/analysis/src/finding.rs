//! What the core says about a file: findings, fixes and the edits in them. Plain data, host positions only.

use amlenv_syntax::HostRange;

use crate::path::FilePath;
use crate::rules::Rule;

/// How bad a finding is. A promise; see the architecture page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Style and reproducibility.
    Hint,
    /// Documented advice.
    Information,
    /// A value is silently discarded, or it fails at run time in the documented case.
    Warning,
    /// Some client or the service certainly rejects it, or the build certainly fails.
    Error,
}

impl Severity {
    /// The word for it in every output format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that speaks.
    pub rule: &'static Rule,
    /// Its severity here; a rule may have several, the configuration may change it.
    pub severity: Severity,
    /// What is wrong and what to do, in one or two sentences.
    pub message: String,
    /// The file that it is about.
    pub file: FilePath,
    /// The place in that file.
    pub range: HostRange,
    /// Where it is inside an embedded document.
    pub embedded: Option<Embedded>,
    /// Where it is in a notebook.
    pub cell: Option<CellPlace>,
    /// Other places that explain it.
    pub related: Vec<Related>,
    /// What could be done about it.
    pub fixes: Vec<Fix>,
    /// What an editor may do with the text.
    pub tag: Option<Tag>,
}

/// The place of a finding inside an embedded document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// The language of the document: `dockerfile` or `conda`.
    pub language: &'static str,
    /// The line in it, from 1.
    pub line: usize,
}

/// The place of a finding in a notebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellPlace {
    /// The cell, from 1, cells of every type counted.
    pub index: usize,
    /// The line in it, from 1.
    pub line: usize,
}

/// How an editor may draw the text of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Faded: it has no effect.
    Unnecessary,
    /// Struck through.
    Deprecated,
}

/// Another place that explains a finding.
#[derive(Clone, Debug)]
pub struct Related {
    /// The file.
    pub file: FilePath,
    /// The place in it.
    pub range: HostRange,
    /// What is there.
    pub message: String,
}

/// Whether a fix may be applied without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// One possible edit, certain meaning, existing files only.
    Safe,
    /// Offered, one by one.
    Suggested,
}

impl Applicability {
    /// The word for it in the output formats.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Suggested => "suggested",
        }
    }
}

/// A change that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the imperative.
    pub title: String,
    /// Whether it may be applied unasked.
    pub applicability: Applicability,
    /// The edits; they do not overlap, and all positions are those before any of them.
    pub edits: Vec<Edit>,
}

/// A replacement of bytes in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub file: FilePath,
    /// The bytes to replace.
    pub range: HostRange,
    /// What to put there.
    pub text: String,
}
