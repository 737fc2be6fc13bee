//! Finding one's way in an editor: definitions, references, renaming, links, symbols, folding,
//! selections. What is meant is the core's business; here are the types of the protocol, and the look at
//! the disk for files that are not open.

use std::path::Path;
use std::sync::Arc;

use amlenv_analysis::navigate::{FoldKind, LinkTarget, Place, Symbol, SymbolKind};
use amlenv_analysis::{
    File, FileKind, FilePath, Workspace, classify, definition, document_symbols, folds, highlights, links,
    may_be_relevant, moved, references, renamable, rename, selections, unknown_paths, workspace_symbols,
};
use amlenv_cloud::{Cloud, process_env};
use amlenv_syntax::HostRange;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;

use super::proto;
use super::state::Snapshot;
use crate::disk::{self, Read};

/// What the client can do of these things.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Abilities {
    /// Whether it shows where a link begins.
    definition_links: bool,
    /// Whether symbols may have parts.
    nested_symbols: bool,
    /// How many folds it wants at most.
    fold_limit: Option<usize>,
}

impl Abilities {
    pub(super) fn of(client: &lsp::ClientCapabilities) -> Self {
        let document = client.text_document.as_ref();
        let definition = document.and_then(|document| document.definition.as_ref());
        let symbols = document.and_then(|document| document.document_symbol.as_ref());
        let folding = document.and_then(|document| document.folding_range.as_ref());
        Self {
            definition_links: definition.and_then(|found| found.link_support).unwrap_or(false),
            nested_symbols: symbols
                .and_then(|found| found.hierarchical_document_symbol_support)
                .unwrap_or(false),
            fold_limit: folding.and_then(|found| found.range_limit).map(|limit| limit as usize),
        }
    }
}

/// What is offered here, and nothing else.
pub(super) fn capabilities(client: &lsp::ClientCapabilities) -> lsp::ServerCapabilities {
    let rename = client.text_document.as_ref().and_then(|document| document.rename.as_ref());
    let prepares = rename.and_then(|rename| rename.prepare_support).unwrap_or(false);
    lsp::ServerCapabilities {
        definition_provider: Some(lsp::OneOf::Left(true)),
        references_provider: Some(lsp::OneOf::Left(true)),
        document_highlight_provider: Some(lsp::OneOf::Left(true)),
        document_symbol_provider: Some(lsp::OneOf::Left(true)),
        workspace_symbol_provider: Some(lsp::OneOf::Left(true)),
        folding_range_provider: Some(lsp::FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(lsp::SelectionRangeProviderCapability::Simple(true)),
        document_link_provider: Some(lsp::DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
        }),
        // A client that cannot ask beforehand does not understand the options.
        rename_provider: Some(if prepares {
            lsp::OneOf::Right(lsp::RenameOptions {
                prepare_provider: Some(true),
                work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
            })
        } else {
            lsp::OneOf::Left(true)
        }),
        ..lsp::ServerCapabilities::default()
    }
}

/// The files and folders whose moves are asked for, if the client tells of moves.
pub(super) fn file_operations(
    client: &lsp::ClientCapabilities,
) -> Option<lsp::WorkspaceFileOperationsServerCapabilities> {
    let workspace = client.workspace.as_ref()?;
    workspace.file_operations.as_ref()?.will_rename.filter(|will| *will)?;
    let filter = |glob: &str, matches| lsp::FileOperationFilter {
        scheme: Some("file".to_owned()),
        pattern: lsp::FileOperationPattern { glob: glob.to_owned(), matches: Some(matches), options: None },
    };
    let filters = vec![
        filter("**/*Dockerfile*", lsp::FileOperationPatternKind::File),
        filter("**/*.{dockerfile,yml,yaml,txt,py,ipynb,json,runconfig}", lsp::FileOperationPatternKind::File),
        filter("**", lsp::FileOperationPatternKind::Folder),
    ];
    Some(lsp::WorkspaceFileOperationsServerCapabilities {
        will_rename: Some(lsp::FileOperationRegistrationOptions { filters }),
        ..lsp::WorkspaceFileOperationsServerCapabilities::default()
    })
}

