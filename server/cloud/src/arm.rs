//! Azure Resource Manager: registering an environment as the official client does.
//! Source of paths, headers, versions and retries: azure-ai-ml 1.35.2, measured on the wire.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use azure_core::credentials::Secret;
use azure_core::time::OffsetDateTime;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::blob::{Access, BlobService};
use crate::caller::{Answer, Caller};
use crate::clouds::{Cloud, checked};
use crate::context::{Digests, Folder, Progress, Sending};
use crate::credentials::sign_in_to_storage;
use crate::error::{Error, Result};
use crate::target::{Target, as_segment};
use crate::{Env, http, sas, unless_cancelled};

/// The version of the interface that the official client speaks for environments.
const API_VERSION: &str = "2023-04-01-preview";

/// The version that it speaks for datastores.
const DATASTORES_VERSION: &str = "2024-10-01-preview";

/// No list is read further than so many pages.
const MAX_PAGES: usize = 50;

/// What never changes of a version, as it is called for people and in the body. Source: REST reference,
/// Environment Versions, properties that are only for creating.
const CREATE_ONLY: [(&str, &str); 5] = [
    ("image", "image"),
    ("build", "build"),
    ("conda_file", "condaFile"),
    ("os_type", "osType"),
    ("inference_config", "inferenceConfig"),
];

/// How long things may take; tests wait less.
#[derive(Clone, Copy, Debug)]
pub struct Delays {
    /// The first wait between tries; each further one is twice as long.
    pub first: Duration,
    /// The longest wait. If the service asks for a longer one, it is not tried again.
    pub most: Duration,
    /// How long an answer may take.
    pub answer: Duration,
}

impl Default for Delays {
    fn default() -> Self {
        Self { first: Duration::from_millis(800), most: Duration::from_secs(120), answer: http::TIMEOUT }
    }
}

impl Delays {
    /// How long to wait before the next try; not at all where the service asks for too long.
    pub(crate) fn wait(&self, tries: u32, asked: Option<Duration>) -> Option<Duration> {
        match asked {
            Some(asked) => (asked <= self.most).then_some(asked),
            None => Some((self.first * 2u32.saturating_pow(tries)).min(self.most)),
        }
    }
}

/// What is to be registered.
pub struct Registration<'a> {
    /// The name.
    pub name: &'a str,
    /// The version; `None` lets the newest one be updated where only description or tags differ,
    /// else makes the next.
    pub version: Option<&'a str>,
    /// The body of the request, for the address of the uploaded context if there is one.
    pub body: &'a (dyn Fn(Option<&str>) -> Value + Send + Sync),
    /// The context that is uploaded first.
    pub upload: Option<Upload<'a>>,
}

/// A context that is to be uploaded.
pub struct Upload<'a> {
    /// The folder.
    pub folder: Arc<Folder>,
    /// What reading it gave.
    pub digests: &'a Digests,
    /// The name of the datastore that it goes to.
    pub datastore: &'a str,
    /// Where it is told how far it is.
    pub progress: Arc<Progress>,
    /// The process environment, for signing in to the storage account where it takes the user's own name.
    pub env: Env<'a>,
}

impl<'a> Upload<'a> {
    /// The upload to a container, for a version of an environment; `in_root` where the container is for this
    /// context alone.
    pub(crate) fn sending(
        &self,
        service: BlobService,
        in_root: bool,
        name: &'a str,
        version: &'a str,
    ) -> Sending<'a> {
        Sending {
            service: Arc::new(service),
            in_root,
            folder: Arc::clone(&self.folder),
            digests: self.digests,
            name,
            version,
            progress: Arc::clone(&self.progress),
        }
    }
}

/// What was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The identifier in Resource Manager.
    pub id: String,
    /// How a job refers to it.
    pub reference: String,
    /// Whether it is new, rather than an existing version updated.
    pub created: bool,
    /// Where it can be looked at; none in clouds whose studio is not known.
    pub studio_url: Option<String>,
}

/// The address of a version, or of the next one: for people, and for a dry run.
#[must_use]
pub fn environment_url(cloud: &Cloud, target: &Target, name: &str, version: Option<&str>) -> String {
    let version = version.map_or_else(|| "{auto}".to_owned(), segment);
    format!("{}/versions/{version}?api-version={API_VERSION}", container_path(cloud, target, name))
}

fn container_path(cloud: &Cloud, target: &Target, name: &str) -> String {
    format!("{}{}/environments/{}", cloud.resource_manager, workspace_path(target), segment(name))
}

fn workspace_path(target: &Target) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MachineLearningServices/workspaces/{}",
        segment(&target.subscription),
        segment(&target.resource_group),
        segment(&target.workspace),
    )
}

/// A text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Talks to Resource Manager as somebody.
pub struct ArmClient {
    cloud: Cloud,
    caller: Caller,
    delays: Delays,
}

impl std::fmt::Debug for ArmClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArmClient").field("cloud", &self.cloud).finish_non_exhaustive()
    }
}

