//! What the answers of Azure's services mean where they are refusals. It must not know what was asked.

use std::time::Duration;

use azure_core::time::{OffsetDateTime, parse_rfc7231};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::Value;

use crate::error::Error;
use crate::spoken::tidy;

/// How much of what the service says is worth repeating.
const WORDS: usize = 600;

/// Services allow for clocks that differ by some minutes. In seconds.
const MOST_SKEW: i64 = 300;

/// How long the service asks to wait: so many seconds, or until a moment.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let said = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = said.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    // A moment that is past is no time at all.
    let until = parse_rfc7231(said).ok()?;
    Some(Duration::try_from(until - OffsetDateTime::now_utc()).unwrap_or(Duration::ZERO))
}

/// Whether a text is a page for browsers, which comes from something between here and the service. What
/// the services themselves say in XML is none.
pub(crate) fn is_web_page(text: &str) -> bool {
    let head = text.trim_start_matches('\u{feff}').trim_start();
    head.starts_with('<') && !head.starts_with("<?xml")
}

/// Whether the refusal is the clock's fault.
pub(crate) fn clock(headers: &HeaderMap) -> Option<Error> {
    let theirs = parse_rfc7231(headers.get(DATE)?.to_str().ok()?).ok()?;
    let seconds = (OffsetDateTime::now_utc() - theirs).whole_seconds();
    (seconds.abs() > MOST_SKEW).then_some(Error::Clock { seconds })
}

/// What a refusal of Resource Manager means. Source of the shape: `{"error": {"code", "message"}}`.
pub(crate) fn refused(
    host: &str,
    status: StatusCode,
    headers: &HeaderMap,
    text: &str,
    secrets: &[&str],
) -> Error {
    let json: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let part = |key: &str| json.pointer(&format!("/error/{key}")).and_then(Value::as_str);
    if json.is_null() && is_web_page(text) {
        return Error::Intercepted { host: host.to_owned(), status: status.as_u16() };
    }
    let said = part("message").unwrap_or(text);
    let message = match tidy(said, secrets, WORDS) {
        message if message.is_empty() => format!("HTTP {}", status.as_u16()),
        message => message,
    };
    let code = part("code").map_or_else(|| status.as_u16().to_string(), |code| tidy(code, secrets, 100));
    match status.as_u16() {
        401 => unauthorized(headers, &code, message),
        403 => clock(headers).unwrap_or(Error::Forbidden { message }),
        404 => Error::NotFound { message },
        // Locks and the like answer 409 as well; only the service's own code speaks of the version.
        409 if !matches!(code.as_str(), "ScopeLocked" | "ResourceGroupBeingDeleted") => {
            Error::Conflict { message, differs: Vec::new() }
        }
        429 | 500..=599 => Error::Busy { message },
        _ => Error::Service { code, message },
    }
}

/// Source of the codes: Resource Manager's own, public documentation and threads.
fn unauthorized(headers: &HeaderMap, code: &str, message: String) -> Error {
    if let Some(error) = clock(headers) {
        return error;
    }
    let lower = message.to_ascii_lowercase();
    if code == "InvalidAuthenticationTokenTenant" || lower.contains("wrong issuer") {
        return Error::WrongTenant { tenant: tenant(headers), message };
    }
    if code == "ExpiredAuthenticationToken" || lower.contains("expir") {
        return Error::Expired { message };
    }
    Error::Unauthorized { message }
}

/// The tenant that a challenge names: `Bearer authorization_uri="https://HOST/TENANT", …`.
fn tenant(headers: &HeaderMap) -> Option<String> {
    let challenge = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let (_, rest) = challenge.split_once("authorization_uri=")?;
    let address = rest.trim_start_matches('"').split(['"', ',', ' ']).next()?;
    let tenant = address.split("://").nth(1)?.split('/').nth(1)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    (!tenant.is_empty() && tenant.chars().all(plain)).then(|| tenant.to_owned())
}