pub(super) fn goto_definition(
    snapshot: &Snapshot,
    at: &lsp::TextDocumentPositionParams,
) -> Option<lsp::GotoDefinitionResponse> {
    let (path, offset) = snapshot.locate(&at.text_document.uri, at.position)?;
    let near = snapshot.with(followed(snapshot, &path));
    // Most of what is asked for stands near; only a name that is not found is looked for everywhere.
    let mut found = definition(&near.workspace, &path, offset).map(|found| (found, near));
    if found.is_none() {
        let whole = whole(snapshot);
        found = definition(&whole.workspace, &path, offset).map(|found| (found, whole));
    }
    let (found, snapshot) = found?;
    let origin = proto::location(&snapshot, &path, found.origin)?.range;
    let targets = found.targets.iter().filter_map(|target| {
        let focus = proto::location(&snapshot, &target.file, target.focus)?;
        let range = proto::location(&snapshot, &target.file, target.range)?;
        // A definition that begins in another cell is shown as far as this one goes.
        let range = if range.uri == focus.uri { range.range } else { focus.range };
        Some(lsp::LocationLink {
            origin_selection_range: Some(origin),
            target_uri: focus.uri,
            target_range: range,
            target_selection_range: focus.range,
        })
    });
    let targets: Vec<lsp::LocationLink> = targets.collect();
    Some(if snapshot.abilities.navigation.definition_links {
        lsp::GotoDefinitionResponse::Link(targets)
    } else {
        let location =
            |link: lsp::LocationLink| lsp::Location::new(link.target_uri, link.target_selection_range);
        lsp::GotoDefinitionResponse::Array(targets.into_iter().map(location).collect())
    })
}

pub(super) fn find_references(
    snapshot: &Snapshot,
    params: &lsp::ReferenceParams,
) -> Option<Vec<lsp::Location>> {
    let at = &params.text_document_position;
    let (path, offset) = snapshot.locate(&at.text_document.uri, at.position)?;
    let whole = whole(snapshot);
    let with = params.context.include_declaration;
    let found = references(&whole.workspace, &path, offset).into_iter();
    let found = found.filter(|found| with || !found.definition);
    Some(found.filter_map(|found| located(&whole, &found.place)).collect())
}

pub(super) fn document_highlight(
    snapshot: &Snapshot,
    at: &lsp::TextDocumentPositionParams,
) -> Option<Vec<lsp::DocumentHighlight>> {
    let uri = &at.text_document.uri;
    let (path, offset) = snapshot.locate(uri, at.position)?;
    let found = highlights(&snapshot.workspace, &path, offset).into_iter().filter_map(|found| {
        let kind = if found.definition {
            lsp::DocumentHighlightKind::WRITE
        } else {
            lsp::DocumentHighlightKind::READ
        };
        let location = located(snapshot, &found.place).filter(|location| location.uri == *uri)?;
        Some(lsp::DocumentHighlight { range: location.range, kind: Some(kind) })
    });
    Some(found.collect())
}

pub(super) fn prepare_rename(
    snapshot: &Snapshot,
    at: &lsp::TextDocumentPositionParams,
) -> Result<Option<lsp::PrepareRenameResponse>> {
    let Some((path, offset)) = snapshot.locate(&at.text_document.uri, at.position) else { return Ok(None) };
    let whole = whole(snapshot);
    let found = renamable(&whole.workspace, &path, offset).map_err(Error::invalid_params)?;
    Ok(found.map(|found| lsp::PrepareRenameResponse::RangeWithPlaceholder {
        range: proto::range(&whole, &path, found.range),
        placeholder: found.name,
    }))
}

pub(super) fn renamed(snapshot: &Snapshot, params: &lsp::RenameParams) -> Result<Option<lsp::WorkspaceEdit>> {
    let at = &params.text_document_position;
    let Some((path, offset)) = snapshot.locate(&at.text_document.uri, at.position) else { return Ok(None) };
    let whole = whole(snapshot);
    let edits = rename(&whole.workspace, &path, offset, &params.new_name).map_err(Error::invalid_params)?;
    Ok(Some(proto::workspace_edit(&whole, &edits)))
}

pub(super) fn will_rename_files(
    snapshot: &Snapshot,
    params: &lsp::RenameFilesParams,
) -> Option<lsp::WorkspaceEdit> {
    let path = |uri: &str| Some(proto::path_of(&uri.parse::<lsp::Uri>().ok()?));
    let moves: Vec<(FilePath, FilePath)> =
        params.files.iter().filter_map(|file| Some((path(&file.old_uri)?, path(&file.new_uri)?))).collect();
    let mut whole = whole(snapshot);
    let paths: Vec<FilePath> = whole.workspace.files().map(|file| file.path().clone()).collect();
    for path in &paths {
        look_around(&mut whole.workspace, path);
    }
    let edits = moved(&whole.workspace, &moves);
    (!edits.is_empty()).then(|| proto::workspace_edit(&whole, &edits))
}

