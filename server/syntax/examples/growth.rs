//! How the time of the Dockerfile and shell readers grows with hostile texts: once, twice and four times
//! as long.
//!
//!     cargo run --release -p amlenv-syntax --example growth
//!
//! Prints the milliseconds of each size, the best of three, and how much longer four times the text takes:
//! 4 is linear, 16 quadratic. Ends with 1 where it is more than 8 on a time that can be measured.

#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use amlenv_syntax::dockerfile::{self, Scopes, Value};
use amlenv_syntax::shell;
use amlenv_syntax::shell::install::install;

/// A text of about `n` pieces.
type Text = fn(usize) -> String;

const DOCKERFILES: [(&str, Text); 33] = [
    ("unclosed heredocs", |n| format!("FROM a\n{}", "RUN <<EOF\n".repeat(n))),
    ("heredocs of different names", |n| (0..n).map(|i| format!("RUN <<A{i}\n")).collect()),
    ("heredocs that end", |n| format!("FROM a\n{}", "RUN <<EOF\nx\nEOF\n".repeat(n))),
    ("heredocs on one line", |n| format!("FROM a\nRUN {}\n{}", "<<A ".repeat(n), "A\n".repeat(n))),
    ("heredocs with blanks", |n| format!("FROM a\nRUN {}", "<<  ".repeat(n))),
    ("ONBUILD on a line", |n| format!("FROM a\n{}RUN x", "ONBUILD ".repeat(n))),
    ("ONBUILD lines", |n| format!("FROM a\n{}", "ONBUILD ENV A=$A\n".repeat(n))),
    ("words", |n| format!("FROM a\nRUN {}", "x ".repeat(n))),
    ("one word", |n| format!("FROM a\nRUN {}", "x".repeat(n * 8))),
    ("continuations", |n| format!("FROM a\nRUN {}y", "x \\\n".repeat(n))),
    ("comments in a continuation", |n| format!("FROM a\nRUN x \\\n{}y", "# c\n".repeat(n))),
    ("escapes", |n| format!("FROM a\nRUN {}", "\\".repeat(n * 4))),
    ("substitutions, nested", |n| format!("FROM a\nRUN <<{}", "${a:-".repeat(n))),
    ("substitutions, nested in ENV", |n| format!("FROM a\nENV A={}", "${a:-".repeat(n))),
    ("substitutions, closed", |n| {
        format!("FROM scratch\nENV A={}x{}", "${a:-".repeat(50), "}".repeat(50)).repeat(n / 50 + 1)
    }),
    ("brackets", |n| format!("FROM a\nCMD {}", "[".repeat(n * 4))),
    ("strings of JSON", |n| format!("FROM a\nCMD [{}\"a\"]", "\"a\",".repeat(n))),
    ("surrogates of JSON", |n| format!("FROM a\nCMD [\"{}\"]", "\\ud800".repeat(n))),
    ("quotes", |n| format!("FROM a\nENV {}", "A=\"".repeat(n))),
    ("single quotes", |n| format!("FROM a\nRUN {} <<A", "'".repeat(n))),
    ("flags", |n| format!("FROM a\nCOPY {}a b", "--from=x ".repeat(n))),
    ("mounts", |n| format!("FROM a\nRUN {}a", "--mount=type=ssh ".repeat(n))),
    ("unknown instructions", |n| "RNU x\n".repeat(n)),
    ("comments", |n| "# c\n".repeat(n)),
    ("carriage returns", |n| format!("FROM a\rRUN {}", "x\r".repeat(n))),
    ("stages on stages", |n| {
        (0..n).map(|i| format!("FROM s{} AS s{i}\nARG V\nENV W=$V$U\n", i.saturating_sub(1))).collect()
    }),
    ("stages on one stage", |n| {
        format!("FROM scratch AS s\n{}{}", "ONBUILD ENV A=1\n".repeat(n / 4), "FROM s\n".repeat(n / 4))
    }),
    ("variables", |n| format!("FROM scratch\n{}", "ARG A\nENV B=$A\nARG A=$B\n".repeat(n / 2))),
    ("arguments below ENV", |n| {
        format!("FROM scratch AS a\n{}FROM a\n{}", "ARG A=1\n".repeat(n), "ENV B=$A\n".repeat(n))
    }),
    ("a long value", |n| format!("FROM scratch\nENV A={}\n{}", "x".repeat(n * 4), "ENV B=$A\n".repeat(n))),
    ("doubling", |n| format!("FROM scratch\nENV A=xxxxxxxx\n{}", "ENV A=$A$A\n".repeat(n))),
    ("patterns", |n| {
        format!("FROM scratch\nENV A={}\n{}", "a".repeat(2_000), "ENV B=${A//*a*a?/b}\n".repeat(n / 2))
    }),
    ("a long pattern", |n| {
        format!("FROM scratch\nENV A={}\nENV B=${{A%%{}}}\n", "a".repeat(n), "*a".repeat(n))
    }),
];

