//! Time to read a Dockerfile: amlenv's parser, its grammar for editors, a published grammar, and the crate
//! `dockerfile-parser`.
//!
//!     cargo run --release --manifest-path tests/bench/grammars/Cargo.toml -- [FOLDER]...
//!
//! On every Dockerfile below the folders (the sample where none is given), on the sample repeated to a
//! mebibyte, and on texts that are hard for a scanner. Times are medians of several runs.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use tree_sitter::{Language, Parser};

const SAMPLE: &str = include_str!("../../../samples/kaldi/Dockerfile");
const RUNS: usize = 9;

/// Reads a text; false where it is refused, or the tree is broken.
type Reader = Box<dyn FnMut(&str) -> bool>;

fn grammar(language: &Language) -> Reader {
    let mut parser = Parser::new();
    parser.set_language(language).expect("an ABI version that the library reads");
    Box::new(move |text| !black_box(parser.parse(text, None)).expect("a tree").root_node().has_error())
}

fn main() {
    let mut readers: Vec<(&str, Reader)> = vec![
        (
            "amlenv's parser",
            Box::new(|text| !black_box(amlenv_syntax::dockerfile::parse(text)).instructions.is_empty()),
        ),
        ("`grammars/dockerfile`", grammar(&dockerfile_grammar::language())),
        ("`tree-sitter-containerfile` 0.9.2", grammar(&tree_sitter_containerfile::LANGUAGE.into())),
        (
            "`dockerfile-parser` 0.9",
            Box::new(|text| black_box(text.parse::<dockerfile_parser::Dockerfile>()).is_ok()),
        ),
    ];
    let mut files = Vec::new();
    for folder in std::env::args().skip(1) {
        collect(Path::new(&folder), &mut files);
    }
    if files.is_empty() {
        files.push(SAMPLE.to_owned());
    }
    let mebibyte = SAMPLE.repeat((1 << 20) / SAMPLE.len());
    println!("| Reader | one of {} files, median | slowest | read whole | per MiB |", files.len());
    println!("| --- | --- | --- | --- | --- |");
    for (name, read) in &mut readers {
        let mut times: Vec<Duration> = files.iter().map(|text| median(read, text)).collect();
        times.sort_unstable();
        let whole = files.iter().filter(|text| read(text)).count();
        println!(
            "| {name} | {:.1} µs | {:.0} µs | {whole} | {:.1} ms |",
            micros(times[times.len() / 2]),
            micros(*times.last().expect("a time")),
            micros(median(read, &mebibyte)) / 1e3
        );
    }
    println!();
    print!("| Hard text |");
    // The crate recurses over what is hard here.
    readers.truncate(3);
    readers.iter().for_each(|(name, _)| print!(" {name} |"));
    println!("\n| --- |{}", " --- |".repeat(readers.len()));
    for (what, text) in hard() {
        print!("| {what} |");
        for (_, read) in &mut readers {
            let start = Instant::now();
            let whole = read(&text);
            print!(" {:.0} ms{} |", micros(start.elapsed()) / 1e3, if whole { "" } else { ", broken" });
        }
        println!();
    }
}

fn hard() -> Vec<(&'static str, String)> {
    vec![
        ("RUN of 1 MB, one word", format!("FROM a\nRUN {}", "x".repeat(1_000_000))),
        ("RUN of 500,000 words", format!("FROM a\nRUN {}", "x ".repeat(500_000))),
        ("COPY of 500,000 words", format!("FROM a\nCOPY {}", "x ".repeat(500_000))),
        ("100,000 continuations", format!("FROM a\nRUN {}y", "x \\\n".repeat(100_000))),
        ("50,000 instructions", "RUN x\n".repeat(50_000)),
        ("100,000 JSON strings", format!("FROM a\nCMD [{}\"\"]", "\"a\", ".repeat(100_000))),
        ("5,000 unclosed heredocs", format!("FROM a\n{}", "RUN <<EOF\n".repeat(5_000))),
        ("100,000 unclosed heredocs", format!("FROM a\n{}", "RUN <<EOF\n".repeat(100_000))),
        ("ONBUILD 20,000 times on a line", format!("FROM a\n{}RUN x", "ONBUILD ".repeat(20_000))),
        ("ONBUILD 200,000 times on a line", format!("FROM a\n{}RUN x", "ONBUILD ".repeat(200_000))),
        ("1,000 heredocs on a line", {
            let markers: String = (0..1_000).map(|number| format!(" <<A{number}")).collect();
            let bodies: String = (0..1_000).map(|number| format!("x\nA{number}\n")).collect();
            format!("FROM a\nRUN{markers}\n{bodies}")
        }),
    ]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn median(read: &mut Reader, text: &str) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(read(black_box(text)));
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

fn collect(path: &Path, texts: &mut Vec<String>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        let mut entries: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries.iter().filter(|entry| !entry.is_symlink()) {
            collect(entry, texts);
        }
    } else if path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().to_lowercase().ends_with("dockerfile"))
        && let Ok(text) = std::fs::read_to_string(path)
    {
        texts.push(text);
    }
}
