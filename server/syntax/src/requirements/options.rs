//! The options of a line, as pip's `optparse` takes them.

use crate::text::TextRange;
use crate::yaml::Problem;

/// Every option: its spellings, the long one first, and whether it takes a value.
/// Source: pip 25.3, `SUPPORTED_OPTIONS` and `SUPPORTED_OPTIONS_REQ`.
const OPTIONS: [(&[&str], bool); 16] = [
    (&["--index-url", "--pypi-url", "-i"], true),
    (&["--extra-index-url"], true),
    (&["--no-index"], false),
    (&["--constraint", "-c"], true),
    (&["--requirement", "-r"], true),
    (&["--editable", "-e"], true),
    (&["--find-links", "-f"], true),
    (&["--no-binary"], true),
    (&["--only-binary"], true),
    (&["--prefer-binary"], false),
    (&["--require-hashes"], false),
    (&["--pre"], false),
    (&["--trusted-host"], true),
    (&["--use-feature"], true),
    (&["--hash"], true),
    (&["--config-settings", "-C"], true),
];

/// An option with its value.
#[derive(Debug)]
pub(super) struct Found {
    /// As it is written.
    pub(super) name: String,
    /// The long spelling.
    pub(super) long: &'static str,
    pub(super) value: Option<(String, TextRange)>,
    pub(super) range: TextRange,
}

impl Found {
    pub(super) fn is(&self, long: &str) -> bool {
        self.long == long
    }

    /// Why pip refuses the value.
    pub(super) fn complaint(&self) -> Option<String> {
        let value = self.value.as_ref().map_or("", |value| value.0.as_str());
        match self.long {
            "--hash" => {
                let (algorithm, _) = value.split_once(':').unwrap_or(("", ""));
                let known = matches!(algorithm, "sha256" | "sha384" | "sha512");
                (!known).then(|| "--hash takes sha256, sha384 or sha512, a colon and the digest".to_owned())
            }
            "--config-settings" if !value.contains('=') => {
                Some("--config-settings takes KEY=VALUE".to_owned())
            }
            "--no-binary" | "--only-binary" if value.starts_with('-') => {
                Some(format!("{} needs a value", self.name))
            }
            "--editable" if is_foreign_address(value) => {
                Some("an editable package is a folder or an address such as git+https://…".to_owned())
            }
            "--editable" if is_nameless_address(value) => {
                Some("an editable package at an address needs its name: #egg=NAME at the end".to_owned())
            }
            _ => None,
        }
    }
}

/// An address that no version control system is asked for.
fn is_foreign_address(value: &str) -> bool {
    const SYSTEMS: [&str; 4] = ["git:", "hg:", "bzr:", "svn:"];
    let lower = value.to_ascii_lowercase();
    let address = value.split_once("://").is_some_and(|(scheme, _)| !scheme.contains('@'));
    let known = super::dependency::is_versioned(&lower)
        || lower.starts_with("file:")
        || SYSTEMS.iter().any(|system| lower.starts_with(system));
    address && !known
}

/// An address such as `git+https://…` that does not say what the package is called.
fn is_nameless_address(value: &str) -> bool {
    let versioned = value.split_once("://").and_then(|(scheme, _)| scheme.split_once('+'));
    let named = ["#egg=", "&egg="].iter().any(|mark| {
        value.split_once(mark).is_some_and(|(_, name)| !name.is_empty() && !name.starts_with('&'))
    });
    versioned.is_some_and(|(system, _)| matches!(system, "git" | "hg" | "bzr" | "svn")) && !named
}

/// Where the options of a line begin: at the first word, parted by blanks, that begins with a dash.
pub(super) fn split(line: &str) -> usize {
    let mut at = 0;
    for word in line.split(' ') {
        if word.starts_with('-') {
            return at;
        }
        at += word.len() + 1;
    }
    line.len()
}

