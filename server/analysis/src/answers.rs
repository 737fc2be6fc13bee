//! What the core answers besides findings: completions, hovers, lenses, actions, registration plans.
//! Plain data, host positions only.

use std::collections::BTreeMap;

use amlenv_syntax::HostRange;
use serde_json::Value;

use crate::finding::{Edit, Fix};
use crate::path::FilePath;
use crate::topic::Topic;
use crate::workspace::Want;

/// What could be typed at a place.
#[derive(Clone, Debug, Default)]
pub struct Completions {
    /// The proposals, best first.
    pub items: Vec<Completion>,
    /// Whether others would come with more text.
    pub incomplete: bool,
    /// What should be known of the disk to propose all: after telling, ask again.
    pub wants: Vec<Want>,
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
    /// Markdown for the panel, where it is short.
    pub documentation: Option<String>,
    /// What there is more to say about.
    pub topic: Option<Topic>,
    /// What accepting it does to the file.
    pub edit: Edit,
    /// The text of the edit with places to fill in, in the syntax of the protocol's snippets.
    pub snippet: Option<String>,
    /// The characters that accept it and are then typed themselves.
    pub commit: &'static [&'static str],
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
    /// A variable.
    Variable,
    /// A function or method.
    Function,
    /// A package.
    Package,
    /// A piece of text with places to fill in.
    Snippet,
    /// A rule of amlenv.
    Rule,
    /// A folder.
    Folder,
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
    /// Where it stands.
    pub range: HostRange,
    /// All of the definition.
    pub whole: HostRange,
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
        /// The environment, as [`registration_plan`](crate::registration_plan) takes it; none where the file
        /// as a whole is one.
        environment: Option<String>,
        /// The name to register it under, where the definition has none.
        name: Option<String>,
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

/// A stretch of text that an editor colours by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it stands: on one line.
    pub range: HostRange,
    /// What it is.
    pub kind: TokenKind,
    /// What is special about it.
    pub modifiers: Modifiers,
}

/// What a token is. The names are those of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An instruction, `AS`, `CMD` of a health check.
    Keyword,
    /// A flag of an instruction.
    Parameter,
    /// Registry and path of an image; where an environment lives.
    Namespace,
    /// The last name of an image.
    Type,
    /// A build stage; an environment.
    Class,
    /// A tag, a version, a label, a protocol of a port.
    EnumMember,
    /// `ARG`, `ENV`, a variable of the shell; what an expression names.
    Variable,
    /// A label's key, a key of YAML, a field of `--mount`.
    Property,
    /// Text that is taken as it is.
    String,
    /// A port.
    Number,
    /// A comment.
    Comment,
    /// A parser directive; the delimiter of a heredoc.
    Macro,
    /// A program that the shell runs.
    Function,
    /// `=`, the escape at the end of a line, `<<`.
    Operator,
}

impl TokenKind {
    /// All kinds, in the order of the legend.
    pub const ALL: [Self; 14] = [
        Self::Keyword,
        Self::Parameter,
        Self::Namespace,
        Self::Type,
        Self::Class,
        Self::EnumMember,
        Self::Variable,
        Self::Property,
        Self::String,
        Self::Number,
        Self::Comment,
        Self::Macro,
        Self::Function,
        Self::Operator,
    ];

    /// Its name in the protocol.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::Parameter => "parameter",
            Self::Namespace => "namespace",
            Self::Type => "type",
            Self::Class => "class",
            Self::EnumMember => "enumMember",
            Self::Variable => "variable",
            Self::Property => "property",
            Self::String => "string",
            Self::Number => "number",
            Self::Comment => "comment",
            Self::Macro => "macro",
            Self::Function => "function",
            Self::Operator => "operator",
        }
    }
}

/// What is special about a token: bits, in the order of [`Modifiers::NAMES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modifiers(u32);

impl Modifiers {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// The name is given here.
    pub const DECLARATION: Self = Self(1);
    /// It can never be another: a digest.
    pub const READONLY: Self = Self(2);
    /// Retired by its maker.
    pub const DEPRECATED: Self = Self(4);
    /// The names in the protocol, the lowest bit first.
    pub const NAMES: [&'static str; 3] = ["declaration", "readonly", "deprecated"];

    /// The bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }
}

/// Something that an editor shows between the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What it is about; it is shown behind that.
    pub range: HostRange,
    /// What it says.
    pub label: String,
    /// More of it, in Markdown.
    pub tooltip: Option<String>,
    /// What kind of thing it tells.
    pub kind: HintKind,
}

/// What a hint tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintKind {
    /// Which image counts in the end.
    EffectiveImage,
    /// What an environment is used for.
    Role,
    /// What a variable is at that place.
    Variable,
}

/// Those who use something that a file is or defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// What is used.
    pub range: HostRange,
    /// The places that refer to it: file and range, in order.
    pub places: Vec<(FilePath, HostRange)>,
}

/// What a call takes that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Name and parameters as they are shown.
    pub label: String,
    /// Markdown: what it makes.
    pub documentation: String,
    /// The parameters, in order.
    pub parameters: Vec<SignatureParameter>,
    /// The parameter that the cursor stands at; `None` where it is none of them.
    pub active: Option<usize>,
}

/// A parameter of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureParameter {
    /// Where it stands in the label, in bytes.
    pub label: (usize, usize),
    /// Markdown: what it is.
    pub documentation: String,
}
