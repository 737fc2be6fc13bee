//! Azure Resource Manager: registering an environment as the official client does.
//! Source of paths, headers, versions and retries: azure-ai-ml 1.35.2, measured on the wire.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use azure_core::credentials::Secret;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;
use url::Url;

use crate::clouds::{Cloud, checked, is_loopback};
use crate::error::{Error, Result};
use crate::target::Target;

/// The version of the interface that the official client speaks for environments.
const API_VERSION: &str = "2023-04-01-preview";

/// More than this is no answer of Resource Manager.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// How often a request is tried again.
const RETRIES: u32 = 3;

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Waiting between tries; tests wait less.
#[derive(Clone, Copy, Debug)]
pub struct Delays {
    /// The first wait; each further one is twice as long.
    pub first: Duration,
    /// The longest wait, one that the service asks for included.
    pub most: Duration,
}

impl Default for Delays {
    fn default() -> Self {
        Self { first: Duration::from_millis(800), most: Duration::from_secs(120) }
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

/// Installs the provider of cryptography, which must be there before the first client is made.
pub(crate) fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails only if another one is installed, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
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
fn segment(text: &str) -> String {
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

/// A client that goes nowhere else: no redirects, bounded in time, names below `localhost` on this machine.
fn client(url: &Url) -> Result<Client> {
    install_provider();
    let mut builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT)
        .connect_timeout(Duration::from_secs(20))
        .user_agent(concat!("amlenv/", env!("CARGO_PKG_VERSION")));
    if is_loopback(url)
        && let Some(host) = url.host_str()
    {
        builder = builder.no_proxy().resolve(host, SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0));
    }
    builder
        .build()
        .map_err(|error| Error::Configuration { message: format!("no HTTP client could be made: {error}") })
}

/// The text at an address.
pub(crate) async fn get_text(url: &Url) -> Result<String> {
    let response = client(url)?.get(url.clone()).send().await.map_err(|error| network(url, &error))?;
    let status = response.status();
    let text = body(url, response).await?;
    if status.is_success() { Ok(text) } else { Err(refused(status, &text)) }
}

fn network(url: &Url, error: &reqwest::Error) -> Error {
    let message = if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        "no connection".to_owned()
    } else {
        "the connection broke".to_owned()
    };
    Error::Network { host: url.host_str().unwrap_or("").to_owned(), message }
}

async fn body(url: &Url, mut response: Response) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| network(url, &error))? {
        if bytes.len() + chunk.len() > MAX_ANSWER {
            let message = "the answer is larger than any answer of this service".to_owned();
            return Err(Error::Service { code: "TooLarge".to_owned(), message });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What a refusal means. Source of the shape: `{"error": {"code", "message"}}`.
fn refused(status: StatusCode, text: &str) -> Error {
    let json: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let part = |key: &str| json.pointer(&format!("/error/{key}")).and_then(Value::as_str);
    let message: String = part("message").unwrap_or(text).chars().take(2000).collect();
    let message = if message.trim().is_empty() { format!("HTTP {}", status.as_u16()) } else { message };
    let code = part("code").map_or_else(|| status.as_u16().to_string(), str::to_owned);
    match status.as_u16() {
        401 => Error::Unauthorized { message },
        403 => Error::Forbidden { message },
        404 => Error::NotFound { message },
        409 => Error::Conflict { message },
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
        let client = client(&checked(&cloud.resource_manager)?)?;
        Ok(Self { cloud, client, token, delays })
    }

    /// Registers. `cancel` is looked at before every request; once the last one is on its way, it
    /// is too late.
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
        if let Some(version) = registration.version {
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
            Err(Error::NotFound { message }) if !is_about_workspace(&message) => (None, "1".to_owned()),
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
            target.subscription, target.resource_group, target.workspace
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
        let mut tries = 0;
        loop {
            if cancel.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            let mut request = self
                .client
                .request(method.clone(), url.clone())
                .bearer_auth(self.token.secret())
                .header(ACCEPT, "application/json")
                .header("x-ms-client-request-id", request_id());
            if let Some(json) = json {
                request = request.header(CONTENT_TYPE, "application/json").body(json.to_string());
            }
            let response = request.send().await.map_err(|error| network(&url, &error))?;
            let status = response.status();
            tracing::debug!("{method} {} {}", url.path(), status.as_u16());
            let wait = self.wait(tries, response.headers());
            let again = matches!(status.as_u16(), 429 | 500 | 502 | 503) && tries < RETRIES;
            let text = body(&url, response).await?;
            if again {
                tries += 1;
                self.sleep(wait, cancel).await?;
                continue;
            }
            if !matches!(status.as_u16(), 200 | 201) {
                return Err(refused(status, &text));
            }
            return Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)));
        }
    }

    fn wait(&self, tries: u32, headers: &HeaderMap) -> Duration {
        let asked =
            headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
        let wait = asked.map_or_else(|| self.delays.first * 2u32.pow(tries), Duration::from_secs);
        wait.min(self.delays.most)
    }

    async fn sleep(&self, wait: Duration, cancel: &AtomicBool) -> Result<()> {
        let end = tokio::time::Instant::now() + wait;
        while tokio::time::Instant::now() < end {
            if cancel.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            let left = end - tokio::time::Instant::now();
            tokio::time::sleep(left.min(Duration::from_millis(100))).await;
        }
        Ok(())
    }
}

fn text_or_number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A missing workspace answers 404 as a missing environment does; only the words differ.
fn is_about_workspace(message: &str) -> bool {
    message.contains("Microsoft.MachineLearningServices/workspaces/")
        || message.contains("Resource group")
        || message.contains("subscription")
}

/// An identifier of a request: unique in this process, and unlike those of others.
fn request_id() -> String {
    use std::hash::{BuildHasher as _, Hasher as _};
    let state = std::collections::hash_map::RandomState::new();
    let random = || {
        state.build_hasher().finish() ^ std::collections::hash_map::RandomState::new().build_hasher().finish()
    };
    let (a, b) = (random(), random());
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        b >> 52,
        b & 0xffff_ffff_ffff
    )
}
