//! A team's own images and environments, from a file in the workspace that the configuration names
//! (`catalogue.extra`), and the view of the embedded snapshot with them on top. Where the file is and who
//! reads it is not known here.
//!
//! ```toml
//! snapshot = "2026-11-01"                       # the day up to which this is true
//!
//! [[images]]
//! repository = "contoso.azurecr.io/ml/base"     # host and repository
//! status = "deprecated"                         # supported (if nothing is said), in-use, unlisted, deprecated
//! successor = "contoso.azurecr.io/ml/base-24"
//! kind = "cpu"                                  # or gpu
//! tags = ["2026.10", "2026.07"]                 # newest first
//! facts = {os = "ubuntu22.04", python = "3.12"} # also cuda, cudnn, mpi, torch
//!
//! [[environments]]
//! name = "churn"
//! registry = "contoso"                          # without it, an environment of a workspace
//! status = "retired"                            # or active
//! replacement = "churn-2"
//! versions = ["4", "3"]                         # newest first
//! image = "contoso.azurecr.io/ml/base:2026.10"
//! description = "Trains the churn model."
//! ```

use std::collections::BTreeMap;
use std::ops::Range;

use amlenv_syntax::HostRange;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Curated, Image, Status, catalogue};
use crate::config::Problem;
use crate::path::FilePath;

/// What such a file says.
#[derive(Clone, Debug)]
pub struct Extra {
    /// The file.
    pub path: FilePath,
    /// The day up to which it is true, where it says one.
    pub snapshot: Option<String>,
    /// The images.
    pub images: Vec<Image>,
    /// The environments.
    pub environments: Vec<Own>,
}

/// An environment of the team's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// Its name.
    pub name: String,
    /// The registry that it is in; `None` for a workspace.
    pub registry: Option<String>,
    /// Whether it is not to be used any more.
    pub retired: bool,
    /// What to use instead: a name in the same place.
    pub replacement: Option<String>,
    /// Its versions, newest first.
    pub versions: Vec<String>,
    /// The image that it stands on.
    pub image: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

impl Own {
    /// The reference to a version or, without one, to the newest.
    #[must_use]
    pub fn reference(&self, version: Option<&str>) -> String {
        reference(self.registry.as_deref(), &self.name, version)
    }
}

/// The reference to an environment of a registry or workspace.
#[must_use]
pub fn reference(registry: Option<&str>, name: &str, version: Option<&str>) -> String {
    match (registry, version) {
        (Some(registry), Some(version)) => {
            format!("azureml://registries/{registry}/environments/{name}/versions/{version}")
        }
        (Some(registry), None) => {
            format!("azureml://registries/{registry}/environments/{name}/labels/latest")
        }
        (None, Some(version)) => format!("azureml:{name}:{version}"),
        (None, None) => format!("azureml:{name}@latest"),
    }
}

/// The snapshot with what the team says on top.
#[derive(Clone, Copy, Debug, Default)]
pub struct View<'a> {
    extra: Option<&'a Extra>,
}

impl<'a> View<'a> {
    /// The snapshot with this on top.
    #[must_use]
    pub const fn new(extra: Option<&'a Extra>) -> Self {
        Self { extra }
    }

    /// The team's own file.
    #[must_use]
    pub const fn extra(self) -> Option<&'a Extra> {
        self.extra
    }

    /// The team's images first, then the others; each repository once.
    pub fn images(self) -> impl Iterator<Item = &'a Image> {
        let own = self.own_images();
        let others = catalogue().images.iter();
        own.iter().chain(others.filter(|image| !own.iter().any(|own| own.repository == image.repository)))
    }

    /// The image with that host and repository, or that repository at Microsoft's registry.
    #[must_use]
    pub fn image(self, repository: &str) -> Option<&'a Image> {
        let own = self.own_images().iter().find(|image| image.repository == repository);
        own.or_else(|| super::image(repository))
    }

    /// The team's images.
    #[must_use]
    pub fn own_images(self) -> &'a [Image] {
        self.extra.map_or(&[], |extra| &extra.images)
    }

    /// The team's environments, in the order of the file.
    #[must_use]
    pub fn own_environments(self) -> &'a [Own] {
        self.extra.map_or(&[], |extra| &extra.environments)
    }

    /// The team's environment with that name in that registry, or in a workspace.
    #[must_use]
    pub fn own_environment(self, registry: Option<&str>, name: &str) -> Option<&'a Own> {
        self.own_environments().iter().find(|own| own.registry.as_deref() == registry && own.name == name)
    }

    /// The curated environments of the snapshot.
    pub fn curated(self) -> impl Iterator<Item = &'a Curated> {
        catalogue().environments.iter()
    }
}