pub(super) fn document_link(snapshot: &Snapshot, uri: &lsp::Uri) -> Option<Vec<lsp::DocumentLink>> {
    let path = snapshot.file_of(uri);
    let near = snapshot.with(followed(snapshot, &path));
    let mut studio: Option<String> = None;
    let found = links(&near.workspace, &path).into_iter().filter_map(|link| {
        let location = proto::location(&near, &path, link.range).filter(|location| location.uri == *uri)?;
        let target = match &link.target {
            LinkTarget::File(path) => proto::uri_of(&near, path)?,
            LinkTarget::Url(url) => url.parse().ok()?,
            LinkTarget::Studio(page) => {
                let cloud =
                    || Cloud::offline(&process_env).map_or_else(|_| String::new(), |found| found.studio);
                let studio = studio.get_or_insert_with(cloud);
                (!studio.is_empty()).then(|| format!("{studio}{page}").parse().ok()).flatten()?
            }
        };
        Some(lsp::DocumentLink {
            range: location.range,
            target: Some(target),
            tooltip: Some(link.tooltip),
            data: None,
        })
    });
    Some(found.collect())
}

pub(super) fn symbols_of(snapshot: &Snapshot, uri: &lsp::Uri) -> Option<lsp::DocumentSymbolResponse> {
    let path = snapshot.file_of(uri);
    snapshot.version(&path)?;
    let found = document_symbols(&snapshot.workspace, &path);
    if snapshot.abilities.navigation.nested_symbols {
        let nested = found.into_iter().filter_map(|symbol| nested(snapshot, &path, uri, symbol));
        return Some(lsp::DocumentSymbolResponse::Nested(nested.collect()));
    }
    let mut flat = Vec::new();
    let mut pending: Vec<(Symbol, Option<String>)> =
        found.into_iter().rev().map(|symbol| (symbol, None)).collect();
    while let Some((symbol, container)) = pending.pop() {
        let inner = symbol.children.into_iter().rev();
        pending.extend(inner.map(|child| (child, Some(symbol.name.clone()))));
        let location = proto::location(snapshot, &path, symbol.range);
        if let Some(location) = location.filter(|location| location.uri == *uri) {
            flat.push(information(symbol.name, symbol.kind, location, container));
        }
    }
    Some(lsp::DocumentSymbolResponse::Flat(flat))
}

/// A symbol with its parts, as far as they stand in that document. Its depth is that of the core's
/// symbols, which is a handful of levels.
fn nested(
    snapshot: &Snapshot,
    path: &FilePath,
    uri: &lsp::Uri,
    symbol: Symbol,
) -> Option<lsp::DocumentSymbol> {
    let all = proto::location(snapshot, path, symbol.range)?;
    let focus = proto::location(snapshot, path, symbol.focus)?;
    let children: Vec<lsp::DocumentSymbol> =
        symbol.children.into_iter().filter_map(|child| nested(snapshot, path, uri, child)).collect();
    if focus.uri != *uri {
        return None;
    }
    let range = if all.uri == *uri { all.range } else { focus.range };
    #[expect(deprecated, reason = "a field of the type that must be given")]
    Some(lsp::DocumentSymbol {
        name: symbol.name,
        detail: symbol.detail,
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        range,
        selection_range: focus.range,
        children: (!children.is_empty()).then_some(children),
    })
}

pub(super) fn find_symbols(snapshot: &Snapshot, query: &str) -> lsp::WorkspaceSymbolResponse {
    let whole = whole(snapshot);
    let found = workspace_symbols(&whole.workspace, query).into_iter().filter_map(|found| {
        let location = located(&whole, &found.place)?;
        Some(information(found.name, found.kind, location, found.container))
    });
    lsp::WorkspaceSymbolResponse::Flat(found.collect())
}

fn information(
    name: String,
    of: SymbolKind,
    location: lsp::Location,
    container_name: Option<String>,
) -> lsp::SymbolInformation {
    #[expect(deprecated, reason = "a field of the type that must be given")]
    lsp::SymbolInformation { name, kind: kind(of), tags: None, deprecated: None, location, container_name }
}

