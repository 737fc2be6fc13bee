//! AML611: `sklearn`, which is no package to install.

use amlenv_syntax::TextRange;

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML611",
    name: "sklearn-name",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("sklearn_name.md"),
    check,
};

/// With this in the environment the package lets itself be installed.
const ALLOWED: &str = "SKLEARN_ALLOW_DEPRECATED_SKLEARN_PACKAGE_INSTALL";

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    if file.text().contains(ALLOWED) {
        return;
    }
    for listing in cx.listings().iter() {
        for item in listing.pip().filter(|item| item.is("sklearn")) {
            // The first releases only asked for scikit-learn, and still do.
            if item.requirement.url.is_some()
                || item.versions().trim().trim_start_matches('=').trim() == "0.0"
            {
                continue;
            }
            let Some((_, name)) = item.requirement.name.clone() else { continue };
            // The versions of the two have nothing to do with each other, unless it was meant so.
            let own = item.versions().contains("0.0");
            let end = if own { item.requirement.range.end } else { name.end };
            let fix =
                item.replace(file, TextRange::new(name.start, end), "scikit-learn").into_iter().collect();
            item.say(
                cx,
                &RULE,
                "sklearn refuses to be installed by pip; the package is called scikit-learn.",
            )
            .safe_fix("Ask for scikit-learn", fix);
        }
    }
}
