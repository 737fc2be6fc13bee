//! Curated environments after `environment:`, in the spellings that the client accepts.

use amlenv_syntax::TextRange;

use super::{Target, item};
use crate::answers::{Completion, CompletionKind};
use crate::catalogue::{Curated, HOST, catalogue, environment_detail, environment_markdown};
use crate::remote::Remote;

const REGISTRY: &str = "azureml://registries/azureml/environments/";
const SHORT: &str = "azureml:AzureML-";

/// What fits to `typed`, which stands at `token`.
pub(super) fn environments(
    remote: &Remote,
    typed: &str,
    token: TextRange,
    offset: usize,
    target: &Target<'_>,
) -> Vec<Completion> {
    let before = typed.get(..offset.saturating_sub(token.start)).unwrap_or(typed);
    if let Some(rest) = before.strip_prefix(REGISTRY)
        && let Some((name, _)) = rest.split_once('/')
    {
        return versions(remote, name, token, target);
    }
    if let Some((name, separator)) = short_name(before) {
        return short_versions(remote, name, separator, token, target);
    }
    let short = before.starts_with("azureml:") && !before.starts_with("azureml:/");
    let mut out = Vec::new();
    for environment in &catalogue().environments {
        let reference = if short {
            format!("{SHORT}{}@latest", environment.name)
        } else {
            format!("{REGISTRY}{}/labels/latest", environment.name)
        };
        push(&mut out, environment, &reference, token, target);
    }
    out
}

/// `azureml:AzureML-name` with the `@` or `:` behind it.
fn short_name(before: &str) -> Option<(&str, char)> {
    let rest = before.strip_prefix(SHORT)?;
    let at = rest.find(['@', ':'])?;
    Some((rest.get(..at)?, rest.get(at..)?.chars().next()?))
}

fn versions(remote: &Remote, name: &str, token: TextRange, target: &Target<'_>) -> Vec<Completion> {
    let Some(environment) = crate::catalogue::environment(name) else { return Vec::new() };
    let mut out = Vec::new();
    push(&mut out, environment, &format!("{REGISTRY}{name}/labels/latest"), token, target);
    for (version, date) in known(remote, environment) {
        let reference = format!("{REGISTRY}{name}/versions/{version}");
        push(&mut out, environment, &reference, token, target);
        if let Some(last) = out.last_mut() {
            last.detail = date;
        }
    }
    out
}

fn short_versions(
    remote: &Remote,
    name: &str,
    separator: char,
    token: TextRange,
    target: &Target<'_>,
) -> Vec<Completion> {
    let Some(environment) = crate::catalogue::environment(name) else { return Vec::new() };
    let mut out = Vec::new();
    if separator == '@' {
        push(&mut out, environment, &format!("{SHORT}{name}@latest"), token, target);
        return out;
    }
    for (version, date) in known(remote, environment) {
        push(&mut out, environment, &format!("{SHORT}{name}:{version}"), token, target);
        if let Some(last) = out.last_mut() {
            last.detail = date;
        }
    }
    out
}

/// The versions, newest first: the tags of its image are its versions.
fn known(remote: &Remote, environment: &Curated) -> Vec<(String, Option<String>)> {
    let repository = format!("azureml/curated/{}", environment.name);
    let mut tags = remote.tags(HOST, &repository);
    tags.retain(|(tag, _)| tag.bytes().all(|byte| byte.is_ascii_digit()));
    tags
}

fn push(
    out: &mut Vec<Completion>,
    environment: &Curated,
    reference: &str,
    token: TextRange,
    target: &Target<'_>,
) {
    let Some(edit) = target(token, reference) else { return };
    out.extend(item(reference, CompletionKind::Environment, edit).map(|found| Completion {
        detail: Some(environment_detail(environment)),
        documentation: Some(environment_markdown(environment)),
        deprecated: !environment.is_active(),
        ..found
    }));
}
