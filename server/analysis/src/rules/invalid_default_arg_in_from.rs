//! AML728: a base image without a name, unless an argument is given.

use std::cell::RefCell;
use std::collections::HashSet;

use amlenv_syntax::dockerfile::{self, Scopes, Standing};
use amlenv_syntax::image::is_valid;

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;
use crate::lower::is_templated;

pub(super) static RULE: Rule = Rule {
    code: "AML728",
    name: "invalid-default-arg-in-from",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("invalid_default_arg_in_from.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let (document, stages) = (linted.document, &linted.stages);
        if stages.is_empty() {
            continue;
        }
        let scopes = document.tree.scopes();
        let mut names: HashSet<String> = HashSet::new();
        for stage in stages {
            let name = stage.name.map(str::to_lowercase);
            let Some(image) = stage.image else { continue };
            let read = read(scopes, stage.at, &image.value);
            // One cause, one finding: of a name that nobody declares AML739 speaks.
            let fault = !read.undeclared.is_empty()
                || read.value.as_ref().is_none_or(|value| {
                    is_valid(value) || names.contains(&value.to_lowercase()) || is_placeholder(value)
                });
            names.extend(name);
            if fault {
                continue;
            }
            let value = read.value.unwrap_or_default();
            let (severity, message) = if !image.value.contains('$') {
                (Severity::Error, format!("{value} is no name of an image, so the build fails."))
            } else {
                // Azure ML gives a build no arguments, but a Dockerfile may be built elsewhere as well.
                let severity = if document.is_embedded() { Severity::Error } else { Severity::Hint };
                let message = format!(
                    "With the defaults of its ARGs {} is {value:?}, which is no name of an image.",
                    image.value
                );
                (severity, message)
            };
            if let Some(said) = buildkit::say(cx, &RULE, &linted, Some(stage.from), image.range, message) {
                said.severity(severity);
            }
        }
    }
}

/// A word of a `FROM`.
pub(super) struct Read {
    /// What it becomes with the defaults; `None` where that cannot be told.
    pub(super) value: Option<String>,
    /// The variables in it that nothing declares.
    pub(super) undeclared: Vec<String>,
}

/// What becomes of a word of the instruction at `at`, and which variables in it nothing declares.
pub(super) fn read(scopes: &Scopes, at: usize, word: &str) -> Read {
    let undeclared = RefCell::new(Vec::new());
    let escape = scopes.escape();
    let value = dockerfile::expand(word, escape, &|name| {
        let mut undeclared = undeclared.borrow_mut();
        if scopes.standing(at, name) == Standing::Undefined && !undeclared.iter().any(|known| known == name) {
            undeclared.push(name.to_owned());
        }
        scopes.lookup(at, name)
    });
    Read { value: value.ok().and_then(|read| read.value), undeclared: undeclared.into_inner() }
}

fn is_placeholder(value: &str) -> bool {
    amlenv_syntax::image::parse(value, 0).has_placeholder || is_templated(value)
}
