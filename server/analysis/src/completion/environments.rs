//! References to environments, in the spellings that the client accepts: those of the workspace's own
//! files, and the curated ones.

use amlenv_syntax::TextRange;

use super::{Proposal, Site, paths};
use crate::answers::CompletionKind;
use crate::catalogue::{Curated, HOST, Own, catalogue, environment, environment_detail};
use crate::graph;
use crate::kind::FileKind;
use crate::model::{Field, Value};
use crate::schema::Wanted;
use crate::topic::Topic;

const REGISTRY: &str = "azureml://registries/azureml/environments/";
/// What is said of an environment that the workspace in Azure has.
const IN_AZURE: &str = "in the workspace in Azure";

const SHORT: &str = "azureml:AzureML-";

/// So many folders are looked through for definitions, from that of the file upward.
const MAX_FOLDERS: usize = 4;

/// What fits to the reference `typed`, which stands at `token`, with the cursor at `at`.
pub(super) fn references(site: &Site<'_>, typed: &str, token: TextRange, at: usize) -> Vec<Proposal> {
    let before = typed.get(..at.saturating_sub(token.start)).unwrap_or(typed);
    if let Some(path) = typed.strip_prefix("file:").filter(|_| before.starts_with("file:")) {
        let range = TextRange::new(token.end - path.len(), token.end);
        return paths::complete(site, path, range, at, Wanted::Environment);
    }
    if let Some(rest) = before.strip_prefix(REGISTRY)
        && let Some((name, _)) = rest.split_once('/')
    {
        return versions(site, name, token);
    }
    if let Some((name, separator)) = named(before) {
        return match separator {
            '@' => vec![proposal(&format!("azureml:{name}@latest"), token).detail("the newest version")],
            _ => versions_of(site, name, token),
        };
    }
    // Another spelling is meant once more of it is there.
    if before.len() < "azureml:".len() + 1 {
        site.not_all();
    }
    let short = before.starts_with("azureml:") && !before.starts_with("azureml:/");
    let mut out = if before.starts_with("azureml:/") { Vec::new() } else { own(site, token) };
    if file_may_follow(before) && site.file.python().is_none() {
        let definitions = definitions(site);
        let folder = site.file.path().parent();
        out.extend(definitions.into_iter().map(|(path, _, _)| {
            Proposal::new(
                format!("file:{}", relative(&path.relative_to(&folder))),
                CompletionKind::Path,
                token,
            )
            .detail("the definition in this file")
        }));
    }
    out.extend(catalogue().environments.iter().map(|environment| {
        let name = &environment.name;
        let reference =
            if short { format!("{SHORT}{name}@latest") } else { format!("{REGISTRY}{name}/labels/latest") };
        curated(environment, &reference, token)
    }));
    out
}

/// What fits where SDK code asks for an environment by its name alone.
pub(super) fn names(site: &Site<'_>, token: TextRange) -> Vec<Proposal> {
    let own = definitions(site).into_iter().map(|(path, name, _)| {
        Proposal::new(name, CompletionKind::Environment, token)
            .detail(format!("defined in {}", path.file_name()))
    });
    let curated = catalogue()
        .environments
        .iter()
        .map(|environment| self::curated(environment, &format!("AzureML-{}", environment.name), token));
    own.chain(curated).collect()
}

fn file_may_follow(before: &str) -> bool {
    "file:".starts_with(before)
}

fn relative(path: &str) -> String {
    if path.starts_with("..") { path.to_owned() } else { format!("./{path}") }
}

fn proposal(reference: &str, token: TextRange) -> Proposal {
    Proposal::new(reference, CompletionKind::Environment, token)
}

fn curated(environment: &Curated, reference: &str, token: TextRange) -> Proposal {
    proposal(reference, token)
        .detail(environment_detail(environment))
        .about(Topic::Environment(environment.name.clone()))
        .deprecated(!environment.is_active())
}

/// An environment that a team's own catalogue tells of.
fn of_team(own: &Own, reference: &str, token: TextRange) -> Proposal {
    proposal(reference, token)
        .detail(own.description.clone().unwrap_or_else(|| "of your team".to_owned()))
        .deprecated(own.retired)
}

/// `azureml:name` with the `@` or `:` behind it.
fn named(before: &str) -> Option<(&str, char)> {
    let rest = before.strip_prefix("azureml:").filter(|rest| !rest.starts_with('/'))?;
    let at = rest.find(['@', ':'])?;
    Some((rest.get(..at)?, rest.get(at..)?.chars().next()?))
}