impl ArmClient {
    /// A client for that cloud with that token.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] where the address of the cloud cannot be used.
    pub fn new(cloud: Cloud, token: Secret, delays: Delays) -> Result<Self> {
        let caller = Caller::new(&checked(&cloud.resource_manager)?, token, delays, false)?;
        Ok(Self { cloud, caller, delays })
    }

    /// Registers. What is on its way when `cancel` is set is dropped.
    ///
    /// # Errors
    ///
    /// Everything that the service, the network or the user may object.
    pub async fn register(
        &self,
        target: &Target,
        registration: &Registration<'_>,
        cancel: &AtomicBool,
    ) -> Result<Registered> {
        target.validate()?;
        as_segment("name of an environment", registration.name)?;
        let (first, next) = match registration.version {
            Some(version) => {
                as_segment("version", version)?;
                (version.to_owned(), None)
            }
            None => self.newest_and_next(target, registration.name, cancel).await?,
        };
        let body = match &registration.upload {
            Some(upload) => {
                let sent = self.upload(target, upload, registration.name, &first, cancel);
                let uri = unless_cancelled(cancel, sent).await.ok_or(Error::Cancelled { sent: false })??;
                (registration.body)(Some(&uri))
            }
            None => (registration.body)(None),
        };
        match (self.put(target, registration.name, &first, &body, cancel).await, next) {
            // The newest version is updated where only its description or tags differ; where anything
            // else does, the service says so, and the next version is made.
            (Err(Error::Conflict { .. }), Some(next)) => {
                self.put(target, registration.name, &next, &body, cancel).await
            }
            (Err(Error::Conflict { message, .. }), None) => {
                let differs = self.differing(target, registration.name, &first, &body, cancel).await;
                Err(Error::Conflict { message, differs })
            }
            (other, _) => other,
        }
    }

    /// The version to try first, and the one to make where that one exists and is different.
    async fn newest_and_next(
        &self,
        target: &Target,
        name: &str,
        cancel: &AtomicBool,
    ) -> Result<(String, Option<String>)> {
        let container = format!("{}?api-version={API_VERSION}", container_path(&self.cloud, target, name));
        match self.caller.send(Method::GET, &container, None, cancel).await {
            Ok(Answer { json, .. }) => {
                let version =
                    |key: &str| json.pointer(&format!("/properties/{key}")).and_then(text_or_number);
                let next = version("nextVersion").unwrap_or_else(|| "1".to_owned());
                Ok(match version("latestVersion") {
                    Some(latest) => (latest, Some(next)),
                    None => (next, None),
                })
            }
            // Without the workspace it is 404 as well, and so is the next request, which says so.
            Err(Error::NotFound { .. }) => Ok(("1".to_owned(), None)),
            Err(error) => Err(error),
        }
    }

