//! The text of an open document: edited by positions of the protocol, read by bytes.

use ropey::Rope;
use tower_lsp_server::ls_types::{Position, PositionEncodingKind, Range, TextDocumentContentChangeEvent};

/// What a column of the protocol counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units.
    #[default]
    Utf16,
    /// Code points.
    Utf32,
}

impl Encoding {
    /// UTF-8 where the client offers it, else the first of its list that is known, else UTF-16.
    pub(crate) fn negotiate(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offered = offered.unwrap_or(&[]);
        if offered.contains(&PositionEncodingKind::UTF8) {
            return Self::Utf8;
        }
        match offered.first() {
            Some(kind) if *kind == PositionEncodingKind::UTF32 => Self::Utf32,
            _ => Self::Utf16,
        }
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }
}

/// A text that is edited. Lines end as in the protocol: LF, CRLF, CR.
#[derive(Clone, Debug)]
pub(crate) struct Text(Rope);

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        Self(Rope::from_str(text))
    }

    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.len_bytes()
    }

    /// Takes changes over, in order.
    pub(crate) fn apply(&mut self, changes: Vec<TextDocumentContentChangeEvent>, encoding: Encoding) {
        for change in changes {
            match change.range {
                Some(range) => self.replace(range, &change.text, encoding),
                None => *self = Self::new(&change.text),
            }
        }
    }

    /// Replaces a range; positions past the end of a line or of the text mean its end.
    pub(crate) fn replace(&mut self, range: Range, new: &str, encoding: Encoding) {
        let start = self.0.byte_to_char(self.offset(range.start, encoding));
        let end = self.0.byte_to_char(self.offset(range.end, encoding)).max(start);
        self.0.remove(start..end);
        self.0.insert(start, new);
    }

    /// The byte at a position.
    pub(crate) fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let line = position.line as usize;
        if line >= self.0.len_lines() {
            return self.0.len_bytes();
        }
        let start = self.0.line_to_char(line);
        let mut end =
            if line + 1 < self.0.len_lines() { self.0.line_to_char(line + 1) } else { self.0.len_chars() };
        // The line end itself is behind the last position of a line.
        while end > start
            && matches!(self.0.get_char(end - 1), Some('\n' | '\r'))
            && line + 1 < self.0.len_lines()
        {
            end -= 1;
        }
        let column = position.character as usize;
        let char = match encoding {
            Encoding::Utf8 => {
                let byte = (self.0.char_to_byte(start) + column).min(self.0.char_to_byte(end));
                return self.0.char_to_byte(self.0.byte_to_char(byte));
            }
            Encoding::Utf16 => {
                let first = self.0.char_to_utf16_cu(start);
                let last = self.0.char_to_utf16_cu(end);
                self.0.utf16_cu_to_char((first + column).min(last))
            }
            Encoding::Utf32 => (start + column).min(end),
        };
        self.0.char_to_byte(char)
    }

    /// The position of a byte.
    pub(crate) fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let offset = offset.min(self.0.len_bytes());
        let char = self.0.byte_to_char(offset);
        let line = self.0.char_to_line(char);
        let start = self.0.line_to_char(line);
        let column = match encoding {
            Encoding::Utf8 => self.0.char_to_byte(char) - self.0.char_to_byte(start),
            Encoding::Utf16 => self.0.char_to_utf16_cu(char) - self.0.char_to_utf16_cu(start),
            Encoding::Utf32 => char - start,
        };
        Position::new(u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chunks().try_for_each(|chunk| f.write_str(chunk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ENCODINGS: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    #[test]
    fn columns_count_what_was_agreed() {
        let text = Text::new("# é😀x\nb");
        let x = 2 + 2 + 4;
        assert_eq!(text.position(x, Encoding::Utf8), Position::new(0, 8));
        assert_eq!(text.position(x, Encoding::Utf16), Position::new(0, 5));
        assert_eq!(text.position(x, Encoding::Utf32), Position::new(0, 4));
        assert_eq!(text.offset(Position::new(0, 99), Encoding::Utf16), x + 1);
        assert_eq!(text.offset(Position::new(9, 0), Encoding::Utf16), x + 3);
    }

    proptest! {
        #[test]
        fn every_character_is_found_again(source in "[a\u{e9}\u{1f600}\r\n ]{0,40}") {
            let text = Text::new(&source);
            for encoding in ENCODINGS {
                for (offset, _) in source.char_indices() {
                    // Between CR and LF no position exists.
                    if source[..offset].ends_with('\r') && source[offset..].starts_with('\n') {
                        continue;
                    }
                    prop_assert_eq!(text.offset(text.position(offset, encoding), encoding), offset);
                }
            }
        }

        #[test]
        fn edits_are_those_of_a_string(
            source in "[a\u{e9}\u{1f600}\n]{0,30}",
            new in "[b\u{1f600}\n]{0,5}",
            from in 0usize..30,
            len in 0usize..30,
        ) {
            for encoding in ENCODINGS {
                let places: Vec<usize> = source.char_indices().map(|(at, _)| at).chain([source.len()]).collect();
                let start = places[from % places.len()];
                let end = places[(from + len) % places.len()].max(start);
                let mut text = Text::new(&source);
                let range = Range::new(text.position(start, encoding), text.position(end, encoding));
                text.replace(range, &new, encoding);
                let mut expected = source.clone();
                expected.replace_range(start..end, &new);
                prop_assert_eq!(text.to_string(), expected);
            }
        }
    }
}
