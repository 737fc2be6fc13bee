//! AML609: a package that both conda and pip install.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::listed::Listed;
use crate::releases::{exclude, of_conda};

pub(super) static RULE: Rule = Rule {
    code: "AML609",
    name: "conda-pip-overlap",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("conda_pip_overlap.md"),
    check,
};

/// Packages that conda and pip call by different names: conda's, pip's.
const NAMES: [(&str, &str); 9] = [
    ("pytorch", "torch"),
    ("pytorch-cpu", "torch"),
    ("pytorch-gpu", "torch"),
    ("matplotlib-base", "matplotlib"),
    ("opencv", "opencv-python"),
    ("py-opencv", "opencv-python"),
    ("pytables", "tables"),
    ("msgpack-python", "msgpack"),
    ("py-xgboost", "xgboost"),
];

fn check(cx: &mut Check<'_>) {
    for listing in cx.listings().iter().filter(|listing| listing.meets()) {
        for item in listing.pip() {
            let Some(name) = item.name.as_deref() else { continue };
            let same = |conda: &str| conda == name || NAMES.contains(&(conda, name));
            let conda: Vec<_> =
                listing.conda().filter(|other| other.name.as_deref().is_some_and(same)).collect();
            let clashes = |other: &Listed<'_>| {
                of_conda(other.versions()).is_some_and(|versions| exclude(&versions, item.versions()))
            };
            let clash = conda.iter().find(|other| clashes(other));
            let Some(other) = clash.or(conda.first()) else { continue };
            // It is common to have both, and pip leaves alone what fits.
            if matches!(name, "pip" | "setuptools" | "wheel" | "python") || item.requirement.marker.is_some()
            {
                continue;
            }
            let (message, severity) = if clash.is_some() {
                (
                    format!("pip replaces {} of conda by this one; keep one of them.", other.text.trim()),
                    Severity::Warning,
                )
            } else {
                (format!("conda installs it too, as {}; one is enough.", other.text.trim()), Severity::Hint)
            };
            item.say(cx, &RULE, message).severity(severity).related(other.range, "conda's");
        }
    }
}
