//! AML739: a FROM with a variable that no ARG declares.

use amlenv_syntax::image::is_valid;

use super::{Check, Rule};
use crate::buildkit::{self, MAX_NEAR};
use crate::finding::Severity;
use super::from_platform_flag_const_disallowed::platform;
use super::invalid_default_arg_in_from::read;

pub(super) static RULE: Rule = Rule {
    code: "AML739",
    name: "undefined-arg-in-from",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("undefined_arg_in_from.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        let (document, stages) = (linted.document, &linted.stages);
        if !stages.iter().any(|stage| stage.from.logical.text.contains('$')) {
            continue;
        }
        let scopes = document.tree.scopes();
        // Every FROM sees the same names.
        let names = stages.first().map(|first| scopes.names(first.at)).unwrap_or_default();
        let mut left = MAX_NEAR;
        for stage in stages {
            let mut words = Vec::new();
            words.extend(stage.image.map(|image| (image.value.as_str(), image.range, false)));
            let flag = stage.from.flag("platform");
            words.extend(flag.and_then(|flag| Some((flag.value.as_deref()?, flag.value_range, true))));
            for (word, range, is_platform) in words {
                let read = read(scopes, stage.at, word);
                let fails = read.value.as_deref().is_some_and(|value| match is_platform {
                    true => platform(value).is_none(),
                    false => !is_valid(value),
                });
                for name in &read.undeclared {
                    let near = buildkit::suggestion(name, names.keys().copied().filter(|_| left > 0));
                    left = left.saturating_sub(1);
                    let near = near.map_or(String::new(), |near| format!(" (did you mean {near}?)"));
                    let place = buildkit::variable_place(range.slice(&document.text), range.start, name);
                    let end = if fails { ", and what is left is nothing to build from" } else { " and is empty" };
                    let message =
                        format!("No ARG in front of the first FROM declares {name}{near}; it has no value here{end}.");
                    let place = place.unwrap_or(range);
                    let said = buildkit::say(cx, &RULE, &linted, Some(stage.from), place, message);
                    if let Some(said) = said.filter(|_| fails) {
                        said.severity(Severity::Error);
                    }
                }
            }
        }
    }
}
