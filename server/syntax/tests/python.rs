//! The Python reader against CPython's answers, and the guard of edits inside literals.

use std::collections::BTreeMap;

use amlenv_syntax::TextRange;
use amlenv_syntax::python::{
    ExprKind, HOLE, Known, Module, Names, StmtKind, StringValue, dotted, evaluate, parse, text_value,
};
use proptest::prelude::*;

/// The string on the right side of the last assignment.
fn literal(module: &Module) -> Option<StringValue> {
    match &module.body.last()?.kind {
        StmtKind::Assign { value, .. } => text_value(value),
        _ => None,
    }
}

fn read(source: &str) -> Option<StringValue> {
    literal(&parse(source))
}

#[test]
fn cpython_says_the_same() {
    let golden: Vec<(String, String)> =
        serde_json::from_str(include_str!("python/literals.json")).expect("golden answers");
    assert!(golden.len() > 20);
    for (source, value) in golden {
        let found = read(&format!("x = {source}\n")).unwrap_or_else(|| panic!("no string in {source}"));
        assert_eq!(found.value, value, "{source}");
    }
}

/// The constants of a program, each as it was when the next was made.
#[derive(Default)]
struct Constants(BTreeMap<String, Known>);

impl Names for Constants {
    fn value(&mut self, chain: &str, _: usize) -> Known {
        self.0.get(chain).cloned().unwrap_or(Known::Opaque)
    }

    fn full_name(&self, chain: &str) -> String {
        chain.to_owned()
    }
}

/// The last value of a program.
fn run(source: &str) -> Option<StringValue> {
    let mut names = Constants::default();
    let mut last = Known::Opaque;
    for stmt in &parse(source).body {
        let StmtKind::Assign { targets, value, .. } = &stmt.kind else { continue };
        last = evaluate(value, &mut names, 0);
        for name in targets.iter().filter_map(dotted) {
            names.0.insert(name, last.clone());
        }
    }
    last.text()
}

#[test]
fn cpython_puts_texts_together_the_same_way() {
    let golden: Vec<(String, String)> =
        serde_json::from_str(include_str!("python/programs.json")).expect("golden answers");
    assert!(golden.len() > 60);
    for (source, value) in golden {
        let found = run(&source).unwrap_or_else(|| panic!("no text in {source}"));
        assert_eq!(found.value, value, "{source}");
    }
}

#[test]
fn every_character_knows_where_it_came_from() {
    let source = "x = (\"a\\té\"\n   r'b\\n' f\"{y}c\")\n";
    let found = read(source).expect("a string");
    assert_eq!(found.value, format!("a\té{}{HOLE}c", "b\\n"));
    let shown: Vec<&str> = found
        .value
        .char_indices()
        .map(|(at, c)| found.map.to_host(TextRange::new(at, at + c.len_utf8())).slice(source))
        .collect();
    assert_eq!(shown, ["a", "\\t", "é", "b", "\\", "n", "{y}", "c"]);
    assert!(found.has_holes);
}

#[test]
fn dedent_and_strip_are_followed() {
    let source = "x = textwrap.dedent(\"\"\"\n    FROM a\n      RUN b\n\n    \"\"\").strip()\n";
    let found = read(source).expect("a string");
    assert_eq!(found.value, "FROM a\n  RUN b");
    let at = found.value.find("RUN").expect("RUN");
    assert_eq!(found.map.to_host(TextRange::new(at, at + 3)).slice(source), "RUN");
    let edit = found.edit(source, TextRange::new(at, at + 3), "CMD x\n  CMD").expect("an edit");
    assert_eq!(
        applied(source, &edit),
        source.replace("RUN b", "CMD x\n      CMD b"),
        "the new line is indented as the others are"
    );
    let clean = read("x = inspect.cleandoc('''FROM a\n    RUN b\n    ''')\n").expect("a string");
    assert_eq!(clean.value, "FROM a\nRUN b");
}

#[test]
fn bytes_are_no_text() {
    assert!(read("x = b'FROM a'\n").is_none());
}

#[test]
fn half_typed_statements_are_not_taken_for_whole_ones() {
    for (source, whole) in [
        ("a.b = \nc.d = \"x\"\n", false),
        ("env.docker.\nz = 1\n", false),
        ("env.docker.\\\n  base_image = 1\n", true),
        ("a.b = (\n  1)\n", true),
        ("a.b = \\\n  1\n", true),
    ] {
        let module = parse(source);
        assert_eq!(!module.body[0].broken, whole, "{source:?}");
    }
}

