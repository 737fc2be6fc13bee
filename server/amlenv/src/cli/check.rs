//! `amlenv check`: paths to files, files to findings, findings to output.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use amlenv_analysis::{
    Applicability, Edit, Embedded, File, FileKind, FilePath, Finding, MAX_BYTES, Role, Settings, Severity,
    Workspace, classify, classify_named, config, diagnostics, may_be_relevant, rules,
};
use amlenv_syntax::HostRange;
use clap::ValueEnum;
use globset::{Glob, GlobSet, GlobSetBuilder};

use super::Exit;
use crate::configuration::Configurations;
use crate::disk::{self, Read};
use crate::render::{self, Report};
use crate::{fix, output};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Files and folders; `-` for standard input. The current folder if none is given.
    paths: Vec<PathBuf>,
    /// How to print the findings.
    #[arg(long, default_value = "text")]
    format: Format,
    /// Write the findings to a file instead of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only these rules: codes, names, prefixes such as AML1, or ALL.
    #[arg(long, value_delimiter = ',', value_name = "CODES")]
    select: Vec<String>,
    /// These rules as well.
    #[arg(long, value_delimiter = ',', value_name = "CODES")]
    extend_select: Vec<String>,
    /// Never these rules.
    #[arg(long, value_delimiter = ',', value_name = "CODES")]
    ignore: Vec<String>,
    /// From which severity on the exit status is 1: error, warning, information, hint or never.
    #[arg(long, value_name = "LEVEL", value_parser = fail_on)]
    fail_on: Option<FailOn>,
    /// Apply the safe fixes.
    #[arg(long)]
    fix: bool,
    /// With --fix: apply suggested fixes too, where there is exactly one.
    #[arg(long, requires = "fix")]
    unsafe_fixes: bool,
    /// Use this configuration for all files.
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    config: Option<PathBuf>,
    /// Use no configuration file.
    #[arg(long)]
    isolated: bool,
    /// What the environments are used for: training, online, batch or interactive.
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// Read the named files as this kind.
    #[arg(long, value_parser = kind)]
    kind: Option<FileKind>,
    /// Leave out what matches this glob.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Look at files that ignore files leave out, too.
    #[arg(long)]
    no_ignore: bool,
    /// How many threads to use.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Print how often each rule spoke, instead of the findings.
    #[arg(long)]
    statistics: bool,
    /// What standard input is called.
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Carets under the source, for people.
    Text,
    /// One object.
    Json,
    /// One object a line.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FailOn(Option<Severity>);

fn fail_on(word: &str) -> Result<FailOn, String> {
    config::severity(word).map(FailOn).ok_or_else(|| "error, warning, information, hint or never".to_owned())
}

fn role(word: &str) -> Result<Role, String> {
    Role::from_name(word).ok_or_else(|| "training, online, batch or interactive".to_owned())
}

/// A kind by its name.
pub(super) fn kind(word: &str) -> Result<FileKind, String> {
    FileKind::from_name(word).ok_or_else(|| {
        let names: Vec<&str> = FileKind::ALL.iter().map(|kind| kind.as_str()).collect();
        names.join(", ")
    })
}

