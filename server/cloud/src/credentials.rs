//! Signing in: the credentials of `azure_identity`, in the order in which Azure's own tools try them.
//! `AZURE_TOKEN_CREDENTIALS` narrows them: `prod`, `dev`, or the name of one.
//!
//! It must not know what the token is for.

mod certificate;
mod compute;
mod surroundings;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::error::ErrorKind;
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, AzurePipelinesCredential, AzurePipelinesCredentialOptions,
    ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

use self::certificate::Certificate;
use self::compute::ComputeIdentity;
use self::surroundings::{Authority, Program};
use crate::clouds::Cloud;
use crate::error::{Error, Result, Unreachable};
use crate::spoken::tidy;
use crate::{Env, unless_cancelled};

/// How much of a failed credential's own words is worth repeating.
const WORDS: usize = 240;

/// How long one way of signing in may take, its own retries included.
const LIMIT: Duration = Duration::from_secs(60);

/// Variables that hold secrets; their values are kept out of every message.
const SECRETS: [&str; 5] = [
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "IDENTITY_HEADER",
    "MSI_SECRET",
    "SYSTEM_ACCESSTOKEN",
];

/// Signs in for Resource Manager and gives a token's text, inside a type that does not print it.
///
/// # Errors
///
/// [`Error::NotSignedIn`] says what was tried, [`Error::Network`] that it could not be.
pub async fn sign_in(cloud: &Cloud, env: Env<'_>, cancel: &AtomicBool) -> Result<Secret> {
    sign_in_to(&cloud.scope(), cloud, env, cancel).await
}

/// Signs in for storage accounts. The scope is the same in all clouds.
/// Source: azure-storage-blob 12.31.1, measured.
pub(crate) async fn sign_in_to_storage(cloud: &Cloud, env: Env<'_>, cancel: &AtomicBool) -> Result<Secret> {
    sign_in_to("https://storage.azure.com/.default", cloud, env, cancel).await
}

async fn sign_in_to(scope: &str, cloud: &Cloud, env: Env<'_>, cancel: &AtomicBool) -> Result<Secret> {
    let authority = Authority::new(cloud, env)?;
    let secrets: Vec<String> = SECRETS.iter().filter_map(|name| env(name)).collect();
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let mut tried: Vec<String> = Vec::new();
    for way in chain(&authority, env)? {
        let scopes = [scope];
        let outcome = match &way.credential {
            Ok(credential) => {
                let asked = tokio::time::timeout(LIMIT, credential.get_token(&scopes, None));
                match unless_cancelled(cancel, asked).await {
                    None => return Err(Error::Cancelled { sent: false }),
                    Some(Ok(outcome)) => outcome.map_err(|error| {
                        (words(&error, &secrets), is_unreachable(&error).then(|| authority.host()))
                    }),
                    Some(Err(_)) => Err((format!("no answer within {} s", LIMIT.as_secs()), None)),
                }
            }
            Err(error) => Err((words(error, &secrets), None)),
        };
        match outcome {
            Ok(token) => {
                tracing::info!("signed in by {}", way.name);
                return Ok(token.token);
            }
            Err((message, Some(host))) if way.decisive => {
                return Err(Error::Network { host, message, why: Unreachable::Connection });
            }
            Err((message, _)) => tried.push(format!("{}: {message}", way.name)),
        }
        // Who sets up a service principal and mistypes its secret does not want to be somebody else.
        if way.decisive {
            break;
        }
    }
    Err(Error::NotSignedIn {
        tried: if tried.is_empty() { "nothing to try".to_owned() } else { tried.join("; ") },
    })
}

type Credential = azure_core::Result<Arc<dyn TokenCredential>>;

/// A way to sign in.
struct Way {
    name: &'static str,
    credential: Credential,
    /// Whether it is the one that was set up, so that nothing else is tried if it fails.
    decisive: bool,
}

impl Way {
    fn new(name: &'static str, credential: azure_core::Result<Arc<impl TokenCredential + 'static>>) -> Self {
        Self { name, credential: credential.map(|made| made as Arc<dyn TokenCredential>), decisive: false }
    }

    fn decisive(self) -> Self {
        Self { decisive: true, ..self }
    }
}

