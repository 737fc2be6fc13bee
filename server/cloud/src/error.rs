//! What can go wrong on the way, each with what to do next.

/// The result of anything here.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong. The texts hold no secrets: what a service answers is cut to its message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No credential worked.
    #[error("not signed in to Azure ({tried})")]
    NotSignedIn {
        /// What was tried, and why it did not work, in a few words.
        tried: String,
    },
    /// The service does not know the caller.
    #[error("Azure did not accept the sign-in: {message}")]
    Unauthorized {
        /// What the service says.
        message: String,
    },
    /// The caller may not do this.
    #[error("no permission: {message}")]
    Forbidden {
        /// What the service says.
        message: String,
    },
    /// The workspace is not there.
    #[error("the workspace was not found: {message}")]
    NotFound {
        /// What the service says.
        message: String,
    },
    /// The version exists and is different.
    #[error("{message}")]
    Conflict {
        /// What the service says.
        message: String,
    },
    /// The service is too busy, after all retries.
    #[error("the service is busy: {message}")]
    Busy {
        /// What the service says.
        message: String,
    },
    /// Any other refusal.
    #[error("the service refused ({code}): {message}")]
    Service {
        /// The code of the service, or the HTTP status.
        code: String,
        /// What the service says.
        message: String,
    },
    /// The user has not allowed to ask this host.
    #[error("{host} is not asked: {why}")]
    NotAllowed {
        /// The host.
        host: String,
        /// What is missing.
        why: &'static str,
    },
    /// A registry of images does not give what was asked.
    #[error("{host}: {message}")]
    Registry {
        /// The host.
        host: String,
        /// Why not.
        message: String,
    },
    /// A registry knows no such image, or shows it to others only.
    #[error("there is no image {image}, or it is not shown without signing in")]
    NoImage {
        /// Host and repository.
        image: String,
    },
    /// Nobody answered.
    #[error("{host} could not be reached: {message}")]
    Network {
        /// The host.
        host: String,
        /// Why.
        message: String,
    },
    /// The user cancelled.
    #[error("{}", if *sent { "cancelled while Azure was registering; it may be registered all the same" } else { "cancelled; nothing was registered" })]
    Cancelled {
        /// Whether the request that registers was on its way already.
        sent: bool,
    },
    /// No workspace was named anywhere.
    #[error("which workspace? {missing} not given")]
    NoTarget {
        /// What is missing.
        missing: String,
    },
    /// A part of the target, or the name or version of the environment, cannot be one.
    #[error("{value:?} is no {what}")]
    InvalidName {
        /// What it should be.
        what: &'static str,
        /// What it is.
        value: String,
    },
    /// A setting makes no sense.
    #[error("{message}")]
    Configuration {
        /// What is wrong.
        message: String,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn next_step(&self) -> Option<&'static str> {
        match self {
            Self::NotSignedIn { .. } => Some(
                "Run `az login`, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET; on a machine with a managed identity, AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential.",
            ),
            Self::Unauthorized { .. } => {
                Some("Run `az login` again; the account may belong to another tenant.")
            }
            Self::Forbidden { .. } => Some(
                "The account needs the role AzureML Data Scientist, or one that may write environments, on the workspace.",
            ),
            Self::NotFound { .. } => Some("Check subscription, resource group and workspace."),
            Self::Conflict { .. } => Some(
                "Image and packages of a version never change: leave the version out for the next one, or give another.",
            ),
            Self::Busy { .. } => Some("Try again in a few minutes."),
            Self::NotAllowed { .. } => Some(
                "In amlenv/config.toml in your folder for configuration, or in the editor's settings, network.enabled = true allows Microsoft's registry, and network.registries names others.",
            ),
            Self::Registry { .. } | Self::NoImage { .. } => None,
            Self::Network { .. } => Some("Check the connection and HTTPS_PROXY."),
            Self::NoTarget { .. } => Some(
                "There are four ways: --subscription, --resource-group and --workspace; the variables AZUREML_ARM_SUBSCRIPTION, AZUREML_ARM_RESOURCEGROUP and AZUREML_ARM_WORKSPACE_NAME; a workspace file .azureml/config.json; the defaults of the Azure CLI (`az configure --defaults group=… workspace=…`).",
            ),
            Self::Cancelled { sent: true } => Some("Look into the workspace before registering again."),
            Self::Service { .. }
            | Self::Cancelled { sent: false }
            | Self::InvalidName { .. }
            | Self::Configuration { .. } => None,
        }
    }

    /// Whether the call or its surroundings were wrong, rather than what was sent.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NotSignedIn { .. }
                | Self::NoTarget { .. }
                | Self::NotAllowed { .. }
                | Self::InvalidName { .. }
                | Self::Configuration { .. }
        )
    }
}
