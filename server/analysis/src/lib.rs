//! What the files of an Azure ML environment mean.
//!
//! Pure: no I/O, no clock, no network, no async. A shell puts texts and facts about the disk into a
//! [`Workspace`] and asks the five questions: [`diagnostics`], [`completions`], [`hover`] (with
//! [`lenses`]), [`actions`] and [`registration_plan`]. Only host positions leave this crate.

use amlenv_syntax::HostRange;

pub mod answers;
pub mod file;
pub mod finding;
mod graph;
pub mod kind;
pub mod path;
pub mod rules;
pub mod settings;
pub mod workspace;

pub use answers::{Action, Completion, CompletionKind, Completions, Hover, Lens, Plan, PlanOptions, Refusal};
pub use file::File;
pub use finding::{Applicability, Edit, Embedded, Finding, Fix, Related, Severity, Tag};
pub use kind::{FileKind, Role};
pub use path::FilePath;
pub use rules::Rule;
pub use settings::Settings;
pub use workspace::{Fact, Want, Workspace};

/// Nesting deeper than this is a finding, not work.
pub const MAX_DEPTH: usize = 500;

/// A larger file is a finding (AML002), not work. In bytes.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The kind of a file that is judged when it is met on a walk; `None` for files that are none of
/// our business. By content first: `environment.yml` may be conda or an environment.
#[must_use]
pub fn classify(path: &FilePath, text: &str) -> Option<FileKind> {
    let _ = (path, text);
    None
}

/// The kind of a file that was named explicitly, or is open in an editor with that language:
/// like [`classify`], but it must be something; `None` only where no kind fits the name or content.
#[must_use]
pub fn classify_named(path: &FilePath, text: &str) -> Option<FileKind> {
    classify(path, text)
}

/// Whether a walk should read the file at `path` at all, from its name alone.
#[must_use]
pub fn may_be_relevant(path: &FilePath) -> bool {
    let _ = path;
    false
}

/// What is wrong in the file at `path`: sorted by place and code, suppressions applied. Findings
/// may be in that file alone.
#[must_use]
pub fn diagnostics(workspace: &Workspace, path: &FilePath, settings: &Settings) -> Vec<Finding> {
    let _ = (workspace, path, settings);
    Vec::new()
}

/// What could be typed at `offset` (bytes) of the file at `path`.
#[must_use]
pub fn completions(workspace: &Workspace, path: &FilePath, offset: usize) -> Completions {
    let _ = (workspace, path, offset);
    Completions::default()
}

/// What stands at `offset` (bytes) of the file at `path`.
#[must_use]
pub fn hover(workspace: &Workspace, path: &FilePath, offset: usize) -> Option<Hover> {
    let _ = (workspace, path, offset);
    None
}

/// The lenses of the file at `path`.
#[must_use]
pub fn lenses(workspace: &Workspace, path: &FilePath) -> Vec<Lens> {
    let _ = (workspace, path);
    Vec::new()
}

/// What could be done at `range` of the file at `path`.
#[must_use]
pub fn actions(workspace: &Workspace, path: &FilePath, range: HostRange, settings: &Settings) -> Vec<Action> {
    let _ = (workspace, path, range, settings);
    Vec::new()
}

/// What would be sent to register an environment of the file at `path`.
///
/// # Errors
///
/// A [`Refusal`] says why it cannot or should not be registered, in the user's words.
pub fn registration_plan(
    workspace: &Workspace,
    path: &FilePath,
    options: &PlanOptions,
    settings: &Settings,
) -> Result<Plan, Refusal> {
    let _ = (workspace, path, options, settings);
    Err(Refusal { message: "no environment is defined here".to_owned(), range: None, usage: true })
}
