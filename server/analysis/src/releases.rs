//! What released versions of a few packages ask for, and whether versions fit. The facts stand in
//! `data/packages.json`; a release that is not there is unknown, never wrong.

use std::collections::BTreeMap;
use std::str::FromStr as _;
use std::sync::OnceLock;

use amlenv_syntax::requirements;
use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};
use serde::Deserialize;

#[derive(Deserialize, Default)]
struct Table {
    as_of: String,
    packages: BTreeMap<String, BTreeMap<String, Release>>,
}

#[derive(Deserialize)]
struct Release {
    python: String,
    requires: Vec<String>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(include_str!("../data/packages.json")).unwrap_or_default())
}

/// The day up to which the table reaches.
pub(crate) fn as_of() -> &'static str {
    &table().as_of
}

/// The known releases of a package, newest first.
pub(crate) fn versions(package: &str) -> Vec<&'static str> {
    let mut out: Vec<&str> =
        table().packages.get(package).into_iter().flatten().map(|(version, _)| version.as_str()).collect();
    out.sort_by(|a, b| compare(b, a));
    out
}

/// The versions of Python that a release is for, as its metadata has them.
pub(crate) fn python(package: &str, version: &str) -> Option<&'static str> {
    table().packages.get(package)?.get(version).map(|release| release.python.as_str())
}

/// Which of two versions is the later one; what is no version comes before all that are.
pub(crate) fn compare(a: &str, b: &str) -> std::cmp::Ordering {
    Version::from_str(a).ok().cmp(&Version::from_str(b).ok()).then_with(|| a.cmp(b))
}

/// Something that a release asks for.
#[derive(Debug)]
pub(crate) struct Needed {
    /// The package, normalised; `python` for the interpreter.
    pub(crate) name: String,
    /// The versions, as its metadata has them.
    pub(crate) versions: String,
}

/// What a release of a package asks for on Linux, with that Python where it is known; extras that were
/// not asked for left out. Empty where it is not known.
pub(crate) fn needs(package: &str, version: &str, python: Option<&str>, extras: &[String]) -> Vec<Needed> {
    let Ok(version) = Version::from_str(version) else { return Vec::new() };
    let releases = table().packages.get(package).into_iter().flatten();
    let mut same = releases.filter(|(known, _)| Version::from_str(known).is_ok_and(|known| known == version));
    let Some((_, release)) = same.next() else { return Vec::new() };
    let mut out = vec![Needed { name: "python".to_owned(), versions: release.python.clone() }];
    for line in &release.requires {
        let read = requirements::parse_one(line);
        let marker = read.marker.as_ref().map_or("", |marker| marker.0.as_str());
        if let (Some((name, _)), Some((versions, _))) = (read.name, read.specifier)
            && holds(marker, python, extras)
        {
            out.push(Needed { name: requirements::normalise_name(&name), versions });
        }
    }
    out.retain(|needed| !needed.versions.is_empty());
    out
}

/// Whether a marker certainly holds. Only what the packages of the table use is understood: comparisons
/// joined by `and`.
fn holds(marker: &str, python: Option<&str>, extras: &[String]) -> bool {
    if marker.contains(" or ") {
        return false;
    }
    marker.split(" and ").filter(|part| !part.trim().is_empty()).all(|part| {
        let part = part.trim_matches([' ', '(', ')']);
        let Some(at) = part.find(['=', '<', '>', '!', '~']) else { return false };
        let (variable, rest) = part.split_at(at);
        let value = rest.trim_start_matches(['=', '<', '>', '!', '~']).trim().trim_matches(['"', '\'']);
        let operator = rest.split([' ', '"', '\'']).next().unwrap_or("");
        let is = |wanted: bool| (operator == "==") == wanted && matches!(operator, "==" | "!=");
        match variable.trim() {
            "extra" => operator == "==" && extras.iter().any(|extra| extra == value),
            "sys_platform" | "platform_system" => is(value.eq_ignore_ascii_case("linux")),
            "os_name" => is(value == "posix"),
            "platform_machine" => is(value == "x86_64"),
            "platform_python_implementation" | "implementation_name" => {
                is(value.eq_ignore_ascii_case("cpython"))
            }
            "python_version" => {
                python.is_some_and(|python| fits(&minor(python), &format!("{operator}{value}")) == Some(true))
            }
            _ => false,
        }
    })
}

