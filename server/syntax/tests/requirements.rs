//! The requirements reader against pip's own answers; `requirements/compare.py` writes them, and
//! compares more.

use amlenv_syntax::requirements::{Line, parse};
use proptest::prelude::*;
use serde_json::Value;

fn normal(specifier: &str) -> Vec<String> {
    let mut parts: Vec<String> = specifier
        .split(',')
        .map(|part| part.chars().filter(|c| !c.is_whitespace()).collect::<String>())
        .filter(|part| !part.is_empty())
        .collect();
    parts.sort();
    parts.dedup();
    parts
}

#[test]
fn pip_says_the_same() {
    let answers: Vec<(String, Value)> =
        serde_json::from_str(include_str!("requirements/answers.json")).expect("pip's answers");
    let mut complaints = Vec::new();
    for (line, expected) in &answers {
        // The blank keeps a backslash at the end from going on.
        let read = parse(&format!("{line} "));
        let mut say = |what: &str| complaints.push(format!("{line:?}: {what}\n  {expected}\n  {read:?}"));
        match (expected, read.lines.first()) {
            // Only the disk decides, or only the environment.
            (Value::String(_), _) => {}
            _ if line.contains("${") => {}
            (Value::Null, _) if read.problems.is_empty() => say("accepted"),
            (Value::Null, _) => {}
            _ if !read.problems.is_empty() => say("refused"),
            (_, Some(Line::Requirement(found))) => {
                let name = found.name.as_ref().map(|part| part.0.as_str());
                if name != expected["name"].as_str() {
                    say("another name");
                } else if found.extras.len() != expected["extras"].as_array().map_or(0, Vec::len) {
                    say("other extras");
                } else if found.url.is_some() != (expected["url"] == true) {
                    say("an address");
                } else if found.marker.is_some() == expected["marker"].is_null() {
                    say("a marker");
                } else if found.url.is_none()
                    && normal(found.specifier.as_ref().map_or("", |part| part.0.as_str()))
                        != normal(expected["specifier"].as_str().unwrap_or(""))
                {
                    say("other versions");
                }
            }
            (_, Some(Line::Option { .. }))
                if expected["options"].is_null() && expected["editable"].is_null() =>
            {
                say("no option")
            }
            _ => {}
        }
    }
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), answers.len(), complaints.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in "(a|1|\\.|==|>=|,|;| |\n|\r\n|\\\\|\\\\\n|#|'|\"|\\[|\\]|\\(|\\)|@|-r |-|--hash=|é|\u{1f600}|\u{2028}|/|:){0,40}") {
        let read = parse(&text);
        let inside = |range: amlenv_syntax::TextRange| text.get(range.start..range.end).is_some();
        for comment in &read.comments {
            prop_assert!(inside(*comment) && comment.slice(&text).starts_with('#'));
        }
        for problem in &read.problems {
            prop_assert!(inside(problem.range), "{:?}", problem);
        }
        for line in &read.lines {
            match line {
                Line::Requirement(found) => {
                    for (value, range) in [&found.name, &found.url, &found.marker].into_iter().flatten() {
                        prop_assert!(inside(*range));
                        let shown = range.slice(&text);
                        prop_assert!(shown == value || shown.contains(['\\', '\n', '\r', '\u{2028}']), "{:?} {:?}", shown, value);
                    }
                }
                Line::Option { range, .. } => prop_assert!(inside(*range)),
            }
        }
    }
}
