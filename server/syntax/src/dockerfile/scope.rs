//! Which variables exist where: `ARG` and `ENV` across the stages, as BuildKit's conversion follows them.
//!
//! An `ARG` before the first `FROM` is seen by `FROM` lines, and by a stage that declares it again. A
//! stage on an earlier one has all that the earlier one had in the end, its `ARG`s too, and then what
//! its `ONBUILD` lines say. Within a stage a later line with a value wins, be it `ARG` or `ENV`; in a
//! stage on top, what any `ENV` below said wins over what an `ARG` said. What only the build
//! knows is opaque: platforms, proxies, and the environment of an image from elsewhere.

use std::collections::{BTreeMap, HashMap};

use super::expand::{self, ExpandError, Expanded, FUEL, Value, expand_within};
use super::{Dockerfile, Instruction, Kind};

/// More stages upon each other than this are not followed; what lies deeper is opaque.
const MAX_CHAIN: usize = 16;

/// What a trigger of `ONBUILD` costs in a stage on top, in characters put in.
const TRIGGER: usize = 64;

/// What a build knows without being told. Source: BuildKit, `dockerfile2llb/platform.go`.
const PREDEFINED: [&str; 11] = [
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETARCH",
    "TARGETVARIANT",
    "TARGETSTAGE",
];

/// Clients pass these on by themselves, so that an `ARG` of that name has any value.
const PROXIES: [&str; 5] = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/// The variables of a Dockerfile, instruction by instruction. Instructions are named by their place in
/// [`Dockerfile::instructions`], from 0.
#[derive(Clone, Debug)]
pub struct Scopes {
    globals: Timeline,
    stages: Vec<Scope>,
    escape: char,
}

#[derive(Clone, Debug)]
struct Scope {
    /// The instruction that begins the stage.
    from: usize,
    base: Base,
    variables: Timeline,
}

/// How a name stands at an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is declared or set there, or may be by a name that is not known.
    Defined,
    /// Nothing declares or sets it.
    Undefined,
    /// Nothing in the Dockerfile does; the image from elsewhere may, on which this stage stands.
    Image(usize),
}

/// What a stage stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Scratch,
    Elsewhere,
    Stage(usize),
}

/// What a variable was set to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Set {
    Known(String),
    Opaque,
    /// Declared, and nothing more.
    Declared,
}

/// The values of a name, each with the instruction that gave it.
#[derive(Clone, Debug, Default)]
struct Values {
    by_any: Vec<(usize, Set)>,
    /// Those of `ENV`, by their places in `by_any`.
    by_env: Vec<usize>,
}

/// The values of each name.
#[derive(Clone, Debug, Default)]
struct Timeline {
    names: HashMap<String, Values>,
    /// Instructions that set a variable whose name is not known: all names are open from there.
    unknown: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Any,
    Env,
}

impl Timeline {
    fn set(&mut self, at: usize, by: By, name: &str, value: Set) {
        let values = match self.names.get_mut(name) {
            Some(values) => values,
            None => self.names.entry(name.to_owned()).or_default(),
        };
        // A bare declaration says nothing new of a name that is there.
        if value == Set::Declared && !values.by_any.is_empty() {
            return;
        }
        if by == By::Env {
            values.by_env.push(values.by_any.len());
        }
        values.by_any.push((at, value));
    }

    /// What the name was set to last by instructions before `end`, of `ENV` only or of any; `None` if by
    /// none.
    fn get(&self, end: usize, by: By, name: &str) -> Option<Value<'_>> {
        let last = self.names.get(name).and_then(|values| {
            let upto = values.by_any.partition_point(|(at, _)| *at < end);
            let place = match by {
                By::Any => upto.checked_sub(1)?,
                By::Env => {
                    let env = values.by_env.partition_point(|place| *place < upto).checked_sub(1)?;
                    *values.by_env.get(env)?
                }
            };
            values.by_any.get(place).filter(|(_, value)| *value != Set::Declared)
        });
        let unknown = self.unknown.partition_point(|at| *at < end).checked_sub(1);
        let unknown = unknown.and_then(|place| self.unknown.get(place));
        if let Some(unknown) = unknown
            && last.is_none_or(|(at, _)| at <= unknown)
        {
            return Some(Value::Opaque);
        }
        match &last?.1 {
            Set::Known(text) => Some(Value::Known(text)),
            Set::Opaque | Set::Declared => Some(Value::Opaque),
        }
    }

    /// Whether the name is declared or set by instructions before `end`, or may be.
    fn has(&self, end: usize, name: &str) -> bool {
        let before = |values: &Values| values.by_any.first().is_some_and(|(at, _)| *at < end);
        self.names.get(name).is_some_and(before) || self.unknown.first().is_some_and(|at| *at < end)
    }

    fn names(&self, end: usize) -> impl Iterator<Item = &str> {
        let before = move |values: &Values| values.by_any.first().is_some_and(|(at, _)| *at < end);
        self.names.iter().filter(move |(_, values)| before(values)).map(|(name, _)| name.as_str())
    }
}

