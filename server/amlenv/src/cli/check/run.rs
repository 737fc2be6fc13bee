//! One run: paths to files, files to findings, fixes into files.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use amlenv_analysis::{
    Applicability, Edit, Embedded, File, FileKind, FilePath, Finding, MAX_BYTES, Settings, Severity,
    Workspace, classify_named, diagnostics, rules, secrets_of,
};
use amlenv_syntax::HostRange;
use globset::GlobSet;

use super::Args;
use crate::configuration::Configurations;
use crate::disk::{self, Read};
use crate::fix;
use crate::render::{Report, Source};
use crate::walk;

/// A file to judge, or the finding that it cannot be read.
pub(super) struct Target {
    path: PathBuf,
    named: bool,
}

pub(super) struct Run<'a> {
    args: &'a Args,
    roots: Vec<FilePath>,
    workspace: Workspace,
    /// The files to judge with their settings, or the finding that stands for them.
    judged: BTreeMap<FilePath, Result<Settings, Box<Finding>>>,
    /// The files that fixes have changed, with the texts that they had.
    changed: BTreeMap<FilePath, Arc<str>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(args: &'a Args, paths: &[PathBuf]) -> Self {
        let roots = roots(paths, args.stdin_filename.as_deref());
        Self {
            args,
            roots: roots.clone(),
            workspace: Workspace::new(roots),
            judged: BTreeMap::new(),
            changed: BTreeMap::new(),
        }
    }

    /// The files that the paths mean; `only`, where it is given, are the files that count.
    pub(super) fn targets(
        &self,
        paths: &[PathBuf],
        exclude: &GlobSet,
        only: Option<&BTreeSet<PathBuf>>,
        configurations: &mut Configurations,
    ) -> Vec<Target> {
        let counts = |path: &Path| only.is_none_or(|only| only.contains(&disk::real(path)));
        let mut out = Vec::new();
        for path in paths {
            if path.is_dir() {
                for found in walk::files(path, self.args.no_ignore) {
                    let found = found.as_path();
                    if exclude.is_match(found) {
                        continue;
                    }
                    if !counts(found) {
                        continue;
                    }
                    let relative = found.strip_prefix("./").unwrap_or(found);
                    if exclude.is_match(relative) || relative.ancestors().any(|part| exclude.is_match(part)) {
                        continue;
                    }
                    let absolute = std::path::absolute(found).unwrap_or_else(|_| found.to_path_buf());
                    if configurations
                        .of(&absolute, &self.roots)
                        .is_some_and(|loaded| loaded.excludes(&absolute))
                    {
                        continue;
                    }
                    out.push(Target { path: found.to_path_buf(), named: false });
                }
            } else if path == Path::new("-") || counts(path) {
                out.push(Target { path: path.clone(), named: true });
            }
        }
        out
    }

    /// Reads and classifies the files, on all threads, and tells the core about the disk.
    pub(super) fn load(
        &mut self,
        targets: Vec<Target>,
        configurations: &mut Configurations,
    ) -> anyhow::Result<()> {
        let forced = self.args.kind;
        let loaded =
            self.parallel(&targets, |target| load_one(target, self.args.stdin_filename.as_deref(), forced));
        for (target, loaded) in targets.iter().zip(loaded) {
            let Some((path, loaded)) = loaded else { continue };
            let real = PathBuf::from(path.as_str());
            let settings =
                configurations.of(&real, &self.roots).map(|found| found.settings(&real)).unwrap_or_default();
            let settings = overridden(settings, self.args);
            match loaded {
                Ok(file) => {
                    self.workspace.insert(Arc::new(file));
                    self.judged.insert(path, Ok(settings));
                }
                Err((code, message)) => {
                    let rule = rules::find(code).ok_or_else(|| anyhow::anyhow!("no rule {code}"))?;
                    // A file that was met on a walk and is no text is most likely none of ours, unless its name is.
                    let _ = target;
                    if let Some(severity) = settings.severity_of(rule, rule.severity)
                        && let Some(found) =
                            finding(code, severity, &message, path.clone(), HostRange::empty(0))
                    {
                        self.judged.insert(path, Err(Box::new(found)));
                    }
                }
            }
        }
        configurations.supply(&mut self.workspace);
        self.supply();
        Ok(())
    }

    /// The workspace, and the files in it that were asked for.
    pub(super) fn into_workspace(self) -> (Workspace, Vec<FilePath>) {
        (self.workspace, self.judged.into_keys().collect())
    }

    fn supply(&mut self) {
        let paths: Vec<FilePath> = self.judged.keys().cloned().collect();
        for path in &paths {
            disk::supply(&mut self.workspace, path);
        }
    }

    /// Runs `work` over all items on several threads; the results in the order of the items.
    fn parallel<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
        let available = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = self.args.jobs.unwrap_or(available).clamp(1, 64).min(items.len().max(1));
        let next = AtomicUsize::new(0);
        let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|_| {
                    scope.spawn(|| {
                        let mut out = Vec::new();
                        loop {
                            let at = next.fetch_add(1, Ordering::Relaxed);
                            let Some(item) = items.get(at) else { return out };
                            out.push((at, work(item)));
                        }
                    })
                })
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| match worker.join() {
                    Ok(results) => results,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
                .collect()
        });
        results.sort_by_key(|(at, _)| *at);
        results.into_iter().map(|(_, result)| result).collect()
    }

    pub(super) fn judge(&self) -> Vec<Finding> {
        let items: Vec<(&FilePath, &Result<Settings, Box<Finding>>)> = self.judged.iter().collect();
        let found = self.parallel(&items, |(path, judged)| match judged {
            Ok(settings) => diagnostics(&self.workspace, path, settings),
            Err(finding) => vec![(**finding).clone()],
        });
        found.into_iter().flatten().collect()
    }

    /// Applies fixes round by round, until nothing is left to fix or they run in circles. Nothing is
    /// written; what would make a file read worse is not applied.
    pub(super) fn fix(&mut self) -> usize {
        let mut total = 0;
        let mut left: BTreeSet<FilePath> = BTreeSet::new();
        for _ in 0..8 {
            let findings = self.judge();
            let fixes = findings
                .iter()
                .filter_map(|finding| {
                    let safe = finding.fixes.iter().find(|fix| fix.applicability == Applicability::Safe);
                    let only = self.args.unsafe_fixes && finding.fixes.len() == 1;
                    safe.or_else(|| finding.fixes.first().filter(|_| only))
                })
                .filter(|fix| !fix.edits.iter().any(|edit| left.contains(&edit.file)));
            let (edits, count) = fix::choose(fixes);
            if count == 0 {
                break;
            }
            let mut by_file: BTreeMap<FilePath, Vec<Edit>> = BTreeMap::new();
            for edit in edits {
                by_file.entry(edit.file.clone()).or_default().push(edit);
            }
            let mut worse = false;
            let mut after = Vec::new();
            for (path, edits) in &by_file {
                let Some(file) = self.workspace.file(path) else { continue };
                let text: Arc<str> = fix::apply(file.text(), edits.iter()).into();
                let new = File::new(path.clone(), file.kind(), text);
                if new.mistakes() > file.mistakes() {
                    left.insert(path.clone());
                    worse = true;
                }
                after.push((file.text().clone(), new));
            }
            // A fix may change several files, so a round is taken over whole or not at all.
            if worse {
                continue;
            }
            for (before, new) in after {
                self.changed.entry(new.path().clone()).or_insert(before);
                self.workspace.insert(Arc::new(new));
            }
            total += count;
            self.workspace.forget_facts();
            self.supply();
        }
        total
    }

    /// The files that fixes have changed: path, text before, text now.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&FilePath, &str, &str)> {
        self.changed.iter().filter_map(|(path, before)| {
            let now = self.workspace.file(path)?.text();
            (now != before).then_some((path, &**before, &**now))
        })
    }

    /// What the formats need, and no more: the trees are let go before anything is printed.
    pub(super) fn report(
        self,
        findings: Vec<Finding>,
        fixed: usize,
        configurations: &Configurations,
    ) -> Report {
        let mut sources = BTreeMap::new();
        let mut secrets = BTreeMap::new();
        for file in self.workspace.files() {
            secrets.insert(file.path().clone(), secrets_of(file));
            sources.insert(file.path().clone(), Source::new(file.text().clone(), file.kind()));
        }
        for loaded in configurations.used() {
            sources.insert(disk::file_path(&loaded.path), Source::new(loaded.text.clone(), FileKind::Config));
        }
        for found in configurations.catalogues() {
            sources.insert(found.path.clone(), Source::new(found.text.clone(), FileKind::Config));
        }
        Report { findings, sources, secrets, files: self.judged.len(), fixed }
    }
}

