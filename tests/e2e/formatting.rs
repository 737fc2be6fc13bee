//! The layout of Dockerfiles as an editor asks for it. The real binary over its standard streams; every text
//! also with CRLF and in the three encodings.

use serde_json::{Value, json};

use crate::client::Client;
use crate::reading::{BOOK, ENCODINGS, counting, open_book, width};

/// The text with edits made that do not overlap.
fn applied(text: &str, edits: &Value, encoding: &str) -> String {
    let offset = |position: &Value| {
        let number = |key: &str| position[key].as_u64().expect("a number") as usize;
        let start: usize = text.split_inclusive('\n').take(number("line")).map(str::len).sum();
        let rest = &text[start..];
        let places = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        let mut found = places.filter(|at| width(&rest[..*at], encoding) == number("character"));
        start + found.next().unwrap_or_else(|| panic!("{position} is no place of {rest:?}"))
    };
    let mut edits: Vec<(usize, usize, &str)> = edits
        .as_array()
        .unwrap_or_else(|| panic!("no edits: {edits}"))
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            (offset(&range["start"]), offset(&range["end"]), edit["newText"].as_str().expect("a text"))
        })
        .collect();
    edits.sort();
    let mut out = String::new();
    let mut at = 0;
    for (start, end, new) in edits {
        assert!(start >= at, "edits overlap");
        out.push_str(&text[at..start]);
        out.push_str(new);
        at = end;
    }
    out + &text[at..]
}

fn options() -> Value {
    json!({"tabSize": 4, "insertSpaces": true})
}

fn formatted(client: &mut Client, uri: &str) -> Value {
    client.request("textDocument/formatting", json!({"textDocument": {"uri": uri}, "options": options()}))
}

fn part(client: &mut Client, uri: &str, lines: (usize, usize)) -> Value {
    let range = json!({"start": {"line": lines.0, "character": 0}, "end": {"line": lines.1, "character": 0}});
    let params = json!({"textDocument": {"uri": uri}, "range": range, "options": options()});
    client.request("textDocument/rangeFormatting", params)
}

/// Types a line end where the cursor `|` is, which has been taken over already.
fn typed(client: &mut Client, uri: &str, text: &str, encoding: &str) -> Value {
    let before = &text[..text.find('|').expect("a cursor")];
    let line = before.matches('\n').count();
    let column = width(before.rsplit('\n').next().expect("a line"), encoding);
    let params = json!({
        "textDocument": {"uri": uri},
        "position": {"line": line, "character": column},
        "ch": "\n",
        "options": options(),
    });
    client.request("textDocument/onTypeFormatting", params)
}

/// Runs in every encoding, with LF and CRLF.
fn everywhere(text: &str, expected: &str, run: impl Fn(&mut Client, &str, &str, &str)) {
    for encoding in ENCODINGS {
        let mut client = counting(encoding);
        for end in ["\n", "\r\n"] {
            run(&mut client, &text.replace('\n', end), &expected.replace('\n', end), encoding);
        }
    }
}

fn close(client: &mut Client, uri: &str) {
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
}

const UGLY: &str = "# é😀  \nfrom a as b\nRUN echo '😀  \\\n x' && \\\ny  \nCOPY <<EOF /x\n keep  \nEOF\n";
const FINE: &str = "# é😀\nFROM a AS b\nRUN echo '😀  \\\n x' && \\\n    y\nCOPY <<EOF /x\n keep  \nEOF\n";

#[test]
fn a_dockerfile_is_laid_out() {
    let uri = "file:///t/Dockerfile";
    everywhere(UGLY, FINE, |client, text, expected, encoding| {
        client.open(uri, "dockerfile", text);
        let once = applied(text, &formatted(client, uri), encoding);
        assert_eq!(once, expected, "{encoding}");
        client.change(uri, 2, json!([{"text": once}]));
        assert_eq!(formatted(client, uri), json!([]), "once is enough");
        close(client, uri);
    });
}

