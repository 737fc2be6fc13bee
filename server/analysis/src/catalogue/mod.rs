//! The embedded snapshot of images and curated environments: dated, decoded when first asked.
//! A tag or version that is newer than the snapshot is unknown, never wrong.

mod contents;
pub mod extra;
mod search;
mod tags;
mod texts;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

pub use self::contents::{Answer, Contents, contents_of, environment_of};
pub use self::extra::{Extra, Own, View};
pub use self::search::{Found, search, search_in};
pub use self::tags::{date_of, is_floating, newest_first};
pub use self::texts::{environment_detail, environment_markdown, facts, image_detail, image_markdown};

/// The host of Microsoft's registry.
pub const HOST: &str = "mcr.microsoft.com";

/// The snapshot.
#[derive(Debug, Deserialize)]
pub struct Catalogue {
    /// The day up to which it reaches.
    pub snapshot: String,
    /// The base images.
    pub images: Vec<Image>,
    /// The curated environments.
    pub environments: Vec<Curated>,
    /// Old names of curated environments.
    pub legacy: Vec<Legacy>,
    /// The default images of SDK v1, oldest release first.
    pub defaults: Vec<DefaultImages>,
}

/// The default images of a release of SDK v1.
#[derive(Debug, Deserialize)]
pub struct DefaultImages {
    /// The release of azureml-core.
    pub azureml_core: String,
    /// Registry and repository of the CPU image; a tag that is no date in it.
    pub cpu: String,
    /// Its tag.
    pub cpu_tag: Option<String>,
    /// The same of the GPU image.
    pub gpu: String,
    /// Its tag.
    pub gpu_tag: Option<String>,
}

/// A base image.
#[derive(Clone, Debug, Deserialize)]
pub struct Image {
    /// Registry and repository.
    pub repository: String,
    /// `training`, `inference`, `acpt`, …
    pub family: String,
    /// `cpu` or `gpu`.
    pub kind: String,
    /// What the sources say about its support.
    pub status: Status,
    /// The first day on which it was called deprecated.
    pub deprecated_on: Option<String>,
    /// The nearest supported image of the same kind; derived.
    pub successor: Option<String>,
    /// What is in it: `os`, `python`, `cuda`, `cudnn`, `mpi`, `torch`.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// Known tags with a date in them, newest first.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Other known tags.
    #[serde(default)]
    pub other_tags: Vec<String>,
}

/// What the sources say about the support of an image.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In the vendor's list of supported images.
    Supported,
    /// Not listed, but a curated environment of today stands on it.
    InUse,
    /// Was used, not lately.
    Dormant,
    /// Nothing is known.
    Unknown,
    /// Not in the vendor's list, and not called deprecated.
    Unlisted,
    /// Called deprecated.
    Deprecated,
}

impl Status {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::InUse => "in use",
            Self::Dormant => "dormant",
            Self::Unknown => "unknown",
            Self::Unlisted => "unlisted",
            Self::Deprecated => "deprecated",
        }
    }

    /// The word as programs read it.
    #[must_use]
    pub fn key(self) -> String {
        self.as_str().replace(' ', "_")
    }
}

/// A curated environment.
#[derive(Debug, Deserialize)]
pub struct Curated {
    /// Its name in the registry `azureml`.
    pub name: String,
    /// `active` or `retired`.
    pub status: String,
    /// Whether no version came out in the half year before the snapshot.
    #[serde(default)]
    pub dormant: bool,
    /// `cpu` or `gpu`.
    pub kind: String,
    /// `Training`, `Inferencing`.
    #[serde(default)]
    pub purpose: Vec<String>,
    /// What it is filed under.
    #[serde(default)]
    pub categories: Vec<String>,
    /// The repository of its image; the tag is the version.
    pub image: String,
    /// What the published files say is in it.
    #[serde(default)]
    pub observed: BTreeMap<String, String>,
    /// Where the asset's own tags say something else: what, and what they say.
    #[serde(default)]
    pub declared: BTreeMap<String, String>,
    /// Where the name says something else: what, [name, observed].
    #[serde(default)]
    pub disagrees: BTreeMap<String, (String, String)>,
    /// Pins of key packages.
    #[serde(default)]
    pub packages: BTreeMap<String, String>,
    /// The image that it stands on.
    pub base: Option<String>,
    /// The day on which its definition was taken away.
    pub removed: Option<String>,
    /// Version and day of release, newest first; the day is empty where it is not known.
    #[serde(default)]
    pub versions: Vec<(u32, String)>,
}

impl Curated {
    /// Whether it can still be relied on.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status != "retired"
    }

    /// `active`, `dormant` (active, without a new version for half a year) or `retired`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match (self.is_active(), self.dormant) {
            (false, _) => "retired",
            (true, true) => "dormant",
            (true, false) => "active",
        }
    }

    /// What the name says wrongly, each in a sentence without its end.
    pub fn lies(&self) -> impl Iterator<Item = String> {
        self.disagrees.iter().map(|(what, (name, observed))| {
            format!("The name says {what} {name}; in it is {what} {observed}")
        })
    }

    /// The three ways to refer to it: by label and by its newest version in the registry, and by label
    /// from a workspace.
    #[must_use]
    pub fn references(&self) -> Vec<String> {
        let name = &self.name;
        let registry = format!("azureml://registries/azureml/environments/{name}");
        let version = self.versions.first().map(|(version, _)| format!("{registry}/versions/{version}"));
        let mut out = vec![format!("{registry}/labels/latest")];
        out.extend(version);
        out.push(format!("azureml:AzureML-{name}@latest"));
        out
    }

    /// For whom it is: general ones first, parts of services last.
    fn rank(&self) -> u8 {
        let general = self.name.starts_with("acpt-pytorch")
            || ["sklearn-1.5", "lightgbm", "tensorflow-", "minimal-", "mlflow-"]
                .iter()
                .any(|head| self.name.starts_with(head));
        match (self.is_active(), general, self.dormant) {
            (true, true, false) => 0,
            (true, _, false) if !self.purpose.is_empty() => 1,
            (true, _, false) => 2,
            (true, _, true) => 3,
            (false, _, _) => 4,
        }
    }
}

