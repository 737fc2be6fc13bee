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
    pub(crate) network: Network,
    /// What in the file means nothing, each in a sentence.
    pub(crate) problems: Vec<String>,
}

/// Whom lookups may reach, and where their answers are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Network {
    /// Whether there are lookups at all.
    pub(crate) enabled: Option<bool>,
    /// Hosts of registries besides Microsoft's.
    pub(crate) registries: Option<Vec<String>>,
    /// Where answers are kept.
    pub(crate) cache: Option<PathBuf>,
}

impl Network {
    /// What the settings of an editor say.
    pub(crate) fn of_editor(settings: &serde_json::Value) -> Self {
        let list = settings.pointer("/network/registries").and_then(serde_json::Value::as_array);
        let cache = settings.pointer("/catalogue/cacheDir").and_then(serde_json::Value::as_str);
        Self {
            enabled: settings.pointer("/network/enabled").and_then(serde_json::Value::as_bool),
            registries: list
                .map(|list| list.iter().filter_map(serde_json::Value::as_str).map(str::to_owned).collect()),
            cache: cache.map(PathBuf::from).filter(|cache| cache.is_absolute()),
        }
    }

    /// These settings, with others where they say nothing.
    pub(crate) fn or(self, other: &Self) -> Self {
        Self {
            enabled: self.enabled.or(other.enabled),
            registries: self.registries.or_else(|| other.registries.clone()),
            cache: self.cache.or_else(|| other.cache.clone()),
        }
    }
}

/// Where the file is looked for.
pub(crate) fn path() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("amlenv").join("config.toml"))
}

/// Reads the file; nothing where there is none or it cannot be read.
pub(crate) fn load() -> UserSettings {
    match path().and_then(|path| Some((std::fs::read_to_string(&path).ok()?, path))) {
        Some((text, path)) => {
            let mut read = parse(&text);
            for problem in &mut read.problems {
                *problem = format!("{}: {problem}", path.display());
            }
            read
        }
        None => UserSettings::default(),
    }
}

fn parse(text: &str) -> UserSettings {
    let table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            let problem = format!("this is not TOML: {}", error.message().trim_end_matches('.'));
            return UserSettings { problems: vec![problem], ..UserSettings::default() };
        }
    };
    let mut problems = Vec::new();
    let mut value = |section: &str, key: &str, what: &str, fits: fn(&toml::Value) -> bool| {
        let found = table.get(section).and_then(|table| table.get(key))?;
        if !fits(found) {
            problems.push(format!("{section}.{key} must be {what}"));
            return None;
        }
        Some(found)
    };
    let mut text = |section: &str, key: &str| {
        value(section, key, "a text", toml::Value::is_str).and_then(toml::Value::as_str).map(str::to_owned)
    };
    let subscription = text("azure", "subscription");
    let resource_group = text("azure", "resource-group");
    let workspace = text("azure", "workspace");
    let cache = text("catalogue", "cache-dir").map(PathBuf::from);
    let enabled = value("network", "enabled", "true or false", toml::Value::is_bool);
    let enabled = enabled.and_then(toml::Value::as_bool);
    let is_list =
        |value: &toml::Value| value.as_array().is_some_and(|list| list.iter().all(toml::Value::is_str));
    let registries = value("network", "registries", "a list of hosts", is_list);
    let registries = registries
        .and_then(toml::Value::as_array)
        .map(|list| list.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect());
    // A folder that hangs on where amlenv is started would lead into the repository that is open.
    let cache = cache.filter(|cache| {
        let fits = cache.is_absolute();
        if !fits {
            problems.push("catalogue.cache-dir must be a path from the root".to_owned());
        }
        fits
    });
    let network = Network { enabled, registries, cache };
    UserSettings { subscription, resource_group, workspace, network, problems }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_said_and_left_out() {
        let read = parse(
            "[network]\nenabled = true\nregistries = ['a.azurecr.io']\n[catalogue]\ncache-dir = '/c'\n",
        );
        assert_eq!(read.problems, Vec::<String>::new());
        assert_eq!(read.network.enabled, Some(true));
        assert_eq!(read.network.registries.as_deref(), Some(&["a.azurecr.io".to_owned()][..]));
        let read = parse("[network]\nenabled = 'yes'\nregistries = 'a'\n[catalogue]\ncache-dir = 'c'\n");
        assert_eq!(read.network, Network::default());
        assert_eq!(
            read.problems,
            [
                "network.enabled must be true or false",
                "network.registries must be a list of hosts",
                "catalogue.cache-dir must be a path from the root",
            ]
        );
        assert!(parse("[network").problems[0].starts_with("this is not TOML"));
    }
}
