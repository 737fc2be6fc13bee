//! A real registry on this machine: Debian's `docker-registry`, with images that are nothing but their names.
//! `tests/run` installs it.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(30);

pub(super) const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(super) const INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// A running registry.
pub(super) struct Registry {
    child: Child,
    pub(super) address: String,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody uses now.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

impl Registry {
    /// Serves what lies in `storage`; `auth` and `tls` are sections of its configuration.
    pub(super) fn start(storage: &Path, auth: &Value, tls: &Value) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let mut config = json!({
            "version": "0.1",
            "log": {"level": "error"},
            "storage": {"filesystem": {"rootdirectory": storage}},
            "http": {"addr": address, "tls": tls},
        });
        if !auth.is_null() {
            config["auth"] = auth.clone();
        }
        // JSON is YAML as well.
        let path = storage.join(format!("{}.yml", address.replace(':', "-")));
        fs::write(&path, config.to_string()).expect("a file");
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("docker-registry runs; tests/run installs it");
        let registry = Self { child, address };
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect(&registry.address).is_err() {
            assert!(Instant::now() < end, "docker-registry does not serve");
            std::thread::yield_now();
        }
        registry
    }

    /// Pushes an image under a tag, and an index of it under `index`.
    pub(super) fn push(&self, repository: &str, tags: &[&str], index: &[&str]) {
        let config = b"{}";
        let blob = sum(config);
        let (status, head, _) = self.send("POST", &format!("/v2/{repository}/blobs/uploads/"), "", b"");
        assert_eq!(status, 202, "{head}");
        let location = head.lines().find_map(|line| line.strip_prefix("Location: ")).expect("a location");
        let path =
            location.trim().strip_prefix(&format!("http://{}", self.address)).unwrap_or(location.trim());
        let separator = if path.contains('?') { '&' } else { '?' };
        let (status, head, _) = self.send(
            "PUT",
            &format!("{path}{separator}digest={blob}"),
            "Content-Type: application/octet-stream\r\n",
            config,
        );
        assert_eq!(status, 201, "{head}");
        for tag in tags {
            self.put(repository, tag, MANIFEST, &manifest(tag));
        }
        for tag in index {
            let inner = manifest(tag);
            self.put(repository, &format!("{tag}-amd64"), MANIFEST, &inner);
            let platform = json!({"architecture": "amd64", "os": "linux"});
            let entry = json!({"mediaType": MANIFEST, "size": inner.len(), "digest": sum(inner.as_bytes()), "platform": platform});
            let list = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]});
            self.put(repository, tag, INDEX, &list.to_string());
        }
    }

    fn put(&self, repository: &str, tag: &str, kind: &str, body: &str) {
        let path = format!("/v2/{repository}/manifests/{tag}");
        let (status, head, _) =
            self.send("PUT", &path, &format!("Content-Type: {kind}\r\n"), body.as_bytes());
        assert_eq!(status, 201, "{head}");
    }

    fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        let text = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let status = head.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
        (status, head.to_owned(), body.as_bytes().to_vec())
    }
}

/// The manifest of an image whose only difference is its tag.
pub(super) fn manifest(tag: &str) -> String {
    let config = json!({"mediaType": "application/vnd.docker.container.image.v1+json", "size": 2, "digest": sum(b"{}")});
    json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [], "annotations": {"tag": tag}})
        .to_string()
}

pub(super) fn sum(bytes: &[u8]) -> String {
    let mut out = "sha256:".to_owned();
    for byte in digest(&SHA256, bytes).as_ref() {
        write!(out, "{byte:02x}").expect("a text");
    }
    out
}

/// Runs openssl in a folder.
pub(super) fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output();
    let output = output.expect("openssl runs; tests/run installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Gives tokens as a registry's own service does, to one user.
pub(super) struct Tokens {
    pub(super) address: String,
    pub(super) certificate: PathBuf,
}

impl Tokens {
    /// Starts one; user and password are as a header of Basic authentication has them.
    pub(super) fn start(folder: &Path, credentials: &'static str) -> Self {
        openssl(
            folder,
            "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=tokens -days 2",
        );
        let der = |name: &str| {
            let text = fs::read_to_string(folder.join(name)).expect("a file");
            let lines: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
            (decode(&lines), lines)
        };
        let (key, _) = der("key.pem");
        let key = RsaKeyPair::from_pkcs8(&key).expect("a key");
        let (_, chain) = der("cert.pem");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut bytes = Vec::new();
                let mut byte = [0];
                while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                    bytes.push(byte[0]);
                }
                let request = String::from_utf8_lossy(&bytes).into_owned();
                let known = request.to_ascii_lowercase().contains(&credentials.to_ascii_lowercase());
                let query = request.split([' ', '?']).nth(2).unwrap_or("");
                let scope = query.split('&').find_map(|pair| pair.strip_prefix("scope=")).unwrap_or("");
                let scope = scope.replace("%3A", ":").replace("%2F", "/");
                let parts: Vec<&str> = scope.split(':').collect();
                let body = match parts[..] {
                    [kind, name, actions] if known => {
                        json!({"token": token(&key, &chain, kind, name, actions)}).to_string()
                    }
                    _ => "{}".to_owned(),
                };
                let status = if known { 200 } else { 401 };
                let head = format!(
                    "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all((head + &body).as_bytes());
            }
        });
        Self { address, certificate: folder.join("cert.pem") }
    }
}

fn token(key: &RsaKeyPair, chain: &str, kind: &str, name: &str, actions: &str) -> String {
    let header = json!({"typ": "JWT", "alg": "RS256", "x5c": [chain]});
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    let claims = json!({
        "iss": "tokens", "sub": "user", "aud": "registry", "jti": "1",
        "nbf": now - 10, "iat": now - 10, "exp": now + 300,
        "access": [{"type": kind, "name": name, "actions": [actions]}],
    });
    let signed =
        format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).expect("signed");
    format!("{signed}.{}", encode(&signature))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base 64 for addresses, without padding.
fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            out.push(char::from(ALPHABET[(number >> (18 - 6 * at) & 63) as usize]));
        }
    }
    out
}

/// The other kind of base 64, as PEM has it.
fn decode(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut number, mut bits) = (0_u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let byte = match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => other,
        };
        let digit = ALPHABET.iter().position(|known| *known == byte).expect("base 64");
        number = number << 6 | u32::try_from(digit).expect("small");
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((number >> bits & 255) as u8);
        }
    }
    out
}
