//! Reads JSON into the tree that YAML is read into: the same nodes, the same exact places, so that
//! whoever lowers a definition need not care how it was written.
//!
//! The tree is tree-sitter's, over a copy in which what people leave open while they type (a quote, a
//! comma) is closed without moving a byte; the verdict is `serde_json`'s on the text as it stands.
//! Placeholders of template languages are no errors. It must not know what the keys mean.

mod build;
mod edit;
pub(crate) mod string;
mod tokens;

pub use self::edit::edit;
use crate::text::TextRange;
use crate::yaml::{Node, Problem};

/// A JSON text.
#[derive(Clone, Debug, Default)]
pub struct Json {
    /// The value; `None` where there is none.
    pub root: Option<Node>,
    /// Why it is no JSON, where it is none.
    pub problems: Vec<Problem>,
}

/// Nesting deeper than this is a problem, not work.
const MAX_DEPTH: usize = 500;

/// Reads JSON. Any text is read.
#[must_use]
pub fn parse(text: &str) -> Json {
    let base = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let body = text.get(base..).unwrap_or("");
    let masked = crate::yaml::mask::in_json(body);
    if tokens::nesting(&masked) > MAX_DEPTH {
        let message = format!("nested deeper than {MAX_DEPTH} levels");
        return Json { root: None, problems: vec![Problem { message, range: TextRange::empty(0) }] };
    }
    let masked = tokens::numbers_of_python(&masked);
    let problems = verdict(&masked, base);
    let root = build::root(text, base, &tokens::closed(&masked));
    Json { root, problems }
}

/// The first thing that makes the text no JSON.
fn verdict(text: &str, base: usize) -> Vec<Problem> {
    let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) else { return Vec::new() };
    let message = error.to_string();
    // The message ends in the place, which the range says better.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(head, _)| head).to_owned();
    // Lines count from 1, columns are bytes and name the last one that was read.
    let line_start = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum::<usize>()
        .min(text.len());
    let mut start = (line_start + error.column().saturating_sub(1)).min(text.len());
    if text.get(start..).is_none_or(|rest| rest.trim().is_empty()) {
        // The end came too early: the last thing that stands there is what was left open.
        start = text.trim_end().char_indices().next_back().map_or(0, |(at, _)| at);
    }
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let rest = text.get(start..).unwrap_or("");
    let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let len = if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
    let message = match rest.chars().next() {
        Some('}' | ']') if message == "key must be a string" => "trailing comma".to_owned(),
        _ => message,
    };
    vec![Problem { message, range: TextRange::new(base + start, base + start + len) }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{CoreType, NodeKind};

    fn value<'a>(root: Option<&'a Node>, path: &[&str]) -> Option<&'a Node> {
        path.iter().try_fold(root?, |node, key| node.get(key)?.value.as_ref())
    }

    #[test]
    fn values_have_their_places_and_types() {
        let text = "{\"docker\": {\"baseImage\": \"a\\/b\", \"n\": 1e3},\n \"l\": [true, null, -2]}";
        let json = parse(text);
        assert_eq!(json.problems, []);
        let image = value(json.root.as_ref(), &["docker", "baseImage"]).expect("an image");
        assert_eq!((image.as_str(), image.range.slice(text)), (Some("a/b"), "\"a\\/b\""));
        assert_eq!(image.core_type(), CoreType::Str);
        let number = value(json.root.as_ref(), &["docker", "n"]).expect("a number");
        assert_eq!(number.core_type(), CoreType::Float);
        let items = value(json.root.as_ref(), &["l"]).expect("a list").items();
        let types: Vec<CoreType> = items.iter().map(Node::core_type).collect();
        assert_eq!(types, [CoreType::Bool, CoreType::Null, CoreType::Int]);
    }

    #[test]
    fn escapes_map_to_where_they_stand() {
        let text = r#"{"t": "FROM x\nRUN é \ud83d\ude00 \ud800!"}"#;
        let json = parse(text);
        let node = value(json.root.as_ref(), &["t"]).expect("a text");
        let NodeKind::Scalar(scalar) = &node.kind else { panic!("a scalar") };
        assert_eq!(scalar.value, "FROM x\nRUN é 😀 \u{fffd}!");
        let face = scalar.value.find('😀').expect("a face");
        let host = scalar.map.to_host(TextRange::new(face, face + 4));
        assert_eq!(text.get(host.start..host.end), Some("\\ud83d\\ude00"));
        let run = scalar.value.find("RUN").expect("an instruction");
        assert_eq!(scalar.map.offset_to_host(run), text.find("RUN").expect("an instruction"));
    }

    #[test]
    fn half_typed_text_keeps_its_siblings() {
        for (text, message) in [
            ("{\"a\": 1, \"b\": , \"name\": \"e\"}", "expected value"),
            ("{\"a\": \"mcr\n \"name\": \"e\"}", "control character"),
            ("{\"a\": \"mcr,\n \"name\": \"e\"\n}", "control character"),
            ("{\"a\": 1\n \"name\": \"e\"}", "expected `,` or `}`"),
            ("{\"name\": \"e\", \"a\": {\"b\": 1, ", "EOF"),
            ("{\"name\": \"e\", \"a\": \"mcr", "EOF"),
            ("{\"a\": [1, 2, \"name\": \"e\"}", "expected `,` or `]`"),
            ("{\"a\": 1, \"name\": \"e\",}", "trailing comma"),
            ("{\"a\": tru, \"name\": \"e\"}", "expected ident"),
            ("{\"a\": 1, ima, \"name\": \"e\"}", "key must be a string"),
        ] {
            let json = parse(text);
            let name = value(json.root.as_ref(), &["name"]).and_then(Node::as_str);
            assert_eq!(name, Some("e"), "{text}");
            let problem = json.problems.first().expect("a problem");
            assert!(problem.message.contains(message), "{text}: {}", problem.message);
            assert!(!problem.range.is_empty() && problem.range.end <= text.len(), "{text}");
        }
    }

    #[test]
    fn a_value_behind_a_break_is_not_given_to_another_key() {
        let text = "{\"a\": [1, 2, \"d\": 3}";
        let json = parse(text);
        let a = value(json.root.as_ref(), &["a"]);
        assert!(a.is_none_or(|a| a.as_str() != Some("3")), "{a:?}");
    }

    #[test]
    fn placeholders_and_the_numbers_of_python_are_no_problems() {
        for text in ["{\"a\": {{x}}, \"b\": \"{{y}}\"}", "{\"a\": NaN, \"b\": [-Infinity]}", "\u{feff}{}"] {
            assert_eq!(parse(text).problems, [], "{text}");
        }
        let json = parse("{\"a\": {{x}}}");
        assert_eq!(value(json.root.as_ref(), &["a"]).and_then(Node::as_str), Some("{{x}}"));
    }

    #[test]
    fn depth_is_a_problem_and_no_work() {
        let json = parse(&"[".repeat(100_000));
        assert_eq!(json.problems.len(), 1);
        let json = parse(&"{\"a\":".repeat(100_000));
        assert_eq!(json.problems.len(), 1);
    }
}
