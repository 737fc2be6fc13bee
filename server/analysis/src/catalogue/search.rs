//! Looking the catalogue up by words: a framework, Python, CUDA, an operating system, a role, a status,
//! each with a version behind it or not. Every word must fit. The answer is in the catalogue's own order,
//! best first, and so always the same.

use std::collections::BTreeMap;

use super::{Catalogue, Curated, Image, Legacy, Own, View, catalogue};

/// What fits to a query.
#[derive(Clone, Debug, Default)]
pub struct Found<'a> {
    /// A team's own environments.
    pub own: Vec<&'a Own>,
    /// Curated environments.
    pub environments: Vec<&'static Curated>,
    /// Base images, a team's own first.
    pub images: Vec<&'a Image>,
    /// Old names that are no environments of today's registry.
    pub legacy: Vec<&'static Legacy>,
}

/// Looks a query up; an empty one finds all environments and images.
#[must_use]
pub fn search(query: &str) -> Found<'static> {
    search_in(View::default(), query)
}

/// Looks a query up in the snapshot with what a team says on top.
#[must_use]
pub fn search_in<'a>(view: View<'a>, query: &str) -> Found<'a> {
    let words = words(query);
    let fits = |entry: &Entry<'_>| words.iter().all(|word| entry.fits(word));
    let Catalogue { environments, legacy, .. } = catalogue();
    Found {
        own: view.own_environments().iter().filter(|found| fits(&of_own(found))).collect(),
        environments: environments.iter().filter(|found| fits(&of_environment(found))).collect(),
        images: view.images().filter(|found| fits(&of_image(found))).collect(),
        legacy: legacy
            .iter()
            .filter(|found| !words.is_empty() && super::environment(&found.name).is_none())
            .filter(|found| {
                let name = found.name.to_ascii_lowercase();
                words.iter().all(|word| matches!(word, Word::Text(text) if name.contains(text.as_str())))
            })
            .collect(),
    }
}

/// What a query asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    /// Something that is in it, in that version if one is named.
    Fact(&'static str, Option<String>),
    /// Any text.
    Text(String),
}

/// What is looked at.
struct Entry<'c> {
    name: String,
    facts: &'c BTreeMap<String, String>,
    /// Words that fit as a whole.
    terms: Vec<String>,
}

/// How things that are in an image are called, and the fact that says so.
const FACTS: [(&str, &str); 14] = [
    ("torch", "torch"),
    ("pytorch", "torch"),
    ("cuda", "cuda"),
    ("cu", "cuda"),
    ("cudnn", "cudnn"),
    ("python", "python"),
    ("py", "python"),
    ("tensorflow", "tensorflow"),
    ("tf", "tensorflow"),
    ("sklearn", "scikit-learn"),
    ("scikit-learn", "scikit-learn"),
    ("lightgbm", "lightgbm"),
    ("xgboost", "xgboost"),
    ("ubuntu", "os"),
];

fn words(query: &str) -> Vec<Word> {
    let lower = query.to_ascii_lowercase();
    let mut out: Vec<Word> = Vec::new();
    for word in lower.split([' ', '\t', ',', '=']).filter(|word| !word.is_empty()) {
        let at = word.find(|c: char| c.is_ascii_digit()).unwrap_or(word.len());
        let (name, version) = word.split_at(at);
        let is_version = version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let fact =
            FACTS.iter().find(|(known, _)| *known == name.trim_end_matches('-')).map(|(_, fact)| *fact);
        let word = match fact {
            // `py310` and `cu126` are written without their dots.
            Some(fact) if is_version => {
                let dotted = match name {
                    "py" | "cu" if !version.contains('.') && version.len() > 1 => {
                        let major = if name == "py" { 1 } else { version.len() - 1 };
                        let (major, minor) = version.split_at(major);
                        format!("{major}.{minor}")
                    }
                    _ => version.to_owned(),
                };
                Word::Fact(fact, (!dotted.is_empty()).then_some(dotted))
            }
            None if name.is_empty() && is_version => match out.pop() {
                // A number belongs to the name in front of it.
                Some(Word::Fact(fact, None)) => Word::Fact(fact, Some(version.to_owned())),
                other => {
                    out.extend(other);
                    Word::Text(word.to_owned())
                }
            },
            _ => Word::Text(word.to_owned()),
        };
        out.push(word);
    }
    out
}

