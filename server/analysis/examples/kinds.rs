//! Counts what the files below some folders are taken for, the environments that they define and
//! those that they use. With `--list` it names each file.
//!
//! ```text
//! cargo run -p amlenv-analysis --example kinds -- FOLDER… [--list]
//! ```

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use amlenv_analysis::{File, FilePath, classify, may_be_relevant};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let list = arguments.iter().any(|argument| argument == "--list");
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut counts: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    for folder in arguments.iter().filter(|argument| !argument.starts_with("--")) {
        let mut pending: Vec<PathBuf> = vec![folder.into()];
        while let Some(at) = pending.pop() {
            let mut below: Vec<PathBuf> =
                std::fs::read_dir(&at)?.flatten().map(|entry| entry.path()).collect();
            below.sort();
            for path in below {
                if path.is_dir() {
                    if path.file_name().is_none_or(|name| name != ".git") {
                        pending.push(path);
                    }
                } else if let Some(file) = read(&path) {
                    let row = counts.entry(file.kind().as_str()).or_default();
                    let numbers = [
                        1,
                        file.environments().count(),
                        file.uses().len(),
                        file.dockerfiles().len(),
                        file.problems().len(),
                    ];
                    row.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
                    if list {
                        writeln!(out, "{} {} {numbers:?}", file.kind().as_str(), path.display())?;
                    }
                }
            }
        }
    }
    writeln!(
        out,
        "{:18} {:>6} {:>13} {:>6} {:>12} {:>9}",
        "kind", "files", "environments", "uses", "dockerfiles", "problems"
    )?;
    for (kind, [files, environments, uses, dockerfiles, problems]) in counts {
        writeln!(out, "{kind:18} {files:6} {environments:13} {uses:6} {dockerfiles:12} {problems:9}")?;
    }
    out.flush()
}

fn read(path: &Path) -> Option<File> {
    let name = FilePath::new(&path.to_string_lossy());
    if !may_be_relevant(&name) {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    let kind = classify(&name, &text)?;
    Some(File::new(name, kind, text.into()))
}
