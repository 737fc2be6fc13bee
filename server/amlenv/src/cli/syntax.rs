//! `amlenv syntax`: what the reader saw, for bug reports.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use amlenv_analysis::model::{self, CondaSpec, Field, Initial, Notation};
use amlenv_analysis::{File, FileKind, Role, classify_named};
use amlenv_syntax::dockerfile::{self, Dockerfile, Form, Instruction};
use amlenv_syntax::{LineIndex, TextRange};
use serde_json::{Value, json};

use super::{Exit, TextOrJson};
use crate::disk::{self, Read};
use crate::output;
use crate::position::place;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The file.
    file: PathBuf,
    /// How to print it.
    #[arg(long, default_value = "text")]
    format: TextOrJson,
    /// Read it as this kind, whatever its name and content say.
    #[arg(long, value_parser = super::check::kind)]
    kind: Option<FileKind>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let text = match disk::read(&args.file) {
        Read::Text(text) => text,
        Read::Refused { message, .. } => {
            output::message(&format!("amlenv: {}: {message}", args.file.display()));
            return Ok(Exit::Usage);
        }
    };
    let path = disk::file_path(&args.file);
    let Some(kind) = args.kind.or_else(|| classify_named(&path, &text)) else {
        output::message(&format!("amlenv: {} is no file that amlenv reads; say --kind", args.file.display()));
        return Ok(Exit::Usage);
    };
    let value =
        if kind == FileKind::Dockerfile { dockerfile(&text) } else { definitions(&args.file, kind, text) };
    let shown = match args.format {
        TextOrJson::Json => serde_json::to_string_pretty(&value)? + "\n",
        TextOrJson::Text => tree(&value),
    };
    output::result(&shown)?;
    Ok(Exit::Fine)
}

fn range(text: &str, lines: &LineIndex, range: TextRange) -> Value {
    let (start, end) = (place(text, lines, range.start), place(text, lines, range.end));
    json!({
        "start": {"line": start.line, "column": start.column},
        "end": {"line": end.line, "column": end.column},
    })
}

fn dockerfile(text: &str) -> Value {
    let tree: Dockerfile = dockerfile::parse(text);
    let lines = LineIndex::new(text);
    let directives: serde_json::Map<String, Value> =
        tree.directives.iter().map(|found| (found.name.clone(), json!(found.value))).collect();
    json!({
        "kind": "dockerfile",
        "escape": tree.escape.unwrap_or('\\').to_string(),
        "directives": directives,
        "instructions": tree.instructions.iter().map(instruction).collect::<Vec<_>>(),
        "problems": tree.problems.iter().map(|problem| json!({
            "message": problem.message,
            "range": range(text, &lines, problem.range),
        })).collect::<Vec<_>>(),
    })
}

fn instruction(found: &Instruction) -> Value {
    let keyword =
        if found.kind.is_some() { found.keyword.to_ascii_uppercase() } else { found.keyword.clone() };
    let form = match found.form {
        Form::Shell => "shell",
        Form::Exec => "exec",
        Form::Words => "words",
        Form::Pairs | Form::OldPair => "pairs",
    };
    let mut out = json!({
        "keyword": keyword,
        "flags": found.flags.iter().map(|flag| &flag.text).collect::<Vec<_>>(),
        "arguments": found.arguments.iter().map(|argument| &argument.value).collect::<Vec<_>>(),
        "form": form,
        "heredocs": found.heredocs.iter().map(|heredoc| json!({
            "name": heredoc.name,
            "expand": heredoc.expand,
            "content": heredoc.content,
        })).collect::<Vec<_>>(),
        "start_line": found.start_line,
        "end_line": found.end_line,
    });
    // Nested as deep as the reader goes, which is bounded.
    if let Some(inner) = &found.onbuild
        && let Some(object) = out.as_object_mut()
    {
        let mut inner = instruction(inner);
        if let Some(inner) = inner.as_object_mut() {
            inner.insert("start_line".to_owned(), json!(found.start_line));
            inner.insert("end_line".to_owned(), json!(found.end_line));
        }
        object.insert("onbuild".to_owned(), inner);
    }
    out
}

fn definitions(path: &Path, kind: FileKind, text: Arc<str>) -> Value {
    let file = File::new(disk::file_path(path), kind, text);
    let parts: Vec<Value> = file.parts().map(facts).collect();
    let mut shown = facts(&file);
    if let (false, Some(object)) = (parts.is_empty(), shown.as_object_mut()) {
        // Places in the files of a notebook count in the text of its cells.
        object.insert("inside".to_owned(), json!(parts));
    }
    shown
}

