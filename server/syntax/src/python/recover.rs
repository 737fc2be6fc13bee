//! Lines that could not be read together, told apart so that each can be read on its own: one that is
//! half typed must not take its neighbours along. Knows lines, strings and brackets, nothing else.

use crate::text::TextRange;

/// A statement and what is indented below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    /// All of it, from its first character that is no blank.
    pub(super) range: TextRange,
    /// Where the lines below its first logical line begin; the end where there are none.
    pub(super) body: usize,
}

/// The statements from `start`, the beginning of a line, on: all up to `limit`, or as many as it takes
/// to come to `wanted`.
pub(super) fn chunks(text: &str, start: usize, wanted: usize, limit: usize) -> Vec<Chunk> {
    let mut out: Vec<(usize, Chunk)> = Vec::new();
    let mut lines = LogicalLines::new(text, start, limit);
    while let Some(line) = lines.next() {
        let shown = line.slice(text);
        let indent = shown.len() - shown.trim_start_matches([' ', '\t']).len();
        match out.last_mut() {
            Some((outer, chunk)) if indent > *outer => {
                if chunk.body == chunk.range.end {
                    chunk.body = line.start;
                }
                chunk.range.end = line.end;
            }
            Some((_, chunk)) if chunk.range.end >= wanted => break,
            _ => {
                let range = TextRange::new(line.start + indent, line.end);
                out.push((indent, Chunk { range, body: line.end }));
            }
        }
    }
    out.into_iter().map(|(_, chunk)| chunk).collect()
}

/// The logical lines that are neither blank nor comments, line ends left out.
struct LogicalLines<'t> {
    text: &'t str,
    at: usize,
    limit: usize,
}

impl<'t> LogicalLines<'t> {
    const fn new(text: &'t str, at: usize, limit: usize) -> Self {
        Self { text, at, limit }
    }

    fn next(&mut self) -> Option<TextRange> {
        let mut scanner = Scanner { depth: 0, quote: None };
        let (mut start, mut indent) = (self.at, None);
        for line in self.text.get(self.at..self.limit)?.split_inclusive('\n') {
            let here = self.at;
            let trimmed = line.trim_start_matches([' ', '\t']);
            let (own, code) = (line.len() - trimmed.len(), trimmed.trim_end());
            let Some(first) = indent else {
                self.at += line.len();
                if code.is_empty() || code.starts_with('#') {
                    continue;
                }
                (start, indent) = (here, Some(own));
                if scanner.goes_on(line) {
                    continue;
                }
                break;
            };
            // What stands no deeper than the line that opened a bracket, and is no argument, begins anew.
            let anew = scanner.depth > 0
                && scanner.quote.is_none()
                && own <= first
                && !code.is_empty()
                && !code.starts_with([')', ']', '}', '#'])
                && !code.ends_with(',');
            if anew {
                break;
            }
            self.at += line.len();
            if !scanner.goes_on(line) {
                break;
            }
        }
        indent?;
        let shown = self.text.get(start..self.at)?.trim_end();
        Some(TextRange::new(start, start + shown.len()))
    }
}

/// What is open at the end of a line.
struct Scanner {
    depth: usize,
    /// The quote of an open string, and whether it is a triple one.
    quote: Option<(char, bool)>,
}

impl Scanner {
    /// Reads a line; whether the next one belongs to the same statement.
    fn goes_on(&mut self, line: &str) -> bool {
        let mut rest = line.trim_end_matches(['\n', '\r']);
        while let Some(c) = rest.chars().next() {
            let triple = |quote: char| rest.chars().take(3).eq([quote; 3]);
            let mut len = c.len_utf8();
            match (self.quote, c) {
                (_, '\\') => match rest.chars().nth(1) {
                    Some(next) => len += next.len_utf8(),
                    None => return true,
                },
                (Some((quote, long)), c) if c == quote && (!long || triple(quote)) => {
                    self.quote = None;
                    len = if long { 3 } else { 1 };
                }
                (None, '\'' | '"') => {
                    let long = triple(c);
                    self.quote = Some((c, long));
                    len = if long { 3 } else { 1 };
                }
                (None, '#') => break,
                (None, '(' | '[' | '{') => self.depth += 1,
                (None, ')' | ']' | '}') => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            rest = rest.get(len..).unwrap_or("");
        }
        if self.quote.is_some_and(|(_, long)| !long) {
            // Such a string ends with its line, closed or not.
            self.quote = None;
        }
        self.depth > 0 || self.quote.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_told_apart() {
        for (text, expected) in [
            ("a\nb\n", &["a", "b"][..]),
            ("a = (1,\n  2)\nb\n", &["a = (1,\n  2)", "b"]),
            ("a = f(\nb = 1\nc", &["a = f(", "b = 1", "c"]),
            ("a = f(\n  x=1,\nb = 1\n", &["a = f(\n  x=1,", "b = 1"]),
            ("if a:\n  b\n\n  c\nd\n", &["if a:\n  b\n\n  c", "d"]),
            ("a = '''\nb\n'''\nc # (\nd", &["a = '''\nb\n'''", "c # (", "d"]),
            ("a = \\\n b\n# c\nd", &["a = \\\n b", "d"]),
            ("  a\n  b\nc", &["a", "b", "c"]),
            ("x = 'a\ny = 2", &["x = 'a", "y = 2"]),
        ] {
            let found: Vec<&str> =
                chunks(text, 0, text.len(), text.len()).iter().map(|chunk| chunk.range.slice(text)).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
