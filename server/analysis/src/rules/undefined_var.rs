//! AML740: a variable that nothing defines.

use std::cell::RefCell;

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{self, Dockerfile, Instruction, Kind, Scopes, Stage, Standing};

use super::{Check, Rule};
use crate::buildkit::{self, MAX_NEAR, Step, Word, words};
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

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let (document, stages) = (linted.document, &linted.stages);
        if !document.text.contains('$') {
            continue;
        }
        let mut judge = Judge::new(&document.tree);
        for step in linted.steps().flat_map(|(_, steps)| steps) {
            for word in words(step.instruction) {
                for name in undefined(judge.scopes, &step, &word) {
                    let Some(fault) = judge.fault(stages, &step, &name) else { continue };
                    let source = word.range.slice(&document.text);
                    let place = buildkit::variable_place(source, word.range.start, &name);
                    // A name that is far off is a thought, not a fix.
                    let near = fault.near.as_deref().filter(|near| is_slip(&name, near));
                    let fix = place.zip(near).filter(|_| step.trigger.is_none());
                    let fix = fix.and_then(|(place, near)| {
                        let old = TextRange::new(place.end - name.len(), place.end);
                        buildkit::edit(cx, document, old, near)
                    });
                    let range = step.place(place.unwrap_or(word.range));
                    let message = fault.message(&name);
                    let said = buildkit::say(cx, &RULE, &linted, step.commented(), range, message);
                    let Some(mut said) = said else { continue };
                    if fault.is_loss {
                        said = said.at_least(Severity::Warning);
                    }
                    if let Some(later) = fault.later {
                        said = said.related(document.host(later), "defined here");
                    }
                    if let (Some(fix), Some(near)) = (fix, fault.near) {
                        said.suggested_fix(format!("Write {near}"), vec![fix]);
                    }
                }
            }
        }
    }
}

/// What tells whether a name is one to speak of.
pub(super) struct Judge<'a> {
    tree: &'a Dockerfile,
    scopes: &'a Scopes,
    /// For how many names a near one may still be looked for.
    left: usize,
}

/// What is wrong with a name.
struct Fault {
    /// Whether no image below can define it.
    certain: bool,
    /// Whether another value was surely meant.
    is_loss: bool,
    /// What was most likely meant.
    near: Option<String>,
    /// The keyword of the instruction further down that defines it.
    later: Option<TextRange>,
    /// Whether the same `ENV` sets it, which counts from the next instruction on.
    beside: bool,
}

impl Fault {
    fn message(&self, name: &str) -> String {
        let near = self.near.as_ref().map_or(String::new(), |near| format!(" (did you mean ${near}?)"));
        if self.beside {
            format!("{name} has no value yet: all of one ENV is set at once; set it in an ENV of its own in front.")
        } else if self.later.is_some() {
            format!("${name} is defined only further down{near}; here it is empty.")
        } else if self.certain {
            format!("Nothing defines ${name} here{near}; it is empty.")
        } else {
            format!("Nothing here defines ${name}{near}; unless the base image does, it is empty.")
        }
    }
}

impl<'a> Judge<'a> {
    pub(super) fn new(tree: &'a Dockerfile) -> Self {
        Self { tree, scopes: tree.scopes(), left: MAX_NEAR }
    }

    /// Whether this rule speaks of a name at an instruction of its own stage.
    pub(super) fn speaks(&mut self, stages: &[Stage<'_>], step: &Step<'_>, name: &str) -> bool {
        self.fault(stages, step, name).is_some()
    }

    /// What is wrong with a name that the Dockerfile does not define; `None` where the image may.
    fn fault(&mut self, stages: &[Stage<'_>], step: &Step<'_>, name: &str) -> Option<Fault> {
        let certain = match self.scopes.standing(step.at, name) {
            Standing::Defined => return None,
            Standing::Undefined => true,
            Standing::Image(number) => match brings(stages, number) {
                Some(names) if names.contains(&name) => return None,
                known => known.is_some(),
            },
        };
        let place = self.scopes.later(step.at, name).filter(|_| step.trigger.is_none());
        // An instruction that defines the name with its old value reckons with one from the image.
        let own = place == Some(step.at);
        let later = place.filter(|_| !own).and_then(|place| self.tree.instructions.get(place));
        let later = later.filter(|found| buildkit::variable_place(&found.logical.text, 0, name).is_none());
        let beside = step.trigger.is_none() && sets(step.instruction, name);
        let near = self.near(step.at, name).filter(|near| !beside && (certain || !own && is_slip(name, near)));
        let near = near.filter(|_| later.is_none());
        let is_loss = beside && certain || later.is_some() || near.as_deref().is_some_and(|near| !own && is_slip(name, near));
        let later = later.map(|found| found.keyword_range);
        (certain || is_loss).then_some(Fault { certain, is_loss, near, later, beside })
    }

    fn near(&mut self, at: usize, name: &str) -> Option<String> {
        self.left = self.left.checked_sub(1)?;
        let names = self.scopes.names(at);
        buildkit::suggestion(name, names.keys().copied().chain(["PATH"])).map(str::to_owned)
    }
}

/// Whether an `ENV` sets several variables, that one among them and not by its own value alone.
fn sets(instruction: &Instruction, name: &str) -> bool {
    let is_env = instruction.kind == Some(Kind::Env) && instruction.arguments.len() > 2;
    is_env && instruction.arguments.iter().step_by(2).any(|key| key.value == name)
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
