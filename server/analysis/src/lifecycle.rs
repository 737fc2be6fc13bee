//! When operating systems and Python versions end, by a dated table. What ended after the date of the
//! table has not ended for amlenv: two runs of one version say the same on any day.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// The table.
#[derive(Debug, Default, Deserialize)]
struct Table {
    /// The day up to which it is right, `YYYY-MM-DD` as all dates in it.
    as_of: String,
    ubuntu: BTreeMap<String, String>,
    debian: BTreeMap<String, String>,
    python: BTreeMap<String, String>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(include_str!("../data/lifecycles.json")).unwrap_or_default())
}

/// The versions of Python, newest first, each with the day of its end and whether that is past.
pub(crate) fn pythons() -> Vec<(&'static str, &'static str, bool)> {
    let number = |version: &str| version.split('.').next_back().and_then(|minor| minor.parse::<u32>().ok());
    let mut out: Vec<_> = table()
        .python
        .iter()
        .filter(|(version, _)| version.starts_with("3."))
        .map(|(version, ends)| (version.as_str(), ends.as_str(), *ends <= table().as_of))
        .collect();
    out.sort_by_key(|(version, ..)| std::cmp::Reverse(number(version)));
    out
}

/// Something that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// What: `Ubuntu 18.04`.
    pub(crate) what: String,
    /// The day.
    pub(crate) on: &'static str,
    /// Whether that was two years or more before the date of the table.
    pub(crate) long_ago: bool,
}

fn ended(what: String, on: Option<&'static String>) -> Option<Ended> {
    let as_of = table().as_of.as_str();
    let on = on.filter(|on| on.as_str() < as_of)?;
    let years = |date: &str| date.get(..4).and_then(|year| year.parse::<u32>().ok()).unwrap_or(0);
    let difference = years(as_of).saturating_sub(years(on));
    let long_ago = difference > 2 || difference == 2 && on.get(4..) <= as_of.get(4..);
    Some(Ended { what, on, long_ago })
}

/// What tags call releases of Ubuntu.
const UBUNTU_NAMES: [(&str, &str); 6] = [
    ("trusty", "14.04"),
    ("xenial", "16.04"),
    ("bionic", "18.04"),
    ("focal", "20.04"),
    ("jammy", "22.04"),
    ("noble", "24.04"),
];

/// What tags call releases of Debian by their numbers.
const DEBIAN_NUMBERS: [(&str, &str); 6] = [
    ("8", "jessie"),
    ("9", "stretch"),
    ("10", "buster"),
    ("11", "bullseye"),
    ("12", "bookworm"),
    ("13", "trixie"),
];

/// The operating system that the name or the tag of an image tells of, if it has ended.
pub(crate) fn ended_system(image: &str) -> Option<Ended> {
    let lower = image.to_ascii_lowercase();
    if let Some(version) = version_behind(&lower, "ubuntu") {
        return ended(format!("Ubuntu {version}"), table().ubuntu.get(&version));
    }
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    if let Some((_, version)) = UBUNTU_NAMES.iter().find(|(name, _)| words.contains(name)) {
        return ended(format!("Ubuntu {version}"), table().ubuntu.get(*version));
    }
    // `debian:10-slim`, `debian10`.
    let number = lower.find("debian").and_then(|at| lower.get(at + "debian".len()..)).map(|rest| {
        let rest = rest.trim_start_matches([':', '-', '_']);
        rest.chars().take_while(char::is_ascii_digit).collect::<String>()
    });
    let numbered = DEBIAN_NUMBERS.iter().find(|(known, _)| number.as_deref() == Some(*known));
    let named = |name: &str| numbered.is_some_and(|(_, known)| *known == name) || words.contains(&name);
    let (name, on) = table().debian.iter().find(|(name, _)| named(name))?;
    let mut title = name.clone();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    ended(format!("Debian {title}"), Some(on))
}

/// `18.04` behind `ubuntu18.04`, `ubuntu:18.04`, `ubuntu-18.04` or `ubuntu1804`.
fn version_behind(text: &str, name: &str) -> Option<String> {
    let at = text.find(name)? + name.len();
    let rest = text.get(at..)?.trim_start_matches([':', '-', '_']);
    let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let digits = digits.trim_end_matches('.');
    match digits.len() {
        4 if !digits.contains('.') => Some(format!("{}.{}", digits.get(..2)?, digits.get(2..)?)),
        5 if digits.get(2..3) == Some(".") => Some(digits.to_owned()),
        _ => None,
    }
}

/// A Python version such as `3.8` or `3.8.13`, if it has ended.
pub(crate) fn ended_python(version: &str) -> Option<Ended> {
    let mut parts = version.split('.');
    let minor = format!("{}.{}", parts.next()?, parts.next()?);
    ended(format!("Python {minor}"), table().python.get(&minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_told_from_names_and_tags() {
        let shown = |image: &str| ended_system(image).map(|found| (found.what, found.on, found.long_ago));
        let long = |what: &str, on| Some((what.to_owned(), on, true));
        for image in
            ["ubuntu:18.04", "azureml/openmpi3.1.2-ubuntu18.04", "nvidia/cuda:11.8.0-devel-ubuntu1804"]
        {
            assert_eq!(shown(image), long("Ubuntu 18.04", "2023-05-31"), "{image}");
        }
        assert_eq!(shown("python:3.8-slim-buster"), long("Debian Buster", "2024-06-30"));
        assert_eq!(
            shown("azureml/openmpi4.1.0-ubuntu20.04"),
            Some(("Ubuntu 20.04".to_owned(), "2025-05-31", false))
        );
        for image in
            ["ubuntu:22.04", "ubuntu", "ubuntu:latest", "busterkeaton/x", "ubuntu:99.04", "debian:bullseye"]
        {
            assert_eq!(shown(image), None, "{image}");
        }
        assert_eq!(ended_python("3.8.13").map(|found| found.on), Some("2024-10-07"));
        assert_eq!(ended_python("3.11"), None);
        assert_eq!(ended_python("3"), None);
    }
}