fn minor(version: &str) -> String {
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// Whether a version is among those that a specifier allows; `None` where one of them cannot be read.
pub(crate) fn fits(version: &str, specifier: &str) -> Option<bool> {
    let version = Version::from_str(version).ok()?;
    let specifiers = VersionSpecifiers::from_str(specifier).ok()?;
    Some(specifiers.iter().all(|specifier| contains(specifier, &version)))
}

/// Whether a specifier allows a version. The crate compares `1` with `1.2.*` by the numbers that both have, so
/// the version gets zeros, which mean the same.
fn contains(specifier: &VersionSpecifier, version: &Version) -> bool {
    let wanted = specifier.version().release().len();
    let release = version.release().iter().copied().chain(std::iter::repeat(0));
    let padded = release.take(wanted.max(version.release().len())).collect::<Vec<_>>();
    specifier.contains(&version.clone().with_release(padded))
}

/// The version of a specifier that allows one only.
pub(crate) fn exact(specifier: &str) -> Option<String> {
    let specifiers = VersionSpecifiers::from_str(specifier).ok()?;
    let mut exact =
        specifiers.iter().filter(|one| matches!(one.operator(), Operator::Equal | Operator::ExactEqual));
    let found = exact.next()?.version().to_string();
    Some(found)
}

/// A version, and whether it is still within.
type Bound = (Version, bool);

/// Whether no version is allowed by both specifiers. `false` also where that cannot be told.
pub(crate) fn exclude(one: &str, other: &str) -> bool {
    let (Ok(first), Ok(second)) = (VersionSpecifiers::from_str(one), VersionSpecifiers::from_str(other))
    else {
        return false;
    };
    let all: Vec<_> = first.iter().chain(second.iter()).collect();
    let mut exact =
        all.iter().filter(|one| matches!(one.operator(), Operator::Equal | Operator::ExactEqual)).peekable();
    if exact.peek().is_some() {
        // The version with a local part fits the one without.
        return !exact.any(|one| all.iter().all(|other| contains(other, one.version())));
    }
    let (mut lower, mut upper): (Option<Bound>, Option<Bound>) = (None, None);
    for specifier in &all {
        let version = specifier.version().clone();
        let (from, to) = match specifier.operator() {
            Operator::GreaterThanEqual => (Some((version, true)), None),
            Operator::GreaterThan => (Some((version, false)), None),
            Operator::LessThanEqual => (None, Some((version, true))),
            Operator::LessThan => (None, Some((version, false))),
            Operator::EqualStar => {
                let next = behind(version.release());
                (Some((version, true)), next.map(|next| (next, false)))
            }
            Operator::TildeEqual => {
                let release = version.release();
                let next = behind(release.get(..release.len().saturating_sub(1)).unwrap_or(&[]));
                (Some((version, true)), next.map(|next| (next, false)))
            }
            _ => (None, None),
        };
        if let Some(from) =
            from.filter(|from| lower.as_ref().is_none_or(|lower| (&from.0, !from.1) > (&lower.0, !lower.1)))
        {
            lower = Some(from);
        }
        if let Some(to) =
            to.filter(|to| upper.as_ref().is_none_or(|upper| (&to.0, to.1) < (&upper.0, upper.1)))
        {
            upper = Some(to);
        }
    }
    match (lower, upper) {
        (Some((lower, at)), Some((upper, to))) => lower > upper || lower == upper && !(at && to),
        _ => false,
    }
}

/// The first release behind all that begin with these numbers.
fn behind(release: &[u64]) -> Option<Version> {
    let (last, head) = release.split_last()?;
    Some(Version::new(head.iter().copied().chain([last.checked_add(1)?])))
}

/// A specifier of conda as one of pip; `None` for one that pip has no words for.
pub(crate) fn of_conda(specifier: &str) -> Option<String> {
    let plain: String = specifier.chars().filter(|c| *c != ' ').collect();
    if plain.contains('|') {
        return None;
    }
    let mut out = Vec::new();
    for part in plain.split(',') {
        let part = match part.strip_prefix('=').filter(|rest| !rest.starts_with('=')) {
            Some(rest) => format!("=={}.*", rest.trim_end_matches('*').trim_end_matches('.')),
            None if part.starts_with(|c: char| c.is_ascii_digit()) => format!("=={part}"),
            None => part.to_owned(),
        };
        out.push(part);
    }
    let out = out.join(",");
    VersionSpecifiers::from_str(&out).ok().map(|_| out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_that_meet_nowhere_are_told() {
        for (one, other, apart) in [
            ("==1.15", "==1.16", true),
            ("==1.15", "==1.15.0", false),
            ("==1.15", ">=1.10", false),
            (">=2", "<2", true),
            (">=2", "<=2", false),
            (">2", "<=2", true),
            ("~=1.4", "<1.4", true),
            ("~=1.4", ">=2", true),
            ("~=1.4.2", ">=1.5", true),
            ("~=1.4", ">=1.9", false),
            ("==1.*", ">=2.0", true),
            ("==1.*", "==1.2.3", false),
            ("", "==1", false),
            ("!=1", "==1", true),
            ("nonsense", "==1", false),
            ("==1.0+cu118", "==1.0", false),
        ] {
            assert_eq!(exclude(one, other), apart, "{one} {other}");
            assert_eq!(exclude(other, one), apart, "{other} {one}");
        }
    }

    /// Every pair of specifiers against a grid of versions: what is called apart shares none, and what
    /// shares none is called apart where a specifier names a single version.
    #[test]
    fn a_grid_of_versions_agrees() {
        let versions: Vec<String> = (0..4)
            .flat_map(|major| (0..4).map(move |minor| (major, minor)))
            .flat_map(|(major, minor)| {
                ["", ".0", ".1", ".2", "rc1", ".post1"].map(|tail| format!("{major}.{minor}{tail}"))
            })
            .collect();
        let bounds = ["1", "1.0", "1.2", "1.2.1", "2.0", "2.1rc1", "3"];
        let mut specifiers: Vec<String> = Vec::new();
        for bound in bounds {
            specifiers
                .extend(["==", "!=", "<", "<=", ">", ">="].map(|operator| format!("{operator}{bound}")));
            if bound.contains('.') && !bound.contains("rc") {
                specifiers.extend([format!("~={bound}"), format!("=={bound}.*"), format!(">={bound},<3")]);
            }
        }
        for one in &specifiers {
            for other in &specifiers {
                let shared = versions
                    .iter()
                    .find(|version| fits(version, one) == Some(true) && fits(version, other) == Some(true));
                let apart = exclude(one, other);
                assert!(!(apart && shared.is_some()), "{one} {other} share {shared:?}");
                let exact = one.starts_with("==") && !one.ends_with('*');
                assert!(apart || !exact || shared.is_some(), "{one} {other} share nothing");
            }
        }
    }

    #[test]
    fn conda_is_translated() {
        assert_eq!(of_conda("=1.2").as_deref(), Some("==1.2.*"));
        assert_eq!(of_conda("=1.2.*").as_deref(), Some("==1.2.*"));
        assert_eq!(of_conda("==1.2").as_deref(), Some("==1.2"));
        assert_eq!(of_conda(">=1.2, <2").as_deref(), Some(">=1.2,<2"));
        assert_eq!(of_conda("1.2|1.3"), None);
    }

    #[test]
    fn the_table_is_read() {
        assert!(table().packages.len() >= 5);
        let found = needs("azureml-defaults", "1.50.0", Some("3.8"), &[]);
        assert!(found.iter().any(|needed| needed.name == "azureml-core"), "{found:?}");
        assert!(needs("azureml-defaults", "99.0", None, &[]).is_empty());
    }
}
