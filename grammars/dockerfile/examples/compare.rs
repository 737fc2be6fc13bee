//! Compares the grammar with the parser of `amlenv-syntax` on all Dockerfiles below folders:
//!
//!     cargo run -p dockerfile-grammar --example compare -- FOLDER...
//!
//! Ends with 1 if any differs.

#![expect(clippy::print_stdout, reason = "a program that prints what it finds")]

use std::path::Path;
use std::process::ExitCode;

use dockerfile_grammar::{differences, parse, parser};

fn main() -> ExitCode {
    let mut files = Vec::new();
    for folder in std::env::args().skip(1) {
        collect(Path::new(&folder), &mut files);
    }
    let mut parser = parser();
    let mut instructions = 0;
    let mut different = 0;
    for file in &files {
        let Ok(bytes) = std::fs::read(file) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let tree = parse(&mut parser, text.as_bytes(), None);
        let found = differences(&tree, &text);
        instructions += dockerfile_grammar::outline(&tree, &text).len();
        different += usize::from(!found.is_empty());
        for difference in found {
            println!("{}: {difference}", file.display());
        }
    }
    println!("{} files, {instructions} instructions, {different} files differ", files.len());
    if different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn collect(path: &Path, files: &mut Vec<std::path::PathBuf>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        let mut entries: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries.iter().filter(|entry| !entry.is_symlink()) {
            collect(entry, files);
        }
    } else if path.file_name().is_some_and(|name| {
        let name = name.to_string_lossy().to_lowercase();
        name.contains("dockerfile") || name.contains("containerfile")
    }) {
        files.push(path.to_owned());
    }
}
