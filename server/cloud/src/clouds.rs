//! The clouds of Azure: where each one's services are.
//! Source of the table: azure-ai-ml 1.35.2.

use serde::Deserialize;
use url::{Host, Url};

use crate::error::{Error, Result};
use crate::{Env, http};

/// A cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// `AzureCloud`, …
    pub name: String,
    /// Resource Manager, without a slash at the end.
    pub resource_manager: String,
    /// Where tokens come from, without a slash at the end.
    pub authority: String,
    /// Where the studio is.
    pub studio: String,
    /// What the names of storage accounts end in, behind `blob.`; empty where it is not known.
    pub storage: String,
    /// How the names of its container registries end, with a dot in front; empty where it is not known.
    pub registries: String,
}

impl Cloud {
    /// One of the public clouds.
    #[must_use]
    pub fn known(name: &str) -> Option<Self> {
        let (resource_manager, authority, studio, storage, registries) = match name {
            "AzureCloud" => (
                "https://management.azure.com",
                "https://login.microsoftonline.com",
                "https://ml.azure.com",
                "core.windows.net",
                ".azurecr.io",
            ),
            "AzureChinaCloud" => (
                "https://management.chinacloudapi.cn",
                "https://login.chinacloudapi.cn",
                "https://studio.ml.azure.cn",
                "core.chinacloudapi.cn",
                ".azurecr.cn",
            ),
            "AzureUSGovernment" => (
                "https://management.usgovcloudapi.net",
                "https://login.microsoftonline.us",
                "https://ml.azure.us",
                "core.usgovcloudapi.net",
                ".azurecr.us",
            ),
            _ => return None,
        };
        Some(Self {
            name: name.to_owned(),
            resource_manager: resource_manager.to_owned(),
            authority: authority.to_owned(),
            studio: studio.to_owned(),
            storage: storage.to_owned(),
            registries: registries.to_owned(),
        })
    }

    /// The cloud that the process environment names, as far as that is known without asking anybody: for
    /// a dry run. `ARM_CLOUD_METADATA_URL` is by custom an address of Resource Manager itself.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] for a name that is none.
    pub fn offline(env: Env<'_>) -> Result<Self> {
        let name = env("AZUREML_CURRENT_CLOUD").unwrap_or_else(|| "AzureCloud".to_owned());
        if let Some(url) = env("ARM_CLOUD_METADATA_URL") {
            let url = checked(&url)?;
            if url.path().trim_end_matches('/') == "/metadata/endpoints" {
                let known = Self::known(&name);
                return Ok(Self {
                    storage: known.as_ref().map_or_else(String::new, |known| known.storage.clone()),
                    studio: known.map_or_else(String::new, |known| known.studio),
                    name,
                    resource_manager: url.origin().ascii_serialization(),
                    authority: String::new(),
                    registries: String::new(),
                });
            }
        }
        Self::known(&name).ok_or_else(|| Error::Configuration {
            message: format!(
                "AZUREML_CURRENT_CLOUD is {name}; it must be AzureCloud, AzureChinaCloud or AzureUSGovernment, or be listed at ARM_CLOUD_METADATA_URL"
            ),
        })
    }

    /// The cloud that the process environment names: out of those that `ARM_CLOUD_METADATA_URL` lists, or
    /// the known one of that name.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] for names and addresses that make no sense, [`Error::Network`] where
    /// the address does not answer.
    pub async fn from_env(env: Env<'_>) -> Result<Self> {
        let Some(url) = env("ARM_CLOUD_METADATA_URL") else { return Self::offline(env) };
        let mut clouds = listed(&checked(&url)?).await?;
        let wanted = env("AZUREML_CURRENT_CLOUD");
        let name = wanted.as_deref().unwrap_or("AzureCloud");
        let found = clouds.iter().position(|cloud| cloud.name == name);
        let found = match found {
            Some(found) => clouds.swap_remove(found),
            None if wanted.is_none() && clouds.len() == 1 => clouds.swap_remove(0),
            None => {
                return match wanted.as_deref().map(Self::known) {
                    Some(Some(known)) => Ok(known),
                    Some(None) => Err(Error::Configuration {
                        message: format!(
                            "AZUREML_CURRENT_CLOUD is {name}, which ARM_CLOUD_METADATA_URL does not list"
                        ),
                    }),
                    None => Err(Error::Configuration {
                        message:
                            "ARM_CLOUD_METADATA_URL lists several clouds; name one with AZUREML_CURRENT_CLOUD"
                                .to_owned(),
                    }),
                };
            }
        };
        checked(&found.resource_manager)?;
        checked(&found.authentication.login_endpoint)?;
        let known = Self::known(&found.name);
        let of_known = || known.as_ref().map_or_else(String::new, |known| known.storage.clone());
        Ok(Self {
            storage: found.suffixes.storage.unwrap_or_else(of_known),
            studio: known.as_ref().map_or_else(String::new, |known| known.studio.clone()),
            resource_manager: found.resource_manager.trim_end_matches('/').to_owned(),
            authority: found.authentication.login_endpoint.trim_end_matches('/').to_owned(),
            registries: match found.suffixes.acr_login_server.trim_start_matches('.') {
                "" => String::new(),
                suffix => format!(".{suffix}"),
            },
            name: found.name,
        })
    }

