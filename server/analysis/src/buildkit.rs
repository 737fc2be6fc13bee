//! What the rules that follow BuildKit's checks share: which of them a Dockerfile switches off itself
//! (`# check=skip=…`), what a stage does in order, and where a finding stands. Knows no single check.
//!
//! Source: BuildKit, `frontend/dockerfile/linter` and `dockerfile2llb`.

use std::sync::Arc;

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{Dockerfile, Instruction, Kind, Stage, is_marker};

use crate::embedded::DockerfileDocument;
use crate::finding::{Edit, Severity};
use crate::rules::{Check, Rule, Said};

/// More triggers of `ONBUILD` than this are not followed into a stage on top.
const MAX_TRIGGERS: usize = 64;

/// For no more undefined names than this of a Dockerfile a defined one is looked for that is near.
pub(crate) const MAX_NEAR: usize = 64;

/// The check that BuildKit makes only where it is asked for.
const EXPERIMENTAL: &str = "AML729";

/// What a `check=` says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options<'a> {
    skip: Vec<&'a str>,
    skip_all: bool,
    error: bool,
}

/// An instruction as BuildKit goes through it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    /// The instruction; of a trigger, what stands behind `ONBUILD`.
    pub(crate) instruction: &'a Instruction,
    /// The place in [`Dockerfile::instructions`] at which variables are looked up.
    pub(crate) at: usize,
    /// The `FROM` of the stage on top, where the instruction is a trigger of the stage below.
    pub(crate) trigger: Option<&'a Instruction>,
}

impl Step<'_> {
    /// Where a finding about `range` stands: a trigger speaks where it is pulled.
    pub(crate) fn place(&self, range: TextRange) -> TextRange {
        self.trigger.map_or(range, |from| from.keyword_range)
    }

    /// Whether it is an instruction of that kind.
    pub(crate) fn is(&self, kind: Kind) -> bool {
        self.instruction.kind == Some(kind)
    }

    /// The instruction whose comments count for it.
    pub(crate) fn commented(&self) -> Option<&Instruction> {
        self.trigger.is_none().then_some(self.instruction)
    }
}

/// A Dockerfile that is held to the checks.
pub(crate) struct Linted<'a> {
    pub(crate) document: &'a Arc<DockerfileDocument>,
    pub(crate) stages: Vec<Stage<'a>>,
    /// Of each stage, whether every build goes through it: the last one and those below it.
    built: Vec<bool>,
    head: Options<'a>,
}

impl<'a> Linted<'a> {
    fn new(document: &'a Arc<DockerfileDocument>) -> Self {
        let stages = document.tree.stages();
        let mut built = vec![false; stages.len()];
        let mut at = stages.len().checked_sub(1);
        while let Some(number) = at {
            if let Some(built) = built.get_mut(number) {
                *built = true;
            }
            // A stage stands on an earlier one, so that this ends.
            at = stages.get(number).and_then(|stage| stage.parent).filter(|parent| *parent < number);
        }
        Self { document, stages, built, head: head_options(&document.tree) }
    }

    /// What each stage does: the triggers of the stage that it stands on, which are pulled where it is
    /// built, then its own instructions.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (&Stage<'a>, Vec<Step<'a>>)> {
        self.stages.iter().zip(&self.built).map(|(stage, built)| {
            let below = stage.parent.filter(|_| *built).and_then(|parent| self.stages.get(parent));
            let below = below.map_or(&[][..], |below| below.instructions);
            let triggers = below.iter().filter_map(|found| found.onbuild.as_deref()).take(MAX_TRIGGERS);
            let at = stage.at + 1;
            let triggers = triggers.map(|instruction| Step { instruction, at, trigger: Some(stage.from) });
            let own = stage.instructions.iter().enumerate();
            let own = own.map(|(number, instruction)| Step { instruction, at: at + number, trigger: None });
            (stage, triggers.chain(own).collect())
        })
    }

    /// Whether `error=true` makes every build fail for what is found at the place.
    pub(crate) fn fails(&self, place: TextRange) -> bool {
        self.head.error && self.is_built(place)
    }

    /// Whether every build comes by the place.
    fn is_built(&self, place: TextRange) -> bool {
        let behind = self.stages.partition_point(|stage| stage.from.range.start <= place.start);
        behind.checked_sub(1).is_none_or(|number| self.built.get(number).copied().unwrap_or(false))
    }
}

/// The Dockerfiles of a file.
pub(crate) fn documents<'a>(check: &Check<'a>) -> impl Iterator<Item = Linted<'a>> + use<'a> {
    check.file.dockerfiles().iter().map(Linted::new)
}