/// The ways to try, in order.
fn chain(authority: &Authority, env: Env<'_>) -> Result<Vec<Way>> {
    let wanted = env("AZURE_TOKEN_CREDENTIALS").unwrap_or_default().to_ascii_lowercase();
    let production = matches!(wanted.as_str(), "" | "prod");
    let developer = matches!(wanted.as_str(), "" | "dev");
    let named = |name: &str| wanted == name.to_ascii_lowercase();
    let mut out: Vec<Way> = Vec::new();
    if named("EnvironmentCredential") || production {
        match service_principal(authority, env) {
            Some(way) => out.push(way),
            None if !production => {
                return Err(lacking(
                    "EnvironmentCredential",
                    "AZURE_TENANT_ID, AZURE_CLIENT_ID, and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH",
                ));
            }
            None => {}
        }
    }
    if named("WorkloadIdentityCredential") || production && env("AZURE_FEDERATED_TOKEN_FILE").is_some() {
        out.push(workload_identity(authority, env));
    }
    if named("AzurePipelinesCredential") || production {
        match pipelines(authority, env) {
            Some(way) => out.push(way),
            None if !production => {
                return Err(lacking(
                    "AzurePipelinesCredential",
                    "SYSTEM_OIDCREQUESTURI, SYSTEM_ACCESSTOKEN, AZURESUBSCRIPTION_TENANT_ID, AZURESUBSCRIPTION_CLIENT_ID and AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
                ));
            }
            None => {}
        }
    }
    // Without a sign of a managed identity the address of virtual machines would be asked, which is
    // a surprise on a laptop; it is, if the user says so.
    let signs = env("IDENTITY_ENDPOINT").is_some() || ComputeIdentity::is_set_up(env);
    if named("ManagedIdentityCredential") || wanted == "prod" || production && signs {
        out.push(managed_identity(env));
    }
    if named("AzureCliCredential") || developer {
        let options = AzureCliCredentialOptions {
            executor: Some(Arc::new(Program)),
            ..AzureCliCredentialOptions::default()
        };
        out.push(Way::new("Azure CLI", AzureCliCredential::new(Some(options))));
    }
    if named("AzureDeveloperCliCredential") || developer {
        let options = AzureDeveloperCliCredentialOptions {
            executor: Some(Arc::new(Program)),
            ..AzureDeveloperCliCredentialOptions::default()
        };
        out.push(Way::new("Azure Developer CLI", AzureDeveloperCliCredential::new(Some(options))));
    }
    if out.is_empty() && !production && !developer {
        let message = format!(
            "AZURE_TOKEN_CREDENTIALS is {wanted}; it must be prod, dev, EnvironmentCredential, WorkloadIdentityCredential, AzurePipelinesCredential, ManagedIdentityCredential, AzureCliCredential or AzureDeveloperCliCredential"
        );
        return Err(Error::Configuration { message });
    }
    Ok(out)
}

fn lacking(name: &str, variables: &str) -> Error {
    let message = format!("AZURE_TOKEN_CREDENTIALS asks for {name}, which needs {variables}");
    Error::Configuration { message }
}

/// A client's secret or its certificate, in this order as in Azure's own tools.
fn service_principal(authority: &Authority, env: Env<'_>) -> Option<Way> {
    let (tenant, client) = (env("AZURE_TENANT_ID")?, env("AZURE_CLIENT_ID")?);
    if let Some(secret) = env("AZURE_CLIENT_SECRET") {
        let options = ClientSecretCredentialOptions { client_options: authority.client_options() };
        let made = ClientSecretCredential::new(&tenant, client, Secret::new(secret), Some(options));
        return Some(Way::new("client secret", made).decisive());
    }
    let path = env("AZURE_CLIENT_CERTIFICATE_PATH")?;
    let chain = env("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN");
    let with_chain = chain.is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"));
    let made =
        Certificate::read(path.as_ref(), authority.token_endpoint(&tenant), client.clone(), with_chain)
            .and_then(|assertion| {
                let options = ClientAssertionCredentialOptions { client_options: authority.client_options() };
                ClientAssertionCredential::new(tenant, client, assertion, Some(options))
            });
    Some(Way::new("client certificate", made).decisive())
}

fn workload_identity(authority: &Authority, env: Env<'_>) -> Way {
    let options = WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options: authority.client_options() },
        client_id: env("AZURE_CLIENT_ID"),
        tenant_id: env("AZURE_TENANT_ID"),
        token_file_path: env("AZURE_FEDERATED_TOKEN_FILE").map(Into::into),
    };
    Way::new("workload identity", WorkloadIdentityCredential::new(Some(options))).decisive()
}

