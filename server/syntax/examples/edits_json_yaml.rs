//! Changes text inside JSON strings and YAML scalars at random, and counts: asked for, offered, all
//! of them right (a wrong one ends the program).
//!
//! ```text
//! cargo run --release --example edits_json_yaml -- 100000 [SEED]
//! ```

#[path = "../tests/edits/json_yaml.rs"]
mod edits;

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let wanted = arguments.next().unwrap_or(100_000);
    let mut random = edits::Random::new(arguments.next().unwrap_or(1));
    let mut report = edits::Report::new();
    let offered = |report: &edits::Report| report.values().map(|counts| counts.1 as u64).sum::<u64>();
    while offered(&report) < wanted {
        edits::change(&mut random, &mut report);
    }
    let mut out = std::io::stdout().lock();
    for (codec, (asked, offered)) in &report {
        writeln!(out, "{codec:16} {asked:8} asked for {offered:8} offered")?;
    }
    writeln!(out, "{} changes offered, none wrong", offered(&report))
}
