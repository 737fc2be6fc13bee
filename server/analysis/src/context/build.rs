//! `.dockerignore` as BuildKit reads it, regular expressions that it makes by accident included.
//! Source: moby/patternmatcher, `patternmatcher.go` and `ignorefile/ignorefile.go`.

use super::automaton::{Automaton, Op, Set};

/// BuildKit reads lines through a buffer of this size and refuses longer ones.
const MAX_LINE: usize = 64 * 1024;

/// The ignore file that counts for a build.
#[derive(Clone, Debug, Default)]
pub struct BuildIgnore {
    patterns: Vec<Pattern>,
    refused: Option<usize>,
    unclear: bool,
}

#[derive(Clone, Debug)]
struct Pattern {
    /// From 1.
    line: usize,
    /// Whether it takes back what lines above it exclude.
    exception: bool,
    cleaned: String,
    how: How,
}

#[derive(Clone, Debug)]
enum How {
    Exact,
    Prefix,
    Suffix,
    Expression(Automaton),
}

impl BuildIgnore {
    /// Reads the text of an ignore file. Any text is read.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut out = Self::default();
        for (number, line) in text.split('\n').enumerate() {
            let refused = |out: &mut Self| {
                out.refused.get_or_insert(number + 1);
            };
            if line.len() >= MAX_LINE {
                refused(&mut out);
                return out;
            }
            let line = line.strip_suffix('\r').unwrap_or(line);
            let line = if number == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let line = line.trim();
            let (exception, body) = match line.strip_prefix('!') {
                Some(body) => (true, body.trim()),
                None => (false, line),
            };
            if body.is_empty() {
                refused(&mut out);
                continue;
            }
            let cleaned = clean(body);
            let rooted = cleaned.strip_prefix('/').filter(|rest| !rest.is_empty()).unwrap_or(&cleaned);
            // The reader and the matcher clean one after the other, and the second looks for `!` again.
            let joined = if exception { format!("!{rooted}") } else { rooted.to_owned() };
            let again = clean(joined.trim());
            let (exception, cleaned) = match again.strip_prefix('!') {
                Some("") => {
                    refused(&mut out);
                    continue;
                }
                Some(rest) => (true, rest.to_owned()),
                None => (false, again),
            };
            match Some(&cleaned)
                .filter(|cleaned| is_well_formed(cleaned))
                .and_then(|cleaned| compile(cleaned))
            {
                Some(how) => out.patterns.push(Pattern { line: number + 1, exception, cleaned, how }),
                None => out.unclear = true,
            }
        }
        out
    }

    /// The line, from 1, that makes the build fail.
    #[must_use]
    pub fn refused(&self) -> Option<usize> {
        self.refused
    }

    /// Whether it holds a pattern that is malformed, which builders may or may not notice, or one that
    /// BuildKit turns into an expression by accident, such as `\d`: what it matches is not followed here.
    #[must_use]
    pub fn is_unclear(&self) -> bool {
        self.unclear
    }

    /// Whether a line takes back what lines above it exclude.
    #[must_use]
    pub fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.exception)
    }

    /// The line, from 1, that keeps everything out of the build, where no line takes anything back.
    #[must_use]
    pub fn excludes_all(&self) -> Option<usize> {
        let all = |pattern: &&Pattern| matches!(pattern.cleaned.as_str(), "*" | "**" | "**/*");
        self.patterns.iter().find(all).filter(|_| !self.has_exceptions()).map(|pattern| pattern.line)
    }

    /// The line, from 1, that keeps a path out of the build. The path is seen from the context, `/`
    /// between its parts. A folder that is kept out may hold files that are not.
    #[must_use]
    pub fn excludes(&self, path: &str) -> Option<usize> {
        // As the walk over the context does it: each folder hands down which patterns matched it.
        let mut parents: Option<Vec<bool>> = None;
        let mut last = None;
        let ends = path.match_indices('/').map(|(at, _)| at).chain(std::iter::once(path.len()));
        for end in ends {
            let part = path.get(..end).unwrap_or(path);
            let mut matches = Vec::with_capacity(self.patterns.len());
            last = None;
            for (at, pattern) in self.patterns.iter().enumerate() {
                let inherited = parents.as_ref().and_then(|parents| parents.get(at)) == Some(&true);
                let matched = inherited || pattern.exception == last.is_some() && pattern.matches(part);
                if matched {
                    last = (!pattern.exception).then_some(pattern.line);
                }
                matches.push(matched);
            }
            parents = Some(matches);
        }
        last
    }
}

