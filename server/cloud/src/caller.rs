//! Asking Azure's services as somebody: a token, an identifier for each request, tries where the service
//! asks for them. It must not know what is asked.

use std::sync::atomic::{AtomicBool, Ordering};

use azure_core::Uuid;
use azure_core::credentials::Secret;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use url::Url;

use crate::arm::Delays;
use crate::clouds::checked;
use crate::error::{Error, Result};
use crate::{answer, http, unless_cancelled};

/// How often a request is tried again.
const RETRIES: u32 = 3;

/// Somebody who asks one service.
pub(crate) struct Caller {
    client: Client,
    token: Secret,
    delays: Delays,
    /// Whether work that goes on behind an answer is a success: the official client takes 202 for a
    /// failure where it expects none.
    long: bool,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl Caller {
    /// For the service at an address.
    pub(crate) fn new(address: &Url, token: Secret, delays: Delays, long: bool) -> Result<Self> {
        Ok(Self { client: http::client(address, delays.answer)?, token, delays, long })
    }

    fn accepts(&self, status: StatusCode) -> bool {
        matches!(status.as_u16(), 200 | 201) || self.long && status.as_u16() == 202
    }

    /// Sends a request, again where the service asks for it.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        json: Option<&Value>,
        cancel: &AtomicBool,
    ) -> Result<Answer> {
        let url = checked(url)?;
        let writes = method == Method::PUT;
        let mut tries = 0;
        loop {
            if tries == 0 && cancel.load(Ordering::Relaxed) {
                return Err(Error::Cancelled { sent: false });
            }
            let mut request = self
                .client
                .request(method.clone(), url.clone())
                .bearer_auth(self.token.secret())
                .header(ACCEPT, "application/json")
                .header("x-ms-client-request-id", Uuid::new_v4().to_string());
            if let Some(json) = json {
                request = request.header(CONTENT_TYPE, "application/json").body(json.to_string());
            }
            let exchange = async {
                let response = request.send().await.map_err(|error| http::network(&url, &error))?;
                let (status, headers) = (response.status(), response.headers().clone());
                Ok((status, headers, http::body(&url, response).await?))
            };
            let sent = Error::Cancelled { sent: writes };
            let (status, headers, text) = match unless_cancelled(cancel, exchange).await {
                Some(answer) => answer?,
                None => return Err(sent),
            };
            tracing::debug!("{method} {} {}", url.path(), status.as_u16());
            if matches!(status.as_u16(), 429 | 500 | 502 | 503)
                && tries < RETRIES
                && let Some(wait) = self.delays.wait(tries, answer::retry_after(&headers))
            {
                tries += 1;
                // What answered so may have done its work nevertheless.
                unless_cancelled(cancel, tokio::time::sleep(wait)).await.ok_or(sent)?;
                continue;
            }
            if !self.accepts(status) {
                let host = url.host_str().unwrap_or("");
                return Err(answer::refused(host, status, &headers, &text, &[self.token.secret()]));
            }
            if answer::is_web_page(&text) {
                let host = url.host_str().unwrap_or("").to_owned();
                return Err(Error::Intercepted { host, status: status.as_u16() });
            }
            return Ok(Answer { status, headers, json: serde_json::from_str(&text).unwrap_or(Value::Null) });
        }
    }
}
