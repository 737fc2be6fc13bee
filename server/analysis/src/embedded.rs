//! A Dockerfile wherever it stands: a file of its own, or text inside a string of another file.
//! The one place that turns positions of decoded text into positions of the host, and edits of
//! decoded text into edits of the host.

use amlenv_syntax::dockerfile::{self, Dockerfile};
use amlenv_syntax::python::{self, StringValue};
use amlenv_syntax::yaml::{self, Node, NodeKind};
use amlenv_syntax::{HostRange, LineIndex, SourceMap, TextRange, json};

use crate::file::File;
use crate::finding::{Edit, Embedded};
use crate::path::FilePath;

/// A Dockerfile and the way to its host.
#[derive(Debug)]
pub struct DockerfileDocument {
    /// Its text, decoded.
    pub text: String,
    /// What the reader saw in it.
    pub tree: Dockerfile,
    lines: LineIndex,
    map: SourceMap,
    codec: Codec,
}

/// How a change of the decoded text is written in the host.
#[derive(Debug)]
enum Codec {
    /// As it is.
    Plain,
    /// As part of a Python string literal.
    Python(Box<StringValue>),
    /// As part of a JSON string.
    Json(Box<Node>),
    /// As part of a YAML scalar of any style.
    Yaml(Box<Node>),
}

/// The edit that puts `new` in the place of the text that stands at `content` of a file and reads
/// `value`, written as its host needs it; `None` where the host cannot hold it.
pub(crate) fn rewrite(file: &File, content: HostRange, value: &str, new: &str) -> Option<Edit> {
    let part = TextRange::new(0, value.len());
    rewrite_part(file, content, value, part, new)
}

/// Like [`rewrite`], for a part of the text.
pub(crate) fn rewrite_part(
    file: &File,
    content: HostRange,
    value: &str,
    part: TextRange,
    new: &str,
) -> Option<Edit> {
    let edit = |range: HostRange, text| Some(Edit { file: file.path().clone(), range, text });
    let roots: Vec<&Node> = match (file.yaml(), file.json()) {
        (Some(tree), _) => tree.documents.iter().flatten().collect(),
        (_, Some(tree)) => tree.root.iter().collect(),
        _ => Vec::new(),
    };
    if let Some(node) = scalar_at(roots, content, value) {
        let (place, text) = match file.json() {
            Some(_) => json::edit(file.text(), node, part, new)?,
            None => yaml::edit(file.text(), node, part, new)?,
        };
        return edit(HostRange::new(place.start, place.end), text);
    }
    let Some(module) = file.python() else {
        if file.yaml().is_some() || file.json().is_some() {
            return None;
        }
        let range = HostRange::new(content.start + part.start, content.start + part.end);
        let whole = part == TextRange::new(0, value.len());
        return edit(if whole { content } else { range }, new.to_owned());
    };
    // A text that code puts together stands in no literal of its own.
    let literal = python::string_at(module, TextRange::new(content.start, content.end))?;
    if literal.value != value {
        return None;
    }
    let (place, text) = literal.edit(file.text(), part, new)?;
    edit(HostRange::new(place.start, place.end), text)
}

/// The scalar below one of `pending` that reads `value` and whose text stands at `content`.
fn scalar_at<'a>(mut pending: Vec<&'a Node>, content: HostRange, value: &str) -> Option<&'a Node> {
    while let Some(node) = pending.pop() {
        if let NodeKind::Scalar(scalar) = &node.kind
            && !node.resolved_alias
            && scalar.value == value
            && scalar.map.to_host(TextRange::new(0, value.len())) == content
        {
            return Some(node);
        }
        pending.extend(node.items());
        for entry in node.entries() {
            pending.push(&entry.key);
            pending.extend(&entry.value);
        }
    }
    None
}

