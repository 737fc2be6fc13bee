//! `amlenv check`: paths to files, files to findings, findings to output.

mod baseline;
mod run;
mod since;

use std::path::{Path, PathBuf};

use amlenv_analysis::{
    FileKind, FilePath, Finding, Role, Settings, Severity, VersionRange, Workspace, config, rules,
};
use clap::ValueEnum;
use globset::{Glob, GlobSet, GlobSetBuilder};

use self::run::{Run, finding, overridden};
use super::Exit;
use crate::configuration::Configurations;
use crate::render::{self, Report};
use crate::{disk, fix, output};

#[derive(Default, clap::Args)]
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
    /// With --fix or --diff: apply suggested fixes too, where there is exactly one.
    #[arg(long)]
    unsafe_fixes: bool,
    /// Change nothing; print what the fixes would change. The exit status is 1 if that is anything.
    #[arg(long, conflicts_with = "fix")]
    diff: bool,
    /// Leave out the findings that this baseline lists.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings into a baseline, to leave them out from now on.
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
    /// Only files that were changed since this git revision, new ones included.
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Use this configuration for all files.
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    config: Option<PathBuf>,
    /// Use no configuration file.
    #[arg(long)]
    isolated: bool,
    /// What the environments are used for: training, online, batch or interactive.
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// The versions of SDK v1 that the code must work with, such as `>=1.20,<1.40`.
    #[arg(long, value_name = "RANGE", value_parser = version_range)]
    target_sdk: Option<VersionRange>,
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

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Carets under the source, for people.
    #[default]
    Text,
    /// One object.
    Json,
    /// One object a line.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// The code quality report of GitLab.
    Gitlab,
    /// JUnit.
    Junit,
    /// Checkstyle.
    Checkstyle,
    /// Logging commands of Azure Pipelines.
    AzurePipelines,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FailOn(Option<Severity>);

fn fail_on(word: &str) -> Result<FailOn, String> {
    config::severity(word).map(FailOn).ok_or_else(|| "error, warning, information, hint or never".to_owned())
}

fn role(word: &str) -> Result<Role, String> {
    Role::from_name(word).ok_or_else(|| "training, online, batch or interactive".to_owned())
}

fn version_range(text: &str) -> Result<VersionRange, String> {
    VersionRange::parse(text).ok_or_else(|| "a range of versions, such as >=1.20,<1.40".to_owned())
}

/// A kind by its name.
pub(super) fn kind(word: &str) -> Result<FileKind, String> {
    FileKind::from_name(word).ok_or_else(|| {
        let names: Vec<&str> = FileKind::ALL.iter().map(|kind| kind.as_str()).collect();
        names.join(", ")
    })
}

/// The files that `paths` mean, read as for judging, in a workspace with all that they refer to; the
/// current folder if there is no path.
pub(super) fn load(paths: &[PathBuf]) -> anyhow::Result<(Workspace, Vec<FilePath>)> {
    let here = [PathBuf::from(".")];
    let paths: &[PathBuf] = if paths.is_empty() { &here } else { paths };
    let args = Args::default();
    let mut configurations = Configurations::default();
    let mut run = Run::new(&args, paths);
    let targets = run.targets(paths, &GlobSet::empty(), None, &mut configurations);
    run.load(targets, &mut configurations)?;
    Ok(run.into_workspace())
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
    let known = match args.baseline.as_deref().map(baseline::read).transpose() {
        Ok(known) => known,
        Err(message) => {
            output::message(&format!("amlenv: {message}"));
            return Ok(Exit::Usage);
        }
    };
    let here = [PathBuf::from(".")];
    let paths: &[PathBuf] = if args.paths.is_empty() { &here } else { &args.paths };
    let only = match args.since.as_deref().map(|revision| since::changed(revision, paths)).transpose() {
        Ok(only) => only,
        Err(message) => {
            output::message(&format!("amlenv: {message}"));
            return Ok(Exit::Usage);
        }
    };
    let mut run = Run::new(args, paths);
    let targets = run.targets(paths, &exclude, only.as_ref(), &mut configurations);
    run.load(targets, &mut configurations)?;
    let mut fixed = 0;
    if args.fix || args.diff {
        fixed = run.fix();
    }
    if args.diff {
        let text = render::diff::render(run.changes());
        output::result(&text)?;
        return Ok(if text.is_empty() { Exit::Fine } else { Exit::Findings });
    }
    for (path, _, text) in run.changes().filter(|(path, ..)| path.as_str() != "/-") {
        fix::write(Path::new(path.as_str()), text)
            .map_err(|error| anyhow::anyhow!("cannot write {path}: {error}"))?;
    }
    let mut findings = run.judge();
    findings.extend(configuration_findings(&configurations, args));
    let mut report = run.report(findings, fixed, &configurations);
    report.sort();
    if let Some(path) = &args.write_baseline {
        let count = report.findings.len();
        fix::write_new(path, &baseline::render(&report)?)
            .map_err(|error| anyhow::anyhow!("cannot write {}: {error}", path.display()))?;
        output::message(&format!("{count} findings written to {}", path.display()));
        return Ok(Exit::Fine);
    }
    if let Some(known) = known {
        let gone = baseline::apply(&mut report, &known);
        if gone > 0 && !quiet {
            output::message(&format!(
                "{gone} findings of the baseline are gone; --write-baseline writes it anew"
            ));
        }
    }
    let text = printed(args, &report, quiet)?;
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

fn printed(args: &Args, report: &Report, quiet: bool) -> serde_json::Result<String> {
    if args.statistics {
        return Ok(render::statistics(report));
    }
    Ok(match args.format {
        Format::Text => render::text::render(report, quiet),
        Format::Json => render::json::render(report)?,
        Format::Jsonl => render::json::render_lines(report)?,
        Format::Sarif => render::sarif::render(report)?,
        Format::Github => render::github::render(report),
        Format::Gitlab => render::gitlab::render(report)?,
        Format::Junit => render::xml::junit(report),
        Format::Checkstyle => render::xml::checkstyle(report),
        Format::AzurePipelines => render::azure_pipelines::render(report),
    })
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

/// Problems of the configuration files that were used.
fn configuration_findings(configurations: &Configurations, args: &Args) -> Vec<Finding> {
    let Some(rule) = rules::find("AML004") else { return Vec::new() };
    let settings = overridden(Settings::default(), args);
    let Some(severity) = settings.severity_of(rule, rule.severity) else { return Vec::new() };
    let mut out = Vec::new();
    for loaded in configurations.used() {
        for problem in configurations.problems(&loaded) {
            out.push(finding(
                "AML004",
                severity,
                &problem.message,
                disk::file_path(&loaded.path),
                problem.range,
            ));
        }
    }
    for catalogue in configurations.catalogues() {
        for problem in &catalogue.problems {
            let path = catalogue.path.clone();
            out.push(finding("AML004", severity, &problem.message, path, problem.range));
        }
    }
    out.into_iter().flatten().collect()
}