/// The options from `from` on.
pub(super) fn read(line: &str, from: usize) -> Vec<Result<Found, Problem>> {
    let (words, open) = words(line, from);
    if let Some(at) = open {
        let message = "the quote is not closed".to_owned();
        return vec![Err(Problem { message, range: TextRange::new(at, line.trim_end().len()) })];
    }
    let mut out = Vec::new();
    let mut words = words.into_iter();
    while let Some((word, range)) = words.next() {
        if word == "--" {
            break;
        }
        // What is no option is passed over, as pip does.
        if !word.starts_with('-') || word == "-" {
            continue;
        }
        // Quotes and escapes in a word leave only the whole of it a place.
        let plain = range.slice(line) == word;
        let (name, attached) = if word.starts_with("--") {
            match word.split_once('=') {
                Some((name, value)) => (name, Some((value, range.start + name.len() + 1))),
                None => (word.as_str(), None),
            }
        } else {
            let end = word.char_indices().nth(2).map_or(word.len(), |(at, _)| at);
            let (name, value) = word.split_at(end);
            (name, (!value.is_empty()).then_some((value, range.start + end)))
        };
        let Some((long, takes_value)) = find(name) else {
            let shown = if plain { name.len() } else { range.len() };
            let range = TextRange::new(range.start, range.start + shown);
            out.push(Err(Problem {
                message: format!("no such option of a requirements file: {name}"),
                range,
            }));
            break;
        };
        let value = match (attached, takes_value) {
            (Some((value, start)), true) => {
                let start = if plain { start } else { range.start };
                Some((value.to_owned(), TextRange::new(start, range.end)))
            }
            (Some(_), false) if name.starts_with("--") => {
                out.push(Err(Problem { message: format!("{name} takes no value"), range }));
                break;
            }
            (None, true) => match words.next() {
                Some(value) => Some(value),
                None => {
                    out.push(Err(Problem { message: format!("{name} needs a value"), range }));
                    break;
                }
            },
            (_, false) => None,
        };
        let end = value.as_ref().map_or(range.end, |value| value.1.end);
        let range = TextRange::new(range.start, end);
        out.push(Ok(Found { name: name.to_owned(), long, value, range }));
    }
    out
}

/// The option with that name, or the only one whose name begins so.
fn find(name: &str) -> Option<(&'static str, bool)> {
    let exact = OPTIONS.iter().find(|(names, _)| names.contains(&name));
    let found = exact.or_else(|| {
        let mut near = OPTIONS.iter().flat_map(|option| option.0.iter().map(move |known| (known, option)));
        let mut near = near.by_ref().filter(|(known, _)| name.len() > 2 && known.starts_with(name));
        match (near.next(), near.next()) {
            (Some((_, option)), None) => Some(option),
            _ => None,
        }
    })?;
    Some((found.0.first()?, found.1))
}

/// The words of a shell line and where they stand, quotes included; where a quote is left open.
/// Source: Python's `shlex.split`.
fn words(line: &str, from: usize) -> (Vec<(String, TextRange)>, Option<usize>) {
    let mut out = Vec::new();
    let mut word: Option<(String, usize)> = None;
    let mut quote: Option<(char, usize)> = None;
    let mut escaped = false;
    let text = line.get(from..).unwrap_or("");
    for (at, c) in text.char_indices() {
        let at = from + at;
        if escaped {
            // Inside double quotes a backslash stands for itself before anything but these.
            if matches!(quote, Some((open, _)) if c != open && c != '\\') {
                push(&mut word, '\\', at);
            }
            push(&mut word, c, at);
            escaped = false;
            continue;
        }
        match (quote, c) {
            (Some((open, _)), c) if c == open => quote = None,
            (None | Some(('"', _)), '\\') => {
                word.get_or_insert_with(|| (String::new(), at));
                escaped = true;
            }
            (Some(_), c) => push(&mut word, c, at),
            (None, '\'' | '"') => {
                word.get_or_insert_with(|| (String::new(), at));
                quote = Some((c, at));
            }
            (None, ' ' | '\t' | '\r' | '\n') => {
                out.extend(word.take().map(|(word, start)| (word, TextRange::new(start, at))));
            }
            (None, c) => push(&mut word, c, at),
        }
    }
    out.extend(word.map(|(word, start)| (word, TextRange::new(start, line.len()))));
    let open = quote.map(|(_, at)| at).or_else(|| escaped.then(|| line.len().saturating_sub(1)));
    (out, open)
}

fn push(word: &mut Option<(String, usize)>, c: char, at: usize) {
    word.get_or_insert_with(|| (String::new(), at)).0.push(c);
}
