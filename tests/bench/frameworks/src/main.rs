//! One server, built on `tower-lsp` and on `tower-lsp-server`, asked to end.
//!
//!     cargo run --release --manifest-path tests/bench/frameworks/Cargo.toml
//!
//! Prints a table. A process that has not ended after five is killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(5);

macro_rules! server {
    ($module:ident, $library:ident, $types:path, [$($attribute:meta)*]) => {
        mod $module {
            use $library::jsonrpc::Result;
            use $library::{LanguageServer, LspService, Server};
            use $types as types;

            struct Backend;

            $(#[$attribute])*
            impl LanguageServer for Backend {
                async fn initialize(&self, _: types::InitializeParams) -> Result<types::InitializeResult> {
                    Ok(types::InitializeResult::default())
                }
                async fn shutdown(&self) -> Result<()> {
                    Ok(())
                }
            }

            pub(crate) async fn serve() {
                let (service, socket) = LspService::new(|_| Backend);
                Server::new(tokio::io::stdin(), tokio::io::stdout(), socket).serve(service).await;
            }
        }
    };
}

server!(old, tower_lsp, tower_lsp::lsp_types, [tower_lsp::async_trait]);
server!(new, tower_lsp_server, tower_lsp_server::ls_types, []);

struct Client {
    server: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Client {
    fn start(library: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut server = Command::new(program)
            .arg(library)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server");
        let answers = BufReader::new(server.stdout.take().expect("its output"));
        let mut client = Self { server, answers };
        client.send(&json!({"id": 0, "method": "initialize", "params": {"capabilities": {}}}));
        client.receive();
        client.send(&json!({"method": "initialized", "params": {}}));
        client
    }

    fn send(&mut self, message: &Value) {
        let mut message = message.clone();
        message["jsonrpc"] = "2.0".into();
        let text = message.to_string();
        let input = self.server.stdin.as_mut().expect("its input");
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("a message");
        input.flush().expect("a message");
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.answers.read_line(&mut line).expect("a header");
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().expect("a length");
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut bytes = vec![0; length];
        self.answers.read_exact(&mut bytes).expect("an answer");
        serde_json::from_slice(&bytes).expect("JSON")
    }
}

/// How long the process lives on after `shutdown` and `exit`, its input held open.
fn end(library: &str) -> String {
    let mut client = Client::start(library);
    client.send(&json!({"id": 1, "method": "shutdown"}));
    client.receive();
    client.send(&json!({"method": "exit"}));
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if client.server.try_wait().expect("a state").is_some() {
            return format!("ends after {:.1} s", start.elapsed().as_secs_f64());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    client.server.kill().expect("an end");
    client.server.wait().expect("an end");
    format!("still runs after {} s", PATIENCE.as_secs())
}

#[tokio::main]
async fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("old") => return old::serve().await,
        Some("new") => return new::serve().await,
        _ => {}
    }
    println!("| | `tower-lsp` 0.20 | `tower-lsp-server` 0.23 |");
    println!("| --- | --- | --- |");
    println!("| process after `shutdown` and `exit`, input held open | {} | {} |", end("old"), end("new"));
}
