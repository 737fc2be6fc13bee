//! Reads texts as YAML, JSON, requirements or conda specifications and prints what was read, for scripts
//! that compare it with another reader: one JSON string a line in, one JSON value a line out.
//!
//! ```text
//! cargo run --example read -- requirements < texts.jsonl
//! ```

use std::io::{BufRead as _, Write as _};

use amlenv_syntax::requirements::{self, Line};
use amlenv_syntax::yaml::{CoreType, Node, NodeKind};
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    let kind = std::env::args().nth(1).unwrap_or_default();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        let read = match kind.as_str() {
            "requirements" => requirements(&text),
            "conda" => conda(&text),
            "yaml" => yaml(&text),
            "json" => {
                let read = amlenv_syntax::json::parse(&text);
                json!({"root": read.root.as_ref().map(value), "problems": read.problems.len()})
            }
            _ => return Err(std::io::Error::other("yaml, json, requirements or conda")),
        };
        writeln!(out, "{read}")?;
    }
    out.flush()
}

fn yaml(text: &str) -> Value {
    let read = amlenv_syntax::yaml::parse(text);
    json!({
        "documents": read.documents.iter().map(|root| root.as_ref().map_or_else(|| json!({"null": ""}), value)).collect::<Vec<_>>(),
        "problems": read.problems.iter().map(|problem| json!([problem.message, problem.range.start])).collect::<Vec<_>>(),
    })
}

/// A value with its types; nested as deep as the reader goes, which is bounded.
fn value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Mapping(entries) => {
            let pairs: Vec<Value> = entries
                .iter()
                .map(|entry| {
                    json!([
                        value(&entry.key),
                        entry.value.as_ref().map_or_else(|| json!({"null": ""}), value)
                    ])
                })
                .collect();
            json!({ "map": pairs })
        }
        NodeKind::Sequence(items) => json!({"list": items.iter().map(value).collect::<Vec<_>>()}),
        NodeKind::Null => json!({"null": ""}),
        NodeKind::Alias(name) => json!({ "alias": name }),
        NodeKind::Error => json!({"error": ""}),
        NodeKind::Scalar(scalar) => {
            let kind = match node.core_type() {
                CoreType::Str => "str",
                CoreType::Int => "int",
                CoreType::Float => "float",
                CoreType::Bool => "bool",
                CoreType::Null => "null",
                CoreType::Timestamp => "date",
            };
            json!({ kind: scalar.value })
        }
    }
}

fn conda(text: &str) -> Value {
    let read = amlenv_syntax::conda::match_spec(text);
    let part = |part: &Option<amlenv_syntax::conda::Part>| part.as_ref().map(|part| part.0.clone());
    json!({
        "channel": part(&read.channel),
        "subdir": part(&read.subdir),
        "name": part(&read.name),
        "version": part(&read.version),
        "build": part(&read.build),
        "problems": read.problems.iter().map(|problem| &problem.message).collect::<Vec<_>>(),
    })
}

fn requirements(text: &str) -> Value {
    let read = requirements::parse(text);
    let part = |part: &Option<(String, amlenv_syntax::TextRange)>| part.as_ref().map(|part| part.0.clone());
    let lines: Vec<Value> = read
        .lines
        .iter()
        .map(|line| match line {
            Line::Requirement(found) => json!({
                "name": part(&found.name),
                "extras": found.extras,
                "specifier": part(&found.specifier),
                "url": part(&found.url),
                "marker": part(&found.marker),
                "options": found.options,
                "problems": found.problems.iter().map(|problem| &problem.message).collect::<Vec<_>>(),
            }),
            Line::Option { name, value, .. } => json!({"option": name, "value": part(value)}),
        })
        .collect();
    json!({
        "lines": lines,
        "problems": read.problems.iter().map(|problem| &problem.message).collect::<Vec<_>>(),
        "comments": read.comments.iter().map(|comment| comment.slice(text)).collect::<Vec<_>>(),
    })
}
