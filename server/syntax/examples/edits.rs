//! Makes random changes of embedded text in every host, and counts those that are wrong.
//!
//!     cargo run --release -p amlenv-syntax --example edits -- 100000

#![expect(clippy::print_stdout, reason = "the figures are what the command is for")]

#[path = "../tests/embedding/mod.rs"]
mod embedding;

use std::process::ExitCode;

use embedding::{CODECS, Outcome, Random, attempt};

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(100_000_usize);
    let seed = std::env::args().nth(2).and_then(|seed| seed.parse().ok()).unwrap_or(1_u64);
    let (mut all, mut wrong) = (0, 0);
    for codec in CODECS {
        let mut random = Random::new(seed);
        let (mut right, mut refused, mut empty) = (0, 0, 0);
        while right + refused < wanted.div_ceil(CODECS.len()) {
            match attempt(codec, &mut random) {
                Ok(Outcome::Right) => right += 1,
                Ok(Outcome::Refused) => refused += 1,
                Ok(Outcome::NoText) => empty += 1,
                Err(complaint) => {
                    wrong += 1;
                    refused += 1;
                    println!("WRONG {complaint}");
                }
            }
        }
        all += right + refused;
        println!(
            "{:24} {right:>8} offered and right, {refused:>8} not offered, {empty:>6} no text",
            codec.name
        );
    }
    println!("{all} changes, {wrong} wrong");
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