fn versions(site: &Site<'_>, name: &str, token: TextRange) -> Vec<Proposal> {
    let Some(environment) = environment(name) else { return Vec::new() };
    let mut out = vec![curated(environment, &format!("{REGISTRY}{name}/labels/latest"), token)];
    out.extend(known(site, environment).into_iter().map(|(version, date)| {
        let reference = format!("{REGISTRY}{name}/versions/{version}");
        curated(environment, &reference, token).detail(date.unwrap_or_default())
    }));
    out
}

fn versions_of(site: &Site<'_>, name: &str, token: TextRange) -> Vec<Proposal> {
    if let Some(environment) = name.strip_prefix("AzureML-").and_then(environment) {
        let proposal = |(version, date): (String, Option<String>)| {
            curated(environment, &format!("azureml:{name}:{version}"), token).detail(date.unwrap_or_default())
        };
        return known(site, environment).into_iter().map(proposal).collect();
    }
    let version = |version: &str| proposal(&format!("azureml:{name}:{version}"), token);
    let known = definitions(site).into_iter().filter(|(_, known, _)| known == name);
    let defined = known.filter_map(|(path, _, known)| {
        Some(version(&known?).detail(format!("defined in {}", path.file_name())))
    });
    let mut out: Vec<Proposal> = defined.collect();
    if let Some(own) = site.own_catalogue().own_environment(None, name) {
        out.extend(own.versions.iter().map(|known| of_team(own, &own.reference(Some(known)), token)));
    }
    if let Some(there) = site.workspace.remote().environments.get(name) {
        out.extend(there.iter().map(|known| version(known).detail(IN_AZURE)));
        out.push(proposal(&format!("azureml:{name}@latest"), token).detail(IN_AZURE));
    }
    out
}

/// The versions of a curated environment, newest first: the tags of its image are its versions.
fn known(site: &Site<'_>, environment: &Curated) -> Vec<(String, Option<String>)> {
    let repository = format!("azureml/curated/{}", environment.name);
    let mut tags = site.workspace.remote().tags(HOST, &repository);
    tags.retain(|(tag, _)| tag.bytes().all(|byte| byte.is_ascii_digit()));
    tags
}

/// The environments that files of the workspace define, near ones first.
fn own(site: &Site<'_>, token: TextRange) -> Vec<Proposal> {
    let mut out = Vec::new();
    for (path, name, version) in definitions(site) {
        let detail = format!("defined in {}", path.file_name());
        out.push(proposal(&format!("azureml:{name}@latest"), token).detail(&detail));
        out.extend(
            version.map(|version| proposal(&format!("azureml:{name}:{version}"), token).detail(&detail)),
        );
    }
    for own in site.own_catalogue().own_environments() {
        let newest = own.versions.first().map(|newest| own.reference(Some(newest)));
        let references = std::iter::once(own.reference(None)).chain(newest);
        out.extend(references.map(|reference| of_team(own, &reference, token)));
    }
    for (name, versions) in &site.workspace.remote().environments {
        let newest = versions.first().map(|version| format!("azureml:{name}:{version}"));
        let references = std::iter::once(format!("azureml:{name}@latest")).chain(newest);
        out.extend(references.map(|reference| proposal(&reference, token).detail(IN_AZURE)));
    }
    out
}

type Definition = (crate::path::FilePath, String, Option<String>);

fn definitions(site: &Site<'_>) -> Vec<Definition> {
    let mut out: Vec<Definition> = Vec::new();
    let mut at = site.file.path().parent();
    let root = site.workspace.root_of(site.file.path());
    let mut paths = Vec::new();
    for _ in 0..MAX_FOLDERS {
        match graph::definitions_below(site.workspace, &at) {
            Ok(found) => paths.extend(found),
            Err(wants) => site.wants.borrow_mut().extend(wants),
        }
        if root.is_none_or(|root| at == *root || !at.is_in(root)) {
            break;
        }
        at = at.parent();
    }
    // What is open in the editor counts wherever it is.
    paths.extend(site.workspace.files().map(|file| file.path().clone()));
    for file in paths.iter().filter_map(|path| site.workspace.file(path)) {
        if file.kind() != FileKind::EnvironmentYaml || file.path() == site.file.path() {
            continue;
        }
        for environment in file.environments() {
            let Some(name) = environment.name() else { continue };
            let version = environment.last(&Field::Version).and_then(|found| match &found.value {
                Value::Number(number) => Some(number.clone()),
                other => other.known_text().map(|text| text.value.clone()),
            });
            let found = (file.path().clone(), name.to_owned(), version);
            if !out.contains(&found) {
                out.push(found);
            }
        }
    }
    out
}
