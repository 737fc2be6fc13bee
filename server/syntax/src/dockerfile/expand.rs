//! BuildKit's shell lexer: words split, quotes and escapes removed, variables put in.
//!
//! A pure function of the text and of what each variable is. It is not a shell: BuildKit uses it
//! for its own instructions and for heredoc markers; the text of `RUN` goes to a real shell.
//! Knows nothing of instructions.

use std::iter::Peekable;
use std::str::Chars;

use super::pattern::{self, Failure};

/// What a variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// It has this value.
    Known(&'a str),
    /// It may have any value, or none.
    Opaque,
    /// It is not set.
    Unset,
}

/// What became of a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The word, quotes and escapes gone; `None` where it hangs on something opaque.
    pub value: Option<String>,
    /// The words it falls into at blanks that are not quoted; `None` where `value` is. A word in
    /// progress is lost before `${x:-…}` and its like, as BuildKit loses it.
    pub words: Option<Vec<String>>,
    /// Whether a variable that is not set stood where its value was wanted, and gave nothing.
    pub blank: bool,
}

/// What BuildKit says of a word that it refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpandError(pub String);

/// The most work that one word may take: characters put in and steps of patterns. What takes more is
/// opaque, because `ENV A=$A$A` doubles with each line.
pub(crate) const FUEL: usize = 1 << 16;

/// Deeper `${a:-${b:-…}}` than this is refused, where BuildKit would go on.
const MAX_DEPTH: usize = 64;

/// Expands `word` as BuildKit expands the arguments of its instructions.
///
/// # Errors
///
/// Where BuildKit refuses the word: an open quote or brace, an unknown modifier, a wrong pattern,
/// `${x:?}` without a value.
pub fn expand<'v>(
    word: &str,
    escape: char,
    variables: &dyn Fn(&str) -> Value<'v>,
) -> Result<Expanded, ExpandError> {
    expand_within(word, escape, variables, &mut { FUEL })
}

/// As [`expand`], with the work counted against `fuel`.
pub(crate) fn expand_within<'v>(
    word: &str,
    escape: char,
    variables: &dyn Fn(&str) -> Value<'v>,
    fuel: &mut usize,
) -> Result<Expanded, ExpandError> {
    let mut lexer = Lexer::new(word, escape, variables);
    lexer.fuel = *fuel;
    let read = lexer.until(None, false, 0);
    *fuel = lexer.fuel;
    let (piece, words) = read?;
    let known = !piece.opaque;
    Ok(Expanded { value: known.then_some(piece.text), words: known.then_some(words), blank: piece.blank })
}

/// Expands the body of a heredoc of `COPY` or `ADD`, whose quotes are left as they are.
///
/// # Errors
///
/// As [`expand`].
pub fn expand_heredoc<'v>(
    body: &str,
    variables: &dyn Fn(&str) -> Value<'v>,
) -> Result<Expanded, ExpandError> {
    let mut lexer = Lexer::new(body, '\\', variables);
    lexer.plain_quotes = true;
    let (piece, words) = lexer.until(None, false, 0)?;
    let known = !piece.opaque;
    Ok(Expanded { value: known.then_some(piece.text), words: known.then_some(words), blank: piece.blank })
}

/// The words of `text` with no variable put in, all of them left as they are; quotes and escapes kept
/// where asked. Backslash is the escape, as in BuildKit's reading of heredocs.
pub(crate) fn words(text: &str, raw_quotes: bool, raw_escapes: bool) -> Result<Vec<String>, ExpandError> {
    let mut lexer = Lexer::new(text, '\\', &|_| Value::Unset);
    lexer.raw_quotes = raw_quotes;
    lexer.raw_escapes = raw_escapes;
    lexer.skip_unset = true;
    lexer.until(None, raw_escapes, 0).map(|(_, words)| words)
}

/// A stretch of output.
#[derive(Default)]
struct Piece {
    text: String,
    opaque: bool,
    blank: bool,
}

impl Piece {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    fn opaque() -> Self {
        Self { opaque: true, ..Self::default() }
    }

    fn push(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.opaque |= other.opaque;
        self.blank |= other.blank;
    }
}