/// Reads such a file. Any text is read; what means nothing is a problem with its place.
#[must_use]
pub fn parse(path: FilePath, text: &str) -> (Extra, Vec<Problem>) {
    let extra = Extra { path, snapshot: None, images: Vec::new(), environments: Vec::new() };
    let mut reader = Reader { extra, problems: Vec::new() };
    match DeTable::parse(text) {
        Ok(table) => reader.table(table.get_ref()),
        Err(error) => {
            let message = format!("This is not TOML: {}.", error.message().trim_end_matches('.'));
            reader.problem(error.span().unwrap_or(0..0), message);
        }
    }
    (reader.extra, reader.problems)
}

type Value<'i> = Spanned<DeValue<'i>>;

struct Reader {
    extra: Extra,
    problems: Vec<Problem>,
}

impl Reader {
    fn problem(&mut self, range: Range<usize>, message: impl Into<String>) {
        let range = HostRange::new(range.start, range.end);
        self.problems.push(Problem { message: message.into(), range });
    }

    fn table(&mut self, table: &DeTable<'_>) {
        for (key, value) in table.iter() {
            match key.get_ref().as_ref() {
                "snapshot" => {
                    self.extra.snapshot = self.text(value).filter(|text| !text.is_empty());
                    if self.extra.snapshot.as_deref().is_some_and(|text| !is_day(text)) {
                        self.problem(value.span(), "snapshot must be a day, such as \"2026-11-01\".");
                    }
                }
                "images" => self.each(value, Self::image),
                "environments" => self.each(value, Self::environment),
                other => {
                    let message = format!("Unknown key {other}; there are snapshot, images, environments.");
                    self.problem(key.span(), message);
                }
            }
        }
        if self.extra.snapshot.is_none() && self.problems.is_empty() {
            self.problem(0..0, "Say up to which day this is true: snapshot = \"2026-11-01\".");
        }
    }

