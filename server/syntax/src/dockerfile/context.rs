//! What a cursor stands in.

use super::{Dockerfile, Instruction, Kind};
use crate::image::{self, ImageReference};
use crate::text::TextRange;

/// What a cursor stands in.
#[derive(Clone, Debug)]
pub enum Context {
    /// At the beginning of an instruction; the range is what is typed of its keyword.
    Keyword(TextRange),
    /// In the image of a `FROM`.
    Image {
        /// The image as far as it is typed, taken apart.
        reference: ImageReference,
        /// The part that the cursor stands in.
        part: ImagePart,
    },
    /// In the value of `COPY --from=`.
    Stage(TextRange),
    /// Anywhere else in an instruction.
    Other(Option<Kind>),
    /// In a comment, a heredoc or between.
    Nothing,
}

/// A part of an image reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImagePart {
    /// Registry and repository.
    Name,
    /// The tag.
    Tag,
    /// The digest.
    Digest,
}

/// What a cursor at `offset` of `text`, which `tree` was read from, stands in.
#[must_use]
pub fn context_at(tree: &Dockerfile, text: &str, offset: usize) -> Context {
    let in_comment = |range: &TextRange| range.start < offset && offset <= range.end;
    if tree.comments.iter().any(in_comment) || tree.directives.iter().any(|line| in_comment(&line.range)) {
        return Context::Nothing;
    }
    let Some(instruction) = tree.instructions.iter().find(|found| found.range.touches(offset)) else {
        return blank(tree, text, offset);
    };
    if instruction.heredocs.iter().any(|heredoc| heredoc.body.touches(offset) && offset > heredoc.body.start)
    {
        return Context::Nothing;
    }
    if instruction.keyword_range.touches(offset) {
        return Context::Keyword(instruction.keyword_range);
    }
    let inner = instruction.onbuild.as_deref().filter(|inner| inner.keyword_range.start <= offset);
    inside(inner.unwrap_or(instruction), text, offset)
}

/// On a line that no instruction covers: an instruction may begin, or go on behind blanks.
fn blank(tree: &Dockerfile, text: &str, offset: usize) -> Context {
    let line_start = text.get(..offset).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
    let before = text.get(line_start..offset).unwrap_or("");
    if before.trim_start_matches('\u{feff}').trim().is_empty() {
        // Behind a line that goes on no instruction begins.
        let above = text.get(..line_start).unwrap_or("").trim_end_matches(['\n', '\r']);
        let line = above.rsplit('\n').next().unwrap_or("");
        let goes_on =
            line.trim_end().ends_with(tree.escape.unwrap_or('\\')) && !line.trim_start().starts_with('#');
        if goes_on
            && let Some(instruction) = tree.instructions.iter().rev().find(|found| found.range.end <= offset)
        {
            return inside(instruction, text, offset);
        }
        return Context::Keyword(TextRange::empty(offset));
    }
    // `FROM ` with the cursor behind the blanks: the instruction ends before them.
    match tree
        .instructions
        .iter()
        .rev()
        .find(|found| found.range.end <= offset && found.range.end > line_start)
    {
        Some(instruction) => inside(instruction, text, offset),
        None => Context::Nothing,
    }
}

fn inside(instruction: &Instruction, text: &str, offset: usize) -> Context {
    if instruction.keyword_range.touches(offset) {
        return Context::Keyword(instruction.keyword_range);
    }
    for flag in &instruction.flags {
        if flag.range.touches(offset) {
            let stage = flag.name == "from"
                && instruction.kind == Some(Kind::Copy)
                && flag.value_range.touches(offset);
            return if stage { Context::Stage(flag.value_range) } else { Context::Other(instruction.kind) };
        }
    }
    if instruction.kind != Some(Kind::From) {
        return Context::Other(instruction.kind);
    }
    let image = match instruction.arguments.first() {
        Some(argument) if argument.range.touches(offset) => {
            image::parse(argument.range.slice(text), argument.range.start)
        }
        // Behind the image stands `AS name`.
        Some(argument) if argument.range.end < offset => return Context::Other(instruction.kind),
        _ => image::parse("", offset),
    };
    let touches = |part: &Option<image::Part>| part.as_ref().is_some_and(|part| part.range.touches(offset));
    let part = if touches(&image.digest) {
        ImagePart::Digest
    } else if touches(&image.tag) {
        ImagePart::Tag
    } else {
        ImagePart::Name
    };
    Context::Image { reference: image, part }
}
