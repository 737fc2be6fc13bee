//! What the reader makes of Dockerfiles, one JSON value a line, for a program that compares.
//!
//!     cargo run -p amlenv-analysis --example dockerfiles -- FOLDER...
//!     cargo run -p amlenv-analysis --example dockerfiles < REQUESTS
//!
//! Takes every Dockerfile below the folders, by the same rule as a walk does. Without a folder it
//! reads requests from standard input, one JSON value a line: `{"dockerfile": text}`,
//! `{"word": text, "env": ["K=V"], "escape": "\\"}`, `{"scope": text}`, `{"shell": text}` or
//! `{"lint": text, "dockerignore": text}`, the last of which may be left out.

#![expect(clippy::print_stdout, reason = "a program that prints answers")]

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use amlenv_analysis::{Fact, File, FileKind, FilePath, Settings, Workspace, classify, diagnostics};
use amlenv_syntax::LineIndex;
use amlenv_syntax::dockerfile::{self, Form, Instruction, Kind, Scopes, Value as Variable};
use amlenv_syntax::shell;
use serde_json::{Value, json};

fn main() {
    let folders: Vec<String> = std::env::args().skip(1).collect();
    for folder in &folders {
        walk(Path::new(folder));
    }
    if folders.is_empty() {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let request: Value = serde_json::from_str(&line).unwrap_or_default();
            println!("{}", answer(&request));
        }
    }
}

fn walk(root: &Path) {
    let mut pending = vec![root.to_owned()];
    while let Some(path) = pending.pop() {
        if path.is_symlink() {
            continue;
        }
        if let Ok(entries) = std::fs::read_dir(&path) {
            pending.extend(entries.filter_map(Result::ok).map(|entry| entry.path()));
        } else if let Ok(bytes) = std::fs::read(&path) {
            let text = String::from_utf8_lossy(&bytes);
            let shown = path.to_string_lossy();
            if classify(&FilePath::new(&shown), &text) == Some(FileKind::Dockerfile) {
                let mut out = dockerfile(&text);
                if let Some(out) = out.as_object_mut() {
                    out.insert("path".to_owned(), json!(shown));
                }
                println!("{out}");
            }
        }
    }
}

fn answer(request: &Value) -> Value {
    let text = |key: &str| request.get(key).and_then(Value::as_str);
    if let Some(text) = text("dockerfile") {
        return dockerfile(text);
    }
    if let Some(text) = text("scope") {
        return scope(text);
    }
    if let Some(text) = text("shell") {
        return shell(text);
    }
    if let Some(text) = text("lint") {
        return lint(text, request.get("dockerignore").and_then(Value::as_str));
    }
    let env: BTreeMap<&str, &str> = request
        .get("env")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|pair| pair.as_str()?.split_once('='))
        .collect();
    let lookup = |name: &str| env.get(name).map_or(Variable::Unset, |value| Variable::Known(value));
    let escape = text("escape").and_then(|text| text.chars().next()).unwrap_or('\\');
    match dockerfile::expand(text("word").unwrap_or(""), escape, &lookup) {
        Ok(expanded) => json!({ "value": expanded.value, "words": expanded.words }),
        Err(refused) => json!({ "error": refused.0 }),
    }
}

fn dockerfile(text: &str) -> Value {
    let tree = dockerfile::parse(text);
    let problems: Vec<&str> = tree.problems.iter().map(|problem| problem.message.as_str()).collect();
    json!({
        "instructions": tree.instructions.iter().map(instruction).collect::<Vec<_>>(),
        "escape": tree.escape.map(String::from),
        "problems": problems,
    })
}

fn instruction(found: &Instruction) -> Value {
    let mut inner = found;
    while let Some(next) = inner.onbuild.as_deref() {
        inner = next;
    }
    let name = if found.onbuild.is_some() { inner.keyword.to_lowercase() } else { String::new() };
    json!({
        "keyword": found.keyword.to_lowercase(),
        "known": inner.kind.is_some(),
        "inner": name,
        "json": inner.form == Form::Exec,
        "lines": [found.start_line, found.end_line],
        "flags": found.flags.iter().map(|flag| &flag.text).collect::<Vec<_>>(),
        "arguments": inner.arguments.iter().map(|argument| &argument.value).collect::<Vec<_>>(),
        "heredocs": found.heredocs.iter().map(|heredoc| json!({
            "name": heredoc.name,
            "expand": heredoc.expand,
            "chomp": heredoc.chomp,
            "content": heredoc.content,
        })).collect::<Vec<_>>(),
        "text": found.logical.text,
        "scripts": inner.scripts().iter().map(|script| script.text).collect::<Vec<_>>(),
    })
}

