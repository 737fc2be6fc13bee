//! What has a name in a Dockerfile, and where it is named: stages, and the variables of `ARG` and `ENV`
//! with their scopes.
//!
//! Two places name the same variable where one reads what the other said: in one stage, in a stage on
//! top, and over an `ARG` without a value, which takes what stands before the first `FROM`. A command
//! that sets a variable which is there sets that one. What only a shell or the image from elsewhere
//! defines has no definition here.

use std::collections::{BTreeMap, HashMap};

use super::mentions::{Manner, mentions, name_len};
use super::scope::is_predefined;
use super::{Argument, Dockerfile, Form, Instruction, Kind, Stage, is_marker};
use crate::text::TextRange;

/// More stages upon each other than this are not followed.
const MAX_CHAIN: usize = 64;

/// Something that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What it is.
    pub kind: NamedKind,
    /// The name, as its first definition writes it; empty for a stage without one.
    pub name: String,
    /// Where it is named, in the order of the text.
    pub places: Vec<NamePlace>,
}

/// What has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedKind {
    /// A build stage, by its number.
    Stage(usize),
    /// A variable; whether the build itself gives it a value.
    Variable {
        /// As `TARGETPLATFORM` and the proxies are.
        predefined: bool,
    },
}

/// A place where something is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePlace {
    /// The name, or what stands for it.
    pub range: TextRange,
    /// The instruction, by its place in [`Dockerfile::instructions`].
    pub at: usize,
    /// How it is named.
    pub how: Naming,
}

/// How something is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Naming {
    /// It is defined here.
    Definition,
    /// By its name.
    Use,
    /// By the number of the stage.
    Number,
    /// A stage, by a variable that holds its name.
    Variable,
}

impl Named {
    /// Where it is defined.
    pub fn definitions(&self) -> impl Iterator<Item = &NamePlace> {
        self.places.iter().filter(|place| place.how == Naming::Definition)
    }
}

/// All that has a name in a Dockerfile.
#[must_use]
pub fn names(tree: &Dockerfile) -> Vec<Named> {
    let stages = tree.stages();
    let mut out = stages_of(tree, &stages);
    out.extend(variables_of(tree, &stages));
    for named in &mut out {
        named.places.sort_by_key(|place| (place.range, place.how));
        named.places.dedup_by_key(|place| place.range);
    }
    out
}

/// Whether a word can be the name of a stage.
#[must_use]
pub fn is_stage_name(word: &str) -> bool {
    super::judge::is_stage_name(word)
}

/// Whether a word can be the name of a variable that `$` stands in front of.
#[must_use]
pub fn is_variable_name(word: &str) -> bool {
    !word.is_empty() && name_len(word) == word.len()
}

/// The instruction itself, or the one behind `ONBUILD`.
fn inner(instruction: &Instruction) -> (&Instruction, bool) {
    instruction.onbuild.as_deref().map_or((instruction, false), |inner| (inner, true))
}

