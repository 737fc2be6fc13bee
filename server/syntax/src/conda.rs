//! Reads one conda package specification, such as `conda-forge::numpy=1.26=h0`, `python >=3.9,<3.12`
//! or `foo[version='>=1', build=py3*]`, with the place of each part, tolerant of half-typed text.
//! Source: conda 26, `conda.models.match_spec` and `conda.models.version`.

use crate::text::TextRange;
pub use crate::yaml::Problem;

/// A part and where it stands.
pub type Part = (String, TextRange);

/// A conda package specification. Parts that are not there are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchSpec {
    /// The channel in front of `::`, its platform left out.
    pub channel: Option<Part>,
    /// The platform behind the channel, as in `conda-forge/linux-64::a`.
    pub subdir: Option<Part>,
    /// The name, as written.
    pub name: Option<Part>,
    /// The version, its operator included, as written.
    pub version: Option<Part>,
    /// The build string.
    pub build: Option<Part>,
    /// What stands in brackets: the keys and their values. Version, build, channel and subdir are
    /// among the parts above as well.
    pub brackets: Vec<(String, Part)>,
    /// What conda would refuse.
    pub problems: Vec<Problem>,
}

/// The keys that may stand in brackets, beside those that are parts of their own.
const KEYS: [&str; 12] = [
    "name",
    "build_number",
    "track_features",
    "features",
    "url",
    "md5",
    "sha256",
    "license",
    "license_family",
    "fn",
    "optional",
    "target",
];

/// Reads a specification. Any text is read.
#[must_use]
pub fn match_spec(text: &str) -> MatchSpec {
    let mut out = MatchSpec::default();
    let end = text.find('#').unwrap_or(text.len());
    let end = text.get(..end).and_then(|said| said.find(" if ")).unwrap_or(end);
    let whole = trimmed(text, TextRange::new(0, end));
    let said = whole.slice(text);
    if said.is_empty() {
        out.problem("expected the name of a package", whole);
        return out;
    }
    if said.ends_with('@') {
        // A feature, which names no package.
        return out;
    }
    let lower = said.to_ascii_lowercase();
    if lower.ends_with(".conda") || lower.ends_with(".tar.bz2") {
        out.name = archive_name(text, whole);
        return out;
    }
    let mut rest = whole;
    if let Some(open) = said.rfind('[').map(|at| whole.start + at) {
        let close = said.rfind(']').map(|at| whole.start + at).filter(|close| *close > open);
        rest.end = open;
        match close {
            Some(close) => {
                out.in_brackets(text, TextRange::new(open + 1, close));
                let behind = trimmed(text, TextRange::new(close + 1, whole.end));
                if !behind.is_empty() {
                    out.problem("the brackets stand last", behind);
                }
            }
            None => out.problem("the brackets are not closed", TextRange::new(open, whole.end)),
        }
    }
    rest = trimmed(text, rest);
    if rest.slice(text).contains('[') {
        out.problem("only one pair of brackets", rest);
    }
    rest.start = out.channel_of(text, rest);
    out.name_and_version(text, rest);
    out
}

impl MatchSpec {
    fn problem(&mut self, message: impl Into<String>, range: TextRange) {
        self.problems.push(Problem { message: message.into(), range });
    }

    /// `key=value` pairs, parted by commas or blanks, values in quotes or not.
    fn in_brackets(&mut self, text: &str, range: TextRange) {
        let mut at = range.start;
        while at < range.end {
            let rest = TextRange::new(at, range.end).slice(text);
            let blanks = rest.len() - rest.trim_start_matches([' ', ',', '\t']).len();
            at += blanks;
            let rest = TextRange::new(at, range.end).slice(text);
            let Some(sign) = rest.find('=') else { break };
            let key = rest.get(..sign).unwrap_or("").trim().to_owned();
            let key_start = at;
            at += sign + 1;
            let behind = TextRange::new(at, range.end).slice(text);
            let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (start, len) = match quote {
                Some(quote) => {
                    let inner = behind.get(1..).unwrap_or("");
                    (at + 1, inner.find(quote).unwrap_or(inner.len()))
                }
                None => (at, behind.find([',', ' ']).unwrap_or(behind.len())),
            };
            let place = TextRange::new(start, start + len);
            at = place.end + usize::from(quote.is_some());
            let part = (place.slice(text).to_owned(), place);
            if key.is_empty() || place.is_empty() {
                self.problem("expected key=value in the brackets", TextRange::new(range.start, range.end));
                continue;
            }
            match key.as_str() {
                "version" => {
                    self.problems.extend(version_problem(&sanitised(&part.0, false), place));
                    self.version = Some(part.clone());
                }
                "build" => self.build = Some(part.clone()),
                "channel" => self.channel = Some(part.clone()),
                "subdir" => self.subdir = Some(part.clone()),
                key if KEYS.contains(&key) => {}
                _ => self
                    .problem(format!("no such key: {key}"), TextRange::new(key_start, key_start + key.len())),
            }
            self.brackets.push((key, part));
        }
    }

