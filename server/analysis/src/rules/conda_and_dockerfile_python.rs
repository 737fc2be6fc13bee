//! AML627: a Dockerfile and the conda file that it copies, each with a Python of its own.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::kind::FileKind;
use crate::listed::{CopiedConda, Source, copied_conda_files};
use crate::releases::{exclude, of_conda};

pub(super) static RULE: Rule = Rule {
    code: "AML627",
    name: "conda-and-dockerfile-python",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("conda_and_dockerfile_python.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    if file.kind() != FileKind::Dockerfile {
        return;
    }
    let copied = copied_conda_files(file);
    for listing in cx.listings().iter().filter(|listing| listing.creates()) {
        let Source::Command(_, created) = &listing.source else { continue };
        let Some(python) = listing.conda().find(|item| item.is("python")) else { continue };
        for CopiedConda { path, environment, .. } in &copied {
            let name = created.environment().filter(|name| !name.opaque).map(|name| &name.value);
            let same = name.is_some() && name == environment.as_ref();
            let Some(found) = cx.workspace.file(path).filter(|_| same).cloned() else { continue };
            let Some(other) = found.conda().and_then(|spec| spec.conda_packages("python").next()) else {
                continue;
            };
            let versions = of_conda(python.versions()).zip(of_conda(&other.specifier));
            if versions.is_some_and(|(one, other)| exclude(&one, &other)) {
                let message = format!(
                    "{} replaces it by python{}; ask for the same version in both places.",
                    path.file_name(),
                    other.specifier
                );
                python.say(cx, &RULE, message);
            }
        }
    }
}
