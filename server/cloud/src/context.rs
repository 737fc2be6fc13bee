//! A build context as it is sent: its hash, which names the place that it goes to, and the upload of its
//! files, of which a mark on the first one tells that all are there. It must not know what is built.
//!
//! Source of hash, places, mark and order: azure-ai-ml 1.35.2, measured on the wire.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ring::digest::{self, SHA256};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::blob::{Blob, BlobService, Checked, Known, Put};
use crate::error::{Error, Result};

/// What the hash begins with.
const SEED: &[u8] = b"Initialize for october 2021 AML CLI version";

/// Files up to this size are read into memory, larger ones are streamed. In bytes.
const IN_MEMORY: u64 = 4 * 1024 * 1024;

/// Files above this size go as a list of blocks, as with the official client. In bytes.
const IN_ONE: u64 = 64 * 1024 * 1024;

/// The size of a block. In bytes.
const BLOCK: usize = 4 * 1024 * 1024;

/// So many requests are under way at a time; with what each may hold, this bounds the memory.
const PARALLEL: usize = 16;

/// Where contexts go, and where an older client put them.
const PLACES: [&str; 2] = ["LocalUpload", "az-ml-artifacts"];

/// The name in the mark that says that all files are there, and its value.
const MARK: (&str, &str) = ("upload_status", "completed");

/// A folder that can be uploaded.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The name of the folder.
    pub name: String,
    /// Its files; the first one carries the mark.
    pub files: Vec<ContextFile>,
    /// What is hashed, in order: a name, and behind it the content of a file by its number.
    pub hashed: Vec<(String, Option<usize>)>,
}

/// A file of it.
#[derive(Clone, Debug)]
pub struct ContextFile {
    /// The path from the folder, `/` between its parts.
    pub path: String,
    /// Its size when the folder was looked at.
    pub bytes: u64,
    /// What is in it.
    pub content: Content,
}

/// What is in a file.
#[derive(Clone, Debug)]
pub enum Content {
    /// That of a file of this machine.
    Disk(PathBuf),
    /// This.
    Made(Arc<[u8]>),
}

/// What reading a folder once gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// The hash of the folder, in hexadecimal digits.
    pub hash: String,
    /// The MD5 of each file, which the service checks what it gets against.
    pub md5: Vec<[u8; 16]>,
}

/// Reads all files once.
///
/// # Errors
///
/// [`Error::Disk`] for a file that cannot be read, [`Error::Changed`] for one that is not as long as it
/// was when the folder was looked at, [`Error::Cancelled`].
pub fn digest(folder: &Folder, cancel: &AtomicBool) -> Result<Digests> {
    let mut sha = digest::Context::new(&SHA256);
    sha.update(SEED);
    let mut md5: Vec<Option<[u8; 16]>> = vec![None; folder.files.len()];
    for (name, number) in &folder.hashed {
        sha.update(name.as_bytes());
        if let Some(number) = number
            && let (Some(file), Some(slot)) = (folder.files.get(*number), md5.get_mut(*number))
        {
            *slot = Some(read_whole(file, cancel, |bytes| sha.update(bytes))?);
        }
    }
    let hash = sha.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let filled = folder.files.iter().zip(md5).map(|(file, known)| match known {
        Some(known) => Ok(known),
        // What is kept out of the hash with its folder is sent all the same.
        None => read_whole(file, cancel, |_| {}),
    });
    Ok(Digests { hash, md5: filled.collect::<Result<_>>()? })
}

/// Hands over the content of a file piece by piece, and gives its MD5.
fn read_whole(file: &ContextFile, cancel: &AtomicBool, mut take: impl FnMut(&[u8])) -> Result<[u8; 16]> {
    let mut md5 = md5::Context::new();
    match &file.content {
        Content::Made(bytes) => {
            md5.consume(bytes);
            take(bytes);
        }
        Content::Disk(path) => {
            let disk = |error: std::io::Error| Error::disk(&path.display().to_string(), &error);
            let mut open = File::open(path).map_err(disk)?;
            let mut buffer = vec![0; usize::try_from(file.bytes).unwrap_or(BLOCK).clamp(1, 256 * 1024)];
            let mut seen = 0;
            loop {
                if cancel.load(Ordering::Relaxed) {
                    return Err(Error::Cancelled { sent: false });
                }
                let count = open.read(&mut buffer).map_err(disk)?;
                let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
                seen += count as u64;
                md5.consume(bytes);
                take(bytes);
            }
            if seen != file.bytes {
                return Err(Error::Changed { path: file.path.clone() });
            }
        }
    }
    Ok(md5.finalize().0)
}

/// What has been sent so far.
#[derive(Debug, Default)]
pub struct Progress {
    /// How many files are there, sent now or before.
    pub files: AtomicU64,
    /// How many bytes of them.
    pub bytes: AtomicU64,
}

/// A folder on its way.
pub(crate) struct Sending<'a> {
    pub(crate) service: Arc<BlobService>,
    /// Whether the container is for this context alone, so that the folder stands at its top.
    pub(crate) in_root: bool,
    pub(crate) folder: Arc<Folder>,
    pub(crate) digests: &'a Digests,
    /// What the mark says besides: the environment that the upload was made for.
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) progress: Arc<Progress>,
}

