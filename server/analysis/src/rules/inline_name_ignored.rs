//! AML129: a name or version of an environment inside a job.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::finding::Tag;
use crate::kind::FileKind;
use crate::model::Field;

pub(super) static RULE: Rule = Rule {
    code: "AML129",
    name: "inline-name-ignored",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("inline_name_ignored.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    if file.kind() != FileKind::JobYaml {
        return;
    }
    for environment in file.environments() {
        // A name and nothing else may refer to something registered.
        let defines = environment.assignments.iter().any(|assignment| {
            assignment.field.is_image_source() || assignment.field == Field::Conda
        });
        if !defines {
            continue;
        }
        for field in [Field::Name, Field::Version] {
            let Some(assignment) = environment.last(&field) else { continue };
            let key = field.name_in(environment.notation).to_owned();
            let remove = cx.remove(assignment);
            cx.say(&RULE, assignment.key, format!("The {key} of an environment inside a job is ignored."))
                .tag(Tag::Unnecessary)
                .safe_fix(format!("Remove {key}"), remove.into_iter().collect());
        }
    }
}