    /// What stands in front of the last two colons; where the rest begins.
    fn channel_of(&mut self, text: &str, rest: TextRange) -> usize {
        let said = rest.slice(text);
        let Some(last) = said.rfind(':') else { return rest.start };
        let before = said.get(..last).unwrap_or("");
        let start = rest.start + last + 1;
        let Some(channel) = before.rfind(':') else { return start };
        let channel = TextRange::new(rest.start, rest.start + channel);
        let name = channel.slice(text);
        if self.channel.is_some() || name.is_empty() {
            return start;
        }
        let platform = name.rsplit_once('/').filter(|(_, last)| is_platform(last));
        let (name_end, platform) = match platform {
            Some((head, last)) => (channel.start + head.len(), Some(last)),
            None => (channel.end, None),
        };
        let place = TextRange::new(channel.start, name_end);
        self.channel = Some((place.slice(text).to_owned(), place));
        if let Some(platform) = platform.filter(|_| self.subdir.is_none()) {
            let place = TextRange::new(channel.end - platform.len(), channel.end);
            self.subdir = Some((platform.to_owned(), place));
        }
        start
    }

    fn name_and_version(&mut self, text: &str, rest: TextRange) {
        let said = rest.slice(text);
        let name_len = said.find(['=', '<', '>', '!', '~', ' ']).unwrap_or(said.len());
        let name = TextRange::new(rest.start, rest.start + name_len);
        if name.is_empty() {
            self.problem("expected the name of a package", rest);
            return;
        }
        self.name = Some((name.slice(text).to_owned(), name));
        if !is_name(&name.slice(text).to_lowercase()) {
            self.problem(
                "this is no name of a package: letters, digits and single dots, dashes and underscores",
                name,
            );
        }
        let behind = TextRange::new(name.end, rest.end);
        let spec = trimmed(text, behind);
        // A lone sign behind the name is taken for nothing.
        if behind.len() < 2 || spec.is_empty() {
            return;
        }
        let said = spec.slice(text);
        let split = build_split(said);
        let version = trimmed(text, TextRange::new(spec.start, spec.start + split.unwrap_or(said.len())));
        if let Some(split) = split {
            let place = trimmed(text, TextRange::new(spec.start + split + 1, spec.end));
            self.build.get_or_insert_with(|| (place.slice(text).to_owned(), place));
        }
        if self.version.is_none() {
            let written: String = version.slice(text).chars().filter(|c| *c != ' ').collect();
            self.problems.extend(version_problem(&sanitised(&written, split.is_some()), version));
            self.version = Some((version.slice(text).to_owned(), version));
        }
    }
}

fn trimmed(text: &str, range: TextRange) -> TextRange {
    let inner = range.slice(text);
    let start = range.start + inner.len() - inner.trim_start().len();
    TextRange::new(start, start + inner.trim().len())
}

/// The name in the file name of a package, `name-version-build.conda`.
fn archive_name(text: &str, range: TextRange) -> Option<Part> {
    let said = range.slice(text);
    let file = said.rsplit('/').next().unwrap_or("");
    let (rest, _) = file.rsplit_once('-')?;
    let (name, _) = rest.rsplit_once('-')?;
    let start = range.end - file.len();
    Some((name.to_owned(), TextRange::new(start, start + name.len())))
}