/// Says what a check found, unless a `# check=` speaks against it: at the head of the file, or in front
/// of `commented`, the instruction that it is about. `None` where nothing is said.
pub(crate) fn say<'c>(
    check: &'c mut Check<'_>,
    rule: &'static Rule,
    linted: &Linted<'_>,
    commented: Option<&Instruction>,
    range: TextRange,
    message: impl Into<String>,
) -> Option<Said<'c>> {
    let name = buildkit_name(rule);
    let (document, head) = (linted.document, &linted.head);
    let own = commented.and_then(|instruction| own_options(document, instruction)).unwrap_or_default();
    let templated = commented.is_some_and(|instruction| is_templated(&instruction.logical.text));
    // One that is asked for by name is not switched off with the others.
    let experimental = rule.code == EXPERIMENTAL;
    let skipped =
        |options: &Options<'_>| !experimental && (options.skip_all || options.skip.contains(&name.as_str()));
    if templated || skipped(head) || skipped(&own) {
        return None;
    }
    let said = check.say_in(rule, document, range, message);
    // `error=true` makes a build fail that comes by the place.
    Some(if linted.fails(range) { said.severity(Severity::Error) } else { said })
}

/// The edit of the host that replaces a part of a Dockerfile; none where the host cannot hold it.
pub(crate) fn edit(
    check: &Check<'_>,
    document: &DockerfileDocument,
    range: TextRange,
    new: &str,
) -> Option<Edit> {
    document.edit(check.file.path(), check.file.text(), range, new)
}

/// A text in which BuildKit puts in variables.
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) range: TextRange,
    pub(crate) heredoc: bool,
    /// The names of the arguments in front of it, in an `ARG`.
    pub(crate) before: Vec<&'a str>,
}

const fn plain(text: &str, range: TextRange) -> Word<'_> {
    Word { text, range, heredoc: false, before: Vec::new() }
}

/// What of an instruction BuildKit expands, and looks at while it does.
pub(crate) fn words<'a>(found: &'a Instruction) -> Vec<Word<'a>> {
    let arguments = || found.arguments.iter().map(|word| plain(word.value.as_str(), word.range));
    let flags = |names: &'static [&'static str]| {
        let known = found.flags.iter().filter(|flag| names.contains(&flag.name.as_str()));
        known.filter_map(|flag| Some((flag.value.as_deref()?, flag.value_range)))
    };
    match found.kind {
        Some(Kind::Env | Kind::Label | Kind::Workdir | Kind::User | Kind::Stopsignal | Kind::Volume) => {
            arguments().collect()
        }
        Some(Kind::Arg) => {
            let mut before = Vec::new();
            let mut out = Vec::new();
            for word in &found.arguments {
                let (name, default) = word.value.split_once('=').unwrap_or((&word.value, ""));
                out.push(Word { before: before.clone(), ..plain(default, word.range) });
                // A long list is not worth its square.
                if before.len() < MAX_NEAR {
                    before.push(name);
                }
            }
            out
        }
        Some(Kind::Add | Kind::Copy) => {
            let bodies = found.heredocs.iter().filter(|heredoc| heredoc.expand);
            let bodies =
                bodies.map(|heredoc| Word { heredoc: true, ..plain(&heredoc.content, heredoc.body) });
            let paths = arguments().filter(|word| found.heredocs.is_empty() || !is_marker(word.text));
            let flags = flags(&["chown", "chmod", "checksum"]).map(|(text, range)| plain(text, range));
            flags.chain(paths).chain(bodies).collect()
        }
        Some(Kind::Run) => {
            let values = |(text, range): (&'a str, TextRange)| {
                let values = text.split(',').filter_map(|field| Some(field.split_once('=')?.1));
                values.map(move |value| plain(value, range))
            };
            flags(&["mount"]).flat_map(values).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a logical line holds a placeholder of a template language; `$NAME` is the Dockerfile's own.
pub(crate) fn is_templated(line: &str) -> bool {
    ["{{", "#{", "{%", "\u{fffc}"].iter().any(|mark| line.contains(mark))
}

/// The name that BuildKit has for a check.
fn buildkit_name(rule: &Rule) -> String {
    let word = |word: &str| match word {
        "json" => "JSON".to_owned(),
        word => {
            let head = word.get(..1).unwrap_or("").to_ascii_uppercase();
            head + word.get(1..).unwrap_or("")
        }
    };
    rule.name.split('-').map(word).collect()
}

/// What the directive at the head says. BuildKit refuses one that it cannot read.
fn head_options(tree: &Dockerfile) -> Options<'_> {
    let directive = tree.directives.iter().find(|directive| directive.name == "check");
    directive.and_then(|directive| options(&directive.value)).unwrap_or_default()
}

/// What the comments in front of an instruction say: the first `check=` among them counts.
fn own_options<'a>(document: &'a DockerfileDocument, instruction: &Instruction) -> Option<Options<'a>> {
    let said = comments_before(document, instruction).into_iter().find_map(|comment| {
        let (name, value) = comment.split_once('=')?;
        name.trim_end().eq_ignore_ascii_case("check").then_some(value)
    })?;
    options(said.trim().split(' ').next()?)
}

