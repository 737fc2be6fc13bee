//! The Dockerfile reader against second opinions: BuildKit's own answers, the crate
//! `dockerfile-parser` on what it accepts, and itself on mutations.

use amlenv_syntax::dockerfile::{Dockerfile, Form, Instruction, Kind, Problem, ProblemKind, Scopes, parse};
use amlenv_syntax::shell::install::install;
use proptest::prelude::*;
use serde_json::{Value, json};

#[path = "dockerfile/older.rs"]
mod older;

fn golden() -> Vec<Value> {
    serde_json::from_str(include_str!("dockerfile/golden.json")).expect("golden answers")
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(|item| item.as_str().expect("a text")).collect()
}

fn innermost(instruction: &Instruction) -> &Instruction {
    let mut at = instruction;
    while let Some(inner) = at.onbuild.as_deref() {
        at = inner;
    }
    at
}

#[test]
fn buildkit_says_the_same() {
    let golden = golden();
    assert!(golden.len() >= 400);
    for case in &golden {
        let name = &case["name"];
        let read = parse(case["text"].as_str().expect("a text"));
        let later = refused_later(&read);
        let refused = case["refused"].as_bool().expect("a truth");
        assert_eq!(!read.problems.is_empty(), refused || later, "{name}: {:?}", read.problems);
        let Some(expected) = case["instructions"].as_array() else { continue };
        assert_eq!(read.instructions.len(), expected.len(), "{name}");
        for (found, expected) in read.instructions.iter().zip(expected) {
            let inner = innermost(found);
            assert_eq!(found.keyword.to_lowercase(), expected["keyword"], "{name}");
            let sub = if found.onbuild.is_some() { inner.keyword.to_lowercase() } else { String::new() };
            assert_eq!(sub, expected["inner"].as_str().unwrap_or(""), "{name}");
            assert_eq!(inner.form == Form::Exec, expected["json"].as_bool().expect("a truth"), "{name}");
            let lines = (found.start_line as u64, found.end_line as u64);
            assert_eq!(Some(lines.0), expected["lines"][0].as_u64(), "{name}");
            assert_eq!(Some(lines.1), expected["lines"][1].as_u64(), "{name}");
            let flags: Vec<&str> = found.flags.iter().map(|flag| flag.text.as_str()).collect();
            assert_eq!(flags, texts(&expected["flags"]), "{name}");
            let heredocs: Vec<Value> = found
                .heredocs
                .iter()
                .map(|heredoc| {
                    json!({
                        "name": heredoc.name,
                        "expand": heredoc.expand,
                        "chomp": heredoc.chomp,
                        "content": heredoc.content,
                    })
                })
                .collect();
            assert_eq!(Value::from(heredocs), expected["heredocs"], "{name}");
            // BuildKit's parser drops the arguments of a word that is no instruction.
            if inner.kind.is_some() {
                let arguments: Vec<&str> =
                    inner.arguments.iter().map(|argument| argument.value.as_str()).collect();
                assert_eq!(arguments, texts(&expected["arguments"]), "{name}");
            }
        }
    }
}

/// Whether the problems may be ones that BuildKit finds later than its answers here go: in what stands
/// behind `ONBUILD`, when an image is built upon this one, and that there is no stage at all.
fn refused_later(read: &Dockerfile) -> bool {
    let inner = |problem: &Problem| {
        read.instructions.iter().any(|found| {
            found.onbuild.as_deref().is_some_and(|inner| inner.range.contains_range(problem.range))
        })
    };
    let stages = read.instructions.iter().any(|found| found.kind == Some(Kind::From));
    !read.problems.is_empty()
        && read.problems.iter().all(|problem| inner(problem) || problem.kind == ProblemKind::Empty && !stages)
}

#[test]
fn heredocs_have_name_body_and_expansion() {
    let read = parse("FROM a\nCOPY <<A <<-\"B\" /d/\n$x\nA\n\ty\n\tB\nRUN b\n");
    let copy = read.instructions.get(1).expect("COPY");
    let shown: Vec<(&str, bool, bool, &str)> = copy
        .heredocs
        .iter()
        .map(|heredoc| (heredoc.name.as_str(), heredoc.expand, heredoc.chomp, heredoc.content.as_str()))
        .collect();
    assert_eq!(shown, [("A", true, false, "$x\n"), ("B", false, true, "\ty\n")]);
    assert_eq!(read.instructions.len(), 3);
}

