//! A text that is painted: what is painted later covers what was there, so that tokens never overlap.

use amlenv_syntax::TextRange;
use amlenv_syntax::python::HOLE;

use crate::answers::{Modifiers, TokenKind};

/// The colour of every byte of a text.
pub(super) struct Canvas {
    styles: Vec<Option<(TokenKind, Modifiers)>>,
}

impl Canvas {
    pub(super) fn new(len: usize) -> Self {
        Self { styles: vec![None; len] }
    }

    pub(super) fn paint(&mut self, range: TextRange, kind: TokenKind) {
        self.fill(range, Some((kind, Modifiers::NONE)));
    }

    pub(super) fn paint_as(&mut self, range: TextRange, kind: TokenKind, modifiers: Modifiers) {
        self.fill(range, Some((kind, modifiers)));
    }

    pub(super) fn clear(&mut self, range: TextRange) {
        self.fill(range, None);
    }

    fn fill(&mut self, range: TextRange, style: Option<(TokenKind, Modifiers)>) {
        let end = range.end.min(self.styles.len());
        if let Some(place) = self.styles.get_mut(range.start..end) {
            place.fill(style);
        }
    }

    /// The stretches of one colour, each on one line; what an f-string fills in has none.
    pub(super) fn runs(&self, text: &str) -> Vec<(TextRange, TokenKind, Modifiers)> {
        let mut out: Vec<(TextRange, TokenKind, Modifiers)> = Vec::new();
        for (at, c) in text.char_indices() {
            let Some((kind, modifiers)) = self.styles.get(at).copied().flatten() else { continue };
            if matches!(c, '\n' | '\r' | HOLE) {
                continue;
            }
            let end = at + c.len_utf8();
            match out.last_mut() {
                Some((range, known, with)) if range.end == at && *known == kind && *with == modifiers => {
                    range.end = end;
                }
                _ => out.push((TextRange::new(at, end), kind, modifiers)),
            }
        }
        out
    }
}
