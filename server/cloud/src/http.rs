//! The clients of everything here: bounded in time and size, no redirects, `*.localhost` on this machine.
//! It must not know what is asked.

use std::error::Error as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Once};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
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

/// A client for a registry of images. Where its name leads is looked at: to addresses in private networks
/// only for a host that the user `named`, to addresses of the machine's own surroundings never.
pub(crate) fn client_of_registry(url: &Url, timeout: Duration, named: bool) -> Result<Client> {
    if is_loopback(url) {
        return client(url, timeout);
    }
    install_provider();
    let host = url.host_str().unwrap_or("").to_owned();
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(timeout)
        .connect_timeout(Duration::from_secs(20).min(timeout))
        .user_agent(concat!("amlenv/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(Guard { host, named }));
    built(builder)
}

/// Resolves names as the system does, and holds back addresses that a name must not lead to. A proxy
/// resolves for itself; its own name is the user's word.
struct Guard {
    host: String,
    named: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (host, named) = (name.as_str().to_owned(), self.named);
        let guarded = host.eq_ignore_ascii_case(&self.host);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let found: Vec<SocketAddr> =
                found.into_iter().filter(|at| !guarded || may_lead_to(at.ip(), named)).collect();
            if found.is_empty() {
                return Err(format!("{host} leads to addresses that are not for the public").into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether the name of a registry may lead to an address.
fn may_lead_to(address: IpAddr, named: bool) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let never = v4.is_link_local() || v4.is_multicast() || v4.is_broadcast() || a == 0;
            !never && (named || !(v4.is_private() || v4.is_loopback() || shared))
        }
        IpAddr::V6(v6) => {
            let [head, ..] = v6.segments();
            let never = head & 0xffc0 == 0xfe80 || v6.is_multicast() || v6.is_unspecified();
            let private = head & 0xfe00 == 0xfc00 || v6.is_loopback();
            // An address of the older kind, put into one of these by a network without it.
            let inner = match v6.segments() {
                [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
                    may_lead_to(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), named)
                }
                _ => true,
            };
            !never && inner && (named || !private)
        }
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
pub(crate) async fn body(url: &Url, response: Response) -> Result<String> {
    Ok(String::from_utf8_lossy(&bytes(url, response).await?).into_owned())
}

/// The bytes of an answer.
pub(crate) async fn bytes(url: &Url, mut response: Response) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| network(url, &error))? {
        if bytes.len() + chunk.len() > MAX_ANSWER {
            let message = "the answer is larger than any answer of this service".to_owned();
            return Err(Error::Service { code: "TooLarge".to_owned(), message });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_lead_into_private_networks_unless_the_user_named_them() {
        let leads = |text: &str, named| may_lead_to(text.parse().expect("an address"), named);
        for public in ["20.1.2.3", "2603:1061::1", "64:ff9b::1401:203"] {
            assert!(leads(public, false) && leads(public, true), "{public}");
        }
        for private in [
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "127.0.0.1",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(!leads(private, false) && leads(private, true), "{private}");
        }
        for never in [
            "169.254.169.254",
            "fe80::1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "::ffff:169.254.0.1",
        ] {
            assert!(!leads(never, false) && !leads(never, true), "{never}");
        }
    }
}
