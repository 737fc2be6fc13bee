//! The blob service of a storage account: just the requests that an upload needs, each bounded, checked
//! and tried again. It must not know what is uploaded.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use azure_core::credentials::Secret;
use azure_core::time::{OffsetDateTime, to_rfc7231};
use azure_core::{Bytes, Uuid, base64};
use http_body::{Body as HttpBody, Frame, SizeHint};
use reqwest::header::{ACCEPT, CONTENT_LENGTH, HeaderMap, HeaderName, IF_NONE_MATCH};
use reqwest::{Body, Client, Method, Response};
use tokio::io::{AsyncRead as _, ReadBuf};
use url::Url;

use crate::answer;
use crate::arm::Delays;
use crate::clouds::checked;
use crate::error::{Error, Result};
use crate::http;
use crate::spoken::tidy;

/// The version of the interface.
const VERSION: &str = "2023-11-03";

/// How often a request is tried again.
const RETRIES: u32 = 3;

/// A file is sent in pieces of this size. In bytes.
const PIECE: usize = 64 * 1024;

/// How requests are allowed.
pub(crate) enum Access {
    /// By a signature in the query.
    Sas(Secret),
    /// By a token.
    Token(Secret),
}

/// A container of a storage account.
pub(crate) struct BlobService {
    /// The container, without a slash at the end.
    container: String,
    access: Access,
    client: Client,
    delays: Delays,
    /// The bytes that were handed to the network, ever.
    moved: Arc<AtomicU64>,
}

/// What is known of a blob.
pub(crate) struct Known {
    pub(crate) bytes: u64,
    pub(crate) md5: Option<[u8; 16]>,
    /// The mark of an upload.
    pub(crate) status: Option<String>,
}

/// What is put.
pub(crate) enum Blob {
    Memory(Bytes),
    Disk { path: PathBuf, bytes: u64 },
}

/// What became of it.
pub(crate) enum Put {
    Done,
    /// Something is there, and was left alone.
    IsThere,
}

/// Why something was not put.
pub(crate) enum Checked {
    /// The service got other bytes than those whose MD5 was told.
    Differs,
    /// Anything else.
    Failed(Box<Error>),
}

impl From<Error> for Checked {
    fn from(error: Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// A request, so that it can be made again.
struct Request<'a> {
    method: Method,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    headers: &'a [(&'a str, &'a str)],
    body: Option<&'a Blob>,
}

impl BlobService {
    /// The container at an address.
    pub(crate) fn new(container: String, access: Access, delays: Delays) -> Result<Self> {
        let client = http::client_for_uploads(&checked(&container)?, delays.answer)?;
        Ok(Self { container, access, client, delays, moved: Arc::default() })
    }

    pub(crate) fn container_url(&self) -> &str {
        &self.container
    }

    /// What is known of a blob; `None` if there is none.
    pub(crate) async fn head(&self, path: &str) -> Result<Option<Known>> {
        let request = Request { method: Method::HEAD, path, query: &[], headers: &[], body: None };
        let response = self.send(&request).await?;
        if response.status().as_u16() == 404 {
            // Without the container nothing could be put either, which then says so.
            return Ok(None);
        }
        if !response.status().is_success() {
            return Err(self.refused(response).await);
        }
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let md5 = header("content-md5").and_then(|text| base64::decode(text).ok());
        Ok(Some(Known {
            bytes: header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0),
            md5: md5.and_then(|bytes| bytes.try_into().ok()),
            status: header("x-ms-meta-upload_status").map(str::to_owned),
        }))
    }

    /// Puts a blob in one request; `new` leaves alone what is there.
    pub(crate) async fn put(
        &self,
        path: &str,
        content: &Blob,
        md5: Option<[u8; 16]>,
        new: bool,
    ) -> std::result::Result<Put, Checked> {
        let md5 = md5.map(base64::encode);
        let mut headers = vec![("x-ms-blob-type", "BlockBlob"), ("content-type", "application/octet-stream")];
        headers.extend(md5.as_deref().map(|md5| ("content-md5", md5)));
        headers.extend(new.then_some((IF_NONE_MATCH.as_str(), "*")));
        let request =
            Request { method: Method::PUT, path, query: &[], headers: &headers, body: Some(content) };
        self.put_done(&request).await
    }

    /// Puts a block of a blob, which nobody sees until the list of blocks is put.
    pub(crate) async fn put_block(&self, path: &str, id: &str, bytes: Bytes, md5: [u8; 16]) -> Result<()> {
        let (md5, body) = (base64::encode(md5), Blob::Memory(bytes));
        let request = Request {
            method: Method::PUT,
            path,
            query: &[("comp", "block"), ("blockid", id)],
            headers: &[("content-type", "application/octet-stream"), ("content-md5", &md5)],
            body: Some(&body),
        };
        match self.put_done(&request).await {
            Ok(_) => Ok(()),
            Err(Checked::Failed(error)) => Err(*error),
            Err(Checked::Differs) => Err(self.broken("Md5Mismatch", "the bytes were damaged on the way")),
        }
    }