fn is_platform(word: &str) -> bool {
    const SYSTEMS: [&str; 7] = ["linux", "osx", "win", "emscripten", "wasi", "freebsd", "zos"];
    word == "noarch" || word.split_once('-').is_some_and(|(system, _)| SYSTEMS.contains(&system))
}

/// Source: CEP 26. A name with a `*` in it is a pattern.
fn is_name(name: &str) -> bool {
    if name.contains('*') {
        return true;
    }
    let separator = |c: char| matches!(c, '.' | '_' | '-');
    let known = name.chars().all(|c| separator(c) || c.is_ascii_lowercase() || c.is_ascii_digit());
    let body = match name.strip_prefix("__") {
        Some(rest) if rest.starts_with(|c: char| !separator(c)) => rest,
        Some(_) => return false,
        None => name,
    };
    let mut chars = body.chars();
    let begins = chars.next().is_some_and(|c| c == '_' || !separator(c));
    let rest = chars.as_str();
    // Behind the first character one separator, then no two in a row.
    let doubled = rest.as_bytes().windows(2).any(|pair| pair.iter().all(|b| separator(char::from(*b))));
    known && begins && !doubled
}

/// Where the build string is parted from the version: at the first blank or `=` that no operator
/// stands before, and behind which stands no operator.
fn build_split(text: &str) -> Option<usize> {
    let last = text.rfind(['-', '=', ',', '|', '<', '>', '~']);
    let mut before = None;
    for (at, c) in text.char_indices() {
        let operator = before.is_some_and(|c| matches!(c, '=' | '!' | '|' | ',' | '<' | '>' | '~'));
        let free = last.is_none_or(|last| last <= at) && at + 1 < text.len();
        if at > 0 && matches!(c, ' ' | '=') && !operator && free {
            return Some(at);
        }
        before = Some(c);
    }
    None
}

/// `=1.2` means `1.2*`, `==1.2` is `1.2`.
fn sanitised(version: &str, build: bool) -> String {
    if matches!(version, "=" | "==") || !version.starts_with('=') {
        return version.to_owned();
    }
    let bare = version.trim_start_matches('=');
    if version.starts_with("==") && !build {
        return bare.to_owned();
    }
    if bare.contains(['=', ',', '|']) {
        return version.to_owned();
    }
    if build || bare.ends_with('*') { bare.to_owned() } else { format!("{bare}*") }
}

/// Why a version expression is none.
fn version_problem(text: &str, place: TextRange) -> Option<Problem> {
    let problem = |message: &str| Some(Problem { message: message.to_owned(), range: place });
    if text.starts_with('^') && text.ends_with('$') {
        // A regular expression.
        return None;
    }
    if text.contains(['(', ')']) {
        return problem("conda does not read parentheses here");
    }
    for part in text.split([',', '|']) {
        let part = part.trim();
        if part.is_empty() {
            return problem("expected a version on both sides of , and |");
        }
        if let Some(message) = single_problem(part) {
            return problem(message);
        }
    }
    None
}

/// Why one version with its operator is none.
fn single_problem(text: &str) -> Option<&'static str> {
    const OPERATORS: [&str; 8] = ["==", "!=", "<=", ">=", "~=", "=", "<", ">"];
    if text.starts_with('^') != text.ends_with('$') {
        return Some("a regular expression begins with ^ and ends with $");
    }
    if text.starts_with(['=', '<', '>', '!', '~']) {
        let operator = OPERATORS.iter().find(|operator| text.starts_with(**operator));
        let behind = operator.and_then(|operator| text.get(operator.len()..)).unwrap_or("");
        if operator.is_none() || behind.starts_with(['=', '<', '>', '!', '~']) {
            return Some("this is no operator; there are =, ==, !=, <=, >=, <, > and ~=");
        }
        if behind.is_empty() {
            return Some("expected a version behind the operator");
        }
        if behind.contains(char::is_whitespace) {
            return Some("expected a comma between versions");
        }
        return match behind.strip_suffix(".*") {
            Some(_) if operator == Some(&"~=") => Some("~= takes no .*"),
            Some(stem) => order_problem(stem),
            None => order_problem(behind),
        };
    }
    let stem = text.trim_end_matches('*');
    if text == "*" || stem.contains('*') || stem.len() == text.len() && text.contains('@') {
        return None;
    }
    if stem.len() < text.len() { order_problem(stem.trim_end_matches('.')) } else { order_problem(text) }
}