impl Pattern {
    fn matches(&self, path: &str) -> bool {
        let pattern = self.cleaned.as_str();
        match &self.how {
            How::Exact => path == pattern,
            How::Prefix => pattern.strip_suffix("**").is_some_and(|head| path.starts_with(head)),
            How::Suffix => pattern.strip_prefix("**").is_some_and(|tail| {
                path.ends_with(tail) || tail.strip_prefix('/').is_some_and(|tail| path == tail)
            }),
            How::Expression(automaton) => automaton.matches(path),
        }
    }
}

/// The shortest path that means the same, by words alone, as Go's `path.Clean` has it.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Whether Go's `filepath.Match` would take it.
fn is_well_formed(pattern: &str) -> bool {
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' if rest.next().is_none() => return false,
            '[' => {
                let mut class = rest.clone();
                if class.clone().next() == Some('^') {
                    class.next();
                }
                let mut count = 0;
                loop {
                    if count > 0 && class.clone().next() == Some(']') {
                        class.next();
                        break;
                    }
                    if !member(&mut class) {
                        return false;
                    }
                    if class.clone().next() == Some('-') {
                        class.next();
                        if !member(&mut class) {
                            return false;
                        }
                    }
                    count += 1;
                }
                rest = class;
            }
            _ => {}
        }
    }
    true
}

/// Takes one end of a range; something must stand behind it.
fn member(rest: &mut std::str::Chars<'_>) -> bool {
    let fine = match rest.next() {
        None | Some('-' | ']') => false,
        Some('\\') => rest.next().is_some(),
        Some(_) => true,
    };
    fine && rest.clone().next().is_some()
}

/// How BuildKit matches a pattern; `None` where it makes an expression of it that is not followed.
fn compile(pattern: &str) -> Option<How> {
    let mut out = Automaton::default();
    let (mut exact, mut suffix, mut expression) = (true, false, false);
    let mut prefix = false;
    let mut rest = pattern.chars().peekable();
    let mut first = true;
    while let Some(c) = rest.next() {
        let leading = std::mem::take(&mut first);
        match c {
            '*' if rest.next_if_eq(&'*').is_some() => {
                rest.next_if_eq(&'/');
                if rest.peek().is_none() {
                    if exact {
                        (exact, prefix) = (false, true);
                    } else {
                        out.repeat(Set::NotLineFeed);
                        (suffix, prefix, expression) = (false, false, true);
                    }
                } else {
                    out.0.push(Op::Optional(2));
                    out.repeat(Set::NotLineFeed);
                    out.take(Set::One('/'));
                    (exact, suffix, prefix, expression) = (false, false, false, true);
                }
                if leading {
                    (exact, suffix, prefix, expression) = (false, true, false, false);
                }
                continue;
            }
            '*' => out.repeat(Set::NotSlash),
            '?' => out.take(Set::NotSlash),
            '\\' => match rest.next()? {
                // Behind a backslash, letters and digits are no longer themselves.
                c if c.is_ascii() && !c.is_ascii_alphanumeric() => out.take(Set::One(c)),
                _ => return None,
            },
            '[' => out.take(class(&mut rest)?),
            // A bracket that closes nothing stands for itself.
            ']' => out.take(Set::One(']')),
            c => {
                out.take(Set::One(c));
                continue;
            }
        }
        (exact, suffix, prefix, expression) = (false, false, false, true);
    }
    if expression && pattern_has_anchor(pattern) {
        return None;
    }
    Some(match (exact, suffix, prefix) {
        (true, ..) => How::Exact,
        (_, true, _) => How::Suffix,
        (_, _, true) => How::Prefix,
        _ => How::Expression(out),
    })
}

