//! AML701: syntax that only BuildKit reads.

use amlenv_syntax::dockerfile::Kind;

use super::{Check, Rule};
use crate::builds::is_built;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML701",
    name: "buildkit-only-syntax",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("buildkit_only_syntax.md"),
    check,
};

/// Flags that the older builder does not have, or has only in part.
const FLAGS: [&str; 12] = [
    "mount",
    "network",
    "security",
    "device",
    "link",
    "chmod",
    "parents",
    "exclude",
    "checksum",
    "keep-git-dir",
    "unpack",
    "start-interval",
];

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for document in file.dockerfiles() {
        let mut found = Vec::new();
        for instruction in &document.tree.instructions {
            let takes =
                matches!(instruction.kind, Some(Kind::Run | Kind::Copy | Kind::Add | Kind::Healthcheck));
            let keyword = instruction.kind.map_or("", Kind::keyword);
            if let Some(flag) =
                instruction.flags.iter().find(|flag| takes && FLAGS.contains(&flag.name.as_str()))
            {
                found.push((flag.range, format!("{keyword} --{}", flag.name)));
            } else if !instruction.heredocs.is_empty() {
                found.push((instruction.keyword_range, format!("A heredoc in {keyword}")));
            }
        }
        if found.is_empty() || !is_built(cx.workspace, file, document) {
            continue;
        }
        for (range, what) in found {
            let message = format!(
                "{what} needs BuildKit, which the build in Azure ML may not use; write it without, or build the image yourself and push it."
            );
            cx.say_in(&RULE, document, range, message);
        }
    }
}
