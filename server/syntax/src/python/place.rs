//! Where in a program a cursor stands, from the characters alone: works on half-typed code, where a
//! tree breaks. Knows strings, comments and brackets, and nothing of statements.

use crate::text::TextRange;

/// Where a cursor stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Whether it stands in a comment.
    pub comment: bool,
    /// The string that it stands in.
    pub string: Option<StringPlace>,
    /// The brackets that are open around it, the innermost last.
    pub brackets: Vec<Bracket>,
    /// The chain of names in front of the last dot before it, as in `env.docker.`.
    pub object: Option<String>,
    /// The name that it stands in; empty where it stands in none.
    pub name: TextRange,
    /// What the line assigns to in front of it: `env.docker.base_image` in `env.docker.base_image = `.
    pub target: Option<String>,
}

/// A string that a cursor stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringPlace {
    /// What stands between the quotes; of a string that is not closed, up to what cannot belong to a
    /// name or an address.
    pub content: TextRange,
    /// The letters in front of the quote.
    pub prefix: String,
    /// The quote.
    pub quote: String,
}

/// A bracket that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// `(`, `[` or `{`.
    pub open: char,
    /// Where it stands.
    pub at: usize,
    /// The chain of names in front of it; empty where there is none.
    pub callee: String,
    /// How many commas stand between it and the cursor.
    pub commas: usize,
    /// The keyword of the argument that the cursor stands in.
    pub keyword: Option<String>,
    /// The keywords of the other arguments, those behind the cursor too.
    pub keywords: Vec<String>,
    /// Whether nothing but a name stands between the last comma and the cursor.
    pub fresh: bool,
}

