//! Reads one conda package specification, such as `conda-forge::numpy=1.26=h0` or `python>=3.9`.

use crate::text::TextRange;

/// A conda package specification. Parts that are not there are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchSpec {
    /// The channel in front of `::`.
    pub channel: Option<String>,
    /// The name, as written.
    pub name: Option<(String, TextRange)>,
    /// The version, its operator included, as written.
    pub version: Option<(String, TextRange)>,
    /// The build string.
    pub build: Option<String>,
}

/// Reads a specification. Any text is read.
#[must_use]
pub fn match_spec(text: &str) -> MatchSpec {
    let mut out = MatchSpec::default();
    let start = text.len() - text.trim_start().len();
    let text_end = text.trim_end().len().max(start);
    let whole = text.get(start..text_end).unwrap_or("");
    let (channel, rest) = match whole.rsplit_once("::") {
        Some((channel, rest)) => (Some(channel.to_owned()), rest),
        None => (None, whole),
    };
    out.channel = channel;
    let base = start + whole.len() - rest.len();
    let name_end = rest.find(['=', '<', '>', '!', '~', ' ', '\t', '[']).unwrap_or(rest.len());
    let name = rest.get(..name_end).unwrap_or("");
    if name.is_empty() {
        return out;
    }
    out.name = Some((name.to_owned(), TextRange::new(base, base + name_end)));
    let behind = rest.get(name_end..).unwrap_or("");
    let blanks = behind.len() - behind.trim_start().len();
    let version = behind.trim();
    if version.is_empty() {
        return out;
    }
    let at = base + name_end + blanks;
    // `name=1.0=h0`: what stands behind the second sign is the build.
    let single = version.starts_with('=') && !version.starts_with("==");
    let build = single.then(|| version.get(1..).and_then(|rest| rest.find('='))).flatten();
    let end = build.map_or(version.len(), |build| build + 1);
    out.build = build.and_then(|_| version.get(end + 1..)).map(str::to_owned);
    out.version = Some((version.get(..end).unwrap_or("").to_owned(), TextRange::new(at, at + end)));
    out
}

#[cfg(test)]
mod tests {
    use super::match_spec;

    #[test]
    fn specifications_are_taken_apart() {
        let parts = |text: &str| {
            let spec = match_spec(text);
            (spec.channel, spec.name.map(|part| part.0), spec.version.map(|part| part.0), spec.build)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parts("python=3.10"), (None, some("python"), some("=3.10"), None));
        assert_eq!(
            parts("conda-forge::numpy>=1.2,<2"),
            (some("conda-forge"), some("numpy"), some(">=1.2,<2"), None)
        );
        assert_eq!(parts("x=1.0=h510_0"), (None, some("x"), some("=1.0"), some("h510_0")));
        assert_eq!(parts("pip"), (None, some("pip"), None, None));
    }
}
