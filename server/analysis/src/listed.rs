//! The packages that a file asks for, item by item, wherever that is written: conda specifications,
//! requirements, `pip install` and `conda install` in Dockerfiles. What is in the environment in the
//! end is the business of `packages`; here is only what was written, with its places.

use amlenv_syntax::conda::{self, MatchSpec};
use amlenv_syntax::dockerfile::{Instruction, Kind};
use amlenv_syntax::requirements::{self, Line, Requirement};
use amlenv_syntax::shell::Word;
use amlenv_syntax::shell::install::{Action, Install, Tool, install};
use amlenv_syntax::{HostRange, TextRange};

use crate::embedded::{self, DockerfileDocument};
use crate::file::File;
use crate::finding::Edit;
use crate::lower::is_templated;
use crate::model::{Assignment, CondaSpec, Environment, Field, Notation, Text, Value};
use crate::path::FilePath;
use crate::rules::{Check, Rule, Said};
use crate::{packages, releases, text_edit};

/// What is installed together.
pub(crate) struct Listing<'a> {
    pub(crate) source: Source<'a>,
    /// The items, in order; those with a placeholder in them are left out.
    pub(crate) items: Vec<Listed<'a>>,
    /// Whether more is installed with them than can be seen.
    pub(crate) open: bool,
}

/// Where packages are asked for.
pub(crate) enum Source<'a> {
    /// A conda specification.
    Conda(&'a CondaSpec),
    /// A requirements file.
    Requirements,
    /// A command of a Dockerfile.
    Command(&'a DockerfileDocument, Box<Install>),
}

/// One item.
pub(crate) struct Listed<'a> {
    /// Whether pip reads it, rather than conda.
    pub(crate) pip: bool,
    /// What is written, decoded.
    pub(crate) text: String,
    /// The name, normalised as pip does.
    pub(crate) name: Option<String>,
    /// What pip makes of it; empty for an item of conda or an option.
    pub(crate) requirement: Requirement,
    /// What conda makes of it; empty for an item of pip.
    pub(crate) spec: MatchSpec,
    /// The place.
    pub(crate) range: HostRange,
    place: Place<'a>,
}

enum Place<'a> {
    /// A text of the host.
    Text(&'a Text),
    /// The bytes of the file from here on.
    Plain(usize),
    /// A word of a Dockerfile.
    Word(&'a DockerfileDocument, TextRange),
}

/// The conda specifications of a file: that which it is, and those of its environments.
pub(crate) fn specs(file: &File) -> Vec<(&CondaSpec, Option<&Environment>)> {
    let mut out: Vec<(&CondaSpec, Option<&Environment>)> =
        file.conda().into_iter().map(|spec| (spec, None)).collect();
    for environment in file.environments() {
        // An object that is changed is what it was at the end.
        for assignment in environment.all(&Field::Conda) {
            if let Value::Conda(spec) = &assignment.value
                && !out.iter().any(|(known, _)| is_same(spec, known))
            {
                out.push((spec, Some(environment)));
            }
        }
    }
    out
}

/// All listings of a file.
pub(crate) fn listings(file: &File) -> Vec<Listing<'_>> {
    let mut out: Vec<Listing<'_>> = specs(file).into_iter().map(|(spec, _)| of_spec(spec)).collect();
    if let Some(read) = file.requirements().filter(|_| !is_conda_export(file.text())) {
        out.push(of_requirements(file, read));
    }
    for document in file.dockerfiles() {
        for instruction in document.tree.instructions.iter().map(Instruction::carried) {
            if instruction.kind != Some(Kind::Run) {
                continue;
            }
            for command in instruction.commands() {
                if let Some(found) = install(&command).filter(|found| found.tool != Tool::Apt) {
                    out.push(of_command(document, found));
                }
            }
        }
    }
    out
}

/// The listing of a conda specification.
pub(crate) fn of_spec(spec: &CondaSpec) -> Listing<'_> {
    let items = spec.items.iter().filter(|item| !item.text.templated);
    let items =
        items.map(|item| Listed::new(item.pip, &item.text.value, item.range, Place::Text(&item.text)));
    Listing {
        items: items.collect(),
        open: spec.open || !spec.requirement_files.is_empty(),
        source: Source::Conda(spec),
    }
}

