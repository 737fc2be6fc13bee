use super::*;
use crate::text::TextRange;

/// The commands with their words, `?` behind an opaque one; redirections in angle brackets.
fn shown(text: &str) -> Vec<String> {
    let mark = |word: &Word| format!("{}{}", word.value, if word.opaque { "?" } else { "" });
    parse(text)
        .iter()
        .map(|command| {
            let mut parts: Vec<String> =
                command.assignments.iter().map(|word| format!("[{}]", mark(word))).collect();
            parts.extend(command.words.iter().map(mark));
            parts.extend(command.redirections.iter().map(|found| {
                let target = found.target.as_ref().map(mark).unwrap_or_default();
                format!("<{}{} {target}>", found.descriptor.as_deref().unwrap_or(""), found.operator)
            }));
            parts.join(" ")
        })
        .collect()
}

#[test]
fn commands_are_split_at_operators() {
    assert_eq!(shown("a b && c || d; e | f & g\nh"), ["a b", "c", "d", "e", "f", "g", "h"]);
    let joints: Vec<Joint> = parse("a && b || c | d & e; f").iter().map(|command| command.joint).collect();
    assert_eq!(
        joints,
        [Joint::Sequence, Joint::And, Joint::Or, Joint::Pipe, Joint::Background, Joint::Sequence]
    );
}

#[test]
fn quotes_and_escapes_are_removed() {
    assert_eq!(shown("a 'b c' \"d \\\"e\\\" \\f\" g\\ h \\'i"), ["a b c d \"e\" \\f g h 'i"]);
    assert_eq!(shown("a'b'\"c\"d $'e\\tf'"), ["abcd e\tf"]);
    let text = "pip install \"numpy>=1.0\"";
    let word = parse(text)[0].words[2].clone();
    assert_eq!(
        (word.value.as_str(), word.quoted, word.range.slice(text)),
        ("numpy>=1.0", true, "\"numpy>=1.0\"")
    );
}

#[test]
fn an_unquoted_comparison_is_a_redirection() {
    let text = "pip install numpy>=1.0 scipy<2 pandas==1";
    assert_eq!(shown(text), ["pip install numpy scipy pandas==1 <> =1.0> << 2>"]);
    let command = &parse(text)[0];
    assert_eq!(command.redirections[0].range.slice(text), ">=1.0");
    assert_eq!(command.range, TextRange::new(0, text.len()));
    assert_eq!(shown("a 2>&1 >/dev/null &>b 3<c"), ["a <2>& 1> <> /dev/null> <&> b> <3< c>"]);
}

#[test]
fn expansions_make_a_word_opaque() {
    assert_eq!(
        shown("a $B ${C:-d e} \"$F\" '$G' $ $((1 + (2))) x$1y"),
        ["a $B? ${C:-d e}? $F? $G $ $(())? x$1y?"]
    );
    assert_eq!(shown("a \"$(b 'c)' $(d))\" `e f`g"), ["a $()? $()g?", "b c) $()?", "d", "e f"]);
}

#[test]
fn assignments_and_prefixes_stand_before_the_program() {
    assert_eq!(shown("A=b C='d e' f g=h; i+=j"), ["[A=b] [C=d e] f g=h", "[i+=j]"]);
    let program = |text: &str| -> Vec<String> {
        parse(text)[0].program().iter().map(|word| word.value.clone()).collect()
    };
    assert_eq!(program("sudo -E -u root env A=b nice -n 5 pip install x"), ["pip", "install", "x"]);
    assert_eq!(program("exec -- a"), ["a"]);
    assert_eq!(program("timeout -k 5 10 a -b"), ["a", "-b"]);
    assert!(program("env").is_empty());
}

#[test]
fn compound_commands_are_read_through() {
    assert_eq!(
        shown("if a; then b; elif c; then d; else e; fi; for x in 1 2; do f $x; done; while g; do h; done"),
        ["a", "b", "c", "d", "e", "f $x?", "g", "h"]
    );
    assert_eq!(shown("(a && b); { c; }; ! d"), ["a", "b", "c", "d"]);
    assert_eq!(shown("case $x in a|b) c;; (d) e ;; *) f; esac; g"), ["c", "e", "f", "g"]);
    assert_eq!(shown("f() { a; }; function g { b; }; f"), ["a", "b", "f"]);
    assert_eq!(shown("[[ a < b && c ]] && d; ((i++)); [ -f e ] || g"), ["[[ a b c ]]", "d", "[ -f e ]", "g"]);
    assert_eq!(shown("x=(a b) y; diff <(a) <(b)"), ["[x=()?] y", "diff $()? $()?", "a", "b"]);
    let conditional: Vec<bool> =
        parse("a; if b; then c; fi; d").iter().map(|command| command.conditional).collect();
    assert_eq!(conditional, [false, true, true, false]);
}

#[test]
fn comments_and_heredocs_are_no_commands() {
    assert_eq!(shown("a # b; c\nd#e"), ["a", "d#e"]);
    assert_eq!(shown("cat <<A > b\nnot a command $(x\nA\nc"), ["cat <<< A> <> b>", "c"]);
    assert_eq!(shown("cat <<-'A'; b\n\tx\n\tA\nc"), ["cat <<<- A>", "b", "c"]);
    assert_eq!(shown("cat <<A\nnever closed"), ["cat <<< A>"]);
}

#[test]
fn what_is_open_is_read_to_the_end() {
    for text in [
        "a 'b",
        "a \"b $(c",
        "a `b",
        "a ${b",
        "a $((1",
        "(a",
        "if a; then b",
        "a >",
        "a |",
        "case x in",
        "a \\",
    ] {
        assert!(parse(text).len() <= 3, "{text}");
    }
    assert_eq!(shown("a \"b $(c d"), ["a b $()?", "c d"]);
    assert_eq!(shown("a )b; c"), ["a", "b", "c"]);
}