    /// Makes a blob of its blocks.
    pub(crate) async fn put_block_list(
        &self,
        path: &str,
        ids: &[String],
        md5: [u8; 16],
        new: bool,
    ) -> Result<Put> {
        let mut list = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
        for id in ids {
            list.push_str(&format!("<Latest>{id}</Latest>"));
        }
        list.push_str("</BlockList>");
        let md5 = base64::encode(md5);
        let mut headers = vec![
            ("content-type", "application/xml"),
            ("x-ms-blob-content-type", "application/octet-stream"),
            ("x-ms-blob-content-md5", &*md5),
        ];
        headers.extend(new.then_some((IF_NONE_MATCH.as_str(), "*")));
        let body = Blob::Memory(list.into());
        let query = [("comp", "blocklist")];
        let request =
            Request { method: Method::PUT, path, query: &query, headers: &headers, body: Some(&body) };
        match self.put_done(&request).await {
            Ok(put) => Ok(put),
            Err(Checked::Failed(error)) => Err(*error),
            Err(Checked::Differs) => Err(self.broken("Md5Mismatch", "the bytes were damaged on the way")),
        }
    }

    /// The blocks of a blob that no list holds yet. An answer that nobody understands names none.
    pub(crate) async fn blocks(&self, path: &str) -> Result<Vec<String>> {
        let query = [("comp", "blocklist"), ("blocklisttype", "uncommitted")];
        let request = Request { method: Method::GET, path, query: &query, headers: &[], body: None };
        let response = self.send(&request).await?;
        if !response.status().is_success() {
            return Ok(Vec::new());
        }
        let url = self.url(path, &[])?;
        let text = http::body(&url, response).await?;
        let names = text.split("<Name>").skip(1).filter_map(|rest| rest.split("</Name>").next());
        Ok(names.map(str::to_owned).collect())
    }

    /// Sets the metadata of a blob.
    pub(crate) async fn set_metadata(&self, path: &str, metadata: &[(&str, &str)]) -> Result<()> {
        let named: Vec<(String, &str)> =
            metadata.iter().map(|(name, value)| (format!("x-ms-meta-{name}"), *value)).collect();
        let headers: Vec<(&str, &str)> = named.iter().map(|(name, value)| (&**name, *value)).collect();
        let query = [("comp", "metadata")];
        let body = Blob::Memory(Bytes::new());
        let request =
            Request { method: Method::PUT, path, query: &query, headers: &headers, body: Some(&body) };
        match self.put_done(&request).await {
            Ok(_) => Ok(()),
            Err(Checked::Failed(error)) => Err(*error),
            Err(Checked::Differs) => Err(self.broken("Md5Mismatch", "the bytes were damaged on the way")),
        }
    }

