//! References to environments: `azureml:name:1`, `azureml:name@latest`,
//! `azureml://registries/R/environments/N/versions/V`, `file:env.yml`, and what is none of them.
//! What the official client makes of each: azure-ai-ml 1.35.2, measured.

use amlenv_syntax::{HostRange, TextRange};

use crate::catalogue::View;
use crate::file::File;
use crate::kind::FileKind;
use crate::model::Text;

/// A part of a reference and where it stands in its text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part<'t> {
    pub(crate) text: &'t str,
    pub(crate) range: TextRange,
}

/// What a reference says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference<'t> {
    /// `azureml:` and a name, with a version behind `:` or a label behind `@`.
    Workspace { name: Part<'t>, version: Option<Part<'t>>, label: Option<Part<'t>> },
    /// `azureml://registries/…`; what does not have the shape of an environment has no name.
    Registry {
        registry: Part<'t>,
        kind: Part<'t>,
        name: Option<Part<'t>>,
        by: Option<Part<'t>>,
        version: Option<Part<'t>>,
    },
    /// `azureml:/subscriptions/…` or `/subscriptions/…`.
    Arm(&'t str),
    /// Another address below `azureml://`.
    Other,
    /// `file:`.
    File(Part<'t>),
    /// Something else.
    Bare(&'t str),
}

/// Reads a reference. Any text is read.
pub(crate) fn parse(text: &str) -> Reference<'_> {
    let part = |start: usize, end: usize| Part {
        text: text.get(start..end).unwrap_or(""),
        range: TextRange::new(start, end),
    };
    if let Some(path) = text.strip_prefix("file:") {
        return Reference::File(part(text.len() - path.len(), text.len()));
    }
    if text.starts_with("/subscriptions/") {
        return Reference::Arm(text);
    }
    const REGISTRIES: &str = "azureml://registries/";
    if text.starts_with(REGISTRIES) {
        let mut parts = Vec::new();
        let mut at = REGISTRIES.len();
        for piece in text.get(at..).unwrap_or("").split('/') {
            parts.push(part(at, at + piece.len()));
            at += piece.len() + 1;
        }
        let empty = part(text.len(), text.len());
        let get = |at: usize| parts.get(at).copied();
        return Reference::Registry {
            registry: get(0).unwrap_or(empty),
            kind: get(1).unwrap_or(empty),
            name: get(2),
            by: get(3),
            version: get(4).filter(|_| parts.len() == 5),
        };
    }
    if text.starts_with("azureml://") {
        return Reference::Other;
    }
    let Some(rest) = text.strip_prefix("azureml:") else { return Reference::Bare(text) };
    if rest.starts_with('/') {
        return Reference::Arm(rest);
    }
    let start = text.len() - rest.len();
    let end = rest.find([':', '@']).map_or(text.len(), |at| start + at);
    let behind = (end < text.len()).then(|| part(end + 1, text.len()));
    let label = text.get(end..).is_some_and(|rest| rest.starts_with('@'));
    Reference::Workspace {
        name: part(start, end),
        version: behind.filter(|_| !label),
        label: behind.filter(|_| label),
    }
}

/// How a curated environment is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// By its address in the registry `azureml`.
    Registry,
    /// By the name that it has in a workspace, `AzureML-` in front, in a reference.
    Short,
    /// By that name alone, as SDK v1 asks for it.
    Name,
}

/// A place where a curated environment is named.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CuratedUse<'f> {
    pub(crate) text: &'f Text,
    /// The name, without `AzureML-`.
    pub(crate) name: Part<'f>,
    pub(crate) form: Form,
}