/// The source with an offered edit applied.
fn applied(source: &str, (place, text): &(TextRange, String)) -> String {
    let mut out = source.to_owned();
    out.replace_range(place.start..place.end, text);
    out
}

#[test]
fn edits_are_written_as_the_literal_needs_it() {
    for (source, old, new, expected) in [
        ("x = r'''FROM a:1\n'''\n", "1", "2", Some("x = r'''FROM a:2\n'''\n")),
        ("x = 'FROM a\\nRUN b'\n", "RUN", "RUN x\nRUN", Some("x = 'FROM a\\nRUN x\\nRUN b'\n")),
        ("x = 'FROM a'\n", "a", "it's", Some("x = 'FROM it\\'s'\n")),
        ("x = r'FROM a'\n", "a", "it's", None),
        ("x = r'FROM a'\n", "a", "b\n", None),
        ("x = r'FROM a'\n", "a", "b\\", None),
        ("x = 'FROM a'\n", "a", "b\\c", Some("x = 'FROM b\\\\c'\n")),
        ("x = f'FROM a:{t}'\n", "a", "{b}", Some("x = f'FROM {{b}}:{t}'\n")),
        ("x = '''FROM a\r\nRUN b'''\r\n", "RUN", "X\nRUN", Some("x = '''FROM a\r\nX\r\nRUN b'''\r\n")),
    ] {
        let found = read(source).expect("a string");
        let at = found.value.find(old).expect("the old text");
        let edit = found.edit(source, TextRange::new(at, at + old.len()), new);
        assert_eq!(edit.map(|edit| applied(source, &edit)).as_deref(), expected, "{source:?} {new:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is offered, read again, is exactly what was meant; nothing else is ever offered.
    #[test]
    fn an_offered_edit_is_right(
        prefix in "(r|f|rf|)",
        quote in "('|\"|'''|\"\"\")",
        content in "(a|b|:|\\\\n|\\\\\\\\|\n|\r\n|'|\"|\\\\'|\\{|\\}|\\{y\\}|é|😀|\\\\x41|\\\\\n){0,12}",
        new in "(a|\n|'|\"|'''|\\\\|\\{|\\}|é|\r){0,4}",
        from in 0usize..20,
        len in 0usize..4,
    ) {
        let source = format!("x = {prefix}{quote}{content}{quote}\ny = 1\n");
        let module = parse(&source);
        // In a statement that cannot be read, nobody can say where a literal ends.
        let first = module.body.first().filter(|stmt| !stmt.broken);
        let Some(StmtKind::Assign { value, .. }) = first.map(|stmt| &stmt.kind) else { return Ok(()) };
        let ExprKind::Str(found) = &value.kind else { return Ok(()) };
        let places: Vec<usize> = found.value.char_indices().map(|(at, _)| at).chain([found.value.len()]).collect();
        let start = places[from % places.len()];
        let end = places[(from + len) % places.len()].max(start);
        if let Some(edit) = found.edit(&source, TextRange::new(start, end), &new) {
            let again = parse(&applied(&source, &edit));
            let Some(StmtKind::Assign { value, .. }) = again.body.first().map(|stmt| &stmt.kind) else {
                return Err(TestCaseError::fail("the statement is gone"));
            };
            let mut wanted = found.value.clone();
            wanted.replace_range(start..end, &new);
            let read = text_value(value).map(|literal| literal.value);
            prop_assert_eq!(read, Some(wanted));
            prop_assert_eq!(again.body.len(), module.body.len());
        }
    }

    #[test]
    fn any_text_is_read(source in "(x = |env\\.|docker|\\(|\\)|\\[|\"|'''|r'|f\"|\\{|\\}|\\\\|\n|    |if a:|def f\\(\\):|import |#|,|=|é|\u{0}){0,40}") {
        let module = parse(&source);
        for comment in &module.comments {
            prop_assert!(source.get(comment.start..comment.end).is_some());
        }
        for offset in 0..=source.len() {
            let _ = amlenv_syntax::python::cursor_at(&module, offset);
            if source.is_char_boundary(offset) {
                let place = amlenv_syntax::python::place_at(&source, offset);
                prop_assert!(place.name.touches(offset));
                prop_assert!(place.string.is_none_or(|string| string.content.touches(offset)));
            }
        }
    }
}

/// Statements as people write them, each complete.
const STATEMENTS: [&str; 16] = [
    "from azureml.core import Environment as E",
    "from azure.ai.ml.entities import (\n    BuildContext,\n    Environment,\n)",
    "env = E(\"train\")",
    "env.docker.base_image = None",
    "env.docker.base_dockerfile = r\"\"\"\nFROM a\nRUN b = c\n\"\"\"",
    "env.docker.\\\n    base_image = \"a:1\"",
    "(env.docker\n    .base_image) = \"a:1\"",
    "env.python.user_managed_dependencies = True",
    "v2 = Environment(\n    name=\"x\",\n    image=f\"{BASE}:1\",\n    build=BuildContext(path=\"docker\"),\n)",
    "v2.conda_file = {\n    \"dependencies\": [\"python=3.10\", {\"pip\": [\"six\"]}],\n}",
    "BASE = \"FROM a\" + \\\n    \"b\"",
    "a, b = \"x\", 'y'",
    "first = second = os.path.join(\"a\", \"b\")",
    "ml_client.environments.create_or_update(v2)",
    "job: Command = command(environment=v2, command=\"python train.py --x ${{inputs.x}}\")",
    "def make(p=1):\n    made = E(p)\n    made.docker.base_image = p\n    return made",
];

/// The assignments that can be trusted, as they are written.
fn assignments(source: &str) -> Vec<String> {
    let module = parse(source);
    let mut out = Vec::new();
    let mut pending: Vec<_> = module.body.iter().rev().collect();
    while let Some(stmt) = pending.pop() {
        match &stmt.kind {
            StmtKind::Assign { .. } if !stmt.broken => out.push(stmt.range.slice(source).to_owned()),
            StmtKind::Function { body, .. } => pending.extend(body.iter().rev()),
            _ => {}
        }
    }
    out
}

/// Whether a beginning of a statement leaves a bracket, a string or a line open, so that what follows
/// may belong to it.
fn leaves_open(text: &str) -> bool {
    let (mut depth, mut quote, mut rest) = (0_i32, None::<(char, bool)>, text);
    while let Some(c) = rest.chars().next() {
        let triple = |q: char| rest.starts_with(&String::from_iter([q, q, q]));
        let mut len = c.len_utf8();
        match (quote, c) {
            (Some(_), '\\') => len += rest.chars().nth(1).map_or(0, char::len_utf8),
            (Some((q, long)), c) if c == q && (!long || triple(q)) => {
                quote = None;
                len = if long { 3 } else { 1 };
            }
            (None, '\'' | '"') => {
                let long = triple(c);
                quote = Some((c, long));
                len = if long { 3 } else { 1 };
            }
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        rest = &rest[len.min(rest.len())..];
    }
    depth > 0 || quote.is_some() || text.ends_with('\\')
}

/// Two programs around a statement that somebody is still typing.
fn half_typed(before: &[usize], cut: (usize, usize), after: &[usize]) -> (String, String, String) {
    let join =
        |numbers: &[usize]| numbers.iter().map(|at| format!("{}\n", STATEMENTS[*at])).collect::<String>();
    let whole = STATEMENTS[cut.0];
    let place = whole.char_indices().map(|(at, _)| at).nth(cut.1 % whole.chars().count()).unwrap_or(0);
    (join(before), whole[..place].to_owned(), join(after))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is half typed: nothing is assigned that nobody wrote, and what stands around it stays.
    #[test]
    fn half_typed_code_says_nothing_new(
        before in prop::collection::vec(0..STATEMENTS.len(), 0..4),
        cut in (0..STATEMENTS.len(), 0usize..120),
        after in prop::collection::vec(0..STATEMENTS.len(), 0..4),
    ) {
        let (before, half, after) = half_typed(&before, cut, &after);
        let source = format!("{before}{half}\n{after}");
        let found = assignments(&source);
        let (mut known, rest) = (assignments(&before), assignments(&after));
        // A beginning may be complete on its own: `a = b` of `a = b.c`.
        let own = assignments(&half);
        known.extend(own.iter().cloned());
        known.extend(rest.iter().cloned());
        // An open string or a backslash at the end of the line takes what follows along, as for Python.
        let goes_on = |text: &str| leaves_open(&half) && text.starts_with(&half) && !half.is_empty();
        for text in found.iter().filter(|text| !goes_on(text)) {
            prop_assert!(known.contains(text), "{text:?} is said by nobody\n{source}");
        }
        let count = |list: &[String], text: &String| list.iter().filter(|other| *other == text).count();
        let mut kept = assignments(&before);
        if !leaves_open(&half) {
            kept.extend(rest);
        }
        for text in &kept {
            prop_assert!(count(&found, text) >= count(&kept, text), "{text:?} is lost\n{source}");
        }
    }
}