    /// Which of the properties that never change differ from those of a version that exists. Nothing
    /// where that cannot be found out: the refusal matters more.
    async fn differing(
        &self,
        target: &Target,
        name: &str,
        version: &str,
        body: &Value,
        cancel: &AtomicBool,
    ) -> Vec<&'static str> {
        let url = environment_url(&self.cloud, target, name, Some(version));
        let Ok(Answer { json: there, .. }) = self.caller.send(Method::GET, &url, None, cancel).await else {
            return Vec::new();
        };
        let part = |json: &Value, key: &str| match json.pointer(&format!("/properties/{key}")) {
            Some(Value::String(text)) if key == "osType" => Value::String(text.to_ascii_lowercase()),
            Some(value) => value.clone(),
            // The service's own default.
            None if key == "osType" => Value::String("linux".to_owned()),
            None => Value::Null,
        };
        let differ = |key: &str| part(&there, key) != part(body, key);
        CREATE_ONLY.iter().filter(|(_, key)| differ(key)).map(|(name, _)| *name).collect()
    }

    /// Uploads a context, and gives its address.
    async fn upload(
        &self,
        target: &Target,
        upload: &Upload<'_>,
        name: &str,
        version: &str,
        cancel: &AtomicBool,
    ) -> Result<String> {
        as_segment("datastore", upload.datastore)?;
        let path = format!(
            "{}{}/datastores/{}",
            self.cloud.resource_manager,
            workspace_path(target),
            segment(upload.datastore)
        );
        let unusable = |message: String| Error::Datastore { name: upload.datastore.to_owned(), message };
        let url = format!("{path}?api-version={DATASTORES_VERSION}");
        let datastore = match self.caller.send(Method::GET, &url, None, cancel).await {
            Ok(Answer { json, .. }) => json,
            // The code tells whether it is the workspace that is missing.
            Err(Error::NotFound { message }) if !message.contains("/workspaces/") => {
                return Err(unusable(message));
            }
            Err(error) => return Err(error),
        };
        let part = |key: &str| datastore.pointer(&format!("/properties/{key}")).and_then(Value::as_str);
        if part("datastoreType") != Some("AzureBlob") {
            let kind = part("datastoreType").unwrap_or("an unknown type");
            return Err(unusable(format!("it is of type {kind}, and contexts go to AzureBlob")));
        }
        let (Some(account), Some(container)) = (part("accountName"), part("containerName")) else {
            return Err(unusable("it names no account and container".to_owned()));
        };
        let own = matches!(part("credentials/credentialsType"), None | Some("None" | "AAD"));
        let secrets = if own { Value::Null } else { self.secrets(&path, cancel).await? };
        let secret = |key: &str| secrets.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let access = if let Some(sas) = secret("sasToken") {
            Access::Sas(Secret::new(sas.trim_start_matches('?').to_owned()))
        } else if let Some(key) = secret("key") {
            Access::Sas(Secret::new(sas::sign(account, container, key, OffsetDateTime::now_utc())?))
        } else {
            Access::Token(sign_in_to_storage(&self.cloud, upload.env, cancel).await?)
        };
        let address = format!("{}/{container}", self.cloud.blob_service(account)?);
        let service = BlobService::new(address, access, self.delays)?;
        upload.sending(service, false, name, version).run().await
    }

    /// The secrets of a datastore; none where the caller may not see them, who then goes by the own name.
    async fn secrets(&self, path: &str, cancel: &AtomicBool) -> Result<Value> {
        let url = format!("{path}/listSecrets?api-version={DATASTORES_VERSION}");
        let body = json!({"expirableSecret": true, "expireAfterHours": 1});
        match self.caller.send(Method::POST, &url, Some(&body), cancel).await {
            Ok(Answer { json, .. }) => Ok(json),
            Err(Error::Forbidden { .. } | Error::NotFound { .. } | Error::Service { .. }) => Ok(Value::Null),
            Err(error) => Err(error),
        }
    }

    /// The environments of a workspace that are not archived, as the service orders them, each with its
    /// newest version where that is told.
    ///
    /// # Errors
    ///
    /// As for [`Self::register`].
    pub async fn environments(
        &self,
        target: &Target,
        cancel: &AtomicBool,
    ) -> Result<Vec<(String, Option<String>)>> {
        target.validate()?;
        let url = container_path(&self.cloud, target, "");
        let found = self.list(url.trim_end_matches('/'), cancel).await?;
        let newest = |json: &Value| json.pointer("/properties/latestVersion").and_then(text_or_number);
        Ok(found.into_iter().map(|(name, json)| (name, newest(&json))).collect())
    }

    /// The versions of an environment that are not archived, as the service orders them.
    ///
    /// # Errors
    ///
    /// As for [`Self::register`].
    pub async fn versions(&self, target: &Target, name: &str, cancel: &AtomicBool) -> Result<Vec<String>> {
        target.validate()?;
        as_segment("name of an environment", name)?;
        let url = format!("{}/versions", container_path(&self.cloud, target, name));
        Ok(self.list(&url, cancel).await?.into_iter().map(|(version, _)| version).collect())
    }

    /// The named things of a list, page by page. Source of the shape: `{"value": […], "nextLink"}`.
    async fn list(&self, url: &str, cancel: &AtomicBool) -> Result<Vec<(String, Value)>> {
        let mut out = Vec::new();
        let mut next = format!("{url}?api-version={API_VERSION}&listViewType=ActiveOnly");
        for _ in 0..MAX_PAGES {
            let Answer { mut json, .. } = self.caller.send(Method::GET, &next, None, cancel).await?;
            let values = json.get_mut("value").and_then(Value::as_array_mut).map(std::mem::take);
            for value in values.into_iter().flatten() {
                // What is put into files is nothing but a name.
                let name = value.get("name").and_then(Value::as_str).map(str::to_owned);
                out.extend(name.filter(|name| as_segment("name", name).is_ok()).map(|name| (name, value)));
            }
            // The token is for Resource Manager; a list that leads elsewhere ends here.
            let own = format!("{}/", self.cloud.resource_manager);
            match json.get("nextLink").and_then(Value::as_str).filter(|link| link.starts_with(&own)) {
                Some(link) => next = link.to_owned(),
                None => break,
            }
        }
        Ok(out)
    }

    async fn put(
        &self,
        target: &Target,
        name: &str,
        version: &str,
        body: &Value,
        cancel: &AtomicBool,
    ) -> Result<Registered> {
        let url = environment_url(&self.cloud, target, name, Some(version));
        let Answer { status, json, .. } = self.caller.send(Method::PUT, &url, Some(body), cancel).await?;
        let id = json.get("id").and_then(Value::as_str).map_or_else(
            || {
                url.split('?')
                    .next()
                    .unwrap_or("")
                    .trim_start_matches(&self.cloud.resource_manager)
                    .to_owned()
            },
            str::to_owned,
        );
        let studio_url = (!self.cloud.studio.is_empty()).then(|| {
            format!(
                "{}/environments/{}/version/{}?wsid={}",
                self.cloud.studio,
                segment(name),
                segment(version),
                workspace_path(target)
            )
        });
        Ok(Registered {
            name: name.to_owned(),
            version: version.to_owned(),
            reference: format!("azureml:{name}:{version}"),
            id,
            created: status == StatusCode::CREATED,
            studio_url,
        })
    }
}

pub(crate) fn text_or_number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
