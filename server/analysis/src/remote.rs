//! What registries said beside the snapshot, as a shell told it, and what a place would like to know of
//! them. The core asks nobody: a shell that may looks the answers up, puts them into the
//! [`Workspace`](crate::Workspace), and asks again.

use std::collections::BTreeMap;

use amlenv_syntax::image::{self, ImageReference};
use amlenv_syntax::{HostRange, TextRange};

use crate::answers::Hover;
use crate::catalogue::{self, HOST, is_floating, newest_first};
use crate::file::File;
use crate::finding::Edit;
use crate::images::{ImagePlace, images_of};
use crate::model::Field;
use crate::path::FilePath;
use crate::workspace::Workspace;

/// What registries said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remote {
    /// By host and repository, the tags in any order.
    pub tags: BTreeMap<(String, String), Vec<String>>,
    /// The repositories of Microsoft's registry that are Azure ML's.
    pub repositories: Vec<String>,
    /// By host, repository and tag, what it stood for and on which day.
    pub digests: BTreeMap<(String, String, String), (String, String)>,
    /// Hosts of registries that the user named.
    pub hosts: Vec<String>,
    /// The environments that the workspace in Azure has, by name, with their versions where they are known,
    /// newest first.
    pub environments: BTreeMap<String, Vec<String>>,
}

/// Something that a place would like to know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lookup {
    /// The tags of a repository.
    Tags {
        /// The host.
        host: String,
        /// The repository.
        repository: String,
    },
    /// The repositories of Microsoft's registry.
    Repositories,
    /// What a tag stands for.
    Digest {
        /// The host.
        host: String,
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
    },
    /// The environments of the workspace in Azure.
    Environments,
    /// The versions of one of them.
    Versions {
        /// Its name.
        name: String,
    },
}

/// An image that stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedImage {
    /// The host; Docker Hub's where none is written.
    pub host: String,
    /// The repository.
    pub repository: String,
    /// The tag; `latest` where none is written.
    pub tag: String,
    /// Whether a digest says which one it is.
    pub pinned: bool,
    /// Where it stands.
    pub range: HostRange,
}

impl Remote {
    /// The tags of a repository with their days, newest first: those of the snapshot and those that the
    /// registry listed. Nothing for one of which neither knows.
    #[must_use]
    pub fn tags(&self, host: &str, repository: &str) -> Vec<(String, Option<String>)> {
        let known = if host == HOST { catalogue::tags(repository) } else { None };
        let known = known.unwrap_or_default();
        let Some(listed) = self.tags.get(&(host.to_owned(), repository.to_owned())) else { return known };
        let days: BTreeMap<&str, &Option<String>> =
            known.iter().map(|(tag, day)| (tag.as_str(), day)).collect();
        let mut all: Vec<String> = known.iter().map(|(tag, _)| tag).chain(listed).cloned().collect();
        newest_first(&mut all);
        let day = |tag: &str| days.get(tag).map_or_else(|| catalogue::date_of(tag), |day| (*day).clone());
        all.into_iter().map(|tag| (tag.clone(), day(&tag))).collect()
    }

    /// The repositories of Microsoft's registry that the snapshot does not have, host in front.
    pub fn new_repositories(&self) -> impl Iterator<Item = String> {
        self.repositories
            .iter()
            .filter(|name| catalogue::tags(name).is_none())
            .map(|name| format!("{HOST}/{name}"))
    }
}