/// The places of a file where a curated environment is named. A name without `AzureML-` in a workspace
/// may be anybody's.
pub(crate) fn curated_uses(file: &File) -> Vec<CuratedUse<'_>> {
    // The Python client also takes a reference without `azureml:`.
    let lenient = file.python().is_some();
    let references = file.uses().iter().filter_map(|used| {
        let name = curated(&used.text.value, lenient)?;
        let form = if used.text.value.starts_with("azureml://") { Form::Registry } else { Form::Short };
        let own = form == Form::Short && !used.text.value.contains("AzureML-");
        (!own).then_some(CuratedUse { text: &used.text, name, form })
    });
    let names = file.named_uses().iter().filter_map(|used| {
        let text = used.name.value.as_str();
        text.starts_with("AzureML-").then(|| {
            let whole = Part { text, range: TextRange::new(0, text.len()) };
            CuratedUse { text: &used.name, name: short(whole), form: Form::Name }
        })
    });
    references.chain(names).filter(|used| !used.text.templated && !used.name.text.is_empty()).collect()
}

/// A place where an environment of a registry or workspace is named.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnUse<'f> {
    pub(crate) text: &'f Text,
    /// The registry; `None` for a workspace.
    pub(crate) registry: Option<&'f str>,
    pub(crate) name: Part<'f>,
    pub(crate) form: Form,
}

/// The places of a file where an environment of a registry or workspace is named, whoever made it.
pub(crate) fn own_uses(file: &File) -> Vec<OwnUse<'_>> {
    let references = file.uses().iter().filter_map(|used| {
        let text = &used.text;
        let (registry, name, form) = match parse(&text.value) {
            Reference::Registry { registry, kind, name: Some(name), .. } if kind.text == "environments" => {
                (Some(registry.text), name, Form::Registry)
            }
            Reference::Workspace { name, .. } => (None, name, Form::Short),
            _ => return None,
        };
        Some(OwnUse { text, registry, name, form })
    });
    let names = file.named_uses().iter().map(|used| {
        let text = used.name.value.as_str();
        let name = Part { text, range: TextRange::new(0, text.len()) };
        OwnUse { text: &used.name, registry: None, name, form: Form::Name }
    });
    references.chain(names).filter(|used| !used.text.templated && !used.name.text.is_empty()).collect()
}

/// Whether the team's own catalogue has what looks like a curated environment.
pub(crate) fn is_own(catalogue: View<'_>, used: &CuratedUse<'_>) -> bool {
    let registry = (used.form == Form::Registry).then_some("azureml");
    let name =
        if registry.is_some() { used.name.text.to_owned() } else { format!("AzureML-{}", used.name.text) };
    catalogue.own_environment(registry, &name).is_some()
}

/// The references in a job or deployment of YAML that hold no placeholder: there the client is strict.
pub(crate) fn written_in_yaml(file: &File) -> impl Iterator<Item = &Text> {
    let yaml = matches!(file.kind(), FileKind::JobYaml | FileKind::DeploymentYaml);
    file.uses().iter().map(|used| &used.text).filter(move |text| yaml && !text.templated)
}

/// The name of the curated environment that a reference may mean, and where it stands. `lenient`: a
/// reference may lack its `azureml:`.
pub(crate) fn curated(text: &str, lenient: bool) -> Option<Part<'_>> {
    match parse(text) {
        Reference::Registry { registry, name: Some(name), .. } if registry.text == "azureml" => Some(name),
        Reference::Workspace { name, .. } => Some(short(name)),
        Reference::Bare(_) if lenient => {
            let end = text.find([':', '@']).unwrap_or(text.len());
            let name = Part { text: text.get(..end)?, range: TextRange::new(0, end) };
            name.text.starts_with("AzureML-").then(|| short(name))
        }
        _ => None,
    }
}