/// A file to judge, or the finding that it cannot be read.
struct Target {
    path: PathBuf,
    named: bool,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<Exit> {
    for selector in args.select.iter().chain(&args.extend_select).chain(&args.ignore) {
        if !config::is_selector(selector) {
            output::message(&format!("amlenv: {selector} is no rule; `amlenv rules` lists them"));
            return Ok(Exit::Usage);
        }
    }
    let mut configurations = match &args.config {
        Some(path) => match Configurations::from_file(path) {
            Ok(found) => found,
            Err(message) => {
                output::message(&format!("amlenv: {message}"));
                return Ok(Exit::Usage);
            }
        },
        None if args.isolated => Configurations::isolated(),
        None => Configurations::default(),
    };
    let exclude = match globs(&args.exclude) {
        Ok(globs) => globs,
        Err(message) => {
            output::message(&format!("amlenv: {message}"));
            return Ok(Exit::Usage);
        }
    };
    let here = [PathBuf::from(".")];
    let paths: &[PathBuf] = if args.paths.is_empty() { &here } else { &args.paths };
    let roots = roots(paths, args.stdin_filename.as_deref());
    let mut run =
        Run { args, roots: roots.clone(), workspace: Workspace::new(roots), judged: BTreeMap::new() };
    let targets = run.targets(paths, &exclude, &mut configurations);
    run.load(targets, &mut configurations)?;
    let mut fixed = 0;
    if args.fix {
        fixed = run.fix()?;
    }
    let mut findings = run.judge();
    findings.extend(configuration_findings(&configurations, args));
    let mut report = run.report(findings, fixed, &configurations);
    report.sort();
    let text = if args.statistics {
        render::statistics(&report)
    } else {
        match args.format {
            Format::Text => render::text::render(&report, quiet),
            Format::Json => render::json::render(&report)?,
            Format::Jsonl => render::json::render_lines(&report)?,
            Format::Sarif => render::sarif::render(&report)?,
            Format::Github => render::github::render(&report),
        }
    };
    match &args.output {
        Some(path) => std::fs::write(path, anstream::adapter::strip_str(&text).to_string())
            .map_err(|error| anyhow::anyhow!("cannot write {}: {error}", path.display()))?,
        None => output::result(&text)?,
    }
    let limit = match args.fail_on {
        Some(FailOn(limit)) => limit,
        None => configured_limit(&configurations),
    };
    let failed = limit.is_some_and(|limit| report.findings.iter().any(|finding| finding.severity >= limit));
    Ok(if failed { Exit::Findings } else { Exit::Fine })
}

/// The strictest `fail-on` of the configurations that were used; warnings where none says anything.
fn configured_limit(configurations: &Configurations) -> Option<Severity> {
    let said: Vec<Option<Severity>> =
        configurations.used().iter().filter_map(|loaded| loaded.config.fail_on).collect();
    if said.is_empty() { Some(Severity::Warning) } else { said.into_iter().flatten().min() }
}

fn globs(patterns: &[String]) -> Result<GlobSet, String> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(Glob::new(pattern).map_err(|error| error.to_string())?);
    }
    builder.build().map_err(|error| error.to_string())
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

/// Problems of the configuration files that were used.
fn configuration_findings(configurations: &Configurations, args: &Args) -> Vec<Finding> {
    let Some(rule) = rules::find("AML004") else { return Vec::new() };
    let settings = overridden(Settings::default(), args);
    let Some(severity) = settings.severity_of(rule, rule.severity) else { return Vec::new() };
    let mut out = Vec::new();
    for loaded in configurations.used() {
        for problem in &loaded.problems {
            out.push(finding(
                "AML004",
                severity,
                &problem.message,
                disk::file_path(&loaded.path),
                problem.range,
            ));
        }
    }
    out.into_iter().flatten().collect()
}

fn finding(
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
fn overridden(mut settings: Settings, args: &Args) -> Settings {
    if !args.select.is_empty() {
        settings.select.clone_from(&args.select);
    }
    settings.extend_select.extend(args.extend_select.iter().cloned());
    settings.ignore.extend(args.ignore.iter().cloned());
    settings.role = args.role.or(settings.role);
    settings
}

struct Run<'a> {
    args: &'a Args,
    roots: Vec<FilePath>,
    workspace: Workspace,
    /// The files to judge with their settings, or the finding that stands for them.
    judged: BTreeMap<FilePath, Result<Settings, Box<Finding>>>,
}

