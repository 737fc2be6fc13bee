//! What a tree says of a Dockerfile, and where the parser of `amlenv-syntax` says something else.

use amlenv_syntax::dockerfile::{Form, Instruction, parse};
use tree_sitter::{Node, Tree};

/// An instruction as both sides tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The keyword in upper case, of the instructions behind `ONBUILD` too; `?` and the word for what
    /// is no instruction.
    pub keywords: Vec<String>,
    /// The first line and the last, from 1, heredocs included.
    pub lines: (usize, usize),
    /// The names of the flags, without dashes, of each of the keywords.
    pub flags: Vec<Vec<String>>,
    /// Whether the arguments are an exec form.
    pub exec: bool,
    /// How many heredocs have an end.
    pub heredocs: usize,
}

impl Seen {
    /// Whether both say the same; a word that goes on in the next line is not compared.
    fn agrees(&self, other: &Self) -> bool {
        let same = |a: &Vec<String>, b: &Vec<String>| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || a.ends_with('…') || b.ends_with('…'))
        };
        same(&self.keywords, &other.keywords)
            && self.flags.len() == other.flags.len()
            && self.flags.iter().zip(&other.flags).all(|(a, b)| same(a, b))
            && (self.lines, self.exec, self.heredocs) == (other.lines, other.exec, other.heredocs)
    }
}

/// Reads a tree.
#[must_use]
pub fn outline(tree: &Tree, text: &str) -> Vec<Seen> {
    let mut cursor = tree.walk();
    tree.root_node()
        .children(&mut cursor)
        .filter(|node| node.kind().ends_with("_instruction"))
        .map(|node| seen(node, text))
        .collect()
}

/// Where a tree is broken or differs from what the parser says; empty where both agree.
#[must_use]
pub fn differences(tree: &Tree, text: &str) -> Vec<String> {
    let mut out = Vec::new();
    if tree.root_node().has_error() {
        out.push("the tree has an ERROR or MISSING node".to_owned());
    }
    let found = outline(tree, text);
    let read = parse(text);
    if found.len() != read.instructions.len() {
        out.push(format!("{} instructions, not {}", found.len(), read.instructions.len()));
    }
    for (found, instruction) in found.iter().zip(&read.instructions) {
        let expected = expected(instruction, text);
        if !found.agrees(&expected) {
            out.push(format!("{found:?}, not {expected:?}"));
        }
    }
    out
}

fn seen(node: Node<'_>, text: &str) -> Seen {
    let mut seen = Seen {
        keywords: Vec::new(),
        lines: (node.start_position().row + 1, node.end_position().row + 1),
        flags: Vec::new(),
        exec: false,
        heredocs: 0,
    };
    let mut at = Some(node);
    while let Some(node) = at.take() {
        let mut cursor = node.walk();
        let mut flags = Vec::new();
        let mut keyword = node.kind().trim_end_matches("_instruction").to_uppercase();
        if keyword == "UNKNOWN" {
            keyword = "?".to_owned();
        }
        for child in node.children(&mut cursor) {
            match child.kind() {
                "unknown_keyword" | "CROSS_BUILD" => keyword.push_str(&shown(
                    child.byte_range(),
                    text.get(child.byte_range()).unwrap_or(""),
                    text,
                )),
                "param" | "mount_param" => flags.push(name(child, text)),
                "json_string_array" => seen.exec = true,
                "heredoc_end" => seen.heredocs += 1,
                kind if kind.ends_with("_instruction") => at = Some(child),
                _ => {}
            }
        }
        seen.keywords.push(keyword);
        seen.flags.push(flags);
    }
    seen
}

fn name(flag: Node<'_>, text: &str) -> String {
    let mut cursor = flag.walk();
    let name: String = flag
        .children_by_field_name("name", &mut cursor)
        .filter_map(|part| text.get(part.byte_range()))
        .collect();
    // A continuation right behind a flag may go on with it, so that it stands inside.
    let mut cursor = flag.walk();
    let end =
        flag.children(&mut cursor).filter(|child| !child.is_extra()).map(|child| child.end_byte()).max();
    let shown = shown(flag.start_byte()..end.unwrap_or_else(|| flag.end_byte()), &name, text);
    // BuildKit looks for the `=` when escapes are gone, so that it sees one behind a backslash too.
    shown.split('=').next().unwrap_or("").to_owned()
}

/// A word as it is compared. Of one that goes on in the next line only that is told.
fn shown(range: std::ops::Range<usize>, word: &str, text: &str) -> String {
    if text.get(range).is_some_and(|source| source.contains('\n')) { "…".to_owned() } else { plain(word) }
}

/// A word without what the two sides write differently: quotes and escapes, leading dashes, bytes that
/// BuildKit takes for Latin-1, and blanks at the end of the line behind a quote that is open.
fn plain(name: &str) -> String {
    let kept = |c: &char| c.is_ascii() && !"\\`\"'\r".contains(*c);
    name.chars().filter(kept).collect::<String>().trim_start_matches('-').trim().to_owned()
}

fn expected(instruction: &Instruction, text: &str) -> Seen {
    let mut seen = Seen {
        keywords: Vec::new(),
        lines: (instruction.start_line, instruction.end_line),
        flags: Vec::new(),
        exec: false,
        heredocs: instruction.heredocs.len(),
    };
    let mut at = Some(instruction);
    while let Some(instruction) = at {
        seen.keywords.push(match instruction.kind {
            Some(kind) => kind.keyword().to_owned(),
            None => {
                let range = instruction.keyword_range;
                format!("?{}", shown(range.start..range.end, &instruction.keyword, text))
            }
        });
        seen.flags.push(
            instruction
                .flags
                .iter()
                .map(|flag| shown(flag.range.start..flag.range.end, &flag.name, text))
                .collect(),
        );
        seen.exec = instruction.form == Form::Exec;
        at = instruction.onbuild.as_deref();
    }
    seen
}
