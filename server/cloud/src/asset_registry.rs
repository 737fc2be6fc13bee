//! A registry: environments that many workspaces share. Another plane than Resource Manager's: where it
//! is, is asked first; files go to a container of their own; and the work goes on behind the answer.
//!
//! Source of paths, versions and order: azure-ai-ml 1.35.2, measured on the wire; the polling is documented.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use azure_core::credentials::Secret;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use crate::arm::{Delays, Registered, Registration, Upload, segment, text_or_number};
use crate::blob::{Access, BlobService};
use crate::caller::{Answer, Caller};
use crate::clouds::{Cloud, checked};
use crate::error::{Error, Result};
use crate::target::as_segment;
use crate::{Env, answer, unless_cancelled};

/// The version of the interface.
const API_VERSION: &str = "2021-10-01-dataplanepreview";

/// So often it is asked whether the work is done; with the longest wait that is more than an hour.
const MOST_POLLS: usize = 1000;

/// Registers to a registry as somebody.
pub struct RegistryClient {
    cloud: Cloud,
    token: Secret,
    delays: Delays,
    /// Where registries are found.
    discovery: String,
}

impl std::fmt::Debug for RegistryClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegistryClient").field("cloud", &self.cloud).finish_non_exhaustive()
    }
}

/// Where a registry is.
struct Place {
    /// The address below which its environments are, without a slash at the end.
    base: String,
    caller: Caller,
}

impl RegistryClient {
    /// A client for that cloud with that token.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] where it is not known where the registries of the cloud are.
    pub fn new(cloud: Cloud, token: Secret, delays: Delays, env: Env<'_>) -> Result<Self> {
        let discovery = match env("REGISTRY_DISCOVERY_ENDPOINT_URL") {
            Some(address) => address.trim_end_matches('/').to_owned(),
            None => cloud.registry_discovery().ok_or_else(|| Error::Configuration {
                message: format!(
                    "where the registries of {} are is not known; set REGISTRY_DISCOVERY_ENDPOINT_URL",
                    cloud.name
                ),
            })?,
        };
        checked(&discovery)?;
        Ok(Self { cloud, token, delays, discovery })
    }

    /// Registers. What is on its way when `cancel` is set is dropped.
    ///
    /// # Errors
    ///
    /// Everything that the service, the network or the user may object.
    pub async fn register(
        &self,
        registry: &str,
        registration: &Registration<'_>,
        cancel: &AtomicBool,
    ) -> Result<Registered> {
        as_segment("registry", registry)?;
        as_segment("name of an environment", registration.name)?;
        let place = self.find(registry, cancel).await?;
        let name = registration.name;
        let version = match registration.version {
            Some(version) => {
                as_segment("version", version)?;
                version.to_owned()
            }
            None => next_version(&place, name, cancel).await?,
        };
        let path = format!("{}/versions/{}", segment(name), segment(&version));
        let asset = format!("azureml://registries/{registry}/environments/{name}/versions/{version}");
        let ask = json!({"assetId": asset, "temporaryDataReferenceType": "TemporaryBlobReference"});
        let url = format!("{}/tempdatarefs/{path}?api-version={API_VERSION}", place.base);
        let sas = match place.caller.send(Method::PUT, &url, Some(&ask), cancel).await {
            Ok(Answer { json, .. }) => {
                let uri = json.pointer("/blobReferenceForConsumption/credential/sasUri");
                uri.and_then(Value::as_str).map(str::to_owned)
            }
            // It exists; what is registered then tells whether it may be.
            Err(Error::Conflict { message, .. }) if registration.upload.is_some() => {
                return Err(Error::Conflict { message, differs: Vec::new() });
            }
            Err(Error::Conflict { .. }) => None,
            Err(error) => return Err(error),
        };
        let body = match (&registration.upload, sas) {
            (Some(upload), Some(sas)) => {
                let sent = self.upload(upload, &sas, name, &version);
                let uri = unless_cancelled(cancel, sent).await.ok_or(Error::Cancelled { sent: false })??;
                (registration.body)(Some(&uri))
            }
            (Some(_), None) => {
                let message = "the registry gave no place for the files".to_owned();
                return Err(Error::Service { code: "NoPlace".to_owned(), message });
            }
            (None, _) => (registration.body)(None),
        };
        let url = format!("{}/environments/{path}?api-version={API_VERSION}", place.base);
        let answer = place.caller.send(Method::PUT, &url, Some(&body), cancel).await?;
        let created = answer.status != StatusCode::OK;
        self.finished(&place, &answer, cancel).await?;
        let studio_url = (!self.cloud.studio.is_empty()).then(|| {
            let (registry, name, version) = (segment(registry), segment(name), segment(&version));
            format!("{}/registries/{registry}/environments/{name}/version/{version}", self.cloud.studio)
        });
        Ok(Registered {
            name: name.to_owned(),
            version,
            reference: asset.clone(),
            id: asset,
            created,
            studio_url,
        })
    }

