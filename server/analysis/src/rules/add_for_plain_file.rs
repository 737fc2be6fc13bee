//! AML751: `ADD` where `COPY` would do.

use amlenv_syntax::dockerfile::Kind;

use super::{Check, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML751",
    name: "add-for-plain-file",
    severity: Severity::Hint,
    default_on: true,
    page: include_str!("add_for_plain_file.md"),
    check,
};

/// What `ADD` may unpack, or fetch.
const SPECIAL: [&str; 14] = [
    ".tar", ".gz", ".tgz", ".bz2", ".tbz", ".tbz2", ".xz", ".txz", ".lzma", ".tlz", ".zst", ".tzst", ".git",
    ".z",
];

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        for instruction in document.tree.instructions.iter().filter(|found| found.kind == Some(Kind::Add)) {
            let Some((_, sources)) = instruction.arguments.split_last() else { continue };
            let special = |source: &str| {
                let lower = source.to_ascii_lowercase();
                lower.contains("://")
                    || lower.starts_with("git@")
                    || lower.contains(['$', '*', '?', '[', '<', '#', '{'])
                    || SPECIAL.iter().any(|end| lower.ends_with(end))
            };
            let own = |name: &str| matches!(name, "checksum" | "keep-git-dir" | "unpack");
            if sources.is_empty()
                || sources.iter().any(|source| special(&source.value))
                || instruction.flags.iter().any(|flag| own(&flag.name))
            {
                continue;
            }
            let message = "ADD also fetches and unpacks; COPY says that files are only copied.";
            let edit = document.edit(file.path(), file.text(), instruction.keyword_range, "COPY");
            let said = cx.say_in(&RULE, document, instruction.keyword_range, message);
            if let Some(edit) = edit {
                said.suggested_fix("Change to COPY", vec![edit]);
            }
        }
    }
}
