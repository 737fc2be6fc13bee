//! Random edits by the many: an edited tree is a fresh one, no tree is broken, and text that is UTF-8 is
//! read as the parser of `amlenv-syntax` reads it.
//!
//!     cargo run --release -p dockerfile-grammar --example edits -- [--cases N] [--seed N]
//!
//! Prints what it did, and ends with 1 at the first difference.

#![expect(clippy::print_stdout, reason = "a program that prints what it finds")]

use std::process::ExitCode;

use dockerfile_grammar::{SOUP, differences, edit, nodes, parse, parser};

/// How many edits are made of one text.
const EDITS: usize = 20;
/// How many tokens a text begins with, at most.
const TOKENS: usize = 400;

/// A source of numbers, and whether its texts hold bytes that are no UTF-8.
struct Random(u64, bool);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 11).unwrap_or(0) % limit.max(1)
    }

    fn soup(&mut self, tokens: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for _ in 0..self.below(tokens + 1) {
            if self.1 && self.below(40) == 0 {
                out.push(u8::try_from(self.below(256)).unwrap_or(0));
            } else {
                let at = self.below(SOUP.len());
                out.extend(SOUP.get(at).copied().unwrap_or_default().bytes());
            }
        }
        out
    }
}

/// The start of the character at `at`: the library takes note of the first byte of a character that was
/// looked at, and no editor cuts one.
fn boundary(text: &[u8], at: usize) -> usize {
    (0..=at).rev().find(|at| text.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80)).unwrap_or(0)
}

fn option(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1).and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn main() -> ExitCode {
    let (cases, seed) = (option("--cases", 5_000), option("--seed", 20_260_723));
    let (mut edits, mut compared, mut bytes) = (0_u64, 0_u64, 0_usize);
    let mut parser = parser();
    for case in 0..cases {
        let mut random = Random((seed << 32 | case).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, case % 4 == 0);
        let mut text = random.soup(TOKENS);
        let mut tree = parse(&mut parser, &text, None);
        for _ in 0..EDITS {
            let start = boundary(&text, random.below(text.len() + 1));
            let longest = if random.below(10) == 0 { text.len() } else { 6 };
            let end = boundary(&text, (start + random.below(longest + 1)).min(text.len()));
            let new = random.soup(3);
            let mut after = text.clone();
            after.splice(start..end, new.iter().copied());
            tree.edit(&edit(&text, &after, start, end, start + new.len()));
            tree = parse(&mut parser, &after, Some(&tree));
            let fresh = parse(&mut parser, &after, None);
            let mut wrong = Vec::new();
            if nodes(&tree) != nodes(&fresh) {
                wrong.push("the edited tree is not the fresh one".to_owned());
            }
            if fresh.root_node().has_error() {
                wrong.push("the tree has an ERROR or MISSING node".to_owned());
            }
            if let Ok(text) = std::str::from_utf8(&after) {
                wrong.extend(differences(&fresh, text));
                compared += 1;
            }
            if !wrong.is_empty() {
                println!(
                    "case {case} of seed {seed}: {}\nbefore: {:?}\nafter: {:?}",
                    wrong.join("\n"),
                    String::from_utf8_lossy(&text),
                    String::from_utf8_lossy(&after)
                );
                return ExitCode::FAILURE;
            }
            edits += 1;
            bytes += after.len();
            text = after;
        }
    }
    println!("{edits} edits, {bytes} bytes read, {compared} texts compared with the parser, 0 differences");
    ExitCode::SUCCESS
}
