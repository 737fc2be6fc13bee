//! AML101: an image and something to build one from, of which only one can count.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::graph::BASE_DOCKERFILE;
use crate::kind::FileKind;
use crate::model::{Assignment, Environment, Field, Notation};
use crate::sources;
use crate::workspace::Fact;

pub(super) static RULE: Rule = Rule {
    code: "AML101",
    name: "conflicting-image-sources",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("conflicting_image_sources.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        if environment.notation == Notation::PythonV1 {
            for (lost, winner) in sources::lost(environment) {
                v1(cx, environment, lost, winner);
            }
        } else if environment.notation.is_v1() {
            v1_data(cx, environment);
        } else if let Some((image, build)) = v2_conflict(environment) {
            v2(cx, image, build);
        }
    }
}

/// A definition in JSON or a run configuration: its loader keeps all that is written, and the service
/// refuses it. Source: azureml-core 1.61.0, measured.
fn v1_data(cx: &mut Check<'_>, environment: &Environment) {
    let says_something = |assignment: &Assignment| match assignment.field {
        Field::Build => environment.last(&Field::BuildPath).is_some_and(|path| path.value.is_set()),
        _ => assignment.value.is_set(),
    };
    let mut sources: Vec<&Assignment> = [Field::Image, Field::Dockerfile, Field::Build]
        .iter()
        .filter_map(|field| environment.last(field))
        .filter(|assignment| says_something(assignment))
        .collect();
    sources.sort_by_key(|assignment| assignment.range);
    let name = |assignment: &Assignment| assignment.field.name_in(environment.notation).to_owned();
    if let Some((first, others)) = sources.split_first() {
        for second in others {
            let message = format!("{} and {} are mutually exclusive; remove one.", name(first), name(second));
            let null = |assignment: &Assignment| vec![cx.edit(assignment.value_range, "null")];
            let (without_first, without_second) = (null(first), null(second));
            cx.say(&RULE, second.key, message)
                .related(first.key, format!("{} conflicts with this", name(second)))
                .suggested_fix(format!("Set {} to null", name(first)), without_first)
                .suggested_fix(format!("Set {} to null", name(second)), without_second);
        }
    }
    let image = environment.last(&Field::Image).filter(|image| image.value.is_set());
    let beside = cx.file.path().parent().join(BASE_DOCKERFILE);
    if let Some(image) = image.filter(|_| sources.len() == 1 && cx.file.kind() == FileKind::EnvironmentJson)
        && cx.workspace.fact(&beside) == Some(&Fact::File)
    {
        let message = format!("{BASE_DOCKERFILE} stands beside this file and wins when the SDK loads the folder: baseImage is dropped.");
        cx.say(&RULE, image.key, message).severity(Severity::Information);
    }
}

/// `image` and `build` of a v2 definition, where both say something.
fn v2_conflict(environment: &Environment) -> Option<(&Assignment, &Assignment)> {
    let image = environment.last(&Field::Image).filter(|image| image.value.is_set())?;
    let build = environment.last(&Field::Build)?;
    let says_something = environment.last(&Field::BuildPath).is_some_and(|path| !path.value.is_cleared());
    (says_something && !build.value.is_cleared() && image.compatible(build)).then_some((image, build))
}

fn v2(cx: &mut Check<'_>, image: &Assignment, build: &Assignment) {
    let (first, second) = if image.range <= build.range { (image, build) } else { (build, image) };
    let other = if first.field == Field::Image { "build" } else { "image" };
    let without_image = cx.remove_optional(image).into_iter().collect();
    let without_build = cx.remove_optional(build).into_iter().collect();
    cx.say(&RULE, second.key, "image and build are mutually exclusive; remove one.")
        .related(first.key, format!("{other} conflicts with this"))
        .suggested_fix("Remove image", without_image)
        .suggested_fix("Remove build", without_build);
}

fn v1(cx: &mut Check<'_>, environment: &Environment, lost: &Assignment, winner: &Assignment) {
    let lost_name = lost.field.name_in(Notation::PythonV1);
    let winner_name = winner.field.name_in(Notation::PythonV1);
    let line = cx.file.line_in_words(winner.range.start);
    let message = format!("{lost_name} set here is discarded when {winner_name} is set on {line}; keep one.");
    let remove = cx.remove(lost);
    let reset = (winner.statement && environment.variable.is_some())
        .then(|| super::implicit_base_image_reset::reset_line(cx, environment, winner, lost_name))
        .flatten();
    cx.say(&RULE, lost.target(), message)
        .severity(Severity::Warning)
        .related(winner.target(), format!("{winner_name} is set here and wins"))
        .suggested_fix(format!("Remove this {lost_name}"), remove.into_iter().collect())
        .suggested_fix(format!("Set {lost_name} = None before {line}"), reset.into_iter().collect());
}
