//! Clients that do what the protocol does not foresee, and those that can do next to nothing.

use serde_json::{Value, json};

use crate::client::Client;

const URI: &str = "file:///t/Dockerfile";

fn codes(found: &[Value]) -> Vec<&str> {
    found.iter().map(|found| found["code"].as_str().expect("a code")).collect()
}

fn frame(body: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn hover(client: &mut Client, line: u64, character: u64) -> Value {
    let position = json!({"line": line, "character": character});
    client.request("textDocument/hover", json!({"textDocument": {"uri": URI}, "position": position}))
}

/// What cannot be read is refused, and what comes after it is answered.
#[test]
fn broken_frames_cost_no_more_than_themselves() {
    let mut client = Client::initialized(json!({}));
    client.open(URI, "dockerfile", "FROM ubuntu:22.04\n");
    let broken: [(&[u8], i64); 9] = [
        (&frame("{\"jsonrpc\":\"2.0\","), -32700),
        (&frame("\u{0}"), -32700),
        (b"Content-Length: 2\r\n\r\n\xff\xfe", -32700),
        (b"Content-Length: ten\r\n\r\n{\"a\":1}", -32700),
        (b"Content-Length: 18446744073709551616\r\n\r\n", -32700),
        (b"X: y\r\n\r\n", -32700),
        (&frame("[]"), -32600),
        (&frame("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":3}"), -32600),
        (&frame("\"exit\""), -32600),
    ];
    for (bytes, code) in broken {
        client.raw(bytes);
        let refused = client.wait(|message| message["id"].is_null() && message.get("error").is_some());
        assert_eq!(refused["error"]["code"], code, "{}", String::from_utf8_lossy(bytes));
        assert!(client.request("shutdown-is-not-this", json!({}))["error"]["code"] == -32601);
    }
    // Answers that nobody waits for, headers in another order and another case.
    client.raw(&frame("{\"jsonrpc\":\"2.0\",\"id\":4711,\"result\":null}"));
    client.raw(&frame("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":{\"code\":1,\"message\":\"no\"}}"));
    let body = "{\"jsonrpc\":\"2.0\",\"id\":\"own\",\"method\":\"textDocument/hover\",\"params\":{\"textDocument\":{\"uri\":\"file:///t/Dockerfile\"},\"position\":{\"line\":0,\"character\":7}}}";
    client.raw(
        format!(
            "Content-Type: application/vscode-jsonrpc; charset=utf8\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .as_bytes(),
    );
    let answer = client.wait(|message| message["id"] == "own");
    assert!(answer.get("error").is_none(), "{answer}");
    // In the middle of a message the input ends.
    client.raw(b"Content-Length: 100\r\n\r\n{");
    client.close_input();
    assert_eq!(client.exit_code(), Some(1));
}

#[test]
fn the_life_of_a_session_is_kept_to() {
    let mut client = Client::start();
    assert_eq!(hover(&mut client, 0, 0)["error"]["code"], -32002);
    assert_eq!(client.request("shutdown", json!(null))["error"]["code"], -32002);
    client.open(URI, "dockerfile", "RNU\n");
    client.initialize(json!({}));
    assert_eq!(client.request("initialize", json!({"capabilities": {}}))["error"]["code"], -32600);
    // What was opened before did not count.
    assert_eq!(hover(&mut client, 0, 0), Value::Null);
    client.open(URI, "dockerfile", "RNU\n");
    assert_eq!(codes(&client.diagnostics(URI, 1)), ["AML713"]);
    assert_eq!(client.request("shutdown", json!(null)), Value::Null);
    assert_eq!(hover(&mut client, 0, 0)["error"]["code"], -32600);
    assert_eq!(client.request("shutdown", json!(null))["error"]["code"], -32600);
    client.notify("exit", json!(null));
    assert_eq!(client.exit_code(), Some(0));
}

/// No versions that count, documents that are opened twice, changed unopened, closed twice; edits that
/// overlap, lie beyond the text or run backwards.
#[test]
fn documents_are_what_was_said_last() {
    let mut client = Client::initialized(json!({}));
    client.change(URI, 7, json!([{"text": "x"}]));
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": URI}}));
    client.open(URI, "dockerfile", "FROM a:1\n");
    assert_eq!(client.diagnostics(URI, 1), Vec::<Value>::new());
    client.open(URI, "dockerfile", "RNU\n");
    assert_eq!(codes(&client.diagnostics(URI, 1)), ["AML713"]);
    // The version stays the same, the text does not.
    client.change(URI, 1, json!([{"text": "FROM a:1\n"}]));
    assert_eq!(client.diagnostics(URI, 1), Vec::<Value>::new());
    client.change(URI, 1, json!([{"text": "FROM a:1\nRNU\n"}]));
    assert_eq!(codes(&client.diagnostics(URI, 1)), ["AML713"]);
    // One after the other, each on the text that the one before left: RNU becomes RUN a.
    let at = |line: u64, from: u64, to: u64| json!({"start": {"line": line, "character": from}, "end": {"line": line, "character": to}});
    client.change(
        URI,
        2,
        json!([
            {"range": at(1, 1, 99), "text": "UN"},
            {"range": {"start": {"line": 1, "character": 3}, "end": {"line": 0, "character": 2}}, "text": " a"},
            {"range": at(99, 0, 5), "text": "# the end"},
        ]),
    );
    assert_eq!(client.diagnostics(URI, 2), Vec::<Value>::new());
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": URI}}));
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": URI}}));
    assert_eq!(hover(&mut client, 0, 1), Value::Null);
}

/// Every request about a document that is not there has an empty answer, never an error.
#[test]
fn unknown_documents_have_empty_answers() {
    let mut client = Client::initialized(json!({"textDocument": {"diagnostic": {}}}));
    let document = json!({"uri": "file:///never/opened.yml"});
    let position = json!({"line": u32::MAX, "character": u32::MAX});
    let range = json!({"start": position, "end": position});
    for method in ["completion", "hover", "codeAction", "codeLens", "diagnostic"] {
        let params = json!({"textDocument": document, "position": position, "range": range, "context": {"diagnostics": [], "triggerKind": 1}});
        let answer = client.request(&format!("textDocument/{method}"), params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
    }
}

/// Hundreds of requests at a time are all answered, those that are taken back too; a client that never
/// answers what it is asked loses nothing else.
#[test]
fn hundreds_of_requests_are_answered() {
    let mut client = Client::initialized(
        json!({"workspace": {"configuration": true, "didChangeWatchedFiles": {"dynamicRegistration": true}}}),
    );
    client.wait(|message| message["method"] == "client/registerCapability");
    let text: String =
        std::iter::once("FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1\n".to_owned())
            .chain((0..400).map(|n| format!("RUN echo {n}\n")))
            .collect();
    client.open(URI, "dockerfile", &text);
    let params = json!({"textDocument": {"uri": URI}, "position": {"line": 0, "character": 40}});
    let mut asked = Vec::new();
    for number in 0..600 {
        let id = client.ask("textDocument/hover", params.clone());
        if number % 3 == 0 {
            client.notify("$/cancelRequest", json!({"id": id}));
        }
        asked.push(id);
    }
    let mut cancelled = 0;
    for (number, id) in asked.into_iter().enumerate() {
        let answer = client.answer(id);
        if answer["error"]["code"] == -32800 {
            cancelled += 1;
            assert_eq!(number % 3, 0);
        } else {
            assert!(answer["contents"]["value"].is_string(), "{answer}");
        }
    }
    assert!(cancelled > 0, "what is taken back at once is not worked on");
    // To take back what was answered, or never asked, does nothing.
    client.notify("$/cancelRequest", json!({"id": 1}));
    client.notify("$/cancelRequest", json!({"id": "never"}));
    client.notify("$/unknown", json!({}));
    assert!(hover(&mut client, 0, 7).get("error").is_none());
}

/// A message of many megabytes is read, and a text that is too large for a file says so.
#[test]
fn huge_messages_are_read() {
    let mut client = Client::initialized(json!({}));
    let large = format!("FROM a:1\n{}", "# é😀\n".repeat(100_000));
    client.open(URI, "dockerfile", &large);
    assert_eq!(client.diagnostics(URI, 1), Vec::<Value>::new());
    client.change(URI, 2, json!([{"range": {"start": {"line": 100_001, "character": 0}, "end": {"line": 100_001, "character": 0}}, "text": "RNU\n"}]));
    let found = client.diagnostics(URI, 2);
    assert_eq!(found[0]["range"]["start"], json!({"line": 100_001, "character": 0}));
}
