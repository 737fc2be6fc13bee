//! The instructions, one row each. Adding one, or a flag, is a row here and a test.
//! Source: BuildKit, `frontend/dockerfile/{command,parser,instructions}`.

/// An instruction of the Dockerfile language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the language")]
pub enum Kind {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

/// How the text behind the flags is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Words between blanks.
    Words,
    /// One text.
    Text,
    /// A JSON array of strings, else words between blanks.
    JsonOrWords,
    /// A JSON array of strings, else one text.
    JsonOrText,
    /// Words that keep their quotes.
    QuotedWords,
    /// `key=value` words, or a key, a blank and the rest.
    Pairs,
    /// Another instruction.
    Nested,
    /// A type, then as [`Shape::JsonOrText`].
    Health,
}

/// What an instruction takes.
pub(crate) struct Row {
    pub(crate) keyword: &'static str,
    pub(crate) kind: Kind,
    pub(crate) shape: Shape,
    pub(crate) heredocs: bool,
    pub(crate) flags: &'static [&'static str],
    /// The fewest and the most arguments; `None` for no bound.
    pub(crate) arguments: (usize, Option<usize>),
}

const fn row(
    keyword: &'static str,
    kind: Kind,
    shape: Shape,
    flags: &'static [&'static str],
    arguments: (usize, Option<usize>),
) -> Row {
    let heredocs = matches!(kind, Kind::Add | Kind::Copy | Kind::Run);
    Row { keyword, kind, shape, heredocs, flags, arguments }
}

const ADD: &[&str] = &["chown", "chmod", "link", "keep-git-dir", "checksum", "exclude", "unpack"];
const COPY: &[&str] = &["from", "chown", "chmod", "link", "parents", "exclude"];
const HEALTH: &[&str] = &["interval", "timeout", "start-period", "start-interval", "retries"];
const RUN: &[&str] = &["mount", "network", "security", "device"];

pub(crate) static TABLE: [Row; 18] = [
    row("ADD", Kind::Add, Shape::JsonOrWords, ADD, (2, None)),
    row("ARG", Kind::Arg, Shape::QuotedWords, &[], (1, None)),
    row("CMD", Kind::Cmd, Shape::JsonOrText, &[], (0, None)),
    row("COPY", Kind::Copy, Shape::JsonOrWords, COPY, (2, None)),
    row("ENTRYPOINT", Kind::Entrypoint, Shape::JsonOrText, &[], (0, None)),
    row("ENV", Kind::Env, Shape::Pairs, &[], (1, None)),
    row("EXPOSE", Kind::Expose, Shape::Words, &[], (1, None)),
    row("FROM", Kind::From, Shape::Words, &["platform"], (1, Some(3))),
    row("HEALTHCHECK", Kind::Healthcheck, Shape::Health, HEALTH, (1, None)),
    row("LABEL", Kind::Label, Shape::Pairs, &[], (1, None)),
    row("MAINTAINER", Kind::Maintainer, Shape::Text, &[], (1, Some(1))),
    row("ONBUILD", Kind::Onbuild, Shape::Nested, &[], (1, None)),
    row("RUN", Kind::Run, Shape::JsonOrText, RUN, (0, None)),
    row("SHELL", Kind::Shell, Shape::JsonOrText, &[], (1, None)),
    row("STOPSIGNAL", Kind::Stopsignal, Shape::Text, &[], (1, Some(1))),
    row("USER", Kind::User, Shape::Text, &[], (1, Some(1))),
    row("VOLUME", Kind::Volume, Shape::JsonOrWords, &[], (1, None)),
    row("WORKDIR", Kind::Workdir, Shape::Text, &[], (1, Some(1))),
];

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlagType {
    /// A value.
    One,
    /// A value, and it may be given several times.
    Many,
    /// `true`, `false` or nothing.
    Truth,
}

/// What the flag of that name takes; the same in every instruction that has it.
pub(crate) fn flag_type(name: &str) -> FlagType {
    match name {
        "link" | "keep-git-dir" | "unpack" | "parents" => FlagType::Truth,
        "exclude" | "mount" | "device" => FlagType::Many,
        _ => FlagType::One,
    }
}

/// The row of a keyword, in any case.
pub(crate) fn lookup(keyword: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.keyword.eq_ignore_ascii_case(keyword))
}

impl Kind {
    /// The keyword, in upper case.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        TABLE.iter().find(|row| row.kind == self).map_or("", |row| row.keyword)
    }

    /// The names of the flags that it takes, without dashes.
    #[must_use]
    pub fn flags(self) -> &'static [&'static str] {
        TABLE.iter().find(|row| row.kind == self).map_or(&[], |row| row.flags)
    }

    /// All instructions, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.kind)
    }
}
