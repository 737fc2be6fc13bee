//! Semantic tokens: all of a document, a part of it, or what has changed since the last answer. A token
//! never spans lines, so that every client can show it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use amlenv_analysis::{Modifiers, Token, TokenKind, tokens};
use amlenv_syntax::HostRange;
use tower_lsp_server::ls_types as lsp;

use super::state::Snapshot;
use super::text::Encoding;

/// So many answers are kept for those who ask what has changed.
const KEPT: usize = 64;

/// The answers of late, by document, for those who ask what has changed since.
#[derive(Debug, Default)]
pub(super) struct Answers {
    next: AtomicU64,
    kept: Mutex<VecDeque<Answer>>,
}

#[derive(Debug)]
struct Answer {
    uri: lsp::Uri,
    id: String,
    data: Arc<[lsp::SemanticToken]>,
}

impl Answers {
    /// Keeps an answer in the place of the last one for that document, and gives its number.
    fn keep(&self, uri: &lsp::Uri, data: &[lsp::SemanticToken]) -> String {
        let id = self.next.fetch_add(1, Ordering::Relaxed).to_string();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|answer| answer.uri != *uri);
        kept.push_back(Answer { uri: uri.clone(), id: id.clone(), data: data.into() });
        if kept.len() > KEPT {
            kept.pop_front();
        }
        id
    }

    fn find(&self, uri: &lsp::Uri, id: &str) -> Option<Arc<[lsp::SemanticToken]>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|answer| answer.uri == *uri && answer.id == id);
        found.map(|answer| Arc::clone(&answer.data))
    }

    /// Drops what was kept of a document that is closed.
    pub(super) fn forget(&self, uri: &lsp::Uri) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).retain(|answer| answer.uri != *uri);
    }
}

/// What the server offers, with the legend.
pub(super) fn provider() -> lsp::SemanticTokensServerCapabilities {
    let legend = lsp::SemanticTokensLegend {
        token_types: TokenKind::ALL.iter().map(|kind| lsp::SemanticTokenType::new(kind.as_str())).collect(),
        token_modifiers: Modifiers::NAMES.iter().map(|name| lsp::SemanticTokenModifier::new(name)).collect(),
    };
    lsp::SemanticTokensServerCapabilities::SemanticTokensOptions(lsp::SemanticTokensOptions {
        legend,
        range: Some(true),
        full: Some(lsp::SemanticTokensFullOptions::Delta { delta: Some(true) }),
        ..lsp::SemanticTokensOptions::default()
    })
}

/// All of a document or cell; `None` for one that is not open or none of ours.
pub(super) fn full(snapshot: &Snapshot, answers: &Answers, uri: &lsp::Uri) -> Option<lsp::SemanticTokens> {
    let data = data_of(snapshot, uri, None)?;
    Some(lsp::SemanticTokens { result_id: Some(answers.keep(uri, &data)), data })
}

/// What has changed since an answer; all of it where that answer is no longer known.
pub(super) fn delta(
    snapshot: &Snapshot,
    answers: &Answers,
    uri: &lsp::Uri,
    since: &str,
) -> Option<lsp::SemanticTokensFullDeltaResult> {
    let old = answers.find(uri, since);
    let data = data_of(snapshot, uri, None)?;
    let result_id = Some(answers.keep(uri, &data));
    Some(match old {
        Some(old) => lsp::SemanticTokensFullDeltaResult::TokensDelta(lsp::SemanticTokensDelta {
            result_id,
            edits: edit(&old, &data).into_iter().collect(),
        }),
        None => lsp::SemanticTokensFullDeltaResult::Tokens(lsp::SemanticTokens { result_id, data }),
    })
}

/// The tokens that touch a range.
pub(super) fn range(snapshot: &Snapshot, uri: &lsp::Uri, range: lsp::Range) -> Option<lsp::SemanticTokens> {
    let (_, start) = snapshot.locate(uri, range.start)?;
    let (_, end) = snapshot.locate(uri, range.end)?;
    let data = data_of(snapshot, uri, Some(HostRange::new(start, end)))?;
    Some(lsp::SemanticTokens { result_id: None, data })
}