    async fn put_done(&self, request: &Request<'_>) -> std::result::Result<Put, Checked> {
        let response = self.send(request).await?;
        let code = error_code(response.headers());
        match (response.status().as_u16(), code.as_deref()) {
            (200..=299, _) => Ok(Put::Done),
            (409, Some("BlobAlreadyExists") | None) | (412, _) => Ok(Put::IsThere),
            (400, Some("Md5Mismatch")) => Err(Checked::Differs),
            _ => Err(self.refused(response).await.into()),
        }
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Result<Url> {
        let mut url = checked(&self.container)?;
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(path.split('/'));
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// Sends a request, again where that may help.
    async fn send(&self, request: &Request<'_>) -> Result<Response> {
        let shown = self.url(request.path, request.query)?;
        let mut url = shown.clone();
        if let Access::Sas(sas) = &self.access {
            let all: Vec<&str> = shown.query().into_iter().chain([sas.secret()]).collect();
            url.set_query(Some(&all.join("&")));
        }
        let mut tries = 0;
        loop {
            let answer = self.send_once(request, &url).await;
            let asked = match &answer {
                Ok(response) => {
                    tracing::debug!("{} {} {}", request.method, shown.path(), response.status().as_u16());
                    let status = response.status().as_u16();
                    if !matches!(status, 408 | 429 | 500 | 502 | 503 | 504) {
                        // Every answer of the service has it; without, somebody else answered.
                        if !response.headers().contains_key("x-ms-request-id") {
                            let host = url.host_str().unwrap_or("").to_owned();
                            return Err(Error::Intercepted { host, status });
                        }
                        return answer;
                    }
                    answer::retry_after(response.headers())
                }
                Err(Error::Network { message, .. }) => {
                    tracing::debug!("{} {} {message}", request.method, shown.path());
                    None
                }
                Err(_) => return answer,
            };
            let Some(wait) = self.delays.wait(tries, asked).filter(|_| tries < RETRIES) else {
                return answer;
            };
            tries += 1;
            tokio::time::sleep(wait).await;
        }
    }

    async fn send_once(&self, request: &Request<'_>, url: &Url) -> Result<Response> {
        let now = OffsetDateTime::now_utc();
        let mut builder = self
            .client
            .request(request.method.clone(), url.clone())
            .header(ACCEPT, "application/xml")
            .header("x-ms-version", VERSION)
            .header("x-ms-date", to_rfc7231(&now))
            .header("x-ms-client-request-id", Uuid::new_v4().to_string());
        if let Access::Token(token) = &self.access {
            builder = builder.bearer_auth(token.secret());
        }
        for (name, value) in request.headers {
            builder = builder.header(*name, *value);
        }
        if let Some(blob) = request.body {
            let (sent, bytes) = Sent::of(blob, Arc::clone(&self.moved)).await?;
            builder = builder.header(CONTENT_LENGTH, bytes).body(match bytes {
                0 => Body::from(""),
                _ => Body::wrap(sent),
            });
        }
        let work = builder.send();
        let answered = watched(self.delays.answer, &self.moved, work).await;
        match answered {
            Some(answer) => answer.map_err(|error| http::network(url, &error.without_url())),
            None => Err(Error::Network {
                host: url.host_str().unwrap_or("").to_owned(),
                message: "no answer in time".to_owned(),
                why: crate::error::Unreachable::Connection,
            }),
        }
    }

    fn broken(&self, code: &str, message: &str) -> Error {
        let host = checked(&self.container).ok().and_then(|url| url.host_str().map(str::to_owned));
        Error::Storage {
            host: host.unwrap_or_default(),
            code: code.to_owned(),
            message: message.to_owned(),
            forbidden: false,
        }
    }

    /// What a refusal means.
    async fn refused(&self, response: Response) -> Error {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let host = response.url().host_str().unwrap_or("").to_owned();
        let Ok(url) = checked(&self.container) else { return self.broken("", "") };
        let text = http::body(&url, response).await.unwrap_or_default();
        let secret = match &self.access {
            Access::Sas(secret) | Access::Token(secret) => secret.secret(),
        };
        let code = error_code(&headers);
        if matches!(status, 401 | 403)
            && let Some(error) = answer::clock(&headers)
        {
            return error;
        }
        let said = text.split("<Message>").nth(1).and_then(|rest| rest.split("</Message>").next());
        // The rest are identifiers for the service's own people.
        let said = said.and_then(|text| text.lines().next()).unwrap_or("");
        let message = match tidy(said, &[secret], 300) {
            message if message.is_empty() => format!("HTTP {status}"),
            message => message,
        };
        let code = code.map_or_else(|| status.to_string(), |code| tidy(&code, &[secret], 100));
        Error::Storage { host, code, message, forbidden: status == 403 }
    }
}

fn error_code(headers: &HeaderMap) -> Option<String> {
    const NAME: HeaderName = HeaderName::from_static("x-ms-error-code");
    headers.get(NAME).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Does some work as long as something moves: an upload may take long, and ends where nothing is sent and
/// nothing comes for `limit`.
async fn watched<T>(limit: Duration, moved: &AtomicU64, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    loop {
        let before = moved.load(Ordering::Relaxed);
        if let Ok(done) = tokio::time::timeout(limit, work.as_mut()).await {
            return Some(done);
        }
        if moved.load(Ordering::Relaxed) == before {
            return None;
        }
    }
}

/// A body that counts what it hands over, in small pieces.
struct Sent {
    source: Source,
    left: u64,
    moved: Arc<AtomicU64>,
}

enum Source {
    Memory(Bytes),
    Disk(tokio::fs::File),
}

impl Sent {
    async fn of(blob: &Blob, moved: Arc<AtomicU64>) -> Result<(Self, u64)> {
        let (source, left) = match blob {
            Blob::Memory(bytes) => (Source::Memory(bytes.clone()), bytes.len() as u64),
            Blob::Disk { path, bytes } => {
                let open = tokio::fs::File::open(path).await;
                let open = open.map_err(|error| Error::disk(&path.display().to_string(), &error))?;
                (Source::Disk(open), *bytes)
            }
        };
        Ok((Self { source, left, moved }, left))
    }
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, std::io::Error>>> {
        let most = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        if most == 0 {
            return Poll::Ready(None);
        }
        let bytes = match &mut self.source {
            Source::Memory(bytes) => bytes.split_to(most.min(bytes.len())),
            Source::Disk(file) => {
                let mut room = vec![0; most];
                let mut buffer = ReadBuf::new(&mut room);
                match Pin::new(file).poll_read(cx, &mut buffer) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(Ok(())) => Bytes::copy_from_slice(buffer.filled()),
                }
            }
        };
        if bytes.is_empty() {
            // The file became shorter; the request fails, and reading it again tells.
            return Poll::Ready(Some(Err(std::io::ErrorKind::UnexpectedEof.into())));
        }
        self.left -= bytes.len() as u64;
        self.moved.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