/// A `FROM`, and what it stands on.
#[derive(Clone, Debug)]
pub(super) struct Start {
    /// The instruction.
    pub(super) at: usize,
    /// The image with variables put in; `None` where it cannot be told.
    pub(super) resolved: Option<String>,
    /// The earlier stage, by its number.
    pub(super) parent: Option<usize>,
}

/// The stages of a Dockerfile, and the variables in front of the first.
pub(super) fn starts(tree: &Dockerfile) -> Vec<Start> {
    Reading::new(tree).1
}

struct Reading<'a> {
    tree: &'a Dockerfile,
    escape: char,
    /// What may still be put into words: so that all of it grows no faster than the text.
    fuel: usize,
}

impl<'a> Reading<'a> {
    /// The variables in front of the first stage, the stages, and the rest of the work.
    fn new(tree: &'a Dockerfile) -> (Timeline, Vec<Start>, Self) {
        let len = tree.instructions.last().map_or(0, |last| last.range.end);
        let mut reading =
            Self { tree, escape: tree.escape.unwrap_or('\\'), fuel: (1 << 20) + len.saturating_mul(4) };
        let mut globals = Timeline::default();
        let mut starts: Vec<Start> = Vec::new();
        let mut names: HashMap<String, usize> = HashMap::new();
        for (at, instruction) in tree.instructions.iter().enumerate() {
            match instruction.kind {
                Some(Kind::Arg) if starts.is_empty() => {
                    for argument in &instruction.arguments {
                        let (name, default) = split(&argument.value);
                        let value = match default {
                            Some(default) => reading.expand(default, &|name| global(&globals, at + 1, name)),
                            None => Set::Declared,
                        };
                        globals.set(at, By::Any, name, value);
                    }
                }
                Some(Kind::From) => {
                    let lookup = |name: &str| global(&globals, at, name);
                    let image = instruction.as_from().map(|from| from.image.value.as_str());
                    let read =
                        image.and_then(|image| reading.word(image, &lookup).ok()).filter(|read| !read.blank);
                    let resolved = read.and_then(|read| read.value).filter(|text| !text.is_empty());
                    let parent = resolved.as_ref().and_then(|text| names.get(&text.to_lowercase()).copied());
                    if let Some(name) = instruction.as_from().and_then(|from| from.name) {
                        names.insert(name.value.to_lowercase(), starts.len());
                    }
                    starts.push(Start { at, resolved, parent });
                }
                _ => {}
            }
        }
        (globals, starts, reading)
    }

