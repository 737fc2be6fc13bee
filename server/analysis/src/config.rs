//! Reads amlenv's own configuration. Finding the file is the shell's job.

use std::ops::Range;

use amlenv_syntax::HostRange;
use toml::Spanned;
use toml::de::DeTable;

use crate::finding::Severity;
use crate::rules;
use crate::settings::{Settings, VersionRange};

/// What a configuration file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// What applies to every file.
    pub settings: Settings,
    /// Globs of files, and the selectors to ignore in them.
    pub per_file_ignores: Vec<(String, Vec<String>)>,
    /// Globs of files not to look at.
    pub exclude: Vec<String>,
    /// Globs of files, and their role.
    pub roles: Vec<(String, crate::kind::Role)>,
    /// The file with the team's own images and environments, seen from the configuration's folder, and
    /// where it is named.
    pub catalogue_extra: Option<(String, HostRange)>,
    /// From which severity on `check` fails; outer `None`: not said, inner `None`: never.
    pub fail_on: Option<Option<Severity>>,
}

/// Something in a configuration file that means nothing (AML004).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong and what to do.
    pub message: String,
    /// Where.
    pub range: HostRange,
}

/// A key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub shape: Shape,
    /// What it is for, in one sentence.
    pub text: &'static str,
}

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A list of codes, names and prefixes of rules.
    Selectors,
    /// A list of globs.
    Globs,
    /// A list of texts.
    Texts,
    /// A severity, or `never`.
    Level,
    /// A truth value.
    Truth,
    /// A range of versions, such as `>=1.20,<1.40`.
    Versions,
    /// A table from rules to severities, or `off`.
    Severities,
    /// A table from globs to lists of rules.
    PerFile,
    /// A table from globs to roles.
    Roles,
    /// The path of a file.
    Path,
}

/// The keys, in the order of the documentation.
pub const KEYS: [Key; 12] = [
    Key { name: "select", shape: Shape::Selectors, text: "Only these rules." },
    Key { name: "extend-select", shape: Shape::Selectors, text: "These rules as well." },
    Key { name: "ignore", shape: Shape::Selectors, text: "Never these rules." },
    Key { name: "severity", shape: Shape::Severities, text: "Another severity for a rule, or off." },
    Key { name: "per-file-ignores", shape: Shape::PerFile, text: "Rules to ignore in some files." },
    Key { name: "exclude", shape: Shape::Globs, text: "Files and folders that a walk leaves out." },
    Key { name: "fail-on", shape: Shape::Level, text: "From which severity on `check` exits with 1." },
    Key { name: "roles", shape: Shape::Roles, text: "What the environments in some files are used for." },
    Key {
        name: "target-sdk",
        shape: Shape::Versions,
        text: "The versions of SDK v1 (azureml-core) that the code must work with.",
    },
    Key {
        name: "allowed-registries",
        shape: Shape::Texts,
        text: "The hosts that images may come from; empty: any.",
    },
    Key {
        name: "companion",
        shape: Shape::Truth,
        text: "Leave plain Dockerfile lint to another tool, such as hadolint.",
    },
    Key {
        name: "catalogue.extra",
        shape: Shape::Path,
        text: "A file in the workspace with your own images and environments.",
    },
];

/// Reads a configuration file; `pyproject` tells that its settings stand below `[tool.amlenv]`.
/// `None` for a pyproject file without them.
#[must_use]
pub fn parse(text: &str, pyproject: bool) -> Option<(Config, Vec<Problem>)> {
    let mut reader = Reader { config: Config::default(), problems: Vec::new() };
    match DeTable::parse(text) {
        Ok(table) => {
            let table = table.get_ref();
            if pyproject {
                let tool = table.get("tool").and_then(|value| value.get_ref().as_table())?;
                let section = tool.get("amlenv")?;
                match section.get_ref().as_table() {
                    Some(section) => reader.table(section),
                    None => reader.problem(section.span(), "tool.amlenv must be a table."),
                }
            } else {
                reader.table(table);
            }
        }
        Err(error) => {
            let range = error.span().unwrap_or(0..0);
            reader.problem(range, &format!("This is not TOML: {}.", error.message().trim_end_matches('.')));
        }
    }
    Some((reader.config, reader.problems))
}