/// The one edit that makes one answer of another: what is the same at both ends stays.
fn edit(old: &[lsp::SemanticToken], new: &[lsp::SemanticToken]) -> Option<lsp::SemanticTokensEdit> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let (deleted, inserted) = (old.len() - start - end, new.get(start..new.len() - end).unwrap_or(&[]));
    // The protocol counts numbers, of which a token has five.
    let numbers = |tokens: usize| u32::try_from(tokens * 5).unwrap_or(u32::MAX);
    (deleted > 0 || !inserted.is_empty()).then(|| lsp::SemanticTokensEdit {
        start: numbers(start),
        delete_count: numbers(deleted),
        data: Some(inserted.to_vec()),
    })
}

fn data_of(snapshot: &Snapshot, uri: &lsp::Uri, part: Option<HostRange>) -> Option<Vec<lsp::SemanticToken>> {
    let (path, whole) = snapshot.range_of(uri)?;
    let text = whole.slice(snapshot.workspace.file(&path)?.text());
    let wanted = |token: &Token| {
        whole.contains_range(token.range) && part.is_none_or(|part| part.intersects(token.range))
    };
    let mut walk = Walk::new(text, snapshot.encoding);
    let mut out = Vec::new();
    let (mut line, mut column) = (0, 0);
    for token in tokens(&snapshot.workspace, &path).into_iter().filter(wanted) {
        let start = walk.to(token.range.start - whole.start);
        let end = walk.to(token.range.end - whole.start);
        let length = end.1 - start.1;
        if end.0 != start.0 || length == 0 {
            continue;
        }
        out.push(lsp::SemanticToken {
            delta_line: start.0 - line,
            delta_start: if start.0 == line { start.1 - column } else { start.1 },
            length,
            token_type: TokenKind::ALL.iter().zip(0..).find(|(kind, _)| **kind == token.kind)?.1,
            token_modifiers_bitset: token.modifiers.bits(),
        });
        (line, column) = start;
    }
    Some(out)
}

/// A walk through a text from place to place, which counts lines and columns on its way.
struct Walk<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    column: u32,
    encoding: Encoding,
}

impl<'t> Walk<'t> {
    const fn new(text: &'t str, encoding: Encoding) -> Self {
        Self { text, at: 0, line: 0, column: 0, encoding }
    }

    /// Line and column of a byte that is not behind the last one asked for.
    fn to(&mut self, offset: usize) -> (u32, u32) {
        for c in self.text.get(self.at..offset).unwrap_or("").chars() {
            let next = self.text.as_bytes().get(self.at + c.len_utf8());
            self.at += c.len_utf8();
            if c == '\n' || c == '\r' && next != Some(&b'\n') {
                self.line += 1;
                self.column = 0;
            } else {
                self.column += match self.encoding {
                    Encoding::Utf8 => u32::try_from(c.len_utf8()).unwrap_or(1),
                    Encoding::Utf16 => u32::try_from(c.len_utf16()).unwrap_or(1),
                    Encoding::Utf32 => 1,
                };
            }
        }
        (self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lsp::text::Text;

    fn token(number: u32) -> lsp::SemanticToken {
        lsp::SemanticToken {
            delta_line: number,
            delta_start: 0,
            length: 1,
            token_type: 0,
            token_modifiers_bitset: 0,
        }
    }

    proptest! {
        #[test]
        fn an_edit_makes_the_new_answer_of_the_old_one(
            old in prop::collection::vec(0u32..3, 0..12),
            new in prop::collection::vec(0u32..3, 0..12),
        ) {
            let [old, new] = [old, new].map(|numbers| numbers.into_iter().map(token).collect::<Vec<_>>());
            let mut made = old.clone();
            match edit(&old, &new) {
                Some(edit) => {
                    let start = edit.start as usize / 5;
                    let end = start + edit.delete_count as usize / 5;
                    made.splice(start..end, edit.data.unwrap_or_default());
                }
                None => prop_assert_eq!(&old, &new),
            }
            prop_assert_eq!(made, new);
        }

        #[test]
        fn a_walk_counts_as_the_text_does(source in "[a\u{e9}\u{301}\u{1f600}\r\n]{0,30}") {
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                let text = Text::new(&source);
                let mut walk = Walk::new(&source, encoding);
                for (offset, _) in source.char_indices() {
                    if source[..offset].ends_with('\r') && source[offset..].starts_with('\n') {
                        continue;
                    }
                    let position = text.position(offset, encoding);
                    prop_assert_eq!(walk.to(offset), (position.line, position.character));
                }
            }
        }
    }
}