impl Run<'_> {
    fn targets(
        &self,
        paths: &[PathBuf],
        exclude: &GlobSet,
        configurations: &mut Configurations,
    ) -> Vec<Target> {
        let mut out = Vec::new();
        for path in paths {
            if path.is_dir() {
                let mut walk = ignore::WalkBuilder::new(path);
                walk.hidden(false).standard_filters(!self.args.no_ignore).hidden(false).follow_links(false);
                walk.require_git(false);
                walk.filter_entry(|entry| entry.file_name() != ".git");
                for entry in walk.build().filter_map(Result::ok) {
                    let file = entry.file_type().is_some_and(|kind| kind.is_file() || kind.is_symlink());
                    let found = entry.path();
                    if !file || !may_be_relevant(&disk::file_path(found)) || exclude.is_match(found) {
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
            } else {
                out.push(Target { path: path.clone(), named: true });
            }
        }
        out
    }

    /// Reads and classifies the files, on all threads, and tells the core about the disk.
    fn load(&mut self, targets: Vec<Target>, configurations: &mut Configurations) -> anyhow::Result<()> {
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
        self.supply();
        Ok(())
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

    fn judge(&self) -> Vec<Finding> {
        let items: Vec<(&FilePath, &Result<Settings, Box<Finding>>)> = self.judged.iter().collect();
        let found = self.parallel(&items, |(path, judged)| match judged {
            Ok(settings) => diagnostics(&self.workspace, path, settings),
            Err(finding) => vec![(**finding).clone()],
        });
        found.into_iter().flatten().collect()
    }

    /// Applies fixes round by round, until nothing is left to fix or they run in circles.
    fn fix(&mut self) -> anyhow::Result<usize> {
        let mut total = 0;
        for _ in 0..8 {
            let findings = self.judge();
            let fixes = findings.iter().filter_map(|finding| {
                let safe = finding.fixes.iter().find(|fix| fix.applicability == Applicability::Safe);
                let only = self.args.unsafe_fixes && finding.fixes.len() == 1;
                safe.or_else(|| finding.fixes.first().filter(|_| only))
            });
            let (edits, count) = fix::choose(fixes);
            if count == 0 {
                return Ok(total);
            }
            let mut by_file: BTreeMap<FilePath, Vec<Edit>> = BTreeMap::new();
            for edit in edits {
                by_file.entry(edit.file.clone()).or_default().push(edit);
            }
            for (path, edits) in by_file {
                let Some(file) = self.workspace.file(&path).cloned() else { continue };
                let new: Arc<str> = fix::apply(file.text(), edits.iter()).into();
                if path.as_str() != "/-" {
                    fix::write(Path::new(path.as_str()), &new)
                        .map_err(|error| anyhow::anyhow!("cannot write {path}: {error}"))?;
                }
                self.workspace.insert(Arc::new(File::new(path, file.kind(), new)));
            }
            total += count;
            self.workspace.forget_facts();
            self.supply();
        }
        Ok(total)
    }

    fn report(&self, findings: Vec<Finding>, fixed: usize, configurations: &Configurations) -> Report {
        let mut sources = BTreeMap::new();
        for file in self.workspace.files() {
            sources.insert(file.path().clone(), (file.text().clone(), Some(file.kind())));
        }
        for loaded in configurations.used() {
            sources.insert(disk::file_path(&loaded.path), (loaded.text.clone(), Some(FileKind::Config)));
        }
        Report { findings, sources, files: self.judged.len(), fixed }
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
            Ok(_) => disk::decode(bytes),
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
            let kind = if target.named {
                forced.or_else(|| classify_named(&path, &text))
            } else {
                classify(&path, &text)
            };
            match kind {
                Some(kind) => Some((path.clone(), Ok(File::new(path, kind, text)))),
                None if target.named => {
                    let message = "This is no file that amlenv reads: no Dockerfile, environment, job, deployment, conda, requirements or SDK v1 file; if it is one, say --kind.";
                    Some((path, Err(("AML001", message.to_owned()))))
                }
                None => None,
            }
        }
    }
}
