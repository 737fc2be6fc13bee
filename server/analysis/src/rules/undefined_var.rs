//! AML740: a variable that nothing defines.

use std::cell::RefCell;

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{self, Dockerfile, Instruction, Kind, Scopes, Stage, Standing, is_marker};

use super::{Check, Rule};
use crate::buildkit::{self, Step};
use crate::catalogue::environment_of;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML740",
    name: "undefined-var",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("undefined_var.md"),
    check,
};

/// For no more undefined names than this of a Dockerfile a defined one is looked for that is near.
const MAX_NEAR: usize = 64;

fn check(cx: &mut Check<'_>) {
    for (document, stages) in buildkit::documents(cx) {
        if !document.text.contains('$') {
            continue;
        }
        let tree = &document.tree;
        let scopes = Scopes::new(tree);
        let mut left = MAX_NEAR;
        for stage in &stages {
            for step in buildkit::steps(&stages, stage) {
                for word in words(step.instruction) {
                    for name in undefined(&scopes, &step, &word) {
                        let certain = match scopes.standing(step.at, &name) {
                            Standing::Defined => continue,
                            Standing::Undefined => true,
                            Standing::Image(number) => match brings(&stages, number) {
                                Some(names) if names.contains(&name.as_str()) => continue,
                                known => known.is_some(),
                            },
                        };
                        let later = later(tree, &scopes, &step, &name);
                        let names = scopes.names(step.at);
                        let options = names.keys().copied().chain(["PATH"]).filter(|_| left > 0);
                        let near = buildkit::suggestion(&name, options);
                        left = left.saturating_sub(1);
                        let own = later == Later::Here;
                        let slip = near.filter(|near| !own && is_slip(&name, near)).is_some();
                        if !certain && !slip && !matches!(later, Later::At(_)) {
                            continue;
                        }
                        let source = word.range.slice(&document.text);
                        let place = buildkit::variable_place(source, word.range.start, &name);
                        let range = step.place(place.unwrap_or(word.range));
                        let near = near.filter(|_| certain || slip);
                        let meant = near.map_or(String::new(), |near| format!(" (did you mean ${near}?)"));
                        let message = match later {
                            Later::At(line) => format!("${name} is defined only on line {line}{meant}; here it is empty."),
                            _ if certain => format!("Nothing defines ${name} here{meant}; it is empty."),
                            _ => format!("Nothing here defines ${name}{meant}; unless the base image does, it is empty."),
                        };
                        let fix = place.zip(near).filter(|_| step.trigger.is_none()).and_then(|(place, near)| {
                            let old = TextRange::new(place.end - name.len(), place.end);
                            Some((near, buildkit::edit(cx, document, old, near)?))
                        });
                        let said = buildkit::say(cx, &RULE, document, step.commented(), range, message);
                        let Some(mut said) = said else { continue };
                        if slip || matches!(later, Later::At(_)) {
                            said = said.at_least(Severity::Warning);
                        }
                        if let Some((near, fix)) = fix {
                            said.suggested_fix(format!("Write {near}"), vec![fix]);
                        }
                    }
                }
            }
        }
    }
}

/// A text in which BuildKit puts in variables.
struct Word<'a> {
    text: &'a str,
    range: TextRange,
    heredoc: bool,
    /// The names of the arguments in front of it, in an `ARG`.
    before: Vec<&'a str>,
}

const fn plain(text: &str, range: TextRange) -> Word<'_> {
    Word { text, range, heredoc: false, before: Vec::new() }
}

/// What of an instruction BuildKit expands, and looks at while it does.
fn words<'a>(found: &'a Instruction) -> Vec<Word<'a>> {
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
            let bodies = bodies.map(|heredoc| Word { heredoc: true, ..plain(&heredoc.content, heredoc.body) });
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

/// The variables of a word that have no value as far as the Dockerfile tells, each once.
fn undefined(scopes: &Scopes, step: &Step<'_>, word: &Word<'_>) -> Vec<String> {
    // What the frontend of BuildKit takes for itself.
    const OWN: [&str; 2] = ["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"];
    if !word.text.contains('$') {
        return Vec::new();
    }
    let found: RefCell<Vec<String>> = RefCell::default();
    let look = |name: &str| {
        let mut found = found.borrow_mut();
        let known = OWN.contains(&name) || word.before.contains(&name) || found.iter().any(|known| known == name);
        if !known && scopes.standing(step.at, name) != Standing::Defined {
            found.push(name.to_owned());
        }
        scopes.lookup(step.at, name)
    };
    // What is refused was looked at as well, up to where it is wrong.
    let _refused = match word.heredoc {
        true => dockerfile::expand_heredoc(word.text, &look).is_err(),
        false => dockerfile::expand(word.text, scopes.escape(), &look).is_err(),
    };
    found.into_inner()
}

/// The names of the environment of the image that a stage stands on, where they are known.
fn brings(stages: &[Stage<'_>], number: usize) -> Option<&'static [&'static str]> {
    let image = stages.get(number)?.resolved.as_deref()?;
    environment_of(&amlenv_syntax::image::parse(image, 0))
}

/// Where a stage defines a name that has no value yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Later {
    Never,
    /// In the instruction itself, which so says that the name should be there already.
    Here,
    /// Further down, on that line.
    At(usize),
}

fn later(tree: &Dockerfile, scopes: &Scopes, step: &Step<'_>, name: &str) -> Later {
    let Some(place) = scopes.later(step.at, name).filter(|_| step.trigger.is_none()) else { return Later::Never };
    if place == step.at {
        return Later::Here;
    }
    let Some(found) = tree.instructions.get(place) else { return Later::Never };
    // A definition that uses the old value reckons with one from the image.
    match buildkit::variable_place(&found.logical.text, 0, name) {
        Some(_) => Later::Never,
        None => Later::At(found.start_line),
    }
}

/// Whether one name is the other with one letter too many, too few, another, or two of them swapped.
/// Names that differ by a number are two names.
fn is_slip(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let same = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (one_left, other_left) = (one.len() - same, other.len() - same);
    let behind = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let behind = behind.min(one_left).min(other_left);
    let one_part = one.get(same..one.len() - behind).unwrap_or(&[]);
    let other_part = other.get(same..other.len() - behind).unwrap_or(&[]);
    let plain = one_part.iter().chain(other_part).all(|c| !c.is_numeric());
    let near = match (one_part, other_part) {
        ([_], []) | ([], [_]) | ([_], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    };
    near && plain && one.len() >= 4 && other.len() >= 4
}

#[cfg(test)]
mod tests {
    use super::is_slip;

    #[test]
    fn slips() {
        for (one, other) in [("PAHT", "PATH"), ("DIR_ASSET", "DIR_ASSETS"), ("VERSON", "VERSION"), ("NAME", "NAMF")] {
            assert!(is_slip(one, other) && is_slip(other, one), "{one} {other}");
        }
        for (one, other) in [("UID", "GID"), ("JAVA_8", "JAVA_7"), ("HOME", "HOUSE"), ("PATH", "PYTHONPATH")] {
            assert!(!is_slip(one, other), "{one} {other}");
        }
    }
}