struct Reader {
    config: Config,
    problems: Vec<Problem>,
}

type Value<'i> = Spanned<toml::de::DeValue<'i>>;

impl Reader {
    fn problem(&mut self, range: Range<usize>, message: &str) {
        self.problems
            .push(Problem { message: message.to_owned(), range: HostRange::new(range.start, range.end) });
    }

    fn table(&mut self, table: &DeTable<'_>) {
        for (key, value) in table.iter() {
            match key.get_ref().as_ref() {
                "select" => self.config.settings.select = self.selectors(value),
                "extend-select" => self.config.settings.extend_select = self.selectors(value),
                "ignore" => self.config.settings.ignore = self.selectors(value),
                "exclude" => {
                    self.config.exclude = self.texts(value).into_iter().map(|(text, _)| text).collect()
                }
                "severity" => self.severity(value),
                "per-file-ignores" => self.per_file_ignores(value),
                "roles" => self.roles(value),
                "fail-on" => match value.get_ref().as_str().map(severity) {
                    Some(Some(level)) => self.config.fail_on = Some(level),
                    _ => self
                        .problem(value.span(), "fail-on must be error, warning, information, hint or never."),
                },
                "target-sdk" => match value.get_ref().as_str().map(VersionRange::parse) {
                    Some(Some(range)) => self.config.settings.target_sdk = Some(range),
                    _ => self.problem(
                        value.span(),
                        "target-sdk must be a range of versions, such as \">=1.20,<1.40\".",
                    ),
                },
                "allowed-registries" => {
                    let hosts = self.texts(value).into_iter().map(|(text, _)| text);
                    self.config.settings.allowed_registries = hosts.collect();
                }
                "companion" => match value.get_ref().as_bool() {
                    Some(companion) => self.config.settings.companion = companion,
                    None => self.problem(value.span(), "companion must be true or false."),
                },
                // A repository is not asked whom its reader's machine may talk to.
                own @ ("network" | "azure") => self.problem(
                    key.span(),
                    &format!("{own} is the user's own setting and not read from here; it belongs into amlenv/config.toml in the user's folder for configuration, or into the editor's settings."),
                ),
                "catalogue" => self.catalogue(value),
                other => {
                    let names = KEYS.each_ref().map(|key| key.name).join(", ");
                    self.problem(key.span(), &format!("Unknown key {other}; there are {names}."));
                }
            }
        }
    }

    fn catalogue(&mut self, value: &Value<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            self.problem(value.span(), "catalogue must be a table.");
            return;
        };
        for (key, value) in table.iter() {
            match (key.get_ref().as_ref(), value.get_ref().as_str()) {
                ("extra", Some(path)) if !path.is_empty() => {
                    let span = value.span();
                    let place = HostRange::new(span.start, span.end);
                    self.config.catalogue_extra = Some((path.to_owned(), place));
                }
                ("extra", _) => self.problem(value.span(), "catalogue.extra must be the path of a file."),
                (other, _) => {
                    self.problem(key.span(), &format!("Unknown key catalogue.{other}; there is extra."));
                }
            }
        }
    }

    fn texts(&mut self, value: &Value<'_>) -> Vec<(String, Range<usize>)> {
        let Some(list) = value.get_ref().as_array() else {
            self.problem(value.span(), "This must be a list of texts.");
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in list.iter() {
            match item.get_ref().as_str() {
                Some(text) => out.push((text.to_owned(), item.span())),
                None => self.problem(item.span(), "This must be a text."),
            }
        }
        out
    }

    fn selectors(&mut self, value: &Value<'_>) -> Vec<String> {
        let mut out = Vec::new();
        for (text, range) in self.texts(value) {
            if is_selector(&text) {
                out.push(text);
            } else {
                self.problem(range, &format!("{text} is no rule; `amlenv rules` lists them."));
            }
        }
        out
    }

    fn severity(&mut self, value: &Value<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            self.problem(value.span(), "severity must be a table of rules and levels.");
            return;
        };
        for (rule, level) in table.iter() {
            let name = rule.get_ref().to_string();
            if !is_selector(&name) {
                self.problem(rule.span(), &format!("{name} is no rule; `amlenv rules` lists them."));
                continue;
            }
            match level.get_ref().as_str().map(|word| (word, severity(word))) {
                Some(("off", _)) => {
                    self.config.settings.severity.insert(name, None);
                }
                Some((_, Some(Some(level)))) => {
                    self.config.settings.severity.insert(name, Some(level));
                }
                _ => self.problem(level.span(), "A level is error, warning, information, hint or off."),
            }
        }
    }

    fn per_file_ignores(&mut self, value: &Value<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            self.problem(value.span(), "per-file-ignores must be a table of globs and lists of rules.");
            return;
        };
        for (glob, list) in table.iter() {
            let selectors = self.selectors(list);
            self.config.per_file_ignores.push((glob.get_ref().to_string(), selectors));
        }
    }

    fn roles(&mut self, value: &Value<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            self.problem(value.span(), "roles must be a table of globs and roles.");
            return;
        };
        for (glob, role) in table.iter() {
            match role.get_ref().as_str().and_then(crate::kind::Role::from_name) {
                Some(role) => self.config.roles.push((glob.get_ref().to_string(), role)),
                None => self.problem(role.span(), "A role is training, online, batch or interactive."),
            }
        }
    }
}

