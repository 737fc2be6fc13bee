//! Random Dockerfile text in every dress that a host can give it, random changes of it, and the
//! question whether each change that is offered is right. Shared by the test and the command; a host
//! language is one more [`Codec`].

use amlenv_syntax::python::{Known, Names, StmtKind, StringValue, dotted, evaluate, parse};
use amlenv_syntax::{SourceMap, TextRange};

/// A small generator, so that a run can be repeated by its seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % end.max(1)
    }

    pub(crate) fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

/// A change of the host: the bytes to replace, and what to put there.
pub(crate) type HostEdit = (TextRange, String);

/// Makes a change of the host out of one of the text.
pub(crate) type Edit = dyn Fn(&str, TextRange, &str) -> Option<HostEdit>;

/// An embedded text as its reader sees it.
pub(crate) struct Embedded {
    pub(crate) value: String,
    pub(crate) map: SourceMap,
    /// The change of the host that makes a change of the text.
    pub(crate) edit: Box<Edit>,
}

/// A way to embed a text.
pub(crate) struct Codec {
    pub(crate) name: &'static str,
    /// A host with random text in it.
    pub(crate) host: fn(&mut Random) -> String,
    /// What the reader sees in a host.
    pub(crate) read: fn(&str) -> Option<Embedded>,
}

/// All codecs.
pub(crate) const CODECS: &[Codec] = &[
    Codec { name: "python plain", host: |random| assigned(&literal(random, "", false)), read: python },
    Codec { name: "python raw", host: |random| assigned(&literal(random, "r", false)), read: python },
    Codec { name: "python triple", host: |random| assigned(&literal(random, "", true)), read: python },
    Codec { name: "python raw triple", host: |random| assigned(&literal(random, "R", true)), read: python },
    Codec { name: "python concatenated", host: |random| assigned(&several(random, "\n    ")), read: python },
    Codec { name: "python sum", host: |random| assigned(&several(random, " + ")), read: python },
    Codec { name: "python f-string", host: f_string, read: python },
    Codec { name: "python dedented", host: dedented, read: python },
    Codec { name: "python stripped", host: stripped, read: python },
    Codec { name: "python joined", host: joined, read: python },
    Codec { name: "python formatted", host: formatted, read: python },
    Codec { name: "python named", host: named, read: python },
];

const WORDS: [&str; 26] = [
    "FROM",
    "RUN",
    "ENV",
    "a",
    "python:3",
    "mcr/x",
    " ",
    "  ",
    "\t",
    "é",
    "😀",
    "'",
    "\"",
    "\\\\",
    "\\n",
    "\\t",
    "\\'",
    "\\\"",
    "\\x41",
    "\\u00e9",
    "\\U0001f600",
    "\\q",
    "#",
    "=",
    "$X",
    "\\\n",
];

fn words(random: &mut Random, raw: bool, triple: bool, braces: &str) -> String {
    let mut out = String::new();
    for _ in 0..random.below(12) {
        let word = match random.below(12) {
            0 if triple => random.pick(&["\n", "\r\n", "\n\n"]),
            1 => random.pick(&["{{", "}}"]),
            _ => random.pick(&WORDS),
        };
        let fits = match word {
            "{{" | "}}" => !braces.is_empty(),
            "'" | "\"" => triple,
            "\\'" | "\\\"" | "\\q" | "\\\n" | "\\x41" | "\\u00e9" | "\\U0001f600" => !raw,
            _ => true,
        };
        if fits {
            out.push_str(word);
        }
    }
    // A quote at the very end would close the literal early, and a backslash keep it open.
    while out.ends_with(['\'', '"', '\\']) {
        out.pop();
    }
    if out.ends_with("\\x4") || out.ends_with('\\') {
        out.clear();
    }
    out
}

fn quote(random: &mut Random, triple: bool) -> &'static str {
    if triple { random.pick(&["'''", "\"\"\""]) } else { random.pick(&["'", "\""]) }
}

fn literal(random: &mut Random, prefix: &str, triple: bool) -> String {
    let quote = quote(random, triple);
    let raw = prefix.contains(['r', 'R']);
    format!("{prefix}{quote}{}{quote}", words(random, raw, triple, ""))
}

fn any_literal(random: &mut Random) -> String {
    let prefix = random.pick(&["", "r", "u", "R"]);
    let triple = random.below(3) == 0;
    literal(random, prefix, triple)
}

fn several(random: &mut Random, between: &str) -> String {
    let parts: Vec<String> = (0..=random.below(4)).map(|_| any_literal(random)).collect();
    format!("({})", parts.join(between))
}

fn assigned(expression: &str) -> String {
    format!("é = 1\nx = {expression}\ny = 2\n")
}

fn f_string(random: &mut Random) -> String {
    let triple = random.below(2) == 0;
    let quote = quote(random, triple);
    let raw = random.below(3) == 0;
    let mut content = String::new();
    for _ in 0..=random.below(3) {
        content.push_str(&words(random, raw, triple, "{"));
        content.push_str(random.pick(&["{A}", "{f()}", "{A!r}", "{x:>{y}}", "{B}"]));
    }
    content.push_str(&words(random, raw, triple, "{"));
    let constants = format!("A = {}\nB = {}\n", any_literal(random), several(random, " + "));
    format!("{constants}x = {}{quote}{content}{quote}\ny = 2\n", if raw { "rf" } else { "f" })
}

