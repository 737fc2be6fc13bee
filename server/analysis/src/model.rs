//! The one model that every notation is lowered into. Facts in the order in which they were written;
//! no judgement: what wins is resolved later, whether it is wrong is a rule's business.

use std::sync::Arc;

use amlenv_syntax::HostRange;

/// How an environment was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// A v2 environment YAML of its own.
    EnvironmentYaml,
    /// A mapping under `environment:` in a v2 job, component, pipeline or deployment.
    InlineYaml,
    /// v1 SDK Python.
    PythonV1,
    /// v2 SDK Python.
    PythonV2,
    /// A v1 definition in JSON.
    Json,
    /// The environment of a v1 run configuration.
    Runconfig,
}

impl Notation {
    /// Whether the v2 service reads it.
    #[must_use]
    pub const fn is_v2(self) -> bool {
        matches!(self, Self::EnvironmentYaml | Self::InlineYaml | Self::PythonV2)
    }

    /// Whether it belongs to SDK v1.
    #[must_use]
    pub const fn is_v1(self) -> bool {
        !self.is_v2()
    }

    /// Whether it is Python, whose relative paths start from the working directory.
    #[must_use]
    pub const fn is_python(self) -> bool {
        matches!(self, Self::PythonV1 | Self::PythonV2)
    }

    /// Whether it is YAML of the v2 client.
    #[must_use]
    pub const fn is_yaml(self) -> bool {
        matches!(self, Self::EnvironmentYaml | Self::InlineYaml)
    }
}

/// One property of an environment, whatever it is called in the notation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The name.
    Name,
    /// The version.
    Version,
    /// The description.
    Description,
    /// The tags.
    Tags,
    /// `image`, `base_image`.
    Image,
    /// `base_dockerfile`: a path or the text itself.
    Dockerfile,
    /// `build`, `build_context`.
    Build,
    /// `build.path`.
    BuildPath,
    /// `build.dockerfile_path`.
    BuildDockerfile,
    /// `conda_file`, `conda_dependencies`.
    Conda,
    /// `os_type`.
    OsType,
    /// `inference_config`.
    InferenceConfig,
    /// `datastore`.
    Datastore,
    /// `auto_delete_setting`.
    AutoDelete,
    /// `base_image_registry`.
    Registry,
    /// `base_image_registry.address`.
    RegistryAddress,
    /// `base_image_registry.username`.
    RegistryUsername,
    /// `base_image_registry.password`.
    RegistryPassword,
    /// `base_image_registry.registry_identity`.
    RegistryIdentity,
    /// `python.user_managed_dependencies`.
    UserManaged,
    /// `environment_variables`.
    EnvironmentVariables,
    /// `$schema`.
    Schema,
    /// Any other property, by the dotted name that it was written with.
    Other(String),
}

impl Field {
    /// Whether it says what the environment is built from.
    #[must_use]
    pub const fn is_image_source(&self) -> bool {
        matches!(self, Self::Image | Self::Dockerfile | Self::Build)
    }

    /// What it is called in that notation.
    #[must_use]
    pub fn name_in(&self, notation: Notation) -> &str {
        let v1 = notation.is_v1();
        if matches!(notation, Notation::Json | Notation::Runconfig) {
            return match self {
                Self::Image => "baseImage",
                Self::Dockerfile => "baseDockerfile",
                Self::Build => "buildContext",
                Self::BuildPath => "buildContext.location",
                Self::BuildDockerfile => "buildContext.dockerfilePath",
                Self::Conda => "condaDependencies",
                Self::Registry => "baseImageRegistry",
                Self::RegistryAddress => "baseImageRegistry.address",
                Self::RegistryUsername => "baseImageRegistry.username",
                Self::RegistryPassword => "baseImageRegistry.password",
                Self::RegistryIdentity => "baseImageRegistry.registryIdentity",
                Self::UserManaged => "userManagedDependencies",
                Self::EnvironmentVariables => "environmentVariables",
                other => other.name_in(Notation::PythonV1),
            };
        }
        match self {
            Self::Name => "name",
            Self::Version => "version",
            Self::Description => "description",
            Self::Tags => "tags",
            Self::Image if v1 => "base_image",
            Self::Image => "image",
            Self::Dockerfile => "base_dockerfile",
            Self::Build if v1 => "build_context",
            Self::Build => "build",
            Self::BuildPath => "build.path",
            Self::BuildDockerfile => "build.dockerfile_path",
            Self::Conda if v1 => "conda_dependencies",
            Self::Conda => "conda_file",
            Self::OsType => "os_type",
            Self::InferenceConfig => "inference_config",
            Self::Datastore => "datastore",
            Self::AutoDelete => "auto_delete_setting",
            Self::Registry => "base_image_registry",
            Self::RegistryAddress => "base_image_registry.address",
            Self::RegistryUsername => "base_image_registry.username",
            Self::RegistryPassword => "base_image_registry.password",
            Self::RegistryIdentity => "base_image_registry.registry_identity",
            Self::UserManaged => "user_managed_dependencies",
            Self::EnvironmentVariables => "environment_variables",
            Self::Schema => "$schema",
            Self::Other(name) => name,
        }
    }
}

