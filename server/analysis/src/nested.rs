//! Files inside a file: the program that the code cells of a notebook are, and the files that its
//! cells write (`%%writefile conda.yml`). Each is a [`File`] of its own, so that nothing that judges,
//! completes or hovers needs to know of notebooks; here its places and edits become those of the host.

use std::sync::Arc;

use amlenv_syntax::notebook::{self, Notebook};
use amlenv_syntax::{HostRange, SourceMap, TextRange};

use crate::classify;
use crate::file::File;
use crate::finding::{CellPlace, Edit, Embedded, Finding};
use crate::kind::FileKind;
use crate::path::FilePath;
use crate::workspace::Workspace;

/// A cell of a notebook as an editor shows it.
#[derive(Clone, Debug)]
pub struct CellText {
    /// Which cell it is, from 1, cells of every type counted.
    pub number: usize,
    /// Whether it holds code.
    pub code: bool,
    /// Its text.
    pub text: Arc<str>,
}

/// A cell, wherever it came from.
#[derive(Debug)]
pub(crate) struct Cell {
    number: usize,
    code: bool,
    source: Arc<str>,
    map: SourceMap,
    /// The way back into JSON; `None` where the host is the plain text of the cells.
    json: Option<notebook::Cell>,
}

/// The cells of a notebook in a file. Code of another language than Python is none of ours.
pub(crate) fn cells_of(read: Notebook) -> Vec<Cell> {
    let ours = read.language.as_deref().is_none_or(|language| language.contains("python"));
    let cell = |cell: notebook::Cell| Cell {
        number: cell.number,
        code: true,
        source: cell.source.clone(),
        map: cell.map.clone(),
        json: Some(cell),
    };
    read.cells.into_iter().filter(|cell| cell.code && ours).map(cell).collect()
}

/// The cells that an editor shows, and the text that they stand in, one behind the other.
pub(crate) fn cells_shown(shown: &[CellText]) -> (Vec<Cell>, String) {
    let (mut cells, mut text) = (Vec::new(), String::new());
    for cell in shown {
        let map = SourceMap::verbatim(cell.text.len(), text.len());
        cells.push(Cell { number: cell.number, code: cell.code, source: cell.text.clone(), map, json: None });
        text.push_str(&cell.text);
        text.push('\n');
    }
    (cells, text)
}

/// A file inside another.
#[derive(Debug)]
pub(crate) struct Nested {
    pub(crate) file: Arc<File>,
    /// Whether a cell writes it, so that it is not the program.
    pub(crate) written: bool,
    map: SourceMap,
    /// Where each cell begins in the file's text, which stretch of the cell stands there, and the cell.
    parts: Vec<(usize, TextRange, usize)>,
    cells: Arc<Vec<Cell>>,
}

/// The files inside a notebook at `path`.
pub(crate) fn files_in(path: &FilePath, cells: Vec<Cell>) -> Vec<Nested> {
    let cells = Arc::new(cells);
    let mut program = Draft::default();
    let mut outside = String::new();
    let mut written: Vec<(String, Draft)> = Vec::new();
    for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.code) {
        match cell_magic(&cell.source) {
            CellMagic::Python { from } => {
                let masked = masked(&cell.source, from, &mut outside);
                program.push(&masked, TextRange::new(0, cell.source.len()), at, &cell.map);
            }
            CellMagic::Writes { path, from } => {
                outside.push_str(&path);
                outside.push('\n');
                let mut draft = Draft::default();
                let body = cell.source.get(from..).unwrap_or("");
                draft.push(body, TextRange::new(from, cell.source.len()), at, &cell.map);
                written.push((path, draft));
            }
            CellMagic::Foreign => outside.push_str(&cell.source),
        }
    }
    let folder = path.parent();
    let mut out = Vec::new();
    let map = program.map();
    let text: Arc<str> = program.text.into();
    let around = format!("{outside}{text}");
    let file = File::new(path.clone(), FileKind::Python, text).within(outside);
    out.push(Nested {
        file: Arc::new(file),
        written: false,
        map,
        parts: program.parts,
        cells: cells.clone(),
    });
    for (name, draft) in written {
        let path = folder.join(&name);
        let map = draft.map();
        let Some(kind) = classify::found(&path, &draft.text).filter(|kind| *kind != FileKind::Notebook)
        else {
            continue;
        };
        let file = Arc::new(File::new(path, kind, draft.text.into()).within(around.clone()));
        out.push(Nested { file, written: true, map, parts: draft.parts, cells: cells.clone() });
    }
    out
}

/// A text that is put together from cells.
#[derive(Default)]
struct Draft {
    text: String,
    maps: Vec<(usize, SourceMap)>,
    parts: Vec<(usize, TextRange, usize)>,
}

impl Draft {
    fn push(&mut self, shown: &str, stretch: TextRange, cell: usize, map: &SourceMap) {
        let start = self.text.len();
        let anchor = map.offset_to_host(stretch.start);
        let map = if stretch.start == 0 { map.clone() } else { map.tail(stretch.start, anchor) };
        self.maps.push((start, map));
        self.parts.push((start, stretch, cell));
        self.text.push_str(shown);
        self.text.push('\n');
    }

