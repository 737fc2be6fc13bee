//! Texts on which a careless scanner takes quadratic time, and the documented limits. Time is measured
//! by the benchmark; here each text only has to end, read as the parser reads it.

use dockerfile_grammar::{differences, outline, parse, parser};

fn agree(name: &str, text: &str) {
    let tree = parse(&mut parser(), text.as_bytes(), None);
    let found = differences(&tree, text);
    assert!(found.is_empty(), "{name}: {} differences, the first: {}", found.len(), found[0]);
}

#[test]
fn long_texts_are_read_as_the_parser_reads_them() {
    agree("unclosed heredocs", &format!("FROM a\n{}", "RUN <<EOF\n".repeat(5_000)));
    agree("unclosed heredocs of many names", &{
        let lines: Vec<String> = (0..2_000).map(|number| format!("RUN <<A{number}\n")).collect();
        lines.concat()
    });
    agree("unclosed heredocs on a line", &format!("RUN {}\nUSER a\n", "<<A ".repeat(5_000)));
    agree("ONBUILD", &format!("FROM a\n{}RUN x\nUSER a\n", "ONBUILD ".repeat(20_000)));
    agree("words", &format!("FROM a\nRUN {}\nUSER a\n", "x ".repeat(100_000)));
    agree("paths", &format!("FROM a\nCOPY {}\nUSER a\n", "x ".repeat(20_000)));
    agree("continuations", &format!("FROM a\nRUN {}y\nUSER a\n", "x \\\n".repeat(20_000)));
    agree("blank lines in a continuation", &format!("FROM a\nRUN x \\\n{}USER a\n", "\n".repeat(50_000)));
    agree("flags", &format!("FROM a\nRUN {}y\nUSER a\n", "--a=b ".repeat(20_000)));
    agree("strings", &format!("FROM a\nCMD [{}\"\"]\nUSER a\n", "\"a\", ".repeat(20_000)));
    agree("brackets", &format!("FROM a\nCMD {}\nUSER a\n", "[".repeat(100_000)));
    agree("braces", &format!("FROM a\nENV a={}\nUSER a\n", "{{".repeat(50_000)));
    agree("colons", &format!("FROM {}\nUSER a\n", "a:".repeat(50_000)));
    agree("colons and slashes", &format!("FROM {}\nUSER a\n", "a:/".repeat(50_000)));
    agree("escapes", &format!("FROM a\nENV a={}\nUSER a\n", "\\".repeat(100_000)));
    agree("escapes and blanks", &format!("FROM a\nENV a={}\nUSER a\n", "\\ ".repeat(50_000)));
    agree("an expansion", &format!("FROM a\nENV a={}\nUSER a\n", "${a:-".repeat(50_000)));
    agree("an expansion in a heredoc", &format!("FROM a\nRUN <<{}\nUSER a\n", "${a:-".repeat(50_000)));
    agree("pairs", &format!("FROM a\nENV {}\nUSER a\n", "A=\"b\" ".repeat(20_000)));
    agree("open quotes", &format!("FROM a\nENV {}\nUSER a\n", "A=\"".repeat(50_000)));
    agree("CRs", &format!("FROM a\nRUN {}x\r\r\nUSER a\n", "\r".repeat(50_000)));
    agree("a long name", &format!("RUN <<{0}\nx\n{0}\nUSER a\n", "E".repeat(20_000)));
    agree("a long body", &format!("RUN <<EOF\n{}EOF\nUSER a\n", "x\n".repeat(50_000)));
    agree("instructions", &"RUN x\n".repeat(20_000));
}

/// As many heredocs on a line as are told apart, and the bodies of those behind them as one: where
/// instructions begin and end is right nevertheless.
#[test]
fn heredocs_of_one_line_beyond_the_limit_are_one_body() {
    let text = |count: usize| {
        let markers: String = (0..count).map(|number| format!(" <<A{number}")).collect();
        let bodies: String = (0..count).map(|number| format!("x\nRUN y\nA{number}\n")).collect();
        format!("FROM a\nRUN{markers}\n{bodies}USER a\n")
    };
    agree("64 heredocs on a line", &text(64));
    for count in [65, 100, 1_000] {
        let text = text(count);
        let tree = parse(&mut parser(), text.as_bytes(), None);
        assert!(!tree.root_node().has_error());
        let found = outline(&tree, &text);
        let lines: Vec<(usize, usize)> = found.iter().map(|seen| seen.lines).collect();
        assert_eq!(lines, [(1, 1), (2, 2 + count * 3), (3 + count * 3, 3 + count * 3)]);
        assert_eq!(found[1].heredocs, 64);
    }
}

/// When 4 Mi characters were searched in vain, only the next 1,024 are: a longer body is not seen then.
/// A shorter one is, and no other line changes.
#[test]
fn behind_very_many_unclosed_heredocs_only_near_ends_are_seen() {
    let vain = "RUN <<NOWHERE\n".repeat(1_000);
    let short = format!("{vain}RUN <<EOF\n{}EOF\nUSER a\n", "x\n".repeat(400));
    agree("a short body", &short);
    let long = format!("{vain}RUN <<EOF\n{}EOF\nUSER a\n", "x\n".repeat(600));
    let tree = parse(&mut parser(), long.as_bytes(), None);
    assert!(!tree.root_node().has_error());
    let found = outline(&tree, &long);
    assert_eq!(found.len(), 1_000 + 1 + 600 + 1 + 1);
    assert_eq!(found.last().map(|seen| seen.keywords.join(" ")), Some("USER".to_owned()));
}

/// What the parser takes for a letter only if it is one, the grammar takes for one: the name of a
/// variable in the name of a heredoc.
#[test]
fn letters_beyond_ascii_are_not_told_from_signs() {
    agree("a letter", "RUN <<${é}\nx\n${é}\nUSER a\n");
    let text = "RUN <<${→}\nx\n${→}\nUSER a\n";
    let tree = parse(&mut parser(), text.as_bytes(), None);
    assert_eq!(outline(&tree, text).len(), 2);
    assert_eq!(amlenv_syntax::dockerfile::parse(text).instructions.len(), 4);
}
