//! Azure's container registries: who is signed in to Azure is known there.
//! Source: Azure/acr docs, "AAD-OAuth".

use std::sync::atomic::AtomicBool;

use azure_core::credentials::Secret;
use reqwest::Client;
use serde_json::Value;
use url::Url;

use super::SharedEnv;
use super::exchange::{answer, form};
use crate::clouds::Cloud;
use crate::credentials::sign_in;
use crate::error::{Error, Result};

/// A token that tokens are given for, if the registry is one of Azure's and somebody is signed in.
pub(super) async fn refresh_token(
    env: &SharedEnv,
    registry: &Url,
    realm: &Url,
    client: &Client,
    service: Option<&str>,
) -> Result<Option<Secret>> {
    // A cloud that cannot be told says nothing of this registry.
    let Ok(cloud) = Cloud::from_env(&**env).await else { return Ok(None) };
    let host = registry.host_str().unwrap_or("");
    if cloud.registries.is_empty() || !host.ends_with(&cloud.registries) {
        return Ok(None);
    }
    // An Azure token is for the registry itself, whatever address it names for others.
    if realm.host_str() != Some(host) {
        return Ok(None);
    }
    let token = match sign_in(&cloud, &**env, &AtomicBool::new(false)).await {
        Ok(token) => token,
        Err(Error::NotSignedIn { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Ok(exchange) = realm.join("/oauth2/exchange") else { return Ok(None) };
    let pairs = [
        ("grant_type", "access_token"),
        ("service", service.unwrap_or(host)),
        ("access_token", token.secret()),
    ];
    let json = answer(&exchange, form(client.post(exchange.clone()), &pairs)).await?;
    let token = json.as_ref().and_then(|json| json.get("refresh_token")).and_then(Value::as_str);
    Ok(token.map(|token| Secret::new(token.to_owned())))
}