fn stages_of(tree: &Dockerfile, stages: &[Stage<'_>]) -> Vec<Named> {
    let mut out: Vec<Named> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for (at, instruction) in tree.instructions.iter().enumerate() {
        if instruction.kind == Some(Kind::From) {
            let number = out.len();
            let Some(stage) = stages.get(number) else { continue };
            let from = instruction.as_from();
            if let (Some(image), Some(parent)) = (stage.image, stage.parent)
                && let Some(known) = out.get_mut(parent)
            {
                let by_name = image.value.eq_ignore_ascii_case(&known.name);
                let how = if by_name { Naming::Use } else { Naming::Variable };
                known.places.push(NamePlace { range: image.range, at, how });
            }
            let name = from.as_ref().and_then(|from| from.name);
            let range = name.or(stage.image).map_or(instruction.keyword_range, |word| word.range);
            let place = NamePlace { range, at, how: Naming::Definition };
            let name = name.map_or("", |name| &name.value).to_owned();
            if !name.is_empty() {
                by_name.insert(name.to_lowercase(), number);
            }
            out.push(Named { kind: NamedKind::Stage(number), name, places: vec![place] });
            continue;
        }
        // The stage itself is not among those that it can take from.
        let current = out.len().saturating_sub(1);
        for (word, range) in taken_from(inner(instruction).0) {
            let named = by_name.get(&word.to_lowercase()).copied().filter(|number| *number < current);
            let numbered = word.parse::<usize>().ok().filter(|number| *number < current);
            let how = if named.is_some() { Naming::Use } else { Naming::Number };
            if let Some(known) = named.or(numbered).and_then(|number| out.get_mut(number)) {
                known.places.push(NamePlace { range, at, how });
            }
        }
    }
    out
}

/// What stands behind `--from=` and in `--mount=…,from=…`, with its places.
fn taken_from(instruction: &Instruction) -> Vec<(String, TextRange)> {
    let mut out = Vec::new();
    for flag in &instruction.flags {
        let Some((start, text)) = joined(instruction, flag.value_range) else { continue };
        let source = |from: usize, word: &str| {
            instruction.logical.source(TextRange::new(start + from, start + from + word.len()))
        };
        match flag.name.as_str() {
            "from" => {
                let word = text.trim_matches(['"', '\'']);
                let from = text.find(word).unwrap_or(0);
                out.push((word.to_owned(), source(from, word)));
            }
            "mount" => {
                let mut from = 0;
                for field in text.split(',') {
                    let word = field.trim_matches(['"', '\'', ' ']);
                    if let Some(value) = word.strip_prefix("from=") {
                        let lead = field.find("from=").unwrap_or(0) + "from=".len();
                        out.push((value.to_owned(), source(from + lead, value)));
                    }
                    from += field.len() + 1;
                }
            }
            _ => {}
        }
    }
    out
}

/// The joined text of a range of the source, and where that begins in it.
fn joined(instruction: &Instruction, range: TextRange) -> Option<(usize, &str)> {
    let logical = &instruction.logical;
    let (start, end) = (logical.joined(range.start)?, logical.joined(range.end)?);
    Some((start, logical.text.get(start..end)?))
}

/// A scope: what stands before the first `FROM` and in `FROM` lines, or a stage.
type Scope = Option<usize>;

#[derive(Clone, Copy)]
struct Defined {
    at: usize,
    env: bool,
    /// `ONBUILD` sets it in the stages on top.
    later: bool,
}

struct Variables<'a, 'b> {
    stages: &'a [Stage<'b>],
    defined: HashMap<(Scope, String), Vec<Defined>>,
    /// Which variable a name is in a scope, and which of them are one and the same.
    numbers: HashMap<(Scope, String), usize>,
    same: Vec<usize>,
    found: Vec<(usize, String, NamePlace)>,
}

fn variables_of(tree: &Dockerfile, stages: &[Stage<'_>]) -> Vec<Named> {
    let mut variables = Variables {
        stages,
        defined: HashMap::new(),
        numbers: HashMap::new(),
        same: Vec::new(),
        found: Vec::new(),
    };
    let scope_of = |at: usize| -> Scope {
        let number = stages.partition_point(|stage| stage.at <= at).checked_sub(1)?;
        stages.get(number).filter(|stage| stage.at != at).map(|_| number)
    };
    for (at, instruction) in tree.instructions.iter().enumerate() {
        let (found, later) = inner(instruction);
        for (name, range, bare) in definitions(found) {
            variables.define(scope_of(at), at, &name, range, Definition { found, later, bare });
        }
    }
    let escape = tree.escape.unwrap_or('\\');
    for (at, instruction) in tree.instructions.iter().enumerate() {
        let (found, later) = inner(instruction);
        for (range, name, when) in uses(found, escape) {
            // What is set on top sees all that was set below.
            let at_end = if later { usize::MAX } else { at };
            variables.mention(scope_of(at), at, at_end, &name, (range, when));
        }
    }
    variables.finish()
}

struct Definition<'a> {
    found: &'a Instruction,
    later: bool,
    bare: bool,
}