impl Sending<'_> {
    /// Sees to it that all files are there, and gives the address of the folder. What an earlier run has
    /// sent is not sent again. Until the mark is set, nobody takes the folder for whole.
    pub(crate) async fn run(&self) -> Result<String> {
        let Some(first) = self.folder.files.first() else {
            let message = "the context has no files".to_owned();
            return Err(Error::Context { message, next: "Look at .amlignore." });
        };
        let [place, older] = PLACES;
        let marked = self.path(place, &first.path);
        let known = self.service.head(&marked).await?;
        if let Some(known) = &known {
            // The older place counts where both are whole, as with the official client.
            let older_path = self.path(older, &first.path);
            if !self.in_root && self.service.head(&older_path).await?.is_some_and(|known| is_whole(&known)) {
                return Ok(self.address(older));
            }
            if is_whole(known) {
                tracing::debug!("the context is there already");
                return Ok(self.address(place));
            }
        }
        self.send(known.is_some()).await?;
        let mark = [(MARK.0, MARK.1), ("name", self.name), ("version", self.version)];
        self.service.set_metadata(&marked, &mark).await?;
        Ok(self.address(place))
    }

    /// Sends the files. The first one goes first, so that a run that ends early is seen by the next one,
    /// and by the official client, which then overwrites.
    async fn send(&self, resumed: bool) -> Result<()> {
        let slots = Arc::new(Semaphore::new(PARALLEL));
        let mut running: JoinSet<Result<()>> = JoinSet::new();
        for (number, (file, md5)) in self.folder.files.iter().zip(&self.digests.md5).enumerate() {
            let path = self.path(PLACES[0], &file.path);
            if file.bytes > IN_ONE {
                self.send_blocks(number, &path, *md5, resumed, &slots, &mut running).await?;
                self.sent(file);
                continue;
            }
            let slot = acquire(&slots).await?;
            let (service, progress) = (Arc::clone(&self.service), Arc::clone(&self.progress));
            let (file, md5) = (file.clone(), *md5);
            running.spawn(async move {
                let _slot = slot;
                send_whole(&service, &file, &path, md5, resumed).await?;
                progress.files.fetch_add(1, Ordering::Relaxed);
                progress.bytes.fetch_add(file.bytes, Ordering::Relaxed);
                Ok(())
            });
            if number == 0 {
                finish(&mut running).await?;
            }
            // A failure ends it as soon as it is known.
            while let Some(done) = running.try_join_next() {
                joined(done)?;
            }
        }
        finish(&mut running).await
    }

    fn sent(&self, file: &ContextFile) {
        self.progress.files.fetch_add(1, Ordering::Relaxed);
        self.progress.bytes.fetch_add(file.bytes, Ordering::Relaxed);
    }

    /// Sends a large file block by block, several at a time; blocks that are there are not sent again.
    async fn send_blocks(
        &self,
        number: usize,
        path: &str,
        md5: [u8; 16],
        resumed: bool,
        slots: &Arc<Semaphore>,
        running: &mut JoinSet<Result<()>>,
    ) -> Result<()> {
        let Some(file) = self.folder.files.get(number) else { return Ok(()) };
        if resumed && self.service.head(path).await?.is_some_and(|known| is_same(&known, file, md5)) {
            return Ok(());
        }
        let there = if resumed { self.service.blocks(path).await? } else { Vec::new() };
        let mut whole = md5::Context::new();
        let mut ids = Vec::new();
        let mut at = 0;
        while at < file.bytes {
            let slot = acquire(slots).await?;
            let length = usize::try_from(file.bytes - at).unwrap_or(BLOCK).min(BLOCK);
            let bytes = piece(file, at, length).await?;
            whole.consume(&bytes);
            let block = md5::compute(&bytes).0;
            let id = azure_core::base64::encode(format!("{:08}-{}", ids.len(), hexadecimal(&block)));
            ids.push(id.clone());
            at += length as u64;
            if there.contains(&id) {
                continue;
            }
            let (service, path) = (Arc::clone(&self.service), path.to_owned());
            running.spawn(async move {
                let _slot = slot;
                service.put_block(&path, &id, bytes.into(), block).await
            });
            while let Some(done) = running.try_join_next() {
                joined(done)?;
            }
        }
        finish(running).await?;
        if whole.finalize().0 != md5 {
            return Err(Error::Changed { path: file.path.clone() });
        }
        match self.service.put_block_list(path, &ids, md5, !resumed).await? {
            Put::Done => Ok(()),
            Put::IsThere => {
                let known = self.service.head(path).await?;
                if known.is_some_and(|known| is_same(&known, file, md5)) {
                    return Ok(());
                }
                self.service.put_block_list(path, &ids, md5, false).await.map(drop)
            }
        }
    }

    /// The path of a blob in the container.
    fn path(&self, place: &str, file: &str) -> String {
        format!("{}{file}", self.below(place))
    }

    /// The address of the folder. The service wants the slash at its end; nothing in it is encoded, as
    /// with the official client.
    fn address(&self, place: &str) -> String {
        format!("{}/{}", self.service.container_url(), self.below(place))
    }

    /// The folder in the container.
    fn below(&self, place: &str) -> String {
        match self.in_root {
            true => format!("{}/", self.folder.name),
            false => format!("{place}/{}/{}/", self.digests.hash, self.folder.name),
        }
    }
}

