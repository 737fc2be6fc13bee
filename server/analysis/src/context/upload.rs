//! `.amlignore` and `.gitignore` as the official client reads them when it uploads a folder: a version
//! of pathspec's gitwildmatch, whose corners differ from git's own. Source: azure-ai-ml 1.35.2,
//! `_utils/_pathspec.py` and `_utils/_asset_utils.py`.

use super::automaton::{Automaton, Op, Set};

/// The ignore file that counts for an upload.
#[derive(Clone, Debug, Default)]
pub struct UploadIgnore {
    rules: Vec<Rule>,
    refused: Option<usize>,
}

#[derive(Clone, Debug)]
struct Rule {
    /// From 1.
    line: usize,
    /// Whether what it matches is dropped, not taken back.
    drops: bool,
    pattern: Automaton,
}

impl UploadIgnore {
    /// Reads the text of an ignore file. Any text is read.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut out = Self::default();
        // The client reads with universal line ends and takes one byte order mark away.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
        for (number, line) in text.split('\n').enumerate() {
            match rule(line) {
                Ok(Some((drops, pattern))) => out.rules.push(Rule { line: number + 1, drops, pattern }),
                Ok(None) => {}
                Err(Refused) => {
                    out.refused.get_or_insert(number + 1);
                }
            }
        }
        out
    }

    /// The line, from 1, at which the client fails, so that it uploads nothing at all.
    #[must_use]
    pub fn refused(&self) -> Option<usize> {
        self.refused
    }

    /// Whether a line takes back what lines above it drop.
    #[must_use]
    pub fn has_exceptions(&self) -> bool {
        self.rules.iter().any(|rule| !rule.drops)
    }

    /// The line, from 1, that drops a file, or keeps a folder's name out of the hash. The path is seen
    /// from the folder that is uploaded, `/` between its parts; behind a link to a folder, it is the
    /// path that the link leads to. The last line that matches counts; folders are not special.
    #[must_use]
    pub fn drops(&self, path: &str) -> Option<usize> {
        // The `$` of the client's expressions also stands in front of a last line feed.
        let short = path.strip_suffix('\n');
        let hit = |rule: &&Rule| {
            rule.pattern.matches(path) || short.is_some_and(|short| rule.pattern.matches(short))
        };
        self.rules.iter().rev().find(hit).filter(|rule| rule.drops).map(|rule| rule.line)
    }
}

/// A line that makes the client fail.
struct Refused;

/// What Python strips.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// One line: whether it drops, and its pattern; `None` where it says nothing.
fn rule(line: &str) -> Result<Option<(bool, Automaton)>, Refused> {
    let line = line.trim_matches(is_blank);
    if line.is_empty() || line.starts_with('#') || line == "/" {
        return Ok(None);
    }
    let (drops, body) = match line.strip_prefix('!') {
        Some(body) => (false, body),
        None => (true, line),
    };
    let mut segments: Vec<&str> = body.split('/').collect();
    segments.dedup_by(|next, before| *next == "**" && *before == "**");
    let mut out = Automaton::default();
    if segments == ["**", ""] {
        // Everything that is not at the top: `^.+/.*$`.
        out.take(Set::NotLineFeed);
        out.repeat(Set::NotLineFeed);
        out.take(Set::One('/'));
        out.repeat(Set::NotLineFeed);
        return Ok(Some((drops, out)));
    }
    if segments.first() == Some(&"") {
        segments.remove(0);
    } else if (segments.len() == 1 || segments.len() == 2 && segments.get(1) == Some(&""))
        && segments.first() != Some(&"**")
    {
        segments.insert(0, "**");
    }
    if segments.is_empty() {
        return Err(Refused);
    }
    let end = segments.len() - 1;
    if end > 0
        && let Some(last) = segments.last_mut()
        && last.is_empty()
    {
        *last = "**";
    }
    let mut slash = false;
    for (at, segment) in segments.iter().enumerate() {
        if *segment == "**" {
            match at {
                0 if at == end => {
                    out.take(Set::NotLineFeed);
                    out.repeat(Set::NotLineFeed);
                }
                0 => {
                    out.0.push(Op::Optional(3));
                    out.take(Set::NotLineFeed);
                    out.repeat(Set::NotLineFeed);
                    out.take(Set::One('/'));
                    slash = false;
                }
                _ if at == end => {
                    out.take(Set::One('/'));
                    out.repeat(Set::NotLineFeed);
                }
                _ => {
                    out.0.push(Op::Optional(3));
                    out.take(Set::One('/'));
                    out.take(Set::NotLineFeed);
                    out.repeat(Set::NotLineFeed);
                    slash = true;
                }
            }
            continue;
        }
        if slash {
            out.take(Set::One('/'));
        }
        if *segment == "*" {
            out.take(Set::NotSlash);
            out.repeat(Set::NotSlash);
        } else {
            glob(segment, &mut out)?;
        }
        if at == end {
            out.0.push(Op::Optional(2));
            out.take(Set::One('/'));
            out.repeat(Set::NotLineFeed);
        }
        slash = true;
    }
    Ok(Some((drops, out)))
}