    fn each(&mut self, value: &Value<'_>, read: fn(&mut Self, Range<usize>, &DeTable<'_>)) {
        let Some(list) = value.get_ref().as_array() else {
            self.problem(value.span(), "This must be a list of tables.");
            return;
        };
        for item in list.iter() {
            match item.get_ref().as_table() {
                Some(table) => read(self, item.span(), table),
                None => self.problem(item.span(), "This must be a table."),
            }
        }
    }

    fn image(&mut self, place: Range<usize>, table: &DeTable<'_>) {
        let mut out = Image {
            repository: String::new(),
            family: "own".to_owned(),
            kind: "cpu".to_owned(),
            status: Status::Supported,
            deprecated_on: None,
            successor: None,
            facts: BTreeMap::new(),
            tags: Vec::new(),
            other_tags: Vec::new(),
        };
        for (key, value) in table.iter() {
            match key.get_ref().as_ref() {
                "repository" => {
                    out.repository = self.text(value).unwrap_or_default();
                    let read = amlenv_syntax::image::parse(&out.repository, 0);
                    if read.tag.is_some() || read.digest.is_some() {
                        self.problem(value.span(), "A repository has no tag; put that into tags.");
                        out.repository = read.name();
                    }
                }
                "kind" => match self.text(value).as_deref() {
                    Some(kind @ ("cpu" | "gpu")) => out.kind = kind.to_owned(),
                    _ => self.problem(value.span(), "kind must be cpu or gpu."),
                },
                "status" => match self.text(value).as_deref() {
                    Some("supported") => out.status = Status::Supported,
                    Some("in-use") => out.status = Status::InUse,
                    Some("unlisted") => out.status = Status::Unlisted,
                    Some("deprecated") => out.status = Status::Deprecated,
                    _ => self.problem(
                        value.span(),
                        "status must be supported, in-use, unlisted or deprecated.",
                    ),
                },
                "deprecated_on" => out.deprecated_on = self.text(value),
                "successor" => out.successor = self.text(value),
                "tags" => out.tags = self.texts(value),
                "facts" => match value.get_ref().as_table() {
                    Some(facts) => {
                        for (key, value) in facts.iter() {
                            if let Some(text) = self.text(value) {
                                out.facts.insert(key.get_ref().to_string(), text);
                            }
                        }
                    }
                    None => self.problem(value.span(), "facts must be a table of texts."),
                },
                other => self.problem(
                    key.span(),
                    format!(
                        "Unknown key {other}; an image has repository, status, deprecated_on, successor, kind, tags, facts."
                    ),
                ),
            }
        }
        if out.repository.is_empty() {
            self.problem(place, "An image needs its repository.");
        } else if self.extra.images.iter().any(|known| known.repository == out.repository) {
            self.problem(place, format!("{} is there already.", out.repository));
        } else {
            self.extra.images.push(out);
        }
    }

    fn environment(&mut self, place: Range<usize>, table: &DeTable<'_>) {
        let mut out = Own::default();
        for (key, value) in table.iter() {
            match key.get_ref().as_ref() {
                "name" => out.name = self.text(value).unwrap_or_default(),
                "registry" => out.registry = self.text(value),
                "status" => match self.text(value).as_deref() {
                    Some("active") => out.retired = false,
                    Some("retired") => out.retired = true,
                    _ => self.problem(value.span(), "status must be active or retired."),
                },
                "replacement" => out.replacement = self.text(value),
                "versions" => out.versions = self.texts(value),
                "image" => out.image = self.text(value),
                "description" => out.description = self.text(value),
                other => self.problem(
                    key.span(),
                    format!(
                        "Unknown key {other}; an environment has name, registry, status, replacement, versions, image, description."
                    ),
                ),
            }
        }
        let same = |known: &Own| known.name == out.name && known.registry == out.registry;
        if out.name.is_empty() {
            self.problem(place, "An environment needs its name.");
        } else if self.extra.environments.iter().any(same) {
            self.problem(place, format!("{} is there already.", out.name));
        } else {
            self.extra.environments.push(out);
        }
    }

    fn text(&mut self, value: &Value<'_>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.problem(value.span(), "This must be a text.");
        }
        text
    }

    fn texts(&mut self, value: &Value<'_>) -> Vec<String> {
        let Some(list) = value.get_ref().as_array() else {
            self.problem(value.span(), "This must be a list of texts.");
            return Vec::new();
        };
        list.iter().filter_map(|item| self.text(item)).collect()
    }
}

/// Whether a text is a day, year first.
fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_team_says_comes_first_and_mistakes_have_a_place() {
        let text = "snapshot = \"2026-11-01\"\n[[images]]\nrepository = \"contoso.azurecr.io/base:1\"\nstatus = \"old\"\n[[images]]\nrepository = \"mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04\"\nstatus = \"deprecated\"\n[[images]]\ntags = 5\n[[environments]]\nname = \"churn\"\nregistry = \"contoso\"\nowner = 1\n";
        let (extra, problems) = parse(FilePath::new("/w/own.toml"), text);
        let places: Vec<&str> =
            problems.iter().map(|problem| problem.range.slice(text).lines().next().unwrap_or("")).collect();
        assert_eq!(places, ["\"contoso.azurecr.io/base:1\"", "\"old\"", "5", "[[images]]", "owner"]);
        let view = View::new(Some(&extra));
        let known = view.image("mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04");
        assert_eq!(known.map(|image| image.status), Some(Status::Deprecated));
        assert_eq!(view.images().count(), catalogue().images.len() + 1);
        assert!(view.own_environment(Some("contoso"), "churn").is_some());
        assert!(view.own_environment(None, "churn").is_none());
        assert!(View::default().image("azureml/openmpi4.1.0-ubuntu22.04").is_some());
    }

    #[test]
    fn a_file_without_a_day_is_told() {
        let (_, problems) = parse(FilePath::new("/w/own.toml"), "[[images]]\nrepository = \"a/b\"\n");
        assert_eq!(problems.len(), 1);
        let (_, problems) = parse(FilePath::new("/w/own.toml"), "images = 1\nsnapshot = \"soon\"\n");
        assert_eq!(problems.len(), 2);
        let (_, problems) = parse(FilePath::new("/w/own.toml"), "[[");
        assert_eq!(problems.len(), 1);
    }
}
