//! The order of tags, whatever a registry's order was: newest first. Knows no image and no registry.

use std::cmp::Reverse;

/// Sorts tags newest first: by the numbers in them, final releases before what leads up to them, names
/// that move (`latest`, `main`) behind those that stay. Doubles are taken out. The order does not hang on
/// the one that the tags came in.
pub fn newest_first(tags: &mut Vec<String>) {
    tags.sort_by_cached_key(|tag| key(tag));
    tags.dedup();
}

/// The day in a tag such as `20260715.v1`.
#[must_use]
pub fn date_of(tag: &str) -> Option<String> {
    let digits = tag.get(..8).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    if tag.as_bytes().get(8).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let (month, day) = (digits.get(4..6)?, digits.get(6..)?);
    let known = ("01"..="12").contains(&month) && ("01"..="31").contains(&day);
    known.then(|| format!("{}-{month}-{day}", digits.get(..4).unwrap_or("")))
}

/// Whether a tag is one that moves by its very name, so that it is another image next month.
#[must_use]
pub fn is_floating(tag: &str) -> bool {
    tag.is_empty() || class(tag) == Class::Floating
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// Has a number in it that counts.
    Numbered,
    /// Says nothing of its age: the hash of a commit, a word.
    Named,
    /// Moves.
    Floating,
}

type Key = (Class, Reverse<Vec<String>>, bool, Reverse<Vec<String>>, String);

fn key(tag: &str) -> Key {
    let class = class(tag);
    let (head, rest) = match tag.find(['-', '_', '+']) {
        Some(at) if class == Class::Numbered => tag.split_at(at),
        _ => (tag, ""),
    };
    let lower = rest.to_ascii_lowercase();
    let early = ["rc", "alpha", "beta", "dev", "pre"].iter().any(|word| lower.contains(word));
    let count = |text: &str| if class == Class::Numbered { numbers(text) } else { Vec::new() };
    (class, Reverse(count(head)), early, Reverse(count(rest)), tag.to_owned())
}

/// The numbers in a text, each as a text that compares as the number does, however long it is.
fn numbers(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| {
            let digits = digits.trim_start_matches('0');
            format!("{:04}{digits}", digits.len())
        })
        .collect()
}

fn class(tag: &str) -> Class {
    const MOVING: [&str; 12] = [
        "latest", "main", "master", "nightly", "edge", "dev", "develop", "stable", "canary", "staging",
        "head", "current",
    ];
    let lower = tag.to_ascii_lowercase();
    if MOVING.contains(&lower.as_str()) || lower.starts_with("latest-") {
        return Class::Floating;
    }
    let hash = lower.rsplit_once("sha-").map_or(lower.as_str(), |(_, hash)| hash);
    let hexadecimal = hash.len() >= 7 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mixed =
        hash.bytes().any(|byte| byte.is_ascii_digit()) && hash.bytes().any(|byte| byte.is_ascii_lowercase());
    if !tag.bytes().any(|byte| byte.is_ascii_digit()) || hexadecimal && (mixed || hash.len() == 40) {
        return Class::Named;
    }
    Class::Numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(tags: &[&str]) -> Vec<String> {
        let mut tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        newest_first(&mut tags);
        tags
    }

    #[test]
    fn the_newest_comes_first_whatever_the_order_was() {
        for expected in [
            &["20260715.v1", "20260614.v2", "20260614.v1", "20251231.v9", "latest"][..],
            &["biweekly.202607.1", "biweekly.202606.2.v1", "biweekly.202606.2"],
            &["127", "82", "9", "latest"],
            &["2.10.0", "2.10.0-rc2", "2.10.0-rc1", "2.9.1", "v2.9", "2.8-beta", "main"],
            &["1.10-slim", "1.9-slim", "jammy", "sha-3f5ae01c", "latest", "latest-gpu"],
            &["99999999999999999999999999.1", "007", "2"],
        ] {
            let backwards: Vec<&str> = expected.iter().rev().copied().collect();
            assert_eq!(sorted(&backwards), expected);
            let doubled: Vec<&str> = expected.iter().chain(&backwards).copied().collect();
            assert_eq!(sorted(&doubled), expected);
        }
    }

    #[test]
    fn dates_are_real() {
        assert_eq!(date_of("20260715.v1").as_deref(), Some("2026-07-15"));
        for tag in ["20261399", "202607151", "biweekly.202607.1", "15", ""] {
            assert_eq!(date_of(tag), None, "{tag}");
        }
        assert!(is_floating("latest") && is_floating("") && !is_floating("20260715.v1"));
    }
}