    fn word<'v>(&mut self, word: &str, lookup: &dyn Fn(&str) -> Value<'v>) -> Result<Expanded, ExpandError> {
        let allowed = FUEL.min(self.fuel);
        let mut left = allowed;
        let read = expand_within(word, self.escape, lookup, &mut left);
        self.fuel -= allowed - left;
        read
    }

    /// A word as what a variable is set to; one that BuildKit refuses is opaque.
    fn expand<'v>(&mut self, word: &str, lookup: &dyn Fn(&str) -> Value<'v>) -> Set {
        match self.word(word, lookup).ok().and_then(|read| read.value) {
            Some(text) => Set::Known(text),
            None => Set::Opaque,
        }
    }

    /// Follows one `ARG` or `ENV` of the last stage; `at` is the instruction that it counts for.
    fn follow(&mut self, scopes: &mut Scopes, at: usize, instruction: &Instruction) {
        let Some(stage) = scopes.stages.len().checked_sub(1) else { return };
        let mut set = Vec::new();
        match instruction.kind {
            Some(Kind::Arg) => {
                for argument in &instruction.arguments {
                    let (name, default) = split(&argument.value);
                    let value = match default {
                        // The arguments of one ARG see those in front of them.
                        Some(default) => self.expand(default, &|name| scopes.within(stage, at + 1, name)),
                        None => match global(&scopes.globals, usize::MAX, name) {
                            Value::Known(text) => Set::Known(text.to_owned()),
                            Value::Opaque => Set::Opaque,
                            Value::Unset if is_proxy(name) => Set::Opaque,
                            Value::Unset => Set::Declared,
                        },
                    };
                    if let Set::Known(text) = &value {
                        self.fuel = self.fuel.saturating_sub(text.len());
                    }
                    let value = if self.fuel == 0 { Set::Opaque } else { value };
                    if let Some(scope) = scopes.stages.get_mut(stage) {
                        scope.variables.set(at, By::Any, name, value);
                    }
                }
            }
            Some(Kind::Env) => {
                for pair in instruction.arguments.chunks(2) {
                    let [key, value] = pair else { continue };
                    // The pairs of one ENV do not see each other: they are set below, all at once.
                    let lookup = |name: &str| scopes.within(stage, at + 1, name);
                    let key = self.expand(&key.value, &lookup);
                    let value = self.expand(&value.value, &lookup);
                    set.push((key, value));
                }
            }
            _ => {}
        }
        let Some(scope) = scopes.stages.get_mut(stage) else { return };
        for (key, value) in set {
            match key {
                Set::Known(name) => scope.variables.set(at, By::Env, &name, value),
                Set::Opaque | Set::Declared => scope.variables.unknown.push(at),
            }
        }
    }
}

/// `name=default` of an `ARG`.
fn split(word: &str) -> (&str, Option<&str>) {
    word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)))
}

/// Whether a build gives a variable of that name a value by itself.
pub(super) fn is_predefined(name: &str) -> bool {
    PREDEFINED.contains(&name) || is_proxy(name)
}

fn is_proxy(name: &str) -> bool {
    PROXIES.iter().any(|proxy| proxy.eq_ignore_ascii_case(name))
}

/// What a variable is in front of the first stage, and in a `FROM`.
fn global<'v>(globals: &'v Timeline, end: usize, name: &str) -> Value<'v> {
    globals.get(end, By::Any, name).unwrap_or(if PREDEFINED.contains(&name) {
        Value::Opaque
    } else {
        Value::Unset
    })
}

impl Scopes {
    /// Follows the variables through a Dockerfile, in time that grows as its text does.
    #[must_use]
    pub fn new(tree: &Dockerfile) -> Self {
        let (globals, starts, mut reading) = Reading::new(tree);
        let mut scopes = Self { globals, stages: Vec::new(), escape: reading.escape };
        for (number, start) in starts.iter().enumerate() {
            let base = match start.parent {
                Some(parent) => Base::Stage(parent),
                None if start.resolved.as_deref() == Some("scratch") => Base::Scratch,
                None => Base::Elsewhere,
            };
            scopes.stages.push(Scope { from: start.at, base, variables: Timeline::default() });
            if let Some(parent) = start.parent {
                let begin = starts.get(parent).map_or(0, |parent| parent.at);
                let end = starts.get(parent + 1).map_or(0, |next| next.at);
                let stage = reading.tree.instructions.get(begin..end).unwrap_or(&[]);
                for trigger in stage.iter().filter_map(|found| found.onbuild.as_deref()) {
                    // Many stages on one with many triggers: what is too much is open.
                    let Some(left) = reading.fuel.checked_sub(TRIGGER) else {
                        if let Some(scope) = scopes.stages.last_mut() {
                            scope.variables.unknown.push(start.at);
                        }
                        break;
                    };
                    reading.fuel = left;
                    reading.follow(&mut scopes, start.at, trigger);
                }
            }
            let end = starts.get(number + 1).map_or(tree.instructions.len(), |next| next.at);
            for at in start.at + 1..end {
                if let Some(instruction) = tree.instructions.get(at) {
                    reading.follow(&mut scopes, at, instruction);
                }
            }
        }
        scopes
    }

