//! One requirement: a package by PEP 508, a URL or a path, as pip decides between them.
//! Source: pip 25.3, `parse_req_from_line`; its `packaging`, `_parser` and `_tokenizer`.

use super::Requirement;
use crate::text::TextRange;
use crate::yaml::Problem;

/// Reads a requirement, options taken off. Ranges count in `text`.
pub(super) fn read(text: &str) -> Requirement {
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len().max(start);
    let mut out = Requirement { range: TextRange::new(start, end), ..Requirement::default() };
    let whole = TextRange::new(start, end);
    let said = whole.slice(text);
    let separator = if is_url(said) { "; " } else { ";" };
    let split = said.find(separator).map(|at| start + at);
    let named = trimmed(text, TextRange::new(start, split.unwrap_or(end)));
    let name = named.slice(text);
    if let Some(split) = split {
        let range = trimmed(text, TextRange::new(split + 1, end));
        if !range.is_empty() {
            out.marker = Some((range.slice(text).to_owned(), range));
            out.problems.extend(Cursor::new(text, range).whole_marker());
        }
    }
    if is_url(name) || is_archive(name) {
        at_address(text, named, &mut out);
        return out;
    }
    let mut package = Requirement::default();
    let refused = Cursor::new(text, named).package(&mut package);
    let path = (name.contains('/') || name.starts_with('.')) && !name.contains("://");
    if refused.is_some() && path && package.url.is_none() {
        // Whether it leads anywhere is for those who know the disk.
        out.url = Some((name.to_owned(), named));
        return out;
    }
    out.name = package.name;
    out.extras = package.extras;
    out.specifier = package.specifier;
    out.url = package.url;
    out.problems.splice(0..0, refused);
    out
}

fn trimmed(text: &str, range: TextRange) -> TextRange {
    let inner = range.slice(text);
    let start = range.start + inner.len() - inner.trim_start().len();
    TextRange::new(start, start + inner.trim().len())
}

fn is_url(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    let scheme = scheme.to_ascii_lowercase();
    matches!(scheme.as_str(), "http" | "https" | "file" | "ftp") || is_versioned(&format!("{scheme}:"))
}

/// Whether it begins with the scheme of a version control system, in small letters.
pub(super) fn is_versioned(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    scheme.split_once('+').is_some_and(|(system, way)| match system {
        "git" => matches!(way, "http" | "https" | "ssh" | "git" | "file"),
        "hg" => matches!(way, "file" | "http" | "https" | "ssh" | "static-http"),
        "bzr" => matches!(way, "http" | "https" | "ssh" | "sftp" | "ftp" | "lp" | "file"),
        "svn" => matches!(way, "ssh" | "http" | "https" | "svn" | "file"),
        _ => false,
    })
}

/// Whether it names a file that holds a package, rather than `name @ address`.
fn is_archive(text: &str) -> bool {
    const ENDINGS: [&str; 11] =
        [".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz"];
    let lower = without_extras(text).to_ascii_lowercase();
    let archive = ENDINGS.iter().any(|ending| lower.ends_with(ending)) || lower.ends_with(".tar.lzma");
    let addressed =
        text.split_once('@').is_some_and(|(name, _)| !name.contains('/') && !name.starts_with('.'));
    archive && !addressed
}

/// `path[extra]` without the extras.
fn without_extras(text: &str) -> &str {
    match text.rfind('[') {
        Some(open)
            if open > 0
                && text.find(']').is_some_and(|close| close > open + 1 && close + 1 == text.len()) =>
        {
            text.get(..open).unwrap_or(text).trim_end()
        }
        _ => text,
    }
}