struct Lexer<'t, 'v> {
    chars: Peekable<Chars<'t>>,
    escape: char,
    variables: &'t dyn Fn(&str) -> Value<'v>,
    raw_quotes: bool,
    raw_escapes: bool,
    skip_unset: bool,
    /// Whether quotes are characters like any other.
    plain_quotes: bool,
    /// The word in progress. One for all levels, as in BuildKit, where an inner level clears it.
    word: String,
    fuel: usize,
}

/// The words of one level.
#[derive(Default)]
struct Words {
    done: Vec<String>,
    in_word: bool,
}

impl Words {
    fn add_char(&mut self, word: &mut String, c: char) {
        if !c.is_whitespace() {
            word.push(c);
            self.in_word = true;
        } else if self.in_word && !word.is_empty() {
            self.done.push(std::mem::take(word));
            self.in_word = false;
        }
    }

    fn add_raw(&mut self, word: &mut String, text: &str) {
        word.push_str(text);
        self.in_word = true;
    }
}

fn refuse<T>(message: impl Into<String>) -> Result<T, ExpandError> {
    Err(ExpandError(message.into()))
}

impl<'t, 'v> Lexer<'t, 'v> {
    fn new(text: &'t str, escape: char, variables: &'t dyn Fn(&str) -> Value<'v>) -> Self {
        // Go's scanner drops a byte order mark at the beginning.
        let chars = text.strip_prefix('\u{feff}').unwrap_or(text).chars().peekable();
        Self {
            chars,
            escape,
            variables,
            raw_quotes: false,
            raw_escapes: false,
            skip_unset: false,
            plain_quotes: false,
            word: String::new(),
            fuel: FUEL,
        }
    }

    /// Reads to `stop`, or to the end.
    fn until(
        &mut self,
        stop: Option<char>,
        raw_escapes: bool,
        depth: usize,
    ) -> Result<(Piece, Vec<String>), ExpandError> {
        if depth > MAX_DEPTH {
            return refuse("substitutions are nested too deeply");
        }
        let saved = std::mem::replace(&mut self.raw_escapes, raw_escapes);
        let mut out = Piece::default();
        let mut words = Words::default();
        self.word.clear();
        let ended = loop {
            let Some(c) = self.chars.peek().copied() else { break stop.is_none() };
            if Some(c) == stop {
                self.chars.next();
                break true;
            }
            match c {
                '\'' | '"' if self.plain_quotes => {
                    self.chars.next();
                    words.add_char(&mut self.word, c);
                    out.text.push(c);
                }
                '\'' | '"' | '<' => {
                    let piece = match c {
                        '\'' => Piece::plain(self.single_quoted()?),
                        '"' => self.double_quoted(depth)?,
                        _ => Piece::plain(self.less_than()),
                    };
                    words.add_raw(&mut self.word, &piece.text);
                    out.push(&piece);
                }
                '$' => {
                    let piece = self.dollar(depth)?;
                    for c in piece.text.chars() {
                        words.add_char(&mut self.word, c);
                    }
                    out.push(&piece);
                }
                _ if c == self.escape => {
                    self.chars.next();
                    if self.raw_escapes {
                        words.add_raw(&mut self.word, c.encode_utf8(&mut [0; 4]));
                        out.text.push(c);
                    }
                    let Some(next) = self.chars.next() else { continue };
                    words.add_raw(&mut self.word, next.encode_utf8(&mut [0; 4]));
                    out.text.push(next);
                }
                _ => {
                    self.chars.next();
                    words.add_char(&mut self.word, c);
                    out.text.push(c);
                }
            }
        };
        self.raw_escapes = saved;
        if !ended {
            return refuse("unexpected end of statement while looking for a closing character");
        }
        if !self.word.is_empty() {
            words.done.push(std::mem::take(&mut self.word));
        }
        Ok((out, words.done))
    }

    fn single_quoted(&mut self) -> Result<String, ExpandError> {
        let mut out = String::new();
        self.chars.next();
        if self.raw_quotes {
            out.push('\'');
        }
        loop {
            match self.chars.next() {
                None => return refuse("unexpected end of statement while looking for matching single-quote"),
                Some('\'') => break,
                Some(c) => out.push(c),
            }
        }
        if self.raw_quotes {
            out.push('\'');
        }
        Ok(out)
    }

