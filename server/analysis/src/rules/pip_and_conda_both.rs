//! AML130: two lists of packages for one environment.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::{Field, Notation};

pub(super) static RULE: Rule = Rule {
    code: "AML130",
    name: "pip-and-conda-both",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("pip_and_conda_both.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|environment| environment.notation == Notation::PythonV1) {
        let given = |field: &Field| {
            environment.all(field).find(|found| !found.statement && !found.value.is_cleared()).cloned()
        };
        let pip = given(&Field::Other("pip_requirements".to_owned()));
        let (Some(conda), Some(pip)) = (given(&Field::Conda), pip) else { continue };
        let (without_pip, without_conda) = (cx.remove_optional(&pip), cx.remove_optional(&conda));
        cx.say(
            &RULE,
            pip.key,
            "conda_specification and pip_requirements are both given: the SDK raises an error; keep one.",
        )
        .related(conda.key, "the other list")
        .suggested_fix("Remove pip_requirements", without_pip.into_iter().collect())
        .suggested_fix("Remove conda_specification", without_conda.into_iter().collect());
    }
}
