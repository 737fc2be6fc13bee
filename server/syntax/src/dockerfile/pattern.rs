//! The patterns of `${x#p}`, `${x%p}` and `${x/p/r}`: `*` is any text within a line, `?` one character.
//! BuildKit makes regular expressions of them; this knows nothing of variables or words.

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Star,
    Any,
    Char(char),
}

/// A pattern that has been read.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Token>);

/// Why a pattern gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// BuildKit refuses it.
    Invalid(String),
    /// It takes more work than was left.
    TooMuch,
}

impl Pattern {
    /// Reads a pattern. `\}` and `\/` stand for the character; else only `*`, `?` and `\` may be escaped.
    pub(crate) fn new(text: &str) -> Result<Self, Failure> {
        // Go's scanner drops a byte order mark at the beginning of whatever it reads.
        let mut chars = text.strip_prefix('\u{feff}').unwrap_or(text).chars().peekable();
        let mut tokens = Vec::new();
        while let Some(c) = chars.next() {
            tokens.push(match c {
                '*' => Token::Star,
                '?' => Token::Any,
                '\\' if matches!(chars.peek(), Some('}' | '/')) => continue,
                '\\' => match chars.next() {
                    Some(next @ ('*' | '?' | '\\')) => Token::Char(next),
                    next => {
                        let shown = next.map(String::from).unwrap_or_default();
                        return Err(Failure::Invalid(format!("invalid escape '\\{shown}'")));
                    }
                },
                _ => Token::Char(c),
            });
        }
        Ok(Self(tokens))
    }

    /// Where matches that begin at `start` end: the nearest and the furthest.
    fn ends(&self, text: &[char], start: usize, fuel: &mut usize) -> Result<Option<(usize, usize)>, Failure> {
        let mut reached = vec![false; text.len() + 1 - start.min(text.len())];
        if let Some(first) = reached.first_mut() {
            *first = true;
        }
        for token in &self.0 {
            *fuel = fuel.checked_sub(reached.len()).ok_or(Failure::TooMuch)?;
            let mut next = vec![false; reached.len()];
            let mut any = false;
            for at in 0..reached.len() {
                let c = text.get(start + at).copied();
                let here = reached.get(at).copied().unwrap_or(false);
                match token {
                    Token::Star => {
                        let came = at > 0
                            && next.get(at - 1).copied().unwrap_or(false)
                            && text.get(start + at - 1).is_some_and(|c| *c != '\n');
                        if (here || came)
                            && let Some(slot) = next.get_mut(at)
                        {
                            *slot = true;
                            any = true;
                        }
                    }
                    Token::Any | Token::Char(_) => {
                        let fits = match token {
                            Token::Char(wanted) => c == Some(*wanted),
                            _ => c.is_some_and(|c| c != '\n'),
                        };
                        if here
                            && fits
                            && let Some(slot) = next.get_mut(at + 1)
                        {
                            *slot = true;
                            any = true;
                        }
                    }
                }
            }
            if !any {
                return Ok(None);
            }
            reached = next;
        }
        let nearest = reached.iter().position(|reached| *reached);
        let furthest = reached.iter().rposition(|reached| *reached);
        Ok(nearest.zip(furthest).map(|(nearest, furthest)| (start + nearest, start + furthest)))
    }

    /// The first match at or behind `from`, as long as it can be.
    fn find(&self, text: &[char], from: usize, fuel: &mut usize) -> Result<Option<(usize, usize)>, Failure> {
        for start in from..=text.len() {
            *fuel = fuel.checked_sub(1).ok_or(Failure::TooMuch)?;
            // A pattern that begins with a character begins nowhere else.
            if let Some(Token::Char(first)) = self.0.first()
                && text.get(start) != Some(first)
            {
                continue;
            }
            if let Some((_, end)) = self.ends(text, start, fuel)? {
                return Ok(Some((start, end)));
            }
        }
        Ok(None)
    }
}

/// `value` without the shortest, or the longest, head that the pattern matches.
pub(crate) fn trim_prefix(
    pattern: &str,
    value: &str,
    longest: bool,
    fuel: &mut usize,
) -> Result<String, Failure> {
    let pattern = Pattern::new(pattern)?;
    let chars: Vec<char> = value.chars().collect();
    let end = pattern.ends(&chars, 0, fuel)?.map_or(0, |(near, far)| if longest { far } else { near });
    Ok(chars.get(end..).unwrap_or(&[]).iter().collect())
}

/// `value` without the shortest, or the longest, tail that the pattern matches.
pub(crate) fn trim_suffix(
    pattern: &str,
    value: &str,
    longest: bool,
    fuel: &mut usize,
) -> Result<String, Failure> {
    let turned: String = value.chars().rev().collect();
    let rest = trim_prefix(&reverse(pattern), &turned, longest, fuel)?;
    Ok(rest.chars().rev().collect())
}

