//! Dockerfiles, wherever they stand: instructions, flags with their values, images, stages, variables,
//! paths of the build context, and what Azure ML's images expect.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{Context, Instruction, Kind, Value, context_at};

use super::{Proposal, Site, escaped, images, paths, shell, snippets};
use crate::answers::CompletionKind;
use crate::builds;
use crate::context::{self, Fate, IgnoreTexts};
use crate::embedded::DockerfileDocument;
use crate::path::FilePath;
use crate::schema::{self, Wanted};

/// What a build gives for nothing, once it is declared.
const PREDEFINED: [(&str, &str); 6] = [
    ("TARGETPLATFORM", "the platform of the result"),
    ("TARGETARCH", "the processor of the result"),
    ("TARGETOS", "the operating system of the result"),
    ("BUILDPLATFORM", "the platform of the machine that builds"),
    ("BUILDARCH", "the processor of the machine that builds"),
    ("BUILDOS", "the operating system of the machine that builds"),
];

/// What fits at `at` of the document's text.
pub(super) fn complete(site: &Site<'_>, document: &DockerfileDocument, at: usize) -> Vec<Proposal> {
    let cursor = Cursor::new(site, document, at);
    match context_at(&document.tree, &document.text, at) {
        Context::Nothing => cursor.in_heredoc(),
        Context::Keyword(range) => cursor.keywords(range),
        Context::Image { reference, part } => cursor.variables().unwrap_or_else(|| {
            if let Some(flags) = cursor.flags() {
                return flags;
            }
            let mut items = cursor.stages(reference.range);
            items.extend(images::images(site, &reference, part));
            items
        }),
        Context::Stage(range) => cursor.variables().unwrap_or_else(|| cursor.sources(range)),
        Context::Other(_) => cursor.arguments(),
    }
}

/// A cursor and the word around it.
struct Cursor<'a> {
    site: &'a Site<'a>,
    document: &'a DockerfileDocument,
    at: usize,
    /// The instruction that the cursor stands in or behind, and its number.
    instruction: Option<(usize, &'a Instruction)>,
    /// The word that is typed.
    word: TextRange,
    /// The words between the keyword and that.
    before: Vec<&'a str>,
}

impl<'a> Cursor<'a> {
    fn new(site: &'a Site<'a>, document: &'a DockerfileDocument, at: usize) -> Self {
        let text: &str = &document.text;
        let instructions = &document.tree.instructions;
        let number = instructions.partition_point(|found| found.keyword_range.start <= at);
        let instruction = number.checked_sub(1).and_then(|number| Some((number, instructions.get(number)?)));
        let from = instruction.map_or(0, |(_, found)| {
            let inner = found.onbuild.as_deref().filter(|inner| inner.keyword_range.end < at);
            inner.unwrap_or(found).keyword_range.end
        });
        let from = from.min(at);
        let head = text.get(from..at).unwrap_or("");
        let start = from
            + head.rfind(char::is_whitespace).map_or(0, |found| {
                found + head.get(found..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
            });
        let rest = text.get(at..).unwrap_or("");
        let end = at + rest.find(char::is_whitespace).unwrap_or(rest.len());
        let before = text.get(from..start).unwrap_or("");
        let before = before.split_whitespace().filter(|word| *word != "\\" && *word != "`").collect();
        Self { site, document, at, instruction, word: TextRange::new(start, end), before }
    }

    fn text(&self) -> &'a str {
        &self.document.text
    }

