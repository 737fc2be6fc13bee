//! The reader of conda specifications against conda's own answers; `conda/compare.py` writes them, and
//! compares more.

use amlenv_syntax::conda::match_spec;
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn conda_says_the_same() {
    let answers: Vec<(String, Value)> =
        serde_json::from_str(include_str!("conda/answers.json")).expect("conda's answers");
    let mut complaints = Vec::new();
    for (spec, expected) in &answers {
        let read = match_spec(spec);
        let part =
            |part: &Option<(String, amlenv_syntax::TextRange)>| part.as_ref().map(|part| part.0.clone());
        let name = part(&read.name);
        let right = if expected.is_null() {
            !read.problems.is_empty()
        } else if expected["name"] == "*" || spec.ends_with(".conda") || spec.ends_with(".tar.bz2") {
            read.problems.is_empty()
        } else {
            // conda writes some versions anew: `=1` as `1*`, `==1` as `1`.
            let version =
                expected["version"].as_str().map(|version| version.trim_end_matches('*').to_owned());
            let found = part(&read.version).map(|found| {
                let found = found.replace(' ', "");
                let single = found.starts_with("==") || found.starts_with('=') && !found.contains([',', '|']);
                let found = if single { found.trim_start_matches('=').to_owned() } else { found };
                found.trim_end_matches('*').to_owned()
            });
            read.problems.is_empty()
                && name.as_deref() == expected["name"].as_str()
                && part(&read.build).as_deref() == expected["build"].as_str()
                && part(&read.subdir).as_deref() == expected["subdir"].as_str()
                && found == version
        };
        if !right {
            complaints.push(format!("{spec:?}\n  {expected}\n  {read:?}"));
        }
    }
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), answers.len(), complaints.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in "(a|1|\\.|==|>=|,|\\|| |::|:|/|\\[|\\]|=|'|\"|\\*|#|é|\u{1f600}|version=|_|!|\\+){0,30}") {
        let read = match_spec(&text);
        for (value, range) in [&read.channel, &read.subdir, &read.name, &read.version, &read.build].into_iter().flatten() {
            prop_assert_eq!(range.slice(&text), value);
        }
        for problem in &read.problems {
            prop_assert!(text.get(problem.range.start..problem.range.end).is_some());
        }
    }
}

#[test]
fn long_input_is_read_in_time() {
    for text in [
        "a ".repeat(200_000),
        format!("a {}", ">=1,".repeat(200_000)),
        "[".repeat(400_000),
        format!("a[{}", "a=b,".repeat(100_000) + "]"),
    ] {
        let _ = match_spec(&text);
    }
}
