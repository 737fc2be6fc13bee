//! AML726: a platform that is written down in FROM.

use super::{Check, Rule};
use crate::buildkit;
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    code: "AML726",
    name: "from-platform-flag-const-disallowed",
    severity: Severity::Hint,
    default_on: false,
    page: include_str!("from_platform_flag_const_disallowed.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    for linted in buildkit::documents(cx) {
        for stage in &linted.stages {
            let Some(flag) = stage.from.flag("platform") else { continue };
            let Some(value) = flag.value.as_deref().filter(|value| !value.contains('$')) else { continue };
            let Some((system, machine)) = platform(value) else { continue };
            let name = stage.name.map(str::to_lowercase).unwrap_or_default();
            if name.contains(&system) || name.contains(&machine) {
                continue;
            }
            let message = format!("{value} is built whatever platform the build is for; leave --platform out.");
            buildkit::say(cx, &RULE, &linted, Some(stage.from), flag.range, message);
        }
    }
}

/// The operating system and the architecture that a platform names; `None` for a text that is none.
/// Source: `github.com/containerd/platforms`.
pub(super) fn platform(text: &str) -> Option<(String, String)> {
    const SYSTEMS: [&str; 20] = [
        "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl",
        "netbsd", "openbsd", "plan9", "solaris", "windows", "wasip1", "zos", "macos", "wasi",
    ];
    const MACHINES: [&str; 28] = [
        "386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "ppc64", "ppc64le", "loong64", "mips",
        "mipsle", "mips64", "mips64le", "mips64p32", "mips64p32le", "ppc", "riscv", "riscv64", "s390",
        "s390x", "sparc", "sparc64", "wasm", "i386", "x86_64", "aarch64", "armhf",
    ];
    let plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
    };
    let parts: Vec<String> = text.split('/').map(str::to_lowercase).collect();
    let system = |text: &str| if text == "macos" { "darwin".to_owned() } else { text.to_owned() };
    match parts.as_slice() {
        [only] if SYSTEMS.contains(&only.as_str()) => Some((system(only), "amd64".to_owned())),
        [only] if MACHINES.contains(&only.as_str()) => Some(("linux".to_owned(), machine(only))),
        [name, arch] | [name, arch, _] if parts.iter().all(|part| plain(part)) => {
            Some((system(name.split_once('(').map_or(name, |(name, _)| name)), machine(arch)))
        }
        _ => None,
    }
}

fn machine(name: &str) -> String {
    match name {
        "i386" => "386",
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "armhf" | "armel" => "arm",
        other => other,
    }
    .to_owned()
}
