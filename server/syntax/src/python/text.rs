//! A text that code puts together out of literals: what it is, where each byte of it stands in the
//! source, and how a change of it is written there.
//!
//! A change is offered only if making the text again, from the changed source, gives exactly the
//! changed text.

use std::sync::Arc;

use super::HOLE;
use super::literal::{Decoder, Hole, StringPart, decode_part, encode, moved};
use super::shape;
use crate::map::{Segment, SourceMap};
use crate::text::{HostRange, TextRange};

/// Longer texts than this are not made: a few lines of code can ask for more than memory holds.
const MAX_LEN: usize = 1 << 20;

/// A text that code makes.
#[derive(Clone, Debug)]
pub struct StringValue {
    /// The decoded text; what is not known of it is [`HOLE`].
    pub value: String,
    /// From the decoded text to the source.
    pub map: SourceMap,
    /// Whether it has holes.
    pub has_holes: bool,
    /// Whether it is no text: `bytes`, or a template.
    pub foreign: bool,
    recipe: Arc<Recipe>,
}

/// How a text is made.
#[derive(Clone, Debug)]
enum Recipe {
    /// A literal, with what stands in its holes where that is known.
    Part { part: StringPart, fills: Vec<Option<StringValue>> },
    /// Something that is not known.
    Hole(TextRange),
    /// What code adds without writing it, such as the slash of a joined path.
    Added { text: String, at: TextRange },
    /// One behind the other.
    Concat(Vec<StringValue>),
    /// A text that stands elsewhere, behind a name.
    Elsewhere(StringValue),
    /// A text that stands in several places at once, so that none can be changed alone.
    Fixed,
    /// Less of a text.
    Cut(StringValue, Cut),
    /// A text with fields, and what is put into them.
    Format { template: StringValue, style: Style, args: Vec<FormatArg> },
}

/// What is taken away from a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// `textwrap.dedent`.
    Dedent,
    /// `inspect.cleandoc`.
    Clean,
    /// `strip` and its like: at which ends, and which characters; blanks where none are named.
    Strip {
        /// At the start.
        start: bool,
        /// At the end.
        end: bool,
        /// The characters.
        chars: Option<String>,
    },
}

/// How the fields of a text are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `{}`, `{0}`, `{name}`.
    Braces,
    /// `%s`, `%(name)s`.
    Percent,
}

/// What is put into a field.
#[derive(Clone, Debug)]
pub struct FormatArg {
    /// Its keyword.
    pub name: Option<String>,
    /// The text, where it is known.
    pub value: Option<StringValue>,
}

impl StringValue {
    /// Literals that stand together, their holes unknown.
    pub(super) fn of_parts(source: &str, parts: Vec<StringPart>) -> Self {
        let values: Vec<Self> =
            parts.into_iter().map(|part| Self::of_part(source, part, Vec::new())).collect();
        match <[Self; 1]>::try_from(values) {
            Ok([only]) => only,
            Err(values) => Self::concat(values),
        }
    }

    /// The literals with their holes filled; `fill` knows what is in a hole.
    #[must_use]
    pub fn filled(&self, fill: &mut dyn FnMut(&Hole) -> Option<Self>) -> Self {
        match &*self.recipe {
            Recipe::Concat(values) => {
                Self::concat(values.iter().map(|value| value.filled_part(fill)).collect())
            }
            _ => self.filled_part(fill),
        }
    }

    fn filled_part(&self, fill: &mut dyn FnMut(&Hole) -> Option<Self>) -> Self {
        let Recipe::Part { part, .. } = &*self.recipe else { return self.clone() };
        let fills: Vec<Option<Self>> = part.holes.iter().map(&mut *fill).collect();
        if fills.iter().all(Option::is_none) {
            return self.clone();
        }
        let mut made = Decoder::default();
        let (mut from, mut has_holes, mut foreign) = (0, false, self.foreign);
        for (hole, fill) in part.holes.iter().zip(&fills) {
            let stands = |segment: &Segment| {
                segment.host == HostRange::new(hole.range.start, hole.range.end) && !segment.verbatim
            };
            let Some(segment) = self.map.segments().find(stands) else { continue };
            let Some(value) = fill else {
                has_holes = true;
                continue;
            };
            made.take(self, TextRange::new(from, segment.text.start));
            made.take(value, TextRange::new(0, value.value.len()));
            has_holes |= value.has_holes;
            foreign |= value.foreign;
            from = segment.text.end;
        }
        made.take(self, TextRange::new(from, self.value.len()));
        let recipe = Recipe::Part { part: part.clone(), fills };
        Self::new(made, part.content.start, has_holes, foreign, recipe)
    }

    fn of_part(source: &str, part: StringPart, fills: Vec<Option<Self>>) -> Self {
        let mut made = Decoder::default();
        let mut has_holes = false;
        let mut foreign = part.foreign();
        decode_part(source, &part, &mut made, |number, hole, made| {
            match fills.get(number).and_then(Option::as_ref) {
                Some(value) => {
                    has_holes |= value.has_holes;
                    foreign |= value.foreign;
                    made.take(value, TextRange::new(0, value.value.len()));
                }
                None => {
                    has_holes = true;
                    made.put(&HOLE.to_string(), hole.range, false);
                }
            }
        });
        let anchor = part.content.start;
        Self::new(made, anchor, has_holes, foreign, Recipe::Part { part, fills })
    }

