//! Ranges. Two kinds that must never be mixed: [`TextRange`] counts bytes of the text that a parser
//! was given, [`HostRange`] counts bytes of the file that a person has open. For a file on its own
//! they coincide; for a Dockerfile inside a Python string only a
//! [`SourceMap`](crate::map::SourceMap) leads from one to the other.

/// A half-open range of UTF-8 bytes in the text that a parser was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextRange {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A half-open range of UTF-8 bytes in the file that a person has open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostRange {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

macro_rules! range_methods {
    ($name:ident) => {
        impl $name {
            /// The range from `start` to `end`; an `end` before `start` gives an empty range at `start`.
            #[must_use]
            pub const fn new(start: usize, end: usize) -> Self {
                let end = if end < start { start } else { end };
                Self { start, end }
            }

            /// The empty range at `at`.
            #[must_use]
            pub const fn empty(at: usize) -> Self {
                Self { start: at, end: at }
            }

            /// The number of bytes.
            #[must_use]
            pub const fn len(self) -> usize {
                self.end - self.start
            }

            /// Whether no byte is in it.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.start == self.end
            }

            /// Whether `offset` lies in it or at its very end, as a cursor does.
            #[must_use]
            pub const fn touches(self, offset: usize) -> bool {
                self.start <= offset && offset <= self.end
            }

            /// Whether all of `other` lies in it.
            #[must_use]
            pub const fn contains_range(self, other: Self) -> bool {
                self.start <= other.start && other.end <= self.end
            }

            /// The smallest range that holds both.
            #[must_use]
            pub fn cover(self, other: Self) -> Self {
                Self { start: self.start.min(other.start), end: self.end.max(other.end) }
            }

            /// Whether they share a byte, or one is an empty range that touches the other.
            #[must_use]
            pub const fn intersects(self, other: Self) -> bool {
                self.start <= other.end && other.start <= self.end
            }

            /// The text that it covers; empty where it does not lie on character boundaries of `text`.
            #[must_use]
            pub fn slice(self, text: &str) -> &str {
                text.get(self.start..self.end).unwrap_or("")
            }
        }
    };
}

range_methods!(TextRange);
range_methods!(HostRange);

/// Where the lines of a text begin. A line ends at LF, CRLF or a lone CR, as in LSP.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
    len: usize,
}

impl LineIndex {
    /// Reads `text` once.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (i, byte) in bytes.iter().enumerate() {
            let ends_line = *byte == b'\n' || (*byte == b'\r' && bytes.get(i + 1) != Some(&b'\n'));
            if ends_line {
                starts.push(i + 1);
            }
        }
        Self { starts, len: bytes.len() }
    }

    /// The line of `offset`, counted from 0.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The byte at which `line` (from 0) begins; the length of the text for a line past the end.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.len)
    }

    /// The bytes of `line` (from 0), its line end included.
    #[must_use]
    pub fn line_range(&self, line: usize) -> TextRange {
        TextRange::new(self.line_start(line), self.line_start(line + 1))
    }

    /// How many lines there are; at least one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_lf_crlf_and_cr() {
        let index = LineIndex::new("a\nb\r\nc\rd");
        let starts: Vec<usize> = (0..index.count()).map(|line| index.line_start(line)).collect();
        assert_eq!(starts, [0, 2, 5, 7]);
        assert_eq!(index.line(4), 1);
        assert_eq!(index.line(8), 3);
    }
}
