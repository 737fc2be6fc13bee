//! The call whose brackets are open at a place of Python, however broken the rest is. Counts brackets and
//! passes over strings and comments; knows nothing of what is called.

/// A call that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call<'t> {
    /// What is called: a chain of names; begins with a dot where it is called on something else.
    pub(super) callee: &'t str,
    /// How many arguments stand in front of the cursor's.
    pub(super) position: usize,
    /// The keywords of those.
    pub(super) given: Vec<&'t str>,
    /// The keyword of the cursor's argument, once its `=` is there.
    pub(super) keyword: Option<&'t str>,
    /// What is typed of the cursor's argument, where that is a name.
    pub(super) typed: &'t str,
}

/// A bracket that is open.
struct Frame<'t> {
    /// Where.
    open: usize,
    /// Where the argument begins that is being read.
    argument: usize,
    position: usize,
    given: Vec<&'t str>,
}

/// Statements that begin a line; what was open above them was never closed.
const STATEMENTS: [&str; 12] = [
    "import ", "from ", "def ", "class ", "return ", "raise ", "del ", "while ", "with ", "try:", "assert ",
    "async ",
];

/// The innermost call that is open at the end of `text`; `None` in a comment, and outside of calls.
pub(super) fn call_at(text: &str) -> Option<Call<'_>> {
    let mut frames: Vec<Frame<'_>> = Vec::new();
    let mut at = 0;
    let mut indent = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let c = rest.chars().next()?;
        let mut len = c.len_utf8();
        match c {
            '#' => {
                // A comment that goes on to the cursor holds it.
                len = rest.find('\n')?;
            }
            '\'' | '"' => len = string(rest, c),
            '\\' => len += rest.chars().nth(1).map_or(0, char::len_utf8),
            '(' | '[' | '{' => {
                frames.push(Frame { open: at, argument: at + 1, position: 0, given: Vec::new() })
            }
            ')' | ']' | '}' => drop(frames.pop()),
            ',' => {
                if let Some(frame) = frames.last_mut() {
                    frame.given.extend(text.get(frame.argument..at).and_then(keyword));
                    frame.position += 1;
                    frame.argument = at + 1;
                }
            }
            '\n' => {
                let line = rest.get(1..).unwrap_or("");
                let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
                let begins = |word: &&str| line.get(blanks..).is_some_and(|line| line.starts_with(*word));
                if frames.is_empty() {
                    indent = blanks;
                } else if blanks <= indent && STATEMENTS.iter().any(begins) {
                    frames.clear();
                    indent = blanks;
                }
            }
            _ => {}
        }
        at += len;
    }
    let frame = frames.pop()?;
    if !text.get(frame.open..)?.starts_with('(') {
        return None;
    }
    let callee = callee(text.get(..frame.open)?)?;
    let argument = text.get(frame.argument..)?;
    let typed = argument.trim_start();
    let typed = if typed.chars().all(is_name) { typed } else { "" };
    Some(Call { callee, position: frame.position, given: frame.given, keyword: keyword(argument), typed })
}

/// The length of the string that `text` begins with; all of it where the string does not end.
fn string(text: &str, quote: char) -> usize {
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    let long = text.starts_with(&triple);
    let mut at = if long { 3 } else { 1 };
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if long && rest.starts_with(&triple) {
            return at + 3;
        }
        let Some(c) = rest.chars().next() else { break };
        match c {
            '\\' => at += 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            // A string of one line that does not end was not ended yet.
            '\n' if !long => return at,
            c if !long && c == quote => return at + 1,
            c => at += c.len_utf8(),
        }
    }
    text.len()
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// `name` of an argument `name=…`.
fn keyword(argument: &str) -> Option<&str> {
    let (name, behind) = argument.split_once('=')?;
    let name = name.trim();
    (!name.is_empty() && name.chars().all(is_name) && !behind.starts_with('=')).then_some(name)
}

/// The chain of names at the end of a text; `None` for what is defined there, not called.
fn callee(head: &str) -> Option<&str> {
    let head = head.trim_end_matches([' ', '\t']);
    let start = head.len() - head.trim_end_matches(|c: char| is_name(c) || c == '.').len();
    let chain = head.get(head.len() - start..)?;
    let before = head.get(..head.len() - start)?.trim_end_matches([' ', '\t']);
    let defined = before.ends_with("def") || before.ends_with("class");
    (!chain.is_empty() && !defined).then_some(chain)
}

#[cfg(test)]
mod tests {
    use super::call_at;

    /// `callee position keyword/typed given` at the cursor `|`.
    fn shown(marked: &str) -> Option<String> {
        let call = call_at(marked.split('|').next()?)?;
        let word = call.keyword.unwrap_or(call.typed);
        Some(format!("{} {} {word} {:?}", call.callee, call.position, call.given))
    }

    #[test]
    fn the_innermost_call_is_found() {
        for (text, expected) in [
            ("f(|", Some("f 0  []")),
            ("a.b.f ( x, y=1, z|", Some("a.b.f 2 z [\"y\"]")),
            ("f(name='a, (b', im|age", Some("f 1 im [\"name\"]")),
            ("f(a, g(b), image=|", Some("f 2 image []")),
            ("f(a, [1, 2|", None),
            ("f(a, [1, 2], |", Some("f 2  []")),
            ("f(a)|", None),
            ("f(a # b, |", None),
            ("f(a, # b\n  '''\n,''', |", Some("f 2  []")),
            ("f(\nx = 1\nimport a\ng(|", Some("g 0  []")),
            ("f(\ndef g(|", None),
            ("x().f(\"é😀, |", Some(".f 0  []")),
            ("f('a\ng(|", Some("g 0  []")),
            ("f(a == b, x|", Some("f 1 x []")),
        ] {
            assert_eq!(shown(text), expected.map(str::to_owned), "{text:?}");
        }
    }
}
