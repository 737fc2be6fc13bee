//! Reads YAML: an owned tree with exact places, tolerant of half-typed text, and a verdict on
//! whether the official client's loader would take it.
//!
//! The tree is tree-sitter's, the verdict saphyr's. Placeholders of template languages are
//! overwritten by letters before either sees them, so that they are no errors.

mod build;
mod context;
mod core;
mod dump;
mod edit;
pub(crate) mod mask;
pub(crate) mod scalar;
mod verdict;
mod write;

pub use self::context::{Position, Step, position_at};
pub use self::core::CoreType;
pub use self::dump::dump_sorted;
pub use self::edit::edit;
pub use self::scalar::{Scalar, Style};
pub use self::write::{write_quoted, write_scalar};
use std::sync::Arc;

use crate::earlier::Earlier;
use crate::text::TextRange;

/// A YAML text.
#[derive(Clone, Debug, Default)]
pub struct Yaml {
    /// One root for each document; `None` for one without content.
    pub documents: Vec<Option<Node>>,
    /// Why it is no YAML, where it is none.
    pub problems: Vec<Problem>,
    /// The comments, `#` included.
    pub comments: Vec<TextRange>,
    /// What was read.
    text: Arc<str>,
}

/// Something that makes a text no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub range: TextRange,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The value, anchor and tag included, trailing blanks and comments not. For a value that came
    /// through an alias, the alias.
    pub range: TextRange,
    /// The name of its anchor.
    pub anchor: Option<String>,
    /// Its tag, as written.
    pub tag: Option<String>,
    /// What it is.
    pub kind: NodeKind,
    /// Whether it came through an alias or a merge, so that its text stands elsewhere.
    pub resolved_alias: bool,
    /// Where its text stands: `range`, unless it came through an alias or a merge.
    pub origin: TextRange,
    /// Whether it is written in flow style.
    pub flow: bool,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A text, number, …: one value.
    Scalar(Scalar),
    /// Keys and values, duplicates included, in the order of the text.
    Mapping(Vec<Entry>),
    /// A list.
    Sequence(Vec<Node>),
    /// A value that is not there.
    Null,
    /// An alias that leads nowhere.
    Alias(String),
    /// Something that cannot be read.
    Error,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Node,
    /// The value; `None` where nothing stands behind the colon.
    pub value: Option<Node>,
    /// From the key to the end of the value.
    pub range: TextRange,
    /// The colon between them; empty where there is none.
    pub colon: TextRange,
}

impl Node {
    /// A value without properties, in its own place.
    pub(crate) const fn new(range: TextRange, kind: NodeKind) -> Self {
        Self { range, anchor: None, tag: None, kind, resolved_alias: false, origin: range, flow: false }
    }

    /// The decoded text of a scalar.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(&scalar.value),
            _ => None,
        }
    }

    /// The entries of a mapping; none of anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            NodeKind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entry with that key; the last one where it stands twice, as the loaders do.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|entry| entry.key.as_str() == Some(key))
    }

    /// Whether it is written in flow style.
    #[must_use]
    pub const fn is_flow(&self) -> bool {
        self.flow
    }

    /// The type that the official client's loader gives a scalar; a string for anything quoted, and
    /// for a collection.
    #[must_use]
    pub fn core_type(&self) -> CoreType {
        let NodeKind::Scalar(scalar) = &self.kind else {
            return if matches!(self.kind, NodeKind::Null) { CoreType::Null } else { CoreType::Str };
        };
        let Some(tag) = self.tag.as_deref() else { return scalar.core };
        let name = tag
            .strip_prefix("!!")
            .or_else(|| tag.strip_prefix("!<tag:yaml.org,2002:").and_then(|name| name.strip_suffix('>')));
        match name {
            Some("int") => CoreType::Int,
            Some("float") => CoreType::Float,
            Some("bool") => CoreType::Bool,
            Some("null") => CoreType::Null,
            Some("timestamp") => CoreType::Timestamp,
            // A lone `!` asks for the type that the text would have without quotes.
            None if tag == "!" => core::resolve(&scalar.value),
            _ => CoreType::Str,
        }
    }
}

/// Reads YAML. Any text is read.
#[must_use]
pub fn parse(text: &str) -> Yaml {
    build::parse(text, &mut Earlier::default())
}

/// The same, quicker for a text of which an earlier state was read.
#[must_use]
pub fn parse_again(text: &str, earlier: &mut Earlier) -> Yaml {
    build::parse(text, earlier)
}

/// Where a cursor at `offset` stands, half-typed text included; `None` in a comment or inside a block
/// scalar.
#[must_use]
pub fn path_at(yaml: &Yaml, offset: usize) -> Option<Position> {
    position_at(&yaml.text, offset)
}
