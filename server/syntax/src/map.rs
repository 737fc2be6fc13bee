//! The two-way road between a decoded text and the file that holds it.
//!
//! A parser reads decoded text. Where that text stands in a file as it is, the map is the identity;
//! where it stands in a string literal or a block scalar, the map is a list of segments.

use std::sync::Arc;

use crate::text::{HostRange, TextRange};

/// One stretch of decoded text and the bytes of the host that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where it stands in the decoded text.
    pub text: TextRange,
    /// Where it stands in the host.
    pub host: HostRange,
    /// Whether the bytes are the same on both sides. If not (an escape, an f-string hole), the
    /// segment is mapped as a whole.
    pub verbatim: bool,
}

/// Leads from decoded text to its host and back. Small and cheap to clone: there is one for every
/// value of a file.
#[derive(Clone, Debug)]
pub struct SourceMap {
    road: Road,
    /// Where an empty decoded text stands.
    anchor: usize,
}

#[derive(Clone, Debug)]
enum Road {
    /// The decoded text is the file.
    Identity,
    /// So many bytes stand in the host at the anchor as they are; at least one.
    Verbatim(usize),
    Segments(Arc<[Packed]>),
    Pieces(Arc<Pieces>),
}

/// A text that is put together from several places of the host, in any order.
#[derive(Debug)]
struct Pieces {
    segments: Box<[Packed]>,
    /// Where in the decoded text a piece ends and one from elsewhere in the host begins.
    breaks: Box<[usize]>,
}

/// A segment in half the space: files are far smaller than 4 GiB.
#[derive(Clone, Copy, Debug)]
struct Packed {
    text: (u32, u32),
    host: (u32, u32),
    verbatim: bool,
}

impl Packed {
    fn new(segment: &Segment) -> Self {
        let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            text: (small(segment.text.start), small(segment.text.end)),
            host: (small(segment.host.start), small(segment.host.end)),
            verbatim: segment.verbatim,
        }
    }

    fn segment(self) -> Segment {
        Segment {
            text: TextRange::new(self.text.0 as usize, self.text.1 as usize),
            host: HostRange::new(self.host.0 as usize, self.host.1 as usize),
            verbatim: self.verbatim,
        }
    }
}

fn packed<T: FromIterator<Packed>>(segments: &[Segment]) -> T {
    segments.iter().map(Packed::new).collect()
}

impl Default for SourceMap {
    fn default() -> Self {
        Self::identity()
    }
}

impl SourceMap {
    /// The decoded text is the file.
    #[must_use]
    pub fn identity() -> Self {
        Self { road: Road::Identity, anchor: 0 }
    }

    /// A map from segments in the order of both texts; `anchor` is the host offset of the first
    /// decoded byte, which an empty text needs.
    #[must_use]
    pub fn from_segments(segments: Vec<Segment>, anchor: usize) -> Self {
        let road = match segments.as_slice() {
            [only]
                if only.verbatim
                    && only.text.start == 0
                    && only.host.start == anchor
                    && only.text.end == only.host.end - only.host.start =>
            {
                Road::Verbatim(only.text.end)
            }
            segments => Road::Segments(packed(segments)),
        };
        Self { road, anchor }
    }

    /// A map of a text that is made of pieces from several places of the host, in any order:
    /// `breaks` says where in the text one piece ends and the next begins.
    #[must_use]
    pub fn from_pieces(segments: Vec<Segment>, anchor: usize, breaks: Vec<usize>) -> Self {
        if breaks.is_empty() {
            return Self::from_segments(segments, anchor);
        }
        let pieces = Pieces { segments: packed(&segments), breaks: breaks.into() };
        Self { road: Road::Pieces(Arc::new(pieces)), anchor }
    }

    /// A text of `len` bytes that stands in the host at `start` as it is.
    #[must_use]
    pub fn verbatim(len: usize, start: usize) -> Self {
        let host = HostRange::new(start, start + len);
        let segment = Segment { text: TextRange::new(0, len), host, verbatim: true };
        Self::from_segments(if len == 0 { Vec::new() } else { vec![segment] }, start)
    }

    /// One map for texts that follow each other: each with where it begins in the whole, in order.
    /// Maps that are the identity have no place of their own and are left out.
    #[must_use]
    pub fn concat(parts: &[(usize, Self)], anchor: usize) -> Self {
        let mut segments: Vec<Segment> = Vec::new();
        for (start, map) in parts {
            for segment in map.segments() {
                let text = TextRange::new(segment.text.start + start, segment.text.end + start);
                segments.push(Segment { text, ..segment });
            }
        }
        Self::from_segments(segments, anchor)
    }