type Loaded = Result<File, (&'static str, String)>;

/// Reads one file; `None` for one that was met on a walk and is none of our business.
fn load_one(
    target: &Target,
    stdin_name: Option<&Path>,
    forced: Option<FileKind>,
) -> Option<(FilePath, Loaded)> {
    let (path, read) = if target.named && target.path == Path::new("-") {
        let mut bytes = Vec::new();
        let limit = MAX_BYTES as u64 + 1;
        let read = match std::io::stdin().lock().take(limit).read_to_end(&mut bytes) {
            Ok(_) if bytes.len() > MAX_BYTES => Read::Refused {
                code: "AML002",
                message: format!("Standard input is larger than {} MiB.", MAX_BYTES / 1024 / 1024),
            },
            Ok(_) => disk::decode(&disk::file_path(stdin_name.unwrap_or(Path::new("stdin"))), bytes),
            Err(error) => {
                Read::Refused { code: "AML001", message: format!("Standard input cannot be read: {error}.") }
            }
        };
        (disk::file_path(stdin_name.unwrap_or(Path::new("stdin"))), read)
    } else {
        (disk::file_path(&target.path), disk::read(&target.path))
    };
    match read {
        Read::Refused { code, message } => Some((path, Err((code, message)))),
        Read::Text(text) => {
            let read = match forced.filter(|_| target.named) {
                Some(kind) => Some(File::new(path.clone(), kind, text)),
                None => File::found(path.clone(), text.clone()).or_else(|| {
                    let kind = classify_named(&path, &text).filter(|_| target.named)?;
                    Some(File::new(path.clone(), kind, text))
                }),
            };
            match read {
                Some(file) => Some((path, Ok(file))),
                None if target.named => {
                    let message = "This is no file that amlenv reads: no Dockerfile, environment, job, deployment, conda, requirements or SDK v1 file; if it is one, say --kind.";
                    Some((path, Err(("AML001", message.to_owned()))))
                }
                None => None,
            }
        }
    }
}

/// What bounds the view: for each path the root of its repository, else the current folder together
/// with the path's own.
fn roots(paths: &[PathBuf], stdin: Option<&Path>) -> Vec<FilePath> {
    let mut out = Vec::new();
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    for path in paths
        .iter()
        .map(PathBuf::as_path)
        .map(|path| if path == Path::new("-") { stdin.unwrap_or(&here) } else { path })
    {
        match disk::repository_of(path) {
            Some(root) => out.push(disk::file_path(&root)),
            None => {
                out.push(disk::file_path(&here));
                let own = if path.is_dir() { Some(path) } else { path.parent() };
                out.extend(own.map(|own| {
                    if own.as_os_str().is_empty() { disk::file_path(&here) } else { disk::file_path(own) }
                }));
            }
        }
    }
    out.sort();
    out.dedup();
    out
}

pub(super) fn finding(
    code: &str,
    severity: Severity,
    message: &str,
    file: FilePath,
    range: HostRange,
) -> Option<Finding> {
    Some(Finding {
        rule: rules::find(code)?,
        severity,
        message: message.to_owned(),
        file,
        range,
        embedded: None::<Embedded>,
        cell: None,
        related: Vec::new(),
        fixes: Vec::new(),
        tag: None,
    })
}

/// The settings of a file with what was said on the command line.
pub(super) fn overridden(mut settings: Settings, args: &Args) -> Settings {
    if !args.select.is_empty() {
        settings.select.clone_from(&args.select);
    }
    settings.extend_select.extend(args.extend_select.iter().cloned());
    settings.ignore.extend(args.ignore.iter().cloned());
    settings.role = args.role.or(settings.role);
    settings.target_sdk = args.target_sdk.clone().or(settings.target_sdk);
    settings
}