/// Whether a `^` stands where it is an anchor in an expression: anywhere but behind a backslash or in
/// brackets.
fn pattern_has_anchor(pattern: &str) -> bool {
    let (mut escaped, mut inside) = (false, false);
    for c in pattern.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => inside = true,
            ']' => inside = false,
            '^' if !inside => return true,
            _ => {}
        }
    }
    false
}

/// A bracket expression behind its `[`; `None` where it holds what the expression reads differently.
fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Set> {
    let negated = rest.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        let low = rest.next()?;
        if low == ']' && !ranges.is_empty() {
            return Some(Set::Class { negated, ranges });
        }
        let low = plain(low, rest)?;
        if rest.next_if_eq(&'-').is_some() {
            let high = rest.next()?;
            let high = plain(high, rest)?;
            if low > high {
                return None;
            }
            ranges.push((low, high));
        } else {
            ranges.push((low, low));
        }
    }
}

fn plain(c: char, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match c {
        '\\' => rest.next().filter(|c| c.is_ascii() && !c.is_ascii_alphanumeric()),
        // These are rewritten, or begin a class with a name.
        '*' | '?' | '[' => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::{BuildIgnore, clean};

    fn excluded(text: &str, path: &str) -> bool {
        let ignore = BuildIgnore::new(text);
        assert_eq!((ignore.refused(), ignore.is_unclear()), (None, false), "{text:?}");
        ignore.excludes(path).is_some()
    }

    #[test]
    fn patterns_mean_what_they_mean_to_buildkit() {
        for (text, path, out) in [
            ("data", "data", true),
            ("data", "data/a", true),
            ("data", "x/data", false),
            ("/data", "data", true),
            ("data/", "data/a", true),
            ("./data/../data", "data", true),
            ("*", "x/y", true),
            ("*.log", "x.log", true),
            ("*.log", "d/x.log", false),
            ("**/*.log", "d/e/x.log", true),
            ("**/*.log", "x.log", true),
            ("**", "x", true),
            ("**/", "x", true),
            ("data/**", "data", false),
            ("data/**", "data/x/y", true),
            ("data/**", "database", false),
            ("data**", "database", true),
            ("**.py", "a/b.py", true),
            ("**/b.py", "xb.py", false),
            ("**/b.py", "b.py", true),
            ("a/**/z", "a/z", true),
            ("a/**/z", "a/b/c/z", true),
            ("**/x/**", "a/x/b", true),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[!a]x", "!x", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("a.c", "abc", false),
            ("a+(b)$|{c}", "a+(b)$|{c}", true),
            ("# data", "# data", false),
            (" # data", "# data", true),
            ("\u{feff}data", "data", true),
            ("data\r", "data", true),
            ("..", "a", false),
            ("ä*", "äb", true),
        ] {
            assert_eq!(excluded(text, path), out, "{text:?} {path:?}");
        }
    }

    #[test]
    fn the_last_line_that_matches_counts() {
        let text = "*\n!src\nsrc/secret\n!**/keep.txt\n";
        for (path, out) in [
            ("a", true),
            ("src", false),
            ("src/a", false),
            ("src/secret", true),
            ("src/secret/a", true),
            ("src/secret/keep.txt", false),
            ("keep.txt", false),
        ] {
            assert_eq!(excluded(text, path), out, "{path}");
        }
        let ignore = BuildIgnore::new(text);
        assert_eq!((ignore.excludes("a"), ignore.excludes("src/secret/a")), (Some(1), Some(3)));
        assert!(ignore.has_exceptions() && excluded("! a\n!  b\nb", "b") && !excluded("b\n!  b", "b"));
    }

    #[test]
    fn lines_that_make_the_build_fail_are_known() {
        for text in ["a\n!\n", "a\n!  \n", "a\n!/\n"] {
            assert_eq!(BuildIgnore::new(text).refused(), Some(2), "{text:?}");
        }
        for text in ["\\d", "[z-a]", "[*]", "*^", "[[:alpha:]]", "[", "[]", "[a-]", "[-a]", "b\\"] {
            assert!(BuildIgnore::new(text).is_unclear(), "{text:?}");
        }
    }

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, cleaned) in [
            ("", "."),
            ("a//b/./c/..", "a/b"),
            ("../a", "../a"),
            ("/../a", "/a"),
            ("a/../..", ".."),
            ("/", "/"),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }
}