const SHELL: [(&str, Text); 26] = [
    ("substitutions, nested", |n| "$(".repeat(n)),
    ("backquotes", |n| "a `".repeat(n)),
    ("subshells", |n| "(".repeat(n)),
    ("subshells, closed", |n| "( a; ".repeat(n) + &")".repeat(n)),
    ("parentheses behind blanks", |n| "a ( ".repeat(n)),
    ("braces", |n| "${a:-".repeat(n)),
    ("double quotes and substitutions", |n| "\"$(".repeat(n)),
    ("arithmetic", |n| "$((".repeat(n)),
    ("arithmetic commands", |n| "((".repeat(n)),
    ("quotes", |n| "'".repeat(n * 2 + 1)),
    ("words in quotes", |n| "\"a\" 'b' ".repeat(n)),
    ("escapes", |n| "\\".repeat(n * 4)),
    ("equals signs", |n| "A=".repeat(n * 2)),
    ("assignments", |n| "A=b ".repeat(n)),
    ("redirections", |n| format!("pip install {}", "a>=1 ".repeat(n))),
    ("digits", |n| "1".repeat(n * 4) + ">"),
    ("heredocs", |n| "cat <<A\n".repeat(n)),
    ("heredocs on one line", |n| "cat <<A;".repeat(n) + "\n" + &"A\n".repeat(n)),
    ("semicolons", |n| ";".repeat(n * 4)),
    ("operators", |n| "a && b || c | d & e;".repeat(n)),
    ("cases", |n| "case x in a) ".repeat(n)),
    ("ifs", |n| "if a; then ".repeat(n)),
    ("functions", |n| "f() { ".repeat(n)),
    ("comments", |n| "# a\n".repeat(n)),
    ("prefixes", |n| "sudo env ".repeat(n)),
    ("options", |n| format!("pip install {}", "-qr a --index-url=b ".repeat(n))),
];

/// How many pieces a text has.
const SIZES: [usize; 3] = [10_000, 20_000, 40_000];

fn main() -> ExitCode {
    println!("| Text | bytes | n | 2n | 4n | growth |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let mut slow = 0;
    for (name, text) in DOCKERFILES {
        slow += usize::from(row(&format!("Dockerfile: {name}"), text, read_dockerfile));
    }
    for (name, text) in SHELL {
        slow += usize::from(row(&format!("shell: {name}"), text, read_shell));
        let whole = |n: usize| format!("FROM a\nRUN {}", text(n));
        slow += usize::from(row(&format!("shell in RUN: {name}"), whole, read_dockerfile));
    }
    println!("\n{slow} grow faster than their text.");
    if slow == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures a text at three sizes, prints the row, and says whether it grows too fast.
fn row(name: &str, text: impl Fn(usize) -> String, read: fn(&str) -> usize) -> bool {
    let times: Vec<Duration> = SIZES
        .map(|n| {
            let text = text(n);
            let measure = || {
                let (clock, start) = (Instant::now(), on_processor());
                std::hint::black_box(read(&text));
                let waited = clock.elapsed();
                start.zip(on_processor()).map_or(waited, |(start, end)| end.saturating_sub(start))
            };
            (0..3).map(|_| measure()).min().unwrap_or_default()
        })
        .to_vec();
    let millis: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
    let at = |place: usize| millis.get(place).copied().unwrap_or(0.0);
    let ratio = at(2) / at(0).max(1e-6);
    let bytes = text(SIZES[2]).len();
    println!("| {name} | {bytes} | {:.1} | {:.1} | {:.1} | {ratio:.1} |", at(0), at(1), at(2));
    ratio > 8.0 && at(2) > 20.0
}

/// How long this thread has been on a processor, where the system tells: other programs do not count.
fn on_processor() -> Option<Duration> {
    // The count is brought up to date when the thread gives way.
    std::thread::yield_now();
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    line.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn read_dockerfile(text: &str) -> usize {
    let tree = dockerfile::parse(text);
    let scopes = Scopes::new(&tree);
    let last = tree.instructions.len().saturating_sub(1);
    let known = matches!(scopes.lookup(last, "A"), Value::Known(_));
    let commands: usize = tree.instructions.iter().map(|found| found.commands().len()).sum();
    let _ = dockerfile::context_at(&tree, text, text.len());
    let _ = dockerfile::context_at(&tree, text, text.len() / 2);
    tree.stages().len() + commands + usize::from(known)
}

fn read_shell(text: &str) -> usize {
    shell::parse(text).iter().filter(|command| install(command).is_some()).count()
}