#[test]
fn ranges_are_places_of_the_source() {
    let text = "FROM --platform=linux/amd64 a:1 AS b\nRUN x \\\n  # c\n  y\nENV A=\"b c\"\n";
    let read = parse(text);
    let slices = |instruction: &Instruction| {
        instruction.arguments.iter().map(|argument| argument.range.slice(text).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(slices(&read.instructions[0]), ["a:1", "AS", "b"]);
    assert_eq!(read.instructions[0].flags[0].value_range.slice(text), "linux/amd64");
    assert_eq!(slices(&read.instructions[1]), ["x \\\n  # c\n  y"]);
    assert_eq!(slices(&read.instructions[2]), ["A", "\"b c\""]);
    assert_eq!(read.comments.len(), 1);
}

#[test]
fn stages_resolve_arguments_with_defaults() {
    let read = parse(
        "ARG BASE=ubuntu:22.04\nARG OPEN\nFROM ${BASE} AS one\nFROM one\nFROM ${OPEN}\nFROM ${OPEN:-x}\nFROM scratch\n",
    );
    let stages = read.stages();
    let resolved: Vec<Option<&str>> = stages.iter().map(|stage| stage.resolved.as_deref()).collect();
    assert_eq!(resolved, [Some("ubuntu:22.04"), Some("one"), None, Some("x"), Some("scratch")]);
    assert_eq!(stages[1].parent, Some(0));
}

/// What the older crate says of texts that it accepts.
#[test]
fn dockerfile_parser_agrees_where_it_accepts() {
    let mut compared = older::Compared::default();
    for case in golden() {
        let text = case["text"].as_str().expect("a text");
        match older::compare(text) {
            Ok(Some(found)) => {
                compared.instructions += found.instructions;
                compared.images += found.images;
                compared.stages += found.stages;
            }
            Ok(None) => {}
            Err(why) => panic!("{}: {why}", case["name"]),
        }
    }
    assert!(compared.instructions > 80 && compared.images > 30 && compared.stages > 30, "{compared:?}");
}

/// Keyword, first line and arguments of each instruction.
fn shape(read: &Dockerfile) -> Vec<(String, usize, Vec<String>)> {
    read.instructions
        .iter()
        .map(|found| {
            let arguments = found.arguments.iter().map(|argument| argument.value.clone()).collect();
            (found.keyword.clone(), found.start_line, arguments)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in "(FROM |RUN |COPY |ENV |ONBUILD |HEALTHCHECK |<<EOF|EOF|\\\\|\n|\r|\"|'|\\[|\\]|\\$\\{|\\}|:-|#|`| |\t|--a=|\\$\\(|\\)|>|&|;|if |case x in |\u{a0}|\u{e9}|\u{feff}|a|=|,|\u{0}){0,60}") {
        let read = parse(&text);
        for instruction in &read.instructions {
            prop_assert!(instruction.range.end <= text.len());
            for argument in &instruction.arguments {
                prop_assert!(text.get(argument.range.start..argument.range.end).is_some());
            }
        }
        for problem in &read.problems {
            prop_assert!(text.get(problem.range.start..problem.range.end).is_some());
        }
        let scopes = Scopes::new(&read);
        for (at, instruction) in read.instructions.iter().enumerate() {
            let _ = scopes.expand(at, &instruction.logical.text);
            for command in instruction.commands() {
                prop_assert!(text.get(command.range.start..command.range.end).is_some());
                for word in &command.words {
                    prop_assert!(text.get(word.range.start..word.range.end).is_some());
                }
                let _ = install(command);
            }
        }
        for offset in 0..=text.len() {
            let _ = amlenv_syntax::dockerfile::context_at(&read, &text, offset);
        }
    }

    /// A line that is cut off changes no other instruction.
    #[test]
    fn a_mistake_stays_on_its_line(line in 0usize..8, column in 0usize..60) {
        let lines = [
            "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:1 AS base",
            "ENV A=b C=\"d e\"",
            "COPY --from=base a b /c/",
            "RUN pip install \"numpy>=1\" && echo ${A:-x}",
            "RUN [\"a\", \"b\"]",
            "LABEL a=\"b\" c=d",
            "HEALTHCHECK CMD curl x",
            "CMD [\"python\"]",
        ];
        let whole = parse(&lines.join("\n"));
        let mut cut: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let short: String = lines[line].chars().take(column).collect();
        // A line that ends in an escape goes on; that is no mistake.
        prop_assume!(!short.trim_end().ends_with('\\'));
        cut[line] = short;
        let read = parse(&cut.join("\n"));
        let kept = shape(&whole).into_iter().filter(|found| found.1 != line + 1).collect::<Vec<_>>();
        let found = shape(&read).into_iter().filter(|found| found.1 != line + 1).collect::<Vec<_>>();
        prop_assert_eq!(kept, found);
    }
}

/// Inputs on which careless readers take quadratic time or overflow the stack. An example measures; this
/// only has to end.
#[test]
fn hostile_inputs_end() {
    let inputs = [
        format!("FROM a\n{}", "RUN <<EOF\n".repeat(20_000)),
        format!("FROM a\n{}RUN x", "ONBUILD ".repeat(20_000)),
        format!("FROM a\nRUN {}", "x ".repeat(200_000)),
        format!("FROM a\nRUN {}y", "x \\\n".repeat(100_000)),
        format!("FROM a\nRUN <<{}", "${a:-".repeat(100_000)),
        format!("FROM a\nENV A={}", "${a:-".repeat(100_000)),
        format!("FROM a\nCMD {}", "[".repeat(100_000)),
        format!("FROM a\nRUN {}", "<<A ".repeat(5_000)),
        format!("FROM a\nENV {}", "A=\"".repeat(100_000)),
        format!("FROM a\nRUN {}", "$(".repeat(50_000)),
        format!("FROM a\nRUN {}", "\"`(${a:-$((".repeat(20_000)),
        format!("FROM a\nRUN {}", "'\"".repeat(100_000)),
        format!("FROM a\nRUN {}", "if a; then case x in a) ".repeat(5_000)),
        format!("FROM a\nRUN pip install {}", "a>=1 ".repeat(10_000)),
        format!("FROM scratch\nENV A=xxxxxxxx\n{}", "ENV A=$A$A\n".repeat(1_000)),
        format!("FROM scratch AS a\n{}", "FROM a AS a\nENV B=$B$C\n".repeat(1_000)),
        format!("FROM scratch\nENV A={}\n{}", "a".repeat(2_000), "ENV B=${A//*a*a?/b}\n".repeat(200)),
    ];
    for input in inputs {
        let read = parse(&input);
        assert!(!read.instructions.is_empty());
        let scopes = Scopes::new(&read);
        let last = read.instructions.len() - 1;
        assert!(scopes.expand(last, "x").is_ok());
        let _ = read.instructions.iter().flat_map(Instruction::commands).filter_map(install).count();
        let _ = amlenv_syntax::dockerfile::context_at(&read, &input, input.len());
    }
}