impl Variables<'_, '_> {
    fn number(&mut self, scope: Scope, name: &str) -> usize {
        let next = self.same.len();
        let number = *self.numbers.entry((scope, name.to_owned())).or_insert(next);
        if number == next {
            self.same.push(next);
        }
        number
    }

    fn root(&self, mut number: usize) -> usize {
        while let Some(up) = self.same.get(number).copied().filter(|up| *up != number) {
            number = up;
        }
        number
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        let (low, high) = (one.min(other), one.max(other));
        if let Some(up) = self.same.get_mut(high) {
            *up = low;
        }
    }

    fn define(&mut self, scope: Scope, at: usize, name: &str, range: TextRange, how: Definition<'_>) {
        let env = how.found.kind == Some(Kind::Env);
        let number = self.number(scope, name);
        if let Some(below) = self.below(scope, name, false) {
            let below = self.number(below, name);
            self.join(number, below);
        }
        let global = (None, name.to_owned());
        if scope.is_some() && how.bare && self.defined.contains_key(&global) {
            let global = self.number(None, name);
            self.join(number, global);
        }
        let defined = Defined { at, env, later: how.later };
        self.defined.entry((scope, name.to_owned())).or_default().push(defined);
        let place = NamePlace { range, at, how: Naming::Definition };
        self.found.push((number, name.to_owned(), place));
    }

    /// The nearest stage below that has the name.
    fn below(&self, scope: Scope, name: &str, runtime: bool) -> Option<Scope> {
        let mut at = self.stages.get(scope?)?.parent;
        for level in 0..MAX_CHAIN {
            let number = at?;
            let known = self.defined.get(&(Some(number), name.to_owned()));
            let counts = |known: &Defined| (!known.later || level == 0) && (known.env || !runtime);
            if known.is_some_and(|known| known.iter().any(counts)) {
                return Some(Some(number));
            }
            at = self.stages.get(number)?.parent;
        }
        None
    }

    fn mention(&mut self, scope: Scope, at: usize, end: usize, name: &str, (range, when): (TextRange, When)) {
        let runtime = when == When::Run;
        let before = |known: &Defined| {
            let seen = known.at < end || known.at == end && when == When::SameInstruction;
            seen && (!known.later || end == usize::MAX) && (known.env || !runtime || scope.is_none())
        };
        let own = self.defined.get(&(scope, name.to_owned())).is_some_and(|known| known.iter().any(before));
        let target = if own { Some(scope) } else { self.below(scope, name, runtime) };
        // A name that nothing defines is still one and the same in its stage.
        let number = match target {
            Some(scope) => self.number(scope, name),
            None => {
                let unknown = format!("?{name}");
                self.number(scope, &unknown)
            }
        };
        self.found.push((number, name.to_owned(), NamePlace { range, at, how: Naming::Use }));
    }

    fn finish(mut self) -> Vec<Named> {
        let mut out: BTreeMap<usize, Named> = BTreeMap::new();
        for (number, name, place) in std::mem::take(&mut self.found) {
            let kind = NamedKind::Variable { predefined: is_predefined(&name) };
            out.entry(self.root(number))
                .or_insert_with(|| Named { kind, name, places: Vec::new() })
                .places
                .push(place);
        }
        out.into_values().collect()
    }
}

/// The variables that an instruction defines: the name, its place, and whether without a value.
fn definitions(found: &Instruction) -> Vec<(String, TextRange, bool)> {
    let name_of = |word: &Argument| {
        let (start, text) = joined(found, word.range)?;
        let lead = usize::from(text.starts_with(['"', '\'']));
        let text = text.get(lead..)?;
        let name = text.get(..text.find(['=', '"', '\'']).unwrap_or(text.len()))?;
        let known = !name.is_empty() && !name.contains(['$', '\\']);
        let range = TextRange::new(start + lead, start + lead + name.len());
        known.then(|| (name.to_owned(), found.logical.source(range), !text.contains('=')))
    };
    match found.kind {
        Some(Kind::Arg) => found.arguments.iter().filter_map(name_of).collect(),
        Some(Kind::Env) => found.arguments.chunks(2).filter_map(|pair| name_of(pair.first()?)).collect(),
        _ => Vec::new(),
    }
}

