//! What is known of images beside the files: the snapshot in the binary, answers that were kept, and
//! registries where the user allows it. The one way that the command line and the editor share.

use std::path::PathBuf;
use std::sync::Arc;

use amlenv_analysis::catalogue::{self, HOST};
use amlenv_cloud::registry::{self, Access, Cache, Limits};
use amlenv_cloud::{Error, process_env};
use amlenv_syntax::image;
use etcetera::BaseStrategy as _;

use crate::register::failure;
use crate::user_settings::{self, Network};

/// Whom lookups may reach, and what they brought before.
#[derive(Clone, Debug)]
pub(crate) struct Registries {
    pub(crate) live: registry::Registries,
    pub(crate) cache: Option<Cache>,
}

/// The tags of an image.
#[derive(Debug)]
pub(crate) struct Tags {
    /// Registry and repository.
    pub(crate) image: String,
    /// `snapshot`, `cache` or `registry`.
    pub(crate) source: &'static str,
    /// The day of which this is true.
    pub(crate) as_of: String,
    /// Each with its day, where that is known; newest first.
    pub(crate) tags: Vec<(String, Option<String>)>,
    /// What did not work.
    pub(crate) notes: Vec<String>,
}

/// All tags that are known.
#[derive(Debug)]
pub(crate) struct Exported {
    pub(crate) as_of: String,
    pub(crate) repositories: Vec<Tags>,
    pub(crate) notes: Vec<String>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    /// Whether the call was wrong, rather than the answer missing.
    pub(crate) usage: bool,
}

impl Refusal {
    fn of(error: &Error) -> Self {
        Self { message: failure(error), usage: error.is_usage() }
    }
}

impl Registries {
    /// What the user's own settings allow.
    pub(crate) fn of_user() -> Self {
        let settings = user_settings::load();
        for problem in &settings.problems {
            crate::output::message(&format!("amlenv: {problem}"));
        }
        Self::new(&settings.network)
    }

    pub(crate) fn new(network: &Network) -> Self {
        let access =
            Access::new(network.enabled == Some(true), network.registries.as_deref().unwrap_or_default());
        let live = registry::Registries::new(access, Arc::new(process_env), Limits::default());
        Self { live, cache: network.cache.clone().or_else(usual_cache).map(Cache::new) }
    }

    /// The answers that were kept: only while lookups are on, so that without them everything is as the
    /// snapshot says, on every machine.
    pub(crate) fn kept(&self) -> Option<&Cache> {
        self.cache.as_ref().filter(|_| self.live.access().is_enabled())
    }

    /// Asks for the tags of a repository, and keeps them. One that is not there is kept as such.
    pub(crate) async fn ask_tags(&self, host: &str, repository: &str) -> Result<Vec<String>, Error> {
        let asked = self.live.tags(host, repository).await;
        let kept = match (&asked, &self.cache) {
            (Ok(tags), Some(cache)) => cache.keep_tags(host, repository, Some(tags)),
            (Err(Error::NoImage { .. }), Some(cache)) => cache.keep_tags(host, repository, None),
            _ => Ok(()),
        };
        told(kept);
        asked
    }

    /// Asks Microsoft's registry for the repositories of Azure ML, and keeps them.
    pub(crate) async fn ask_repositories(&self) -> Result<Vec<String>, Error> {
        let asked = self.live.repositories(HOST, &is_of_azureml).await;
        if let (Ok(found), Some(cache)) = (&asked, &self.cache) {
            told(cache.keep_repositories(HOST, found));
        }
        asked
    }

    /// Asks what a tag stands for, and keeps it.
    pub(crate) async fn ask_digest(
        &self,
        host: &str,
        repository: &str,
        tag: &str,
    ) -> Result<registry::Digest, Error> {
        let asked = self.live.digest(host, repository, tag).await;
        if let (Ok(found), Some(cache)) = (&asked, &self.cache) {
            told(cache.keep_digest(host, repository, tag, found));
        }
        asked
    }
}

/// An answer that cannot be kept is asked again; that is all.
fn told(kept: std::io::Result<()>) {
    if let Err(error) = kept {
        tracing::warn!("an answer of a registry could not be kept: {error}");
    }
}

fn usual_cache() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.cache_dir().join("amlenv").join("registries"))
}

fn is_of_azureml(name: &str) -> bool {
    name.starts_with("azureml/") || name.starts_with("aifx/acpt/")
}

/// Host and repository of an image as people write it: whole, without the host, or the mere name of a
/// base image or curated environment. A tag behind it is left out.
pub(crate) fn resolve(text: &str) -> Option<(String, String)> {
    let text = text.trim().trim_start_matches("https://").trim_end_matches('/');
    if !image::is_valid(text) {
        return None;
    }
    let reference = image::parse(text, 0);
    let path = reference.repository.text;
    if let Some(registry) = reference.registry {
        return Some((registry.text, path));
    }
    for known in [path.clone(), format!("azureml/{path}"), format!("azureml/curated/{path}")] {
        if catalogue::tags(&known).is_some() {
            return Some((HOST.to_owned(), known));
        }
    }
    let library = if path.contains('/') { path } else { format!("library/{path}") };
    Some(("docker.io".to_owned(), library))
}