fn dedented(random: &mut Random) -> String {
    let mut lines = String::new();
    for _ in 0..random.below(5) {
        let indent = random.pick(&["    ", "    ", "      ", "\t", ""]);
        lines.push_str(&format!("{indent}{}\n", words(random, false, false, "")));
    }
    let call = random.pick(&["textwrap.dedent", "dedent", "inspect.cleandoc"]);
    let start = random.pick(&["", "\\\n", "\n"]);
    assigned(&format!("{call}('''{start}{}    ''')", lines.replace('\'', "")))
}

fn stripped(random: &mut Random) -> String {
    let method = random.pick(&["strip()", "lstrip()", "rstrip()", "strip('\\n')"]);
    assigned(&format!("{}.{method}", any_literal(random)))
}

fn joined(random: &mut Random) -> String {
    let items: Vec<String> = (0..random.below(4)).map(|_| any_literal(random)).collect();
    let separator = random.pick(&["'\\n'", "''", "' && '"]);
    assigned(&format!("{separator}.join([{}])", items.join(", ")))
}

fn formatted(random: &mut Random) -> String {
    let piece = |random: &mut Random| words(random, false, false, "{").replace(['%', '\n'], "");
    if random.below(2) == 0 {
        let text = format!("{}{{}}{}{{n}}{}", piece(random), piece(random), piece(random));
        let argument = any_literal(random);
        assigned(&format!("'{text}'.format({argument}, n=f())"))
    } else {
        let text = format!("{}%s{}%%", piece(random), piece(random));
        assigned(&format!("'{text}' % ({},)", any_literal(random)))
    }
}

fn named(random: &mut Random) -> String {
    format!(
        "A = {}\nB = A + {}\nx = B + {}\ny = 2\n",
        any_literal(random),
        any_literal(random),
        several(random, " + ")
    )
}

/// The constants of a program.
#[derive(Default)]
struct Constants(Vec<(String, Known)>);

impl Names for Constants {
    fn value(&mut self, chain: &str, _: usize) -> Known {
        let found = self.0.iter().rev().find(|(name, _)| name == chain);
        found.map_or(Known::Opaque, |(_, known)| known.clone())
    }

    fn full_name(&self, chain: &str) -> String {
        chain.to_owned()
    }
}

/// The text that `x` stands for.
fn python(source: &str) -> Option<Embedded> {
    let mut names = Constants::default();
    for stmt in parse(source).body.iter().filter(|stmt| !stmt.broken) {
        let StmtKind::Assign { targets, value, .. } = &stmt.kind else { continue };
        let known = evaluate(value, &mut names, 0);
        names.0.extend(targets.iter().filter_map(dotted).map(|name| (name, known.clone())));
    }
    let text: StringValue = names.value("x", 0).text()?;
    let (value, map) = (text.value.clone(), text.map.clone());
    Some(Embedded { value, map, edit: Box::new(move |source, range, new| text.edit(source, range, new)) })
}

/// What came of one attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The host holds no text, because what was made up is no program.
    NoText,
    /// No change was offered.
    Refused,
    /// A change was offered, and is right.
    Right,
}

/// One attempt with one codec; `Err` says what is wrong.
pub(crate) fn attempt(codec: &Codec, random: &mut Random) -> Result<Outcome, String> {
    let host = (codec.host)(random);
    let Some(found) = (codec.read)(&host) else { return Ok(Outcome::NoText) };
    places(&found, &host)?;
    let bounds: Vec<usize> =
        found.value.char_indices().map(|(at, _)| at).chain([found.value.len()]).collect();
    let from = random.below(bounds.len());
    let to = (from + random.below(4)).min(bounds.len() - 1);
    let range = TextRange::new(bounds[from], bounds[to]);
    let mut new = String::new();
    for _ in 0..random.below(4) {
        new.push_str(
            random
                .pick(&["a", ":2", "\n", "'", "\"", "\\", "{", "}", "%", "é", "😀", "  ", "\t", "\r", "'''"]),
        );
    }
    let Some((place, text)) = (found.edit)(&host, range, &new) else { return Ok(Outcome::Refused) };
    let mut edited = host.clone();
    edited.replace_range(place.start..place.end, &text);
    let mut wanted = found.value.clone();
    wanted.replace_range(range.start..range.end, &new);
    match (codec.read)(&edited) {
        Some(again) if again.value == wanted => {
            places(&again, &edited)?;
            Ok(Outcome::Right)
        }
        again => Err(format!(
            "{}: {host:?}\n  {range:?} -> {new:?}\n  {edited:?}\n  wanted {wanted:?}\n  read   {:?}",
            codec.name,
            again.map(|again| again.value)
        )),
    }
}

/// Every character knows its bytes, and every byte its character.
fn places(found: &Embedded, host: &str) -> Result<(), String> {
    for (at, c) in found.value.char_indices() {
        let range = TextRange::new(at, at + c.len_utf8());
        let place = found.map.to_host(range);
        let shown = place.slice(host);
        let plain = shown.chars().eq([c]);
        let written = shown.starts_with(['\\', '{', '}', '%', '\r']) || c == '\u{fffc}';
        if !plain && !written {
            return Err(format!("{c:?} at {at} stands at {place:?}, {shown:?}, of {host:?}"));
        }
        let back = found.map.offset_to_text(place.start);
        // Where a piece is used twice, its bytes lead to the first of the two.
        let same = back.is_some_and(|back| found.map.offset_to_host(back) == place.start);
        if !same {
            return Err(format!("{c:?} at {at} of {host:?}: the way back is {back:?}"));
        }
    }
    Ok(())
}
