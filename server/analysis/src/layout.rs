//! The layout of Dockerfiles, wherever they stand, as edits of their hosts. Python, YAML and JSON are left
//! to their own formatters.

use amlenv_syntax::HostRange;
use amlenv_syntax::dockerfile::format::{self, Indent, Layout};

use crate::embedded::DockerfileDocument;
use crate::file::File;
use crate::finding::Edit;
use crate::kind::FileKind;
use crate::path::FilePath;
use crate::text_edit::drop_overlaps;
use crate::workspace::Workspace;

/// The edits that lay out the Dockerfile at `path`; `None` for a file of another language.
pub(crate) fn whole(workspace: &Workspace, path: &FilePath, layout: &Layout) -> Option<Vec<Edit>> {
    let file = workspace.file(path).filter(|file| file.kind() == FileKind::Dockerfile)?;
    Some(of_documents(file, layout, HostRange::new(0, file.text().len())))
}

/// The edits that lay out the Dockerfiles at `range`, those inside another language too; `None` where there
/// are none.
pub(crate) fn part(
    workspace: &Workspace,
    path: &FilePath,
    range: HostRange,
    layout: &Layout,
) -> Option<Vec<Edit>> {
    let file = workspace.file(path)?;
    let layout = Layout { indent: layout.indent, ..Layout::default() };
    let touched = |file: &File, range: HostRange| {
        file.dockerfiles().iter().any(|document| document.host_range().intersects(range))
    };
    if touched(file, range) {
        return Some(of_documents(file, &layout, range));
    }
    for nested in file.nested() {
        // Whatever part of the range does not stand in it, the file inside ends there.
        let start = nested.offset(range.start).unwrap_or(0);
        let end = nested.offset(range.end).unwrap_or(nested.file.text().len());
        let inner = HostRange::new(start, end);
        if nested.host(inner).intersects(range) && touched(&nested.file, inner) {
            return nested.edits(file, of_documents(&nested.file, &layout, inner));
        }
    }
    None
}

/// The edit that indents the line of `offset`, which was just begun by a line end.
pub(crate) fn on_line_end(
    workspace: &Workspace,
    path: &FilePath,
    offset: usize,
    indent: Indent,
) -> Option<Edit> {
    let file = workspace.file(path)?;
    if let Some((nested, at)) = file.nested_at(offset) {
        let edit = continued(&nested.file, at, indent)?;
        return nested.edits(file, vec![edit])?.pop();
    }
    continued(file, offset, indent)
}

fn continued(file: &File, offset: usize, indent: Indent) -> Option<Edit> {
    let document = file.dockerfiles().iter().find(|document| document.host_range().touches(offset))?;
    let at = document.offset(offset)?;
    let change = format::continued_indent(&document.text, &document.tree, at, indent)?;
    document.edit(file.path(), file.text(), change.range, &change.text)
}

fn of_documents(file: &File, layout: &Layout, range: HostRange) -> Vec<Edit> {
    let documents = file.dockerfiles().iter().filter(|document| document.host_range().intersects(range));
    let mut out: Vec<Edit> =
        documents.flat_map(|document| of_document(file, document, layout, range)).collect();
    out.sort_by_key(|edit| edit.range);
    // Two documents may share text; and what a literal needs may be wider than the change.
    drop_overlaps(&mut out, |edit| edit.range);
    out
}

fn of_document<'a>(
    file: &'a File,
    document: &'a DockerfileDocument,
    layout: &Layout,
    range: HostRange,
) -> impl Iterator<Item = Edit> + 'a {
    let changes = format::format(&document.text, &document.tree, layout).into_iter();
    let wanted = changes.filter(move |change| document.host(change.range).intersects(range));
    wanted.filter_map(|change| document.edit(file.path(), file.text(), change.range, &change.text))
}