/// When a name is looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// By the build, in front of the instruction.
    Build,
    /// By the build, with what the same instruction said further left.
    SameInstruction,
    /// When the container runs: what `ARG` said is gone.
    Run,
}

/// The variables that an instruction mentions.
fn uses(found: &Instruction, escape: char) -> Vec<(TextRange, String, When)> {
    let mut out = Vec::new();
    let words = Manner::Words(escape);
    let mut scan = |range: TextRange, manner: Manner, when: When| {
        let Some((start, text)) = joined(found, range) else { return };
        for name in mentions(text, manner) {
            let place = found.logical.source(TextRange::new(start + name.start, start + name.end));
            out.push((place, name.slice(text).to_owned(), when));
        }
    };
    let expanded: &[&str] = match found.kind {
        Some(Kind::From) => &["platform"],
        Some(Kind::Add | Kind::Copy) => &["chown", "chmod", "checksum", "exclude"],
        Some(Kind::Run) => &["mount"],
        _ => &[],
    };
    for flag in found.flags.iter().filter(|flag| expanded.contains(&flag.name.as_str())) {
        scan(flag.value_range, words, When::Build);
    }
    match found.kind {
        Some(Kind::Arg) => {
            for word in &found.arguments {
                let equals =
                    joined(found, word.range).and_then(|(start, text)| Some(start + text.find('=')?));
                let Some(at) = equals else { continue };
                let start = found.logical.source(TextRange::new(at, at + 1)).end;
                scan(TextRange::new(start, word.range.end), words, When::SameInstruction);
            }
        }
        Some(Kind::From) => found.arguments.iter().take(1).for_each(|w| scan(w.range, words, When::Build)),
        Some(
            Kind::Env
            | Kind::Label
            | Kind::Workdir
            | Kind::User
            | Kind::Stopsignal
            | Kind::Volume
            | Kind::Expose,
        ) => found.arguments.iter().for_each(|word| scan(word.range, words, When::Build)),
        Some(Kind::Add | Kind::Copy) => {
            let marker = |word: &&Argument| !found.heredocs.is_empty() && is_marker(&word.value);
            found.arguments.iter().filter(|w| !marker(w)).for_each(|w| scan(w.range, words, When::Build));
        }
        Some(Kind::Run | Kind::Cmd | Kind::Entrypoint | Kind::Healthcheck) if found.form == Form::Exec => {
            let skip = usize::from(found.kind == Some(Kind::Healthcheck));
            let program = found.arguments.iter().skip(skip).collect::<Vec<_>>();
            // Nobody expands what is no script of a shell.
            if let [_, option, script, ..] = program.as_slice()
                && option.value.starts_with('-')
                && option.value.ends_with('c')
            {
                scan(script.range, Manner::Body, when_run(found));
            }
        }
        _ => {}
    }
    for script in found.scripts() {
        for name in mentions(script.text, Manner::Shell) {
            out.push((script.source(name), name.slice(script.text).to_owned(), when_run(found)));
        }
    }
    let scripts = found.scripts();
    for heredoc in found.heredocs.iter().filter(|heredoc| heredoc.expand) {
        // A body that a shell reads as its script is among the scripts.
        if scripts.iter().any(|script| script.source(TextRange::empty(0)).start == heredoc.body.start) {
            continue;
        }
        for name in mentions(&heredoc.content, Manner::Body) {
            let start = heredoc.body.start;
            let place = TextRange::new(start + name.start, start + name.end);
            out.push((place, name.slice(&heredoc.content).to_owned(), when_run(found)));
        }
    }
    out
}