/// What completing at `offset` (bytes) of the file at `path` would like to know. From the letters around
/// the place alone, whatever the notation: half of what is typed has no other form yet.
#[must_use]
pub fn lookups(workspace: &Workspace, path: &FilePath, offset: usize) -> Vec<Lookup> {
    let Some(file) = workspace.file(path) else { return Vec::new() };
    let Some((token, at)) = token_at(file.text(), offset) else { return Vec::new() };
    let before = token.get(..at).unwrap_or(token);
    if let Some(rest) = token.strip_prefix("azureml:") {
        return of_reference(rest, before);
    }
    let reference = image::parse(token, 0);
    let (host, repository) = full_name(&reference);
    let in_tag = reference.tag.as_ref().is_some_and(|tag| tag.range.touches(at));
    // A mere name with a colon is a key of YAML or anything; behind FROM it is an image of Docker Hub.
    let line = file.text().get(..offset).and_then(|text| text.lines().next_back()).unwrap_or("");
    let from = line.trim_start().get(..5).is_some_and(|head| head.eq_ignore_ascii_case("FROM "));
    let is_image = reference.registry.is_some() || reference.repository.text.contains('/') || from;
    if in_tag && is_image && !reference.repository.text.is_empty() {
        return vec![Lookup::Tags { host, repository }];
    }
    let behind = before.strip_prefix(HOST);
    let of_microsoft = HOST.starts_with(before) || behind.is_some_and(|rest| rest.starts_with('/'));
    if before.len() > 1 && of_microsoft && !in_tag { vec![Lookup::Repositories] } else { Vec::new() }
}

/// What an environment behind `azureml:` would like to know.
fn of_reference(rest: &str, before: &str) -> Vec<Lookup> {
    const ENVIRONMENTS: &str = "//registries/azureml/environments/";
    let curated = |name: &str| {
        let repository = format!("azureml/curated/{name}");
        let name = catalogue::environment(name).is_some();
        if name { vec![Lookup::Tags { host: HOST.to_owned(), repository }] } else { Vec::new() }
    };
    if let Some(rest) = rest.strip_prefix(ENVIRONMENTS) {
        return rest.split_once('/').map_or_else(Vec::new, |(name, _)| curated(name));
    }
    if rest.starts_with('/') {
        return Vec::new();
    }
    let typed = before.strip_prefix("azureml:").unwrap_or("");
    match typed.split_once([':', '@']) {
        Some((name, _)) => match name.strip_prefix("AzureML-") {
            Some(name) => curated(name),
            None if name.is_empty() => Vec::new(),
            None => vec![Lookup::Versions { name: name.to_owned() }],
        },
        None => vec![Lookup::Environments],
    }
}

/// The letters of a reference around a place, and the place in them. `None` beside a placeholder.
fn token_at(text: &str, offset: usize) -> Option<(&str, usize)> {
    /// No reference is longer.
    const MOST: usize = 600;
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
    let (before, after) = (text.get(..offset)?, text.get(offset..)?);
    let head = before.chars().rev().take_while(|c| inside(*c)).take(MOST).count();
    let tail = after.chars().take_while(|c| inside(*c)).take(MOST).count();
    let (start, end) = (offset - head, offset + tail);
    let beside = |c: Option<char>| c.is_some_and(|c| matches!(c, '$' | '{' | '}' | '%'));
    if beside(text.get(end..)?.chars().next()) || matches!(text.get(..start)?.chars().next_back(), Some('}'))
    {
        return None;
    }
    let mut start = start;
    // In a text with escapes, `\n` may stand right in front.
    if text.get(..start)?.ends_with('\\') {
        start += 1;
    }
    Some((text.get(start..end)?, offset.checked_sub(start)?))
}

/// Host and repository of a reference, those of Docker Hub where none are written.
fn full_name(reference: &ImageReference) -> (String, String) {
    let path = reference.repository.text.clone();
    match &reference.registry {
        Some(host) => (host.text.clone(), path),
        None if path.contains('/') => ("docker.io".to_owned(), path),
        None => ("docker.io".to_owned(), format!("library/{path}")),
    }
}

/// The images that the file at `path` names, in the order of the text.
#[must_use]
pub fn images_in(workspace: &Workspace, path: &FilePath) -> Vec<NamedImage> {
    let Some(file) = workspace.file(path) else { return Vec::new() };
    let own = images_of(file).into_iter().filter_map(|place| named(&place, |range| range));
    let nested = file.nested().iter().flat_map(|nested| {
        let places = images_of(&nested.file);
        places.into_iter().filter_map(|place| named(&place, |range| nested.host(range))).collect::<Vec<_>>()
    });
    own.chain(nested).collect()
}

/// The image that stands at `offset` (bytes) of the file at `path`.
#[must_use]
pub fn image_at(workspace: &Workspace, path: &FilePath, offset: usize) -> Option<NamedImage> {
    images_in(workspace, path).into_iter().find(|image| image.range.touches(offset))
}