    fn new(made: Decoder, anchor: usize, has_holes: bool, foreign: bool, recipe: Recipe) -> Self {
        Self {
            map: SourceMap::from_pieces(made.segments, anchor, made.breaks),
            value: made.value,
            has_holes,
            foreign,
            recipe: Arc::new(recipe),
        }
    }

    /// Something at `range` that is not known.
    #[must_use]
    pub fn hole(range: TextRange) -> Self {
        let mut made = Decoder::default();
        made.put(&HOLE.to_string(), range, false);
        Self::new(made, range.start, true, false, Recipe::Hole(range))
    }

    /// A text that is not written, but comes from what stands at `at`.
    #[must_use]
    pub fn added(text: &str, at: TextRange) -> Self {
        let mut made = Decoder::default();
        made.put(text, at, false);
        Self::new(made, at.start, false, false, Recipe::Added { text: text.to_owned(), at })
    }

    /// One behind the other.
    #[must_use]
    pub fn concat(values: Vec<Self>) -> Self {
        let mut made = Decoder::default();
        for value in &values {
            made.take(value, TextRange::new(0, value.value.len()));
        }
        let anchor = values.first().map_or(0, |value| value.map.offset_to_host(0));
        let has_holes = values.iter().any(|value| value.has_holes);
        let foreign = values.iter().any(|value| value.foreign);
        Self::new(made, anchor, has_holes, foreign, Recipe::Concat(values))
    }

    /// This text, which stands elsewhere than where it is used.
    #[must_use]
    pub fn elsewhere(self) -> Self {
        let mut made = Decoder {
            value: self.value.clone(),
            segments: self.map.segments().collect(),
            breaks: vec![0, self.value.len()],
        };
        made.breaks.extend(self.map.breaks());
        made.breaks.sort_unstable();
        made.breaks.dedup();
        let anchor = self.map.offset_to_host(0);
        Self::new(made, anchor, self.has_holes, self.foreign, Recipe::Elsewhere(self))
    }

    /// This text, which stands in other places too, so that it cannot be changed in one.
    #[must_use]
    pub fn fixed(self) -> Self {
        Self { recipe: Arc::new(Recipe::Fixed), ..self }
    }

    /// Less of this text; `None` where it cannot be known what is left.
    #[must_use]
    pub fn cut(self, cut: &Cut) -> Option<Self> {
        let kept = match cut {
            Cut::Dedent => shape::dedent(&self.value),
            Cut::Clean => shape::clean(&self.value)?,
            Cut::Strip { start, end, chars } => {
                vec![shape::strip(&self.value, *start, *end, chars.as_deref())]
            }
        };
        let mut made = Decoder::default();
        for range in &kept {
            made.take(&self, *range);
        }
        let anchor = self.map.offset_to_host(kept.first().map_or(0, |range| range.start));
        let (has_holes, foreign) = (self.has_holes && made.value.contains(HOLE), self.foreign);
        Some(Self::new(made, anchor, has_holes, foreign, Recipe::Cut(self, cut.clone())))
    }

    /// This text with its fields filled; `None` where it cannot be known what comes out.
    #[must_use]
    pub fn format(self, style: Style, args: Vec<FormatArg>) -> Option<Self> {
        let pieces = match style {
            Style::Braces => shape::braces(&self.value)?,
            Style::Percent => shape::percents(&self.value)?,
        };
        let mut made = Decoder::default();
        let mut has_holes = self.has_holes;
        for piece in &pieces {
            match &piece.field {
                None => made.take(&self, piece.range),
                Some(field) => match field.find(&args) {
                    Some(value) => {
                        has_holes |= value.has_holes;
                        made.take(value, TextRange::new(0, value.value.len()));
                    }
                    None => {
                        has_holes = true;
                        let host = self.map.to_host(piece.range);
                        made.put(&HOLE.to_string(), TextRange::new(host.start, host.end), false);
                    }
                },
            }
        }
        let (anchor, foreign) = (self.map.offset_to_host(0), self.foreign);
        Some(Self::new(made, anchor, has_holes, foreign, Recipe::Format { template: self, style, args }))
    }

    /// Whether it is too long to go on with.
    #[must_use]
    pub fn is_excessive(&self) -> bool {
        self.value.len() > MAX_LEN || self.map.len() > MAX_LEN / 16
    }

    /// The literals that it is made of, in the order in which they are used.
    #[must_use]
    pub fn parts(&self) -> Vec<&StringPart> {
        let mut out = Vec::new();
        let mut pending = vec![self];
        while let Some(value) = pending.pop() {
            match &*value.recipe {
                Recipe::Part { part, fills } => {
                    out.push(part);
                    pending.extend(fills.iter().flatten());
                }
                Recipe::Concat(values) => pending.extend(values.iter().rev()),
                Recipe::Elsewhere(value) | Recipe::Cut(value, _) => pending.push(value),
                Recipe::Format { template, args, .. } => {
                    pending.extend(args.iter().rev().filter_map(|arg| arg.value.as_ref()));
                    pending.push(template);
                }
                Recipe::Hole(_) | Recipe::Added { .. } | Recipe::Fixed => {}
            }
        }
        out
    }

