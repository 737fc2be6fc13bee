//! AML806: ways to name conda settings that SDK v1 has given up.

use super::{Check, Rule};
use crate::finding::{Severity, Tag};
use crate::model::{Field, Notation};

pub(super) static RULE: Rule = Rule {
    code: "AML806",
    name: "conda-attribute-deprecated",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("conda_attribute_deprecated.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|environment| environment.notation.is_v1()) {
        for said in environment.assignments.iter().filter(|said| !said.value.is_cleared()) {
            let Field::Other(name) = &said.field else { continue };
            let python = environment.notation == Notation::PythonV1;
            // A run configuration names its conda file so, and nothing warns.
            let (severity, message) = match name.as_str() {
                "python.conda_dependencies_file" if python => (
                    Severity::Warning,
                    "conda_dependencies_file is deprecated: set conda_dependencies to CondaDependencies(PATH), or use Environment.from_conda_specification.",
                ),
                "python.base_conda_environment" | "python.baseCondaEnvironment" => (
                    Severity::Information,
                    "base_conda_environment is for a machine of your own, and v2 has nothing like it; say all packages in the conda file.",
                ),
                _ => continue,
            };
            cx.say(&RULE, said.target(), message).severity(severity).tag(Tag::Deprecated);
        }
    }
}