/// The level of a word: `Some(None)` for `never`.
#[must_use]
pub fn severity(word: &str) -> Option<Option<Severity>> {
    Some(match word {
        "error" => Some(Severity::Error),
        "warning" => Some(Severity::Warning),
        "information" => Some(Severity::Information),
        "hint" => Some(Severity::Hint),
        "never" => None,
        _ => return None,
    })
}

/// Whether a selector means any rule.
#[must_use]
pub fn is_selector(selector: &str) -> bool {
    rules::RULES.iter().any(|rule| crate::settings::matches(selector, rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_have_a_place() {
        let text = "ignore = [\"AML304\", \"AML999\"]\nselekt = []\n[severity]\nAML303 = \"loud\"\nimage-latest = \"off\"\n";
        let (config, problems) = parse(text, false).expect("a configuration");
        assert_eq!(config.settings.ignore, ["AML304"]);
        assert_eq!(config.settings.severity.get("image-latest"), Some(&None));
        let places: Vec<&str> = problems.iter().map(|problem| problem.range.slice(text)).collect();
        assert_eq!(places, ["\"AML999\"", "selekt", "\"loud\""]);
    }

    /// A key that is listed is read: a value of the wrong type is a problem of its own.
    #[test]
    fn every_key_is_read() {
        for key in &KEYS {
            let (_, problems) = parse(&format!("{} = 1\n", key.name), false).expect("a configuration");
            assert_eq!(problems.len(), 1, "{}", key.name);
            assert!(!problems[0].message.starts_with("Unknown key"), "{}", key.name);
        }
        let text =
            "target-sdk = \">=1.20, <1.40\"\nallowed-registries = [\"a.azurecr.io\"]\ncompanion = true\n";
        let (config, problems) = parse(text, false).expect("a configuration");
        assert_eq!(problems, []);
        assert!(config.settings.companion);
        assert_eq!(config.settings.allowed_registries, ["a.azurecr.io"]);
        let range = config.settings.target_sdk.expect("a range");
        assert!(range.allows_below("1.35") && !range.allows_below("1.20"));
    }

    #[test]
    fn what_is_the_users_own_is_not_read_from_a_repository() {
        let text = "[network]\nenabled = true\nregistries = [\"evil.example\"]\n";
        let (config, problems) = parse(text, false).expect("a configuration");
        assert_eq!(config, Config::default());
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.starts_with("network is the user's own setting"), "{problems:?}");
    }

    #[test]
    fn pyproject_counts_only_with_its_section() {
        assert_eq!(parse("[tool.ruff]\n", true), None);
        assert!(parse("[tool.amlenv]\nignore = [\"AML3\"]\n", true).is_some());
    }
}
