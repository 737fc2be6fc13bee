//! Which workspace: flags or settings, the process environment, a workspace file, the defaults of
//! the Azure CLI. The first that is found wins, for each part; what was used is told with its source.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Env;
use crate::error::{Error, Result};

/// The official client looks so many folders up.
const MAX_PARENTS: usize = 20;

/// A workspace file is small; a larger one is something else.
const MAX_FILE: u64 = 64 * 1024;

/// The Azure CLI's list grows with the number of subscriptions.
const MAX_PROFILE: u64 = 16 * 1024 * 1024;

/// Where to look.
pub struct TargetInputs<'a> {
    /// What was said explicitly, and where: a flag or a setting.
    pub explicit: [(Option<String>, &'static str); 3],
    /// The process environment.
    pub env: Env<'a>,
    /// The folder of the file to register; the search for a workspace file begins there. Where there is
    /// none, no such file is looked for.
    pub start: Option<&'a Path>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
}

/// A part of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The subscription.
    Subscription,
    /// The resource group.
    ResourceGroup,
    /// The workspace.
    Workspace,
}

impl Part {
    const ALL: [Self; 3] = [Self::Subscription, Self::ResourceGroup, Self::Workspace];

    /// What it is called.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::ResourceGroup => "resource group",
            Self::Workspace => "workspace",
        }
    }
}

/// Where a part of the target came from, for people.
pub type Source = String;

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The subscription.
    pub subscription: String,
    /// The resource group.
    pub resource_group: String,
    /// The workspace.
    pub workspace: String,
    /// Where each of the three came from, in that order.
    pub sources: [Source; 3],
}

impl Target {
    /// Refuses what can be no part of a target. The service has narrower rules of its own, which are
    /// its to tell; this is what would lead to another address.
    pub(crate) fn validate(&self) -> Result<()> {
        as_segment("subscription", &self.subscription)?;
        as_segment("resource group", &self.resource_group)?;
        as_segment("workspace", &self.workspace)
    }
}

/// Refuses what cannot be one segment of a path: a folder's own name or its parent's stay what they are
/// even when they are percent-encoded, and a slash is decoded by some services.
pub(crate) fn as_segment(what: &'static str, value: &str) -> Result<()> {
    let other = |c: char| c.is_control() || matches!(c, '/' | '\\' | '?' | '#');
    if matches!(value.trim(), "" | "." | "..") || value.contains(other) || value.len() > 300 {
        let value = value.chars().take(80).collect();
        return Err(Error::InvalidName { what, value });
    }
    Ok(())
}

/// Finds the target. Reads files, asks nobody.
///
/// # Errors
///
/// [`Error::NoTarget`] says what is missing, [`Error::InvalidName`] what cannot be.
pub fn find_target(inputs: &TargetInputs<'_>) -> Result<Target> {
    let mut found: [Option<(String, Source)>; 3] = [None, None, None];
    let file = inputs.start.and_then(workspace_file);
    let cli = AzureCli::read(inputs);
    for (slot, (part, (explicit, said))) in found.iter_mut().zip(Part::ALL.iter().zip(&inputs.explicit)) {
        *slot = explicit
            .clone()
            .map(|value| (value, (*said).to_owned()))
            .or_else(|| from_env(*part, inputs.env))
            .or_else(|| {
                let (path, values) = file.as_ref()?;
                Some((values.get(part.as_str())?.clone(), path.display().to_string()))
            })
            .or_else(|| cli.part(*part));
    }
    let missing: Vec<&str> = Part::ALL
        .iter()
        .zip(&found)
        .filter(|(_, slot)| slot.is_none())
        .map(|(part, _)| part.as_str())
        .collect();
    match found {
        [Some(subscription), Some(group), Some(workspace)] => {
            let target = Target {
                subscription: subscription.0,
                resource_group: group.0,
                workspace: workspace.0,
                sources: [subscription.1, group.1, workspace.1],
            };
            target.validate().map(|()| target)
        }
        _ => Err(Error::NoTarget { missing: missing.join(", ") }),
    }
}

fn from_env(part: Part, env: Env<'_>) -> Option<(String, Source)> {
    let names: &[&str] = match part {
        Part::Subscription => &["AZUREML_ARM_SUBSCRIPTION", "AZURE_SUBSCRIPTION_ID"],
        Part::ResourceGroup => &["AZUREML_ARM_RESOURCEGROUP"],
        Part::Workspace => &["AZUREML_ARM_WORKSPACE_NAME"],
    };
    names.iter().find_map(|name| Some((env(name)?, (*name).to_owned())))
}

/// The workspace file: the official client goes through the names first and through the folders
/// within, so a `.azureml/config.json` far up beats a `config.json` near by.
fn workspace_file(start: &Path) -> Option<(PathBuf, BTreeMap<&'static str, String>)> {
    const NAMES: [&str; 6] = [
        ".azureml/config.json",
        ".azureml/project.json",
        "aml_config/config.json",
        "aml_config/project.json",
        "config.json",
        "project.json",
    ];
    for name in NAMES {
        for folder in start.ancestors().take(MAX_PARENTS) {
            let path = folder.join(name);
            if let Some(values) = read_workspace_file(&path) {
                return Some((path, values));
            }
        }
    }
    None
}

fn read_workspace_file(path: &Path) -> Option<BTreeMap<&'static str, String>> {
    let json: Value = serde_json::from_str(read(path, MAX_FILE)?.trim_start_matches('\u{feff}')).ok()?;
    let text =
        |key: &str| json.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let parts = match (text("subscription_id"), text("resource_group"), text("workspace_name")) {
        (Some(subscription), Some(group), Some(workspace)) => [subscription, group, workspace],
        _ => {
            let scope = text("Scope")?;
            let pieces: Vec<&str> = scope.split('/').collect();
            [pieces.get(2)?, pieces.get(4)?, pieces.get(8)?].map(|piece| (*piece).to_owned())
        }
    };
    Some(Part::ALL.iter().map(|part| part.as_str()).zip(parts).collect())
}

