//! Random changes of text inside JSON strings and YAML scalars: every change that is offered must
//! give exactly the changed text, seen by a reader of somebody else's as well (`serde_json`, saphyr).
//! Shared by the test suite (few) and by `examples/edits_json_yaml.rs` (many).

use std::collections::BTreeMap;

use amlenv_syntax::yaml::{self, Node, NodeKind, Style};
use amlenv_syntax::{TextRange, json};

/// What came of a number of changes, by codec: asked for, offered.
pub(crate) type Report = BTreeMap<&'static str, (usize, usize)>;

/// xorshift: the same changes at every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % n.max(1) as u64).unwrap_or(0)
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

const PIECES: [&str; 30] = [
    "FROM mcr.example/base:1",
    "RUN pip install a",
    " && b",
    "\n",
    "\n",
    "\n",
    "\n\n",
    " ",
    "  ",
    "\t",
    "#",
    " # c",
    "'",
    "\"",
    "\\",
    "\\\n",
    "é",
    "😀",
    "x",
    "ENV A=b",
    "{{t}}",
    "${X}",
    ": ",
    "- ",
    "COPY . .",
    "\u{a0}",
    "[\"a\"]",
    "a b",
    "|",
    "%",
];

fn some_text(random: &mut Random, most: usize) -> String {
    let count = random.below(most + 1);
    (0..count).map(|_| random.pick(&PIECES)).collect()
}

/// A host and the value that its reader should see, by the way of writing.
fn host(random: &mut Random) -> (&'static str, String) {
    let eol = if random.below(3) == 0 { "\r\n" } else { "\n" };
    let text = some_text(random, 12);
    let tail = ["", "next: 1", "# c"][random.below(3)];
    let indent = " ".repeat(1 + random.below(4));
    let quoted = || serde_json::Value::from(text.as_str()).to_string();
    let joined = |lines: &[String]| lines.join(eol) + eol;
    let block = |header: &str, extra: &str| {
        let mut lines = vec!["first: a".to_owned(), format!("key: {header}")];
        for line in text.split('\n') {
            lines.push(if line.is_empty() { String::new() } else { format!("{indent}{extra}{line}") });
        }
        lines.push(tail.to_owned());
        joined(&lines)
    };
    match random.below(13) {
        0 => ("json", format!("{{\"first\": \"a\",{eol} \"key\": {}}}{eol}", quoted())),
        1 => {
            // Everything escaped, surrogate pairs where they are needed.
            let mut units = String::new();
            for unit in text.encode_utf16() {
                units.push_str(&format!("\\u{unit:04x}"));
            }
            ("json escapes", format!("{{\"key\": \"{units}\", \"next\": [1]}}"))
        }
        2 => {
            ("double quoted", format!("first: a{eol}key: {}{eol}{tail}{eol}", quoted().replace('\u{7f}', "")))
        }
        3 => {
            let lines = text.replace(['"', '\\'], "").replace('\n', &format!("{eol}{indent}"));
            ("double quoted", format!("key: \"{lines}\"{eol}{tail}{eol}"))
        }
        4 => {
            let lines = text.replace('\'', "''").replace('\n', &format!("{eol}{eol}{indent}"));
            ("single quoted", format!("first: a{eol}key: '{lines}'{eol}{tail}{eol}"))
        }
        5 => {
            ("plain", format!("key: FROM {}{eol}{tail}{eol}", text.replace('\n', &format!("{eol}{indent}"))))
        }
        6 => ("literal", block("|", "")),
        7 => ("literal strip", block("|-", "")),
        8 => ("literal keep", block("|+", "")),
        9 => ("literal digit", block(&format!("|{}", indent.len()), "")),
        10 => ("folded", block(">", "")),
        11 => ("folded strip", block(">-", "")),
        _ => (
            "list item",
            format!("- a{eol}- |{eol}  {}{eol}- b{eol}", text.replace('\n', &format!("{eol}  "))),
        ),
    }
}