/// Sends a file in one request.
async fn send_whole(
    service: &BlobService,
    file: &ContextFile,
    path: &str,
    md5: [u8; 16],
    resumed: bool,
) -> Result<()> {
    // Of small files asking costs as much as sending.
    if resumed
        && file.bytes > 64 * 1024
        && service.head(path).await?.is_some_and(|known| is_same(&known, file, md5))
    {
        return Ok(());
    }
    let content = match &file.content {
        Content::Made(bytes) => Blob::Memory(bytes.to_vec().into()),
        Content::Disk(_) if file.bytes <= IN_MEMORY => {
            let length = usize::try_from(file.bytes).unwrap_or(0);
            let bytes = piece(file, 0, length).await?;
            if md5::compute(&bytes).0 != md5 {
                return Err(Error::Changed { path: file.path.clone() });
            }
            Blob::Memory(bytes.into())
        }
        Content::Disk(disk) => Blob::Disk { path: disk.clone(), bytes: file.bytes },
    };
    let check = (file.bytes > 0).then_some(md5);
    let put = |new: bool| service.put(path, &content, check, new);
    let done = match put(!resumed).await {
        // An earlier run that ended early, another one beside this, or an answer that got lost.
        Ok(Put::IsThere) => match service.head(path).await? {
            Some(known) if is_same(&known, file, md5) => Ok(Put::Done),
            _ => put(false).await,
        },
        other => other,
    };
    match done {
        Ok(_) => Ok(()),
        Err(Checked::Differs) => Err(Error::Changed { path: file.path.clone() }),
        Err(Checked::Failed(error)) if matches!(content, Blob::Disk { .. }) => {
            // Stores word it differently, and a file that became shorter breaks the connection.
            Err(if is_changed(file, md5).await { Error::Changed { path: file.path.clone() } } else { *error })
        }
        Err(Checked::Failed(error)) => Err(*error),
    }
}

/// Whether a file is other than when it was hashed.
async fn is_changed(file: &ContextFile, md5: [u8; 16]) -> bool {
    let file = file.clone();
    let again = tokio::task::spawn_blocking(move || read_whole(&file, &AtomicBool::new(false), |_| {}));
    match again.await {
        Ok(Ok(now)) => now != md5,
        Ok(Err(error)) => matches!(error, Error::Changed { .. }),
        Err(_) => false,
    }
}

/// A piece of a file, read beside the other work.
async fn piece(file: &ContextFile, at: u64, length: usize) -> Result<Vec<u8>> {
    let path = match &file.content {
        Content::Disk(path) => path.clone(),
        Content::Made(bytes) => {
            let start = usize::try_from(at).unwrap_or(usize::MAX);
            return Ok(bytes.get(start..start.saturating_add(length)).unwrap_or(&[]).to_vec());
        }
    };
    let name = file.path.clone();
    let read = tokio::task::spawn_blocking(move || read_piece(&path, at, length));
    match read.await {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => Err(Error::Changed { path: name }),
        Ok(Err((path, error))) => Err(Error::disk(&path, &error)),
        Err(_) => Err(Error::Disk { path: name, message: "reading it was broken off".to_owned() }),
    }
}

/// `None` where the file ends before.
fn read_piece(
    path: &Path,
    at: u64,
    length: usize,
) -> std::result::Result<Option<Vec<u8>>, (String, std::io::Error)> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut open = File::open(path)?;
        if at > 0 {
            open.seek(std::io::SeekFrom::Start(at))?;
        }
        let mut bytes = Vec::with_capacity(length);
        open.take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| (path.display().to_string(), error))?;
    Ok((bytes.len() == length).then_some(bytes))
}

async fn acquire(slots: &Arc<Semaphore>) -> Result<tokio::sync::OwnedSemaphorePermit> {
    // Nobody closes it.
    Arc::clone(slots).acquire_owned().await.map_err(|_| Error::Cancelled { sent: false })
}

async fn finish(running: &mut JoinSet<Result<()>>) -> Result<()> {
    while let Some(done) = running.join_next().await {
        joined(done)?;
    }
    Ok(())
}

fn joined(done: std::result::Result<Result<()>, tokio::task::JoinError>) -> Result<()> {
    done.unwrap_or_else(|_| {
        let message = "a part of the upload failed inside".to_owned();
        Err(Error::Context { message, next: "Please report it." })
    })
}

fn is_whole(known: &Known) -> bool {
    known.status.as_deref() == Some(MARK.1)
}

fn is_same(known: &Known, file: &ContextFile, md5: [u8; 16]) -> bool {
    // Of an empty file there is nothing to compare but that it is one.
    known.bytes == file.bytes && (file.bytes == 0 || known.md5 == Some(md5))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
