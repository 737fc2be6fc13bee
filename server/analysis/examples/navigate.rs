//! Asks every question about finding one's way at many places of real files, and holds the answers to
//! what must be true of any.
//!
//! ```text
//! cargo run -p amlenv-analysis --example navigate -- FOLDER…
//! ```

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use amlenv_analysis::navigate::Symbol;
use amlenv_analysis::{
    Edit, File, FileKind, FilePath, Workspace, classify, definition, document_symbols, folds, highlights,
    links, renamable, rename, selections,
};
use amlenv_syntax::HostRange;

/// So many places of a file are asked about.
const PLACES: usize = 120;

#[derive(Default)]
struct Sum {
    files: usize,
    places: usize,
    definitions: usize,
    renamed: usize,
    refused: usize,
    links: usize,
    symbols: usize,
    folds: usize,
    wrong: Vec<String>,
    slowest: Duration,
}

fn main() {
    let mut sum = Sum::default();
    for folder in std::env::args().skip(1) {
        let mut pending = vec![PathBuf::from(folder)];
        while let Some(path) = pending.pop() {
            if path.is_dir() && !path.is_symlink() {
                pending.extend(
                    std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()),
                );
            } else if path.is_file() {
                ask(&path, &mut sum);
            }
        }
    }
    let mut out = std::io::stdout().lock();
    for line in &sum.wrong {
        let _ = writeln!(out, "{line}");
    }
    let _ = writeln!(
        out,
        "{} files, {} places: {} definitions, {} renamed, {} refused; {} links, {} symbols, {} folds; the slowest file {:?}; {} wrong",
        sum.files,
        sum.places,
        sum.definitions,
        sum.renamed,
        sum.refused,
        sum.links,
        sum.symbols,
        sum.folds,
        sum.slowest,
        sum.wrong.len()
    );
    if !sum.wrong.is_empty() {
        std::process::exit(1);
    }
}

fn ask(real: &Path, sum: &mut Sum) {
    let path = FilePath::new(&real.to_string_lossy());
    let Ok(text) = std::fs::read_to_string(real) else { return };
    let Some(kind) = classify(&path, &text) else { return };
    let mut workspace = Workspace::new(vec![path.parent()]);
    workspace.insert(Arc::new(File::new(path.clone(), kind, text.as_str().into())));
    let started = Instant::now();
    sum.files += 1;
    let mut wrong = |what: &str, offset: usize| {
        let line = text[..offset].matches('\n').count() + 1;
        sum.wrong.push(format!("{}:{line}: {what}", real.display()));
    };
    let is_fine = |range: HostRange| range.end <= text.len() && text.get(range.start..range.end).is_some();
    let mut pending: Vec<Symbol> = document_symbols(&workspace, &path);
    while let Some(symbol) = pending.pop() {
        sum.symbols += 1;
        if !is_fine(symbol.range) || !symbol.range.contains_range(symbol.focus) {
            wrong("a symbol stands outside", symbol.focus.start.min(text.len()));
        }
        pending.extend(symbol.children);
    }
    for link in links(&workspace, &path) {
        sum.links += 1;
        if !is_fine(link.range) {
            wrong("a link stands outside", 0);
        }
    }
    for fold in folds(&workspace, &path) {
        sum.folds += 1;
        if !is_fine(fold.range) || !text[fold.range.start..fold.range.end].contains(['\n', '\\']) {
            wrong("a fold is no stretch of lines", fold.range.start.min(text.len()));
        }
    }
    let step = (text.len() / PLACES).max(1);
    for offset in (0..=text.len()).step_by(step).filter(|offset| text.is_char_boundary(*offset)) {
        sum.places += 1;
        let found = selections(&workspace, &path, offset);
        if !found.windows(2).all(|pair| pair[1].contains_range(pair[0]))
            || !found.iter().all(|range| is_fine(*range))
        {
            wrong("a selection does not grow", offset);
        }
        let marked = highlights(&workspace, &path, offset);
        if !marked.iter().all(|found| is_fine(found.place.range)) {
            wrong("a place stands outside", offset);
        }
        if let Some(found) = definition(&workspace, &path, offset) {
            sum.definitions += 1;
            let own = found.targets.iter().filter(|target| target.file == path);
            let mut own =
                own.filter(|target| !is_fine(target.focus) || !target.range.contains_range(target.focus));
            if !is_fine(found.origin) || own.next().is_some() {
                wrong("a definition stands outside", offset);
            }
        }
        match renamable(&workspace, &path, offset) {
            Err(_) => sum.refused += 1,
            Ok(None) => {}
            Ok(Some(found)) => {
                if text.get(found.range.start..found.range.end) != Some(&found.name)
                    && kind != FileKind::Notebook
                {
                    wrong("a name is not what stands there", offset);
                }
                let new = "zz_unheard_of";
                match rename(&workspace, &path, offset, new) {
                    Err(_) => sum.refused += 1,
                    Ok(edits) => {
                        sum.renamed += 1;
                        let after = File::new(path.clone(), kind, applied(&text, &edits).into());
                        let before = workspace.file(&path).map_or(0, |file| file.mistakes());
                        if after.mistakes() > before {
                            wrong("renaming breaks the file", offset);
                        }
                        let mut again = Workspace::new(vec![path.parent()]);
                        again.insert(Arc::new(after));
                        let back =
                            highlights(&again, &path, edits.first().map_or(0, |edit| edit.range.start));
                        // An edit of a cell may begin in front of the name.
                        if back.len() != marked.len() && kind != FileKind::Notebook {
                            wrong("after renaming something else is named", offset);
                        }
                    }
                }
            }
        }
    }
    sum.slowest = sum.slowest.max(started.elapsed());
}

fn applied(text: &str, edits: &[Edit]) -> String {
    let mut text = text.to_owned();
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.range);
    for edit in edits.into_iter().rev() {
        text.replace_range(edit.range.start..edit.range.end, &edit.text);
    }
    text
}
