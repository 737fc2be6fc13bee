//! Heredoc markers, found as BuildKit finds them: its shell lexer splits the whole joined line, with
//! nothing set, and a word such as `<<-EOF` is a marker. An error of the lexer cancels all of them.

/// A marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) name: String,
    pub(crate) expand: bool,
    pub(crate) chomp: bool,
    /// How many markers of any kind stand before it on the line, to find its place.
    pub(crate) raw: String,
}

/// Deeper `${a:-${b:-…}}` than this is not followed: no marker is found in such a line.
const MAX_DEPTH: usize = 64;

/// The markers of a joined line, in order.
pub(crate) fn markers(line: &str) -> Vec<Marker> {
    if !line.contains("<<") {
        return Vec::new();
    }
    let Some(words) = Lexer::words(line, true) else { return Vec::new() };
    let mut out = Vec::new();
    for word in words {
        match marker(&word) {
            Ok(Some(found)) => out.push(found),
            Ok(None) => {}
            Err(()) => return Vec::new(),
        }
    }
    out
}

fn marker(word: &str) -> Result<Option<Marker>, ()> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = word.get(..word.len() - rest.len()).unwrap_or("");
    let Some(rest) = rest.strip_prefix("<<") else { return Ok(None) };
    let (chomp, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    if !digits.is_empty() && digits.parse::<u64>().is_err() {
        return Err(());
    }
    let plain = Lexer::words(rest, false).ok_or(())?;
    let [name] = plain.as_slice() else { return Ok(None) };
    let raw = Lexer::words(rest, true).ok_or(())?;
    let expand = raw.first() == Some(name);
    Ok(Some(Marker { name: name.clone(), expand, chomp, raw: word.to_owned() }))
}

/// BuildKit's shell lexer with no variable set, unset ones left as they are, backslash as escape.
struct Lexer<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    raw_quotes: bool,
    raw_escapes: bool,
}

#[derive(Default)]
struct Words {
    done: Vec<String>,
    word: String,
    in_word: bool,
}

impl Words {
    fn add_char(&mut self, c: char) {
        if !c.is_whitespace() {
            self.add_raw_char(c);
        } else if self.in_word && !self.word.is_empty() {
            self.done.push(std::mem::take(&mut self.word));
            self.in_word = false;
        }
    }

    fn add_raw_char(&mut self, c: char) {
        self.word.push(c);
        self.in_word = true;
    }

    fn add_raw(&mut self, text: &str) {
        self.word.push_str(text);
        self.in_word = true;
    }
}

impl<'a> Lexer<'a> {
    fn words(text: &'a str, raw: bool) -> Option<Vec<String>> {
        let mut lexer = Self { chars: text.chars().peekable(), raw_quotes: raw, raw_escapes: raw };
        let (_, words) = lexer.until(None, raw, 0)?;
        Some(words)
    }

    /// Reads to `stop` or the end. `None` is an error, the only kind of failure that matters here.
    fn until(
        &mut self,
        stop: Option<char>,
        raw_escapes: bool,
        depth: usize,
    ) -> Option<(String, Vec<String>)> {
        if depth > MAX_DEPTH {
            return None;
        }
        let saved = std::mem::replace(&mut self.raw_escapes, raw_escapes);
        let mut result = String::new();
        let mut words = Words::default();
        let ended = loop {
            let Some(c) = self.chars.peek().copied() else { break stop.is_none() };
            if Some(c) == stop {
                self.chars.next();
                break true;
            }
            match c {
                '\'' => {
                    let text = self.single_quoted()?;
                    result.push_str(&text);
                    words.add_raw(&text);
                }
                '"' => {
                    let text = self.double_quoted(depth)?;
                    result.push_str(&text);
                    words.add_raw(&text);
                }
                '$' => {
                    let text = self.dollar(depth)?;
                    result.push_str(&text);
                    text.chars().for_each(|c| words.add_char(c));
                }
                '\\' => {
                    self.chars.next();
                    if self.raw_escapes {
                        words.add_raw_char('\\');
                        result.push('\\');
                    }
                    let Some(next) = self.chars.next() else { continue };
                    words.add_raw_char(next);
                    result.push(next);
                }
                _ => {
                    self.chars.next();
                    words.add_char(c);
                    result.push(c);
                }
            }
        };
        self.raw_escapes = saved;
        if !ended {
            return None;
        }
        if !words.word.is_empty() {
            words.done.push(std::mem::take(&mut words.word));
        }
        Some((result, words.done))
    }

    fn single_quoted(&mut self) -> Option<String> {
        let mut out = String::new();
        let open = self.chars.next()?;
        if self.raw_quotes {
            out.push(open);
        }
        loop {
            let c = self.chars.next()?;
            if c == '\'' {
                if self.raw_quotes {
                    out.push(c);
                }
                return Some(out);
            }
            out.push(c);
        }
    }

    fn double_quoted(&mut self, depth: usize) -> Option<String> {
        let mut out = String::new();
        let open = self.chars.next()?;
        if self.raw_quotes {
            out.push(open);
        }
        loop {
            match self.chars.peek().copied()? {
                '"' => {
                    self.chars.next();
                    if self.raw_quotes {
                        out.push('"');
                    }
                    return Some(out);
                }
                '$' => out.push_str(&self.dollar(depth)?),
                _ => {
                    let mut c = self.chars.next()?;
                    if c == '\\' {
                        if self.raw_escapes {
                            out.push(c);
                        }
                        match self.chars.peek() {
                            None => continue,
                            Some('"' | '$' | '\\') => c = self.chars.next()?,
                            Some(_) => {}
                        }
                    }
                    out.push(c);
                }
            }
        }
    }

    fn dollar(&mut self, depth: usize) -> Option<String> {
        self.chars.next();
        if self.chars.peek() != Some(&'{') {
            let name = self.name();
            return Some(format!("${name}"));
        }
        self.chars.next();
        if matches!(self.chars.peek(), None | Some('{' | '}' | ':')) {
            return None;
        }
        let name = self.name();
        let mut modifier = self.chars.next()?;
        let mut shown = modifier.to_string();
        let colon = modifier == ':';
        if modifier == '}' {
            return Some(format!("${{{name}}}"));
        }
        if colon {
            modifier = self.chars.next()?;
            shown.push(modifier);
        }
        match modifier {
            '+' | '-' | '?' | '#' | '%' => {
                let raw = matches!(modifier, '#' | '%');
                if raw && colon {
                    return None;
                }
                let (word, _) = self.until(Some('}'), raw, depth + 1)?;
                Some(format!("${{{name}{shown}{word}}}"))
            }
            '/' if !colon => {
                if self.chars.peek() == Some(&'/') {
                    self.chars.next();
                    shown.push('/');
                }
                let (pattern, _) = self.until(Some('/'), true, depth + 1)?;
                let (replacement, _) = self.until(Some('}'), true, depth + 1)?;
                Some(format!("${{{name}{shown}{pattern}/{replacement}}}"))
            }
            _ => None,
        }
    }

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
