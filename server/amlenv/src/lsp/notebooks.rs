//! Notebooks that are open: their cells in order, edited by notifications, and the way from a place of
//! a cell to one of the whole and back. What stands in the cells is the core's business.

use std::sync::{Arc, OnceLock};

use amlenv_analysis::{CellText, File, FilePath};
use amlenv_syntax::HostRange;
use tower_lsp_server::ls_types as lsp;

use super::text::{Encoding, Text};

/// A notebook that is open. Its text is that of its cells, one behind the other, a line feed behind each.
#[derive(Clone, Debug)]
pub(crate) struct Notebook {
    pub(crate) uri: lsp::Uri,
    pub(crate) version: i32,
    cells: Vec<Cell>,
    /// The state of everything that brought it about, and the one that it was opened or saved in.
    pub(crate) edition: u64,
    pub(crate) settled: u64,
    /// What was read from it as it is now, once somebody asked.
    read: Arc<OnceLock<Arc<File>>>,
}

#[derive(Clone, Debug)]
struct Cell {
    uri: lsp::Uri,
    code: bool,
    version: i32,
    text: Text,
}

/// Cells that the client speaks of, with the texts that it sent along.
fn cells_of(cells: Vec<lsp::NotebookCell>, texts: &[lsp::TextDocumentItem], known: &[Cell]) -> Vec<Cell> {
    let read = |cell: lsp::NotebookCell| {
        let sent = texts.iter().find(|text| text.uri == cell.document);
        let old = known.iter().find(|old| old.uri == cell.document);
        let python = sent.is_none_or(|sent| sent.language_id == "python");
        let code = cell.kind == lsp::NotebookCellKind::CODE && python;
        let (version, text) = match (sent, old) {
            (Some(sent), _) => (sent.version, Text::new(&sent.text)),
            // A cell that was moved keeps its text.
            (None, Some(old)) => (old.version, old.text.clone()),
            (None, None) => (0, Text::new("")),
        };
        Cell { uri: cell.document, code, version, text }
    };
    cells.into_iter().map(read).collect()
}

impl Notebook {
    pub(crate) fn open(params: lsp::DidOpenNotebookDocumentParams, edition: u64) -> Self {
        let document = params.notebook_document;
        let cells = cells_of(document.cells, &params.cell_text_documents, &[]);
        let (uri, version) = (document.uri, document.version);
        Self { uri, version, cells, edition, settled: edition, read: Arc::default() }
    }

    /// Takes a change over. The cells that are gone by it are returned.
    pub(crate) fn change(
        &mut self,
        version: i32,
        change: lsp::NotebookDocumentChangeEvent,
        encoding: Encoding,
        edition: u64,
    ) -> Vec<lsp::Uri> {
        self.version = version;
        self.edition = edition;
        self.read = Arc::default();
        let before: Vec<lsp::Uri> = self.cells.iter().map(|cell| cell.uri.clone()).collect();
        let change = change.cells.unwrap_or(lsp::NotebookDocumentCellChange {
            structure: None,
            data: None,
            text_content: None,
        });
        if let Some(structure) = change.structure {
            let opened = structure.did_open.unwrap_or_default();
            let new = cells_of(structure.array.cells.unwrap_or_default(), &opened, &self.cells);
            let start = (structure.array.start as usize).min(self.cells.len());
            let end = start.saturating_add(structure.array.delete_count as usize).min(self.cells.len());
            self.cells.splice(start..end, new);
        }
        for data in change.data.into_iter().flatten() {
            if let Some(cell) = self.cells.iter_mut().find(|cell| cell.uri == data.document) {
                cell.code = data.kind == lsp::NotebookCellKind::CODE;
            }
        }
        for content in change.text_content.into_iter().flatten() {
            let Some(cell) = self.cells.iter_mut().find(|cell| cell.uri == content.document.uri) else {
                continue;
            };
            cell.version = content.document.version;
            cell.text.apply(content.changes, encoding);
        }
        before.into_iter().filter(|uri| !self.cells.iter().any(|cell| cell.uri == *uri)).collect()
    }

    /// What it says, read once for each change.
    pub(crate) fn file(&self, path: &FilePath) -> Arc<File> {
        let cells = &self.cells;
        let read = self.read.get_or_init(|| {
            let shown = cells.iter().enumerate().map(|(at, cell)| CellText {
                number: at + 1,
                code: cell.code,
                text: cell.text.to_string().into(),
            });
            Arc::new(File::notebook(path.clone(), &shown.collect::<Vec<_>>()))
        });
        Arc::clone(read)
    }

    /// Its cells, each with its version.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (&lsp::Uri, i32)> {
        self.cells.iter().map(|cell| (&cell.uri, cell.version))
    }

    /// The byte of the whole that a position of a cell is; `None` where the cell is not one of its.
    pub(crate) fn offset(
        &self,
        cell: &lsp::Uri,
        position: lsp::Position,
        encoding: Encoding,
    ) -> Option<usize> {
        let (start, cell) = self.starts().find(|(_, found)| found.uri == *cell)?;
        Some(start + cell.text.offset(position, encoding))
    }

    /// The cell that a range of the whole begins in, its version, and the range in it.
    pub(crate) fn place(&self, range: HostRange, encoding: Encoding) -> Option<(&lsp::Uri, i32, lsp::Range)> {
        let (start, cell) = self.starts().take_while(|(start, _)| *start <= range.start).last()?;
        let position =
            |offset: usize| cell.text.position(offset.saturating_sub(start).min(cell.text.len()), encoding);
        Some((&cell.uri, cell.version, lsp::Range::new(position(range.start), position(range.end))))
    }

    /// Where each cell begins in the whole.
    fn starts(&self) -> impl Iterator<Item = (usize, &Cell)> {
        self.cells.iter().scan(0, |next, cell| {
            let start = *next;
            *next += cell.text.len() + 1;
            Some((start, cell))
        })
    }
}