fn of_requirements<'a>(file: &'a File, read: &'a requirements::Requirements) -> Listing<'a> {
    let mut items = Vec::new();
    let mut open = false;
    for line in &read.lines {
        let range = match line {
            Line::Requirement(requirement) => requirement.range,
            Line::Option { name, range, .. } => {
                open |= matches!(
                    name.as_str(),
                    "-r" | "--requirement" | "-e" | "--editable" | "-c" | "--constraint"
                );
                *range
            }
        };
        let text = range.slice(file.text());
        if is_templated(text) {
            open = true;
        } else {
            let place = Place::Plain(range.start);
            items.push(Listed::new(true, text, HostRange::new(range.start, range.end), place));
        }
    }
    Listing { source: Source::Requirements, items, open }
}

fn of_command(document: &DockerfileDocument, found: Install) -> Listing<'_> {
    // What the shell makes of `*.whl` is not known either.
    let is_pattern = |word: &Word| !word.quoted && word.value.contains(['*', '?', '{']);
    let known = |word: &&Word| !word.opaque && !is_templated(&word.value) && !is_pattern(word);
    let open = found.files().chain(found.editables()).next().is_some()
        || !found.packages.iter().all(|word| known(&word));
    let words = found.packages.iter().filter(known);
    let items = words.map(|word| {
        let place = Place::Word(document, word.range);
        Listed::new(found.tool == Tool::Pip, &word.value, document.host(word.range), place)
    });
    Listing { items: items.collect(), open, source: Source::Command(document, Box::new(found)) }
}

/// Whether a list of requirements is one that `conda list --export` wrote, and conda reads.
fn is_conda_export(text: &str) -> bool {
    let exported = |line: &str| {
        let parts: Vec<&str> = line.trim().split('=').collect();
        parts.len() == 3
            && parts.iter().all(|part| !part.is_empty() && !part.contains([' ', '<', '>', '!', '~']))
    };
    text.contains("conda create --name <env> --file") || text.lines().any(exported)
}

impl<'a> Listing<'a> {
    /// The packages that pip is asked for.
    pub(crate) fn pip(&self) -> impl Iterator<Item = &Listed<'a>> {
        self.items.iter().filter(|item| item.pip && !item.is_option())
    }

    /// The packages that conda is asked for.
    pub(crate) fn conda(&self) -> impl Iterator<Item = &Listed<'a>> {
        self.items.iter().filter(|item| !item.pip)
    }

    /// Whether its items are all there at the same time, and pip must find versions that fit them all.
    pub(crate) fn meets(&self) -> bool {
        match &self.source {
            Source::Conda(spec) => !spec.branching,
            Source::Requirements => true,
            Source::Command(_, command) => !command.has(&["--no-deps"]),
        }
    }

    /// Whether it is a `CondaDependencies` object of SDK v1, put together by calls.
    pub(crate) fn is_sdk_object(&self) -> bool {
        matches!(&self.source, Source::Conda(spec) if spec.is_sdk_object())
    }

    /// The Python that conda is told to install, by its pin such as `3.10`.
    pub(crate) fn python(&self) -> Option<String> {
        let Source::Conda(spec) = &self.source else { return None };
        let mut found = spec.conda_packages("python");
        let pin = pinned(&found.next()?.specifier)?.to_owned();
        found.next().is_none().then_some(pin)
    }

    /// Whether a conda environment is made anew.
    pub(crate) fn creates(&self) -> bool {
        matches!(&self.source, Source::Command(_, command)
            if command.tool == Tool::Conda && command.action == Action::Create)
    }
}

/// The version in a pin of conda, `=3.10`, `==3.10.4` or `3.10.*`.
pub(crate) fn pinned(specifier: &str) -> Option<&str> {
    let specifier = specifier.trim();
    let version = specifier.trim_start_matches('=').trim().trim_end_matches('*').trim_end_matches('.');
    let plain = !version.is_empty() && version.chars().all(|c| c.is_ascii_digit() || c == '.');
    (plain && (specifier.starts_with('=') || specifier.starts_with(|c: char| c.is_ascii_digit())))
        .then_some(version)
}

impl<'a> Listed<'a> {
    fn new(pip: bool, text: &str, range: HostRange, place: Place<'a>) -> Self {
        let option = text.trim_start().starts_with('-');
        let requirement = if pip && !option { requirements::parse_one(text) } else { Requirement::default() };
        let spec = if pip { MatchSpec::default() } else { conda::match_spec(text) };
        let name = requirement.name.as_ref().or(spec.name.as_ref());
        let name = name.map(|(name, _)| requirements::normalise_name(name));
        Self { pip, text: text.to_owned(), name, requirement, spec, range, place }
    }