/// Why a bare version is none.
fn order_problem(text: &str) -> Option<&'static str> {
    let mut version = text.trim().to_lowercase();
    let known = |version: &str| {
        version.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "*.+!_".contains(c))
    };
    if version.is_empty() {
        return Some("expected a version");
    }
    if !known(&version) && version.contains('-') && !version.contains('_') {
        version = version.replace('-', "_");
    }
    if !known(&version) {
        return Some(if version.contains(['=', '<', '>']) {
            "expected a comma between versions"
        } else {
            "a version has letters, digits, dots and underscores only"
        });
    }
    let mut epochs = version.split('!');
    let (first, second, third) = (epochs.next().unwrap_or(""), epochs.next(), epochs.next());
    if third.is_some() || second.is_some() && (first.is_empty() || !first.bytes().all(|b| b.is_ascii_digit()))
    {
        return Some("the epoch in front of ! is a whole number");
    }
    let mut parts = second.unwrap_or(first).split('+');
    let (main, local, more) = (parts.next().unwrap_or(""), parts.next(), parts.next());
    if more.is_some() || main.is_empty() {
        return Some("a version has one + with something before it");
    }
    // An underscore at the end belongs to the last component.
    let (body, ends_so) = main.strip_suffix('_').map_or((main, false), |body| (body, true));
    let mut components = body.rsplit(['.', '_']);
    let last = components.next().unwrap_or("");
    let missing = last.is_empty() && !ends_so || components.any(str::is_empty);
    if missing || local.is_some_and(|local| local.split(['.', '_']).any(str::is_empty)) {
        return Some("something is missing between two dots or underscores of the version");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(part: Option<Part>) -> Option<String> {
        part.map(|part| part.0)
    }

    #[test]
    fn specifications_are_taken_apart() {
        let some = |text: &str| Some(text.to_owned());
        for (text, channel, name, version, build) in [
            ("python=3.10", None, "python", some("=3.10"), None),
            ("conda-forge::numpy>=1.2,<2", some("conda-forge"), "numpy", some(">=1.2,<2"), None),
            ("x=1.0=h510_0", None, "x", some("=1.0"), some("h510_0")),
            ("x 1.0 h510_0", None, "x", some("1.0"), some("h510_0")),
            ("x >= 1.0 , < 2 py3*", None, "x", some(">= 1.0 , < 2"), some("py3*")),
            ("pip", None, "pip", None, None),
            ("foo[version='>=1', build=py3*]", None, "foo", some(">=1"), some("py3*")),
            ("https://h/c/linux-64::a=1", some("https://h/c"), "a", some("=1"), None),
            ("a >=1.8,<2|==1.7 # why", None, "a", some(">=1.8,<2|==1.7"), None),
        ] {
            let spec = match_spec(text);
            assert_eq!(spec.problems, [], "{text}");
            for (value, range) in
                [&spec.channel, &spec.name, &spec.version, &spec.build].into_iter().flatten()
            {
                assert_eq!(range.slice(text), value);
            }
            assert_eq!(
                (part(spec.channel), part(spec.name), part(spec.version), part(spec.build)),
                (channel, some(name), version, build),
                "{text}"
            );
        }
        assert_eq!(part(match_spec("conda-forge/linux-64::a").subdir).as_deref(), Some("linux-64"));
    }

    #[test]
    fn what_conda_refuses_is_said() {
        for (text, shown) in [
            ("=1.0", "=1.0"),
            ("numpy >=1 <2", ">=1 <2"),
            ("numpy==", "=="),
            ("numpy>=1..2", ">=1..2"),
            ("nümpy", "nümpy"),
            ("numpy>=1,", ">=1,"),
            ("numpy[version=1", "[version=1"),
            ("", ""),
        ] {
            let spec = match_spec(text);
            let problem = spec.problems.first().unwrap_or_else(|| panic!("a problem: {text}"));
            assert_eq!(problem.range.slice(text), shown, "{problem:?}");
        }
    }
}
