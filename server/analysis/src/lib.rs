//! What the files of an Azure ML environment mean.
//!
//! Pure: no I/O, no clock, no network, no async. A shell puts texts and facts about the disk into a
//! [`Workspace`] and asks the five questions: [`diagnostics`], [`completions`], [`hover`] (with
//! [`lenses`]), [`actions`] and [`registration_plan`]. Only host positions leave this crate.

use amlenv_syntax::HostRange;
use amlenv_syntax::dockerfile::format::{Indent, Layout};

mod actions;
pub mod answers;
mod buildkit;
mod builds;
pub mod catalogue;
mod classify;
mod completion;
pub mod config;
pub mod context;
mod convert;
pub mod embedded;
pub mod file;
pub mod finding;
mod graph;
mod hints;
mod hover;
mod images;
mod judge;
pub mod kind;
mod layout;
mod lifecycle;
mod listed;
mod local_contexts;
mod lower;
pub mod model;
pub mod navigate;
mod nested;
mod package_names;
mod packages;
pub mod path;
mod refactor;
mod reference;
mod refused;
mod registration;
pub mod relations;
mod releases;
pub mod remote;
pub mod rules;
mod runs;
mod schema;
mod secrets;
pub mod settings;
mod signature;
mod sources;
mod stages;
mod suppress;
mod suppressing;
mod text_edit;
mod tokens;
pub mod topic;
mod usages;
pub mod workspace;

pub use answers::{
    Action, BuildContext, Completion, CompletionKind, Completions, ContextSource, Conversion, ConvertOptions,
    Hint, HintKind, Hover, Lens, Modifiers, NewFile, Plan, PlanOptions, Refactor, RefactorKind, Refusal,
    Signature, SignatureParameter, Token, TokenKind, Usage,
};
pub use file::File;
pub use finding::{Applicability, CellPlace, Edit, Embedded, Finding, Fix, Related, Severity, Tag};
pub use kind::{FileKind, Role};
pub use nested::CellText;
pub use path::FilePath;
pub use relations::Relations;
pub use rules::Rule;
pub use secrets::secrets_of;
pub use settings::{Settings, VersionRange};
pub use topic::Topic;
pub use workspace::{Fact, Reads, Want, Workspace};

/// A larger file is a finding (AML002), not work. In bytes.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The kind of a file that is met on a walk; `None` for files that are none of our business. By
/// content first: `environment.yml` may be conda or an environment.
#[must_use]
pub fn classify(path: &FilePath, text: &str) -> Option<FileKind> {
    classify::found(path, text)
}

/// The kind of a file that was named explicitly: like [`classify`], but a name of ours is enough
/// where the content is broken or empty. `None` for a file that is somebody else's.
#[must_use]
pub fn classify_named(path: &FilePath, text: &str) -> Option<FileKind> {
    classify::named(path, text)
}

/// Whether a walk should read the file at `path` at all, from its name alone.
#[must_use]
pub fn may_be_relevant(path: &FilePath) -> bool {
    classify::may_be_relevant(path)
}

/// What is wrong in the file at `path`: sorted by place and code, suppressions applied. Nothing for
/// a file that the workspace does not hold.
#[must_use]
pub fn diagnostics(workspace: &Workspace, path: &FilePath, settings: &Settings) -> Vec<Finding> {
    judge::judge(workspace, path, settings)
}

/// What the files at `paths` refer to, directly and through each other.
#[must_use]
pub fn relations(workspace: &Workspace, paths: &[FilePath]) -> Relations {
    relations::of(workspace, paths)
}

/// What could be typed at `offset` (bytes) of the file at `path`.
#[must_use]
pub fn completions(workspace: &Workspace, path: &FilePath, offset: usize) -> Completions {
    completion::complete(workspace, path, offset)
}