    /// The map of the text behind the first `from` bytes.
    #[must_use]
    pub fn tail(&self, from: usize, anchor: usize) -> Self {
        let segments = self.segments().filter(|segment| segment.text.end > from);
        let segments = segments.map(|segment| {
            let cut = from.saturating_sub(segment.text.start);
            let host_cut = if segment.verbatim { cut } else { 0 };
            Segment {
                text: TextRange::new((segment.text.start + cut) - from, segment.text.end - from),
                host: HostRange::new(segment.host.start + host_cut, segment.host.end),
                verbatim: segment.verbatim,
            }
        });
        Self::from_segments(segments.collect(), anchor)
    }

    /// Whether the decoded text is the file.
    #[must_use]
    pub const fn is_identity(&self) -> bool {
        matches!(self.road, Road::Identity)
    }

    /// The segments in the order of the decoded text; none of the identity.
    pub(crate) fn segments(&self) -> impl Iterator<Item = Segment> + '_ {
        (0..self.len()).filter_map(|at| self.segment(at))
    }

    /// The number of segments.
    pub(crate) fn len(&self) -> usize {
        match &self.road {
            Road::Identity => 0,
            Road::Verbatim(_) => 1,
            Road::Segments(segments) => segments.len(),
            Road::Pieces(pieces) => pieces.segments.len(),
        }
    }

    pub(crate) fn segment(&self, at: usize) -> Option<Segment> {
        match &self.road {
            Road::Identity => None,
            Road::Verbatim(len) => (at == 0).then(|| Segment {
                text: TextRange::new(0, *len),
                host: HostRange::new(self.anchor, self.anchor + len),
                verbatim: true,
            }),
            Road::Segments(segments) => segments.get(at).map(|packed| packed.segment()),
            Road::Pieces(pieces) => pieces.segments.get(at).map(|packed| packed.segment()),
        }
    }

    /// The number of segments at the beginning that `before` holds for.
    pub(crate) fn partition_point(&self, before: impl Fn(&Segment) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.segment(middle).is_some_and(|segment| before(&segment)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Where one piece ends and one from elsewhere in the host begins; nothing for a text in one place.
    pub(crate) fn breaks(&self) -> &[usize] {
        match &self.road {
            Road::Pieces(pieces) => &pieces.breaks,
            _ => &[],
        }
    }

    fn end(&self) -> usize {
        self.len()
            .checked_sub(1)
            .and_then(|last| self.segment(last))
            .map_or(self.anchor, |last| last.host.end)
    }

    /// The bytes of the host that `range` came from; half an escape counts as the whole of it. Of a
    /// range over several pieces, those of the piece that most of it stands in.
    #[must_use]
    pub fn to_host(&self, range: TextRange) -> HostRange {
        if self.is_identity() {
            return HostRange::new(range.start, range.end);
        }
        if range.is_empty() {
            return HostRange::empty(self.offset_to_host(range.start));
        }
        let range = self.main_piece(range);
        let start = self.offset_to_host(range.start);
        let end = self.end_to_host(range.end);
        HostRange::new(start, end)
    }

    /// The part of `range` in the piece that holds most of it.
    fn main_piece(&self, range: TextRange) -> TextRange {
        let mut best = TextRange::empty(range.start);
        let mut from = range.start;
        let inside = self.breaks().iter().copied().filter(|at| range.start < *at && *at < range.end);
        for to in inside.chain([range.end]) {
            if to - from > best.len() {
                best = TextRange::new(from, to);
            }
            from = to;
        }
        best
    }

    /// The host offset of the decoded byte at `offset`, or of the end.
    #[must_use]
    pub fn offset_to_host(&self, offset: usize) -> usize {
        if self.is_identity() {
            return offset;
        }
        let at = self.partition_point(|segment| segment.text.end <= offset);
        match self.segment(at) {
            Some(segment) if offset >= segment.text.start && segment.verbatim => {
                segment.host.start + (offset - segment.text.start)
            }
            Some(segment) => segment.host.start,
            None => self.end(),
        }
    }

    /// The host offset just behind the decoded text that ends at `offset`.
    fn end_to_host(&self, offset: usize) -> usize {
        if self.is_identity() {
            return offset;
        }
        let at = self.partition_point(|segment| segment.text.end < offset);
        match self.segment(at) {
            Some(segment) if offset > segment.text.start && segment.verbatim => {
                segment.host.start + (offset - segment.text.start)
            }
            Some(segment) if offset > segment.text.start => segment.host.end,
            Some(segment) => segment.host.start,
            None => self.end(),
        }
    }

    /// The decoded offset that a cursor at `host` stands at; `None` outside the decoded text.
    #[must_use]
    pub fn offset_to_text(&self, host: usize) -> Option<usize> {
        if self.is_identity() {
            return Some(host);
        }
        if self.len() == 0 {
            return (host == self.anchor).then_some(0);
        }
        if !self.breaks().is_empty() {
            return self.offset_in_pieces(host);
        }
        let at = self.partition_point(|segment| segment.host.end < host);
        let segment = self.segment(at)?;
        if host < segment.host.start {
            // Between two segments: a gap that decodes to nothing, or before the first.
            return (at > 0).then_some(segment.text.start);
        }
        Some(offset_in(&segment, host))
    }

    /// The decoded offset of a host offset in a text of several pieces, in any order.
    fn offset_in_pieces(&self, host: usize) -> Option<usize> {
        if let Some(segment) = self.segments().find(|segment| segment.host.touches(host)) {
            return Some(offset_in(&segment, host));
        }
        // Between two segments of one piece there is a gap that decodes to nothing.
        self.segments().zip(self.segments().skip(1)).find_map(|(before, after)| {
            let together = !self.breaks().contains(&after.text.start);
            (together && before.host.end < host && host < after.host.start).then_some(after.text.start)
        })
    }

    /// This map after `outer`: for text decoded from text that was itself decoded from a file.
    #[must_use]
    pub fn through(&self, outer: &Self) -> Self {
        if outer.is_identity() {
            return self.clone();
        }
        if self.is_identity() {
            return outer.clone();
        }
        let mut out = Vec::new();
        for segment in self.segments() {
            let inner = TextRange::new(segment.host.start, segment.host.end);
            let first = outer.partition_point(|o| o.text.end <= inner.start);
            if !segment.verbatim {
                out.push(Segment { text: segment.text, host: outer.to_host(inner), verbatim: false });
                continue;
            }
            for o in
                (first..outer.len()).map_while(|at| outer.segment(at).filter(|o| o.text.start < inner.end))
            {
                let start = o.text.start.max(inner.start);
                let end = o.text.end.min(inner.end);
                let part = TextRange::new(start, end);
                let text = TextRange::new(
                    segment.text.start + (start - inner.start),
                    segment.text.start + (end - inner.start),
                );
                let host = if o.verbatim { outer.to_host(part) } else { o.host };
                out.push(Segment { text, host, verbatim: o.verbatim });
            }
        }
        Self::from_pieces(out, outer.offset_to_host(self.anchor), self.breaks().to_vec())
    }
}

/// The decoded offset of a host offset that touches a segment.
fn offset_in(segment: &Segment, host: usize) -> usize {
    if segment.verbatim {
        segment.text.start + (host - segment.host.start)
    } else if host == segment.host.end {
        segment.text.end
    } else {
        segment.text.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a\tb` in a Python string at host offset 10: `a`, an escape of two bytes, `b`.
    fn escaped() -> SourceMap {
        let segment = |text: (usize, usize), host: (usize, usize), verbatim| Segment {
            text: TextRange::new(text.0, text.1),
            host: HostRange::new(host.0, host.1),
            verbatim,
        };
        SourceMap::from_segments(
            vec![
                segment((0, 1), (10, 11), true),
                segment((1, 2), (11, 13), false),
                segment((2, 3), (13, 14), true),
            ],
            10,
        )
    }

    #[test]
    fn an_escape_is_mapped_as_a_whole() {
        let map = escaped();
        assert_eq!(map.to_host(TextRange::new(1, 2)), HostRange::new(11, 13));
        assert_eq!(map.to_host(TextRange::new(0, 3)), HostRange::new(10, 14));
        assert_eq!(map.to_host(TextRange::empty(2)), HostRange::empty(13));
        assert_eq!(map.offset_to_text(12), Some(1));
        assert_eq!(map.offset_to_text(13), Some(2));
        assert_eq!(map.offset_to_text(14), Some(3));
        assert_eq!(map.offset_to_text(9), None);
        assert_eq!(map.offset_to_text(15), None);
    }

    #[test]
    fn maps_compose() {
        let inner = SourceMap::from_segments(
            vec![Segment { text: TextRange::new(0, 2), host: HostRange::new(1, 3), verbatim: true }],
            1,
        );
        let both = inner.through(&escaped());
        assert_eq!(both.to_host(TextRange::new(0, 1)), HostRange::new(11, 13));
        assert_eq!(both.to_host(TextRange::new(1, 2)), HostRange::new(13, 14));
    }
}