/// What was written on the right side.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text that is known.
    Text(Text),
    /// `None`, `""`, `null`, or a key with nothing after it.
    Cleared {
        /// Whether it is an empty text rather than a null.
        empty_text: bool,
    },
    /// A truth value.
    Bool(bool),
    /// A number or a date, as written: the clients treat it as such, not as a text.
    Number(String),
    /// The SDK's default CPU or GPU image, by its constant.
    DefaultImage {
        /// Whether it is the GPU one.
        gpu: bool,
    },
    /// The content of the file with this path, which the program reads.
    ContentOf(Text),
    /// A conda specification written in place.
    Conda(Arc<CondaSpec>),
    /// A conda specification in the file with this path.
    CondaPath(Text),
    /// A mapping; its known entries are assignments of their own.
    Map,
    /// A list.
    List,
    /// Something that cannot be known: a variable, a function's result, a placeholder.
    Opaque,
}

impl Value {
    /// The text, where it is one without placeholders.
    #[must_use]
    pub fn known_text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) | Self::CondaPath(text) if !text.templated => Some(text),
            _ => None,
        }
    }

    /// Whether it certainly sets the property to something.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        !matches!(self, Self::Cleared { .. } | Self::Opaque | Self::Bool(false))
    }

    /// Whether it certainly sets the property to nothing.
    #[must_use]
    pub const fn is_cleared(&self) -> bool {
        matches!(self, Self::Cleared { .. })
    }
}

/// A text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text, decoded; a hole of an f-string is `U+FFFC`.
    pub value: String,
    /// The bytes of the host between the quotes.
    pub content: HostRange,
    /// Whether a placeholder or a hole stands in it: then no rule about values speaks.
    pub templated: bool,
}

/// An arm of a branching statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arm {
    /// The statement.
    pub statement: usize,
    /// Which of its bodies.
    pub arm: usize,
    /// Whether control never leaves the arm at its end: it returns, raises, breaks.
    pub leaves: bool,
}

/// One assignment of one property.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The property.
    pub field: Field,
    /// What it is set to.
    pub value: Value,
    /// The whole of it: statement, keyword argument or YAML entry.
    pub range: HostRange,
    /// The name of the property in it.
    pub key: HostRange,
    /// The value in it; empty behind the key where there is none.
    pub value_range: HostRange,
    /// The branches that it stands in, outermost first.
    pub path: Arc<[Arm]>,
    /// Whether it is a statement of its own, which can be removed as whole lines.
    pub statement: bool,
}

impl Assignment {
    /// The place to speak of it: the left side of a statement, the key of anything else.
    #[must_use]
    pub fn target(&self) -> HostRange {
        if self.statement { HostRange::new(self.range.start, self.key.end) } else { self.key }
    }

    /// Whether this one and `other` can both happen in one run.
    #[must_use]
    pub fn compatible(&self, other: &Self) -> bool {
        self.path
            .iter()
            .zip(other.path.iter())
            .take_while(|(a, b)| a.statement == b.statement)
            .all(|(a, b)| a.arm == b.arm)
    }

    /// Whether `later`, which stands behind this one, happens whenever this one has happened.
    #[must_use]
    pub fn always_followed_by(&self, later: &Self) -> bool {
        later.path.len() <= self.path.len()
            && later
                .path
                .iter()
                .zip(self.path.iter())
                .all(|(a, b)| a.statement == b.statement && a.arm == b.arm)
            && !self.path.iter().skip(later.path.len()).any(|arm| arm.leaves)
    }
}

