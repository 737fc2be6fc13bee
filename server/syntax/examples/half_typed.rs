//! What is lost of a Dockerfile while one line of it is half typed: here and in `dockerfile-parser`.
//!
//!     cargo run --release -p amlenv-syntax --example half_typed -- [FILE or FOLDER]...
//!
//! Takes the files and every Dockerfile below the folders (the cases of the tests where none is given),
//! cuts one line of it at a column, a hundred times with a fixed seed, and counts the instructions on
//! other lines that are no longer what they were. Any line of an instruction may be cut, heredocs and
//! continued lines too.

#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use std::path::Path;

use amlenv_syntax::dockerfile::parse;
use dockerfile_parser::Dockerfile;

#[path = "../tests/dockerfile/older.rs"]
mod older;

const CUTS: u64 = 100;

fn main() {
    let folders: Vec<String> = std::env::args().skip(1).collect();
    let mut texts = Vec::new();
    for folder in &folders {
        collect(Path::new(folder), true, &mut texts);
    }
    if folders.is_empty() {
        let cases = include_str!("../tests/dockerfile/golden.json");
        let cases: Vec<serde_json::Value> = serde_json::from_str(cases).unwrap_or_default();
        texts.extend(cases.iter().filter_map(|case| Some(case.get("text")?.as_str()?.to_owned())));
    }
    // A fixed start: two runs print the same.
    let mut random = Random(0x2026_0723);
    let mut counts = Counts::default();
    let (mut agreed, mut compared, mut unequal) = (0, older::Compared::default(), 0);
    for text in &texts {
        match older::compare(text) {
            Ok(Some(found)) => {
                agreed += 1;
                compared.instructions += found.instructions;
                compared.images += found.images;
                compared.stages += found.stages;
            }
            Ok(None) => {}
            Err(_) => unequal += 1,
        }
    }
    for text in &texts {
        measure(text, &mut random, &mut counts);
    }
    println!(
        "| {} texts, {} half-typed variants | amlenv | `dockerfile-parser` |",
        texts.len(),
        counts.variants
    );
    println!("| --- | --- | --- |");
    println!("| cuts left out: the language itself makes the next line another | {} | {0} |", counts.skipped);
    println!("| whole files read as nothing | 0 | {} |", counts.refused);
    println!(
        "| instructions lost on other lines, of {} | {} | {} |",
        counts.others, counts.ours, counts.theirs
    );
    println!(
        "\nOf the whole texts, {agreed} are read alike by both: {} instructions, {} images, {} stages; {unequal} are not; \
         the others one of the two or BuildKit refuses, or they use what `dockerfile-parser` does not know.",
        compared.instructions, compared.images, compared.stages
    );
}

#[derive(Default)]
struct Counts {
    variants: u64,
    skipped: u64,
    others: usize,
    ours: usize,
    theirs: usize,
    refused: u64,
}

fn collect(path: &Path, named: bool, texts: &mut Vec<String>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        let mut entries: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries.iter().filter(|entry| !entry.is_symlink()) {
            collect(entry, false, texts);
        }
    } else if (named || is_dockerfile(path))
        && let Ok(bytes) = std::fs::read(path)
    {
        texts.push(String::from_utf8_lossy(&bytes).into_owned());
    }
}

fn is_dockerfile(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().contains("dockerfile"))
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }
}

fn measure(text: &str, random: &mut Random, counts: &mut Counts) {
    let whole = parse(text);
    let escape = whole.escape.unwrap_or('\\');
    let candidates = &whole.instructions;
    for _ in 0..CUTS {
        let Some(cut) = candidates.get(random.below(candidates.len())) else { continue };
        // One physical line of the instruction, cut at one of its columns.
        let instruction = cut.range.slice(text);
        let number = random.below(instruction.split_inclusive('\n').count());
        let before: usize = instruction.split_inclusive('\n').take(number).map(str::len).sum();
        let line = instruction.split_inclusive('\n').nth(number).unwrap_or("");
        let line = line.trim_end_matches(['\r', '\n']);
        let keep = line.char_indices().map(|(at, _)| at).nth(random.below(line.chars().count())).unwrap_or(0);
        let kept = line.get(..keep).unwrap_or("");
        // These change what the next lines are, by the language itself, so that BuildKit joins them too:
        // an escape at the end, the end of a heredoc that is none any more or becomes one, a heredoc that
        // ends at the end of another.
        let continues = kept.trim_end().ends_with(escape);
        let ends = cut.heredocs.iter().any(|heredoc| heredoc.name == line.trim())
            || !kept.trim().is_empty() && text.contains(&format!("<<{}", kept.trim()));
        let others_end = whole.instructions.iter().any(|found| {
            found.start_line > cut.start_line
                && found.heredocs.iter().any(|heredoc| kept.contains("<<") || cut.heredocs.contains(heredoc))
        });
        let at = cut.range.start + before;
        // The last of several lines, left blank: the escape in front of it reaches the next one.
        let blank = kept.trim().is_empty() || kept.trim_start().starts_with('#');
        let in_heredoc = cut.heredocs.iter().any(|heredoc| heredoc.body.touches(at));
        let reaches = number > 0 && blank && !in_heredoc && cut.rest.end <= at + line.len();
        if continues || ends || others_end || reaches {
            counts.skipped += 1;
            continue;
        }
        let variant =
            [text.get(..at + keep), text.get(at + line.len()..)].map(Option::unwrap_or_default).concat();
        let others: Vec<&str> = whole
            .instructions
            .iter()
            .filter(|found| found.start_line != cut.start_line)
            .map(|found| found.range.slice(text))
            .collect();
        counts.variants += 1;
        counts.others += others.len();
        let read = parse(&variant);
        counts.ours += lost(&others, read.instructions.iter().map(|found| found.range.slice(&variant)));
        match variant.parse::<Dockerfile>() {
            Ok(theirs) => {
                counts.theirs += lost(
                    &others,
                    theirs.instructions.iter().map(|found| {
                        let span = found.span();
                        variant.get(span.start..span.end).unwrap_or("").trim()
                    }),
                );
            }
            Err(_) => {
                counts.refused += 1;
                counts.theirs += others.len();
            }
        }
    }
}

/// How many of `expected` are not in `found`, in order.
fn lost<'a>(expected: &[&str], found: impl Iterator<Item = &'a str>) -> usize {
    let mut at = 0;
    for text in found {
        if expected.get(at).is_some_and(|wanted| wanted.trim() == text.trim()) {
            at += 1;
        }
    }
    expected.len() - at
}