    /// The blob service of a storage account, without a slash at the end. On this machine it speaks as
    /// Resource Manager does.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] where the cloud does not say what its accounts are called, or the name of
    /// the account is none.
    pub fn blob_service(&self, account: &str) -> Result<String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if self.storage.is_empty() || account.is_empty() || !account.chars().all(plain) {
            let message = match self.storage.is_empty() {
                true => format!("the cloud {} does not say where its storage accounts are", self.name),
                false => format!("{account:?} is no storage account"),
            };
            return Err(Error::Configuration { message });
        }
        let https = format!("https://{account}.blob.{}", self.storage.trim_end_matches('/'));
        let local = Url::parse(&https).is_ok_and(|url| is_loopback(&url));
        if local && self.resource_manager.starts_with("http://") {
            return Ok(https.replacen("https://", "http://", 1));
        }
        Ok(https)
    }

    /// Where the registries of the cloud are found; `None` for a cloud that is not known.
    pub(crate) fn registry_discovery(&self) -> Option<String> {
        let address = match self.name.as_str() {
            "AzureCloud" => "https://eastus.api.azureml.ms",
            "AzureChinaCloud" => "https://chinaeast2.api.ml.azure.cn",
            "AzureUSGovernment" => "https://usgovarizona.api.ml.azure.us",
            _ => return None,
        };
        Some(address.to_owned())
    }

    /// What a token for Resource Manager is asked for.
    #[must_use]
    pub fn scope(&self) -> String {
        format!("{}/.default", self.resource_manager)
    }
}

/// The clouds that are listed at an address.
async fn listed(url: &Url) -> Result<Vec<Metadata>> {
    let response = http::client(url, http::TIMEOUT)?
        .get(url.clone())
        .send()
        .await
        .map_err(|error| http::network(url, &error))?;
    let status = response.status();
    let text = http::body(url, response).await?;
    if !status.is_success() {
        let message = format!("ARM_CLOUD_METADATA_URL answers with HTTP {}", status.as_u16());
        return Err(Error::Configuration { message });
    }
    match serde_json::from_str::<OneOrMany>(&text) {
        Ok(OneOrMany::Many(clouds)) => Ok(clouds),
        Ok(OneOrMany::One(cloud)) => Ok(vec![*cloud]),
        Err(_) => {
            let message = "ARM_CLOUD_METADATA_URL does not answer with a list of clouds".to_owned();
            Err(Error::Configuration { message })
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Metadata>),
    One(Box<Metadata>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    resource_manager: String,
    authentication: Authentication,
    #[serde(default)]
    suffixes: Suffixes,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suffixes {
    storage: Option<String>,
    #[serde(default)]
    acr_login_server: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authentication {
    login_endpoint: String,
}

/// An address that may be talked to: https, or plain http on this machine.
pub(crate) fn checked(text: &str) -> Result<Url> {
    let refused = |why: &str| Error::Configuration { message: format!("{text} is no address to use: {why}") };
    let url = Url::parse(text).map_err(|error| refused(&error.to_string()))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(refused("plain http is for this machine only")),
        _ => Err(refused("it must begin with https://")),
    }
}

/// Whether an address is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine() {
        assert!(checked("http://127.0.0.1:1").is_ok() && checked("http://a.localhost:1").is_ok());
        assert!(checked("http://management.azure.com").is_err() && checked("file:///etc/passwd").is_err());
    }

    #[test]
    fn unknown_clouds_are_refused() {
        let env = |name: &str| (name == "AZUREML_CURRENT_CLOUD").then(|| "Moon".to_owned());
        assert!(matches!(Cloud::offline(&env), Err(Error::Configuration { .. })));
    }
}
