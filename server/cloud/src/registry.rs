//! Registries of images: which tags and repositories they have, and what digest a tag stands for. Only
//! registries that the user allows, no redirect to elsewhere, every answer bounded in size and time.
//! Source of the protocol: the OCI distribution specification, and distribution's token authentication.
//!
//! It must not know what an image is for, nor how tags are ordered.

mod access;
mod azure;
mod cache;
mod challenge;
mod docker;
mod exchange;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;
use url::Url;

pub use self::access::{Access, MICROSOFT};
pub use self::cache::{Cache, DIGEST_AGE, Kept, REPOSITORIES_AGE, TAGS_AGE, day_of, now};
use self::exchange::Exchange;
use crate::arm::Delays;
use crate::error::{Error, Result, Unreachable};

/// A process environment that may be carried about.
pub type SharedEnv = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// No list has more pages than this.
const MAX_PAGES: usize = 400;

/// No more names than this are kept of one list.
const MAX_NAMES: usize = 100_000;

/// How many names a page should have; a registry may do as it likes.
const PAGE: usize = 1000;

/// What is asked for of a manifest: lists for several platforms before those for one.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// Asks registries.
#[derive(Clone)]
pub struct Registries {
    access: Access,
    env: SharedEnv,
    limits: Limits,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of one request.
    pub delays: Delays,
    /// Of everything that one question takes.
    pub whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let (first, most) = (Duration::from_millis(500), Duration::from_secs(30));
        Self {
            delays: Delays { first, most, answer: Duration::from_secs(30) },
            whole: Duration::from_secs(90),
        }
    }
}

/// What a tag stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// `sha256:…`.
    pub digest: String,
    /// Whether it is an index of images for several platforms, rather than one image.
    pub index: bool,
}

impl std::fmt::Debug for Registries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registries").field("access", &self.access).finish_non_exhaustive()
    }
}

impl Registries {
    /// Those that `access` allows, with the credentials that `env` leads to.
    #[must_use]
    pub fn new(access: Access, env: SharedEnv, limits: Limits) -> Self {
        Self { access, env, limits }
    }

    /// Whom it may ask.
    #[must_use]
    pub const fn access(&self) -> &Access {
        &self.access
    }

    /// All tags of a repository, in the order of the registry.
    ///
    /// # Errors
    ///
    /// [`Error::NotAllowed`] before anything is asked; [`Error::NoImage`], and what a registry or the network
    /// may object.
    pub async fn tags(&self, host: &str, repository: &str) -> Result<Vec<String>> {
        let mut exchange = self.exchange(host, Some(repository))?;
        let path = format!("/v2/{repository}/tags/list?n={PAGE}");
        self.in_time(host, list(&mut exchange, &path, "tags", &is_tag)).await
    }

    /// The repositories of a registry that `wanted` says yes to, in the order of the registry.
    ///
    /// # Errors
    ///
    /// As for [`Self::tags`].
    pub async fn repositories(
        &self,
        host: &str,
        wanted: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<Vec<String>> {
        let mut exchange = self.exchange(host, None)?;
        let path = format!("/v2/_catalog?n={PAGE}");
        let fits = |name: &str| is_repository(name) && wanted(name);
        self.in_time(host, list(&mut exchange, &path, "repositories", &fits)).await
    }

    /// The digest of what a tag stands for now.
    ///
    /// # Errors
    ///
    /// As for [`Self::tags`].
    pub async fn digest(&self, host: &str, repository: &str, tag: &str) -> Result<Digest> {
        if !is_tag(tag) {
            return Err(Error::InvalidName { what: "tag", value: tag.chars().take(80).collect() });
        }
        let mut exchange = self.exchange(host, Some(repository))?;
        let path = format!("/v2/{repository}/manifests/{tag}");
        self.in_time(host, async {
            let answer = exchange.send(&Method::HEAD, &path, MANIFESTS).await?;
            if let Some(digest) = digest_in(&answer.headers) {
                return Ok(Digest { digest, index: is_index(&answer.headers) });
            }
            // The header is not promised; what it would say can be counted.
            let answer = exchange.send(&Method::GET, &path, MANIFESTS).await?;
            let sum = ring::digest::digest(&ring::digest::SHA256, &answer.body);
            let hexadecimal: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            Ok(Digest { digest: format!("sha256:{hexadecimal}"), index: is_index(&answer.headers) })
        })
        .await
    }

    fn exchange(&self, host: &str, repository: Option<&str>) -> Result<Exchange> {
        let allowed = self.access.host(host)?;
        if let Some(repository) = repository
            && !is_repository(repository)
        {
            return Err(Error::InvalidName {
                what: "repository",
                value: repository.chars().take(80).collect(),
            });
        }
        Exchange::new(
            self.access.clone(),
            Arc::clone(&self.env),
            self.limits.delays,
            host,
            allowed,
            repository,
        )
    }

    async fn in_time<T>(&self, host: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::time::timeout(self.limits.whole, work).await.unwrap_or_else(|_| {
            Err(Error::Network {
                host: host.to_owned(),
                message: "no whole answer in time".to_owned(),
                why: Unreachable::Connection,
            })
        })
    }
}

/// All names of a list, page by page.
async fn list(
    exchange: &mut Exchange,
    path: &str,
    key: &str,
    fits: &(dyn Fn(&str) -> bool + Sync),
) -> Result<Vec<String>> {
    let mut out: Vec<String> = Vec::new();
    let mut seen: Vec<Url> = Vec::new();
    let mut next = path.to_owned();
    for _ in 0..MAX_PAGES {
        let answer = exchange.send(&Method::GET, &next, "application/json").await?;
        let json: Value = serde_json::from_slice(&answer.body)
            .map_err(|_| exchange.objects("the answer is no list of a registry"))?;
        let names = json.get(key).and_then(Value::as_array);
        // Names are put into files and lists, so they are nothing but names.
        out.extend(
            names
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .filter(|name| fits(name))
                .map(str::to_owned),
        );
        if out.len() > MAX_NAMES {
            return Err(exchange.objects("the list does not end"));
        }
        seen.push(answer.url.clone());
        let link = answer.headers.get(reqwest::header::LINK).and_then(|value| value.to_str().ok());
        let Some(link) = link.and_then(challenge::next_page) else { return Ok(out) };
        let url = exchange.inside(&answer.url, &link)?;
        if seen.contains(&url) {
            return Err(exchange.objects("the list leads back to where it was"));
        }
        next = url.to_string();
    }
    Err(exchange.objects("the list does not end"))
}

fn digest_in(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("docker-content-digest")?.to_str().ok()?;
    let (algorithm, sum) = value.split_once(':')?;
    let length = match algorithm {
        "sha256" => 64,
        "sha512" => 128,
        _ => return None,
    };
    let hexadecimal = sum.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (sum.len() == length && hexadecimal).then(|| value.to_owned())
}

fn is_index(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    kind.contains("image.index") || kind.contains("manifest.list")
}

/// Source: the OCI distribution specification.
fn is_tag(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with(['.', '-'])
}

fn is_repository(text: &str) -> bool {
    let part = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        let edge = |c: char| matches!(c, '.' | '_' | '-');
        !part.is_empty() && part.bytes().all(plain) && !part.starts_with(edge) && !part.ends_with(edge)
    };
    text.len() <= 255 && text.split('/').all(part)
}