/// An old name of a curated environment.
#[derive(Debug, Deserialize)]
pub struct Legacy {
    /// The name, without `AzureML-`.
    pub name: String,
    /// What the vendor's samples changed to.
    pub replacement: Option<String>,
    /// Our guess, where there is no such evidence.
    pub guess: Option<String>,
    /// The changes that the vendor's samples went through: to what, and on which day.
    #[serde(default)]
    pub steps: Vec<(String, String)>,
}

/// The snapshot, decoded at the first call.
#[must_use]
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let mut read: Catalogue = serde_json::from_str(include_str!("../../data/catalogue.json"))
            .unwrap_or_else(|_| Catalogue {
                snapshot: String::new(),
                images: Vec::new(),
                environments: Vec::new(),
                legacy: Vec::new(),
                defaults: Vec::new(),
            });
        // The order in which completion shows them.
        let family = |image: &Image| match image.family.as_str() {
            "training" => 0,
            "inference" => 1,
            "acpt" => 2,
            _ => 3,
        };
        read.images.sort_by(|a, b| {
            (a.status, family(a), &b.tags.first())
                .cmp(&(b.status, family(b), &a.tags.first()))
                .then(a.repository.cmp(&b.repository))
        });
        // Of those that differ in a version only, first the one whose name says what is in it.
        let family =
            |found: &Curated| found.name.split(|c: char| c.is_ascii_digit()).next().map(str::to_owned);
        read.environments.sort_by_cached_key(|found| {
            (found.rank(), family(found), found.disagrees.len(), found.name.clone())
        });
        read
    })
}

/// The default images of SDK v1, of each release that was looked at, oldest first.
#[must_use]
pub fn defaults() -> &'static [DefaultImages] {
    &catalogue().defaults
}

/// The image with that repository. The host of Microsoft's registry may be left out: the service's
/// own documents do.
#[must_use]
pub fn image(repository: &str) -> Option<&'static Image> {
    let repository = repository.strip_prefix(HOST).map_or(repository, |rest| rest.trim_start_matches('/'));
    catalogue().images.iter().find(|image| image.name() == repository)
}

impl Image {
    /// The repository without the host.
    #[must_use]
    pub fn name(&self) -> &str {
        self.repository
            .strip_prefix(HOST)
            .map_or(self.repository.as_str(), |rest| rest.trim_start_matches('/'))
    }

    /// Whether Azure ML's own inference server image: documents recommend its `latest`.
    #[must_use]
    pub fn is_inference(&self) -> bool {
        self.family == "inference"
    }
}

/// The tags in the snapshot of a repository of Microsoft's registry, its host left out, newest first, each
/// with its day where that is known; `None` for a repository that is not in it.
#[must_use]
pub fn tags(repository: &str) -> Option<Vec<(String, Option<String>)>> {
    if let Some(found) = repository.strip_prefix("azureml/curated/").and_then(environment) {
        let date = |date: &String| (!date.is_empty()).then(|| date.clone());
        return Some(found.versions.iter().map(|(version, day)| (version.to_string(), date(day))).collect());
    }
    let found = image(repository)?;
    let all = found.tags.iter().chain(&found.other_tags);
    Some(all.map(|tag| (tag.clone(), date_of(tag))).collect())
}

/// The curated environment with that name; `AzureML-` in front of it is the older way to write it.
#[must_use]
pub fn environment(name: &str) -> Option<&'static Curated> {
    catalogue().environments.iter().find(|environment| environment.name.eq_ignore_ascii_case(name))
}

/// What is known of an old name.
#[must_use]
pub fn legacy(name: &str) -> Option<&'static Legacy> {
    catalogue().legacy.iter().find(|legacy| legacy.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_snapshot_is_whole() {
        let all = catalogue();
        assert_eq!(all.snapshot, "2026-07-23");
        assert_eq!((all.images.len(), all.environments.len(), all.legacy.len()), (94, 105, 119));
        assert_eq!(all.environments.iter().filter(|found| found.is_active()).count(), 62);
        assert_eq!(all.environments.iter().map(|found| found.versions.len()).sum::<usize>(), 3698);
        assert_eq!(all.images.iter().filter(|image| image.status == Status::Supported).count(), 10);
        assert_eq!(all.images.iter().filter(|image| image.status == Status::Deprecated).count(), 23);
    }

    #[test]
    fn replacements_exist_and_tags_are_newest_first() {
        for legacy in &catalogue().legacy {
            if let Some(replacement) = &legacy.replacement {
                assert!(environment(replacement).is_some(), "{} -> {replacement}", legacy.name);
            }
        }
        let image = image("azureml/openmpi4.1.0-ubuntu22.04").expect("a supported image");
        assert_eq!(image.tags.first().map(String::as_str), Some("20260715.v1"));
        assert_eq!(image.status, Status::Supported);
    }
}