/// What a property is before anything is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initial {
    /// Nothing is set.
    Empty,
    /// The defaults of `Environment(name)` of SDK v1: an image, conda dependencies.
    V1Defaults,
    /// Unknown: a parameter, a clone, something fetched.
    Unknown,
}

/// An environment that is defined in a file.
#[derive(Clone, Debug)]
pub struct Environment {
    /// How it was written.
    pub notation: Notation,
    /// The variable or key path that stands for it: `env`, `run_config.environment`, `jobs.train`.
    pub variable: Option<String>,
    /// What was there before the first assignment.
    pub initial: Initial,
    /// All assignments, in the order of the text.
    pub assignments: Vec<Assignment>,
    /// The whole definition.
    pub range: HostRange,
    /// The place to speak of the definition as a whole.
    pub anchor: HostRange,
    /// What certainly happens to it later: `register`, `submit`, `build`.
    pub uses: Vec<EnvironmentAction>,
    /// The role that its own file gives it.
    pub role: Option<crate::kind::Role>,
    /// Whether the file that uses it scores with a script of its own, so that it needs a server.
    pub scoring_script: bool,
    /// What runs in it, where the file says so.
    pub tasks: Vec<Arc<Task>>,
}

/// What runs in an environment, as far as the file says it that puts it there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// Whether it is the task of a parallel job, which hands its script one batch after the other.
    pub parallel: bool,
    /// The folder with its code.
    pub code: Option<Text>,
    /// The shell command.
    pub command: Option<Text>,
    /// The script, where it is named on its own.
    pub script: Option<Text>,
    /// How its processes find each other: `mpi`, `pytorch`, …
    pub distribution: Option<Text>,
    /// The interactive services that run beside it: `ssh`, `vs_code`, `jupyter_lab`, `tensor_board`.
    pub services: Vec<Text>,
}

/// Something that is done with an environment in Python.
#[derive(Clone, Debug)]
pub struct EnvironmentAction {
    /// The call.
    pub range: HostRange,
    /// The branches that it stands in.
    pub path: Arc<[Arm]>,
    /// The method: `register`, `build`, …; or the class that took it.
    pub what: String,
}

impl Environment {
    /// All assignments of `field`.
    pub fn all<'a>(&'a self, field: &'a Field) -> impl DoubleEndedIterator<Item = &'a Assignment> {
        self.assignments.iter().filter(move |assignment| assignment.field == *field)
    }

    /// The assignment of `field` that counts where nothing branches: the last one.
    #[must_use]
    pub fn last<'a>(&'a self, field: &'a Field) -> Option<&'a Assignment> {
        self.all(field).next_back()
    }

    /// Whether `field` was written at all.
    #[must_use]
    pub fn has(&self, field: &Field) -> bool {
        self.last(field).is_some()
    }

    /// Whether a registry object was made in this file, so that all its settings are seen.
    #[must_use]
    pub fn is_known_registry(&self, registry: &Assignment) -> bool {
        self.assignments.iter().any(|assignment| {
            matches!(
                assignment.field,
                Field::RegistryAddress
                    | Field::RegistryUsername
                    | Field::RegistryPassword
                    | Field::RegistryIdentity
            ) && assignment.range < registry.range
        })
    }

    /// Whether it certainly gets its name: a file that is there to be registered, or code that does it.
    /// Inside a job, or handed over in code, the name is dropped or stays with that run.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        match self.notation {
            Notation::EnvironmentYaml => true,
            Notation::PythonV1 | Notation::PythonV2 => {
                self.uses.iter().any(|used| matches!(used.what.as_str(), "register" | "create_or_update"))
            }
            Notation::InlineYaml | Notation::Json | Notation::Runconfig => false,
        }
    }

    /// The name, where it is known.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.last(&Field::Name)?.value.known_text().map(|text| text.value.as_str())
    }
}

/// A reference to an environment that is defined elsewhere.
#[derive(Clone, Debug)]
pub struct EnvironmentUse {
    /// The reference as written; behind `file:` where it is a path by other means, as in
    /// `load_environment(source="env.yml")`.
    pub text: Text,
    /// The role that the file gives to it.
    pub role: Option<crate::kind::Role>,
    /// Whether the deployment scores with a script of its own.
    pub scoring_script: bool,
    /// What runs in it, where the file says so.
    pub tasks: Vec<Arc<Task>>,
}

