//! Signing in: the credentials of `azure_identity`, in the order in which Azure's own tools try them.
//! `AZURE_TOKEN_CREDENTIALS` narrows them: `prod`, `dev`, or the name of one.

use std::sync::Arc;

use azure_core::credentials::{Secret, TokenCredential};
use azure_identity::{
    AzureCliCredential, AzureDeveloperCliCredential, ClientSecretCredential, ManagedIdentityCredential,
    WorkloadIdentityCredential,
};

use crate::clouds::Cloud;
use crate::error::{Error, Result};
use crate::{Env, arm};

/// How much of a failed credential's own words is worth repeating.
const WORDS: usize = 160;

/// Signs in for Resource Manager and gives a token's text, inside a type that does not print it.
///
/// # Errors
///
/// [`Error::NotSignedIn`] says what was tried.
pub async fn sign_in(cloud: &Cloud, env: Env<'_>) -> Result<Secret> {
    arm::install_provider();
    let scope = cloud.scope();
    let mut tried: Vec<String> = Vec::new();
    for (name, credential) in chain(env)? {
        let credential = match credential {
            Ok(credential) => credential,
            Err(error) => {
                tried.push(format!("{name}: {}", words(&error)));
                continue;
            }
        };
        match credential.get_token(&[&scope], None).await {
            Ok(token) => {
                tracing::info!("signed in by {name}");
                return Ok(token.token);
            }
            Err(error) => tried.push(format!("{name}: {}", words(&error))),
        }
    }
    Err(Error::NotSignedIn {
        tried: if tried.is_empty() { "nothing to try".to_owned() } else { tried.join("; ") },
    })
}

type Credential = azure_core::Result<Arc<dyn TokenCredential>>;

/// The credentials to try, in order.
fn chain(env: Env<'_>) -> Result<Vec<(&'static str, Credential)>> {
    let wanted = env("AZURE_TOKEN_CREDENTIALS").unwrap_or_default().to_ascii_lowercase();
    let production = matches!(wanted.as_str(), "" | "prod");
    let developer = matches!(wanted.as_str(), "" | "dev");
    let named = |name: &str| wanted == name.to_ascii_lowercase();
    let mut out: Vec<(&'static str, Credential)> = Vec::new();
    let secret = (env("AZURE_TENANT_ID"), env("AZURE_CLIENT_ID"), env("AZURE_CLIENT_SECRET"));
    if named("EnvironmentCredential") || production {
        match secret {
            (Some(tenant), Some(client), Some(secret)) => {
                let made = ClientSecretCredential::new(&tenant, client, Secret::new(secret), None);
                out.push(("client secret", made.map(|made| made as Arc<dyn TokenCredential>)));
            }
            _ if named("EnvironmentCredential") => {
                let message = "AZURE_TOKEN_CREDENTIALS asks for EnvironmentCredential, which needs AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET";
                return Err(Error::Configuration { message: message.to_owned() });
            }
            _ => {}
        }
    }
    if named("WorkloadIdentityCredential") || production && env("AZURE_FEDERATED_TOKEN_FILE").is_some() {
        out.push(("workload identity", WorkloadIdentityCredential::new(None).map(|made| made as _)));
    }
    // Without a sign of a managed identity the address of virtual machines would be asked, which is
    // a surprise on a laptop; it is, if the user says so.
    let managed = env("IDENTITY_ENDPOINT").is_some() || env("MSI_ENDPOINT").is_some();
    if named("ManagedIdentityCredential") || production && managed {
        out.push(("managed identity", ManagedIdentityCredential::new(None).map(|made| made as _)));
    }
    if named("AzureCliCredential") || developer {
        out.push(("Azure CLI", AzureCliCredential::new(None).map(|made| made as _)));
    }
    if named("AzureDeveloperCliCredential") || developer {
        out.push(("Azure Developer CLI", AzureDeveloperCliCredential::new(None).map(|made| made as _)));
    }
    if out.is_empty() && !production && !developer {
        let message = format!(
            "AZURE_TOKEN_CREDENTIALS is {wanted}; it must be prod, dev, EnvironmentCredential, WorkloadIdentityCredential, ManagedIdentityCredential, AzureCliCredential or AzureDeveloperCliCredential"
        );
        return Err(Error::Configuration { message });
    }
    Ok(out)
}

/// The beginning of an error's text: enough to see what it was.
fn words(error: &azure_core::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or("").trim();
    line.chars().take(WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_is_narrowed_by_name() {
        let names = |wanted: &'static str| {
            let env = move |name: &str| (name == "AZURE_TOKEN_CREDENTIALS").then(|| wanted.to_owned());
            chain(&env).map(|chain| chain.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
        };
        assert_eq!(names("dev").expect("a chain"), ["Azure CLI", "Azure Developer CLI"]);
        assert_eq!(names("AzureCliCredential").expect("a chain"), ["Azure CLI"]);
        assert!(names("EnvironmentCredential").is_err() && names("Abacus").is_err());
    }
}
