//! What fits where a value of a known shape is typed, whatever the notation.

use amlenv_syntax::TextRange;

use super::{Proposal, Site, environments, images, packages, paths};
use crate::answers::CompletionKind;
use crate::schema::Shape;

/// A text that is being typed, between its quotes if it has any.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typed<'a> {
    pub(super) text: &'a str,
    /// Where it stands.
    pub(super) token: TextRange,
    /// Where the cursor stands.
    pub(super) at: usize,
}

/// The channels that conda files name most often.
const CHANNELS: [(&str, &str); 6] = [
    ("conda-forge", "kept by the community"),
    ("nodefaults", "leaves the defaults of Anaconda out"),
    ("pytorch", "PyTorch; no longer kept up"),
    ("nvidia", "CUDA"),
    ("defaults", "Anaconda's own; commercial use needs a licence"),
    ("anaconda", "Anaconda's own; commercial use needs a licence"),
];

/// What fits.
pub(super) fn complete(site: &Site<'_>, shape: Shape, typed: Typed<'_>) -> Vec<Proposal> {
    let Typed { text, token, at } = typed;
    let value = |value: &str, detail: &str| Proposal::new(value, CompletionKind::Value, token).detail(detail);
    match shape {
        Shape::Truth => vec![value("true", ""), value("false", "")],
        Shape::Values(values) => values.iter().map(|(name, detail)| value(name, detail)).collect(),
        Shape::Image => images::typed(site, text, token.start, at),
        Shape::Registry => images::addresses(site, token),
        Shape::Environment => environments::references(site, text, token, at),
        Shape::EnvironmentName => environments::names(site, token),
        Shape::Path(wanted) => paths::complete(site, text, token, at, wanted),
        Shape::CondaItem => packages::complete(text, token, at, false),
        Shape::Requirement => packages::complete(text, token, at, true),
        Shape::Channel => CHANNELS
            .iter()
            .map(|(name, detail)| value(name, detail).deprecated(matches!(*name, "defaults" | "anaconda")))
            .collect(),
        Shape::Either(shapes) => shapes.iter().flat_map(|shape| complete(site, *shape, typed)).collect(),
        Shape::Text | Shape::Number | Shape::Map(_) | Shape::Named(_) | Shape::List(_) => Vec::new(),
    }
}
