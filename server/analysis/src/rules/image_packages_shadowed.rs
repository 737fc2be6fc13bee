//! AML110: an image of one's own, on top of which the service makes another Python.

use super::{Check, Rule};
use amlenv_syntax::image;

use crate::catalogue::Answer;
use crate::finding::Severity;
use crate::images::microsoft;
use crate::model::{Assignment, Environment, Field, Initial, Notation, Value};
use crate::packages;

pub(super) static RULE: Rule = Rule {
    code: "AML110",
    name: "image-packages-shadowed",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("image_packages_shadowed.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments() {
        let touched = [
            Field::Conda,
            Field::UserManaged,
            Field::Other("python".to_owned()),
            Field::Other("docker".to_owned()),
            Field::Other("python.conda_dependencies_file".to_owned()),
            Field::Other("python.base_conda_environment".to_owned()),
            Field::Other("python.interpreter_path".to_owned()),
        ];
        if environment.notation != Notation::PythonV1
            || environment.initial != Initial::V1Defaults
            || touched.iter().any(|field| environment.has(field))
        {
            continue;
        }
        let Some(source) = winner(environment) else { continue };
        let found = packages::of_image(cx.workspace, file, environment);
        let severity = match &source.value {
            Value::Text(text) if source.field == Field::Image => {
                let reference = image::parse(text.value.trim(), 0);
                // The service's own images have no packages to lose; of others that certainly have no conda,
                // another rule says that the build fails.
                let official = microsoft(&reference).is_some() || text.value.trim().starts_with("azureml/");
                let fails = found.base().is_some_and(|base| base.conda == Answer::No);
                if text.templated || official || fails {
                    continue;
                }
                Severity::Information
            }
            // Of a Dockerfile that is not seen to install anything of Python, nothing is lost for certain.
            _ if !found.has_python() => continue,
            _ => {
                let Some(base) = found.base() else { continue };
                let conda = found.any(|name| name.contains("conda"));
                if base.conda == Answer::No && found.is_closed() && !conda {
                    Severity::Warning
                } else {
                    Severity::Information
                }
            }
        };
        let variable = environment.variable.as_deref();
        let line = variable.and_then(|name| {
            super::implicit_base_image_reset::line_above(
                cx,
                source,
                &format!("{name}.python.user_managed_dependencies = True"),
            )
        });
        cx.say(&RULE, source.target(), "Packages in this image are not used, since Azure ML makes a Python of its own: set user_managed_dependencies = True or supply conda dependencies.")
            .severity(severity)
            .suggested_fix("Set user_managed_dependencies = True", line.into_iter().collect());
    }
}

/// The one image or Dockerfile that is set, whatever happens.
fn winner(environment: &Environment) -> Option<&Assignment> {
    let sources = environment.assignments.iter().filter(|assignment| assignment.field.is_image_source());
    let mut set = sources.filter(|assignment| !assignment.value.is_cleared());
    let (Some(one), None) = (set.next(), set.next()) else { return None };
    (one.value.is_set() && one.path.is_empty() && one.field != Field::Build).then_some(one)
}