    fn map(&self) -> SourceMap {
        let anchor = self.maps.first().map_or(0, |(_, map)| map.offset_to_host(0));
        SourceMap::concat(&self.maps, anchor)
    }
}

/// A notebook that an editor shows cell by cell, as edits leave it; `None` for any other file.
pub(crate) fn cells_after(file: &File, edits: &[Edit]) -> Option<File> {
    let cells = &file.nested().first()?.cells;
    if cells.iter().any(|cell| cell.json.is_some()) {
        return None;
    }
    let mut start = 0;
    let mut shown = Vec::new();
    for cell in cells.iter() {
        let mut text = cell.source.to_string();
        let mut own: Vec<&Edit> = edits
            .iter()
            .filter(|edit| (start..=start + cell.source.len()).contains(&edit.range.start))
            .collect();
        own.sort_by_key(|edit| std::cmp::Reverse(edit.range));
        for edit in own {
            let place = edit.range.start - start..(edit.range.end - start).min(cell.source.len());
            if text.is_char_boundary(place.start) && text.is_char_boundary(place.end) {
                text.replace_range(place, &edit.text);
            }
        }
        start += cell.source.len() + 1;
        shown.push(CellText { number: cell.number, code: cell.code, text: text.into() });
    }
    Some(File::notebook(file.path().clone(), &shown))
}

/// The workspace as a notebook sees it: with the files that its cells write.
pub(crate) fn scope(workspace: &Workspace, file: &File) -> Workspace {
    let mut out = workspace.clone();
    for nested in file.nested().iter().filter(|nested| nested.written) {
        out.insert(nested.file.clone());
    }
    out
}

enum CellMagic {
    /// A part of the program, from this byte on.
    Python { from: usize },
    /// `%%writefile PATH`; the content begins at a byte.
    Writes { path: String, from: usize },
    /// Another language, or something that cannot be known.
    Foreign,
}

fn cell_magic(source: &str) -> CellMagic {
    let start = source.len() - source.trim_start().len();
    let line = source.get(start..).and_then(|rest| rest.split_inclusive('\n').next()).unwrap_or("");
    let Some(magic) = line.trim().strip_prefix("%%") else {
        // On Databricks one sign is enough, for the whole cell.
        const DATABRICKS: [&str; 6] = ["%sql", "%scala", "%r", "%sh", "%md", "%fs"];
        let word = line.split_whitespace().next().unwrap_or("");
        return if DATABRICKS.contains(&word) { CellMagic::Foreign } else { CellMagic::Python { from: 0 } };
    };
    let from = start + line.len();
    let (name, rest) = magic.split_once(char::is_whitespace).unwrap_or((magic, ""));
    match name {
        "time" | "timeit" | "capture" | "prun" | "python" | "python3" => CellMagic::Python { from },
        "writefile" | "file" => {
            let path = rest.trim().trim_matches(['"', '\'']);
            let known = !path.is_empty() && !path.starts_with('-') && !path.contains(['{', '$']);
            if known { CellMagic::Writes { path: path.to_owned(), from } } else { CellMagic::Foreign }
        }
        _ => CellMagic::Foreign,
    }
}

/// The text of a cell as Python alone, of the same length: what IPython adds becomes blanks, with a
/// `0` where a statement must stand. What was taken out is noted in `outside`.
fn masked(source: &str, from: usize, outside: &mut String) -> String {
    let mut out = String::with_capacity(source.len());
    let (mut at, mut quote, mut continued) = (0, None, false);
    for line in source.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let trimmed = body.trim_start();
        let indent = body.len() - trimmed.len();
        let magic = trimmed.starts_with(['%', '!', '?']) || trimmed.ends_with('?') && !trimmed.contains('#');
        let cut = if at < from || continued || quote.is_none() && magic {
            Some(indent)
        } else if quote.is_none() {
            assigned_magic(body)
        } else {
            None
        };
        match cut {
            Some(cut) => {
                continued = body.ends_with('\\');
                outside.push_str(body);
                outside.push('\n');
                out.push_str(body.get(..cut).unwrap_or(""));
                let rest = body.len() - cut;
                if rest > 0 {
                    out.push('0');
                    out.extend(std::iter::repeat_n(' ', rest - 1));
                }
            }
            None => {
                quote = open_quote(body, quote);
                out.push_str(body);
            }
        }
        out.push_str(line.get(body.len()..).unwrap_or(""));
        at += line.len();
    }
    out
}

/// Where the magic begins in `x = !ls` or `x = %env A`.
fn assigned_magic(line: &str) -> Option<usize> {
    let (target, value) = line.split_once('=')?;
    let name = target.trim();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ',' | ' '));
    let value_start = line.len() - value.trim_start().len();
    (plain && value.trim_start().starts_with(['!', '%'])).then_some(value_start)
}