    /// Whether it is an option of pip, such as `-r file`.
    pub(crate) fn is_option(&self) -> bool {
        self.text.trim_start().starts_with('-')
    }

    /// Whether it is that package.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name)
    }

    /// The versions that it asks for, as written; empty where it says none.
    pub(crate) fn versions(&self) -> &str {
        let part = if self.pip { &self.requirement.specifier } else { &self.spec.version };
        part.as_ref().map_or("", |part| part.0.as_str())
    }

    /// Says something about it.
    pub(crate) fn say<'c>(
        &self,
        cx: &'c mut Check<'_>,
        rule: &'static Rule,
        message: impl Into<String>,
    ) -> Said<'c> {
        match self.place {
            Place::Word(document, range) => cx.say_in(rule, document, range, message),
            _ => cx.say(rule, self.range, message),
        }
    }

    /// The edit that puts `new` in the place of a part of it; `None` where it cannot be written there.
    pub(crate) fn replace(&self, file: &File, part: TextRange, new: &str) -> Option<Edit> {
        match self.place {
            Place::Text(text) => embedded::rewrite_part(file, text.content, &text.value, part, new),
            Place::Plain(start) => {
                let range = HostRange::new(start + part.start, start + part.end);
                Some(Edit { file: file.path().clone(), range, text: new.to_owned() })
            }
            Place::Word(document, range) => {
                let written = range.slice(&document.text);
                // Quotes around the whole word, or none at all: anything else is not followed.
                let at = written.find(&self.text).filter(|at| written.len() == self.text.len() + 2 * at)?;
                let part = TextRange::new(range.start + at + part.start, range.start + at + part.end);
                document.edit(file.path(), file.text(), part, new)
            }
        }
    }

    /// The edit that takes it out of its list; `None` where something else would go with it.
    pub(crate) fn remove(&self, file: &File) -> Option<Edit> {
        let edit = |range| Some(Edit { file: file.path().clone(), range, text: String::new() });
        if let Place::Word(document, range) = self.place {
            // With the blanks in front of it; a line of its own is left to its author.
            let head = document.text.get(..range.start)?;
            let gap = head.len() - head.trim_end_matches([' ', '\t']).len();
            let same_line = gap > 0 && !head.trim_end_matches([' ', '\t']).ends_with('\n');
            let whole = TextRange::new(range.start - gap, range.end);
            return same_line.then(|| document.edit(file.path(), file.text(), whole, "")).flatten();
        }
        let text = file.text();
        if file.python().is_some() || file.json().is_some() {
            return edit(text_edit::argument(text, self.quoted(text)?)?);
        }
        let lines = text_edit::whole_lines(text, self.range);
        let start = text_edit::line_start(text, self.range.start);
        let head = text.get(start..self.range.start)?.trim();
        let tail = text.get(self.range.end..lines.end)?.trim();
        (matches!(head, "" | "-") && tail.is_empty() && lines.start == start).then(|| edit(lines)).flatten()
    }

    /// Its place in Python or JSON, quotes included.
    fn quoted(&self, text: &str) -> Option<HostRange> {
        let Place::Text(inner) = self.place else { return None };
        let range = HostRange::new(inner.content.start.checked_sub(1)?, inner.content.end + 1);
        let written = range.slice(text);
        let same = |quote: char| written.starts_with(quote) && written.ends_with(quote);
        let before = text.get(..range.start)?.chars().next_back();
        let plain = before.is_none_or(|c| !c.is_alphanumeric() && c != '"' && c != '\'');
        (plain && (same('"') || same('\''))).then_some(range)
    }
}

/// A conda file that a Dockerfile copies from its folder and puts into an environment.
pub(crate) struct CopiedConda<'a> {
    pub(crate) path: FilePath,
    /// The name of the environment; `None` where the command leaves it to the file.
    pub(crate) environment: Option<String>,
    /// Whether the environment is made anew of it.
    pub(crate) creates: bool,
    /// Where the file is named.
    pub(crate) document: &'a DockerfileDocument,
    pub(crate) range: TextRange,
}