/// One part between slashes.
fn glob(segment: &str, out: &mut Automaton) -> Result<(), Refused> {
    let mut rest = segment;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or("");
        match c {
            '\\' => {
                let escaped = rest.chars().next().ok_or(Refused)?;
                rest = rest.get(escaped.len_utf8()..).unwrap_or("");
                out.take(Set::One(escaped));
            }
            '*' => out.repeat(Set::NotSlash),
            '?' => out.take(Set::NotSlash),
            '[' => match class(rest) {
                Some((content, behind)) => {
                    out.take(content?);
                    rest = behind;
                }
                None => out.take(Set::One('[')),
            },
            c => out.take(Set::One(c)),
        }
    }
    Ok(())
}

/// A bracket expression behind its `[`, and what stands behind it; `None` where nothing closes it.
fn class(text: &str) -> Option<(Result<Set, Refused>, &str)> {
    let (negated, body) = match text.strip_prefix('!') {
        Some(body) => (true, body),
        None => (false, text),
    };
    let skipped = usize::from(body.starts_with(']'));
    let close = skipped + body.get(skipped..)?.find(']')?;
    let (content, behind) = (body.get(..close)?, body.get(close + 1..)?);
    let ranges = ranges(content).ok_or(Refused);
    Some((ranges.map(|ranges| Set::Class { negated, ranges }), behind))
}

/// The ranges of a bracket expression, a backslash being like any other; `None` where one runs
/// backwards.
fn ranges(content: &str) -> Option<Vec<(char, char)>> {
    let mut out = Vec::new();
    let mut rest = content.chars().peekable();
    while let Some(low) = rest.next() {
        let mut ahead = rest.clone();
        if ahead.next() == Some('-')
            && let Some(high) = ahead.next()
        {
            if low > high {
                return None;
            }
            out.push((low, high));
            rest = ahead;
        } else {
            out.push((low, low));
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::UploadIgnore;

    /// Which of the paths are dropped.
    fn dropped(text: &str, paths: &[&str]) -> Vec<String> {
        let ignore = UploadIgnore::new(text);
        assert_eq!(ignore.refused(), None, "{text:?}");
        let hit = paths.iter().filter(|path| ignore.drops(path).is_some());
        hit.map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn patterns_mean_what_they_mean_to_the_client() {
        for (text, path, gone) in [
            ("sub", "sub/a.txt", true),
            ("sub", "x/sub", true),
            ("/sub", "x/sub", false),
            ("sub/", "sub", false),
            ("sub/", "sub/a", true),
            ("a/b", "x/a/b", false),
            ("a/b", "a/b/c", true),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b/z", true),
            ("a/**", "a", false),
            ("a/**", "a/x", true),
            ("**", "a", true),
            ("**/", "a", false),
            ("**/", "x/a", true),
            ("**/**/", "x/a", true),
            ("**/a", "x/y/a", true),
            ("*", "x/y", true),
            ("*/", "x", false),
            ("*.log", "d/x.log", true),
            ("x?.log", "x/.log", false),
            ("[xy].log", "y.log", true),
            ("[!x].log", "x.log", false),
            ("[!x].log", "y.log", true),
            // A negated class takes a slash, as the expression does that the client makes of it.
            ("a[!x]b", "a/b", true),
            ("[^x].log", "^.log", true),
            ("[a-c]]", "b]", true),
            ("[]a]", "]", true),
            ("[", "[", true),
            ("[x", "[x", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("\\#a", "#a", true),
            ("#a", "#a", false),
            ("/", "a", false),
            ("  x.log  ", "x.log", true),
            ("a.b", "axb", false),
            ("\u{feff}a", "a", true),
            ("//", "a", false),
            ("!/", "a", false),
            ("ä?", "ää", true),
        ] {
            assert_eq!(!dropped(text, &[path]).is_empty(), gone, "{text:?} {path:?}");
        }
    }

    #[test]
    fn the_last_line_that_matches_counts() {
        let text = "*.log\r\n!keep.log\n\n# !x.log\r/data/\n!data/keep/a\n";
        assert_eq!(
            dropped(text, &["x.log", "d/keep.log", "data/a", "data/keep/a", "data/keep/b"]),
            ["x.log", "data/a", "data/keep/b"]
        );
        let ignore = UploadIgnore::new(text);
        assert_eq!((ignore.drops("x.log"), ignore.drops("data/a")), (Some(1), Some(5)));
        assert!(ignore.has_exceptions());
    }

    #[test]
    fn lines_that_make_the_client_fail_are_known() {
        for text in ["a\n!\n", "b\na\\\n", "b\nx\\ \n", "\n[z-a]\n"] {
            assert_eq!(UploadIgnore::new(text).refused(), Some(2), "{text:?}");
        }
    }

    #[test]
    fn a_hostile_pattern_costs_little() {
        let ignore = UploadIgnore::new(&"a*".repeat(1000));
        assert_eq!(ignore.drops(&"a".repeat(5000)), Some(1));
        assert_eq!(ignore.drops(&"b".repeat(5000)), None);
    }
}
