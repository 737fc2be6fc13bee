//! `amlenv config`: the schema of the configuration, and what applies to a file and from where.

use std::path::PathBuf;

use amlenv_analysis::config::{KEYS, Shape};
use amlenv_analysis::{FilePath, Role, Settings, rules};
use serde_json::{Map, Value, json};

use super::{Exit, TextOrJson, shown};
use crate::configuration::Configurations;
use crate::{disk, output};

#[derive(clap::Subcommand)]
pub(super) enum Args {
    /// Print the JSON schema of amlenv.toml.
    Schema,
    /// Print what applies to a file, and which configuration file says so.
    Show {
        /// The file; it need not be there.
        path: PathBuf,
        /// How to print it.
        #[arg(long, default_value = "text")]
        format: TextOrJson,
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let text = match args {
        Args::Schema => serde_json::to_string_pretty(&schema())? + "\n",
        Args::Show { path, format } => show(path, *format)?,
    };
    output::result(&text)?;
    Ok(Exit::Fine)
}

/// The schema of a configuration file.
fn schema() -> Value {
    let names = rules::RULES.iter().flat_map(|rule| [rule.code, rule.name]);
    let selector = json!({
        "description": "A code, a name, a prefix such as AML3, or ALL.",
        "anyOf": [{"enum": names.collect::<Vec<_>>()}, {"pattern": "^(AML[0-9]{0,3}|ALL)$"}],
    });
    let levels = ["error", "warning", "information", "hint"];
    let list = |items: Value| json!({"type": "array", "items": items});
    let table = |values: Value| json!({"type": "object", "additionalProperties": values});
    let reference = || json!({"$ref": "#/$defs/selector"});
    let properties: Map<String, Value> = KEYS
        .iter()
        .map(|key| {
            let mut value = match key.shape {
                Shape::Selectors => list(reference()),
                Shape::Globs | Shape::Texts => list(json!({"type": "string"})),
                Shape::Path => json!({"type": "string"}),
                Shape::Level => json!({"enum": levels.iter().chain(&["never"]).collect::<Vec<_>>()}),
                Shape::Truth => json!({"type": "boolean"}),
                Shape::Versions => json!({"type": "string"}),
                Shape::Severities => {
                    let mut table = table(json!({"enum": levels.iter().chain(&["off"]).collect::<Vec<_>>()}));
                    table["propertyNames"] = reference();
                    table
                }
                Shape::PerFile => table(list(reference())),
                Shape::Roles => table(json!({"enum": Role::ALL.map(Role::as_str)})),
            };
            value["description"] = json!(key.text);
            match key.name.split_once('.') {
                Some((table, name)) => {
                    let table_of =
                        json!({"type": "object", "additionalProperties": false, "properties": {name: value}});
                    (table.to_owned(), table_of)
                }
                None => (key.name.to_owned(), value),
            }
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "amlenv.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": {"selector": selector},
    })
}

fn show(path: &std::path::Path, format: TextOrJson) -> anyhow::Result<String> {
    let absolute = std::path::absolute(path)?;
    let root = disk::repository_of(&absolute)
        .or_else(|| absolute.parent().map(std::path::Path::to_path_buf))
        .unwrap_or_else(|| absolute.clone());
    let roots: [FilePath; 1] = [disk::file_path(&root)];
    let found = Configurations::default().of(&absolute, &roots);
    let settings = found.as_ref().map(|found| found.settings(&absolute)).unwrap_or_default();
    let from = found.as_ref().map(|found| shown(&disk::file_path(&found.path)));
    let excluded = found.as_ref().is_some_and(|found| found.excludes(&absolute));
    let mut value = values(&settings, excluded);
    let extra = found.as_ref().and_then(|found| {
        let (path, _) = found.config.catalogue_extra.as_ref()?;
        Some(shown(&disk::file_path(&found.path.parent()?.join(path))))
    });
    value["catalogue.extra"] = json!(extra);
    if format == TextOrJson::Json {
        let whole = json!({"path": shown(&disk::file_path(&absolute)), "from": from, "applies": value});
        return Ok(serde_json::to_string_pretty(&whole)? + "\n");
    }
    let mut out = match from {
        Some(from) => format!("# from {from}\n"),
        None => "# no configuration file applies; these are the defaults\n".to_owned(),
    };
    for (key, value) in value.as_object().into_iter().flatten() {
        out.push_str(&format!("{key} = {value}\n"));
    }
    Ok(out)
}

/// What applies to one file, patterns resolved.
fn values(settings: &Settings, excluded: bool) -> Value {
    let severity: Map<String, Value> = settings
        .severity
        .iter()
        .map(|(rule, level)| (rule.clone(), json!(level.map_or("off", |level| level.as_str()))))
        .collect();
    json!({
        "select": settings.select,
        "extend-select": settings.extend_select,
        "ignore": settings.ignore,
        "severity": severity,
        "excluded": excluded,
        "role": settings.role.map(|role| role.as_str()),
        "target-sdk": settings.target_sdk.as_ref().map(|range| range.as_str()),
        "allowed-registries": settings.allowed_registries,
        "companion": settings.companion,
    })
}
