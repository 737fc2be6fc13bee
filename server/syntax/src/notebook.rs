//! Reads a Jupyter notebook: its cells, each decoded, with the way back to every byte of the file,
//! and a way to change a cell that keeps the file a notebook.
//!
//! `serde_json` decides whether it is JSON and where the sources stand; outputs, which are most of a
//! notebook's bytes, are passed over. It must not know what stands in the cells.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::string;
use crate::map::SourceMap;
use crate::text::TextRange;
use crate::yaml::Problem;

/// A notebook.
#[derive(Clone, Debug, Default)]
pub struct Notebook {
    /// Its cells, in order.
    pub cells: Vec<Cell>,
    /// The language of its code, in lower case; `None` where it does not say.
    pub language: Option<String>,
    /// Why it is no notebook, where it is none.
    pub problems: Vec<Problem>,
}

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Which cell it is, from 1, cells of every type counted.
    pub number: usize,
    /// Whether it holds code rather than Markdown or raw text.
    pub code: bool,
    /// Its text.
    pub source: Arc<str>,
    /// From its text to the file.
    pub map: SourceMap,
    /// Where its source stands in the file: a string, or a list of them.
    place: TextRange,
}

#[derive(Deserialize)]
struct RawNotebook<'a> {
    #[serde(borrow)]
    cells: Option<Vec<RawCell<'a>>>,
    /// Where the cells stood before format 4.
    #[serde(borrow, default)]
    worksheets: Vec<Worksheet<'a>>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Worksheet<'a> {
    #[serde(borrow, default)]
    cells: Vec<RawCell<'a>>,
}

#[derive(Deserialize)]
struct Metadata {
    language_info: Option<serde_json::Value>,
    kernelspec: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct RawCell<'a> {
    #[serde(default)]
    cell_type: String,
    // Format 3 calls that of code `input`.
    #[serde(borrow, alias = "input")]
    source: Option<&'a RawValue>,
}

impl RawNotebook<'_> {
    /// The language of its kernel, where it says so.
    fn language(&self) -> Option<String> {
        let metadata = self.metadata.as_ref()?;
        let text = |value: &Option<serde_json::Value>, key: &str| {
            value.as_ref().and_then(|value| value.get(key)?.as_str().map(str::to_ascii_lowercase))
        };
        text(&metadata.language_info, "name").or_else(|| text(&metadata.kernelspec, "language"))
    }
}

/// Reads a notebook. Any text is read.
#[must_use]
pub fn parse(text: &str) -> Notebook {
    let raw: RawNotebook<'_> = match serde_json::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let lines = crate::text::LineIndex::new(text);
            let line = lines.line_range(error.line().saturating_sub(1));
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            let shown = line.slice(text).trim_end().len();
            let start = text.floor_char_boundary(line.start + error.column().saturating_sub(1).min(shown));
            let problem = Problem { message, range: TextRange::new(start, line.start + shown) };
            return Notebook { problems: vec![problem], ..Notebook::default() };
        }
    };
    if raw.cells.is_none() && raw.worksheets.is_empty() {
        let problem = Problem { message: "it has no cells".to_owned(), range: TextRange::empty(0) };
        return Notebook { problems: vec![problem], ..Notebook::default() };
    }
    let cells = raw.cells.iter().flatten().chain(raw.worksheets.iter().flat_map(|sheet| &sheet.cells));
    let cells = cells.enumerate().map(|(at, cell)| {
        // The raw value is a part of the text that was given.
        let source = cell.source.map_or("", RawValue::get);
        let start = (source.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        let start = if start <= text.len() { start } else { 0 };
        read_cell(text, at + 1, cell.cell_type == "code", TextRange::new(start, start + source.len()))
    });
    Notebook { cells: cells.collect(), language: raw.language(), problems: Vec::new() }
}

