//! Fixtures that read like files: Markdown fences with a path, carets under the lines that matter.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A small workspace, and what is expected of it.
#[derive(Debug, Default)]
pub(crate) struct Fixture {
    /// What the heading says: `Invalid` or `Valid`.
    pub(crate) heading: String,
    /// Path and text, expectations taken out.
    pub(crate) files: Vec<(String, String)>,
    /// What is expected.
    pub(crate) expected: Vec<Expected>,
}

/// An expectation: `# ^^^ error[AML101]: the beginning of the message` under a line. The finding
/// begins on that line and covers the carets. `# @6 warning[AML402]` names the line instead.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) file: String,
    pub(crate) line: usize,
    /// First and last column of the carets, from 1.
    pub(crate) columns: Option<(usize, usize)>,
    pub(crate) severity: String,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// The workspaces of a page: one for each `##` heading with fences below it.
pub(crate) fn of_page(page: &str) -> Vec<Fixture> {
    let mut out: Vec<Fixture> = Vec::new();
    let mut open: Option<(String, Vec<String>)> = None;
    for line in page.lines() {
        if let Some((path, lines)) = &mut open {
            if line == "```" {
                let (text, expected) = take_expectations(path, lines);
                let fixture = out.last_mut().expect("a heading before a fence");
                fixture.files.push((path.clone(), text));
                fixture.expected.extend(expected);
                open = None;
            } else {
                lines.push(line.to_owned());
            }
        } else if let Some(heading) = line.strip_prefix("## ") {
            out.push(Fixture { heading: heading.to_owned(), ..Fixture::default() });
        } else if let Some(info) = line.strip_prefix("```") {
            let path = info.split_whitespace().nth(1).expect("a path behind the language of a fence");
            open = Some((path.to_owned(), Vec::new()));
        }
    }
    out.retain(|fixture| !fixture.files.is_empty());
    out
}

fn take_expectations(path: &str, lines: &[String]) -> (String, Vec<Expected>) {
    let mut text = String::new();
    let mut expected = Vec::new();
    let mut number = 0;
    for line in lines {
        match expectation(path, line, number) {
            Some(found) => expected.push(found),
            None => {
                number += 1;
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    (text, expected)
}

fn expectation(path: &str, line: &str, number: usize) -> Option<Expected> {
    let hash = line.find('#').filter(|at| line[..*at].trim().is_empty())?;
    let rest = line[hash + 1..].trim_start();
    let (line_number, columns, said) = if rest.starts_with('^') {
        let start = line.find('^')?;
        let count = line[start..].chars().take_while(|c| *c == '^').count();
        (number, Some((start + 1, start + count)), line[start + count..].trim())
    } else {
        let rest = rest.strip_prefix('@')?;
        let (line_number, said) = rest.split_once(' ')?;
        (line_number.parse().ok()?, None, said)
    };
    let (severity, rest) = said.split_once('[')?;
    let (code, message) = rest.split_once(']')?;
    Some(Expected {
        file: path.to_owned(),
        line: line_number,
        columns,
        severity: severity.to_owned(),
        code: code.to_owned(),
        message: message.trim_start_matches(':').trim().to_owned(),
    })
}

impl Fixture {
    /// Writes the files below `root`, which becomes a repository of its own, with these line ends.
    pub(crate) fn write(&self, root: &Path, line_end: &str) {
        fs::create_dir_all(root.join(".git")).expect("a folder");
        for (path, text) in &self.files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text.replace('\n', line_end)).expect("a file");
        }
    }
}

/// The expectations that stand in a file as its own comments, which stay where they are.
pub(crate) fn expectations_in(path: &str, text: &str) -> Vec<Expected> {
    let mut out = Vec::new();
    let mut spoken_of = 0;
    for (number, line) in text.lines().enumerate() {
        match expectation(path, line, spoken_of) {
            Some(found) => out.push(found),
            None => spoken_of = number + 1,
        }
    }
    out
}

/// What a run says too much or too little; only what `counts` can be too much.
pub(crate) fn compare(expected: &[Expected], report: &Value, counts: impl Fn(&Value) -> bool) -> Vec<String> {
    let mut found: Vec<&Value> = report["findings"].as_array().expect("findings").iter().collect();
    let mut complaints = Vec::new();
    for expected in expected {
        match found.iter().position(|found| expected.matches(found)) {
            Some(at) => {
                found.remove(at);
            }
            None => complaints.push(format!("missing: {expected:?}")),
        }
    }
    complaints.extend(found.into_iter().filter(|found| counts(found)).map(|found| {
        format!("too much: {} {} {} {}", found["file"], found["range"], found["code"], found["message"])
    }));
    complaints
}

impl Expected {
    fn matches(&self, found: &Value) -> bool {
        let range = &found["range"];
        let column = |end: &str| range[end]["column"].as_u64().unwrap_or(0) as usize;
        let one_line = range["start"]["line"] == range["end"]["line"];
        let covers = self.columns.is_none_or(|(first, last)| {
            column("start") <= first && (!one_line || last < column("end").max(column("start") + 1))
        });
        found["file"] == self.file.as_str()
            && range["start"]["line"] == self.line
            && covers
            && found["severity"] == self.severity.as_str()
            && found["code"] == self.code.as_str()
            && found["message"].as_str().unwrap_or("").starts_with(&self.message)
    }
}

/// Runs `amlenv check --format json .` in a folder.
pub(crate) fn check(root: &Path, args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_amlenv"))
        .current_dir(root)
        .args(["check", "--format", "json"])
        .args(args)
        .output()
        .expect("amlenv runs");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("no JSON: {error}\n{}", String::from_utf8_lossy(&output.stderr));
    })
}
