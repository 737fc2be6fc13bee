//! The layout of Dockerfiles: what it looks like, and that nothing is another afterwards.

use amlenv_syntax::dockerfile::format::{
    Indent, Layout, applied, changes, continued_indent, format, same_meaning,
};
use amlenv_syntax::dockerfile::parse;
use proptest::prelude::*;

fn laid_out(text: &str, layout: &Layout) -> String {
    applied(text, &format(text, &parse(text), layout))
}

#[track_caller]
fn check(text: &str, expected: &str) {
    for end in ["\n", "\r\n"] {
        let (text, expected) = (text.replace('\n', end), expected.replace('\n', end));
        assert_eq!(laid_out(&text, &Layout::default()), expected);
        assert_eq!(laid_out(&expected, &Layout::default()), expected, "once is enough");
    }
}

#[test]
fn keywords_are_in_upper_case() {
    check(
        "# é😀\nfrom a as b\nonbuild run x\nHealthcheck cmd y\nhealthcheck none\n",
        "# é😀\nFROM a AS b\nONBUILD RUN x\nHEALTHCHECK CMD y\nHEALTHCHECK NONE\n",
    );
    // What is no instruction, or one that BuildKit refuses, is left alone.
    check("from a\nrnu x\nexpose\n", "FROM a\nrnu x\nexpose\n");
}

#[test]
fn lines_that_go_on_are_indented_alike() {
    check(
        "FROM a\nRUN x && \\\ny && \\\n  if z; then \\\n    w; \\\n  fi\n",
        "FROM a\nRUN x && \\\n    y && \\\n      if z; then \\\n        w; \\\n      fi\n",
    );
    check(
        "FROM a\nRUN pip install \\\n      # why é😀\n            a \\\n            b\n",
        "FROM a\nRUN pip install \\\n    # why é😀\n    a \\\n    b\n",
    );
    check(
        "FROM a\nENV A=1 \\\n B=2\nLABEL c='d \\\n e' \\\nf=g\n",
        "FROM a\nENV A=1 \\\n    B=2\nLABEL c='d \\\n e' \\\n    f=g\n",
    );
    let tabs = Layout { indent: Indent { tabs: true, width: 8 }, ..Layout::default() };
    assert_eq!(laid_out("FROM a\nRUN x \\\n  y\n", &tabs), "FROM a\nRUN x \\\n\ty\n");
}

#[test]
fn text_of_the_shell_is_never_changed() {
    for text in [
        "FROM a\nRUN echo \"a \\\n b\"\n",
        "FROM a\nRUN echo 'a \\\n b' \"$(c \\\n  d)\"\n",
        "FROM a\nRUN a\\\nb\n",
        "FROM a\nRUN <<EOF\n  a  \n b\t\nEOF\n",
        "FROM a\nWORKDIR /a \\\n  b\n",
        "FROM a\nENV A b \\\n  c\n",
        "# escape=`\nFROM a\nRUN x `\n y\n",
        "FROM a\nSHELL [\"powershell\"]\nRUN x \\\n  y\n",
    ] {
        check(text, text);
    }
}

#[test]
fn blanks_at_the_ends_of_lines_go() {
    check(
        "# syntax=docker/dockerfile:1  \n  # x  \n\t\n  FROM a  \nRUN x \\  \n    y\t\n \t\n",
        "# syntax=docker/dockerfile:1  \n# x\n\nFROM a\nRUN x \\\n    y\n\n",
    );
    let whole = Layout { final_newline: true, trim_final_newlines: true, ..Layout::default() };
    assert_eq!(laid_out("FROM a", &whole), "FROM a\n");
    assert_eq!(laid_out("# x\r\nFROM a \r\n\r\n \r\n", &whole), "# x\r\nFROM a\r\n");
}

#[test]
fn a_line_behind_an_escape_is_indented() {
    let indented = |text: &str| {
        let at = text.find('|').expect("a cursor");
        let text = text.replace('|', "");
        continued_indent(&text, &parse(&text), at, Indent::default()).map(|change| applied(&text, &[change]))
    };
    for (text, expected) in [
        ("FROM a\nRUN x \\\n|", Some("FROM a\nRUN x \\\n    ")),
        ("FROM a\nRUN x \\\n|\nRUN y\n", Some("FROM a\nRUN x \\\n    \nRUN y\n")),
        ("FROM a\nRUN x \\\n  y \\\n|", Some("FROM a\nRUN x \\\n  y \\\n  ")),
        ("FROM a\nRUN x \\\n  # z\n|\n  y\n", Some("FROM a\nRUN x \\\n  # z\n  \n  y\n")),
        ("FROM a\nRUN x \\\n|y\n", Some("FROM a\nRUN x \\\n    y\n")),
        ("FROM a\nRUN x\\\n|y\n", None),
        ("FROM a\nRUN 'x \\\n|y'\n", None),
        ("FROM a\nRUN x\n|", None),
        ("FROM a\n# x \\\n|", None),
        ("FROM a\nRUN <<EOF\nx \\\n|\nEOF\n", None),
        ("FROM a\nRUN x \\\n    |", None),
    ] {
        assert_eq!(indented(text), expected.map(str::to_owned), "{text:?}");
    }
}

/// What the random Dockerfiles are made of.
const PARTS: [&str; 52] = [
    "from a",
    "FROM b as c",
    "run ",
    "RUN ",
    "env ",
    "label ",
    "arg ",
    "copy ",
    "cmd ",
    "onbuild ",
    "healthcheck cmd ",
    "workdir ",
    "expose ",
    "shell ",
    "\\\n",
    " \\\n",
    " \\ \n",
    "\\\n\n",
    "\n",
    "\n",
    "\n",
    "\n  ",
    "\r\n",
    "\\\r\n\t",
    "# c 'x\n",
    "\n# d\n",
    " ",
    "  ",
    "\t",
    "a",
    "b=c",
    "A=\"",
    "\"",
    "'",
    "\\",
    "\\ ",
    "`",
    "$(",
    ")",
    "(",
    "${X",
    "}",
    "$'",
    " && ",
    "; ",
    " | ",
    "#",
    " # ",
    "<<EOF\n",
    "EOF\n",
    "[\"x\", \"y z\"]",
    "é😀",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nothing_is_another_afterwards(
        parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..24),
        tabs in any::<bool>(),
        width in 1usize..9,
    ) {
        let text = parts.concat();
        let tree = parse(&text);
        let layout = Layout { indent: Indent { tabs, width }, final_newline: tabs, trim_final_newlines: tabs };
        let first = changes(&text, &tree, &layout);
        for pair in first.windows(2) {
            prop_assert!(pair[0].range.end <= pair[1].range.start, "{:?} overlap in {:?}", pair, text);
        }
        let once = applied(&text, &first);
        let again = parse(&once);
        prop_assert!(same_meaning(&tree, &again), "{:?} became {:?}", text, once);
        let twice = applied(&once, &changes(&once, &again, &layout));
        prop_assert_eq!(&twice, &once, "from {:?}", text);
    }
}