/// A URL or an archive: its name is what it says of itself, if anything.
fn at_address(text: &str, range: TextRange, out: &mut Requirement) {
    let address = range.slice(text);
    out.url = Some((address.to_owned(), range));
    let url = is_url(address);
    let plain = if url { address } else { without_extras(address) };
    if plain.len() < address.len() {
        let open = address.rfind('[').map_or(range.end, |at| range.start + at);
        out.problems.extend(Cursor::new(text, TextRange::new(open, range.end)).extras_of(&mut out.extras));
    }
    let path = plain.split(['#', '?']).next().unwrap_or("");
    let file = path.rsplit('/').next().unwrap_or("");
    let offset = range.start + path.len() - file.len();
    if let Some(stem) = file.strip_suffix(".whl") {
        let parts: Vec<&str> = stem.split('-').collect();
        let name = wheel_name(&parts);
        if let Some((name, version)) = name {
            out.name = Some((name.to_owned(), TextRange::new(offset, offset + name.len())));
            let start = offset + name.len() + 1;
            out.specifier = Some((format!("=={version}"), TextRange::new(start, start + version.len())));
        } else {
            let message = "this is no name of a wheel: NAME-VERSION-PYTHON-ABI-PLATFORM.whl".to_owned();
            out.problems.push(Problem { message, range: TextRange::new(offset, offset + file.len()) });
        }
        return;
    }
    let egg = ["#egg=", "&egg="].iter().filter_map(|mark| Some(address.find(mark)? + mark.len())).min();
    let egg = egg.map(|from| {
        let len = address.get(from..).map_or(0, |rest| rest.find('&').unwrap_or(rest.len()));
        TextRange::new(range.start + from, range.start + from + len)
    });
    if let Some(egg) = egg.filter(|egg| !egg.is_empty()) {
        let mut named = Requirement::default();
        match Cursor::new(text, egg).package(&mut named) {
            Some(problem) => out.problems.push(problem),
            None => {
                out.name = named.name;
                out.extras = named.extras;
            }
        }
    }
}

/// Name and version of a wheel, from the parts of its file's name. Source: `packaging.utils`.
fn wheel_name<'t>(parts: &[&'t str]) -> Option<(&'t str, &'t str)> {
    let (name, version) = match parts {
        [name, version, _, _, _] => (name, version),
        [name, version, build, _, _, _] if build.starts_with(|c: char| c.is_ascii_digit()) => (name, version),
        _ => return None,
    };
    let named = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_')) && !name.contains("__");
    let versioned = version_len(version, "==") == Some(version.len()) && !version.ends_with('*');
    (named && !name.is_empty() && versioned).then_some((*name, *version))
}

/// Reads by the grammar of PEP 508.
struct Cursor<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl<'t> Cursor<'t> {
    fn new(text: &'t str, range: TextRange) -> Self {
        Self { text, at: range.start, end: range.end }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..self.end).unwrap_or("")
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn here(&self, message: &str) -> Option<Problem> {
        Some(Problem { message: message.to_owned(), range: TextRange::new(self.at, self.end) })
    }

    /// A package, to the end. What could be read is put into `out`, whatever follows.
    fn package(&mut self, out: &mut Requirement) -> Option<Problem> {
        let start = self.at;
        let Some(name) = self.identifier() else {
            let quoted = self.rest().starts_with(['"', '\'']);
            return self.here(if quoted {
                "a requirement stands without quotes, and without a comma behind it"
            } else {
                "expected the name of a package"
            });
        };
        out.name = Some((name.slice(self.text).to_owned(), name));
        self.blanks();
        if let Some(problem) = self.extras_of(&mut out.extras) {
            return Some(problem);
        }
        self.blanks();
        if self.take("@") {
            self.blanks();
            let len = self.rest().find([' ', '\t']).unwrap_or(self.rest().len());
            if len == 0 {
                self.at = start;
                return self.here("expected an address behind @");
            }
            let range = TextRange::new(self.at, self.at + len);
            out.url = Some((range.slice(self.text).to_owned(), range));
            self.at += len;
            if let Some(host) = range.slice(self.text).strip_prefix("file://")
                && !host.starts_with('/')
                && !host.starts_with("localhost/")
                && !host.is_empty()
            {
                let message = "a file: address has three slashes, or none".to_owned();
                return Some(Problem { message, range });
            }
            self.blanks();
            return if self.rest().is_empty() {
                None
            } else {
                self.here("expected ; and a marker behind the address")
            };
        }
        // Whatever stands there is what was meant as a version, so that rules can speak of it.
        let rest = trimmed(self.text, TextRange::new(self.at, self.end));
        if !rest.is_empty() {
            out.specifier = Some((rest.slice(self.text).to_owned(), rest));
        }
        let open = self.take("(");
        if open {
            self.blanks();
        }
        let inner = self.at;
        let (any, problem) = self.specifiers();
        if problem.is_some() {
            return problem;
        }
        if open {
            let range = trimmed(self.text, TextRange::new(inner, self.at));
            self.blanks();
            if !self.take(")") {
                return self.here("expected ) behind the version specifiers");
            }
            out.specifier = (!range.is_empty()).then(|| (range.slice(self.text).to_owned(), range));
        }
        self.blanks();
        if self.rest().is_empty() {
            return None;
        }
        let operator = self.rest().starts_with(['<', '>', '=', '!', '~']);
        if self.rest().starts_with("==") && !any {
            return self.here("expected a version behind ==");
        }
        if self.rest().starts_with('=') && !any {
            let range = TextRange::new(self.at, self.at + 1);
            return Some(Problem { message: "= is no operator; did you mean ==?".to_owned(), range });
        }
        self.here(match (any, operator) {
            (true, true) => "expected a comma between version specifiers",
            (true, false) => "expected the end of the requirement, or ; and a marker",
            (false, true) => "expected an operator and a version, such as >=1.0",
            (false, false) => "expected a version specifier, or ; and a marker",
        })
    }