    fn double_quoted(&mut self, depth: usize) -> Result<Piece, ExpandError> {
        let mut out = Piece::default();
        self.chars.next();
        if self.raw_quotes {
            out.text.push('"');
        }
        loop {
            match self.chars.peek().copied() {
                None => return refuse("unexpected end of statement while looking for matching double-quote"),
                Some('"') => {
                    self.chars.next();
                    if self.raw_quotes {
                        out.text.push('"');
                    }
                    return Ok(out);
                }
                Some('$') => {
                    let piece = self.dollar(depth)?;
                    out.push(&piece);
                }
                Some(mut c) => {
                    self.chars.next();
                    if c == self.escape {
                        if self.raw_escapes {
                            out.text.push(c);
                        }
                        match self.chars.peek().copied() {
                            // An escape at the end of the word is dropped.
                            None => continue,
                            Some(next) if next == '"' || next == '$' || next == self.escape => {
                                c = next;
                                self.chars.next();
                            }
                            Some(_) => {}
                        }
                    }
                    out.text.push(c);
                }
            }
        }
    }

    /// `<`, or `<<` with the blanks that may stand before the name of a heredoc.
    fn less_than(&mut self) -> String {
        self.chars.next();
        if self.chars.next_if_eq(&'<').is_none() {
            return "<".to_owned();
        }
        let mut out = "<<".to_owned();
        while let Some(blank) = self.chars.next_if(|c| matches!(c, '\t' | '\r' | ' ')) {
            out.push(blank);
        }
        out
    }

