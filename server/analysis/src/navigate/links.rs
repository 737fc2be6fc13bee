//! What a file leads to: files, the pages of images and of registered environments, addresses.

use amlenv_syntax::dockerfile::Kind;
use amlenv_syntax::image::ImageReference;
use amlenv_syntax::{HostRange, TextRange};

use super::paths::{file_of, uses};
use super::view::View;
use crate::catalogue::HOST;
use crate::images::images_of;
use crate::path::FilePath;
use crate::reference::{self, Reference};
use crate::workspace::Workspace;

/// A place that leads somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The place.
    pub range: HostRange,
    /// Where it leads.
    pub target: LinkTarget,
    /// What that is.
    pub tooltip: String,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkTarget {
    /// To a file that is there.
    File(FilePath),
    /// To an address.
    Url(String),
    /// To a page of the studio, whose own address hangs on the cloud: the path, with a slash in front.
    Studio(String),
}

/// The links of a file, in order. What nobody has looked at leads nowhere.
pub(crate) fn links(workspace: &Workspace, path: &FilePath) -> Vec<Link> {
    let Some(host) = workspace.file(path) else { return Vec::new() };
    let mut out = Vec::new();
    for view in View::all(host) {
        for found in uses(workspace, view.file) {
            if let Some(path) = file_of(workspace, &found) {
                let range = view.range(found.range);
                let tooltip = "Open the file".to_owned();
                out.push(Link { range, target: LinkTarget::File(path), tooltip });
            }
        }
        for place in images_of(view.file) {
            if let Some(page) = page_of(&place.reference) {
                let range = view.range(place.host(place.reference.range));
                let tooltip = "Open the page of the image".to_owned();
                out.push(Link { range, target: LinkTarget::Url(page), tooltip });
            }
        }
        for used in view.file.uses().iter().filter(|used| !used.text.templated) {
            if let Some(page) = studio_page(&used.text.value) {
                let range =
                    view.range(reference::place(&used.text, TextRange::new(0, used.text.value.len())));
                let tooltip = "Open the environment in the studio".to_owned();
                out.push(Link { range, target: LinkTarget::Studio(page), tooltip });
            }
        }
        out.extend(fetched(&view));
    }
    out.sort_by(|a, b| (a.range, &a.target).cmp(&(b.range, &b.target)));
    out.dedup_by_key(|link| link.range);
    out
}

/// The page of an image, at registries that have pages anybody may see.
fn page_of(reference: &ImageReference) -> Option<String> {
    let path = reference.repository.text.as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if reference.has_placeholder || path.is_empty() || !path.chars().all(plain) {
        return None;
    }
    match reference.registry.as_ref().map(|host| host.text.as_str()) {
        Some(host) if host == HOST => Some(format!("https://{HOST}/artifact/mar/{path}/about")),
        None | Some("docker.io" | "index.docker.io") => Some(match path.split_once('/') {
            None => format!("https://hub.docker.com/_/{path}"),
            Some(("library", name)) => format!("https://hub.docker.com/_/{name}"),
            Some(_) => format!("https://hub.docker.com/r/{path}"),
        }),
        Some("quay.io") => Some(format!("https://quay.io/repository/{path}")),
        Some(_) => None,
    }
}

/// The page of an environment in a registry, or in a workspace that is named in full.
fn studio_page(text: &str) -> Option<String> {
    let segment = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        !text.is_empty() && text.chars().all(plain)
    };
    match reference::parse(text) {
        Reference::Registry { registry, kind, name: Some(name), by, version } => {
            let known = kind.text == "environments" && segment(registry.text) && segment(name.text);
            let page = format!("/registries/{}/environments/{}", registry.text, name.text);
            let version =
                version.filter(|part| segment(part.text) && by.is_some_and(|by| by.text == "versions"));
            known.then(|| match version {
                Some(version) => format!("{page}/version/{}", version.text),
                None => page,
            })
        }
        Reference::Arm(path) => {
            let path = path.trim_start_matches('/');
            let parts: Vec<&str> = path.split('/').collect();
            let at = parts.iter().position(|part| *part == "environments")?;
            let (name, version) = (parts.get(at + 1)?, parts.get(at + 3)?);
            let workspace = parts.get(..at)?;
            let known = parts.get(at + 2) == Some(&"versions") && parts.iter().all(|part| segment(part));
            known.then(|| format!("/environments/{name}/version/{version}?wsid=/{}", workspace.join("/")))
        }
        _ => None,
    }
}

/// What an `ADD` fetches.
fn fetched(view: &View<'_>) -> Vec<Link> {
    let mut out = Vec::new();
    for document in view.file.dockerfiles() {
        let adds = document.tree.instructions.iter().filter(|found| found.kind == Some(Kind::Add));
        for word in adds.flat_map(|found| &found.arguments) {
            let source = word.range.slice(&document.text);
            let web = ["https://", "http://"].iter().any(|scheme| word.value.starts_with(scheme));
            if web && source == word.value && !word.value.contains(['$', '{', '"', '<', '>', '\\']) {
                let range = view.range(document.host(word.range));
                let tooltip = "Open the address".to_owned();
                out.push(Link { range, target: LinkTarget::Url(word.value.clone()), tooltip });
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use amlenv_syntax::image;

    use super::*;

    #[test]
    fn images_have_pages() {
        for (image, page) in [
            ("mcr.microsoft.com/azureml/a:1", Some("https://mcr.microsoft.com/artifact/mar/azureml/a/about")),
            ("python:3.10", Some("https://hub.docker.com/_/python")),
            ("docker.io/library/python", Some("https://hub.docker.com/_/python")),
            ("org/x@sha256:1", Some("https://hub.docker.com/r/org/x")),
            ("contoso.azurecr.io/a:1", None),
            ("${X}:1", None),
            ("a b", None),
        ] {
            assert_eq!(page_of(&image::parse(image, 0)).as_deref(), page, "{image}");
        }
    }

    #[test]
    fn registered_environments_have_pages() {
        for (text, page) in [
            (
                "azureml://registries/azureml/environments/sklearn-1.5/versions/3",
                Some("/registries/azureml/environments/sklearn-1.5/version/3"),
            ),
            ("azureml://registries/r/environments/n/labels/latest", Some("/registries/r/environments/n")),
            ("azureml://registries/r/models/n/versions/3", None),
            (
                "azureml:/subscriptions/s/resourceGroups/g/providers/P/workspaces/w/environments/n/versions/1",
                Some(
                    "/environments/n/version/1?wsid=/subscriptions/s/resourceGroups/g/providers/P/workspaces/w",
                ),
            ),
            ("azureml:n:1", None),
        ] {
            assert_eq!(studio_page(text).as_deref(), page, "{text}");
        }
    }
}
