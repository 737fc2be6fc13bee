//! Image references: registry, repository, tag, digest, each with its place.
//! Source of the grammar: distribution's `reference` package.

use crate::text::TextRange;

/// An image reference. Total: any text is taken apart as well as it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    /// The whole text.
    pub text: String,
    /// Where it stands.
    pub range: TextRange,
    /// The host, with its port.
    pub registry: Option<Part>,
    /// The path in the registry.
    pub repository: Part,
    /// What stands behind the `:`; empty where it is being typed.
    pub tag: Option<Part>,
    /// What stands behind the `@`.
    pub digest: Option<Part>,
    /// Whether a placeholder or variable stands in it, so that the parts are a guess.
    pub has_placeholder: bool,
}

/// A part of an image reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub range: TextRange,
}

impl ImageReference {
    /// Registry and repository with a slash between, as written.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.registry {
            Some(registry) => format!("{}/{}", registry.text, self.repository.text),
            None => self.repository.text.clone(),
        }
    }

    /// Where registry and repository stand.
    #[must_use]
    pub fn name_range(&self) -> TextRange {
        match &self.registry {
            Some(registry) => registry.range.cover(self.repository.range),
            None => self.repository.range,
        }
    }
}

/// Takes `text`, which begins at byte `base` of its source, apart.
#[must_use]
pub fn parse(text: &str, base: usize) -> ImageReference {
    let part = |start: usize, end: usize| Part {
        text: text.get(start..end).unwrap_or("").to_owned(),
        range: TextRange::new(base + start, base + end),
    };
    let masked = mask(text);
    let (named, digest) = match masked.find('@') {
        Some(at) => (masked.get(..at).unwrap_or(""), Some(part(at + 1, text.len()))),
        None => (masked.as_str(), None),
    };
    let last_slash = named.rfind('/');
    // A colon before the last slash is a port; behind it, it begins the tag.
    let colon = named.rfind(':').filter(|colon| last_slash.is_none_or(|slash| *colon > slash));
    let tag = colon.map(|at| part(at + 1, named.len()));
    let path_end = colon.unwrap_or(named.len());
    let registry_end = named.find('/').filter(|slash| {
        let host = named.get(..*slash).unwrap_or("");
        host.contains('.')
            || host.contains(':')
            || host == "localhost"
            || host.chars().any(|c| c.is_ascii_uppercase())
    });
    let repository_start = registry_end.map_or(0, |slash| slash + 1);
    ImageReference {
        text: text.to_owned(),
        range: TextRange::new(base, base + text.len()),
        registry: registry_end.map(|end| part(0, end)),
        repository: part(repository_start, path_end.max(repository_start)),
        tag,
        digest,
        has_placeholder: masked != text,
    }
}

/// Whether a text is an image reference that a build accepts, as far as its form goes.
/// Source: distribution's `reference.ParseNormalizedNamed`.
#[must_use]
pub fn is_valid(text: &str) -> bool {
    let (named, digest) = match text.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (text, None),
    };
    let last = named.rfind('/').map_or(0, |slash| slash + 1);
    let (path, tag) = match named.get(last..).and_then(|part| part.split_once(':')) {
        Some((head, tag)) => (named.get(..last + head.len()).unwrap_or(""), Some(tag)),
        None => (named, None),
    };
    let (domain, repository) = match path.split_once('/') {
        Some((host, rest))
            if host.contains(['.', ':']) || host == "localhost" || host != host.to_lowercase() =>
        {
            (Some(host), rest)
        }
        _ => (None, path),
    };
    let identifier = path.len() == 64 && path == text && path.bytes().all(is_lower_hex);
    !identifier
        && path.len() <= 255
        && domain.is_none_or(is_domain)
        && repository.split('/').all(is_path_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(is_digest)
}

const fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn is_domain(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            let address = address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
            return address && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
        }
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.bytes().all(plain) && !label.starts_with('-') && !label.ends_with('-')
    };
    name.split('.').all(label) && port.is_none_or(is_port)
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Lower-case letters and digits, between them one `.`, `_`, `__` or any number of `-`.
fn is_path_component(part: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let separators = part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let ends = [part.bytes().next(), part.bytes().next_back()];
    ends.iter().all(|byte| byte.is_some_and(alphanumeric))
        && separators.into_iter().all(|between| {
            matches!(between, "" | "." | "_" | "__") || between.bytes().all(|byte| byte == b'-')
        })
}

fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

/// The digests that clients compute.
fn is_digest(digest: &str) -> bool {
    let len = |algorithm| match algorithm {
        "sha256" => Some(64),
        "sha384" => Some(96),
        "sha512" => Some(128),
        _ => None,
    };
    digest
        .split_once(':')
        .is_some_and(|(algorithm, hex)| len(algorithm) == Some(hex.len()) && hex.bytes().all(is_lower_hex))
}