/// A pattern from its end to its beginning, each escape still before what it escapes.
fn reverse(pattern: &str) -> String {
    let mut pieces: Vec<(char, Option<char>)> = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        pieces.push((c, if c == '\\' { chars.next() } else { None }));
    }
    let mut out = String::with_capacity(pattern.len());
    for (c, escaped) in pieces.into_iter().rev() {
        out.push(c);
        out.extend(escaped);
    }
    out
}

/// `value` with the first match, or every one, replaced.
pub(crate) fn replace(
    pattern: &str,
    replacement: &str,
    value: &str,
    all: bool,
    fuel: &mut usize,
) -> Result<String, Failure> {
    let pattern = Pattern::new(pattern)?;
    let chars: Vec<char> = value.chars().collect();
    let part = |from: usize, to: usize| chars.get(from..to).unwrap_or(&[]).iter();
    let mut out = String::new();
    if !all {
        let Some((start, end)) = pattern.find(&chars, 0, fuel)? else { return Ok(value.to_owned()) };
        out.extend(part(0, start));
        out.push_str(replacement);
        out.extend(part(end, chars.len()));
        return Ok(out);
    }
    // As Go's `ReplaceAllString`: no empty match right behind another match, and `$` means a group.
    let (mut from, mut copied) = (0, 0);
    while from <= chars.len() {
        let Some((start, end)) = pattern.find(&chars, from, fuel)? else { break };
        out.extend(part(copied, start));
        if end > copied || start == 0 {
            let matched: String = part(start, end).collect();
            let filled = fill(replacement, &matched);
            *fuel = fuel.checked_sub(filled.len()).ok_or(Failure::TooMuch)?;
            out.push_str(&filled);
        }
        copied = end;
        from = end.max(from + 1);
    }
    out.extend(part(copied, chars.len()));
    Ok(out)
}

/// A replacement as Go fills it in: `$0` is the match, `$$` a dollar, any other group is empty.
fn fill(template: &str, matched: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((head, tail)) = rest.split_once('$') {
        out.push_str(head);
        rest = tail;
        if let Some(tail) = rest.strip_prefix('$') {
            out.push('$');
            rest = tail;
            continue;
        }
        let braced = rest.strip_prefix('{');
        let inside = braced.unwrap_or(rest);
        let end = inside.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(inside.len());
        let closed = braced.is_none() || inside.get(end..).is_some_and(|tail| tail.starts_with('}'));
        if end == 0 || !closed {
            out.push('$');
            continue;
        }
        let name = inside.get(..end).unwrap_or("");
        if name.chars().all(|c| c == '0') && name.len() == 1 {
            out.push_str(matched);
        }
        rest = inside.get(end + usize::from(braced.is_some())..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_and_tails_are_cut() {
        let cut = |pattern: &str, value: &str, longest| {
            let mut fuel = 10_000;
            (
                trim_prefix(pattern, value, longest, &mut fuel).expect("a pattern"),
                trim_suffix(pattern, value, longest, &mut fuel).expect("a pattern"),
            )
        };
        let own = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(cut("*.", "a.b.c", false), own("b.c", "a.b.c"));
        assert_eq!(cut("*.", "a.b.c", true), own("c", "a.b.c"));
        assert_eq!(cut(".*", "a.b.c", false), own("a.b.c", "a.b"));
        assert_eq!(cut(".*", "a.b.c", true), own("a.b.c", "a"));
        assert_eq!(cut("?", "abc", true), own("bc", "ab"));
        assert_eq!(cut("\\*", "*x*", true), own("x*", "*x"));
        assert_eq!(cut("*", "a\nb", true), own("\nb", "a\n"));
    }

    #[test]
    fn matches_are_replaced() {
        let change = |pattern: &str, with: &str, value: &str, all| {
            replace(pattern, with, value, all, &mut 10_000).expect("a pattern")
        };
        assert_eq!(change("b", "x", "abab", false), "axab");
        assert_eq!(change("b", "x", "abab", true), "axax");
        assert_eq!(change("", "x", "ab", true), "xaxbx");
        assert_eq!(change("b*", "x", "abcb", true), "ax");
        assert_eq!(change("a", "<$0>", "aa", true), "<a><a>");
        assert_eq!(change("a", "<$0>", "aa", false), "<$0>a");
    }

    #[test]
    fn work_has_an_end() {
        let value = "a".repeat(1_000);
        let pattern = "*".repeat(1_000);
        assert_eq!(trim_prefix(&pattern, &value, true, &mut 10_000), Err(Failure::TooMuch));
        assert!(matches!(Pattern::new("\\x"), Err(Failure::Invalid(_))));
        assert!(matches!(Pattern::new("\\"), Err(Failure::Invalid(_))));
    }
}