    fn typed(&self) -> &'a str {
        self.text().get(self.word.start..self.at).unwrap_or("")
    }

    /// The instruction whose arguments are typed: of `ONBUILD`, the one behind it.
    fn inner(&self) -> Option<&'a Instruction> {
        let (_, found) = self.instruction?;
        Some(found.onbuild.as_deref().filter(|inner| inner.keyword_range.end < self.at).unwrap_or(found))
    }

    fn value(&self, label: &str, range: TextRange) -> Proposal {
        Proposal::new(label, CompletionKind::Value, range)
    }

    fn keywords(&self, range: TextRange) -> Vec<Proposal> {
        // A continued line is no place for an instruction.
        let typed = range.slice(self.text());
        let lower = typed.starts_with(|c: char| c.is_ascii_lowercase());
        let commit: &[&str] = if typed.is_empty() { &[] } else { &[" "] };
        // A list of instructions is no help where one stands already.
        let changes = self.text().get(range.end..).is_some_and(|rest| rest.starts_with([' ', '\t']));
        let mut out: Vec<Proposal> = Kind::all()
            .map(|kind| {
                let keyword =
                    if lower { kind.keyword().to_ascii_lowercase() } else { kind.keyword().to_owned() };
                let found = Proposal::new(&keyword, CompletionKind::Keyword, range)
                    .says(schema::instruction(kind))
                    .deprecated(kind == Kind::Maintainer)
                    .commit(commit);
                match kind {
                    _ if changes => found,
                    Kind::Cmd | Kind::Entrypoint => {
                        found.snippet(format!("{keyword} [\"${{1:executable}}\"]"))
                    }
                    _ => found,
                }
            })
            .collect();
        if self.document.tree.instructions.iter().all(|found| found.keyword_range == range)
            && !self.document.is_embedded()
        {
            out.extend(snippets::of_dockerfile(range));
        }
        out
    }

    /// The names of the stages before the cursor.
    fn stages(&self, range: TextRange) -> Vec<Proposal> {
        let stages = self.document.tree.stages();
        let before = stages.iter().filter(|stage| stage.from.range.end < self.word.start);
        before
            .filter_map(|stage| {
                let detail = stage.image.map(|image| format!("stage on {}", image.value));
                Some(
                    Proposal::new(stage.name?, CompletionKind::Stage, range)
                        .detail(detail.unwrap_or_default()),
                )
            })
            .collect()
    }

    /// What can be copied from: the stages, and images once one is meant.
    fn sources(&self, range: TextRange) -> Vec<Proposal> {
        let mut out = self.stages(range);
        let current = self.instruction.map_or(0, |(number, _)| number);
        // The stage that the cursor stands in cannot copy from itself.
        if let Some(own) = self.document.tree.stages().iter().rev().find(|stage| stage.at <= current) {
            out.retain(|found| Some(found.label.as_str()) != own.name);
        }
        let typed = range.slice(self.text());
        if typed.contains(['/', '.']) {
            out.extend(images::typed(self.site, typed, range.start, self.at));
        }
        out
    }

    /// The name of a variable behind `$` or `${`; `None` where no such thing is typed.
    fn variables(&self) -> Option<Vec<Proposal>> {
        let typed = self.typed();
        let dollar = typed.rfind('$')?;
        let escaped = typed.get(..dollar).is_some_and(|head| head.ends_with(['\\', '$', '`']));
        let name = typed.get(dollar + 1..)?;
        let braces = name.starts_with('{');
        let name = name.strip_prefix('{').unwrap_or(name);
        if escaped || name.contains(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            return None;
        }
        let behind = self.text().get(self.at..).unwrap_or("");
        let tail = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(behind.len());
        let closed = behind.get(tail..).is_some_and(|rest| rest.starts_with(['}', ':']));
        let range = TextRange::new(self.at - name.len(), self.at + tail);
        let (number, _) = self.instruction?;
        let scopes = self.document.tree.scopes();
        let close = if braces && !closed { "}" } else { "" };
        let found = scopes.names(number).into_iter().map(|(known, value)| {
            let detail = match value {
                Value::Known(value) => value.to_owned(),
                Value::Opaque | Value::Unset => String::new(),
            };
            Proposal::new(known, CompletionKind::Variable, range)
                .text(format!("{known}{close}"))
                .detail(detail)
        });
        Some(found.collect())
    }

    /// A flag or its value; `None` where none may stand.
    fn flags(&self) -> Option<Vec<Proposal>> {
        let kind = self.inner()?.kind?;
        let typed = self.typed();
        let flags_only = self.before.iter().all(|word| word.starts_with("--"));
        if !typed.starts_with('-') || !flags_only || schema::flags(kind).is_empty() {
            return None;
        }
        let whole = self.word.slice(self.text());
        if let Some((name, value)) = typed.split_once('=') {
            let range = TextRange::new(self.at - value.len(), self.word.end);
            return Some(self.flag_value(kind, name.trim_start_matches('-'), value, range));
        }
        let end = whole.find('=').map_or(self.word.end, |at| self.word.start + at);
        let range = TextRange::new(self.word.start, end);
        let given = |name: &str| {
            let flag = format!("--{name}");
            let repeated = matches!(name, "mount" | "exclude" | "device");
            !repeated && self.before.iter().any(|word| word.split('=').next() == Some(flag.as_str()))
        };
        let known = kind.flags().iter().filter(|name| !given(name));
        Some(
            known
                .map(|name| {
                    let flag = schema::flags(kind).iter().find(|flag| flag.name == *name);
                    let equals = if whole.contains('=') || is_truth(flag) { "" } else { "=" };
                    Proposal::new(format!("--{name}"), CompletionKind::Property, range)
                        .text(format!("--{name}{equals}"))
                        .says(flag.map_or("", |flag| flag.text))
                })
                .collect(),
        )
    }

    fn flag_value(&self, kind: Kind, name: &str, value: &str, range: TextRange) -> Vec<Proposal> {
        if let Some(variables) = self.variables() {
            return variables;
        }
        match (kind, name) {
            (Kind::Copy, "from") => self.sources(range),
            (Kind::Run, "mount") => self.mount(value),
            _ => {
                let flag = schema::flags(kind).iter().find(|flag| flag.name == name);
                let values = flag.map_or(&[][..], |flag| flag.values);
                values.iter().map(|(value, detail)| self.value(value, range).detail(*detail)).collect()
            }
        }
    }

    /// `type=cache,target=…`: keys and values of `--mount`.
    fn mount(&self, value: &str) -> Vec<Proposal> {
        let segment = value.rsplit(',').next().unwrap_or("");
        let behind = self.text().get(self.at..self.word.end).unwrap_or("");
        let end = self.at + behind.find(',').unwrap_or(behind.len());
        let rest = self.word.slice(self.text());
        let parts: Vec<&str> = rest
            .split_once('=')
            .map_or("", |(_, all)| all)
            .split(',')
            .filter(|part| *part != segment)
            .collect();
        let kind = parts.iter().find_map(|part| part.strip_prefix("type=")).unwrap_or("bind");
        if let Some((key, typed)) = segment.split_once('=') {
            let range = TextRange::new(self.at - typed.len(), end);
            return match key {
                "type" => schema::mount_types()
                    .iter()
                    .map(|(name, text, _)| self.value(name, range).detail(*text))
                    .collect(),
                "from" => self.sources(range),
                "sharing" => ["shared", "private", "locked"].map(|word| self.value(word, range)).to_vec(),
                "required" | "readwrite" | "readonly" => {
                    ["true", "false"].map(|word| self.value(word, range)).to_vec()
                }
                "target" if kind == "cache" => {
                    [("/root/.cache/pip", "pip"), ("/opt/conda/pkgs", "conda"), ("/var/cache/apt", "apt")]
                        .map(|(path, detail)| self.value(path, range).detail(detail))
                        .to_vec()
                }
                "source" if kind == "bind" => self.context_paths(typed, range),
                _ => Vec::new(),
            };
        }
        let range = TextRange::new(self.at - segment.len(), end);
        let has_equals = range.slice(self.text()).contains('=');
        let options =
            schema::mount_types().iter().find(|(name, ..)| *name == kind).map_or(&[][..], |found| found.2);
        let given = |key: &str| parts.iter().any(|part| part.split('=').next() == Some(key));
        std::iter::once(&"type")
            .chain(options)
            .filter(|key| !given(key))
            .map(|key| {
                let text = if has_equals { (*key).to_owned() } else { format!("{key}=") };
                let range =
                    if has_equals { TextRange::new(range.start, range.start + segment.len()) } else { range };
                Proposal::new(*key, CompletionKind::Property, range).text(text)
            })
            .collect()
    }

    fn arguments(&self) -> Vec<Proposal> {
        if let Some(found) = self.variables().or_else(|| self.flags()) {
            return found;
        }
        let Some(instruction) = self.inner() else { return Vec::new() };
        let Some(kind) = instruction.kind else { return Vec::new() };
        let words: Vec<&str> = self.before.iter().copied().filter(|word| !word.starts_with("--")).collect();
        let first = words.is_empty();
        let range = self.word;
        let pairs = |list: &[(&str, &str)]| -> Vec<Proposal> {
            list.iter().map(|(name, detail)| self.value(name, range).detail(*detail)).collect()
        };
        match kind {
            Kind::From if words.len() == 1 => vec![Proposal::new("AS", CompletionKind::Keyword, range)],
            Kind::Copy | Kind::Add => {
                let elsewhere = self.before.iter().any(|word| word.starts_with("--from="));
                if elsewhere || self.typed().starts_with(['<', '[', '"']) {
                    return Vec::new();
                }
                self.context_paths(range.slice(self.text()), range)
            }
            Kind::Env if words.iter().all(|word| word.contains('=')) => self.names_of_env(range),
            Kind::Arg => self.names_of_arg(range),
            Kind::Run => {
                let mut out = shell::complete(self.text(), instruction.commands(), self.at);
                if first {
                    out.extend(snippets::of_run(range));
                }
                out
            }
            Kind::Cmd if first => {
                let (text, detail) =
                    ("[\"runsvdir\", \"/var/runit\"]", "starts the inference server of Azure ML's images");
                vec![self.value(text, self.rest_of_line()).detail(detail)]
            }
            Kind::User if first => pairs(&[
                ("root", "what interactive services need"),
                ("dockeruser", "the user of the inference images"),
            ]),
            Kind::Expose => pairs(&[
                ("5001", "the inference server"),
                ("8883", "the inference server's management"),
                ("8888", "Jupyter"),
            ]),
            Kind::Stopsignal if first => {
                pairs(&[("SIGTERM", "the default"), ("SIGINT", ""), ("SIGQUIT", ""), ("SIGKILL", "")])
            }
            Kind::Shell if first => {
                let range = self.rest_of_line();
                [
                    (
                        "[\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]",
                        "a pipe fails where any of its commands does",
                    ),
                    ("[\"/bin/bash\", \"-c\"]", ""),
                ]
                .map(|(text, detail)| self.value(text, range).detail(detail))
                .to_vec()
            }
            Kind::Healthcheck if first => {
                ["CMD", "NONE"].map(|word| Proposal::new(word, CompletionKind::Keyword, range)).to_vec()
            }
            Kind::Onbuild if first => {
                let mut out = self.keywords(range);
                out.retain(|found| {
                    found.kind == CompletionKind::Keyword
                        && !["ONBUILD", "FROM", "MAINTAINER"]
                            .contains(&found.label.to_ascii_uppercase().as_str())
                });
                out
            }
            _ => Vec::new(),
        }
    }

    fn rest_of_line(&self) -> TextRange {
        let rest = self.text().get(self.at..).unwrap_or("");
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        TextRange::new(self.word.start, self.at + rest.get(..end).unwrap_or("").trim_end().len())
    }

    /// In a heredoc of `RUN` packages are installed as well.
    fn in_heredoc(&self) -> Vec<Proposal> {
        let Some(instruction) = self.inner() else { return Vec::new() };
        let within = instruction.heredocs.iter().any(|heredoc| heredoc.body.touches(self.at));
        if instruction.kind != Some(Kind::Run) || !within {
            return Vec::new();
        }
        shell::complete(self.text(), instruction.commands(), self.at)
    }

    fn names_of_env(&self, range: TextRange) -> Vec<Proposal> {
        let whole = range.slice(self.text());
        let equals = whole.find('=');
        if equals.is_some_and(|at| self.at > range.start + at) {
            return Vec::new();
        }
        let name_range = TextRange::new(range.start, equals.map_or(range.end, |at| range.start + at));
        let known = schema::variables().iter().map(|(name, value, text)| {
            let found = Proposal::new(*name, CompletionKind::Variable, name_range).says(*text);
            if equals.is_some() {
                return found;
            }
            found.text(format!("{name}={value}")).snippet(format!("{name}=${{1:{}}}", escaped(value)))
        });
        let path = Proposal::new("PATH", CompletionKind::Variable, name_range)
            .says("Where programs are looked for.");
        let path = if equals.is_some() {
            path
        } else {
            path.text("PATH=/azureml-envs/env/bin:$PATH").snippet("PATH=${1:/azureml-envs/env/bin}:\\$PATH")
        };
        known.chain([path]).collect()
    }

    fn names_of_arg(&self, range: TextRange) -> Vec<Proposal> {
        let whole = range.slice(self.text());
        if whole.contains('=') {
            return Vec::new();
        }
        let tree = &self.document.tree;
        let Some((number, _)) = self.instruction else { return Vec::new() };
        let stages = tree.stages();
        let Some(stage) = stages.iter().rev().find(|stage| stage.at <= number) else { return Vec::new() };
        let first = stages.first().map_or(0, |stage| stage.at);
        let names = |instructions: &[Instruction]| -> Vec<(String, String)> {
            let arguments = instructions.iter().filter(|found| found.kind == Some(Kind::Arg));
            let words =
                arguments.flat_map(|found| &found.arguments).filter(|word| !word.range.touches(self.at));
            words
                .map(|word| {
                    let (name, value) = word.value.split_once('=').unwrap_or((&word.value, ""));
                    (name.to_owned(), value.to_owned())
                })
                .collect()
        };
        let declared = names(tree.instructions.get(stage.at..=number).unwrap_or(&[]));
        let global = names(tree.instructions.get(..first).unwrap_or(&[]));
        let predefined = PREDEFINED.iter().map(|(name, detail)| ((*name).to_owned(), (*detail).to_owned()));
        global
            .into_iter()
            .chain(predefined)
            .filter(|(name, _)| !declared.iter().any(|(known, _)| known == name))
            .map(|(name, detail)| Proposal::new(name, CompletionKind::Variable, range).detail(detail))
            .collect()
    }

    /// Files and folders of the build context, without those that a build does not see.
    fn context_paths(&self, typed: &str, range: TextRange) -> Vec<Proposal> {
        let file = self.site.file;
        if self.document.is_embedded() {
            return Vec::new();
        }
        let builds = builds::of(self.site.workspace, file);
        let mut contexts: Vec<FilePath> = builds.iter().filter_map(|build| build.context.clone()).collect();
        contexts.sort();
        contexts.dedup();
        if builds.is_empty() {
            contexts.push(file.path().parent());
        }
        contexts
            .iter()
            .flat_map(|root| {
                let ignored = self.ignored(root);
                let seen = |path: &str, folder: bool| {
                    let fate = if folder { ignored.fate_of_folder(path) } else { ignored.fate(path) };
                    fate == Fate::Seen
                };
                paths::below(self.site, root, typed, range, self.at, Wanted::Any, &seen)
            })
            .collect()
    }

    fn ignored(&self, root: &FilePath) -> context::Context {
        let text = |name: &str| {
            let listed = self.site.folder(root).is_some_and(|names| names.iter().any(|known| known == name));
            if listed { self.site.text(&root.join(name)) } else { None }
        };
        let dockerfile = self.site.file.path().relative_to(root);
        let own = format!("{dockerfile}.dockerignore");
        let texts = IgnoreTexts {
            amlignore: text(".amlignore"),
            gitignore: text(".gitignore"),
            dockerignore: text(".dockerignore"),
            of_dockerfile: text(&own),
        };
        context::Context::new(&texts, &dockerfile)
    }
}

fn is_truth(flag: Option<&schema::Flag>) -> bool {
    flag.is_some_and(|flag| flag.values.first().is_some_and(|(value, _)| *value == "true"))
}
