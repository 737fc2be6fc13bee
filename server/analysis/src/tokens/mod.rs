//! What an editor colours by meaning: Dockerfiles word by word, wherever they stand, and in the other
//! languages only what those languages cannot know: images, environments, expressions of Azure ML. The
//! rest of a host is its own language's business.

mod canvas;
mod dockerfile;
mod facts;

use amlenv_syntax::HostRange;

use self::canvas::Canvas;
use crate::answers::Token;
use crate::file::File;
use crate::path::FilePath;
use crate::text_edit::drop_overlaps;
use crate::workspace::Workspace;

/// The tokens of a file: in the order of the text, each on one line, none on another.
pub(crate) fn tokens(workspace: &Workspace, path: &FilePath) -> Vec<Token> {
    let Some(file) = workspace.file(path) else { return Vec::new() };
    let mut out = in_file(file);
    for nested in file.nested() {
        let found = in_file(&nested.file).into_iter();
        out.extend(found.flat_map(|token| {
            nested.pieces(token.range).into_iter().map(move |range| Token { range, ..token })
        }));
    }
    in_lines(file.text(), out)
}

fn in_file(file: &File) -> Vec<Token> {
    let mut out = Vec::new();
    for document in file.dockerfiles() {
        let mut canvas = Canvas::new(document.text.len());
        dockerfile::paint(&mut canvas, &document.text, &document.tree);
        for (range, kind, modifiers) in canvas.runs(&document.text) {
            let pieces = document.host_pieces(range).into_iter();
            out.extend(pieces.map(|range| Token { range, kind, modifiers }));
        }
    }
    let mut canvas = Canvas::new(file.text().len());
    facts::paint(&mut canvas, file);
    out.extend(canvas.runs(file.text()).into_iter().map(|(range, kind, modifiers)| {
        let range = HostRange::new(range.start, range.end);
        Token { range, kind, modifiers }
    }));
    out
}

/// The tokens cut at the ends of lines, in order; of two on one place the one that begins first stays.
fn in_lines(text: &str, tokens: Vec<Token>) -> Vec<Token> {
    let mut out = Vec::new();
    for token in tokens {
        let mut at = token.range.start;
        for line in token.range.slice(text).split_inclusive(['\n', '\r']) {
            let blank = line.len() - line.trim_start().len();
            // Only what goes on from the line above has an indentation that is not its own.
            let start = if at == token.range.start { at } else { at + blank };
            let end = at + line.trim_end_matches(['\n', '\r']).len();
            at += line.len();
            if start < end {
                out.push(Token { range: HostRange::new(start, end), ..token });
            }
        }
    }
    out.sort_by_key(|token| (token.range.start, std::cmp::Reverse(token.range.end)));
    drop_overlaps(&mut out, |token| token.range);
    out
}