impl DockerfileDocument {
    /// A Dockerfile that is a file of its own.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self::new(text.to_owned(), SourceMap::identity(), Codec::Plain)
    }

    /// A Dockerfile inside a Python string.
    #[must_use]
    pub fn in_python(literal: &StringValue) -> Self {
        Self::new(literal.value.clone(), literal.map.clone(), Codec::Python(Box::new(literal.clone())))
    }

    /// A Dockerfile inside a JSON string; `None` for any other value.
    #[must_use]
    pub fn in_json(node: &Node) -> Option<Self> {
        let NodeKind::Scalar(scalar) = &node.kind else { return None };
        Some(Self::new(scalar.value.clone(), scalar.map.clone(), Codec::Json(Box::new(node.clone()))))
    }

    /// A Dockerfile inside a YAML scalar; `None` for any other value.
    #[must_use]
    pub fn in_yaml(node: &Node) -> Option<Self> {
        let NodeKind::Scalar(scalar) = &node.kind else { return None };
        Some(Self::new(scalar.value.clone(), scalar.map.clone(), Codec::Yaml(Box::new(node.clone()))))
    }

    fn new(text: String, map: SourceMap, codec: Codec) -> Self {
        let tree = dockerfile::parse(&text);
        let lines = LineIndex::new(&text);
        Self { text, tree, lines, map, codec }
    }

    /// Whether it stands inside another file.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        !matches!(self.codec, Codec::Plain)
    }

    /// Where `range` stands in the host.
    #[must_use]
    pub fn host(&self, range: TextRange) -> HostRange {
        self.map.to_host(range)
    }

    /// The stretches of the host that `range` came from, in the order of this text.
    #[must_use]
    pub fn host_pieces(&self, range: TextRange) -> Vec<HostRange> {
        self.map.pieces(range)
    }

    /// All of it, in the host.
    #[must_use]
    pub fn host_range(&self) -> HostRange {
        self.host(TextRange::new(0, self.text.len()))
    }

    /// The place in this text of a cursor at `offset` of the host.
    #[must_use]
    pub fn offset(&self, offset: usize) -> Option<usize> {
        self.map.offset_to_text(offset)
    }

    /// What a finding at `range` says of the embedding; `None` in a file of its own.
    #[must_use]
    pub fn embedded(&self, range: TextRange) -> Option<Embedded> {
        self.is_embedded()
            .then(|| Embedded { language: "dockerfile", line: self.lines.line(range.start) + 1 })
    }

    /// The edit of the host that replaces `range` of this text by `new`. `None` where the host
    /// cannot hold it: then the edit must not be offered.
    #[must_use]
    pub fn edit(&self, file: &FilePath, host_text: &str, range: TextRange, new: &str) -> Option<Edit> {
        let (place, text) = match &self.codec {
            Codec::Plain => {
                return Some(Edit { file: file.clone(), range: self.host(range), text: new.to_owned() });
            }
            Codec::Python(literal) => literal.edit(host_text, range, new)?,
            Codec::Json(node) => json::edit(host_text, node, range, new)?,
            Codec::Yaml(node) => yaml::edit(host_text, node, range, new)?,
        };
        Some(Edit { file: file.clone(), range: HostRange::new(place.start, place.end), text })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::kind::FileKind;
    use crate::listed::listings;

    /// The file with the version of its last package of pip changed to `new`.
    fn rewritten(kind: FileKind, text: &str, new: &str) -> Option<String> {
        let file = File::new(FilePath::new("/w/file"), kind, Arc::from(text));
        let all = listings(&file);
        let item = all.first()?.pip().last()?;
        let edit = item.replace(&file, item.requirement.specifier.as_ref()?.1, new)?;
        let mut out = text.to_owned();
        out.replace_range(edit.range.start..edit.range.end, &edit.text);
        Some(out)
    }

    #[test]
    fn changes_are_written_as_their_host_needs_it() {
        let new = "==2; x == \"y\"";
        let yaml = |item: &str| format!("dependencies:\r\n  - pip:\r\n      - {item} # why\r\n");
        for (old, changed) in [
            ("a==1", Some("a==2; x == \"y\"")),
            ("'a==1'", Some("'a==2; x == \"y\"'")),
            ("\"a==1\"", Some("\"a==2; x == \\\"y\\\"\"")),
            ("\"a\\x3d=1\"", Some("\"a==2; x == \\\"y\\\"\"")),
        ] {
            let found = rewritten(FileKind::Conda, &yaml(old), new);
            assert_eq!(found, changed.map(yaml), "{old}");
        }
        // What would begin a comment cannot stand there without quotes.
        assert_eq!(rewritten(FileKind::Conda, &yaml("a==1"), "==2 # x"), None);
        let json = |item: &str| {
            format!(
                "{{\"python\": {{\"condaDependencies\": {{\"dependencies\": [{{\"pip\": [\"{item}\"]}}]}}}}}}"
            )
        };
        for old in ["a==1", "a\\u003d=1"] {
            let found = rewritten(FileKind::EnvironmentJson, &json(old), new);
            assert_eq!(found, Some(json("a==2; x == \\\"y\\\"")), "{old}");
        }
    }
}
