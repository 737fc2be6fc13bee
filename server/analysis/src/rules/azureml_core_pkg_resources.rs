//! AML616: an azureml-core that needs pkg_resources, which newer setuptools do not have.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::{Listed, Source, insert_before};
use crate::releases::{exact, fits, of_conda};

pub(super) static RULE: Rule = Rule {
    code: "AML616",
    name: "azureml-core-pkg-resources",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("azureml_core_pkg_resources.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for listing in cx.listings().iter().filter(|listing| listing.meets()) {
        for item in listing.pip() {
            if !matches!(item.name.as_deref(), Some("azureml-core" | "azureml-defaults" | "azureml-sdk")) {
                continue;
            }
            // 1.56 to 1.60 were seen to fail; the sources of 1.40, 1.48 and 1.52 have the same import.
            let old =
                exact(item.versions()).is_some_and(|version| fits(&version, ">=1.40,<1.61") == Some(true));
            let setuptools: Vec<&Listed<'_>> =
                listing.items.iter().filter(|other| other.is("setuptools")).collect();
            let new = setuptools.iter().find(|other| is_without(other));
            // From 3.12 on Python brings none along, and the newest has it no more.
            let bare = setuptools.is_empty()
                && !listing.open
                && listing.python().is_some_and(|python| fits(&python, ">=3.12") == Some(true));
            if !old || new.is_none() && !bare {
                continue;
            }
            let message = match new {
                Some(found) => {
                    let found = found.text.trim();
                    format!("This azureml-core imports pkg_resources, which {found} does not have.")
                }
                None => "This azureml-core imports pkg_resources, and nothing here asks for a setuptools that \
                         has it; add setuptools<82, or take azureml-core 1.61."
                    .to_owned(),
            };
            let raise = item.requirement.specifier.as_ref().filter(|_| item.is("azureml-core"));
            let raise = raise.and_then(|(_, place)| item.replace(file, *place, "==1.61.0"));
            let lower = new.and_then(|found| {
                let place = if found.pip { &found.requirement.specifier } else { &found.spec.version };
                found.replace(file, place.as_ref()?.1, "<82")
            });
            // Beside it in the same list; an object that calls put together has none.
            let add = match &listing.source {
                Source::Conda(spec) if new.is_none() && !spec.is_sdk_object() => {
                    insert_before(file, spec, item.range, "setuptools<82")
                }
                _ => None,
            };
            let mut said = item.say(cx, &RULE, message);
            if let Some(found) = new {
                said = said.related(found.range, "setuptools without pkg_resources");
            }
            let said = said.suggested_fix("Take azureml-core 1.61", raise.into_iter().collect());
            let said = said.suggested_fix("Take setuptools<82", lower.into_iter().collect());
            said.suggested_fix("Add setuptools<82", add.into_iter().collect());
        }
    }
}

/// Whether that setuptools certainly has no pkg_resources: it is 82 or newer.
fn is_without(item: &Listed<'_>) -> bool {
    let versions = if item.pip { Some(item.versions().to_owned()) } else { of_conda(item.versions()) };
    versions.is_some_and(|versions| crate::releases::exclude(&versions, "<82"))
}
