//! What kind of file something is. Decided by content first; a name only breaks ties.

/// The kinds of file that amlenv reads; the names are those of the JSON output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A Dockerfile.
    Dockerfile,
    /// A v2 environment definition.
    EnvironmentYaml,
    /// A v2 job, component or pipeline.
    JobYaml,
    /// A v2 online or batch deployment.
    DeploymentYaml,
    /// A conda environment.
    Conda,
    /// A pip requirements file.
    Requirements,
    /// Python with SDK code.
    Python,
    /// A notebook with SDK code.
    Notebook,
    /// A v1 environment definition in JSON.
    EnvironmentJson,
    /// A v1 run configuration.
    Runconfig,
    /// A file that others look at, and that says nothing of environments by itself: a list of what to
    /// leave out of a context, a script.
    Other,
    /// amlenv's own configuration.
    Config,
}

impl FileKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Dockerfile,
        Self::EnvironmentYaml,
        Self::JobYaml,
        Self::DeploymentYaml,
        Self::Conda,
        Self::Requirements,
        Self::Python,
        Self::Notebook,
        Self::EnvironmentJson,
        Self::Runconfig,
        Self::Other,
        Self::Config,
    ];

    /// The name in every output format and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dockerfile => "dockerfile",
            Self::EnvironmentYaml => "environment-yaml",
            Self::JobYaml => "job-yaml",
            Self::DeploymentYaml => "deployment-yaml",
            Self::Conda => "conda",
            Self::Requirements => "requirements",
            Self::Python => "python",
            Self::Notebook => "notebook",
            Self::EnvironmentJson => "environment-json",
            Self::Runconfig => "runconfig",
            Self::Other => "other",
            Self::Config => "config",
        }
    }

    /// The kind with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What an environment is used for. Unknown is silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Jobs, pipelines and their components.
    Training,
    /// Online endpoints.
    Online,
    /// Batch endpoints.
    Batch,
    /// Interactive jobs.
    Interactive,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Training, Self::Online, Self::Batch, Self::Interactive];

    /// The name, in configuration and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Online => "online",
            Self::Batch => "batch",
            Self::Interactive => "interactive",
        }
    }

    /// The role with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}