/// The text with every placeholder overwritten by underscores, byte for byte, so that what is in
/// it (colons, slashes, braces) takes no part in the reading.
fn mask(text: &str) -> String {
    const PAIRS: [(&str, &str); 5] = [("{{", "}}"), ("${", "}"), ("#{", "}#"), ("$(", ")"), ("<", ">")];
    let mut out = text.to_owned();
    for (open, close) in PAIRS {
        let mut from = 0;
        while let Some(at) = out.get(from..).and_then(|rest| rest.find(open)).map(|at| at + from) {
            let inside = at + open.len();
            let end = out.get(inside..).and_then(|rest| rest.find(close)).map_or(out.len(), |end| {
                // A regular expression inside may end in braces of its own.
                let mut end = inside + end + close.len();
                while close == "}}" && out.as_bytes().get(end) == Some(&b'}') {
                    end += 1;
                }
                end
            });
            out.replace_range(at..end, &"_".repeat(end - at));
            from = end;
        }
    }
    for (mark, stops) in [('$', true), ('\u{fffc}', false)] {
        while let Some(at) = out.find(mark) {
            let behind = out.get(at + mark.len_utf8()..).unwrap_or("");
            let name = if stops {
                behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(behind.len())
            } else {
                0
            };
            let len = mark.len_utf8() + name;
            out.replace_range(at..at + len, &"_".repeat(len));
        }
    }
    for mark in ["__", "%"] {
        let Some(at) = text.find(mark) else { continue };
        let Some(end) = text.get(at + mark.len()..).and_then(|rest| rest.find(mark)) else { continue };
        let inside = text.get(at + mark.len()..at + mark.len() + end).unwrap_or("");
        if !inside.is_empty()
            && inside.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        {
            let len = end + 2 * mark.len();
            // Marked by a character that no image may hold, so that the texts differ.
            out.replace_range(at..at + len, &"~".repeat(len));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{is_valid, parse};

    fn parts(text: &str) -> (Option<String>, String, Option<String>, Option<String>, bool) {
        let image = parse(text, 0);
        (
            image.registry.map(|part| part.text),
            image.repository.text,
            image.tag.map(|part| part.text),
            image.digest.map(|part| part.text),
            image.has_placeholder,
        )
    }

    #[test]
    fn references_are_taken_apart() {
        let some = |text: &str| Some(text.to_owned());
        let own = str::to_owned;
        assert_eq!(parts("ubuntu"), (None, own("ubuntu"), None, None, false));
        assert_eq!(
            parts("mcr.microsoft.com/azureml/base:intelmpi2018.3-ubuntu16.04"),
            (some("mcr.microsoft.com"), own("azureml/base"), some("intelmpi2018.3-ubuntu16.04"), None, false)
        );
        assert_eq!(parts("localhost:5000/a/b"), (some("localhost:5000"), own("a/b"), None, None, false));
        assert_eq!(parts("a/b:"), (None, own("a/b"), some(""), None, false));
        assert_eq!(
            parts("r.io/a:1@sha256:ab"),
            (some("r.io"), own("a"), some("1"), some("sha256:ab"), false)
        );
        for text in [
            "mcr.microsoft.com/azureml/x:{{latest-image-tag:biweekly\\.\\d{6}\\.\\d{1}}}",
            "${REG}/x:1",
            "$BASE",
            "a:${T:-x/y}",
            "<host>/x",
            "x:__TAG__",
            "x:%TAG%",
            "x:\u{fffc}",
            "#{image}#",
        ] {
            assert!(parts(text).4, "{text}");
        }
    }

    #[test]
    fn references_that_a_build_accepts() {
        let digest = format!("a@sha256:{}", "0a".repeat(32));
        for text in [
            "ubuntu",
            "ubuntu:22.04",
            "a/b-c__d.e_f---g:T_1.x-y",
            "localhost:5000/a",
            "mcr.microsoft.com/azureml/base:x",
            "[::1]:80/a",
            "Host/a",
            "a:1",
            digest.as_str(),
        ] {
            assert!(is_valid(text), "{text}");
        }
        let identifier = "0a".repeat(32);
        for text in [
            "",
            ":1",
            "a:",
            "A",
            "a/B",
            "a//b",
            "/a",
            "a/",
            "a b",
            "-a",
            "a..b",
            "a___b",
            "a:-b",
            "a@sha256:0a",
            "a@",
            "h.io:x/a",
            "-h.io/a",
            "a:b:c",
            "r.io/a:1:2",
            "@bogus",
            identifier.as_str(),
        ] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