    fn value(&mut self, name: &str) -> Value<'v> {
        let value = (self.variables)(name);
        if let Value::Known(text) = value {
            match self.fuel.checked_sub(text.len()) {
                Some(left) => self.fuel = left,
                None => return Value::Opaque,
            }
        }
        value
    }

    /// The value where it is wanted as it is.
    fn plain_value(&mut self, name: &str, unset: impl Fn() -> String) -> Piece {
        match self.value(name) {
            Value::Known(text) => Piece::plain(text),
            Value::Opaque => Piece::opaque(),
            Value::Unset if self.skip_unset => Piece::plain(unset()),
            Value::Unset => Piece { blank: true, ..Piece::default() },
        }
    }

    fn dollar(&mut self, depth: usize) -> Result<Piece, ExpandError> {
        self.chars.next();
        if self.chars.next_if_eq(&'{').is_none() {
            let name = self.name();
            if name.is_empty() {
                return Ok(Piece::plain("$"));
            }
            return Ok(self.plain_value(&name, || format!("${name}")));
        }
        match self.chars.peek() {
            None => return refuse("syntax error: missing '}'"),
            Some('{' | '}' | ':') => return refuse("syntax error: bad substitution"),
            Some(_) => {}
        }
        let name = self.name();
        match self.chars.next() {
            Some('}') => Ok(self.plain_value(&name, || format!("${{{name}}}"))),
            Some(':') => {
                let modifier = self.chars.next();
                self.modified(&name, modifier, true, depth)
            }
            Some('/') => self.replaced(&name, depth),
            modifier => self.modified(&name, modifier, false, depth),
        }
    }

    fn modified(
        &mut self,
        name: &str,
        modifier: Option<char>,
        colon: bool,
        depth: usize,
    ) -> Result<Piece, ExpandError> {
        let shown: String = colon.then_some(':').into_iter().chain(modifier).collect();
        let unsupported = || refuse(format!("unsupported modifier ({shown}) in substitution"));
        let trims = matches!(modifier, Some('#' | '%'));
        let modifier = match modifier {
            Some(c @ ('+' | '-' | '?')) => c,
            Some(c) if trims != colon => c,
            _ => return unsupported(),
        };
        let (word, _) = self.until(Some('}'), trims, depth + 1)?;
        let value = self.value(name);
        if self.skip_unset && value == Value::Unset {
            return Ok(Piece { text: format!("${{{name}{shown}{}}}", word.text), ..word });
        }
        if trims {
            return self.trimmed(value, &word, modifier);
        }
        // Behind a colon any character comes this far: its word is read before it is refused.
        if !matches!(modifier, '+' | '-' | '?') {
            return unsupported();
        }
        let given = match value {
            Value::Known(text) => Some(text).filter(|text| !(colon && text.is_empty())),
            Value::Opaque => return Ok(Piece::opaque()),
            Value::Unset => None,
        };
        match (modifier, given) {
            ('-', None) => Ok(word),
            ('+', None) => Ok(Piece::default()),
            ('+', Some(_)) => Ok(word),
            (_, Some(text)) => Ok(Piece::plain(text)),
            (_, None) => {
                let state = if value == Value::Unset { "unset" } else { "empty" };
                let message = match word.text.as_str() {
                    "" => format!("{name}: is not allowed to be {state}"),
                    said => format!("{name}: {said}"),
                };
                refuse(message)
            }
        }
    }

    fn trimmed(&mut self, value: Value<'_>, word: &Piece, modifier: char) -> Result<Piece, ExpandError> {
        let (longest, pattern) =
            word.text.strip_prefix(modifier).map_or((false, word.text.as_str()), |rest| (true, rest));
        if word.opaque {
            return Ok(Piece::opaque());
        }
        let text = match value {
            Value::Known(text) => text,
            Value::Opaque | Value::Unset => "",
        };
        let cut = if modifier == '%' { pattern::trim_suffix } else { pattern::trim_prefix };
        let result = cut(pattern, text, longest, &mut self.fuel);
        finished(result, value, pattern, word.blank)
    }

    fn replaced(&mut self, name: &str, depth: usize) -> Result<Piece, ExpandError> {
        let all = self.chars.next_if_eq(&'/').is_some();
        let (pattern, _) = self.until(Some('/'), true, depth + 1)?;
        let (replacement, _) = self.until(Some('}'), true, depth + 1)?;
        let value = self.value(name);
        if self.skip_unset && value == Value::Unset {
            return Ok(Piece::plain(format!("${{{name}/{}/{}}}", pattern.text, replacement.text)));
        }
        if pattern.opaque || replacement.opaque {
            return Ok(Piece::opaque());
        }
        let text = match value {
            Value::Known(text) => text,
            Value::Opaque | Value::Unset => "",
        };
        let result = pattern::replace(&pattern.text, &replacement.text, text, all, &mut self.fuel);
        finished(result, value, &pattern.text, pattern.blank || replacement.blank)
    }

    /// A name: letters, digits and `_`; or digits only; or one special character.
    fn name(&mut self) -> String {
        let mut name = String::new();
        match self.chars.peek().copied() {
            Some(c) if c.is_numeric() => {
                while let Some(c) = self.chars.next_if(|c| c.is_numeric()) {
                    name.push(c);
                }
            }
            Some(c @ ('@' | '*' | '#' | '?' | '-' | '$' | '!')) => {
                self.chars.next();
                name.push(c);
            }
            _ => {
                while let Some(c) = self.chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    name.push(c);
                }
            }
        }
        name
    }
}