/// When the shell text of an instruction is run.
fn when_run(found: &Instruction) -> When {
    match found.kind {
        Some(Kind::Cmd | Kind::Entrypoint | Kind::Healthcheck) => When::Run,
        _ => When::Build,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    /// Each thing with the lines where it is named, definitions with a star.
    fn shown(text: &str) -> Vec<String> {
        let line = |range: TextRange| text[..range.start].matches('\n').count() + 1;
        names(&parse(text))
            .into_iter()
            .map(|named| {
                let places: Vec<String> = named
                    .places
                    .iter()
                    .map(|place| {
                        let sign = match place.how {
                            Naming::Definition => "*",
                            Naming::Use => "",
                            Naming::Number => "#",
                            Naming::Variable => "$",
                        };
                        if place.how == Naming::Use || named.name == place.range.slice(text) {
                            let found = place.range.slice(text);
                            assert!(found.eq_ignore_ascii_case(&named.name), "{found} {}", named.name);
                        }
                        format!("{}{sign}", line(place.range))
                    })
                    .collect();
                format!("{}: {}", named.name, places.join(" "))
            })
            .collect()
    }

    #[test]
    fn stages_are_named_in_four_ways() {
        let text = "ARG B=two\nFROM a AS One\nFROM one AS two\nCOPY --from=ONE a b\nFROM $B\n\
                    RUN --mount=type=bind,from=one,target=/x ls\nCOPY --from=0 a b\nCOPY --from=other a b\n";
        assert_eq!(shown(text), ["One: 2* 3 4 6 7#", "two: 3* 5$", ": 5*", "B: 1* 5"]);
    }

    #[test]
    fn a_name_means_the_last_stage_of_it_above() {
        let text = "FROM a AS x\nFROM b AS x\nFROM x\nCOPY --from=x a b\nFROM c AS y\nCOPY --from=y a b\n";
        assert_eq!(shown(text), ["x: 1*", "x: 2* 3 4", ": 3*", "y: 5*"]);
    }

    #[test]
    fn variables_have_scopes() {
        let text = "ARG V=1\nARG W=$V\nFROM a:$V AS b\nARG V\nENV A=$V B=\"${A:-x}\"\nRUN echo $A '$A' $V\n\
                    FROM b\nENV A=2\nRUN A=3; echo ${A} $Q\nFROM c\nRUN echo $V $A\nARG V=9\nLABEL x=$V\n";
        assert_eq!(
            shown(text)[3..],
            [
                "V: 1* 2 3 4* 5 6",
                "W: 2*",
                "A: 5* 6 8* 9 9",
                "B: 5*",
                "V: 12* 13",
                "A: 5",
                "Q: 9",
                "V: 11",
                "A: 11",
            ]
        );
    }

    #[test]
    fn arguments_are_gone_when_the_container_runs() {
        let text =
            "FROM a\nARG X=1\nENV Y=$X\nCMD echo $X $Y\nENTRYPOINT [\"sh\", \"-c\", \"$Y\"]\nCMD [\"$Y\"]\n";
        assert_eq!(shown(text)[1..], ["X: 2* 3", "Y: 3* 4 5", "X: 4"]);
    }

    #[test]
    fn bodies_of_heredocs_mention_variables() {
        let text = "FROM a\nENV X=1\nCOPY <<EOF <<'END' /\n$X\nEOF\n$X\nEND\nRUN <<EOF\necho $X\nEOF\n\
                    RUN cat <<'EOF' > $X\n$X\nEOF\nONBUILD RUN echo $X\n";
        assert_eq!(shown(text)[1..], ["X: 2* 4 9 11 14"]);
    }

    #[test]
    fn continued_lines_have_places() {
        let text = "FROM a\r\nENV \\\r\n  # c\r\n  A=1 \\\r\n  B=$A\r\nRUN x \\\r\n  ${A}\r\n";
        assert_eq!(shown(text)[1..], ["A: 4* 7", "B: 5*", "A: 5"]);
    }
}
