//! Whom amlenv may ask: nobody, Microsoft's registry, and those that the user named. A name in a file is
//! a question to this page, never an answer.

use url::Url;

use crate::clouds::is_loopback;
use crate::error::{Error, Result};

/// Microsoft's registry.
pub const MICROSOFT: &str = "mcr.microsoft.com";

/// Docker Hub as images name it, and where it answers.
const HUB: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/// Registries whose tokens are given by another host, and that host.
/// Source: what these registries answer to a request without a token.
const TOKENS_ELSEWHERE: [(&str, &str); 2] =
    [("registry-1.docker.io", "auth.docker.io"), ("registry.gitlab.com", "gitlab.com")];

/// What the user allows.
#[derive(Clone, Debug, Default)]
pub struct Access {
    enabled: bool,
    named: Vec<Url>,
}

/// A registry that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// Scheme, host and port.
    pub(super) origin: Url,
    /// Whether the user named it, and so its credentials may be used.
    pub(super) named: bool,
}

impl Access {
    /// What `network.enabled` and `network.registries` allow. What names no host allows none.
    #[must_use]
    pub fn new(enabled: bool, registries: &[String]) -> Self {
        Self { enabled, named: registries.iter().filter_map(|name| origin(name)).collect() }
    }

    /// Whether anything is asked at all.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Whether that host, as an image names it, may be asked.
    #[must_use]
    pub fn allows(&self, host: &str) -> bool {
        self.host(host).is_ok()
    }

    pub(super) fn host(&self, host: &str) -> Result<Host> {
        let refused = |why| Err(Error::NotAllowed { host: host.chars().take(120).collect(), why });
        if !self.enabled {
            return refused("lookups are off");
        }
        let Some(origin) = origin(host) else { return refused("it is no host of a registry") };
        let named = self.named.iter().find(|known| is_same(known, &origin));
        match named {
            // As it was named: with the scheme that stands there.
            Some(known) => Ok(Host { origin: known.clone(), named: true }),
            None if origin.as_str() == format!("https://{MICROSOFT}/") => Ok(Host { origin, named: false }),
            None => refused("network.registries does not name it"),
        }
    }

    /// Whether a registry may send us to that address for a token: on its own host, where it is known to
    /// have them, or on one that the user named.
    pub(super) fn allows_tokens(&self, host: &Host, realm: &Url) -> bool {
        let (from, to) = (host.origin.host_str().unwrap_or(""), realm.host_str().unwrap_or(""));
        let own = if is_loopback(realm) { is_same(&host.origin, realm) } else { from == to };
        own || TOKENS_ELSEWHERE.contains(&(from, to)) || self.named.iter().any(|known| is_same(known, realm))
    }
}

/// Where a registry of that name answers. Plain http is for this machine, as with Docker; there, https is
/// meant where it is written.
fn origin(name: &str) -> Option<Url> {
    let name = name.trim().trim_end_matches('/');
    let (scheme, host) = match name.split_once("://") {
        Some((scheme @ ("https" | "http"), host)) => (Some(scheme), host),
        Some(_) => return None,
        None => (None, name),
    };
    let host = if HUB.contains(&host) { "registry-1.docker.io" } else { host };
    let url = Url::parse(&format!("{}://{host}/", scheme.unwrap_or("https"))).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() || host.contains(['@', '\\']) {
        return None;
    }
    match (scheme, is_loopback(&url)) {
        (None, true) => Url::parse(&format!("http://{host}/")).ok(),
        (Some("http"), false) => None,
        _ => Some(url),
    }
}

/// Whether two addresses are of one host and port. On this machine the scheme follows from how the host was
/// named, so the port that is written counts.
fn is_same(one: &Url, other: &Url) -> bool {
    let port = |url: &Url| if is_loopback(url) { url.port() } else { url.port_or_known_default() };
    one.host() == other.host() && port(one) == port(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_user_named_is_asked() {
        let registries =
            ["contoso.azurecr.io", "127.0.0.1:5000", "docker.io", "https://localhost:5001", "10.0.0.7"];
        let registries = registries.map(str::to_owned);
        let access = Access::new(true, &registries);
        let asked = |host: &str| access.host(host).ok().map(|host| (host.origin.to_string(), host.named));
        for (host, origin) in [
            ("contoso.azurecr.io", "https://contoso.azurecr.io/"),
            ("CONTOSO.azurecr.io", "https://contoso.azurecr.io/"),
            ("127.0.0.1:5000", "http://127.0.0.1:5000/"),
            ("index.docker.io", "https://registry-1.docker.io/"),
            ("localhost:5001", "https://localhost:5001/"),
            ("10.0.0.7", "https://10.0.0.7/"),
        ] {
            assert_eq!(asked(host), Some((origin.to_owned(), true)), "{host}");
        }
        assert_eq!(asked("mcr.microsoft.com"), Some(("https://mcr.microsoft.com/".to_owned(), false)));
        for host in [
            "evil.example",
            "127.0.0.1",
            "127.0.0.1:5001",
            "localhost:5000",
            "2130706433:5001",
            "169.254.169.254",
            "mcr.microsoft.com:444",
            "mcr.microsoft.com.evil.example",
            "mcr.microsoft.com@evil.example",
            "contoso.azurecr.io.",
            "x/../contoso.azurecr.io",
            "[::1]:5000",
            "",
        ] {
            assert_eq!(asked(host), None, "{host}");
        }
        let off = Access::new(false, &registries);
        assert!(!off.allows("contoso.azurecr.io") && !off.allows(MICROSOFT));
        assert!(!Access::new(true, &["http://plain.example".to_owned()]).allows("plain.example"));
    }

    #[test]
    fn tokens_come_from_the_registry_itself_or_a_host_that_was_named() {
        let access = Access::new(
            true,
            &["docker.io", "127.0.0.1:5000", "a.example", "tokens.example"].map(str::to_owned),
        );
        let allows = |host: &str, realm: &str| {
            access
                .allows_tokens(&access.host(host).expect("allowed"), &Url::parse(realm).expect("an address"))
        };
        assert!(allows("a.example", "https://a.example:8443/token"));
        assert!(allows("a.example", "https://tokens.example/token"));
        assert!(allows("docker.io", "https://auth.docker.io/token"));
        assert!(allows("127.0.0.1:5000", "http://127.0.0.1:5000/token"));
        for realm in ["https://evil.example/token", "http://127.0.0.1:22/", "https://auth.docker.io/token"] {
            assert!(!allows("a.example", realm), "{realm}");
        }
        assert!(!allows("127.0.0.1:5000", "http://127.0.0.1:22/"));
    }
}
