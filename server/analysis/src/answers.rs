//! What the core answers besides findings: completions, hovers, lenses, actions, registration plans.
//! Plain data, host positions only.

use std::collections::BTreeMap;

use amlenv_syntax::HostRange;
use serde_json::Value;

use crate::finding::{Edit, Fix};
use crate::path::FilePath;

/// What could be typed at a place.
#[derive(Clone, Debug, Default)]
pub struct Completions {
    /// The proposals, best first.
    pub items: Vec<Completion>,
    /// Whether more would come with more text.
    pub incomplete: bool,
}

/// One proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What the list shows.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// One line beside the label.
    pub detail: Option<String>,
    /// Markdown for the panel.
    pub documentation: Option<String>,
    /// What accepting it does to the file.
    pub edit: Edit,
    /// What an editor matches against the text that `edit` replaces.
    pub filter: String,
    /// The order in the list.
    pub sort: String,
    /// Struck through.
    pub deprecated: bool,
}

/// What a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// An image repository.
    Image,
    /// A tag of an image.
    Tag,
    /// A registered or curated environment.
    Environment,
    /// A keyword of a language.
    Keyword,
    /// A key of a mapping, or an attribute.
    Property,
    /// A value out of a fixed set.
    Value,
    /// A file or folder.
    Path,
    /// A build stage.
    Stage,
}

/// What is shown when the pointer rests on something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// What it is about.
    pub range: HostRange,
    /// Markdown.
    pub markdown: String,
}

/// A line of text above a definition that can be clicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// The definition.
    pub range: HostRange,
    /// What it says.
    pub title: String,
    /// The environment to register, as [`registration_plan`](crate::registration_plan) takes it.
    pub environment: String,
}

/// Something that an editor offers at a place.
#[derive(Clone, Debug)]
pub enum Action {
    /// A change that mends a finding.
    Fix {
        /// The code of the rule.
        code: &'static str,
        /// The place of the finding.
        range: HostRange,
        /// The change.
        fix: Fix,
        /// Whether it is the one to take when nobody chooses.
        preferred: bool,
    },
    /// Changes how something is written, and may make files.
    Refactor(Refactor),
    /// Registers an environment.
    Register {
        /// What the menu says.
        title: String,
        /// The environment, as [`registration_plan`](crate::registration_plan) takes it.
        environment: String,
        /// Why it cannot be done now.
        disabled: Option<String>,
    },
}

/// A change of how something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refactor {
    /// What the menu says.
    pub title: String,
    /// What kind of change it is.
    pub kind: RefactorKind,
    /// The changes of files that are there.
    pub edits: Vec<Edit>,
    /// The files that it makes, with their texts; nothing is at these paths.
    pub creates: Vec<(FilePath, String)>,
    /// The code of the rule whose finding at the same place it mends.
    pub mends: Option<&'static str>,
    /// Why it cannot be done.
    pub disabled: Option<String>,
}

impl Refactor {
    pub(crate) fn new(title: impl Into<String>, kind: RefactorKind) -> Self {
        let (edits, creates) = (Vec::new(), Vec::new());
        Self { title: title.into(), kind, edits, creates, mends: None, disabled: None }
    }
}

/// What kind of change a refactoring is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefactorKind {
    /// Moves something into a file of its own.
    Extract,
    /// Puts the content of a file where it was named.
    Inline,
    /// Writes something in another way.
    Rewrite,
}

/// What a user may say on the command line instead of the file.
#[derive(Clone, Debug, Default)]
pub struct PlanOptions {
    /// Which environment of the file: its name, its variable or its number from 1.
    pub environment: Option<String>,
    /// Another name.
    pub name: Option<String>,
    /// Another version.
    pub version: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// More tags.
    pub tags: BTreeMap<String, String>,
    /// Register despite error findings, and without v1 registry credentials.
    pub force: bool,
}

/// What would be sent to register an environment. Knows no target and no network.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The name of the environment.
    pub name: String,
    /// The version; `None` lets the service's rules decide.
    pub version: Option<String>,
    /// The body of the request: `{"properties": {…}}`, as the official client sends it; with a context,
    /// without the address that it is uploaded to: see [`Plan::body_with`].
    pub body: Value,
    /// The folder that is uploaded first, where the image is built from one.
    pub context: Option<BuildContext>,
    /// The form of v2 that a definition of SDK v1 was translated to, to be shown before it is sent; empty
    /// for a definition that needs no translation.
    pub translated: Vec<NewFile>,
    /// What a person should know before it is sent: what was left out, what was translated.
    pub notes: Vec<String>,
}

impl Plan {
    /// The body with the address of the uploaded context in it.
    #[must_use]
    pub fn body_with(&self, context_uri: &str) -> Value {
        let mut body = self.body.clone();
        if let Some(build) = body.pointer_mut("/properties/build").and_then(Value::as_object_mut) {
            // In front, where the official client has it.
            build.shift_insert(0, "contextUri".to_owned(), Value::String(context_uri.to_owned()));
        }
        body
    }
}

/// A build context that is to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildContext {
    /// Its files.
    pub source: ContextSource,
    /// The path of the Dockerfile in it.
    pub dockerfile: String,
    /// The name of the datastore that it is uploaded to.
    pub datastore: String,
}

/// Where the files of a build context are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextSource {
    /// In a folder on the disk.
    Folder(FilePath),
    /// In a folder that is there only when it is uploaded, since the definition holds the text itself.
    Made {
        /// The name of the folder.
        name: String,
        /// The files, their paths counting from the folder.
        files: Vec<NewFile>,
    },
}

/// What a user may say of a conversion.
#[derive(Clone, Debug)]
pub struct ConvertOptions {
    /// Which environment of the file: its name, its variable or its number from 1.
    pub environment: Option<String>,
    /// The folder that the environment file is written for: paths in it count from there.
    pub folder: FilePath,
}

/// A definition in the form of v2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// The files, the environment first.
    pub files: Vec<NewFile>,
    /// What has no equivalent, and what was taken from elsewhere.
    pub notes: Vec<String>,
}

/// A file that would be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Its path below the folder, with `/`.
    pub path: String,
    /// All of its text.
    pub text: String,
}

/// Why an environment cannot be registered or converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// One or two sentences: what is wrong and what to do.
    pub message: String,
    /// The place, where there is one.
    pub range: Option<HostRange>,
    /// Whether the call was wrong (which environment?), not the definition.
    pub usage: bool,
}