/// The comments on lines of their own between an instruction and the one before it, without `#`; an
/// empty comment puts an end to those above it, a blank line does not.
pub(crate) fn comments_before<'a>(
    document: &'a DockerfileDocument,
    instruction: &Instruction,
) -> Vec<&'a str> {
    let tree = &document.tree;
    let number = tree.instructions.partition_point(|other| other.range.start < instruction.range.start);
    let before = number.checked_sub(1).and_then(|number| tree.instructions.get(number));
    let start = before.map_or(0, |before| before.range.end);
    let first = tree.comments.partition_point(|comment| comment.start < start);
    let mut out = Vec::new();
    for comment in tree.comments.get(first..).unwrap_or(&[]) {
        if comment.start >= instruction.range.start {
            break;
        }
        let said = comment.slice(&document.text).get(1..).unwrap_or("").trim();
        if said.is_empty() {
            out.clear();
        } else {
            out.push(said);
        }
    }
    out
}

/// `skip=A,B;error=true` as BuildKit reads it; `None` where it refuses.
fn options(said: &str) -> Option<Options<'_>> {
    let mut out = Options::default();
    for part in said.trim().splitn(3, ';') {
        let (key, value) = part.split_once('=')?;
        let value = value.trim();
        match key.trim() {
            "skip" if value == "all" => out.skip_all = true,
            "skip" => out.skip = value.split(',').map(str::trim).collect(),
            "error" => {
                out.error = match value {
                    "1" | "t" | "T" | "TRUE" | "true" | "True" => true,
                    "0" | "f" | "F" | "FALSE" | "false" | "False" => false,
                    _ => return None,
                }
            }
            "experimental" => {}
            _ => return None,
        }
    }
    Some(out)
}

/// What stands in a word that reads `name` of a variable: `$name` or `${name`, of a text at `base`.
pub(crate) fn variable_place(text: &str, base: usize, name: &str) -> Option<TextRange> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find('$').map(|at| at + from) {
        let behind = text.get(at + 1..)?;
        let (skip, behind) = behind.strip_prefix('{').map_or((1, behind), |behind| (2, behind));
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if behind.strip_prefix(name).is_some_and(ends) {
            return Some(TextRange::new(base + at, base + at + skip + name.len()));
        }
        from = at + 1;
    }
    None
}

/// The text nearest to `name` at a distance below three, as BuildKit proposes it; none where one of
/// them is the name itself.
pub(crate) fn suggestion<'a>(name: &str, options: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for option in options {
        let distance = match option.len().abs_diff(name.len()) {
            0..=8 => crate::graph::distance(name, option),
            _ => continue,
        };
        if distance == 0 {
            return None;
        }
        if distance < 3 && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, option));
        }
    }
    best.map(|(_, option)| option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_buildkit_reads_them() {
        assert_eq!(options("skip=all"), Some(Options { skip_all: true, ..Options::default() }));
        let both = options(" skip=A, B ; error=true").expect("options");
        assert_eq!((both.skip, both.error), (vec!["A", "B"], true));
        for refused in ["skip", "other=1", "error=maybe"] {
            assert_eq!(options(refused), None, "{refused}");
        }
    }

    #[test]
    fn names_are_those_of_buildkit() {
        let name = |code: &str| buildkit_name(crate::rules::find(code).expect("a rule"));
        assert_eq!(name("AML730"), "JSONArgsRecommended");
        assert_eq!(name("AML403"), "SecretsUsedInArgOrEnv");
        assert_eq!(name("AML739"), "UndefinedArgInFrom");
    }

    #[test]
    fn a_variable_is_found_in_its_word() {
        let place = |text: &str| variable_place(text, 0, "AB").map(|range| range.slice(text).to_owned());
        assert_eq!(place("x$ABC:${AB:-1}").as_deref(), Some("${AB"));
        assert_eq!(place("$AB/x").as_deref(), Some("$AB"));
        assert_eq!(place("AB$$ABC"), None);
    }
}