fn named(place: &ImagePlace, host_of: impl Fn(HostRange) -> HostRange) -> Option<NamedImage> {
    let reference = &place.reference;
    if reference.text == "scratch" || !image::is_valid(&reference.text) {
        return None;
    }
    let (host, repository) = full_name(reference);
    Some(NamedImage {
        host,
        repository,
        tag: reference.tag.as_ref().map_or_else(|| "latest".to_owned(), |tag| tag.text.clone()),
        pinned: reference.digest.is_some(),
        range: host_of(place.host(reference.range)),
    })
}

/// The edits that say by digest which image stands at `offset` (bytes) of the file at `path`; the tag stays
/// for people. None where a digest stands already, or cannot be written.
#[must_use]
pub fn pin(workspace: &Workspace, path: &FilePath, offset: usize, digest: &str) -> Vec<Edit> {
    let edit = || -> Option<Vec<Edit>> {
        let file = workspace.file(path)?;
        match file.nested_at(offset) {
            Some((nested, at)) => nested.edits(file, vec![pinned(&nested.file, at, digest)?]),
            None => Some(vec![pinned(file, offset, digest)?]),
        }
    };
    edit().unwrap_or_default()
}

fn pinned(file: &File, offset: usize, digest: &str) -> Option<Edit> {
    let mut places = images_of(file).into_iter();
    let place = places.find(|place| place.host(place.reference.range).touches(offset))?;
    let reference = &place.reference;
    if reference.digest.is_some() || !image::is_valid(&format!("{}@{digest}", reference.text)) {
        return None;
    }
    let end = reference.tag.as_ref().map_or(reference.name_range().end, |tag| tag.range.end);
    place.edit(file, TextRange::new(end, end), &format!("@{digest}"))
}

/// A hover with what there is to say beside the snapshot: what a tag that moves stands for, where that is
/// known, and how the service gets at an image of a registry of one's own.
pub(crate) fn hovered(
    workspace: &Workspace,
    path: &FilePath,
    offset: usize,
    found: Option<Hover>,
) -> Option<Hover> {
    let remote = workspace.remote();
    if let Some(hover) = address(workspace, path, offset) {
        return Some(hover);
    }
    if remote.digests.is_empty() && found.is_some() {
        return found;
    }
    let Some(image) = image_at(workspace, path, offset) else { return found };
    let mut lines = Vec::new();
    if found.is_none() && (is_private(&image.host) || remote.hosts.contains(&image.host)) {
        lines.push(format!("**{}/{}**", image.host, image.repository));
        lines.push(PRIVATE.to_owned());
    }
    let key = (image.host, image.repository, image.tag);
    if let Some((digest, day)) = remote.digests.get(&key).filter(|_| !image.pinned && is_floating(&key.2)) {
        lines.push(format!("`{}` of {day} is `{digest}`", key.2));
    }
    match found {
        Some(found) => Some(Hover { markdown: [vec![found.markdown], lines].concat().join("\n\n"), ..found }),
        None => (!lines.is_empty()).then(|| Hover { range: image.range, markdown: lines.join("\n\n") }),
    }
}

/// Source: "Use a private registry" of the documentation of Azure ML, for both SDKs.
const PRIVATE: &str = "An image of a registry of one's own. The service pulls it by a connection of the workspace to the registry (`az ml connection create`), or by the role AcrPull for the managed identity of the compute and the workspace. SDK v1 names the registry in `base_image_registry`; its password is best read from `os.environ` there, and v2 takes none from a definition.";

/// A hover of the address of the registry of a base image of SDK v1: its value; the key explains itself.
fn address(workspace: &Workspace, path: &FilePath, offset: usize) -> Option<Hover> {
    let file = workspace.file(path)?;
    let (nested, offset) = match file.nested_at(offset) {
        Some((nested, at)) => (Some(nested), at),
        None => (None, offset),
    };
    let file = nested.map_or(&**file, |nested| &nested.file);
    let mut all = file.environments().flat_map(|environment| environment.all(&Field::RegistryAddress));
    let found = all.find(|found| found.value_range.touches(offset) && !found.value_range.is_empty())?;
    let host = &found.value.known_text()?.value;
    let range = nested.map_or(found.value_range, |nested| nested.host(found.value_range));
    Some(Hover { range, markdown: format!("**{host}**\n\n{PRIVATE}") })
}