#[test]
fn a_range_of_a_dockerfile_is_laid_out() {
    let uri = "file:///t/Dockerfile";
    let expected = UGLY.replace("from a as b", "FROM a AS b");
    everywhere(UGLY, &expected, |client, text, expected, encoding| {
        client.open(uri, "dockerfile", text);
        let range = json!({"start": {"line": 1, "character": 1}, "end": {"line": 1, "character": 8}});
        let params = json!({"textDocument": {"uri": uri}, "range": range, "options": options()});
        let edits = client.request("textDocument/rangeFormatting", params);
        assert_eq!(applied(text, &edits, encoding), expected, "{encoding}");
        close(client, uri);
    });
}

/// Other languages have formatters of their own; a Dockerfile inside them is laid out where it is asked for.
#[test]
fn dockerfiles_in_other_languages_are_laid_out_by_range_only() {
    let python = r#"from azureml.core import Environment
env = Environment('é')
env.docker.base_dockerfile = r"""
from 😀 as b
RUN '😀' && \
y
"""
"#;
    let json = r#"{"docker": {"baseDockerfile": "from 😀 as b\nRUN '\ud83d\ude00' && \\\ny\n"}}
"#;
    let yaml = "script: é😀.py
framework: Python
environment:
  docker:
    baseDockerfile: |
      from 😀 as b
      RUN '😀' && \\
      y
";
    for (language, uri, text, last) in [
        ("python", "file:///t/a.py", python, ("\\\ny", "\\\n    y")),
        ("json", "file:///t/azureml_environment.json", json, (r"\\\ny", r"\\\n    y")),
        ("yaml", "file:///t/x.runconfig", yaml, ("      y", "          y")),
    ] {
        let expected = text.replace("from 😀 as", "FROM 😀 AS").replace(last.0, last.1);
        everywhere(text, &expected, |client, text, expected, encoding| {
            client.open(uri, language, text);
            assert_eq!(formatted(client, uri), json!(null), "{uri}");
            let edits = part(client, uri, (0, 99));
            assert_eq!(applied(text, &edits, encoding), expected, "{uri} {encoding}");
            close(client, uri);
        });
    }
    let mut client = Client::initialized(json!({}));
    client.open("file:///t/a.py", "python", python);
    assert_eq!(part(&mut client, "file:///t/a.py", (0, 1)), json!(null), "only Python there");
    client.open("file:///t/environment.yml", "yaml", "name:   a\nimage:  b/c:1\n");
    assert_eq!(formatted(&mut client, "file:///t/environment.yml"), json!(null));
    assert_eq!(part(&mut client, "file:///t/environment.yml", (0, 9)), json!(null));
}

#[test]
fn dockerfiles_in_cells_are_laid_out_by_range() {
    for encoding in ENCODINGS {
        for end in ["\n", "\r\n"] {
            let cells = [
                "from azureml.core import Environment\nenv = Environment('é')".to_owned(),
                "x = '😀'; env.docker.base_dockerfile = '''\nfrom 😀\nRUN y\n'''".replace('\n', end),
                "%%writefile Dockerfile\nfrom 😀\nRUN x \\\ny\n".replace('\n', end),
            ];
            let mut client = counting(encoding);
            open_book(&mut client, &cells.each_ref().map(String::as_str));
            let (before, after) = (format!("{end}y"), format!("{end}    y"));
            for number in [1, 2] {
                let expected = cells[number].replace("from 😀", "FROM 😀").replace(&before, &after);
                let uri = format!("{BOOK}#{number}");
                assert_eq!(formatted(&mut client, &uri), json!(null));
                let edits = part(&mut client, &uri, (0, 9));
                assert_eq!(applied(&cells[number], &edits, encoding), expected, "{encoding}");
            }
            assert_eq!(part(&mut client, &format!("{BOOK}#0"), (0, 9)), json!(null));
        }
    }
}

