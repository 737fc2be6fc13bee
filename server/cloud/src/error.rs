//! What can go wrong on the way, each with what to do next.

use std::borrow::Cow;

/// The result of anything here.
pub type Result<T> = std::result::Result<T, Error>;

/// Why nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// The name is not known to the resolver.
    Name,
    /// The certificate is not trusted here.
    Certificate,
    /// Anything else: no route, a refused or broken connection, no answer in time.
    Connection,
}

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
    /// The sign-in has run out.
    #[error("the sign-in to Azure has expired: {message}")]
    Expired {
        /// What the service says.
        message: String,
    },
    /// The sign-in is for another tenant than the subscription's.
    #[error("the subscription belongs to another tenant than the sign-in: {message}")]
    WrongTenant {
        /// The tenant that is wanted, where the service says it.
        tenant: Option<String>,
        /// What the service says.
        message: String,
    },
    /// This machine's clock is wrong, so that tokens and signatures are.
    #[error("the clock of this machine is {} {} Azure's, so the sign-in is not accepted", minutes_in_words(*.seconds), if *.seconds > 0 { "ahead of" } else { "behind" })]
    Clock {
        /// By how much it is ahead.
        seconds: i64,
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
    /// The datastore for build contexts is not there, or is none that takes files.
    #[error("the datastore {name} cannot be used: {message}")]
    Datastore {
        /// Its name.
        name: String,
        /// Why.
        message: String,
    },
    /// The registry of environments is not there.
    #[error("the registry {name} was not found: {message}")]
    NoRegistry {
        /// Its name.
        name: String,
        /// What the service says.
        message: String,
    },
    /// The version exists and is different.
    #[error("{message}{}", if .differs.is_empty() { String::new() } else { format!(" What differs: {}.", .differs.join(", ")) })]
    Conflict {
        /// What the service says.
        message: String,
        /// The properties that can never change and differ, where that could be found out.
        differs: Vec<&'static str>,
    },
    /// The service is too busy or has trouble, after all retries.
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
    /// The storage account refused.
    #[error("the storage account {host} refused ({code}): {message}")]
    Storage {
        /// The host of the account.
        host: String,
        /// The code of the service, or the HTTP status.
        code: String,
        /// What the service says.
        message: String,
        /// Whether a role is missing.
        forbidden: bool,
    },
    /// A web page came instead of an answer.
    #[error(
        "a web page came instead of an answer of {host} (HTTP {status}): something on the way answers for it"
    )]
    Intercepted {
        /// The host that was asked.
        host: String,
        /// The HTTP status.
        status: u16,
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
        /// Why, in words.
        message: String,
        /// Why, for what to do next.
        why: Unreachable,
    },
    /// A file could not be read.
    #[error("the file {path} cannot be read: {message}")]
    Disk {
        /// The file or folder.
        path: String,
        /// Why.
        message: String,
    },
    /// A file is not what it was when the context was looked at.
    #[error("the file {path} changed while it was uploaded; nothing was registered")]
    Changed {
        /// The path in the context.
        path: String,
    },
    /// The build context cannot be sent as it is.
    #[error("{message}")]
    Context {
        /// What is wrong.
        message: String,
        /// What to do.
        next: &'static str,
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
    /// A file or folder that cannot be read.
    #[must_use]
    pub fn disk(path: &str, error: &std::io::Error) -> Self {
        let text = error.to_string();
        let message = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
        Self::Disk { path: path.to_owned(), message }
    }

    /// What to do about it.
    #[must_use]
    pub fn next_step(&self) -> Option<Cow<'static, str>> {
        let step = match self {
            Self::NotSignedIn { .. } => {
                "Run `az login`, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET; on a machine with a managed identity, AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential."
            }
            Self::Unauthorized { .. } => "Run `az login` again; the account may belong to another tenant.",
            Self::Expired { .. } => "Run `az login` again.",
            Self::WrongTenant { tenant: Some(tenant), .. } => {
                return Some(format!("Run `az login --tenant {tenant}`.").into());
            }
            Self::WrongTenant { tenant: None, .. } => {
                "Run `az login --tenant` with the tenant of the subscription."
            }
            Self::Clock { .. } => "Set the clock of this machine, and try again.",
            Self::Forbidden { .. } => {
                "The account needs the role AzureML Data Scientist, or one that may write environments, on the workspace."
            }
            Self::NotFound { .. } => "Check subscription, resource group and workspace.",
            Self::Datastore { .. } => {
                "Look at the datastores of the workspace (`az ml datastore list`), and name one of type AzureBlob with datastore."
            }
            Self::NoRegistry { .. } => "Check the name after --registry, and whether the account may see it.",
            Self::Conflict { .. } => {
                "Image and packages of a version never change: leave the version out for the next one, or give another."
            }
            Self::Busy { .. } => "Try again in a few minutes.",
            Self::NotAllowed { .. } => {
                "In amlenv/config.toml in your folder for configuration, or in the editor's settings, network.enabled = true allows Microsoft's registry, and network.registries names others."
            }
            Self::Storage { forbidden: true, .. } => {
                "The account needs the role Storage Blob Data Contributor on the storage account of the workspace; a firewall of the storage account refuses in the same way."
            }
            Self::Storage { .. } => "Try again: what is uploaded already is not sent again.",
            Self::Intercepted { .. } => "Check HTTPS_PROXY and whether this network asks to sign in.",
            Self::Network { why: Unreachable::Name, .. } => {
                "Check the connection, the VPN, and HTTPS_PROXY; a private endpoint has a name inside its own network only."
            }
            Self::Network { why: Unreachable::Certificate, .. } => {
                "Where a company's proxy looks into TLS, its certificate must be in this machine's certificate store (or named by SSL_CERT_FILE)."
            }
            Self::Network { why: Unreachable::Connection, .. } => "Check the connection and HTTPS_PROXY.",
            Self::Disk { .. } => "Make it readable, or name it in .amlignore.",
            Self::Changed { .. } => "Register again when nothing writes to the folder any more.",
            Self::Context { next, .. } => next,
            Self::NoTarget { .. } => {
                "There are four ways: --subscription, --resource-group and --workspace; the variables AZUREML_ARM_SUBSCRIPTION, AZUREML_ARM_RESOURCEGROUP and AZUREML_ARM_WORKSPACE_NAME; a workspace file .azureml/config.json; the defaults of the Azure CLI (`az configure --defaults group=… workspace=…`)."
            }
            Self::Cancelled { sent: true } => "Look into the workspace before registering again.",
            Self::Service { message, .. } if message.to_lowercase().contains("name") => {
                "A name is made of letters, digits, - and _, begins with a letter or digit, and does not begin with azureml or microsoft; give another with --name."
            }
            Self::Registry { .. }
            | Self::NoImage { .. }
            | Self::Service { .. }
            | Self::Cancelled { sent: false }
            | Self::InvalidName { .. }
            | Self::Configuration { .. } => return None,
        };
        Some(step.into())
    }

    /// Whether its text begins with the name of a host, which is written as it is.
    #[must_use]
    pub const fn begins_with_host(&self) -> bool {
        matches!(self, Self::NotAllowed { .. } | Self::Registry { .. } | Self::Network { .. })
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

fn minutes_in_words(seconds: i64) -> String {
    format!("{} minutes", seconds.unsigned_abs() / 60)
}