    /// `[A-Za-z0-9][A-Za-z0-9._-]*`, ending in a letter, a digit or `_`.
    fn identifier(&mut self) -> Option<TextRange> {
        let rest = self.rest();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let len = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        let word = rest.get(..len)?.trim_end_matches(['.', '-']);
        // A letter of another alphabet right behind is a part of the word, which then is none.
        let glued =
            rest.get(word.len()..).and_then(|rest| rest.chars().next()).is_some_and(char::is_alphanumeric);
        if glued || !word.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let range = TextRange::new(self.at, self.at + word.len());
        self.at = range.end;
        Some(range)
    }

    fn extras_of(&mut self, extras: &mut Vec<String>) -> Option<Problem> {
        let open = self.at;
        if !self.take("[") {
            return None;
        }
        self.blanks();
        if let Some(first) = self.identifier() {
            extras.push(first.slice(self.text).to_owned());
            loop {
                self.blanks();
                if !self.take(",") {
                    break;
                }
                self.blanks();
                match self.identifier() {
                    Some(extra) => extras.push(extra.slice(self.text).to_owned()),
                    None => return self.here("expected an extra behind the comma"),
                }
            }
        }
        self.blanks();
        if self.take("]") {
            return None;
        }
        if self.rest().is_empty() {
            self.at = open;
            return self.here("the extras are not closed");
        }
        self.here("expected a comma or ] among the extras")
    }

    /// Version specifiers, a comma between them; whether there are any, and what is wrong with one.
    fn specifiers(&mut self) -> (bool, Option<Problem>) {
        let mut any = false;
        loop {
            let start = self.at;
            let Some(len) = specifier(self.rest()) else { break };
            any = true;
            self.at += len;
            let taken = self.text.get(start..self.at).unwrap_or("");
            let problem = |message: &str, end: usize| {
                (true, Some(Problem { message: message.to_owned(), range: TextRange::new(start, end) }))
            };
            if self.rest().starts_with(".*") {
                let plain = taken.starts_with("!=") || taken.starts_with("==") && !taken.starts_with("===");
                let message = if plain {
                    ".* cannot follow a pre-release, post-release, dev or local version"
                } else {
                    "only == and != take .*"
                };
                return problem(message, self.at + 2);
            }
            let local = self.rest().strip_prefix('+').and_then(|rest| rest.chars().next());
            if local.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) {
                return problem("only == and != take a local version", self.at + 1);
            }
            self.blanks();
            if !self.take(",") {
                break;
            }
            self.blanks();
        }
        (any, None)
    }

    /// A marker, to the end.
    fn whole_marker(&mut self) -> Option<Problem> {
        let mut open = 0usize;
        loop {
            self.blanks();
            while self.take("(") {
                open += 1;
                self.blanks();
            }
            if !self.marker_value() {
                return self.variable_expected();
            }
            self.blanks();
            if !self.marker_operator() {
                return self.here("expected an operator such as >= or in");
            }
            self.blanks();
            if !self.marker_value() {
                return self.variable_expected();
            }
            self.blanks();
            while open > 0 && self.take(")") {
                open -= 1;
                self.blanks();
            }
            if !(self.word("and") || self.word("or")) {
                break;
            }
        }
        if open > 0 {
            return self.here("expected ) behind the marker");
        }
        if self.rest().is_empty() { None } else { self.here("expected and, or, or the end of the marker") }
    }

    fn variable_expected(&self) -> Option<Problem> {
        let rest = self.rest();
        let len =
            rest.find([' ', '\t', '=', '<', '>', '!', '~', ')']).filter(|len| *len > 0).unwrap_or(rest.len());
        let message = "expected a variable of the environment or a quoted text".to_owned();
        Some(Problem { message, range: TextRange::new(self.at, self.at + len) })
    }

    /// A word that stands for itself.
    fn word(&mut self, word: &str) -> bool {
        let before = self.text.get(..self.at).and_then(|head| head.chars().next_back());
        let behind = self.rest().strip_prefix(word).map(|rest| rest.chars().next());
        let joined = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let found = behind.is_some_and(|behind| !joined(behind)) && !joined(before);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn marker_operator(&mut self) -> bool {
        const OPERATORS: [&str; 8] = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];
        if self.word("in") {
            return true;
        }
        if self.word("not") {
            let before = self.at;
            self.blanks();
            return self.at > before && self.word("in");
        }
        OPERATORS.iter().any(|operator| self.take(operator))
    }

    fn marker_value(&mut self) -> bool {
        const VARIABLES: [&str; 18] = [
            "python_full_version",
            "python_version",
            "os_name",
            "os.name",
            "sys_platform",
            "sys.platform",
            "platform_release",
            "platform_system",
            "platform_version",
            "platform.version",
            "platform_machine",
            "platform.machine",
            "platform_python_implementation",
            "platform.python_implementation",
            "python_implementation",
            "implementation_name",
            "implementation_version",
            "dependency_groups",
        ];
        if VARIABLES.iter().any(|variable| self.word(variable)) || self.word("extras") || self.word("extra") {
            return true;
        }
        for quote in ['\'', '"'] {
            let inner = self.rest().strip_prefix(quote).and_then(|rest| rest.find(quote));
            let escaped = |len: usize| {
                let inner = self.rest().get(1..=len).unwrap_or("");
                (inner.len() - inner.trim_end_matches('\\').len()) % 2 == 1
            };
            if let Some(len) = inner.filter(|len| !escaped(*len)) {
                self.at += len + 2;
                return true;
            }
        }
        false
    }
}