/// The tags of an image: from the registry if `refresh` says so, else as they were kept, else as the
/// snapshot has them.
pub(crate) fn tags_of(registries: &Registries, image: &str, refresh: bool) -> Result<Tags, Refusal> {
    let Some((host, repository)) = resolve(image) else {
        return Err(Refusal { message: format!("{image} is no image"), usage: true });
    };
    if !refresh {
        let known = of_cache(registries, &host, &repository).or_else(|| of_snapshot(&host, &repository));
        return known.ok_or_else(|| {
            let day = &catalogue::catalogue().snapshot;
            let message =
                format!("{host}/{repository} is not in the snapshot of {day}; --refresh asks its registry");
            Refusal { message, usage: false }
        });
    }
    let asked = run(async { registries.ask_tags(&host, &repository).await })?;
    asked.map(|tags| of_registry(&host, &repository, tags)).map_err(|error| Refusal::of(&error))
}

fn of_registry(host: &str, repository: &str, tags: Vec<String>) -> Tags {
    merged(host, repository, "registry", registry::day_of(registry::now()), tags)
}

fn of_cache(registries: &Registries, host: &str, repository: &str) -> Option<Tags> {
    let kept = registries.kept()?.tags(host, repository)?;
    let day = registry::day_of(kept.at);
    // What was asked before the snapshot was made knows less than that.
    let known = day >= catalogue::catalogue().snapshot || host != HOST;
    Some(merged(host, repository, "cache", day, kept.value.filter(|_| known)?))
}

fn of_snapshot(host: &str, repository: &str) -> Option<Tags> {
    let tags = (host == HOST).then(|| catalogue::tags(repository)).flatten()?;
    Some(Tags {
        image: format!("{host}/{repository}"),
        source: "snapshot",
        as_of: catalogue::catalogue().snapshot.clone(),
        tags,
        notes: Vec::new(),
    })
}

/// Tags that a registry listed, in order, with the days that the snapshot or the tags themselves tell.
fn merged(host: &str, repository: &str, source: &'static str, as_of: String, mut tags: Vec<String>) -> Tags {
    catalogue::newest_first(&mut tags);
    let known = of_snapshot(host, repository).map(|known| known.tags).unwrap_or_default();
    let dated = tags.into_iter().map(|tag| {
        let day = known.iter().find(|(known, _)| *known == tag).and_then(|(_, day)| day.clone());
        let day = day.or_else(|| catalogue::date_of(&tag));
        (tag, day)
    });
    let (image, tags) = (format!("{host}/{repository}"), dated.collect());
    Tags { image, source, as_of, tags, notes: Vec::new() }
}

/// All tags that are known of Azure ML's repositories, asked of the registry if `refresh` says so. What
/// cannot be asked stays as it was known, with a note.
pub(crate) fn export(registries: &Registries, refresh: bool) -> Result<Exported, Refusal> {
    let known = catalogue::catalogue();
    let images = known.images.iter().map(|image| image.name().to_owned());
    let curated = known.environments.iter().map(|found| found.image.trim_start_matches(HOST));
    let mut names: Vec<String> =
        images.chain(curated.map(|name| name.trim_start_matches('/').to_owned())).collect();
    let mut notes = Vec::new();
    let mut repositories = Vec::new();
    if refresh {
        run(async {
            match registries.ask_repositories().await {
                Ok(found) => names.extend(found),
                Err(error @ (Error::NotAllowed { .. } | Error::Network { .. })) => {
                    return Err(Refusal::of(&error));
                }
                Err(error) => notes.push(failure(&error)),
            }
            names.sort();
            names.dedup();
            let mut reached = true;
            for name in &names {
                if reached {
                    match registries.ask_tags(HOST, name).await {
                        Ok(tags) => {
                            repositories.push(of_registry(HOST, name, tags));
                            continue;
                        }
                        // It was there once.
                        Err(Error::NoImage { .. }) => {}
                        Err(error) => {
                            reached = !matches!(error, Error::Network { .. });
                            notes.push(format!("{HOST}/{name}: {}", failure(&error)));
                        }
                    }
                }
                repositories.extend(of_snapshot(HOST, name));
            }
            Ok(())
        })??;
    } else {
        names.sort();
        names.dedup();
        let best = |name: &String| of_cache(registries, HOST, name).or_else(|| of_snapshot(HOST, name));
        repositories.extend(names.iter().filter_map(best));
    }
    let as_of = repositories.iter().map(|found| found.as_of.clone()).max();
    Ok(Exported { as_of: as_of.unwrap_or_default(), repositories, notes })
}

/// Runs work that waits.
fn run<T>(work: impl Future<Output = T>) -> Result<T, Refusal> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Refusal { message: format!("no lookup can be made: {error}"), usage: false })?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_named_as_people_do() {
        for (text, host, repository) in [
            ("sklearn-1.5", HOST, "azureml/curated/sklearn-1.5"),
            ("openmpi4.1.0-ubuntu22.04", HOST, "azureml/openmpi4.1.0-ubuntu22.04"),
            ("mcr.microsoft.com/azureml/base:x", HOST, "azureml/base"),
            (
                "contoso.azurecr.io/a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000",
                "contoso.azurecr.io",
                "a/b",
            ),
            ("ubuntu:22.04", "docker.io", "library/ubuntu"),
            ("127.0.0.1:5000/a", "127.0.0.1:5000", "a"),
        ] {
            assert_eq!(resolve(text), Some((host.to_owned(), repository.to_owned())), "{text}");
        }
        assert_eq!(resolve("not an image"), None);
    }
}
