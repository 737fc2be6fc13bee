//! What the catalogue says in words: one line for a list, Markdown for a hover. Observed facts come
//! before declared ones; names that lie say so; every statement carries the day of the snapshot.

use std::fmt::Write as _;

use super::{Curated, Image, Status, catalogue};

/// Facts in one line, in the order in which people ask for them.
#[must_use]
pub fn facts(facts: &std::collections::BTreeMap<String, String>) -> String {
    const ORDER: [(&str, &str); 10] = [
        ("os", ""),
        ("python", "Python "),
        ("cuda", "CUDA "),
        ("cudnn", "cuDNN "),
        ("mpi", ""),
        ("torch", "PyTorch "),
        ("tensorflow", "TensorFlow "),
        ("scikit-learn", "scikit-learn "),
        ("lightgbm", "LightGBM "),
        ("xgboost", "XGBoost "),
    ];
    let parts: Vec<String> = ORDER
        .iter()
        .filter_map(|(key, label)| facts.get(*key).map(|value| format!("{label}{value}")))
        .collect();
    parts.join(", ")
}

/// One line about an image.
#[must_use]
pub fn image_detail(image: &Image) -> String {
    let facts = facts(&image.facts);
    let status = image.status.as_str();
    if facts.is_empty() { status.to_owned() } else { format!("{facts} · {status}") }
}

/// A hover about an image.
#[must_use]
pub fn image_markdown(image: &Image, tag: Option<&str>) -> String {
    let mut out = format!("**{}**\n\n", image.repository);
    let role = match image.family.as_str() {
        "training" => "Azure ML base image",
        "inference" => "Azure ML inference image",
        "acpt" => "Azure Container for PyTorch",
        _ => "Image of Azure ML",
    };
    let _ = writeln!(out, "{role} ({}). {}\n", image.kind, facts(&image.facts));
    let day = &catalogue().snapshot;
    let support = match image.status {
        Status::Supported => "Supported.".to_owned(),
        Status::InUse => {
            "Not in the list of supported images, but curated environments stand on it.".to_owned()
        }
        Status::Deprecated => match &image.deprecated_on {
            Some(on) => format!("**Deprecated** since {on}; no longer patched."),
            None => "**Deprecated**; no longer patched.".to_owned(),
        },
        _ => "Not in the list of supported images.".to_owned(),
    };
    let _ = writeln!(out, "{support} (As of {day}.)\n");
    if let Some(successor) = &image.successor {
        let _ = writeln!(out, "Nearest supported image of the same kind: `{successor}`\n");
    }
    if let Some(newest) = image.tags.first() {
        let _ = writeln!(out, "Newest known tag: `{newest}`\n");
    }
    if tag
        .is_some_and(|tag| tag != "latest" && !image.tags.iter().any(|known| known == tag) && !tag.is_empty())
    {
        let _ = writeln!(out, "This tag is not in the snapshot; it may be newer.\n");
    }
    out.trim_end().to_owned()
}

/// One line about a curated environment.
#[must_use]
pub fn environment_detail(environment: &Curated) -> String {
    let facts = facts(&environment.observed);
    let state = environment.state();
    if facts.is_empty() { state.to_owned() } else { format!("{facts} · {state}") }
}

/// A hover about a curated environment.
#[must_use]
pub fn environment_markdown(environment: &Curated) -> String {
    let mut out = format!("**{}** (curated environment, {})\n\n", environment.name, environment.kind);
    let _ = writeln!(out, "In it: {}\n", facts(&environment.observed));
    for lie in environment.lies() {
        let _ = writeln!(out, "{lie}.\n");
    }
    let packages: Vec<String> = environment
        .packages
        .iter()
        .filter(|(name, _)| name.starts_with("azure") || name.starts_with("mlflow"))
        .map(|(name, pin)| if pin == "*" { format!("`{name}`") } else { format!("`{name}{pin}`") })
        .collect();
    if !packages.is_empty() {
        let _ = writeln!(out, "Azure ML packages: {}\n", packages.join(", "));
    }
    if let Some((version, date)) = environment.versions.first() {
        let _ = writeln!(
            out,
            "Newest known version: {version} ({date}). Image: `{}:{version}`\n",
            environment.image
        );
    }
    let day = &catalogue().snapshot;
    let state = match (environment.is_active(), environment.dormant) {
        (false, _) => "**Retired.**",
        (true, true) => "Active, but without a new version for half a year.",
        (true, false) => "Active.",
    };
    let _ = writeln!(out, "{state} (As of {day}.)");
    out.trim_end().to_owned()
}
