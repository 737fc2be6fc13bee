//! AML622: packages as they were on another system.

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML622",
    name: "exported-build-strings",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("exported_build_strings.md"),
    check,
};

/// Packages that exist for Windows or macOS only.
const FOREIGN: [&str; 17] = [
    "appnope",
    "console-shortcut",
    "icc-rt",
    "m2w64-gcc-libs",
    "m2w64-gmp",
    "m2w64-libwinpthread-git",
    "menuinst",
    "msys2-conda-epoch",
    "pywin32",
    "pywin32-on-windows",
    "pywinpty",
    "ucrt",
    "vs2013-runtime",
    "vs2015-runtime",
    "win-inet-pton",
    "wincertstore",
    "winpty",
];

/// Packages that exist for Linux only.
const LINUX: [&str; 6] =
    ["-libgcc-mutex", "-openmp-mutex", "libgcc-ng", "libstdcxx-ng", "libgcc", "libstdcxx"];

fn check(cx: &mut Check<'_>) {
    for listing in cx.listings().iter() {
        let foreign =
            listing.conda().find(|item| item.name.as_deref().is_some_and(|name| FOREIGN.contains(&name)));
        if let Some(item) = foreign {
            let message = format!(
                "{} exists for Windows or macOS only, so this list cannot be solved on Linux.",
                item.text.trim()
            );
            item.say(cx, &RULE, message);
            continue;
        }
        // What was exported on Linux is found on Linux again.
        let linux = |name: &str| LINUX.contains(&name) || name.ends_with("-linux-64");
        if listing.conda().any(|item| item.name.as_deref().is_some_and(linux)) {
            continue;
        }
        let built: Vec<_> = listing
            .conda()
            .filter(|item| item.spec.build.as_ref().is_some_and(|build| is_hash(&build.0)))
            .collect();
        if let Some(item) = built.first() {
            let message = format!(
                "{} of these packages name a build of the system that they were exported from; export with \
                 --no-builds.",
                built.len()
            );
            item.say(cx, &RULE, message);
        }
    }
}

/// `h510b526_0`, `py37h28b3542_1`: a build that is told from others by the hash of its recipe.
fn is_hash(build: &str) -> bool {
    let Some((head, number)) = build.rsplit_once('_') else { return false };
    let Some(at) = head.rfind('h') else { return false };
    let hash = head.get(at + 1..).unwrap_or("");
    number.chars().all(|c| c.is_ascii_digit())
        && hash.len() == 7
        && hash.chars().all(|c| c.is_ascii_hexdigit())
}