/// An environment of a workspace that SDK code asks for by its name alone:
/// `Environment.get(ws, "name")`, `ml_client.environments.get("name", version="1")`.
#[derive(Clone, Debug)]
pub struct NamedUse {
    /// The name.
    pub name: Text,
    /// The version or label, where it is given and known.
    pub version: Option<Text>,
    /// The role that the file gives to it.
    pub role: Option<crate::kind::Role>,
}

/// A local folder that SDK v1 code makes a build context of:
/// `DockerBuildContext.from_local_directory(ws, "docker")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalContext {
    /// The folder.
    pub path: Text,
    /// The path of the Dockerfile in it, where it is said and known.
    pub dockerfile: Option<Text>,
    /// Whether the Dockerfile is the one that the SDK assumes, or `dockerfile`; not so where something
    /// is said that is not known.
    pub known: bool,
    /// The call.
    pub range: HostRange,
}

impl CondaSpec {
    /// Whether it is a `CondaDependencies` object of SDK v1: it has packages, and no text of its own.
    #[must_use]
    pub fn is_sdk_object(&self) -> bool {
        self.keys.is_empty() && self.texts.is_some() | !self.items.is_empty()
    }
}

/// What a conda file says.
#[derive(Clone, Debug, Default)]
pub struct CondaSpec {
    /// The conda packages.
    pub conda: Vec<Package>,
    /// The pip packages.
    pub pip: Vec<Package>,
    /// The last item of the block list under `pip:`, after which another can be put.
    pub last_pip: Option<HostRange>,
    /// The last item of the block list of dependencies.
    pub last_dependency: Option<HostRange>,
    /// Requirement files that it refers to, from the place of the conda file.
    pub requirement_files: Vec<Text>,
    /// Whether something in it cannot be known, so that nothing is provably absent.
    pub open: bool,
    /// The call of `CondaDependencies.create` that was given pip packages, and so left out those that
    /// the SDK would have put in.
    pub created: Option<HostRange>,
    /// What conda or pip would refuse in it.
    pub malformed: Vec<Malformed>,
    /// What code that puts it together writes, where all of that is known.
    pub texts: Option<CondaTexts>,
    /// All that its lists ask for, in order: packages, options of pip, paths.
    pub items: Vec<CondaItem>,
    /// The item of the dependencies that holds the list of pip.
    pub pip_section: Option<HostRange>,
    /// The channels; `None` where they are not written or not known.
    pub channels: Option<Vec<Text>>,
    /// The keys of the mapping that it is written as, with the place of the whole entry and of the key.
    /// Empty for an object of SDK v1, which fills in by itself what is missing.
    pub keys: Vec<(String, HostRange, HostRange)>,
    /// Whether some of it is there on some paths of a program only, so that two items need not meet.
    pub branching: bool,
}

impl CondaSpec {
    /// The place of a key of the mapping that it is written as.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<HostRange> {
        self.keys.iter().find(|key| key.0 == name).map(|key| key.2)
    }

    /// The conda packages of a name.
    pub fn conda_packages<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Package> {
        self.conda.iter().filter(move |package| package.name == name)
    }
}

/// An item of the lists of a conda specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CondaItem {
    /// Whether it stands in the list of pip.
    pub pip: bool,
    /// What is written.
    pub text: Text,
    /// The place, quotes included.
    pub range: HostRange,
}

/// A conda specification that code puts together: every part as the text that it is written with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CondaTexts {
    /// The version of Python; `None` where none is asked for.
    pub python: Option<String>,
    /// The channels, the first one first.
    pub channels: Vec<String>,
    /// The other conda packages.
    pub conda: Vec<String>,
    /// The lines for pip, options before packages.
    pub pip: Vec<String>,
}

/// A part of a file that its reader would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong with it.
    pub message: String,
    /// The place.
    pub range: HostRange,
}

/// A package that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The name, normalised as pip does.
    pub name: String,
    /// Everything behind the name.
    pub specifier: String,
    /// The place.
    pub range: HostRange,
}