/// The conda files that a Dockerfile copies from its folder and puts into environments.
pub(crate) fn copied_conda_files(file: &File) -> Vec<CopiedConda<'_>> {
    let mut out = Vec::new();
    for document in file.dockerfiles().iter().filter(|document| !document.is_embedded()) {
        let mut copied: Vec<&str> = Vec::new();
        for instruction in &document.tree.instructions {
            match instruction.kind {
                Some(Kind::Copy | Kind::Add) if instruction.flag("from").is_none() => {
                    let sources = instruction.arguments.split_last().map_or(&[][..], |(_, sources)| sources);
                    copied.extend(sources.iter().map(|source| source.value.as_str()));
                }
                Some(Kind::Run) => {
                    for found in instruction.commands().iter().filter_map(install) {
                        if found.tool != Tool::Conda {
                            continue;
                        }
                        for list in found.files() {
                            let name = list.value.rsplit('/').next().unwrap_or("");
                            let same = |source: &&&str| source.rsplit('/').next() == Some(name);
                            if let Some(source) = copied.iter().find(same) {
                                out.push(CopiedConda {
                                    path: file.path().parent().join(source),
                                    environment: found.environment().map(|word| word.value.clone()),
                                    creates: found.action == Action::Create && found.packages.is_empty(),
                                    document,
                                    range: list.range,
                                });
                            }
                        }
                    }
                }
                _ => {}
            }
        }
    }
    out
}

/// Whether both are the same text, read once for each environment that has it.
fn is_same(one: &CondaSpec, other: &CondaSpec) -> bool {
    one.items == other.items && one.keys == other.keys && !one.items.is_empty()
}

/// Whether a conda specification counts: a v1 definition may say that its packages are somebody's own
/// affair, and then carries the specification along unread.
pub(crate) fn is_used(environment: Option<&Environment>) -> bool {
    environment.is_none_or(|environment| {
        let own = |word: &Assignment| !matches!(word.value, Value::Bool(false));
        // What else a run configuration starts with does not matter here.
        let run =
            environment.notation == Notation::Runconfig && !environment.all(&Field::UserManaged).any(own);
        environment.notation.is_v2() || run || packages::is_managed(environment)
    })
}

/// The edit that puts a package in front of an item of the dependencies.
pub(crate) fn insert_before(file: &File, spec: &CondaSpec, item: HostRange, package: &str) -> Option<Edit> {
    let text = file.text();
    let edit = |at, text| Some(Edit { file: file.path().clone(), range: HostRange::empty(at), text });
    let (start, eol) = (text_edit::line_start(text, item.start), text_edit::line_end(text));
    if spec.last_dependency.is_some() && file.yaml().is_some() {
        let lead = text.get(start..item.start)?;
        return (lead.trim() == "-").then(|| edit(start, format!("{lead}{package}{eol}"))).flatten();
    }
    let quote = if file.python().is_some() || file.json().is_some() { "\"" } else { "" };
    let indent = text_edit::indent_of(text, item.start);
    let gap = if start + indent.len() == item.start { format!("{eol}{indent}") } else { " ".to_owned() };
    edit(item.start, format!("{quote}{package}{quote},{gap}"))
}

/// Says where a release of one of `packages` asks for what its neighbours in the same list rule out.
pub(crate) fn conflicts(cx: &mut Check<'_>, rule: &'static Rule, packages: &[&str]) {
    for listing in cx.listings().iter().filter(|listing| listing.meets()) {
        let python = listing.python();
        for item in listing.pip() {
            let Some(name) = item.name.as_deref().filter(|name| packages.contains(name)) else { continue };
            let Some(version) = releases::exact(item.versions()) else { continue };
            let extras = &item.requirement.extras;
            for needed in releases::needs(name, &version, python.as_deref(), extras) {
                if needed.name == "python" {
                    // Of a pin such as 3.8 the last number may still be any.
                    let known = python.as_deref().filter(|python| python.split('.').count() > 1);
                    let Some(python) = known else { continue };
                    let range = if python.split('.').count() == 2 {
                        format!("=={python}.*")
                    } else {
                        format!("=={python}")
                    };
                    if releases::exclude(&range, &needed.versions) {
                        let message = format!(
                            "{name} {version} needs Python {}, and this environment has {python}.",
                            needed.versions
                        );
                        item.say(cx, rule, message);
                    }
                    continue;
                }
                let mut others = listing.pip().filter(|other| other.is(&needed.name));
                let Some(other) = others.find(|other| {
                    other.requirement.marker.is_none()
                        && other.requirement.url.is_none()
                        && releases::exclude(other.versions(), &needed.versions)
                }) else {
                    continue;
                };
                let message = format!(
                    "{name} {version} needs {}{}, which {} rules out.",
                    needed.name,
                    needed.versions.replace(' ', ""),
                    other.text.trim()
                );
                item.say(cx, rule, message).related(other.range, "the other one");
            }
        }
    }
}
