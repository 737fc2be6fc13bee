//! Azure Resource Manager: registering an environment as the official client does.
//! Source of paths, headers, versions and retries: azure-ai-ml 1.35.2, measured on the wire.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use azure_core::Uuid;
use azure_core::credentials::Secret;
use azure_core::time::{OffsetDateTime, parse_rfc7231};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

use crate::clouds::{Cloud, checked};
use crate::error::{Error, Result};
use crate::spoken::tidy;
use crate::target::{Target, as_segment};
use crate::{http, unless_cancelled};

/// The version of the interface that the official client speaks for environments.
const API_VERSION: &str = "2023-04-01-preview";

/// How often a request is tried again.
const RETRIES: u32 = 3;

/// No list is read further than so many pages.
const MAX_PAGES: usize = 50;

/// How much of what the service says is worth repeating.
const WORDS: usize = 600;

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
    pub(crate) fn wait(&self, tries: u32, headers: &HeaderMap) -> Option<Duration> {
        let said = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let asked = said.and_then(|said| match said.trim().parse::<u64>() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            // A moment that is past is no time at all.
            Err(_) => parse_rfc7231(said.trim())
                .ok()
                .map(|until| Duration::try_from(until - OffsetDateTime::now_utc()).unwrap_or(Duration::ZERO)),
        });
        match asked {
            Some(asked) => (asked <= self.most).then_some(asked),
            None => Some((self.first * 2u32.pow(tries)).min(self.most)),
        }
    }
}

/// What is to be registered.
#[derive(Clone, Debug)]
pub struct Registration<'a> {
    /// The name.
    pub name: &'a str,
    /// The version; `None` lets the newest one be updated where only description or tags differ,
    /// else makes the next.
    pub version: Option<&'a str>,
    /// The body of the request.
    pub body: &'a Value,
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
    format!(
        "{}/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MachineLearningServices/workspaces/{}/environments/{}",
        cloud.resource_manager,
        segment(&target.subscription),
        segment(&target.resource_group),
        segment(&target.workspace),
        segment(name),
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

/// What a refusal means. Source of the shape: `{"error": {"code", "message"}}`.
fn refused(status: StatusCode, text: &str, secrets: &[&str]) -> Error {
    let json: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let part = |key: &str| json.pointer(&format!("/error/{key}")).and_then(Value::as_str);
    let said = match part("message") {
        Some(message) => message,
        // A page for browsers comes from something between here and the service.
        None if text.trim_start().starts_with('<') => "",
        None => text,
    };
    let message = match tidy(said, secrets, WORDS) {
        message if message.is_empty() => format!("HTTP {}", status.as_u16()),
        message => message,
    };
    let code = part("code").map_or_else(|| status.as_u16().to_string(), |code| tidy(code, secrets, 100));
    match status.as_u16() {
        401 => Error::Unauthorized { message },
        403 => Error::Forbidden { message },
        404 => Error::NotFound { message },
        // Locks and the like answer 409 as well; only the service's own code speaks of the version.
        409 if !matches!(code.as_str(), "ScopeLocked" | "ResourceGroupBeingDeleted") => {
            Error::Conflict { message }
        }
        429 | 503 => Error::Busy { message },
        _ => Error::Service { code, message },
    }
}

/// Talks to Resource Manager as somebody.
pub struct ArmClient {
    cloud: Cloud,
    client: Client,
    token: Secret,
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
        let client = http::client(&checked(&cloud.resource_manager)?, delays.answer)?;
        Ok(Self { cloud, client, token, delays })
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
        if let Some(version) = registration.version {
            as_segment("version", version)?;
            return self.put(target, registration, version, cancel).await;
        }
        let container =
            format!("{}?api-version={API_VERSION}", container_path(&self.cloud, target, registration.name));
        let (latest, next) = match self.send(Method::GET, &container, None, cancel).await {
            Ok((_, json)) => {
                let version =
                    |key: &str| json.pointer(&format!("/properties/{key}")).and_then(text_or_number);
                (version("latestVersion"), version("nextVersion").unwrap_or_else(|| "1".to_owned()))
            }
            // Without the workspace it is 404 as well, and so is the next request, which says so.
            Err(Error::NotFound { .. }) => (None, "1".to_owned()),
            Err(error) => return Err(error),
        };
        // The newest version is updated where only its description or tags differ; where anything
        // else does, the service says so, and the next version is made.
        if let Some(latest) = latest {
            match self.put(target, registration, &latest, cancel).await {
                Err(Error::Conflict { .. }) => {}
                other => return other,
            }
        }
        self.put(target, registration, &next, cancel).await
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
            let (_, mut json) = self.send(Method::GET, &next, None, cancel).await?;
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
        registration: &Registration<'_>,
        version: &str,
        cancel: &AtomicBool,
    ) -> Result<Registered> {
        let url = environment_url(&self.cloud, target, registration.name, Some(version));
        let (status, json) = self.send(Method::PUT, &url, Some(registration.body), cancel).await?;
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
        let workspace = format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MachineLearningServices/workspaces/{}",
            segment(&target.subscription),
            segment(&target.resource_group),
            segment(&target.workspace)
        );
        let studio_url = (!self.cloud.studio.is_empty()).then(|| {
            format!(
                "{}/environments/{}/version/{}?wsid={workspace}",
                self.cloud.studio,
                segment(registration.name),
                segment(version)
            )
        });
        Ok(Registered {
            name: registration.name.to_owned(),
            version: version.to_owned(),
            id,
            created: status == StatusCode::CREATED,
            studio_url,
        })
    }

    /// Sends a request, again where the service asks for it.
    async fn send(
        &self,
        method: Method,
        url: &str,
        json: Option<&Value>,
        cancel: &AtomicBool,
    ) -> Result<(StatusCode, Value)> {
        let url = checked(url)?;
        let writes = method != Method::GET;
        let mut tries = 0;
        loop {
            if tries == 0 && cancel.load(Ordering::Relaxed) {
                return Err(Error::Cancelled { sent: false });
            }
            let mut request = self
                .client
                .request(method.clone(), url.clone())
                .bearer_auth(self.token.secret())
                .header(ACCEPT, "application/json")
                .header("x-ms-client-request-id", Uuid::new_v4().to_string());
            if let Some(json) = json {
                request = request.header(CONTENT_TYPE, "application/json").body(json.to_string());
            }
            let exchange = async {
                let response = request.send().await.map_err(|error| http::network(&url, &error))?;
                let (status, headers) = (response.status(), response.headers().clone());
                Ok((status, headers, http::body(&url, response).await?))
            };
            let sent = Error::Cancelled { sent: writes };
            let (status, headers, text) = match unless_cancelled(cancel, exchange).await {
                Some(answer) => answer?,
                None => return Err(sent),
            };
            tracing::debug!("{method} {} {}", url.path(), status.as_u16());
            if matches!(status.as_u16(), 429 | 500 | 502 | 503)
                && tries < RETRIES
                && let Some(wait) = self.delays.wait(tries, &headers)
            {
                tries += 1;
                // What answered so may have done its work nevertheless.
                unless_cancelled(cancel, tokio::time::sleep(wait)).await.ok_or(sent)?;
                continue;
            }
            if !matches!(status.as_u16(), 200 | 201) {
                return Err(refused(status, &text, &[self.token.secret()]));
            }
            return Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)));
        }
    }
}

fn text_or_number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
