//! `amlenv explain` and `amlenv rules`.

use amlenv_analysis::rules::{RULES, find};

use super::{Exit, TextOrJson};
use crate::output;

#[derive(clap::Args)]
pub(super) struct Args {
    /// A code or a name, such as AML101 or image-latest.
    code_or_name: String,
}

#[derive(clap::Args)]
pub(super) struct RulesArgs {
    /// How to print them.
    #[arg(long, default_value = "text")]
    format: TextOrJson,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(rule) = find(&args.code_or_name) else {
        output::message(&format!(
            "amlenv: there is no rule {}; `amlenv rules` lists them",
            args.code_or_name
        ));
        return Ok(Exit::Usage);
    };
    output::result(rule.page)?;
    Ok(Exit::Fine)
}

pub(super) fn rules(args: &RulesArgs) -> anyhow::Result<Exit> {
    let text = match args.format {
        TextOrJson::Json => {
            let list: Vec<serde_json::Value> = RULES
                .iter()
                .map(|rule| {
                    serde_json::json!({
                        "code": rule.code,
                        "name": rule.name,
                        "severity": rule.severity.as_str(),
                        "default": rule.default_on,
                        "summary": rule.summary(),
                        "url": rule.url(),
                    })
                })
                .collect();
            serde_json::to_string_pretty(&list)? + "\n"
        }
        TextOrJson::Text => RULES
            .iter()
            .map(|rule| {
                format!(
                    "{}  {:<34} {:<12} {}\n",
                    rule.code,
                    rule.name,
                    rule.severity.as_str(),
                    sentence(&rule.summary())
                )
            })
            .collect(),
    };
    output::result(&text)?;
    Ok(Exit::Fine)
}

/// The first sentence of a paragraph.
fn sentence(text: &str) -> &str {
    text.find(". ").and_then(|at| text.get(..=at)).unwrap_or(text)
}
