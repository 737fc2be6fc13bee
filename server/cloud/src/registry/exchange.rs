//! One conversation with one registry about one thing: asking, showing who one is when that is wanted,
//! waiting when there is too much to do. It must not know what is asked.

use azure_core::credentials::Secret;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use url::Url;

use super::access::{Access, Host};
use super::challenge::{Challenge, challenge};
use super::docker::{self, Credentials};
use super::{SharedEnv, azure};
use crate::answer;
use crate::arm::Delays;
use crate::clouds::checked;
use crate::error::{Error, Result};
use crate::http;
use crate::spoken::tidy;

/// How often a request is tried again.
const RETRIES: u32 = 3;

/// How often an answer may send us on within one registry.
const REDIRECTS: u32 = 3;

/// How much of what a registry says is worth repeating.
const WORDS: usize = 300;

/// The name under which tokens are asked for.
const CLIENT: &str = "amlenv";

pub(super) struct Exchange {
    access: Access,
    env: SharedEnv,
    delays: Delays,
    /// As the image names it, for people.
    name: String,
    host: Host,
    repository: Option<String>,
    client: Client,
    authorization: Option<HeaderValue>,
}

/// An answer that brings what was asked.
pub(super) struct Answer {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Exchange {
    pub(super) fn new(
        access: Access,
        env: SharedEnv,
        delays: Delays,
        name: &str,
        host: Host,
        repository: Option<&str>,
    ) -> Result<Self> {
        let client = http::client_of_registry(&host.origin, delays.answer, host.named)?;
        let (name, repository) = (name.to_owned(), repository.map(str::to_owned));
        Ok(Self { access, env, delays, name, host, repository, client, authorization: None })
    }

    /// Something that this registry says or does not say.
    pub(super) fn objects(&self, message: impl Into<String>) -> Error {
        Error::Registry { host: self.name.clone(), message: message.into() }
    }

    /// The address that a registry leads to, which must be its own.
    pub(super) fn inside(&self, from: &Url, to: &str) -> Result<Url> {
        let url = from.join(to).map_err(|_| self.objects("it leads to what is no address"))?;
        if url.origin() != self.host.origin.origin() || !url.username().is_empty() {
            let elsewhere = url.host_str().unwrap_or("nowhere");
            return Err(
                self.objects(format!("it leads to {}, which is not asked", tidy(elsewhere, &[], 100)))
            );
        }
        Ok(url)
    }

    /// Asks, as often and as whoever it takes.
    pub(super) async fn send(&mut self, method: &Method, path: &str, accept: &str) -> Result<Answer> {
        let mut url = self.inside(&self.host.origin, path)?;
        let (mut tries, mut redirects, mut shown) = (0, 0, false);
        loop {
            let mut request = self.client.request(method.clone(), url.clone()).header(ACCEPT, accept);
            if let Some(authorization) = &self.authorization {
                request = request.header(AUTHORIZATION, authorization.clone());
            }
            let response = request.send().await.map_err(|error| http::network(&url, &error))?;
            let (status, headers) = (response.status(), response.headers().clone());
            tracing::debug!("{method} {} {}", url.path(), status.as_u16());
            match status.as_u16() {
                200 => {
                    let body = http::bytes(&url, response).await.map_err(|error| self.in_words(error))?;
                    return Ok(Answer { url, headers, body });
                }
                401 if !shown => {
                    shown = true;
                    self.show(&headers).await?;
                }
                301 | 302 | 303 | 307 | 308 if redirects < REDIRECTS => {
                    redirects += 1;
                    let to = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("");
                    url = self.inside(&url, to)?;
                }
                429 | 500 | 502 | 503 | 504
                    if tries < RETRIES
                        && let Some(wait) = self.delays.wait(tries, answer::retry_after(&headers)) =>
                {
                    tries += 1;
                    tokio::time::sleep(wait).await;
                }
                404 => return Err(Error::NoImage { image: self.image() }),
                401 | 403 if self.authorization.is_none() => {
                    return Err(Error::NoImage { image: self.image() });
                }
                401 | 403 => {
                    let said = self.said(http::body(&url, response).await.unwrap_or_default());
                    return Err(
                        self.objects(format!("it refuses what Docker's or Azure's sign-in gives{said}"))
                    );
                }
                429 | 503 => return Err(Error::Busy { message: self.name.clone() }),
                other => {
                    let said = self.said(http::body(&url, response).await.unwrap_or_default());
                    return Err(self.objects(format!("HTTP {other}{said}")));
                }
            }
        }
    }

    fn image(&self) -> String {
        match &self.repository {
            Some(repository) => format!("{}/{repository}", self.name),
            None => self.name.clone(),
        }
    }

    /// An answer that is too large, in the words of this registry.
    fn in_words(&self, error: Error) -> Error {
        match error {
            Error::Service { message, .. } => self.objects(message),
            other => other,
        }
    }