/// Makes one change; panics where a change that was offered is wrong.
pub(crate) fn change(random: &mut Random, report: &mut Report) {
    let (codec, host) = host(random);
    let read = read(codec, &host);
    let Some(node) = read.as_ref().and_then(scalar) else { return };
    let NodeKind::Scalar(found) = &node.kind else { return };
    places(codec, &host, node);
    let ends: Vec<usize> = (0..=found.value.len()).filter(|at| found.value.is_char_boundary(*at)).collect();
    for _ in 0..4 {
        let (a, b) = (ends[random.below(ends.len())], ends[random.below(ends.len())]);
        let range =
            if random.below(3) == 0 { TextRange::empty(a) } else { TextRange::new(a.min(b), a.max(b)) };
        let new = some_text(random, 4);
        let counts = report.entry(codec).or_default();
        counts.0 += 1;
        let offered = if codec.starts_with("json") {
            json::edit(&host, node, range, &new)
        } else {
            yaml::edit(&host, node, range, &new)
        };
        let Some((place, written)) = offered else { continue };
        counts.1 += 1;
        let after = [&host[..place.start], &written, &host[place.end..]].concat();
        let expected = [&found.value[..range.start], &new, &found.value[range.end..]].concat();
        let again = self::read(codec, &after);
        let shown = again.as_ref().and_then(scalar).and_then(Node::as_str);
        assert_eq!(shown, Some(expected.as_str()), "{codec}: {host:?} {range:?} {new:?} gave {after:?}");
        second_opinion(codec, &host, &after, &expected);
    }
}

fn read(codec: &str, text: &str) -> Option<Node> {
    if codec.starts_with("json") {
        json::parse(text).root.filter(|_| json::parse(text).problems.is_empty())
    } else {
        let read = yaml::parse(text);
        read.documents.into_iter().next().flatten().filter(|_| read.problems.is_empty())
    }
}

fn scalar(root: &Node) -> Option<&Node> {
    root.get("key").and_then(|entry| entry.value.as_ref()).or_else(|| root.items().get(1))
}

/// Every character of the value stands where the map says, and the way back leads to it.
fn places(codec: &str, host: &str, node: &Node) {
    let NodeKind::Scalar(scalar) = &node.kind else { return };
    let text = &scalar.value;
    for (at, c) in text.char_indices() {
        let range = TextRange::new(at, at + c.len_utf8());
        let place = scalar.map.to_host(range);
        let written = place.slice(host);
        assert!(
            node.range.contains_range(TextRange::new(place.start, place.end)) || c == '\n',
            "{codec}: {host:?}"
        );
        if codec.starts_with("json") {
            let decoded: String = serde_json::from_str(&format!("\"{written}\"")).expect("a string");
            assert_eq!(decoded, c.to_string());
        } else if scalar.style == Style::Literal && c != '\n' {
            assert_eq!(written, c.to_string(), "{codec}: {host:?}");
        }
        // A stretch that decodes as a whole has one place for all of it.
        let back = scalar.map.offset_to_text(place.start).expect("a place in the text");
        assert!(back <= at && scalar.map.to_host(TextRange::new(back, range.end)).start == place.start);
    }
}

/// What another reader sees: the changed text, and all else as it was.
fn second_opinion(codec: &str, before: &str, after: &str, expected: &str) {
    if codec.starts_with("json") {
        let mut wanted: serde_json::Value = serde_json::from_str(before).expect("JSON");
        wanted["key"] = serde_json::Value::from(expected);
        assert_eq!(serde_json::from_str::<serde_json::Value>(after).expect("JSON"), wanted);
        return;
    }
    if codec == "plain" && expected.contains("{{") {
        // A placeholder of a template to us, a mapping in flow style to saphyr.
        return;
    }
    let (old, new) = (events(before), events(after));
    let (Some(old), Some(new)) = (old, new) else { return };
    let at = old.iter().zip(&new).position(|(old, new)| old != new);
    let Some(at) = at else { return };
    assert_eq!(new.len(), old.len(), "{codec}: {before:?} {after:?}");
    // saphyr ends a block scalar at the end of the text with a line end that is not there.
    let open = !after.ends_with('\n') && new[at].strip_suffix('\n') == Some(expected);
    assert!(open || new[at] == expected, "{codec}: {before:?} {after:?} {:?}", new[at]);
    assert_eq!(new[at + 1..], old[at + 1..], "{codec}: {before:?} {after:?}");
}

/// The scalars that saphyr sees; `None` where it refuses the text.
fn events(text: &str) -> Option<Vec<String>> {
    let mut out = Vec::new();
    for event in saphyr_parser::Parser::new_from_str(text) {
        if let saphyr_parser::Event::Scalar(value, ..) = event.ok()?.0 {
            out.push(value.into_owned());
        }
    }
    Some(out)
}