/// A name without the `AzureML-` that curated environments have in a workspace.
fn short(name: Part<'_>) -> Part<'_> {
    match name.text.strip_prefix("AzureML-") {
        Some(rest) => Part { text: rest, range: TextRange::new(name.range.end - rest.len(), name.range.end) },
        None => name,
    }
}

/// Where a part of a text stands in the file; the whole text where it holds escapes.
pub(crate) fn place(text: &Text, range: TextRange) -> HostRange {
    if text.content.len() == text.value.len() {
        HostRange::new(text.content.start + range.start, text.content.start + range.end)
    } else {
        text.content
    }
}

/// The longest name of an environment. Source: the page about managing environments.
pub(crate) const MAX_NAME: usize = 255;

/// What the names of curated environments begin with.
const RESERVED: [&str; 2] = ["AzureML", "Microsoft"];

/// The beginning of a name that is kept for curated environments, in any case.
pub(crate) fn reserved_prefix(name: &str) -> Option<&'static str> {
    let begins =
        |prefix: &&&str| name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    RESERVED.iter().find(begins).copied()
}

/// Whether no name of an environment may hold a character.
pub(crate) fn is_refused_character(c: char) -> bool {
    c.is_whitespace() || matches!(c, '/' | '\\' | ':' | '@')
}

/// Which character of a name the service refuses, in the user's words.
pub(crate) fn character_fault(name: &str) -> Option<String> {
    if let Some(found) = name.chars().find(|c| is_refused_character(*c)) {
        return Some(format!("A name of letters, digits, - and _ cannot hold {found:?}."));
    }
    let fine = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    (!fine).then(|| "A name begins with a letter or a digit.".to_owned())
}

/// Why a name cannot be given to an environment, in the user's words.
pub(crate) fn name_fault(name: &str) -> Option<String> {
    let count = name.chars().count();
    if count > MAX_NAME {
        return Some(format!("The name has {count} characters; {MAX_NAME} are allowed."));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let strange = name.chars().find(|c| !plain(*c));
    let strange = strange.map(|c| format!("A name of letters, digits, - and _ cannot hold {c:?}."));
    let reserved = || {
        let prefix = reserved_prefix(name)?;
        Some(format!("Names that begin with {prefix} are reserved for curated environments."))
    };
    character_fault(name).or(strange).or_else(reserved)
}

/// Whether a part of the text can be changed where it stands.
pub(crate) fn is_editable(text: &Text) -> bool {
    text.content.len() == text.value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match parse(text) {
            Reference::Workspace { name, version, label } => format!(
                "{} v{:?} l{:?}",
                name.text,
                version.map(|part| part.text),
                label.map(|part| part.text)
            ),
            Reference::Registry { registry, kind, name, by, version } => format!(
                "{} {} {:?} {:?} {:?}",
                registry.text,
                kind.text,
                name.map(|part| part.text),
                by.map(|part| part.text),
                version.map(|part| part.text)
            ),
            Reference::Arm(path) => format!("arm {path}"),
            Reference::Other => "other".to_owned(),
            Reference::File(path) => format!("file {}", path.text),
            Reference::Bare(text) => format!("bare {text}"),
        }
    }

    #[test]
    fn references_are_taken_apart() {
        for (text, expected) in [
            ("azureml:foo:1", "foo vSome(\"1\") lNone"),
            ("azureml:foo@latest", "foo vNone lSome(\"latest\")"),
            ("azureml:foo", "foo vNone lNone"),
            ("azureml:foo:", "foo vSome(\"\") lNone"),
            ("azureml:foo:1:2", "foo vSome(\"1:2\") lNone"),
            ("azureml: foo:1", " foo vSome(\"1\") lNone"),
            (
                "azureml://registries/r/environments/n/versions/1",
                "r environments Some(\"n\") Some(\"versions\") Some(\"1\")",
            ),
            ("azureml://registries/r/environment/n/1", "r environment Some(\"n\") Some(\"1\") None"),
            ("azureml://registries/r", "r  None None None"),
            ("azureml:/subscriptions/s", "arm /subscriptions/s"),
            ("azureml://subscriptions/s", "other"),
            ("file:./e.yml", "file ./e.yml"),
            ("foo:1", "bare foo:1"),
            ("", "bare "),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        assert_eq!(curated("AzureML-a@latest", true).map(|part| part.text), Some("a"));
        assert_eq!(curated("AzureML-a@latest", false), None);
    }
}
