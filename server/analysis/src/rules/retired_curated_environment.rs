//! AML310: a curated environment that is gone.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::catalogue;
use crate::finding::Tag;
use crate::reference::{Form, curated_uses, is_editable, is_own, own_uses, place};

pub(super) static RULE: Rule = Rule {
    code: "AML310",
    name: "retired-curated-environment",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("retired_curated_environment.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for used in curated_uses(file) {
        let name = used.name;
        if is_own(cx.catalogue(), &used) {
            continue;
        }
        let known = catalogue::environment(name.text);
        let legacy = catalogue::legacy(name.text);
        let retired = match (known, legacy) {
            (Some(known), _) => !known.is_active(),
            (None, Some(_)) => true,
            (None, None) => false,
        };
        if !retired {
            continue;
        }
        let replacement = legacy.and_then(|legacy| legacy.replacement.as_deref());
        let advice = match (replacement, legacy.and_then(|legacy| legacy.guess.as_deref())) {
            (Some(new), _) => format!("Microsoft's samples changed to {new}"),
            (None, Some(guess)) => format!("perhaps {guess} serves, but that is a guess from the name"),
            (None, None) => "no successor is known".to_owned(),
        };
        let edit = replacement.filter(|_| used.form != Form::Name && is_editable(used.text)).map(|new| {
            let text = format!("azureml://registries/azureml/environments/{new}/labels/latest");
            (format!("Replace by {new}"), cx.edit(used.text.content, text))
        });
        let range = place(used.text, name.range);
        let message = format!(
            "The curated environment {} is retired (as of {}); {advice}.",
            name.text,
            catalogue::catalogue().snapshot
        );
        let mut said = cx.say(&RULE, range, message).tag(Tag::Deprecated);
        if used.form == Form::Registry && legacy.is_none_or(|legacy| legacy.replacement.is_none() && legacy.guess.is_none()) {
            // Its definition has left the public repository, which is all that is known: Microsoft's
            // own jobs still refer to some of these.
            said = said.severity(Severity::Information);
        }
        if let Some((title, edit)) = edit {
            said.suggested_fix(title, vec![edit]);
        }
    }
    own(cx);
}

/// The environments that a team calls retired in its own catalogue.
fn own(cx: &mut Check<'_>) {
    let (file, catalogue) = (cx.file, cx.catalogue());
    let Some(extra) = catalogue.extra() else { return };
    for used in own_uses(file) {
        let Some(known) = catalogue.own_environment(used.registry, used.name.text).filter(|own| own.retired) else {
            continue;
        };
        let advice = known.replacement.as_ref().map(|new| format!("; use {new}")).unwrap_or_default();
        let message = format!("The environment {} is retired ({}){advice}.", known.name, extra.path.file_name());
        let edit = known.replacement.as_ref().filter(|_| is_editable(used.text)).map(|new| {
            let text = match used.form {
                Form::Name => new.clone(),
                _ => catalogue::extra::reference(used.registry, new, None),
            };
            (format!("Replace by {new}"), cx.edit(used.text.content, text))
        });
        let said = cx.say(&RULE, place(used.text, used.name.range), message).tag(Tag::Deprecated);
        if let Some((title, edit)) = edit {
            said.suggested_fix(title, vec![edit]);
        }
    }
}