fn read_cell(text: &str, number: usize, code: bool, range: TextRange) -> Cell {
    let (mut source, mut maps, mut anchor) = (String::new(), Vec::new(), None);
    for place in strings_in(text, range) {
        let scalar = string::decode(text, place);
        anchor = anchor.or(Some(place.start + 1));
        maps.push((source.len(), scalar.map));
        source.push_str(&scalar.value);
    }
    let map = SourceMap::concat(&maps, anchor.unwrap_or(range.start));
    Cell { number, code, source: source.into(), map, place: range }
}

/// The JSON strings in a source, which is one or a list of them.
fn strings_in(text: &str, range: TextRange) -> Vec<TextRange> {
    let bytes = range.slice(text).as_bytes();
    let (mut out, mut open, mut escaped) = (Vec::new(), None, false);
    for (at, byte) in bytes.iter().enumerate() {
        match (open, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(start), b'"') => {
                out.push(TextRange::new(range.start + start, range.start + at + 1));
                open = None;
            }
            (None, b'"') => open = Some(at),
            _ => {}
        }
    }
    out
}

impl Cell {
    /// The change of the file that replaces `range` of the cell's text by `new`: what to put where.
    /// `None` where the file would not be that notebook afterwards.
    #[must_use]
    pub fn edit(&self, text: &str, range: TextRange, new: &str) -> Option<(TextRange, String)> {
        // Every string that the change touches is written again; the others stay as they are.
        let touched = |part: &TextRange| {
            part.start < range.end && range.start < part.end
                || range.is_empty() && part.start <= range.start && range.start < part.end
        };
        let strings = self.strings(text);
        let first = strings.iter().position(|(part, _)| touched(part)).or(strings.len().checked_sub(1))?;
        let last = strings.iter().rposition(|(part, _)| touched(part)).unwrap_or(first);
        let ((head, head_place), (tail, tail_place)) = (strings.get(first)?, strings.get(last)?);
        let changed =
            [self.source.get(head.start..range.start)?, new, self.source.get(range.end..tail.end)?].concat();
        let whole = strings.len() == 1 && !text.get(..head_place.start)?.trim_end().ends_with('[');
        let lines: Vec<String> = if whole {
            vec![encoded(&changed)]
        } else {
            changed.split_inclusive('\n').map(encoded).collect()
        };
        let mut place = TextRange::new(head_place.start, tail_place.end);
        let replacement = if lines.is_empty() {
            match (first.checked_sub(1).and_then(|at| strings.get(at)), strings.get(last + 1)) {
                // The comma goes with the string.
                (_, Some((_, next))) => place.end = next.start,
                (Some((_, before)), None) => place.start = before.end,
                (None, None) => {}
            }
            if strings.len() == last + 1 - first { "\"\"".to_owned() } else { String::new() }
        } else {
            lines.join(&format!(",{}", separator(text, &strings, head_place.start)))
        };
        let after = [text.get(..place.start)?, &replacement, text.get(place.end..)?].concat();
        let expected = [self.source.get(..range.start)?, new, self.source.get(range.end..)?].concat();
        let read = parse(&after);
        let found = read.cells.iter().find(|cell| cell.number == self.number)?;
        (*found.source == *expected).then_some((place, replacement))
    }

    /// The strings that the text is made of: where each stands in `source`, and in the file, quotes
    /// included. Only an edit asks for them.
    fn strings(&self, text: &str) -> Vec<(TextRange, TextRange)> {
        let mut at = 0;
        let strings = strings_in(text, self.place).into_iter().map(|place| {
            let start = at;
            at += string::decode(text, place).value.len();
            (TextRange::new(start, at), place)
        });
        strings.collect()
    }
}

/// The blanks between two strings of the list, line end included.
fn separator(text: &str, strings: &[(TextRange, TextRange)], start: usize) -> String {
    if let [(_, a), (_, b), ..] = strings
        && let Some(between) = text.get(a.end..b.start)
    {
        return between.trim_start().trim_start_matches(',').to_owned();
    }
    let line = text.get(..start).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
    let indent = text.get(line..start).unwrap_or("");
    if indent.trim().is_empty() { format!("\n{indent}") } else { " ".to_owned() }
}