/// What the variables are in the last stage, at each `RUN` of it.
fn scope(text: &str) -> Value {
    let tree = dockerfile::parse(text);
    let scopes = Scopes::new(&tree);
    let (mut runs, mut open) = (serde_json::Map::new(), Vec::new());
    for (at, found) in tree.instructions.iter().enumerate().filter(|(_, found)| found.kind == Some(Kind::Run))
    {
        let known: BTreeMap<&str, Option<&str>> = scopes
            .names(at)
            .into_iter()
            .filter_map(|(name, value)| match value {
                Variable::Known(value) => Some((name, Some(value))),
                Variable::Opaque => Some((name, None)),
                Variable::Unset => None,
            })
            .collect();
        let command = found.arguments.first().map_or("", |text| &text.value).to_owned();
        if scopes.lookup(at, "NOBODY_SETS_THIS") == Variable::Opaque {
            open.push(command.clone());
        }
        runs.insert(command, json!(known));
    }
    json!({ "runs": runs, "open": open })
}

/// A workspace of an environment, the Dockerfile that it is built from, and perhaps a `.dockerignore`.
fn context(dockerfile: &str, ignore: Option<&str>) -> Workspace {
    let mut workspace = Workspace::new(vec![FilePath::new("/w")]);
    let mut insert = |path: &str, kind: FileKind, text: &str| {
        workspace.insert(Arc::new(File::new(FilePath::new(path), kind, text.into())));
        path.trim_start_matches("/w/").to_owned()
    };
    let mut names = vec![
        insert("/w/Dockerfile", FileKind::Dockerfile, dockerfile),
        insert("/w/environment.yml", FileKind::EnvironmentYaml, "name: a\nbuild:\n  path: .\n"),
    ];
    names.extend(ignore.map(|text| insert("/w/.dockerignore", FileKind::Other, text)));
    names.sort();
    let path = FilePath::new("/w/Dockerfile");
    // Each answer may lead to a question; no chain of them is long here.
    for _ in 0..8 {
        for want in workspace.wants(&path) {
            let name = want.path.as_str().trim_start_matches("/w").trim_start_matches('/').to_owned();
            let fact = match name.as_str() {
                "" => Fact::Folder(names.clone()),
                name if names.iter().any(|known| known == name) => Fact::File,
                _ => Fact::Missing,
            };
            workspace.set_fact(want.path, fact);
        }
    }
    workspace
}

/// What the rules that follow BuildKit's checks say: BuildKit's name of the check and the line. Where a
/// `.dockerignore` is given, the Dockerfile stands in a context that holds it.
fn lint(text: &str, ignore: Option<&str>) -> Value {
    let path = FilePath::new("/w/Dockerfile");
    let workspace = match ignore {
        Some(_) => context(text, ignore),
        None => {
            let mut alone = Workspace::new(vec![FilePath::new("/w")]);
            alone.insert(Arc::new(File::new(path.clone(), FileKind::Dockerfile, text.into())));
            alone
        }
    };
    let settings = Settings { select: vec!["ALL".to_owned()], ..Settings::default() };
    let lines = LineIndex::new(text);
    let tree = dockerfile::parse(text);
    let found = diagnostics(&workspace, &path, &settings).into_iter().filter_map(|finding| {
        let code = finding.rule.code;
        let ours = code == "AML403" || ("AML720"..="AML741").contains(&code);
        let severity = finding.severity.as_str();
        let start = finding.range.start;
        // BuildKit names the first line of the instruction, but for one check the last.
        let held =
            |instruction: &&Instruction| (instruction.range.start..=instruction.range.end).contains(&start);
        let whole =
            tree.instructions.iter().find(held).filter(|_| finding.rule.name != "no-empty-continuation");
        let line = whole.map_or(lines.line(start) + 1, |instruction| instruction.start_line);
        ours.then(|| json!([finding.rule.name, line, severity]))
    });
    json!({ "lint": found.collect::<Vec<_>>() })
}

/// The commands of a shell text; a word that is opaque is null.
fn shell(text: &str) -> Value {
    let words = |words: &[shell::Word]| words.iter().map(|word| json!(word.known())).collect::<Vec<_>>();
    let command = |command: &shell::Command| {
        json!({
            "assignments": words(&command.assignments),
            "words": words(&command.words),
            "redirections": command.redirections.iter().map(|found| json!([
                found.operator,
                found.target.as_ref().and_then(shell::Word::known),
            ])).collect::<Vec<_>>(),
        })
    };
    json!({ "commands": shell::parse(text).iter().map(command).collect::<Vec<_>>() })
}
