//! A real blob store: Azurite, installed once into the cache and started once for all tests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use crate::wire;

pub(crate) const ACCOUNT: &str = "devstoreaccount1";

/// Known to everybody: the key of every Azurite.
pub(crate) const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

struct Azurite {
    port: u16,
    talk: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    // It ends with its input, that is, with the tests.
    _child: Child,
}

/// A container of one test.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) port: u16,
    /// A signature for it.
    pub(crate) sas: String,
}

fn azurite() -> &'static Azurite {
    static AZURITE: OnceLock<Azurite> = OnceLock::new();
    AZURITE.get_or_init(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/e2e/azurite");
        let installed = Command::new(here.join("install")).stderr(Stdio::inherit()).output().expect("bash");
        assert!(installed.status.success(), "Azurite is not installed");
        let folder = String::from_utf8_lossy(&installed.stdout).trim().to_owned();
        let mut child = Command::new("node")
            .arg(here.join("serve.mjs"))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node");
        let input = child.stdin.take().expect("input");
        let mut output = BufReader::new(child.stdout.take().expect("output"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        let port = line.trim().parse().expect("a port");
        Azurite { port, talk: Mutex::new((input, output)), _child: child }
    })
}

impl Container {
    /// A new container.
    pub(crate) fn new() -> Self {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        let name = format!("store-{}", NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let azurite = azurite();
        let mut talk = azurite.talk.lock().expect("no panic");
        writeln!(talk.0, "{name}").and_then(|()| talk.0.flush()).expect("it listens");
        let mut sas = String::new();
        talk.1.read_line(&mut sas).expect("a line");
        let sas = sas.trim().to_owned();
        assert!(sas.contains("sig="), "{sas}");
        Self { name, port: azurite.port, sas }
    }

    fn get(&self, target: &str) -> String {
        let host = ("host".to_owned(), format!("127.0.0.1:{}", self.port));
        let bytes = wire::send(self.port, "GET", &format!("/{ACCOUNT}/{target}"), &[host], &[]);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The paths of all blobs, sorted.
    pub(crate) fn paths(&self) -> Vec<String> {
        let text = self.get(&format!("{}?restype=container&comp=list&{}", self.name, self.sas));
        let mut out: Vec<String> = text
            .split("<Name>")
            .skip(1)
            .filter_map(|rest| rest.split("</Name>").next())
            .map(str::to_owned)
            .collect();
        out.sort();
        out
    }

    /// The head and the content of a blob.
    pub(crate) fn blob(&self, path: &str) -> (String, String) {
        let text = self.get(&format!("{}/{path}?{}", self.name, self.sas));
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer");
        (head.to_ascii_lowercase(), body.to_owned())
    }
}