/// The triple quote that is open behind a line.
fn open_quote(line: &str, mut quote: Option<&'static str>) -> Option<&'static str> {
    let mut at = 0;
    while let Some(rest) = line.get(at..) {
        let next = match quote {
            Some(quote) => rest.find(quote),
            None => rest.find("\"\"\"").into_iter().chain(rest.find("'''")).min(),
        };
        let Some(found) = next else { return quote };
        quote = match quote {
            Some(_) => None,
            None if rest.get(found..).is_some_and(|rest| rest.starts_with('"')) => Some("\"\"\""),
            None => Some("'''"),
        };
        at += found + 3;
    }
    quote
}

impl Nested {
    /// The place in this file of a cursor in the host.
    pub(crate) fn offset(&self, host: usize) -> Option<usize> {
        let cell = self.parts.iter().find(|(start, stretch, cell)| {
            let shown = TextRange::new(*start, start + (stretch.end - stretch.start));
            self.cells.get(*cell).is_some() && self.map.to_host(shown).touches(host)
        });
        cell.and_then(|_| self.map.offset_to_text(host))
    }

    /// Where a place of this file stands in the host.
    pub(crate) fn host(&self, range: HostRange) -> HostRange {
        self.map.to_host(TextRange::new(range.start, range.end))
    }

    /// The cell of a place, and the line in it.
    fn cell(&self, offset: usize) -> Option<CellPlace> {
        let (start, stretch, cell) = self.part(offset)?;
        let cell = self.cells.get(cell)?;
        let before = cell.source.get(..stretch.start + (offset - start).min(stretch.end - stretch.start))?;
        Some(CellPlace { index: cell.number, line: before.matches('\n').count() + 1 })
    }

    fn part(&self, offset: usize) -> Option<(usize, TextRange, usize)> {
        self.parts.iter().rev().find(|(start, ..)| *start <= offset).copied()
    }

    /// A finding about this file as one about the host.
    pub(crate) fn finding(&self, host: &File, finding: Finding) -> Finding {
        let related = finding.related.into_iter().map(|mut related| {
            if let Some(nested) = host.nested_file(&related.file) {
                related.range = nested.host(related.range);
                related.file = host.path().clone();
            }
            related
        });
        let fixes = finding.fixes.into_iter().filter_map(|fix| host.fix_of_nested(fix));
        let line = self.file.lines().line(finding.range.start) + 1;
        let written = self.written.then(|| Embedded { language: self.file.kind().as_str(), line });
        Finding {
            file: host.path().clone(),
            cell: self.cell(finding.range.start),
            range: self.host(finding.range),
            embedded: finding.embedded.or(written),
            related: related.collect(),
            fixes: fixes.collect(),
            ..finding
        }
    }

    /// Edits of this file as edits of the host, one for each cell.
    pub(crate) fn edits(&self, host: &File, mut edits: Vec<Edit>) -> Option<Vec<Edit>> {
        edits.sort_by_key(|edit| edit.range);
        let mut merged: Vec<(usize, TextRange, String)> = Vec::new();
        for edit in edits {
            let (start, stretch, cell) = self.part(edit.range.start)?;
            // The line end behind a cell is not the cell's.
            let within = |offset: usize| (offset - start + stretch.start).min(stretch.end);
            if edit.range.end > start + (stretch.end - stretch.start) + 1 {
                return None;
            }
            let range = TextRange::new(within(edit.range.start), within(edit.range.end));
            match merged.last_mut().filter(|(known, ..)| *known == cell) {
                Some((_, known, text)) => {
                    let between = self.cells.get(cell)?.source.get(known.end..range.start)?;
                    text.push_str(between);
                    text.push_str(&edit.text);
                    known.end = range.end;
                }
                None => merged.push((cell, range, edit.text)),
            }
        }
        let file = host.path();
        merged
            .into_iter()
            .map(|(cell, range, text)| {
                let cell = self.cells.get(cell)?;
                let (place, text) = match &cell.json {
                    Some(json) => json.edit(host.text(), range, &text)?,
                    None => {
                        let place = cell.map.to_host(range);
                        (TextRange::new(place.start, place.end), text)
                    }
                };
                Some(Edit { file: file.clone(), range: HostRange::new(place.start, place.end), text })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ipython_adds_is_no_python() {
        let mut outside = String::new();
        let source =
            "import a\n!pip install b \\\n  c\nx = %env Y\nif z:\n    %cd w\ns = \"\"\"\n!kept\n\"\"\"\na?\n";
        let python = masked(source, 0, &mut outside);
        assert_eq!(
            python,
            "import a\n0               \n  0\nx = 0     \nif z:\n    0    \ns = \"\"\"\n!kept\n\"\"\"\n0 \n"
        );
        assert_eq!(python.len(), source.len());
        assert_eq!(outside, "!pip install b \\\n  c\nx = %env Y\n    %cd w\na?\n");
    }
}
