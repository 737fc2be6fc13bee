//! What the user set in the editor: the section `amlenv`, sent with `initialize`, pushed or pulled.
//! What a repository may not set comes from here and from the user's own file, nowhere else.

use serde_json::Value;

use crate::user_settings::Network;

/// What the user set in the editor. What is missing or of another type counts as not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClientSettings {
    pub(crate) subscription: Option<String>,
    pub(crate) resource_group: Option<String>,
    pub(crate) workspace: Option<String>,
    pub(crate) confirm: Option<bool>,
    /// Leave plain Dockerfile lint to another tool.
    pub(crate) companion: Option<bool>,
    pub(crate) network: Network,
    said: Value,
}

impl ClientSettings {
    /// Reads the settings, with or without the `amlenv` around them.
    pub(crate) fn read(settings: &Value) -> Self {
        let settings = settings.get("amlenv").unwrap_or(settings);
        let text = |path: &str| {
            settings.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        Self {
            subscription: text("/azure/subscription"),
            resource_group: text("/azure/resourceGroup"),
            workspace: text("/azure/workspace"),
            confirm: settings.pointer("/register/confirm").and_then(Value::as_bool),
            companion: settings.get("companion").and_then(Value::as_bool),
            network: Network::of_editor(settings),
            said: settings.clone(),
        }
    }

    /// Whether diagnostics follow every keystroke; else they come when a file is opened or saved.
    pub(crate) fn check_on_type(&self) -> bool {
        self.said.pointer("/check/onType").and_then(Value::as_bool).unwrap_or(true)
    }

    /// Whether a part of a feature is wanted: `codeLens.register` is on unless it, or all of `codeLens`, is
    /// set to false.
    #[expect(dead_code, reason = "the features with such switches come beside this one")]
    pub(crate) fn is_on(&self, feature: &str, part: &str) -> bool {
        let feature = self.said.get(feature);
        let part = feature.and_then(|feature| feature.get(part));
        feature.and_then(Value::as_bool).or_else(|| part.and_then(Value::as_bool)).unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::ClientSettings;

    #[test]
    fn settings_are_read_as_far_as_they_can_be() {
        let read = ClientSettings::read(
            &json!({"amlenv": {"check": {"onType": false}, "register": {"confirm": "no"}}}),
        );
        assert!(!read.check_on_type());
        assert_eq!(read.confirm, None);
        assert_eq!(ClientSettings::read(&json!({"companion": true})).companion, Some(true));
        assert!(ClientSettings::read(&json!(null)).check_on_type());
    }
}