    /// The change of `source`, which this text was read from, that puts `new` in the place of `range`
    /// of it: the bytes to replace and what to put there. `None` where no literal can hold it, or
    /// where making the text again would give anything else.
    #[must_use]
    pub fn edit(&self, source: &str, range: TextRange, new: &str) -> Option<(TextRange, String)> {
        if self.foreign
            || !self.value.is_char_boundary(range.start)
            || !self.value.is_char_boundary(range.end)
        {
            return None;
        }
        let mut wanted = self.value.clone();
        wanted.get(range.start..range.end)?;
        wanted.replace_range(range.start..range.end, new);
        let host = self.map.to_host(range);
        let place = TextRange::new(host.start, host.end);
        let part = self.parts().into_iter().find(|part| part.content.contains_range(place))?;
        let in_hole = |hole: &&Hole| hole.range.start < place.end && place.start < hole.range.end;
        if part.holes.iter().any(|hole| in_hole(&hole)) {
            return None;
        }
        let plain = encode(part, source, new)?;
        let margin = self.margin();
        let indented = margin.filter(|_| new.contains('\n')).map(|margin| {
            let lines: Vec<&str> = new.split('\n').collect();
            encode(part, source, &lines.join(&format!("\n{margin}")))
        });
        let candidates = indented.into_iter().flatten().chain([plain]);
        for text in candidates {
            let mut edited = source.to_owned();
            edited.replace_range(place.start..place.end, &text);
            let after = part.after(place, text.len());
            if super::build::is_literal(&edited, &after)
                && let Some(again) = self.again(&edited, place, text.len())
                && again.value == wanted
            {
                return Some((place, text));
            }
        }
        None
    }

    /// What a dedented text has in front of each of its lines.
    fn margin(&self) -> Option<String> {
        let mut at = self;
        loop {
            match &*at.recipe {
                Recipe::Cut(value, Cut::Dedent) => return Some(shape::margin(&value.value, 0)),
                Recipe::Cut(value, Cut::Clean) => return Some(shape::margin(&value.value, 1)),
                Recipe::Cut(value, _) | Recipe::Elsewhere(value) => at = value,
                Recipe::Concat(values) => at = values.first()?,
                _ => return None,
            }
        }
    }

    /// The text made again from a source in which `place` was replaced by `len` bytes. As deep as the
    /// recipe, which the evaluation bounds.
    fn again(&self, source: &str, place: TextRange, len: usize) -> Option<Self> {
        let again = |value: &Self| value.again(source, place, len);
        Some(match &*self.recipe {
            Recipe::Part { part, fills } => {
                let fills = fills.iter().map(|fill| fill.as_ref().and_then(again)).collect();
                Self::of_part(source, part.after(place, len), fills)
            }
            Recipe::Hole(range) => Self::hole(moved(*range, place, len)),
            Recipe::Added { text, at } => Self::added(text, moved(*at, place, len)),
            Recipe::Fixed => self.clone(),
            Recipe::Concat(values) => Self::concat(values.iter().map(again).collect::<Option<_>>()?),
            Recipe::Elsewhere(value) => again(value)?.elsewhere(),
            Recipe::Cut(value, cut) => again(value)?.cut(cut)?,
            Recipe::Format { template, style, args } => {
                let args = args
                    .iter()
                    .map(|arg| FormatArg {
                        name: arg.name.clone(),
                        value: arg.value.as_ref().and_then(again),
                    })
                    .collect();
                again(template)?.format(*style, args)?
            }
        })
    }
}

impl Decoder {
    /// Puts a stretch of another text behind what is there already.
    fn take(&mut self, other: &StringValue, range: TextRange) {
        let start = self.value.len();
        let Some(text) = other.value.get(range.start..range.end) else { return };
        let shift = |at: usize| start + at.clamp(range.start, range.end) - range.start;
        let inside = |at: &&usize| range.touches(**at);
        self.breaks.extend(other.map.breaks().iter().filter(inside).map(|at| shift(*at)));
        let first = other.map.partition_point(|segment| segment.text.end <= range.start);
        let segments = (first..other.map.len()).map_while(|at| other.map.segment(at));
        for segment in segments.take_while(|segment| segment.text.start < range.end) {
            let from = segment.text.start.max(range.start);
            let to = segment.text.end.min(range.end);
            let mut host = TextRange::new(segment.host.start, segment.host.end);
            if segment.verbatim {
                host = TextRange::new(
                    host.start + (from - segment.text.start),
                    host.end - (segment.text.end - to),
                );
            }
            let Some(text) = other.value.get(from..to) else { continue };
            self.put(text, host, segment.verbatim);
        }
        debug_assert_eq!(self.value.len(), start + text.len(), "every byte has a segment");
    }
}
