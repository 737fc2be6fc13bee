//! Credentials out of Docker's own configuration: what stands in it, and the programs that it names. A
//! program is run only for a host that the user named, and is told nothing but that host.
//! Source: docker/cli's `config.json`, and docker-credential-helpers' protocol.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use azure_core::base64;
use azure_core::credentials::Secret;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::Env;

/// A larger file is not Docker's.
const MAX_FILE: u64 = 1024 * 1024;

/// How long a program may take to give credentials.
const LIMIT: Duration = Duration::from_secs(20);

/// The user name that says that the secret is a token.
const TOKEN_USER: &str = "<token>";

/// How somebody is known to a registry.
#[derive(Clone, Debug)]
pub(super) enum Credentials {
    /// A user's name and password.
    Password { user: String, secret: Secret },
    /// A token that tokens are given for.
    Token(Secret),
}

/// The credentials for a host. `None` where there are none, or where they cannot be read.
pub(super) async fn credentials(env: Env<'_>, host: &str) -> Option<Credentials> {
    let folder = folder(env)?;
    let path = folder.join("config.json");
    let metadata = std::fs::metadata(&path).ok()?;
    if !metadata.is_file() || metadata.len() > MAX_FILE {
        return None;
    }
    // What is in it is not said, since it may hold secrets.
    let config: Value = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
    let key = key_of(host);
    let helper = config
        .get("credHelpers")
        .and_then(Value::as_object)
        .and_then(|helpers| helpers.iter().find(|(name, _)| is_of(name, host)))
        .map(|(_, helper)| helper)
        .or_else(|| config.get("credsStore"));
    if let Some(program) = helper.and_then(Value::as_str).and_then(program)
        && let Some(found) = ask(env, &program, &key, &folder).await
    {
        return Some(found);
    }
    let auths = config.get("auths")?.as_object()?;
    auths.iter().filter(|(name, _)| is_of(name, host)).find_map(|(_, entry)| written(entry))
}

fn folder(env: Env<'_>) -> Option<PathBuf> {
    let home = || env("HOME").or_else(|| env("USERPROFILE")).map(|home| Path::new(&home).join(".docker"));
    let folder = env("DOCKER_CONFIG").map(PathBuf::from).or_else(home)?;
    // One that hangs on where amlenv is started would lead into the repository that is open.
    folder.is_absolute().then_some(folder)
}

/// The name under which Docker keeps the credentials of a host.
fn key_of(host: &str) -> String {
    match host {
        "registry-1.docker.io" => "https://index.docker.io/v1/".to_owned(),
        _ => host.to_owned(),
    }
}

/// Whether an entry is of that host: entries may be written as addresses.
fn is_of(entry: &str, host: &str) -> bool {
    let name = entry.split_once("://").map_or(entry, |(_, rest)| rest);
    let name = name.split('/').next().unwrap_or("");
    let hub = ["docker.io", "index.docker.io", "registry-1.docker.io"];
    name.eq_ignore_ascii_case(host) || host == "registry-1.docker.io" && hub.contains(&name)
}

/// What stands in the file itself.
fn written(entry: &Value) -> Option<Credentials> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(token) = text("identitytoken") {
        return Some(Credentials::Token(Secret::new(token.to_owned())));
    }
    let (user, secret) = match text("auth") {
        Some(auth) => {
            let decoded = String::from_utf8(base64::decode(auth).ok()?).ok()?;
            let (user, secret) = decoded.split_once(':')?;
            (user.to_owned(), secret.trim_end_matches('\0').to_owned())
        }
        None => (text("username")?.to_owned(), text("password")?.to_owned()),
    };
    as_credentials(user, secret)
}

fn as_credentials(user: String, secret: String) -> Option<Credentials> {
    match (user.as_str(), secret.as_str()) {
        (_, "") | ("", _) => None,
        (TOKEN_USER, _) => Some(Credentials::Token(Secret::new(secret))),
        _ => Some(Credentials::Password { user, secret: Secret::new(secret) }),
    }
}

/// The program of a helper; `None` for what is a path rather than a name.
fn program(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!name.is_empty() && name.chars().all(plain)).then(|| format!("docker-credential-{name}"))
}

/// Asks a program. What it says of a failure is not repeated, since it may hold secrets.
async fn ask(env: Env<'_>, program: &str, key: &str, folder: &Path) -> Option<Credentials> {
    let mut command = tokio::process::Command::new(program);
    // Not where amlenv was started, which may be a repository.
    command.arg("get").current_dir(folder).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    if let Some(path) = env("PATH") {
        command.env("PATH", path);
    }
    let answer = async {
        let mut child = command.spawn().ok()?;
        let (mut input, output) = (child.stdin.take()?, child.stdout.take()?);
        input.write_all(key.as_bytes()).await.ok()?;
        drop(input);
        let mut text = Vec::new();
        output.take(MAX_FILE).read_to_end(&mut text).await.ok()?;
        child.wait().await.ok()?.success().then_some(text)
    };
    let Ok(answer) = tokio::time::timeout(LIMIT, answer).await else {
        tracing::warn!("{program} gave no answer within {} s", LIMIT.as_secs());
        return None;
    };
    let Some(answer) = answer else {
        tracing::info!("{program} has nothing for {key}");
        return None;
    };
    let answer: Value = serde_json::from_slice(&answer).ok()?;
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    as_credentials(text("Username"), text("Secret"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_debug_text_shows_a_secret() {
        let secret = || Secret::new("never-to-be-seen".to_owned());
        let password = Credentials::Password { user: "somebody".to_owned(), secret: secret() };
        for credentials in [password, Credentials::Token(secret())] {
            let text = format!("{credentials:?} {credentials:#?}");
            assert!(!text.contains("never-to-be-seen"), "{text}");
        }
    }

    #[test]
    fn entries_are_found_by_their_host() {
        assert!(is_of("https://a.example/v1/", "a.example") && is_of("A.example", "a.example"));
        assert!(is_of("https://index.docker.io/v1/", "registry-1.docker.io"));
        assert!(!is_of("a.example:5000", "a.example") && !is_of("a.example.evil", "a.example"));
    }

    #[test]
    fn helpers_are_names_never_paths() {
        assert_eq!(program("acr-env").as_deref(), Some("docker-credential-acr-env"));
        for path in ["/bin/sh", "../x", "a b", "", "a;b"] {
            assert_eq!(program(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let shown = |entry: Value| match written(&entry) {
            Some(Credentials::Password { user, secret }) => format!("{user} {}", secret.secret()),
            Some(Credentials::Token(token)) => format!("token {}", token.secret()),
            None => "none".to_owned(),
        };
        for (entry, expected) in [
            (serde_json::json!({"auth": "dXNlcjpwOnc="}), "user p:w"),
            (serde_json::json!({"username": "u", "password": "p"}), "u p"),
            (serde_json::json!({"auth": "dXNlcjpwOnc=", "identitytoken": "t"}), "token t"),
            (serde_json::json!({"username": "<token>", "password": "p"}), "token p"),
            (serde_json::json!({"auth": "not base64"}), "none"),
            (serde_json::json!({}), "none"),
        ] {
            assert_eq!(shown(entry), expected);
        }
    }
}