/// What stands at `offset` (bytes) of the file at `path`.
#[must_use]
pub fn hover(workspace: &Workspace, path: &FilePath, offset: usize) -> Option<Hover> {
    remote::hovered(workspace, path, offset, hover::hover(workspace, path, offset))
}

/// What the call takes that is open at `offset` (bytes) of the file at `path`.
#[must_use]
pub fn signature(workspace: &Workspace, path: &FilePath, offset: usize) -> Option<Signature> {
    signature::signature(workspace, path, offset)
}

/// What the words of the file at `path` mean, in the order of the text, each on one line, none on
/// another. In a file of another language only what that language cannot know.
#[must_use]
pub fn tokens(workspace: &Workspace, path: &FilePath) -> Vec<Token> {
    tokens::tokens(workspace, path)
}

/// What the file at `path` does not say and still means, at `range`: what a variable is there, which image
/// counts, what an environment is used for.
#[must_use]
pub fn hints(workspace: &Workspace, path: &FilePath, range: HostRange, settings: &Settings) -> Vec<Hint> {
    hints::hints(workspace, path, range, settings)
}

/// The edits that lay out the Dockerfile at `path`; `None` for a file of another language.
#[must_use]
pub fn layout_of(workspace: &Workspace, path: &FilePath, layout: &Layout) -> Option<Vec<Edit>> {
    layout::whole(workspace, path, layout)
}

/// The edits that lay out the Dockerfiles at `range` of the file at `path`, those inside another language
/// too; `None` where there are none.
#[must_use]
pub fn layout_of_part(
    workspace: &Workspace,
    path: &FilePath,
    range: HostRange,
    layout: &Layout,
) -> Option<Vec<Edit>> {
    layout::part(workspace, path, range, layout)
}

/// The edit that indents the line of `offset`, which a line end behind an escape has just begun.
#[must_use]
pub fn line_indent(workspace: &Workspace, path: &FilePath, offset: usize, indent: Indent) -> Option<Edit> {
    layout::on_line_end(workspace, path, offset, indent)
}

/// Who uses what the file at `path` is or defines, as far as the files of the workspace are known.
#[must_use]
pub fn usages(workspace: &Workspace, path: &FilePath) -> Vec<Usage> {
    usages::usages(workspace, path)
}

/// The lenses of the file at `path`.
#[must_use]
pub fn lenses(workspace: &Workspace, path: &FilePath) -> Vec<Lens> {
    actions::lenses(workspace, path)
}

/// What could be done at `range` of the file at `path`.
#[must_use]
pub fn actions(workspace: &Workspace, path: &FilePath, range: HostRange, settings: &Settings) -> Vec<Action> {
    actions::actions(workspace, path, range, settings)
}

/// The same as [`actions`], where it is known already what is wrong in the file.
#[must_use]
pub fn actions_with(
    workspace: &Workspace,
    path: &FilePath,
    range: HostRange,
    settings: &Settings,
    findings: &[Finding],
) -> Vec<Action> {
    actions::with_findings(workspace, path, range, settings, findings)
}

/// The edits that suppress a finding of the file at `path` by a comment, where it stands or in the whole
/// file.
///
/// # Errors
///
/// Why no comment can do that, in the user's words.
pub fn suppression(
    workspace: &Workspace,
    path: &FilePath,
    finding: &Finding,
    whole_file: bool,
    settings: &Settings,
) -> Result<Vec<Edit>, String> {
    suppressing::suppression(workspace, path, finding, whole_file, settings)
}

/// The conversion of an environment of the file at `path` to v2, as [`actions`] offers it: into a new
/// folder beside the file.
#[must_use]
pub fn conversion_beside(workspace: &Workspace, path: &FilePath, environment: Option<String>) -> Refactor {
    refactor::conversion(workspace, path, environment, "Convert to v2 YAML".to_owned())
}

/// Where what stands at `offset` (bytes) of the file at `path` is defined: stages, variables, environments,
/// the files that paths lead to.
#[must_use]
pub fn definition(workspace: &Workspace, path: &FilePath, offset: usize) -> Option<navigate::Definition> {
    navigate::definition(workspace, path, offset)
}