/// The length of the version specifier that `text` begins with.
fn specifier(text: &str) -> Option<usize> {
    const OPERATORS: [&str; 8] = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];
    let operator = OPERATORS.iter().find(|operator| text.starts_with(**operator))?;
    let behind = text.get(operator.len()..)?;
    let blanks = behind.len() - behind.trim_start().len();
    let version = behind.trim_start();
    let start = operator.len() + blanks;
    if *operator == "===" {
        let len =
            version.find(|c: char| c.is_whitespace() || matches!(c, ';' | ')')).unwrap_or(version.len());
        return Some(start + len);
    }
    Some(start + version_len(version, operator)?)
}

/// The length of the version that `text` begins with. Source: PEP 440.
fn version_len(text: &str, operator: &str) -> Option<usize> {
    let len = text.find(|c: char| !(c.is_ascii_alphanumeric() || "!+*-_.".contains(c))).unwrap_or(text.len());
    let lower = text.get(..len).unwrap_or("").to_ascii_lowercase();
    let digits =
        |at: usize| lower.get(at..).map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let mut at = usize::from(lower.starts_with('v'));
    let epoch = digits(at);
    if epoch > 0 && lower.as_bytes().get(at + epoch) == Some(&b'!') {
        at += epoch + 1;
    }
    let first = digits(at);
    if first == 0 {
        return None;
    }
    at += first;
    let mut parts = 1;
    while lower.as_bytes().get(at) == Some(&b'.') && digits(at + 1) > 0 {
        at += 1 + digits(at + 1);
        parts += 1;
    }
    if operator == "~=" && parts < 2 {
        return None;
    }
    let equality = matches!(operator, "==" | "!=");
    if equality && lower.get(at..).is_some_and(|rest| rest.starts_with(".*")) {
        return Some(at + 2);
    }
    let separator = |at: usize| usize::from(matches!(lower.as_bytes().get(at), Some(b'-' | b'_' | b'.')));
    let word = |at: usize, words: &[&str]| {
        words
            .iter()
            .find(|word| lower.get(at..).is_some_and(|rest| rest.starts_with(**word)))
            .map(|word| word.len())
    };
    const PRE: [&str; 8] = ["alpha", "beta", "preview", "pre", "a", "b", "c", "rc"];
    if let Some(len) = word(at + separator(at), &PRE) {
        at += separator(at) + len;
        at += separator(at);
        at += digits(at);
    }
    if lower.as_bytes().get(at) == Some(&b'-') && digits(at + 1) > 0 {
        at += 1 + digits(at + 1);
    } else if let Some(len) = word(at + separator(at), &["post", "rev", "r"]) {
        at += separator(at) + len;
        at += separator(at);
        at += digits(at);
    }
    if let Some(len) = word(at + separator(at), &["dev"]) {
        at += separator(at) + len;
        at += separator(at);
        at += digits(at);
    }
    if equality && lower.as_bytes().get(at) == Some(&b'+') {
        let part = |at: usize| {
            lower.get(at..).map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_alphanumeric).count())
        };
        if part(at + 1) > 0 {
            at += 1 + part(at + 1);
            while separator(at) == 1 && part(at + 1) > 0 {
                at += 1 + part(at + 1);
            }
        }
    }
    Some(at)
}
