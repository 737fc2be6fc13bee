//! The clients of everything here: bounded in time and size, no redirects, `*.localhost` on this machine.
//! It must not know what is asked.

use std::error::Error as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Once;
use std::time::Duration;

use reqwest::{Client, Response};
use url::Url;

use crate::clouds::is_loopback;
use crate::error::{Error, Result, Unreachable};
use crate::spoken::tidy;

/// More than this is no answer of these services.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// How long an answer may take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// Installs the provider of cryptography, which must be there before the first client is made.
pub(crate) fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails only if another one is installed, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A client for one address.
pub(crate) fn client(url: &Url, timeout: Duration) -> Result<Client> {
    built(builder(url, timeout).timeout(timeout))
}

/// A client for one address that uploads: how long a request takes hangs on its size, so the whole of it
/// is not bounded here.
pub(crate) fn client_for_uploads(url: &Url, timeout: Duration) -> Result<Client> {
    built(builder(url, timeout))
}

fn builder(url: &Url, timeout: Duration) -> reqwest::ClientBuilder {
    install_provider();
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(20).min(timeout))
        .user_agent(concat!("amlenv/", env!("CARGO_PKG_VERSION")));
    match url.host_str() {
        Some(host) if is_loopback(url) => {
            builder.no_proxy().resolve(host, SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0))
        }
        _ => builder,
    }
}

/// A client for the identity of the machine itself, which no proxy stands before.
pub(crate) fn client_of_machine() -> Result<Client> {
    install_provider();
    built(Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT).no_proxy())
}

fn built(builder: reqwest::ClientBuilder) -> Result<Client> {
    builder
        .build()
        .map_err(|error| Error::Configuration { message: format!("no HTTP client could be made: {error}") })
}

/// Why there was no answer. The address is left out: it is the host that matters, and a query may hold secrets.
pub(crate) fn network(url: &Url, error: &reqwest::Error) -> Error {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    let mut cause = error.source();
    let mut why = Unreachable::Connection;
    while let Some(here) = cause {
        let text = here.to_string().to_ascii_lowercase();
        if text.contains("certificate") {
            why = Unreachable::Certificate;
        } else if text.contains("dns error") || text.contains("failed to lookup address") {
            why = Unreachable::Name;
        }
        match here.source() {
            Some(deeper) => cause = Some(deeper),
            None => break,
        }
    }
    let what = match why {
        Unreachable::Certificate => "its certificate is not trusted",
        Unreachable::Name => "its name is not known",
        Unreachable::Connection => what,
    };
    let message = match cause {
        Some(cause) if !error.is_timeout() => format!("{what}: {}", tidy(&cause.to_string(), &[], 200)),
        _ => what.to_owned(),
    };
    Error::Network { host: url.host_str().unwrap_or("").to_owned(), message, why }
}

/// The text of an answer.
pub(crate) async fn body(url: &Url, mut response: Response) -> Result<String> {
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