#[test]
fn the_line_behind_an_escape_is_indented_while_typing() {
    let python = "from azureml.core import Environment
env = Environment('é')
env.docker.base_dockerfile = r'''
FROM 😀
RUN x && \\
|
'''
";
    for (language, uri, text, new) in [
        ("dockerfile", "file:///t/Dockerfile", "FROM 😀\nRUN '😀' && \\\n|", Some("    ")),
        ("dockerfile", "file:///t/Dockerfile", "FROM 😀\nRUN '😀' && \\\n\ty \\\n|\nRUN z\n", Some("\t")),
        ("dockerfile", "file:///t/Dockerfile", "FROM 😀\nRUN '😀'\n|", None),
        ("python", "file:///t/a.py", python, Some("    ")),
        ("python", "file:///t/a.py", "from azureml.core import Environment\nx = 1 + \\\n|\n", None),
        ("yaml", "file:///t/environment.yml", "name: a\nimage: b\\\n|\n", None),
    ] {
        everywhere(text, new.unwrap_or(""), |client, text, new, encoding| {
            let whole = text.replace('|', "");
            client.open(uri, language, &whole);
            let edits = typed(client, uri, text, encoding);
            if new.is_empty() {
                assert_eq!(edits, json!(null), "{text:?}");
            } else {
                assert_eq!(applied(&whole, &edits, encoding), text.replace('|', new), "{encoding}");
            }
            close(client, uri);
        });
    }
    let head = "from azureml.core import Environment\nenv = Environment('é')";
    let cell = "x = '😀'; env.docker.base_dockerfile = r'''\nFROM 😀\nRUN '😀' \\\n|y'''";
    let whole = cell.replace('|', "");
    let mut client = Client::initialized(json!({}));
    open_book(&mut client, &[head, &whole]);
    let edits = typed(&mut client, &format!("{BOOK}#1"), cell, "utf-16");
    assert_eq!(applied(&whole, &edits, "utf-16"), cell.replace('|', "    "));
}

/// A client that takes registrations is told that the formatter is for Dockerfiles alone; another gets it at
/// once and null for other languages.
#[test]
fn formatters_are_registered_for_dockerfiles() {
    let dynamic = json!({"dynamicRegistration": true});
    let abilities = json!({"textDocument": {
        "formatting": dynamic, "rangeFormatting": dynamic, "onTypeFormatting": dynamic,
    }});
    let mut client = Client::start();
    let answer = client.initialize(abilities);
    assert_eq!(answer["capabilities"].get("documentFormattingProvider"), None);
    let asked = client.wait(|message| message["method"] == "client/registerCapability");
    client.reply(&asked, json!(null));
    let registered = asked["params"]["registrations"].as_array().expect("registrations");
    let methods: Vec<&str> = registered.iter().map(|one| one["method"].as_str().expect("a method")).collect();
    assert_eq!(
        methods,
        ["textDocument/formatting", "textDocument/rangeFormatting", "textDocument/onTypeFormatting"]
    );
    for one in registered {
        assert_eq!(one["registerOptions"]["documentSelector"][0]["language"], "dockerfile");
    }
    client.open("file:///t/Dockerfile", "dockerfile", "from a\n");
    assert_eq!(formatted(&mut client, "file:///t/Dockerfile").as_array().map(Vec::len), Some(1));
    let mut client = Client::start();
    let answer = client.initialize(json!({}));
    assert_eq!(answer["capabilities"]["documentFormattingProvider"], json!(true));
    assert_eq!(answer["capabilities"]["documentOnTypeFormattingProvider"]["firstTriggerCharacter"], "\n");
    for uri in ["file:///never/opened", "untitled:x"] {
        assert_eq!(formatted(&mut client, uri), json!(null));
        assert_eq!(part(&mut client, uri, (0, 9)), json!(null));
        assert_eq!(typed(&mut client, uri, "a\n|", "utf-16"), json!(null));
    }
}