    /// Asks where a registry is.
    async fn find(&self, registry: &str, cancel: &AtomicBool) -> Result<Place> {
        let asking = Caller::new(&checked(&self.discovery)?, self.token.clone(), self.delays, false)?;
        let url = format!(
            "{}/registrymanagement/v1.0/registries/{}/discovery?api-version=v1.0",
            self.discovery,
            segment(registry)
        );
        let found = match asking.send(Method::GET, &url, None, cancel).await {
            Ok(Answer { json, .. }) => json,
            Err(Error::NotFound { message }) => {
                return Err(Error::NoRegistry { name: registry.to_owned(), message });
            }
            Err(error) => return Err(error),
        };
        let part = |key: &str| found.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(address), Some(subscription), Some(group)) =
            (part("primaryRegionResourceProviderUri"), part("subscriptionId"), part("resourceGroup"))
        else {
            let message = "where it is was not answered".to_owned();
            return Err(Error::NoRegistry { name: registry.to_owned(), message });
        };
        let address = address.trim_end_matches('/');
        let base = format!(
            "{address}/mferp/managementfrontend/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MachineLearningServices/registries/{}",
            segment(subscription),
            segment(group),
            segment(registry)
        );
        let caller = Caller::new(&checked(address)?, self.token.clone(), self.delays, true)?;
        Ok(Place { base, caller })
    }

    /// Uploads a context to the container that was given for it, and gives its address.
    async fn upload(&self, upload: &Upload<'_>, sas: &str, name: &str, version: &str) -> Result<String> {
        // What is wrong with it must not be told with the signature in it.
        let refused = || Error::Service {
            code: "NoPlace".to_owned(),
            message: "the place for the files is no address".to_owned(),
        };
        let mut url = Url::parse(sas).map_err(|_| refused())?;
        let signature = url.query().unwrap_or("").to_owned();
        url.set_query(None);
        let container = url.as_str().trim_end_matches('/').to_owned();
        let access = Access::Sas(Secret::new(signature));
        let service = BlobService::new(container, access, self.delays)?;
        upload.sending(service, true, name, version).run().await
    }

    /// Waits until the work behind an answer is done.
    async fn finished(&self, place: &Place, answer: &Answer, cancel: &AtomicBool) -> Result<()> {
        let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
        let Some(operation) = header("azure-asyncoperation").or_else(|| header("location")) else {
            return Ok(());
        };
        let url = checked(operation)?;
        if !is_of(&url, &checked(&place.base)?) {
            let message = format!("the work is to be asked for at {}", url.host_str().unwrap_or(""));
            return Err(Error::Service { code: "AnotherHost".to_owned(), message });
        }
        let asking = Caller::new(&url, self.token.clone(), self.delays, true)?;
        let mut wait = answer::retry_after(&answer.headers);
        for _ in 0..MOST_POLLS {
            let polled = asking.send(Method::GET, operation, None, cancel).await?;
            let status = polled.json.get("status").and_then(Value::as_str).unwrap_or("");
            match (status, polled.status.as_u16()) {
                ("Succeeded", _) | ("", 200 | 201) => return Ok(()),
                ("Failed" | "Canceled", _) => {
                    let text = json!({"error": polled.json.get("error")}).to_string();
                    let headers = &polled.headers;
                    let status = StatusCode::BAD_REQUEST;
                    let host = url.host_str().unwrap_or("");
                    return Err(answer::refused(host, status, headers, &text, &[self.token.secret()]));
                }
                _ => {}
            }
            wait = answer::retry_after(&polled.headers).or(wait);
            let pause = wait.unwrap_or(self.delays.first).min(Duration::from_secs(30));
            let sent = Error::Cancelled { sent: true };
            unless_cancelled(cancel, tokio::time::sleep(pause)).await.ok_or(sent)?;
        }
        Err(Error::Busy { message: "the registry has not finished; it may yet".to_owned() })
    }
}

/// The version to make. A registry changes no version that exists.
async fn next_version(place: &Place, name: &str, cancel: &AtomicBool) -> Result<String> {
    let url = format!("{}/environments/{}?api-version={API_VERSION}", place.base, segment(name));
    match place.caller.send(Method::GET, &url, None, cancel).await {
        Ok(Answer { json, .. }) => {
            let next = json.pointer("/properties/nextVersion").and_then(text_or_number);
            Ok(next.unwrap_or_else(|| "1".to_owned()))
        }
        Err(Error::NotFound { .. }) => Ok("1".to_owned()),
        Err(error) => Err(error),
    }
}

/// Whether the token may go to an address that an answer names: the same host, or one beside it.
fn is_of(url: &Url, base: &Url) -> bool {
    let parent = |url: &Url| {
        let (_, rest) = url.host_str()?.split_once('.')?;
        // What is beside a domain right below the top is somebody else's.
        rest.contains('.').then(|| rest.to_owned())
    };
    let beside = || parent(url).is_some() && parent(url) == parent(base);
    url.scheme() == base.scheme() && (url.host_str() == base.host_str() || beside())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_to_the_registry_and_its_neighbours_alone() {
        let is_of =
            |url: &str, base: &str| is_of(&checked(url).expect("a URL"), &checked(base).expect("a URL"));
        let base = "https://eastus.api.azureml.ms/mferp";
        assert!(is_of("https://eastus.api.azureml.ms/x", base));
        assert!(is_of("https://westus.api.azureml.ms/x", base));
        assert!(!is_of("https://azureml.ms/x", base) && !is_of("https://api.azureml.ms.example.com/x", base));
        assert!(!is_of("https://b.com/", "https://a.com/") && !is_of("http://localhost/x", base));
    }
}