/// A JSON string.
fn encoded(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTEBOOK: &str = "{\n \"cells\": [\n  {\n   \"cell_type\": \"markdown\",\n   \"source\": \"# \\u00e9\"\n  },\n  {\n   \"cell_type\": \"code\",\n   \"outputs\": [{\"text\": [\"no\"]}],\n   \"source\": [\n    \"a = \\\"x\\\\ty\\\"\\n\",\n    \"b = 'é😀\\ud83d\\ude00'\\n\",\n    \"c\"\n   ]\n  }\n ],\n \"metadata\": {}\n}\n";

    #[test]
    fn cells_are_decoded_with_their_places() {
        let read = parse(NOTEBOOK);
        assert_eq!(read.problems, []);
        let shown: Vec<(usize, bool, &str)> =
            read.cells.iter().map(|cell| (cell.number, cell.code, &*cell.source)).collect();
        assert_eq!(shown, [(1, false, "# é"), (2, true, "a = \"x\\ty\"\nb = 'é😀😀'\nc")]);
        let code = &read.cells[1];
        for (at, c) in code.source.char_indices() {
            let place = code.map.to_host(TextRange::new(at, at + c.len_utf8()));
            let decoded: String =
                serde_json::from_str(&format!("\"{}\"", place.slice(NOTEBOOK))).expect("a string");
            assert_eq!(decoded, c.to_string());
        }
    }

    #[test]
    fn older_formats_and_other_languages_are_known() {
        let old = r#"{"metadata": {"name": ""}, "nbformat": 3, "worksheets": [{"cells": [
            {"cell_type": "code", "input": ["a\n", "b"], "outputs": []}, {"cell_type": "markdown", "source": "c"}]}]}"#;
        let read = parse(old);
        let shown: Vec<(usize, &str)> = read.cells.iter().map(|cell| (cell.number, &*cell.source)).collect();
        assert_eq!((shown, read.language), (vec![(1, "a\nb"), (2, "c")], None));
        for metadata in
            [r#"{"language_info": {"name": "R"}}"#, r#"{"kernelspec": {"language": "R"}, "widgets": [1]}"#]
        {
            let text = format!(r#"{{"cells": [], "metadata": {metadata}}}"#);
            assert_eq!(parse(&text).language.as_deref(), Some("r"));
        }
        assert_eq!(parse(r#"{"cells": [], "metadata": {"kernelspec": 1}}"#).language, None);
    }

    #[test]
    fn what_is_no_notebook_says_where() {
        for text in [
            "",
            "{",
            "{\"a|\u{4de}\u{2a2}\"x",
            "[]",
            "{}",
            "{\"cells\": 1}",
            "{\"cells\": [{\"source\": [\"a\n\"]}]}",
        ] {
            let read = parse(text);
            assert_eq!((read.cells.len(), read.problems.len()), (0, 1), "{text}");
            assert!(text.get(read.problems[0].range.start..read.problems[0].range.end).is_some());
        }
    }

    /// Every change of every stretch gives exactly the changed cell, or is not offered.
    #[test]
    fn changes_of_a_cell_are_changes_of_its_text() {
        let read = parse(NOTEBOOK);
        let (mut offered, mut asked) = (0, 0);
        for cell in &read.cells {
            let ends: Vec<usize> =
                (0..=cell.source.len()).filter(|at| cell.source.is_char_boundary(*at)).collect();
            for &start in &ends {
                for &end in ends.iter().filter(|end| **end >= start) {
                    for new in ["", "z", "\"\\\n", "p\nq\n", "\u{1f600}\t"] {
                        asked += 1;
                        let Some((place, text)) = cell.edit(NOTEBOOK, TextRange::new(start, end), new) else {
                            continue;
                        };
                        offered += 1;
                        let after = [&NOTEBOOK[..place.start], &text, &NOTEBOOK[place.end..]].concat();
                        let expected = [&cell.source[..start], new, &cell.source[end..]].concat();
                        let again = parse(&after);
                        assert_eq!(*again.cells[cell.number - 1].source, *expected);
                        assert_eq!(again.cells.len(), read.cells.len());
                    }
                }
            }
        }
        assert_eq!(offered, asked);
    }
}
