//! What only the user, never a repository, may set: `amlenv/config.toml` in the platform's
//! configuration folder.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;

/// The user's own settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserSettings {
    pub(crate) subscription: Option<String>,
    pub(crate) resource_group: Option<String>,
    pub(crate) workspace: Option<String>,
}

/// Where the file is looked for.
pub(crate) fn path() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("amlenv").join("config.toml"))
}

/// Reads the file; nothing where there is none or it cannot be read.
pub(crate) fn load() -> UserSettings {
    let Some(text) = path().and_then(|path| std::fs::read_to_string(path).ok()) else {
        return UserSettings::default();
    };
    let Ok(table) = text.parse::<toml::Table>() else { return UserSettings::default() };
    let azure = |key: &str| {
        table.get("azure").and_then(|azure| azure.get(key)).and_then(toml::Value::as_str).map(str::to_owned)
    };
    UserSettings {
        subscription: azure("subscription"),
        resource_group: azure("resource-group"),
        workspace: azure("workspace"),
    }
}
