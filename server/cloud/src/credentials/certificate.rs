//! A client certificate as an assertion: a short token that the client signs itself.
//! Source of its form: Microsoft identity platform, "application authentication certificate credentials".

use std::path::Path;

use async_trait::async_trait;
use azure_core::credentials::Secret;
use azure_core::error::ErrorKind;
use azure_core::http::ClientMethodOptions;
use azure_core::time::OffsetDateTime;
use azure_core::{Uuid, base64};
use azure_identity::ClientAssertion;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::{digest, signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;

/// A key and a few certificates are small.
const MAX_FILE: u64 = 1024 * 1024;

/// How long an assertion holds, in seconds.
const LIFETIME: i64 = 300;

/// A key, and the beginning of every assertion that it signs.
pub(super) struct Certificate {
    header: String,
    key: KeyPair,
    audience: String,
    client: String,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("client", &self.client).finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads a PEM file with an RSA key and its certificate; where there are several, the first is
    /// the client's. `with_chain` sends all of them along.
    pub(super) fn read(
        path: &Path,
        audience: String,
        client: String,
        with_chain: bool,
    ) -> azure_core::Result<Self> {
        let unreadable = |why: &str| failed(format!("{}: {why}", path.display()));
        let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error.to_string()))?;
        if !metadata.is_file() || metadata.len() > MAX_FILE {
            return Err(unreadable("this is no file with a certificate"));
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(&error.to_string()))?;
        // Secret: the buffer holds the key; its own `Drop` is not our business, its `Debug` is.
        let text = Secret::new(String::from_utf8_lossy(&bytes).into_owned());
        Self::parse(&text, audience, client, with_chain).map_err(|why| unreadable(&why))
    }

    fn parse(pem: &Secret, audience: String, client: String, with_chain: bool) -> Result<Self, String> {
        let text = pem.secret();
        if !text.contains("-----BEGIN ") {
            let message = "this is not PEM; `openssl pkcs12 -in FILE -nodes -out FILE.pem` makes it so";
            return Err(message.to_owned());
        }
        if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
            let message = "the key has a password, which is not supported; `openssl pkey -in FILE -out FILE.pem` takes it off";
            return Err(message.to_owned());
        }
        let certificates: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(text.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| "a certificate in it cannot be read")?;
        let own = certificates.first().ok_or("there is no certificate in it")?;
        let key = match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
            Ok(PrivateKeyDer::Pkcs8(key)) => KeyPair::from_pkcs8(key.secret_pkcs8_der()),
            Ok(PrivateKeyDer::Pkcs1(key)) => KeyPair::from_der(key.secret_pkcs1_der()),
            Ok(_) => return Err("only RSA keys are supported".to_owned()),
            Err(_) => return Err("there is no private key in it".to_owned()),
        };
        let key = key.map_err(|error| format!("its key cannot be used: {error}"))?;
        let thumbprint = digest::digest(&digest::SHA256, own);
        let mut header =
            json!({"alg": "PS256", "typ": "JWT", "x5t#S256": base64::encode_url_safe(thumbprint)});
        if with_chain && let Some(header) = header.as_object_mut() {
            let chain: Vec<String> = certificates.iter().map(base64::encode).collect();
            header.insert("x5c".to_owned(), chain.into());
        }
        Ok(Self { header: base64::encode_url_safe(header.to_string()), key, audience, client })
    }

    fn assertion(&self, now: i64) -> azure_core::Result<String> {
        let claims = json!({
            "aud": self.audience,
            "iss": self.client,
            "sub": self.client,
            "jti": Uuid::new_v4().to_string(),
            "nbf": now,
            "iat": now,
            "exp": now + LIFETIME,
        });
        let signed = format!("{}.{}", self.header, base64::encode_url_safe(claims.to_string()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&signature::RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| failed("the assertion could not be signed".to_owned()))?;
        Ok(format!("{signed}.{}", base64::encode_url_safe(signature)))
    }
}

#[async_trait]
impl ClientAssertion for Certificate {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.assertion(OffsetDateTime::now_utc().unix_timestamp())
    }
}

fn failed(message: String) -> azure_core::Error {
    azure_core::Error::with_message(ErrorKind::Credential, message)
}