/// What a pattern made of a value.
fn finished(
    result: Result<String, Failure>,
    value: Value<'_>,
    pattern: &str,
    blank: bool,
) -> Result<Piece, ExpandError> {
    match (result, value) {
        (Err(Failure::Invalid(why)), _) => {
            refuse(format!("invalid pattern ({pattern}) in substitution: {why}"))
        }
        (Err(Failure::TooMuch), _) | (_, Value::Opaque) => Ok(Piece::opaque()),
        (Ok(text), _) => Ok(Piece { text, opaque: false, blank: blank || value == Value::Unset }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `A=ab`, `E=` (empty), `O` opaque; nothing else is set.
    fn variables(name: &str) -> Value<'static> {
        match name {
            "A" => Value::Known("ab"),
            "P" => Value::Known("/usr/lib/x.tar.gz"),
            "E" => Value::Known(""),
            "O" => Value::Opaque,
            _ => Value::Unset,
        }
    }

    /// The value; `?` for an opaque one, `!` for a refusal.
    fn shown(word: &str) -> String {
        match expand(word, '\\', &variables) {
            Ok(expanded) => expanded.value.unwrap_or_else(|| "?".to_owned()),
            Err(_) => "!".to_owned(),
        }
    }

    #[test]
    fn words_are_expanded_as_buildkit_does() {
        for (word, expected) in [
            ("x$A.y", "xab.y"),
            ("x${A}y", "xaby"),
            ("x${N}y", "xy"),
            ("${N:-d}${E:-d}${A:-d}", "ddab"),
            ("${N-d}${E-d}${A-d}", "dab"),
            ("${N:+d}${E:+d}${A:+d}", "d"),
            ("${N+d}${E+d}${A+d}", "dd"),
            ("${A:?m}${A?m}${E?m}", "abab"),
            ("${E:?m}", "!"),
            ("${N?m}", "!"),
            ("${P#*/}", "usr/lib/x.tar.gz"),
            ("${P##*/}", "x.tar.gz"),
            ("${P%.*}", "/usr/lib/x.tar"),
            ("${P%%.*}", "/usr/lib/x"),
            ("${P/\\//-}", "-usr/lib/x.tar.gz"),
            ("${P//\\//-}", "-usr-lib-x.tar.gz"),
            ("${A/b}", "!"),
            ("${A:=x}", "!"),
            ("${A:#x}", "!"),
            ("${}", "!"),
            ("${A", "!"),
            ("$", "$"),
            ("\\$A \\${A}", "$A ${A}"),
            ("'$A' \"$A '$A'\"", "$A ab 'ab'"),
            ("\"\\$A \\a\"", "$A \\a"),
            ("'a", "!"),
            ("\"a", "!"),
            ("a\\", "a"),
            ("${N:-${M:-${A}c}}d", "abcd"),
            ("${N:-'}'}", "}"),
            ("$1x$12y", "xy"),
            ("a<b<<c", "a<b<<c"),
        ] {
            assert_eq!(shown(word), expected, "{word}");
        }
    }

    #[test]
    fn what_hangs_on_something_opaque_is_opaque() {
        for (word, expected) in [
            ("x$O", "?"),
            ("${O:-d}", "?"),
            ("${O:+d}", "?"),
            ("${O#x}", "?"),
            ("${O:?m}", "?"),
            ("${A:-$O}", "ab"),
            ("${N:-$O}", "?"),
            ("${N:+$O}", ""),
            ("${A#$O}", "?"),
            ("${O/\\x/y}", "!"),
        ] {
            assert_eq!(shown(word), expected, "{word}");
        }
    }

    #[test]
    fn unset_variables_that_give_nothing_are_told() {
        let blank = |word| expand(word, '\\', &variables).expect("a word").blank;
        assert!(blank("a:$N") && blank("${N%x}") && blank("${M:-$N}"));
        assert!(!blank("${N:-x}") && !blank("$A") && !blank("${N:+x}") && !blank("$E"));
    }

    #[test]
    fn the_escape_is_the_dockerfiles() {
        let value = |word| expand(word, '`', &variables).expect("a word").value;
        assert_eq!(value("`$A c:\\$A").as_deref(), Some("$A c:\\ab"));
        assert_eq!(value("\"`$A\\n\"").as_deref(), Some("$A\\n"));
    }

    #[test]
    fn words_split_at_blanks_behind_the_expansion() {
        let words = |word| expand(word, '\\', &variables).expect("a word").words.unwrap_or_default();
        assert_eq!(words("a b\\ c 'd e'"), ["a", "b c", "d e"]);
        // The word in progress is lost, as in BuildKit.
        assert_eq!(words("x a${N:-b c}d"), ["x", "b", "cd"]);
    }

    #[test]
    fn growth_and_depth_have_an_end() {
        let long = "x".repeat(1 << 12);
        let lookup = |_: &str| Value::Known(long.as_str());
        assert_eq!(expand(&"$a".repeat(100), '\\', &lookup).expect("a word").value, None);
        assert!(expand(&"${a:-".repeat(100_000), '\\', &lookup).is_err());
        assert_eq!(shown(&format!("{}x{}", "${N:-".repeat(60), "}".repeat(60))), "x");
    }
}
