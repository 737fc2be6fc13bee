//! Where credentials ask: the authority of the cloud, and programs on this machine.
//! It must not know which credential asks.

use std::ffi::OsStr;
use std::io;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::http::{AsyncRawResponse, ClientOptions, HttpClient, Request, RetryOptions, Transport};
use azure_identity::Executor;
use url::Url;

use crate::clouds::{Cloud, checked};
use crate::error::{Error, Result};
use crate::{Env, http};

/// How long `az` or `azd` may take to start and answer.
const PROGRAM_LIMIT: Duration = Duration::from_secs(30);

/// Who gives tokens.
pub(super) struct Authority {
    url: Url,
    client: reqwest::Client,
}

impl Authority {
    /// The cloud's own, unless `AZURE_AUTHORITY_HOST` names another.
    pub(super) fn new(cloud: &Cloud, env: Env<'_>) -> Result<Self> {
        let text = match env("AZURE_AUTHORITY_HOST") {
            Some(host) if host.contains("://") => host,
            Some(host) => format!("https://{host}"),
            None => cloud.authority.clone(),
        };
        let url = checked(&text)?;
        let client = http::client(&url, http::TIMEOUT)?;
        Ok(Self { url, client })
    }

    pub(super) fn host(&self) -> String {
        self.url.host_str().unwrap_or("").to_owned()
    }

    /// Where a tenant's tokens are asked for.
    pub(super) fn token_endpoint(&self, tenant: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/token", self.url.origin().ascii_serialization())
    }

    /// Options that lead there. The library speaks https alone; for an authority on this machine with
    /// plain http it is told https, and the transport puts it right.
    pub(super) fn client_options(&self) -> ClientOptions {
        let mut configuration = CustomConfiguration::default();
        let mut url = self.url.clone();
        let plain = (url.scheme() == "http").then(|| self.url.clone());
        if let Some(plain) = &plain {
            let port = plain.port_or_known_default();
            // Neither can fail from http to https.
            let _ = url.set_scheme("https");
            let _ = url.set_port(port);
        }
        configuration.authority_host = url.into();
        ClientOptions {
            cloud: Some(Arc::new(CloudConfiguration::Custom(configuration))),
            ..options(Here { client: self.client.clone(), plain })
        }
    }
}

/// Options for the identity of the machine itself.
pub(super) fn of_machine() -> ClientOptions {
    match http::client_of_machine() {
        Ok(client) => options(Here { client, plain: None }),
        Err(Error::Configuration { message }) => {
            tracing::warn!("{message}");
            ClientOptions::default()
        }
        Err(_) => ClientOptions::default(),
    }
}

fn options(transport: Here) -> ClientOptions {
    ClientOptions {
        transport: Some(Transport::new(Arc::new(transport))),
        retry: RetryOptions::default(),
        ..ClientOptions::default()
    }
}

/// Our client as a transport of the library.
#[derive(Debug)]
struct Here {
    client: reqwest::Client,
    /// The authority that is spoken to in plain http; it is on this machine.
    plain: Option<Url>,
}

#[async_trait]
impl HttpClient for Here {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let url = request.url();
        if let Some(plain) = &self.plain
            && url.scheme() == "https"
            && url.host_str() == plain.host_str()
            && url.port_or_known_default() == plain.port_or_known_default()
        {
            let mut moved = request.clone();
            let _ = moved.url_mut().set_scheme("http");
            return self.client.execute_request(&moved).await;
        }
        self.client.execute_request(request).await
    }
}

/// Runs `az` or `azd`: apart from our own standard input, which in a server belongs to the editor, and
/// not for ever.
#[derive(Debug)]
pub(super) struct Program;

#[async_trait]
impl Executor for Program {
    async fn run(&self, program: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        let mut command = tokio::process::Command::new(program);
        command.args(args).stdin(Stdio::null()).kill_on_drop(true);
        tokio::time::timeout(PROGRAM_LIMIT, command.output()).await.unwrap_or_else(|_| {
            let message = format!("no answer within {} s", PROGRAM_LIMIT.as_secs());
            Err(io::Error::new(io::ErrorKind::TimedOut, message))
        })
    }
}