fn read(path: &Path, most: u64) -> Option<String> {
    let metadata = std::fs::metadata(path).ok()?;
    (metadata.is_file() && metadata.len() <= most).then(|| std::fs::read_to_string(path).ok()).flatten()
}

/// What the Azure CLI keeps.
#[derive(Default)]
struct AzureCli {
    subscription: Option<(String, Source)>,
    group: Option<(String, Source)>,
    workspace: Option<(String, Source)>,
}

impl AzureCli {
    fn read(inputs: &TargetInputs<'_>) -> Self {
        let folder = (inputs.env)("AZURE_CONFIG_DIR")
            .map(PathBuf::from)
            .or_else(|| inputs.home.as_ref().map(|home| home.join(".azure")));
        let Some(folder) = folder else { return Self::default() };
        let config = folder.join("config");
        let text = read(&config, MAX_FILE).unwrap_or_default();
        let default = |option: &str, variable: &str| {
            let from_env = (inputs.env)(variable).map(|value| (value, variable.to_owned()));
            from_env.or_else(|| {
                Some((ini(&text, "defaults", option)?, format!("Azure CLI ({})", config.display())))
            })
        };
        Self {
            subscription: default_subscription(&folder.join("azureProfile.json")),
            group: default("group", "AZURE_DEFAULTS_GROUP"),
            workspace: default("workspace", "AZURE_DEFAULTS_WORKSPACE"),
        }
    }

    fn part(&self, part: Part) -> Option<(String, Source)> {
        match part {
            Part::Subscription => self.subscription.clone(),
            Part::ResourceGroup => self.group.clone(),
            Part::Workspace => self.workspace.clone(),
        }
    }
}

/// The value of an option in a section of an INI text, read as Python's `configparser` reads it: names
/// of options in any case, those of sections as written.
fn ini(text: &str, section: &str, option: &str) -> Option<String> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = name == section;
        } else if inside
            && let Some((key, value)) = line.split_once('=')
            && key.trim().eq_ignore_ascii_case(option)
            && !value.trim().is_empty()
        {
            return Some(value.trim().to_owned());
        }
    }
    None
}

fn default_subscription(path: &Path) -> Option<(String, Source)> {
    // It begins with a byte order mark.
    let text = read(path, MAX_PROFILE)?;
    let json: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let found = json
        .get("subscriptions")?
        .as_array()?
        .iter()
        .find(|subscription| subscription.get("isDefault").and_then(Value::as_bool) == Some(true))?;
    let id = found.get("id").and_then(Value::as_str)?;
    Some((id.to_owned(), format!("Azure CLI ({})", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn a_workspace_file_far_up_beats_a_lesser_name_near_by() {
        let folder = tempfile::tempdir().expect("a folder");
        let deep = folder.path().join("a/b");
        std::fs::create_dir_all(&deep).expect("folders");
        std::fs::create_dir_all(folder.path().join(".azureml")).expect("a folder");
        let file = |workspace: &str| {
            format!(r#"{{"subscription_id": "s", "resource_group": "g", "workspace_name": "{workspace}"}}"#)
        };
        std::fs::write(folder.path().join(".azureml/config.json"), file("far")).expect("a file");
        std::fs::write(deep.join("config.json"), file("near")).expect("a file");
        let none = || (None, "");
        let inputs = TargetInputs {
            explicit: [none(), none(), none()],
            env: &nothing,
            start: Some(&deep),
            home: None,
        };
        assert_eq!(find_target(&inputs).expect("a target").workspace, "far");
    }

    #[test]
    fn the_azure_cli_comes_last_and_parts_may_differ() {
        let home = tempfile::tempdir().expect("a folder");
        let azure = home.path().join(".azure");
        std::fs::create_dir_all(&azure).expect("a folder");
        std::fs::write(
            azure.join("config"),
            "[cloud]\nname = AzureCloud\n[defaults]\ngroup = rg\nworkspace=ws\n",
        )
        .expect("a file");
        std::fs::write(
            azure.join("azureProfile.json"),
            "\u{feff}{\"subscriptions\": [{\"id\": \"a\", \"isDefault\": false}, {\"id\": \"b\", \"isDefault\": true}]}",
        )
        .expect("a file");
        let env = |name: &str| (name == "AZUREML_ARM_WORKSPACE_NAME").then(|| "from-env".to_owned());
        let inputs = TargetInputs {
            explicit: [(None, ""), (Some("flag".to_owned()), "--resource-group"), (None, "")],
            env: &env,
            start: Some(home.path()),
            home: Some(home.path().to_path_buf()),
        };
        let target = find_target(&inputs).expect("a target");
        assert_eq!(
            (target.subscription.as_str(), target.resource_group.as_str(), target.workspace.as_str()),
            ("b", "flag", "from-env")
        );
        assert_eq!(target.sources[1], "--resource-group");
    }

    #[test]
    fn nothing_found_says_what_is_missing() {
        let folder = tempfile::tempdir().expect("a folder");
        let inputs = TargetInputs {
            explicit: [(Some("s".to_owned()), "--subscription"), (None, ""), (None, "")],
            env: &nothing,
            start: Some(folder.path()),
            home: None,
        };
        let error = find_target(&inputs).expect_err("no target");
        assert_eq!(error.to_string(), "which workspace? resource group, workspace not given");
        assert!(error.next_step().is_some_and(|step| step.starts_with("There are four ways")));
    }
}