    /// What a variable is for the instruction at `at`, before that takes effect.
    #[must_use]
    pub fn lookup(&self, at: usize, name: &str) -> Value<'_> {
        match self.stage_of(at) {
            Some(stage) => self.within(stage, at, name),
            None => global(&self.globals, at, name),
        }
    }

    /// The variables that are declared or set where the instruction at `at` stands. What an image from
    /// elsewhere brings is not among them.
    #[must_use]
    pub fn names(&self, at: usize) -> BTreeMap<&str, Value<'_>> {
        let mut out = BTreeMap::new();
        let mut add = |name| {
            out.insert(name, self.lookup(at, name));
        };
        let Some(stage) = self.stage_of(at) else {
            self.globals.names(at).chain(PREDEFINED).for_each(add);
            return out;
        };
        self.chain(stage, at).for_each(|(scope, end)| scope.variables.names(end).for_each(&mut add));
        out
    }

    /// The escape character of the Dockerfile.
    #[must_use]
    pub const fn escape(&self) -> char {
        self.escape
    }

    /// How a name stands where the instruction at `at` stands. Unlike [`Scopes::lookup`] this tells a
    /// name that is declared without a value from one that is not there.
    #[must_use]
    pub fn standing(&self, at: usize, name: &str) -> Standing {
        let Some(stage) = self.stage_of(at) else {
            let there = self.globals.has(at, name) || PREDEFINED.contains(&name);
            return if there { Standing::Defined } else { Standing::Undefined };
        };
        // A chain that is not followed to its end may have any name.
        let (mut standing, mut number) = (Standing::Defined, stage);
        for (scope, end) in self.chain(stage, at) {
            if scope.variables.has(end, name) {
                return Standing::Defined;
            }
            standing = match scope.base {
                Base::Stage(parent) => {
                    number = parent;
                    Standing::Defined
                }
                // BuildKit gives a PATH to whatever has none.
                _ if name == "PATH" => Standing::Defined,
                Base::Scratch => Standing::Undefined,
                Base::Elsewhere => Standing::Image(number),
            };
        }
        standing
    }

    /// The first instruction of its stage, from the one at `at` on, that declares or sets a name.
    #[must_use]
    pub fn later(&self, at: usize, name: &str) -> Option<usize> {
        let scope = self.stages.get(self.stage_of(at)?)?;
        let places = scope.variables.names.get(name)?;
        places.by_any.iter().map(|(place, _)| *place).find(|place| *place >= at)
    }

    /// What a word of the instruction at `at` becomes there.
    ///
    /// # Errors
    ///
    /// Where BuildKit refuses the word.
    pub fn expand(&self, at: usize, word: &str) -> Result<Expanded, ExpandError> {
        expand::expand(word, self.escape, &|name| self.lookup(at, name))
    }

    /// The stage whose body holds an instruction; `None` for a `FROM` and what stands before the first.
    fn stage_of(&self, at: usize) -> Option<usize> {
        let stage = self.stages.partition_point(|scope| scope.from <= at).checked_sub(1)?;
        self.stages.get(stage).filter(|scope| scope.from != at).map(|_| stage)
    }

    /// A stage up to an instruction, then those that it stands on, whole.
    fn chain(&self, stage: usize, end: usize) -> impl Iterator<Item = (&Scope, usize)> {
        let first = self.stages.get(stage).map(|scope| (scope, end));
        std::iter::successors(first, |(scope, _)| match scope.base {
            Base::Stage(parent) => self.stages.get(parent).map(|scope| (scope, usize::MAX)),
            Base::Scratch | Base::Elsewhere => None,
        })
        .take(MAX_CHAIN)
    }

    fn within(&self, stage: usize, end: usize, name: &str) -> Value<'_> {
        let mut base = Base::Elsewhere;
        let mut argument = None;
        for (level, (scope, end)) in self.chain(stage, end).enumerate() {
            // A stage begins with the ENVs of the image below, on top of all else that is there.
            let by = if level > 0 { By::Env } else { By::Any };
            if let Some(value) = scope.variables.get(end, by, name) {
                return value;
            }
            argument = argument.or_else(|| scope.variables.get(end, By::Any, name));
            base = scope.base;
        }
        match (base, argument) {
            (Base::Scratch, Some(value)) => value,
            // BuildKit gives a PATH to whatever has none.
            (Base::Scratch, None) if name != "PATH" => Value::Unset,
            // The image from elsewhere may have an ENV of that name.
            _ => Value::Opaque,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    /// What `word` becomes in the last instruction; `?` for opaque.
    fn last(text: &str, word: &str) -> String {
        let tree = parse(text);
        let scopes = Scopes::new(&tree);
        let at = tree.instructions.len() - 1;
        scopes.expand(at, word).expect("a word").value.unwrap_or_else(|| "?".to_owned())
    }

    #[test]
    fn a_global_is_seen_where_it_is_declared_again() {
        let text = "ARG G=7 H=$G\nFROM scratch\nARG H\nARG J\nRUN x\n";
        assert_eq!(last(text, "$G.$H.${J:-u}"), ".7.u");
        assert_eq!(last("ARG G=7\nFROM x:$G\n", "x:$G"), "x:7");
        assert_eq!(last("FROM scratch\nARG G=1\nFROM x:$G\n", "x:$G"), "x:");
        assert_eq!(last("FROM scratch\nARG TARGETARCH\nRUN x", "$TARGETARCH"), "?");
        assert_eq!(last("FROM scratch\nRUN x", "$TARGETARCH"), "");
        assert_eq!(last("FROM --platform=$BUILDPLATFORM x", "$BUILDPLATFORM"), "?");
        assert_eq!(last("FROM scratch\nARG http_proxy\nRUN x", "$http_proxy"), "?");
    }

    #[test]
    fn the_later_line_with_a_value_wins() {
        assert_eq!(last("FROM scratch\nARG A=1\nENV A=2\nARG A\nRUN x", "$A"), "2");
        assert_eq!(last("FROM scratch\nENV A=1\nARG A=2\nRUN x", "$A"), "2");
        assert_eq!(last("FROM scratch\nENV A=1 B=${A:-n}\nARG C=1 D=$C\nRUN x", "$B$D"), "n1");
        assert_eq!(last("FROM scratch\nENV A=1\nENV A=2\n", "$A"), "1");
    }

    #[test]
    fn a_stage_has_what_its_base_had() {
        let text =
            "FROM scratch AS one\nARG A=1\nENV B=2\nONBUILD ENV C=$B\nFROM ONE AS two\nFROM two\nRUN x\n";
        assert_eq!(last(text, "$A$B$C"), "122");
        assert_eq!(last("FROM scratch AS one\nENV B=2\nFROM scratch\nRUN x", "$B"), "");
        assert_eq!(last("FROM other AS one\nENV B=2\nFROM one\nRUN x", "$B$Z"), "?");
        assert_eq!(last("FROM other AS one\nENV B=2\nFROM one\nRUN x", "$B"), "2");
        assert_eq!(last("FROM scratch AS one\nENV B=2\nARG B=3\nFROM one\nRUN x", "$B"), "2");
        assert_eq!(last("FROM other AS one\nARG B=3\nFROM one\nRUN x", "$B"), "?");
        assert_eq!(last("FROM ${OPEN}\nENV B=2\nRUN x", "$B"), "2");
        assert_eq!(last("FROM scratch\nRUN x", "$PATH"), "?");
    }

    #[test]
    fn an_unknown_name_opens_all_of_them() {
        assert_eq!(last("FROM other\nENV A=1\nENV $X=2\nRUN x", "$A"), "?");
        assert_eq!(last("FROM other\nENV $X=2\nENV A=1\nRUN x", "$A"), "1");
    }

    #[test]
    fn names_are_listed_with_what_they_are() {
        let tree = parse("FROM other AS b\nENV A=1\nFROM b\nARG O=$X\nARG U\nRUN x\n");
        let scopes = Scopes::new(&tree);
        let names: Vec<_> = scopes.names(5).into_iter().collect();
        assert_eq!(names, [("A", Value::Known("1")), ("O", Value::Opaque), ("U", Value::Opaque)]);
        assert_eq!(scopes.names(3).len(), 1);
        assert!(scopes.names(0).contains_key("TARGETPLATFORM"));
    }

    #[test]
    fn doubling_ends() {
        let text = format!("FROM scratch\nENV A=aaaaaaaa\n{}RUN x", "ENV A=$A$A\n".repeat(100));
        assert_eq!(last(&text, "$A"), "?");
    }
}