/// All places of the workspace where what stands at `offset` (bytes) is named, its definitions included.
#[must_use]
pub fn references(workspace: &Workspace, path: &FilePath, offset: usize) -> Vec<navigate::Occurrence> {
    navigate::references(workspace, path, offset)
}

/// As [`references()`], in the file at `path` alone.
#[must_use]
pub fn highlights(workspace: &Workspace, path: &FilePath, offset: usize) -> Vec<navigate::Occurrence> {
    navigate::highlights(workspace, path, offset)
}

/// Whether what stands at `offset` (bytes) is named in the file at `path` alone, so that no other needs to
/// be known to find all places of it.
#[must_use]
pub fn is_local(workspace: &Workspace, path: &FilePath, offset: usize) -> bool {
    navigate::is_local(workspace, path, offset)
}

/// What stands at `offset` (bytes), if it can be called otherwise; `None` where nothing has a name.
///
/// # Errors
///
/// Why it cannot be renamed, in the user's words.
pub fn renamable(
    workspace: &Workspace,
    path: &FilePath,
    offset: usize,
) -> Result<Option<navigate::Renamable>, String> {
    navigate::renamable(workspace, path, offset)
}

/// The edits that call what stands at `offset` (bytes) by another name wherever it is named: all of
/// them or none.
///
/// # Errors
///
/// Why it cannot be renamed, or not to that, in the user's words.
pub fn rename(workspace: &Workspace, path: &FilePath, offset: usize, new: &str) -> Result<Vec<Edit>, String> {
    navigate::rename(workspace, path, offset, new)
}

/// The edits, in the files as they are now, that keep all paths right when these files and folders have
/// moved from the first path to the second.
#[must_use]
pub fn moved(workspace: &Workspace, moves: &[(FilePath, FilePath)]) -> Vec<Edit> {
    navigate::moved(workspace, moves)
}

/// What the file at `path` leads to.
#[must_use]
pub fn links(workspace: &Workspace, path: &FilePath) -> Vec<navigate::Link> {
    navigate::links(workspace, path)
}

/// The paths that following the file at `path` would like to know about, besides those that judging it
/// [`wants`](Workspace::wants).
#[must_use]
pub fn unknown_paths(workspace: &Workspace, path: &FilePath) -> Vec<FilePath> {
    navigate::unknown_paths(workspace, path)
}

/// What the file at `path` consists of.
#[must_use]
pub fn document_symbols(workspace: &Workspace, path: &FilePath) -> Vec<navigate::Symbol> {
    navigate::document_symbols(workspace, path)
}

/// The environments, named stages and jobs of all files whose names hold the letters of `query` in that
/// order, in any case; the best ones first.
#[must_use]
pub fn workspace_symbols(workspace: &Workspace, query: &str) -> Vec<navigate::FoundSymbol> {
    navigate::workspace_symbols(workspace, query)
}

/// What can be folded away in the file at `path`.
#[must_use]
pub fn folds(workspace: &Workspace, path: &FilePath) -> Vec<navigate::Fold> {
    navigate::folds(workspace, path)
}

/// What stands around `offset` (bytes) of the file at `path`, the smallest first.
#[must_use]
pub fn selections(workspace: &Workspace, path: &FilePath, offset: usize) -> Vec<HostRange> {
    navigate::selections(workspace, path, offset)
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
    registration::plan(workspace, path, options, settings)
}

/// An environment of the file at `path` in the form of v2, from Python, JSON or a run configuration.
///
/// # Errors
///
/// A [`Refusal`] says what cannot be known or has no form in v2, in the user's words.
pub fn conversion(
    workspace: &Workspace,
    path: &FilePath,
    options: &ConvertOptions,
) -> Result<Conversion, Refusal> {
    convert::convert(workspace, path, options)
}
