//! The wire: frames in, frames out. Messages reach their handlers in the order of the wire, and each
//! handler runs up to its first `.await` before the next message is looked at; that the order of edits and
//! requests is kept stands on this. Whatever cannot be read is refused, and the next frame is read.
//! Knows JSON-RPC and nothing of languages.

use std::io::{BufRead, Read as _, Write as _};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::{FutureExt as _, SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tower_lsp_server::jsonrpc::{Error, Id, Request, Response};
use tower_lsp_server::{ClientSocket, LanguageServer, LspService};
use tower_service::Service as _;

/// A longer message is refused, in bytes: it is far more than the largest file that is read, escaped.
const MAX_MESSAGE: u64 = 512 * 1024 * 1024;

/// A longer line is no header.
const MAX_HEADER: u64 = 8 * 1024;

/// So many messages wait to be written until those who have more must wait.
const WAITING: usize = 256;

/// How long the last messages may take to be written.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Serves until the input ends or the client says `exit`.
pub(crate) async fn serve<S: LanguageServer>(mut service: LspService<S>, socket: ClientSocket) {
    let (send, output) = mpsc::channel::<String>(WAITING);
    let (wrote, written) = oneshot::channel();
    std::thread::spawn(move || {
        write(output);
        // Nobody waits where the server has ended already.
        let _ = wrote.send(());
    });
    let mut input = frames();
    let (mut requests, mut answers) = socket.split();
    let ours = send.clone();
    let asking = tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let Ok(text) = serde_json::to_string(&request) else { continue };
            if ours.send(text).await.is_err() {
                return;
            }
        }
    });
    let mut running = JoinSet::new();
    while let Some(frame) = input.recv().await {
        while running.try_join_next().is_some() {}
        let message = match frame {
            Frame::Message(body) => read(&body),
            Frame::Broken(why) => Err(refusal(Id::Null, -32700, why)),
        };
        let request = match message {
            Ok(Message::Request(request)) => request,
            Ok(Message::Answer(answer)) => {
                // It is nobody's answer if nobody waits for it any more.
                let _ = answers.send(*answer).await;
                continue;
            }
            Err(refusal) => {
                deliver(&send, &mut running, refusal);
                continue;
            }
        };
        let exit = request.method() == "exit";
        let id = request.id().cloned();
        let work = AssertUnwindSafe(service.call(request)).catch_unwind().map(|ended| match ended {
            Ok(answer) => answer.ok().flatten(),
            // A panic costs one request.
            Err(_) => id.map(|id| Response::from_error(id, Error::internal_error())),
        });
        let mut work = Box::pin(work);
        match futures::poll!(&mut work) {
            std::task::Poll::Ready(answer) => {
                if let Some(text) = answer.and_then(|answer| serde_json::to_string(&answer).ok()) {
                    deliver(&send, &mut running, text);
                }
            }
            std::task::Poll::Pending => {
                let send = send.clone();
                running.spawn(async move {
                    if let Some(text) = work.await.and_then(|answer| serde_json::to_string(&answer).ok()) {
                        // The end of the output is seen elsewhere.
                        let _ = send.send(text).await;
                    }
                });
            }
        }
        if exit {
            running.abort_all();
            break;
        }
    }
    // Who closes the input after the last question still gets the answers.
    while running.join_next().await.is_some() {}
    asking.abort();
    let _ = asking.await;
    drop(send);
    let _ = tokio::time::timeout(LAST_WORDS, written).await;
}

/// Puts a message in line. Where the client does not read, it waits beside the others, not in the way.
fn deliver(send: &mpsc::Sender<String>, running: &mut JoinSet<()>, text: String) {
    if let Err(mpsc::error::TrySendError::Full(text)) = send.try_send(text) {
        let send = send.clone();
        running.spawn(async move {
            let _ = send.send(text).await;
        });
    }
}

enum Message {
    Request(Request),
    Answer(Box<Response>),
}

/// Reads a message, or says what to answer to what is none.
fn read(body: &[u8]) -> Result<Message, String> {
    let Ok(mut message) = serde_json::from_slice::<Value>(body) else {
        return Err(refusal(Id::Null, -32700, "This message is not JSON."));
    };
    let id: Id = message.get("id").and_then(|id| serde_json::from_value(id.clone()).ok()).unwrap_or_default();
    let invalid = |id| refusal(id, -32600, "This message is neither a request nor an answer.");
    let Some(fields) = message.as_object_mut() else { return Err(invalid(Id::Null)) };
    // Which version of JSON-RPC it is goes without saying.
    fields.insert("jsonrpc".to_owned(), json!("2.0"));
    let request = fields.get("method").is_some_and(Value::is_string);
    let answer = !fields.contains_key("method")
        && fields.contains_key("id")
        && (fields.contains_key("result") || fields.contains_key("error"));
    if request {
        serde_json::from_value(message).map(Message::Request).map_err(|_| invalid(id))
    } else if answer {
        serde_json::from_value(message)
            .map(|answer| Message::Answer(Box::new(answer)))
            .map_err(|_| invalid(id))
    } else {
        Err(invalid(id))
    }
}