fn facts(file: &File) -> Value {
    let kind = file.kind();
    let text = file.text().clone();
    let host =
        |found: amlenv_syntax::HostRange| range(&text, file.lines(), TextRange::new(found.start, found.end));
    json!({
        "kind": kind.as_str(),
        "environments": file.environments().map(|environment| json!({
            "notation": notation(environment.notation),
            "variable": environment.variable,
            "name": environment.name(),
            "initial": match environment.initial {
                Initial::Empty => "empty",
                Initial::V1Defaults => "defaults",
                Initial::Unknown => "unknown",
            },
            "role": environment.role.map(role),
            "done": environment.uses.iter().map(|done| &done.what).collect::<Vec<_>>(),
            "range": host(environment.range),
            "assignments": environment.assignments.iter().map(|assignment| json!({
                "field": assignment.field.name_in(environment.notation),
                "state": state(&assignment.value),
                "value": shown(&assignment.field, &assignment.value),
                "conditional": !assignment.path.is_empty(),
                "range": host(assignment.range),
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "uses": file.uses().iter().map(|used| json!({
            "text": used.text.value,
            "role": used.role.map(role),
            "range": host(used.text.content),
        })).collect::<Vec<_>>(),
        "names": file.named_uses().iter().map(|used| json!({
            "name": used.name.value,
            "version": used.version.as_ref().map(|version| &version.value),
            "role": used.role.map(role),
            "range": host(used.name.content),
        })).collect::<Vec<_>>(),
        "roles": file.roles().iter().map(|found| role(*found)).collect::<Vec<_>>(),
        "refers_to": file.references().iter().map(|(kind, candidates)| json!({
            "as": kind,
            "one_of": candidates.iter().map(|path| path.as_str()).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "packages": file.conda().map(packages),
        "dockerfiles": file.dockerfiles().iter().map(|document| {
            let mut shown = dockerfile(&document.text);
            if let Some(object) = shown.as_object_mut() {
                object.insert("range".to_owned(), host(document.host_range()));
            }
            shown
        }).collect::<Vec<_>>(),
    })
}

const fn notation(notation: Notation) -> &'static str {
    match notation {
        Notation::EnvironmentYaml => "environment-yaml",
        Notation::InlineYaml => "inline-yaml",
        Notation::PythonV1 => "python-v1",
        Notation::PythonV2 => "python-v2",
        Notation::Json => "json",
        Notation::Runconfig => "runconfig",
    }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Training => "training",
        Role::Online => "online",
        Role::Batch => "batch",
        Role::Interactive => "interactive",
    }
}

/// Whether a value is known, known to be nothing, or not known.
fn state(value: &model::Value) -> &'static str {
    match value {
        value if value.is_cleared() => "cleared",
        model::Value::Text(text) | model::Value::CondaPath(text) if text.templated => "templated",
        model::Value::Opaque => "opaque",
        _ => "known",
    }
}

/// A value for people. What is a password is never shown.
fn shown(field: &Field, value: &model::Value) -> Value {
    match value {
        model::Value::Text(_) if *field == Field::RegistryPassword => json!("(hidden)"),
        model::Value::Text(text) => json!(text.value),
        model::Value::CondaPath(text) => json!({ "path": text.value }),
        model::Value::ContentOf(text) => json!({ "content_of": text.value }),
        model::Value::Bool(value) => json!(value),
        model::Value::Number(text) => json!(text),
        model::Value::DefaultImage { gpu } => {
            json!(if *gpu { "the default GPU image" } else { "the default CPU image" })
        }
        model::Value::Conda(spec) => packages(spec),
        model::Value::Map => json!("(mapping)"),
        model::Value::List => json!("(list)"),
        model::Value::Cleared { .. } | model::Value::Opaque => Value::Null,
    }
}

fn packages(spec: &CondaSpec) -> Value {
    let names =
        |packages: &[model::Package]| json!(packages.iter().map(|found| &found.name).collect::<Vec<_>>());
    json!({
        "conda": names(&spec.conda),
        "pip": names(&spec.pip),
        "requirement_files": spec.requirement_files.iter().map(|text| &text.value).collect::<Vec<_>>(),
        "more": spec.open,
    })
}

/// A value as an indented tree.
fn tree(value: &Value) -> String {
    let mut out = String::new();
    let mut pending: Vec<(usize, String, &Value)> = vec![(0, String::new(), value)];
    while let Some((depth, label, value)) = pending.pop() {
        let indent = "  ".repeat(depth.saturating_sub(1));
        match value {
            Value::Object(fields) => {
                if !label.is_empty() {
                    out.push_str(&format!("{indent}{label}\n"));
                }
                pending.extend(fields.iter().rev().map(|(key, value)| (depth + 1, key.clone(), value)));
            }
            Value::Array(items) => {
                out.push_str(&format!("{indent}{label}{}\n", if items.is_empty() { ": none" } else { "" }));
                pending.extend(items.iter().rev().map(|item| (depth + 1, "-".to_owned(), item)));
            }
            plain => out.push_str(&format!("{indent}{label}: {plain}\n")),
        }
    }
    out
}
