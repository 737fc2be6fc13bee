//! What the README shows is what the program prints. `AMLENV_UPDATE=1` writes it there instead.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use amlenv_analysis::config::KEYS;
use amlenv_analysis::rules::RULES;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// What `amlenv …` prints in the repository.
fn run(command: &str) -> String {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("amlenv"), "{command}");
    let output = Command::new(env!("CARGO_BIN_EXE_amlenv"))
        .args(words)
        .current_dir(root())
        .env("NO_COLOR", "1")
        .env_remove("AZUREML_ARM_WORKSPACE_NAME")
        .env_remove("AZUREML_ARM_SUBSCRIPTION")
        .env_remove("AZURE_SUBSCRIPTION_ID")
        .env("AZURE_CONFIG_DIR", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .output()
        .expect("amlenv runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The text with the output of every command in a `console` fence, and with the tables of the rules and settings.
fn written(readme: &str) -> String {
    let mut out = String::new();
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if line == "```console" {
            let command = lines.next().expect("a command in a console fence");
            out.push_str(command);
            out.push('\n');
            let shown = run(command.strip_prefix("$ ").expect("a prompt"));
            out.push_str(&shown);
            lines.by_ref().find(|line| *line == "```").expect("an end of the fence");
            out.push_str("```\n");
        } else if line == "<!-- rules -->" {
            out.push_str("\n| Code | Name | Usually | It says |\n| --- | --- | --- | --- |\n");
            for rule in RULES {
                let page = format!("server/analysis/src/rules/{}.md", rule.name.replace('-', "_"));
                let summary = rule.summary();
                let sentence = summary.find(". ").and_then(|at| summary.get(..=at)).unwrap_or(&summary);
                let severity = rule.severity.as_str();
                out.push_str(&format!(
                    "| {} | [{}]({page}) | {severity} | {sentence} |\n",
                    rule.code, rule.name
                ));
            }
            out.push('\n');
            lines.by_ref().find(|line| *line == "<!-- end of rules -->").expect("an end of the rules");
            out.push_str("<!-- end of rules -->\n");
        } else if line == "<!-- settings -->" {
            out.push_str("\n| Key | For |\n| --- | --- |\n");
            for key in &KEYS {
                out.push_str(&format!("| `{}` | {} |\n", key.name, key.text));
            }
            out.push('\n');
            lines.by_ref().find(|line| *line == "<!-- end of settings -->").expect("an end of the settings");
            out.push_str("<!-- end of settings -->\n");
        }
    }
    out
}

#[test]
fn the_readme_shows_what_is_printed() {
    let path = root().join("README.md");
    let found = fs::read_to_string(&path).expect("the README");
    let expected = written(&found);
    if std::env::var_os("AMLENV_UPDATE").is_some() {
        fs::write(&path, expected).expect("the README is written");
    } else {
        assert_eq!(found, expected, "run `AMLENV_UPDATE=1 cargo test -p amlenv readme`");
    }
}

/// The targets of the links to files.
#[test]
fn the_links_of_the_readme_lead_somewhere() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let mut links = 0;
    for part in readme.split("](").skip(1) {
        let target = part.split(')').next().unwrap_or_default();
        if !target.contains("://") {
            links += 1;
            assert!(root().join(target).exists(), "{target}");
        }
    }
    assert!(links > 20);
}