fn refusal(id: Id, code: i64, message: &str) -> String {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}).to_string()
}

/// What came in.
#[derive(Debug, PartialEq, Eq)]
enum Frame {
    Message(Vec<u8>),
    /// What cannot be a message, and why.
    Broken(&'static str),
}

/// The frames of standard input, read on a thread of their own: it waits there while the server works.
fn frames() -> mpsc::UnboundedReceiver<Frame> {
    let (send, receive) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let mut input = std::io::BufReader::with_capacity(64 * 1024, std::io::stdin());
        let mut lost = false;
        while let Some(frame) = next_frame(&mut input, &mut lost) {
            if send.send(frame).is_err() {
                return;
            }
        }
    });
    receive
}

/// The next frame; `None` at the end of the input. `lost` tells that the last one was broken, so that
/// nobody knows where the next one begins.
fn next_frame(input: &mut impl BufRead, lost: &mut bool) -> Option<Frame> {
    let mut named = std::mem::take(lost);
    if named {
        seek_header(input)?;
    }
    let mut length: Option<u64> = None;
    let mut begun = false;
    loop {
        let mut line = if std::mem::take(&mut named) { START.to_vec() } else { Vec::new() };
        input.take(MAX_HEADER).read_until(b'\n', &mut line).ok().filter(|count| *count > 0)?;
        let Some(line) = line.strip_suffix(b"\n") else {
            // Something that goes on without end, or the end of the input.
            *lost = true;
            return (line.len() as u64 >= MAX_HEADER).then_some(Frame::Broken("This is no header."));
        };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            match length {
                Some(_) => break,
                // An empty line between messages says nothing.
                None if !begun => continue,
                None => {
                    *lost = true;
                    return Some(Frame::Broken("A header without Content-Length."));
                }
            }
        }
        begun = true;
        let text = String::from_utf8_lossy(line);
        if let Some((name, value)) = text.split_once(':')
            && name.trim().to_ascii_lowercase().ends_with("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
    let length = length?;
    if length > MAX_MESSAGE {
        std::io::copy(&mut input.take(length), &mut std::io::sink()).ok()?;
        return Some(Frame::Broken("This message is too large."));
    }
    // What a header promises need not come, so nothing is set aside for it.
    let mut body = Vec::new();
    input.take(length).read_to_end(&mut body).ok()?;
    (body.len() as u64 == length).then_some(Frame::Message(body))
}

/// The name of the header that counts, as almost everybody writes it.
const START: &[u8] = b"Content-Length:";

/// Leaves out what stands in front of the next header, and its name; `None` at the end of the input.
fn seek_header(input: &mut impl BufRead) -> Option<()> {
    let mut found = 0;
    for byte in input.bytes() {
        let byte = byte.ok()?;
        // Its first letter comes once in it, so nothing else of it can be the beginning of it.
        found = if START.get(found) == Some(&byte) {
            found + 1
        } else {
            usize::from(START.first() == Some(&byte))
        };
        if found == START.len() {
            return Some(());
        }
    }
    None
}

fn write(mut messages: mpsc::Receiver<String>) {
    let mut output = std::io::stdout().lock();
    while let Some(text) = messages.blocking_recv() {
        let sent =
            write!(output, "Content-Length: {}\r\n\r\n{text}", text.len()).and_then(|()| output.flush());
        if sent.is_err() {
            // The client has closed its end; that is seen where its input ends.
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<Frame> {
        let mut input = std::io::BufReader::with_capacity(16, bytes);
        let mut lost = false;
        std::iter::from_fn(|| next_frame(&mut input, &mut lost)).collect()
    }

    #[test]
    fn what_is_broken_costs_no_more_than_itself() {
        let good = Frame::Message(b"{}".to_vec());
        for (broken, answers) in [
            ("Content-Length: x\r\n\r\n{\"a\":1}", 1),
            ("Content-Length: -1\r\n\r\n", 1),
            ("Content-Length: 99999999999999999999\r\n\r\n{}", 1),
            ("nonsense\r\n\r\n", 1),
            ("\r\n\r\n", 0),
            ("Content-Type: x\r\n", 0),
        ] {
            let text = format!("{broken}Content-Length: 2\r\n\r\n{{}}content-length:2\n\n{{}}");
            let frames = all(text.as_bytes());
            let bad = frames.iter().filter(|frame| matches!(frame, Frame::Broken(_))).count();
            assert_eq!((bad, frames.len()), (answers, answers + 2), "{broken:?}: {frames:?}");
            assert_eq!(frames.last(), Some(&good));
        }
        assert_eq!(all(b"Content-Length: 9\r\n\r\n{}"), []);
        assert_eq!(all(b"Content-Le"), []);
    }
}
