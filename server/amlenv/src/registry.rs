//! What is known of images beside the files: the snapshot in the binary, answers that were kept, and
//! registries where the user allows it. The one way that the command line and the editor share.

use amlenv_analysis::catalogue::{self, HOST};
use amlenv_syntax::image;

use crate::user_settings::{self, Network};

/// Whom lookups may reach.
#[derive(Debug)]
pub(crate) struct Registries {
    network: Network,
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

impl Registries {
    /// What the user's own settings allow.
    pub(crate) fn of_user() -> Self {
        let settings = user_settings::load();
        for problem in &settings.problems {
            crate::output::message(&format!("amlenv: {problem}"));
        }
        Self { network: settings.network }
    }
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

/// The tags of an image, from the registry if `refresh` says so.
pub(crate) fn tags_of(registries: &Registries, image: &str, refresh: bool) -> Result<Tags, Refusal> {
    let Some((host, repository)) = resolve(image) else {
        return Err(Refusal { message: format!("{image} is no image"), usage: true });
    };
    let _ = (&registries.network, refresh);
    of_snapshot(&host, &repository).ok_or_else(|| Refusal {
        message: format!(
            "{host}/{repository} is not in the snapshot of {}; --refresh asks its registry",
            catalogue::catalogue().snapshot
        ),
        usage: false,
    })
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

/// All tags that are known, asked of the registry if `refresh` says so.
pub(crate) fn export(_registries: &Registries, _refresh: bool) -> Result<Exported, Refusal> {
    let known = catalogue::catalogue();
    let names = known
        .images
        .iter()
        .map(|image| image.name().to_owned())
        .chain(known.environments.iter().map(|found| format!("azureml/curated/{}", found.name)));
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(Exported {
        as_of: known.snapshot.clone(),
        repositories: names.iter().filter_map(|name| of_snapshot(HOST, name)).collect(),
        notes: Vec::new(),
    })
}
