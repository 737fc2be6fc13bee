//! The managed identity of an Azure ML compute, which `azure_identity` does not know.
//! Source of the request: the Azure ML credential of azure-identity for Python.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::time::{Duration, OffsetDateTime};
use serde::Deserialize;
use url::Url;

use crate::{Env, http};

/// Asks the address that the compute itself names.
pub(super) struct ComputeIdentity {
    endpoint: Url,
    secret: Secret,
    client: Option<String>,
    http: reqwest::Client,
}

impl std::fmt::Debug for ComputeIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ComputeIdentity").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl ComputeIdentity {
    /// Whether the variables are there. The address alone is Cloud Shell, where `az` is signed in.
    pub(super) fn is_set_up(env: Env<'_>) -> bool {
        env("MSI_ENDPOINT").is_some() && env("MSI_SECRET").is_some()
    }

    pub(super) fn new(env: Env<'_>, client: Option<String>) -> azure_core::Result<Arc<Self>> {
        let endpoint = Url::parse(&env("MSI_ENDPOINT").unwrap_or_default())
            .map_err(|error| failed(format!("MSI_ENDPOINT is no address: {error}")))?;
        let http = http::client_of_machine().map_err(|error| failed(error.to_string()))?;
        let secret = Secret::new(env("MSI_SECRET").unwrap_or_default());
        Ok(Arc::new(Self { endpoint, secret, client, http }))
    }
}

#[async_trait]
impl TokenCredential for ComputeIdentity {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let scope = scopes.first().copied().unwrap_or_default();
        let mut url = self.endpoint.clone();
        let resource = scope.strip_suffix("/.default").unwrap_or(scope);
        url.query_pairs_mut().append_pair("api-version", "2017-09-01").append_pair("resource", resource);
        if let Some(client) = &self.client {
            url.query_pairs_mut().append_pair("clientid", client);
        }
        let said = |error: &reqwest::Error| failed(http::network(&self.endpoint, error).to_string());
        let response = self
            .http
            .get(url)
            .header("secret", self.secret.secret())
            .send()
            .await
            .map_err(|error| said(&error))?;
        let status = response.status();
        let text = http::body(&self.endpoint, response).await.map_err(|error| failed(error.to_string()))?;
        if !status.is_success() {
            return Err(failed(format!("HTTP {}: {text}", status.as_u16())));
        }
        // The text of a failure to read it could quote the token.
        let answer: Answer =
            serde_json::from_str(&text).map_err(|_| failed("the answer holds no token".to_owned()))?;
        Ok(AccessToken::new(answer.access_token, OffsetDateTime::now_utc() + Duration::minutes(5)))
    }
}

#[derive(Deserialize)]
struct Answer {
    access_token: Secret,
}

fn failed(message: String) -> azure_core::Error {
    azure_core::Error::with_message(ErrorKind::Credential, message)
}
