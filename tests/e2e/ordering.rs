//! Order: an answer belongs to the text that the client had sent before it asked, whatever else is going on.

use std::path::Path;

use serde_json::{Value, json};

use crate::client::Client;
use crate::fixture::check;

/// So many edits, in all.
const EDITS: usize = 5_000;

/// A small generator of numbers that is the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// The columns of one of the encodings.
fn width(encoding: &str, c: char) -> usize {
    match encoding {
        "utf-8" => c.len_utf8(),
        "utf-16" => c.len_utf16(),
        _ => 1,
    }
}

/// The position of a byte in lines that end in LF or CRLF.
fn position(text: &str, offset: usize, encoding: &str) -> Value {
    let line = text[..offset].matches('\n').count();
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let column: usize = text[start..offset].chars().map(|c| width(encoding, c)).sum();
    json!({"line": line, "character": column})
}

/// A byte where an edit may begin: at a character, not between CR and LF.
fn place(text: &str, dice: &mut Dice) -> usize {
    let mut at = dice.below(text.len() + 1);
    while !text.is_char_boundary(at) || text[..at].ends_with('\r') {
        at -= 1;
    }
    at
}

/// What a shell of a Dockerfile may be given while somebody types.
const PIECES: [&str; 12] = [
    "RUN echo é😀\r\n",
    "FROM base AS a\u{301}b\n",
    "ARG X=𝔘\n",
    "RNU\n",
    "# 日本語\r\n",
    "COPY a /b\n",
    "\\\r\n",
    "\"",
    "<<EOF\n",
    "😀",
    "\u{301}",
    "ENV A=b\n",
];

/// Edits of all kinds under the three encodings, with questions between them: what is completed belongs to
/// the text before the question, and at the end the diagnostics are those of a fresh look at the file.
#[test]
fn every_answer_belongs_to_the_text_before_it() {
    for (number, encoding) in ["utf-16", "utf-8", "utf-32"].into_iter().enumerate() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join(".git")).expect("a folder");
        let mut client = Client::start();
        let abilities =
            json!({"general": {"positionEncodings": [encoding]}, "textDocument": {"diagnostic": {}}});
        let answer = client.initialize(abilities);
        assert_eq!(answer["capabilities"]["positionEncoding"], encoding);
        let uri = format!("file://{}/Dockerfile", folder.path().display());
        let mut dice = Dice(20_260_723 + number as u64);
        let mut text = String::from("FROM a:1 AS first\nFROM a:1 AS first\n");
        client.open(&uri, "dockerfile", &text);
        let mut asked: Vec<(u64, String)> = Vec::new();
        for version in 0..EDITS / 3 {
            // The first lines tell which edit it was: the rule that one of them breaks says the name.
            let first = text.match_indices('\n').nth(1).expect("two lines").0 + 1;
            let head = format!("FROM a:1 AS edit{version}\nFROM a:1 AS edit{version}\n");
            let mut changes = vec![json!({
                "range": {"start": position(&text, 0, encoding), "end": position(&text, first, encoding)},
                "text": head,
            })];
            text.replace_range(..first, &head);
            let first = head.len();
            let (from, to) = (place(&text, &mut dice).max(first), place(&text, &mut dice).max(first));
            let (from, to) = (from.min(to), to.max(from).min(from + 40));
            let to = (to..=text.len())
                .find(|at| text.is_char_boundary(*at) && !text[..*at].ends_with('\r'))
                .unwrap_or(text.len());
            let new = if text.len() > 4_000 { "" } else { PIECES[dice.below(PIECES.len())] };
            let range =
                json!({"start": position(&text, from, encoding), "end": position(&text, to, encoding)});
            text.replace_range(from..to, new);
            // A carriage return of its own is a line end as well, and counts otherwise here.
            if text.replace("\r\n", "").contains('\r') {
                text = text.replace("\r\n", "\n").replace('\r', "");
                changes = vec![json!({"text": text})];
            } else {
                changes.push(json!({"range": range, "text": new}));
            }
            client.change(&uri, version as i64 + 2, json!(changes));
            if version % 4 == 0 {
                let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
                let context = json!({"diagnostics": []});
                let params = json!({"textDocument": {"uri": uri}, "range": range, "context": context});
                client.ask("textDocument/codeAction", params);
            }
            if version % 3 == 0 {
                let id = client.ask("textDocument/diagnostic", json!({"textDocument": {"uri": uri}}));
                asked.push((id, format!("There is a stage edit{version} already")));
            }
        }
        assert!(asked.len() > 500);
        for (id, expected) in asked {
            let answer = client.answer(id);
            let said =
                |found: &Value| found["message"].as_str().is_some_and(|said| said.starts_with(&expected));
            let items = answer["items"].as_array().unwrap_or_else(|| panic!("{answer}"));
            assert!(items.iter().any(said), "{expected}: {items:#?}");
        }
        let last = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri}}));
        assert_eq!(shown(&last["items"]), said(folder.path(), &text, encoding), "{encoding}");
    }
}

/// Line, column and code of each.
fn shown(items: &Value) -> Vec<(u64, u64, String)> {
    let of = |item: &Value| {
        let start = &item["range"]["start"];
        let code = item["code"].as_str().expect("a code").to_owned();
        (start["line"].as_u64().expect("a line"), start["character"].as_u64().expect("a column"), code)
    };
    let mut out: Vec<_> = items.as_array().expect("items").iter().map(of).collect();
    out.sort();
    out
}

/// The same of `check` on a file with that text.
fn said(root: &Path, text: &str, encoding: &str) -> Vec<(u64, u64, String)> {
    std::fs::write(root.join("Dockerfile"), text).expect("a file");
    let report = check(root, &["Dockerfile"]);
    let lines: Vec<&str> = text.split('\n').collect();
    let mut out: Vec<_> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|found| {
            let start = &found["range"]["start"];
            let (line, column) = (
                start["line"].as_u64().expect("a line") - 1,
                start["column"].as_u64().expect("a column") - 1,
            );
            let head = lines[line as usize].chars().take(column as usize);
            (
                line,
                head.map(|c| width(encoding, c) as u64).sum(),
                found["code"].as_str().expect("a code").to_owned(),
            )
        })
        .collect();
    out.sort();
    out
}