/// Where a cursor at `offset` stands.
#[must_use]
pub fn place_at(text: &str, offset: usize) -> Place {
    let mut reader = Reader { text, offset, ..Reader::default() };
    reader.read();
    let mut out = reader.out.take().unwrap_or_default();
    let head = text.get(..offset).unwrap_or("");
    if out.string.is_none() && !out.comment {
        let start = head.len() - tail(head, is_word).len();
        let rest = text.get(offset..).unwrap_or("");
        let end = offset + rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        out.name = TextRange::new(start, end);
        let before = head.get(..start).unwrap_or("");
        if let Some(object) = before.strip_suffix('.') {
            let chain = tail(object, |c| is_word(c) || c == '.');
            out.object = (!chain.is_empty()).then(|| chain.to_owned());
        }
        if let Some(bracket) = out.brackets.last_mut() {
            bracket.fresh = before.trim_end().ends_with([',', bracket.open]);
        }
    } else {
        out.name = TextRange::empty(offset);
    }
    let line = head.rsplit('\n').next().unwrap_or("");
    let from = if out.brackets.is_empty() { line } else { "" };
    out.target = from.split_once('=').filter(|(_, value)| !value.starts_with('=')).and_then(|(target, _)| {
        let target = target.trim();
        let chain = !target.is_empty() && target.chars().all(|c| is_word(c) || c == '.');
        chain.then(|| target.to_owned())
    });
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The longest end of `text` of characters that fit.
fn tail(text: &str, fits: impl Fn(char) -> bool) -> &str {
    let end = text.char_indices().rev().find(|(_, c)| !fits(*c)).map_or(0, |(at, c)| at + c.len_utf8());
    text.get(end..).unwrap_or("")
}

#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    offset: usize,
    brackets: Vec<Bracket>,
    out: Option<Place>,
    /// The number of open brackets around the cursor, once it has been passed.
    depth: Option<usize>,
    /// The indent of the line on which the outermost bracket was opened.
    indent: usize,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut at = 0;
        let mut word = TextRange::empty(0);
        while let Some(c) = self.text.get(at..).and_then(|rest| rest.chars().next()) {
            if at >= self.offset && self.out.is_none() {
                self.arrive(Place::default());
            }
            if self.depth.is_some_and(|depth| self.brackets.len() < depth || depth == 0) {
                return;
            }
            let mut next = at + c.len_utf8();
            match c {
                '#' => {
                    next = at + self.rest(at).find('\n').unwrap_or(self.rest(at).len());
                    if at < self.offset && self.offset <= next && self.out.is_none() {
                        self.arrive(Place { comment: true, ..Place::default() });
                    }
                }
                '"' | '\'' => next = self.string(at),
                '(' | '[' | '{' => self.open(at, c),
                ')' | ']' | '}' => {
                    if self.brackets.pop().is_none() && self.out.is_some() {
                        return;
                    }
                }
                ',' => {
                    if let Some(bracket) = self.innermost() {
                        (bracket.commas, bracket.keyword) = (bracket.commas + 1, None);
                    }
                }
                '=' => {
                    let comparison = self.rest(next).starts_with('=')
                        || self.text.get(..at).is_some_and(|head| head.ends_with(['=', '!', '<', '>']));
                    if word.end == at || self.text.get(word.end..at).is_some_and(|gap| gap.trim().is_empty())
                    {
                        let name = word.slice(self.text).to_owned();
                        if !comparison && !name.is_empty() {
                            self.keyword(name);
                        }
                    }
                }
                '\n' if !self.brackets.is_empty() => {
                    if begins_statement(self.rest(next), self.indent) {
                        if self.out.is_some() {
                            return;
                        }
                        self.brackets.clear();
                    }
                }
                _ => {}
            }
            if is_word(c) {
                word =
                    if word.end == at { TextRange::new(word.start, next) } else { TextRange::new(at, next) };
            }
            at = next;
        }
        if self.out.is_none() {
            self.arrive(Place::default());
        }
    }

    fn rest(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or("")
    }

    /// The innermost bracket, as long as the cursor has not been passed.
    fn innermost(&mut self) -> Option<&mut Bracket> {
        if self.out.is_some() { None } else { self.brackets.last_mut() }
    }

    fn arrive(&mut self, place: Place) {
        self.depth = Some(self.brackets.len());
        self.out = Some(Place { brackets: self.brackets.clone(), ..place });
    }

    /// Behind the cursor the keywords of its own call are collected.
    fn keyword(&mut self, name: String) {
        if self.out.is_none() {
            if let Some(bracket) = self.brackets.last_mut().filter(|bracket| bracket.open == '(') {
                bracket.keywords.push(name.clone());
                bracket.keyword = Some(name);
            }
            return;
        }
        if self.depth == Some(self.brackets.len())
            && let Some(bracket) = self.out.as_mut().and_then(|out| out.brackets.last_mut())
        {
            bracket.keywords.push(name);
        }
    }

    fn open(&mut self, at: usize, open: char) {
        let head = self.text.get(..at).unwrap_or("");
        if self.brackets.is_empty() {
            let line = head.rsplit('\n').next().unwrap_or("");
            self.indent = line.len() - line.trim_start().len();
        }
        let callee = tail(head, |c| is_word(c) || c == '.').to_owned();
        let (commas, keyword, keywords, fresh) = (0, None, Vec::new(), false);
        self.brackets.push(Bracket { open, at, callee, commas, keyword, keywords, fresh });
    }

    /// Passes the string whose quote stands at `at`.
    fn string(&mut self, at: usize) -> usize {
        let rest = self.rest(at);
        let triple = ["\"\"\"", "'''"].into_iter().find(|quote| rest.starts_with(quote));
        let quote = triple.unwrap_or_else(|| rest.get(..1).unwrap_or("\"")).to_owned();
        let start = at + quote.len();
        let head = self.text.get(..at).unwrap_or("");
        let letters = tail(head, |c| c.is_ascii_alphabetic());
        let prefix =
            if letters.len() <= 2 && letters.chars().all(|c| "rRbBfFuU".contains(c)) { letters } else { "" };
        let prefix = prefix.to_owned();
        let mut chars = self.rest(start).char_indices();
        let (mut end, mut closed) = (self.text.len(), false);
        while let Some((found, c)) = chars.next() {
            if c == '\\' {
                chars.next();
            } else if c == '\n' && triple.is_none() {
                end = start + found;
                break;
            } else if self.rest(start + found).starts_with(&quote) {
                (end, closed) = (start + found, true);
                break;
            }
        }
        if self.out.is_none() && start <= self.offset && self.offset <= end {
            let content = if closed {
                TextRange::new(start, end)
            } else {
                let ends = |c: char| !(c.is_alphanumeric() || "._:/@-".contains(c));
                let rest = self.text.get(self.offset..end).unwrap_or("");
                TextRange::new(start, self.offset + rest.find(ends).unwrap_or(rest.len()))
            };
            self.arrive(Place {
                string: Some(StringPlace { content, prefix, quote: quote.clone() }),
                ..Place::default()
            });
        }
        if closed { end + quote.len() } else { end.max(start) }
    }
}