    /// The words of a refusal. Source of the shape: `{"errors": [{"code", "message"}]}`.
    fn said(&self, text: impl AsRef<str>) -> String {
        let json: Value = serde_json::from_str(text.as_ref()).unwrap_or(Value::Null);
        let message =
            json.pointer("/errors/0/message").or_else(|| json.get("message")).and_then(Value::as_str);
        message.map_or_else(String::new, |message| format!(": {}", tidy(message, &[], WORDS)))
    }

    /// Gets what the registry wants to see.
    async fn show(&mut self, headers: &HeaderMap) -> Result<()> {
        let values = headers.get_all(WWW_AUTHENTICATE).into_iter();
        let wanted = values.filter_map(|value| challenge(value.to_str().ok()?)).next();
        // What the user keeps is for registries that the user named, and for nobody else.
        let own = match self.host.named {
            true => {
                let host = self.host.origin.host_str().unwrap_or("");
                let host = self.host.origin.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
                docker::credentials(&*self.env, &host).await
            }
            false => None,
        };
        let header = match (wanted, own) {
            (Some(Challenge::Basic), Some(Credentials::Password { user, secret })) => {
                let both = azure_core::base64::encode(format!("{user}:{}", secret.secret()));
                format!("Basic {both}")
            }
            (Some(Challenge::Basic), _) => {
                let message =
                    format!("it asks for a user and a password; `docker login {}` keeps them", self.name);
                return Err(self.objects(message));
            }
            (Some(Challenge::Bearer { realm, service }), own) => {
                let token = self.token(&realm, service.as_deref(), own).await?;
                format!("Bearer {}", token.secret())
            }
            (None, _) => {
                return Err(self.objects("it asks for a sign-in of a kind that amlenv does not know"));
            }
        };
        let mut value =
            HeaderValue::try_from(header).map_err(|_| self.objects("it gives what is no token"))?;
        value.set_sensitive(true);
        self.authorization = Some(value);
        Ok(())
    }

    /// A token for what is asked.
    async fn token(&self, realm: &str, service: Option<&str>, own: Option<Credentials>) -> Result<Secret> {
        let realm = checked(realm).map_err(|_| self.objects("it asks for a token of what is no address"))?;
        if !self.access.allows_tokens(&self.host, &realm) {
            let elsewhere = tidy(realm.host_str().unwrap_or(""), &[], 100);
            return Err(self.objects(format!(
                "its tokens come from {elsewhere}, which network.registries does not name"
            )));
        }
        let scope = match &self.repository {
            Some(repository) => format!("repository:{repository}:pull"),
            None => "registry:catalog:*".to_owned(),
        };
        let client = http::client_of_registry(&realm, self.delays.answer, self.host.named)?;
        let own = match own {
            // Azure's own registries know who is signed in to Azure.
            None if self.host.named => {
                let found =
                    azure::refresh_token(&self.env, &self.host.origin, &realm, &client, service).await?;
                found.map(Credentials::Token)
            }
            own => own,
        };
        let request = match &own {
            Some(Credentials::Token(token)) => form(
                client.post(realm.clone()),
                &[
                    ("grant_type", "refresh_token"),
                    ("service", service.unwrap_or("")),
                    ("scope", &scope),
                    ("client_id", CLIENT),
                    ("refresh_token", token.secret()),
                ],
            ),
            other => {
                let mut url = realm.clone();
                if let Some(service) = service {
                    url.query_pairs_mut().append_pair("service", service);
                }
                url.query_pairs_mut().append_pair("scope", &scope).append_pair("client_id", CLIENT);
                match other {
                    Some(Credentials::Password { user, secret }) => {
                        client.get(url).basic_auth(user, Some(secret.secret()))
                    }
                    _ => client.get(url),
                }
            }
        };
        let json = answer(&realm, request).await?;
        let token = ["token", "access_token"].iter().find_map(|key| json.as_ref()?.get(*key)?.as_str());
        match token {
            Some(token) => Ok(Secret::new(token.to_owned())),
            None if own.is_some() => Err(self.objects("it refuses what Docker's or Azure's sign-in gives")),
            None => Err(Error::NoImage { image: self.image() }),
        }
    }
}

/// The object in an answer that says yes.
pub(super) async fn answer(url: &Url, request: RequestBuilder) -> Result<Option<Value>> {
    let response = request.send().await.map_err(|error| http::network(url, &error))?;
    let status = response.status();
    let text = http::body(url, response).await?;
    tracing::debug!("{} {}", url.path(), status.as_u16());
    Ok(serde_json::from_str(&text).ok().filter(|_| status.is_success()))
}

/// A request with a form in it.
pub(super) fn form(request: RequestBuilder, pairs: &[(&str, &str)]) -> RequestBuilder {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    request.header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
}