impl Entry<'_> {
    fn fits(&self, word: &Word) -> bool {
        match word {
            Word::Fact(fact, version) => match (self.facts.get(*fact), version) {
                // The version stands behind the name of the system.
                (Some(known), Some(version)) if *fact == "os" => {
                    known.strip_prefix("ubuntu ").is_some_and(|known| is_within(known, version))
                }
                (Some(known), None) if *fact == "os" => known.starts_with("ubuntu"),
                (Some(known), Some(version)) => is_within(known, version),
                (Some(_), None) => true,
                // What is not seen in the files may stand in the name; a version in a name may lie.
                (None, None) => self.name.contains(fact),
                (None, Some(_)) => false,
            },
            Word::Text(text) => {
                self.name.contains(text.as_str())
                    || self.terms.iter().any(|term| term == text)
                    || self.facts.values().any(|known| known == text)
            }
        }
    }
}

/// Whether a version is one of those that a shorter one means: 12.6 of 12, not of 1.
fn is_within(known: &str, wanted: &str) -> bool {
    let wanted = wanted.trim_end_matches('.');
    known.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn of_environment(environment: &Curated) -> Entry<'_> {
    let mut terms = vec![environment.kind.clone(), environment.state().to_owned()];
    if environment.is_active() {
        terms.push("active".to_owned());
    }
    terms.extend(
        environment.purpose.iter().chain(&environment.categories).map(|term| term.to_ascii_lowercase()),
    );
    terms.extend(environment.packages.keys().cloned());
    roles(&mut terms);
    Entry {
        name: format!("{} {}", environment.name, environment.image).to_ascii_lowercase(),
        facts: &environment.observed,
        terms,
    }
}

/// What is in the environments of a team is not known, only what their file says.
fn of_own(own: &Own) -> Entry<'_> {
    static NOTHING: BTreeMap<String, String> = BTreeMap::new();
    let status = if own.retired { "retired" } else { "active" };
    let parts = [Some(&own.name), own.image.as_ref(), own.registry.as_ref(), own.description.as_ref()];
    let name: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let terms = vec![status.to_owned(), "own".to_owned()];
    Entry { name: name.join(" ").to_ascii_lowercase(), facts: &NOTHING, terms }
}

fn of_image(image: &Image) -> Entry<'_> {
    let mut terms =
        vec![image.kind.clone(), image.status.as_str().to_owned(), image.status.key(), image.family.clone()];
    roles(&mut terms);
    Entry { name: image.repository.to_ascii_lowercase(), facts: &image.facts, terms }
}

/// The other words for what something is for.
fn roles(terms: &mut Vec<String>) {
    let has = |words: &[&str]| terms.iter().any(|term| words.contains(&term.as_str()));
    let serves = has(&["inference", "inferencing", "azureml-inference-server-http"]);
    if serves {
        terms.extend(["inference", "inferencing", "online", "serving"].map(str::to_owned));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(query: &str) -> Vec<&'static str> {
        search(query).environments.iter().map(|found| found.name.as_str()).collect()
    }

    #[test]
    fn words_find_what_is_in_it_not_what_the_name_says() {
        let found = names("torch cuda 12");
        assert_eq!(found.first(), Some(&"acpt-pytorch-2.8-cuda12.6"));
        assert!(found.contains(&"acpt-pytorch-2.8-cuda12.6") && !found.contains(&"sklearn-1.5"));
        // Version 12.1 stands in a name only.
        assert_eq!(names("pytorch cuda12.1 active"), Vec::<&str>::new());
        assert_eq!(names("cuda12.6 torch==2.10 active"), names("active torch 2.10 CUDA 12.6"));
        assert!(names("py310").contains(&"acpt-pytorch-2.8-cuda12.6"));
        assert!(names("ubuntu 24.04").contains(&"sklearn-1.5"));
        assert!(
            names("retired").iter().all(|name| !super::super::environment(name).expect("known").is_active())
        );
        assert!(names("inference py312").contains(&"mlflow-py312-inference"));
        assert_eq!(names("no-such-thing"), Vec::<&str>::new());
    }

    #[test]
    fn images_and_old_names_are_found_too() {
        let found = search("openmpi ubuntu22.04 supported cpu");
        let names: Vec<&str> = found.images.iter().map(|image| image.name()).collect();
        assert_eq!(names, ["azureml/openmpi4.1.0-ubuntu22.04"]);
        assert_eq!(search("tutorial").legacy.len(), 1);
        let all = search("");
        assert_eq!((all.environments.len(), all.images.len(), all.legacy.len()), (105, 94, 0));
    }

    #[test]
    fn a_version_means_what_begins_with_it() {
        assert!(is_within("12.6", "12") && is_within("12.6", "12.6") && is_within("12.6", "12."));
        assert!(!is_within("12.6", "1") && !is_within("2.10.0", "2.1"));
        assert_eq!(words("CUDA 12"), [Word::Fact("cuda", Some("12".to_owned()))]);
        assert_eq!(
            words("py310 cu126"),
            [Word::Fact("python", Some("3.10".to_owned())), Word::Fact("cuda", Some("12.6".to_owned()))]
        );
    }
}