/// The service connection of a step of Azure Pipelines. Source of the names: the tasks AzureCLI@2 and
/// AzurePowerShell@5 set them.
fn pipelines(authority: &Authority, env: Env<'_>) -> Option<Way> {
    env("SYSTEM_OIDCREQUESTURI")?;
    let options = AzurePipelinesCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options: authority.client_options() },
    };
    let made = AzurePipelinesCredential::new(
        env("AZURESUBSCRIPTION_TENANT_ID")?,
        env("AZURESUBSCRIPTION_CLIENT_ID")?,
        &env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID")?,
        Secret::new(env("SYSTEM_ACCESSTOKEN")?),
        Some(options),
    );
    Some(Way::new("Azure Pipelines", made).decisive())
}

fn managed_identity(env: Env<'_>) -> Way {
    const NAME: &str = "managed identity";
    let client = env("AZURE_CLIENT_ID").or_else(|| env("DEFAULT_IDENTITY_CLIENT_ID"));
    if env("IDENTITY_ENDPOINT").is_none() && ComputeIdentity::is_set_up(env) {
        return Way::new(NAME, ComputeIdentity::new(env, client));
    }
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: client.map(UserAssignedId::ClientId),
        client_options: surroundings::of_machine(),
    };
    Way::new(NAME, ManagedIdentityCredential::new(Some(options)))
}

/// Whether nobody was there to be asked.
fn is_unreachable(error: &azure_core::Error) -> bool {
    let mut error = Some(error);
    while let Some(here) = error {
        if matches!(here.kind(), ErrorKind::Connection) {
            return true;
        }
        error = here.downcast_ref::<azure_core::Error>();
    }
    false
}

/// What a credential says about its failure, without what frames it.
fn words(error: &azure_core::Error, secrets: &[&str]) -> String {
    if is_unreachable(error) {
        return "no connection".to_owned();
    }
    let text = error.to_string();
    let text = text.split("To troubleshoot, visit").next().unwrap_or("");
    let text = text.split_once("authentication failed.").map_or(text, |(_, rest)| rest);
    let text = text.trim().trim_start_matches("ERROR:");
    match tidy(text, secrets, WORDS) {
        text if text.is_empty() => "it failed".to_owned(),
        text => text.trim_end_matches('.').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(variables: &'static [(&'static str, &'static str)]) -> Result<Vec<(&'static str, bool)>> {
        let env = move |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let cloud = Cloud::known("AzureCloud").expect("a cloud");
        let authority = Authority::new(&cloud, &env)?;
        Ok(chain(&authority, &env)?.into_iter().map(|way| (way.name, way.decisive)).collect())
    }

    const CLI: (&str, bool) = ("Azure CLI", false);
    const AZD: (&str, bool) = ("Azure Developer CLI", false);

    #[test]
    fn the_chain_is_narrowed_by_name() {
        let only = |wanted: &'static str| match wanted {
            "" => names(&[]),
            "dev" => names(&[("AZURE_TOKEN_CREDENTIALS", "dev")]),
            "prod" => names(&[("AZURE_TOKEN_CREDENTIALS", "prod")]),
            "cli" => names(&[("AZURE_TOKEN_CREDENTIALS", "azureclicredential")]),
            "env" => names(&[("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")]),
            "pipelines" => names(&[("AZURE_TOKEN_CREDENTIALS", "AzurePipelinesCredential")]),
            _ => names(&[("AZURE_TOKEN_CREDENTIALS", "Abacus")]),
        };
        assert_eq!(only("").expect("a chain"), [CLI, AZD]);
        assert_eq!(only("dev").expect("a chain"), [CLI, AZD]);
        assert_eq!(only("prod").expect("a chain"), [("managed identity", false)]);
        assert_eq!(only("cli").expect("a chain"), [CLI]);
        for incomplete in ["env", "pipelines", "abacus"] {
            assert!(matches!(only(incomplete), Err(Error::Configuration { .. })), "{incomplete}");
        }
    }

    #[test]
    fn what_is_set_up_comes_first_and_decides() {
        let principal = [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "s")];
        let leaked: &'static [_] = Box::leak(Box::new(principal));
        assert_eq!(names(leaked).expect("a chain"), [("client secret", true), CLI, AZD]);
        let incomplete = names(&[("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_SECRET", "s")]);
        assert_eq!(incomplete.expect("a chain"), [CLI, AZD]);
        let machine = names(&[("MSI_ENDPOINT", "http://127.0.0.1:1/"), ("MSI_SECRET", "s")]);
        assert_eq!(machine.expect("a chain"), [("managed identity", false), CLI, AZD]);
        let shell = names(&[("MSI_ENDPOINT", "http://127.0.0.1:1/")]);
        assert_eq!(shell.expect("a chain"), [CLI, AZD]);
    }
}