/// Whether a line most likely begins a statement, so that what was open before it is half typed.
fn begins_statement(text: &str, indent: usize) -> bool {
    const WORDS: [&str; 10] =
        ["import", "from", "def", "class", "if", "for", "while", "with", "return", "try:"];
    let line = text.lines().next().unwrap_or("");
    let content = line.trim_start();
    if content.is_empty() || line.len() - content.len() > indent {
        return false;
    }
    let first = content.split([' ', '\t', '(']).next().unwrap_or("");
    let chain = content.find(|c| !(is_word(c) || c == '.')).unwrap_or(content.len());
    let rest = content.get(chain..).unwrap_or("").trim_start();
    let assigns =
        chain > 0 && rest.starts_with('=') && !rest.starts_with("==") && !line.trim_end().ends_with(',');
    WORDS.contains(&first) || assigns || chain > 0 && rest.starts_with('(') && !line.trim_end().ends_with(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn at(marked: &str) -> (String, Place) {
        let offset = marked.find("$0").expect("a cursor");
        let text = marked.replace("$0", "");
        let place = place_at(&text, offset);
        (text, place)
    }

    #[test]
    fn attributes_and_names() {
        let (text, place) = at("env.docker.base$0_x = 1\n");
        assert_eq!((place.object.as_deref(), place.name.slice(&text)), (Some("env.docker"), "base_x"));
        let (_, place) = at("x = 1\nenv.$0\ny = 2\n");
        assert_eq!(place.object.as_deref(), Some("env"));
        assert!(at("# env.$0").1.comment);
        assert!(at("a = 'env.$0'").1.string.is_some());
    }

    #[test]
    fn calls_know_their_arguments() {
        let (_, place) = at("e = Environment(\n    name=\"x\",\n    im$0\n    os_type='linux')\n");
        let call = place.brackets.last().expect("a call");
        assert_eq!((call.callee.as_str(), call.commas, call.fresh), ("Environment", 1, true));
        assert_eq!(call.keywords, ["name", "os_type"]);
        let (_, place) = at("e = Environment(image=$0\nf = 1\n");
        let call = place.brackets.last().expect("a call");
        assert_eq!((call.keyword.as_deref(), call.fresh), (Some("image"), false));
        // What is not closed above ends where a statement begins.
        let (_, place) = at("e = Environment(name='x'\nf = command($0\n");
        assert_eq!(place.brackets.len(), 1);
    }

    #[test]
    fn strings_that_are_not_closed_end_on_their_line() {
        for (marked, content) in [
            ("env.docker.base_image = \"mcr.mi$0\nx = 1\n", "mcr.mi"),
            ("Environment(image='mcr.$0)\n", "mcr."),
            ("Environment(image=f\"a$0b\", name='x')\n", "ab"),
        ] {
            let (text, place) = at(marked);
            assert_eq!(place.string.expect("a string").content.slice(&text), content);
        }
        let (_, place) = at("env.docker.base_image = \"mcr.$0\n");
        assert_eq!(place.target.as_deref(), Some("env.docker.base_image"));
    }
}