const fn kind(kind: SymbolKind) -> lsp::SymbolKind {
    match kind {
        SymbolKind::Environment => lsp::SymbolKind::OBJECT,
        SymbolKind::Property => lsp::SymbolKind::PROPERTY,
        SymbolKind::Stage => lsp::SymbolKind::CLASS,
        SymbolKind::Instruction => lsp::SymbolKind::FUNCTION,
        SymbolKind::Variable => lsp::SymbolKind::VARIABLE,
        SymbolKind::Job => lsp::SymbolKind::EVENT,
        SymbolKind::List => lsp::SymbolKind::ARRAY,
        SymbolKind::Package => lsp::SymbolKind::PACKAGE,
        SymbolKind::Option => lsp::SymbolKind::CONSTANT,
    }
}

pub(super) fn folding_range(snapshot: &Snapshot, uri: &lsp::Uri) -> Option<Vec<lsp::FoldingRange>> {
    let path = snapshot.file_of(uri);
    snapshot.version(&path)?;
    let found = folds(&snapshot.workspace, &path).into_iter().filter_map(|fold| {
        let location =
            proto::location(snapshot, &path, fold.range).filter(|location| location.uri == *uri)?;
        let (start, end) = (location.range.start, location.range.end);
        (start.line < end.line).then(|| lsp::FoldingRange {
            start_line: start.line,
            end_line: end.line,
            start_character: None,
            end_character: None,
            collapsed_text: None,
            kind: fold.kind.map(|kind| match kind {
                FoldKind::Comment => lsp::FoldingRangeKind::Comment,
                FoldKind::Region => lsp::FoldingRangeKind::Region,
            }),
        })
    });
    Some(found.take(snapshot.abilities.navigation.fold_limit.unwrap_or(usize::MAX)).collect())
}

pub(super) fn selection_range(
    snapshot: &Snapshot,
    params: &lsp::SelectionRangeParams,
) -> Option<Vec<lsp::SelectionRange>> {
    let uri = &params.text_document.uri;
    let of = |position: lsp::Position| {
        let (path, offset) = snapshot.locate(uri, position)?;
        let (_, first) = snapshot.locate(uri, lsp::Position::new(0, 0))?;
        let mut out: Option<lsp::SelectionRange> = None;
        let found = selections(&snapshot.workspace, &path, offset);
        // What reaches out of a cell is the cell.
        let inside = |range: HostRange| HostRange::new(range.start.max(first), range.end.max(first));
        let mut ranges: Vec<lsp::Range> = found
            .into_iter()
            .filter_map(|range| proto::location(snapshot, &path, inside(range)))
            .filter(|location| location.uri == *uri)
            .map(|location| location.range)
            .collect();
        ranges.dedup();
        for range in ranges.into_iter().rev() {
            out = Some(lsp::SelectionRange { range, parent: out.map(Box::new) });
        }
        // The protocol wants an answer for each position.
        Some(out.unwrap_or(lsp::SelectionRange { range: lsp::Range::new(position, position), parent: None }))
    };
    params.positions.iter().map(|position| of(*position)).collect()
}

fn located(snapshot: &Snapshot, place: &Place) -> Option<lsp::Location> {
    proto::location(snapshot, &place.file, place.range)
}

/// The workspace of a snapshot, with what following the links of a file needs to know of the disk.
fn followed(snapshot: &Snapshot, path: &FilePath) -> Workspace {
    let mut out = snapshot.workspace.clone();
    look_around(&mut out, path);
    out
}

fn look_around(workspace: &mut Workspace, path: &FilePath) {
    for path in unknown_paths(workspace, path) {
        let fact = disk::look(workspace, &path);
        workspace.set_fact(path, fact);
    }
}

/// The most files that are read for one question.
const MAX_FILES: usize = 10_000;

/// A snapshot with all files of the workspace that may name environments, open or not.
fn whole(snapshot: &Snapshot) -> Snapshot {
    let mut out = snapshot.clone();
    for root in snapshot.workspace.roots() {
        let mut walk = ignore::WalkBuilder::new(root.as_str());
        walk.hidden(false).follow_links(false).require_git(false);
        walk.filter_entry(|entry| entry.file_name() != ".git");
        for entry in walk.build().filter_map(std::result::Result::ok).take(MAX_FILES) {
            let path = disk::file_path(entry.path());
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            if !is_file || !may_be_relevant(&path) || out.workspace.file(&path).is_some() {
                continue;
            }
            if let Read::Text(text) = disk::read(Path::new(path.as_str()))
                && let Some(kind) = classify(&path, &text).filter(|kind| *kind != FileKind::Other)
            {
                out.workspace.insert(Arc::new(File::new(path, kind, text)));
            }
        }
    }
    out
}
