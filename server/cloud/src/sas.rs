//! A shared access signature, made on this machine from the key of a storage account: for the container
//! alone and for an hour, so that no key goes over the network. It must not know what it is used for.
//!
//! Source: REST reference of the blob service, Create a service SAS, version 2020-12-06 and later.

use azure_core::base64;
use azure_core::time::{Duration, OffsetDateTime, to_rfc3339};
use ring::hmac;

use crate::error::{Error, Result};

/// The version of the signature's form.
const VERSION: &str = "2022-11-02";

/// What it allows: to read, add, create, write and list.
const PERMISSIONS: &str = "racwl";

/// The query of a signature for a container, from now on for an hour.
pub(crate) fn sign(account: &str, container: &str, key: &str, now: OffsetDateTime) -> Result<String> {
    let refused = || Error::Configuration {
        message: "the workspace gave a key of its storage account that is none".to_owned(),
    };
    let key = base64::decode(key).map_err(|_| refused())?;
    // Clocks differ by some minutes.
    let time = |moment: OffsetDateTime| {
        let text = to_rfc3339(&moment);
        format!("{}Z", text.get(..19).unwrap_or(&text))
    };
    let (start, end) = (time(now - Duration::minutes(10)), time(now + Duration::hours(1)));
    let fields = [
        PERMISSIONS,
        &start,
        &end,
        &format!("/blob/{account}/{container}"),
        "", // a stored policy
        "", // addresses
        "", // protocols
        VERSION,
        "c",
        "", // a snapshot
        "", // an encryption scope
        "",
        "",
        "",
        "",
        "", // five headers of answers
    ];
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), fields.join("\n").as_bytes());
    let query = [
        ("sv", VERSION),
        ("sr", "c"),
        ("sp", PERMISSIONS),
        ("st", &start),
        ("se", &end),
        ("sig", &base64::encode(signature)),
    ];
    Ok(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish())
}