/// Whether a host is a registry of Azure's, which belongs to somebody.
fn is_private(host: &str) -> bool {
    [".azurecr.io", ".azurecr.cn", ".azurecr.us"].iter().any(|end| host.ends_with(end))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::kind::FileKind;

    fn wanted(name: &str, text: &str) -> Vec<Lookup> {
        let offset = text.find("$0").expect("a cursor");
        let path = FilePath::new(&format!("/w/{name}"));
        let text: Arc<str> = text.replace("$0", "").into();
        let kind = crate::classify_named(&path, &text).unwrap_or(FileKind::Other);
        let mut workspace = Workspace::new(vec![FilePath::new("/w")]);
        workspace.insert(Arc::new(File::new(path.clone(), kind, text)));
        lookups(&workspace, &path, offset)
    }

    #[test]
    fn a_place_says_what_it_would_like_to_know() {
        let tags = |host: &str, repository: &str| {
            vec![Lookup::Tags { host: host.to_owned(), repository: repository.to_owned() }]
        };
        for (name, text, expected) in [
            ("Dockerfile", "FROM contoso.azurecr.io/a/b:$0", tags("contoso.azurecr.io", "a/b")),
            ("Dockerfile", "FROM 127.0.0.1:5000/a:v$01 AS x", tags("127.0.0.1:5000", "a")),
            ("Dockerfile", "FROM mcr.microsoft.com/azureml/op$0", vec![Lookup::Repositories]),
            ("Dockerfile", "FROM mcr.microsoft.com.evil.example/a$0", Vec::new()),
            ("Dockerfile", "FROM mcr.$0", vec![Lookup::Repositories]),
            ("Dockerfile", "FROM mcr.microsoft.com/azureml/x:{{latest$0-image-tag}}", Vec::new()),
            ("Dockerfile", "FROM ${HOST}/a:$0", Vec::new()),
            ("a.py", "env.docker.base_dockerfile = 'RUN x\\nFROM a.example/b:$0\\n'", tags("a.example", "b")),
            ("environment.yml", "image: \"a.example/b:$0\"", tags("a.example", "b")),
            ("environment.yml", "image: a.example/b:$0", tags("a.example", "b")),
            (
                "job.yml",
                "environment: azureml://registries/azureml/environments/sklearn-1.5/versions/$0",
                tags(HOST, "azureml/curated/sklearn-1.5"),
            ),
            (
                "job.yml",
                "environment: azureml://registries/other/environments/sklearn-1.5/versions/$0",
                Vec::new(),
            ),
            (
                "job.yml",
                "environment: azureml:AzureML-sklearn-1.5:$0",
                tags(HOST, "azureml/curated/sklearn-1.5"),
            ),
            ("job.yml", "environment: azureml:$0", vec![Lookup::Environments]),
            ("job.yml", "environment: azureml:train:$0", vec![Lookup::Versions { name: "train".to_owned() }]),
            ("job.yml", "command: python x:$0", Vec::new()),
            ("Dockerfile", "FROM ubuntu:$0", tags("docker.io", "library/ubuntu")),
        ] {
            assert_eq!(wanted(name, text), expected, "{text}");
        }
    }

    #[test]
    fn tags_of_both_come_together() {
        let mut remote = Remote::default();
        let name = "azureml/openmpi4.1.0-ubuntu22.04";
        let snapshot = remote.tags(HOST, name);
        remote.tags.insert(
            (HOST.to_owned(), name.to_owned()),
            ["latest", "20260715.v1", "20260820.v1"].map(str::to_owned).to_vec(),
        );
        let both = remote.tags(HOST, name);
        assert_eq!(
            both.len(),
            snapshot.len() + 1 + usize::from(!snapshot.iter().any(|(tag, _)| tag == "latest"))
        );
        assert_eq!(both[0], ("20260820.v1".to_owned(), Some("2026-08-20".to_owned())));
        assert_eq!(both[1], snapshot[0]);
        assert_eq!(remote.tags("a.example", "b"), []);
    }
}
