//! What BuildKit refuses only when it carries a Dockerfile out: values that its parser takes as they are.
//! Speaks of what is certain: stages that the image needs, variables that are known. Knows no rule.
//!
//! Source: BuildKit, `dockerfile2llb/convert*.go`, `instructions/commands_runmount.go`; moby/sys, `signal`.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{self, Instruction, Kind};

use crate::buildkit::{Linted, words};
use crate::stages::needed_by_last;

/// What is refused, and where.
pub(crate) struct Refusal {
    pub(crate) range: TextRange,
    pub(crate) message: String,
}

/// All that is refused, in order.
pub(crate) fn refusals(linted: &Linted<'_>) -> Vec<Refusal> {
    let tree = &linted.document.tree;
    let scopes = tree.scopes();
    let needed = needed_by_last(tree);
    let mut out = Vec::new();
    for (number, (_, steps)) in linted.steps().enumerate() {
        if needed.get(number) != Some(&true) {
            continue;
        }
        for step in steps.into_iter().filter(|step| step.trigger.is_none()) {
            let found = step.instruction;
            let mut say = |range, message| out.push(Refusal { range, message });
            for word in words(found).iter().filter(|word| word.text.contains('$')) {
                let look = |name: &str| scopes.lookup(step.at, name);
                let read = match word.heredoc {
                    true => dockerfile::expand_heredoc(word.text, &look),
                    false => dockerfile::expand(word.text, scopes.escape(), &look),
                };
                if let Err(error) = read {
                    say(word.range, error.0);
                }
            }
            match found.kind {
                Some(Kind::Expose) => {
                    for argument in &found.arguments {
                        let read = scopes.expand(step.at, &argument.value).ok().and_then(|read| read.words);
                        if let Some(message) = read.iter().flatten().find_map(|port| wrong_port(port)) {
                            say(argument.range, message);
                        }
                    }
                }
                Some(Kind::Stopsignal) => {
                    if let Some(argument) = found.arguments.first()
                        && let Some(name) =
                            scopes.expand(step.at, &argument.value).ok().and_then(|read| read.value)
                        && !name.is_empty()
                        && !is_signal(&name)
                    {
                        say(argument.range, format!("invalid signal: {name}"));
                    }
                }
                Some(Kind::Run) => {
                    for flag in found.flags.iter().filter(|flag| flag.name == "mount") {
                        if let Some(message) = flag.value.as_deref().and_then(wrong_mount) {
                            say(flag.value_range, message);
                        }
                    }
                }
                Some(Kind::Copy | Kind::Add) => copies(found, &mut say),
                _ => {}
            }
        }
    }
    out
}

fn copies(found: &Instruction, say: &mut impl FnMut(TextRange, String)) {
    if let Some(flag) = found.flags.iter().find(|flag| flag.name == "chmod")
        && let Some(mode) = flag.value.as_deref().filter(|mode| is_number(mode))
        && !u32::from_str_radix(mode, 8).is_ok_and(|mode| mode <= 0o7777)
    {
        let message = format!("--chmod takes an octal number between 0 and 07777, not {mode}");
        say(flag.value_range, message);
    }
    if found.kind != Some(Kind::Copy) || found.flag("from").is_some() {
        return;
    }
    let sources = found.arguments.split_last().map_or(&[][..], |(_, sources)| sources);
    for source in sources.iter().filter(|source| is_address(&source.value)) {
        say(source.range, "COPY takes no URL; ADD does".to_owned());
    }
}

fn is_address(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Why a port of `EXPOSE` is refused.
fn wrong_port(raw: &str) -> Option<String> {
    let parts: Vec<&str> = raw.split(':').collect();
    let [host @ .., container] = parts.as_slice() else { return None };
    let (container, protocol) = container.split_once('/').unwrap_or((container, ""));
    if container.is_empty() {
        return Some(format!("no port in {raw}"));
    }
    if !matches!(protocol.to_ascii_lowercase().as_str(), "" | "tcp" | "udp" | "sctp") {
        return Some(format!("EXPOSE knows tcp, udp and sctp, not {protocol}"));
    }
    let outer = host.last().filter(|port| !port.is_empty());
    let wrong = [Some(&container), outer].into_iter().flatten().find(|port| !is_range(port))?;
    Some(format!("EXPOSE takes a number up to 65535, or two with a - between them, not {wrong}"))
}

fn is_range(text: &str) -> bool {
    let port = |text: &str| text.parse::<u16>().ok().filter(|_| is_number(text));
    match text.split_once('-') {
        Some((from, to)) => port(from).zip(port(to)).is_some_and(|(from, to)| from <= to),
        None => port(text).is_some(),
    }
}

/// Whether `STOPSIGNAL` takes it.
fn is_signal(raw: &str) -> bool {
    const NAMES: [&str; 35] = [
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL",
        "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP",
        "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "UNUSED",
    ];
    if let Ok(number) = raw.parse::<i64>() {
        return number != 0;
    }
    let upper = raw.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    NAMES.contains(&name) || name.starts_with("RTMIN") || name.starts_with("RTMAX")
}

/// Why the value of `--mount` is refused. Fields with variables or quotes are taken as they are.
fn wrong_mount(value: &str) -> Option<String> {
    const KEYS: [&str; 19] = [
        "type",
        "from",
        "source",
        "target",
        "readonly",
        "id",
        "sharing",
        "required",
        "size",
        "mode",
        "uid",
        "gid",
        "src",
        "dst",
        "destination",
        "ro",
        "rw",
        "readwrite",
        "env",
    ];
    const TYPES: [&str; 5] = ["bind", "cache", "tmpfs", "secret", "ssh"];
    if value.contains(['$', '"', '\'', '\\']) {
        return None;
    }
    let mut kind = "bind".to_owned();
    for field in value.split(',') {
        let Some((key, value)) = field.split_once('=') else {
            match field.to_ascii_lowercase().as_str() {
                "readonly" | "ro" | "readwrite" | "rw" => {}
                "required" if matches!(kind.as_str(), "secret" | "ssh") => {}
                "required" => return Some(format!("a mount of type {kind} takes no required")),
                _ => return Some(format!("--mount takes KEY=VALUE, not {field}")),
            }
            continue;
        };
        let key = key.to_ascii_lowercase();
        let lower = value.to_ascii_lowercase();
        match key.as_str() {
            "type" if !TYPES.contains(&lower.as_str()) => {
                return Some(format!("unknown type of mount {value}: it is one of {}", TYPES.join(", ")));
            }
            "type" => kind = lower,
            "sharing" if !matches!(lower.as_str(), "shared" | "private" | "locked") => {
                return Some(format!("unknown sharing {value}: it is one of shared, private, locked"));
            }
            "size" if kind != "tmpfs" => return Some(format!("a mount of type {kind} takes no size")),
            "required" if !matches!(kind.as_str(), "secret" | "ssh") => {
                return Some(format!("a mount of type {kind} takes no required"));
            }
            key if !KEYS.contains(&key) => return Some(format!("--mount takes no {key}")),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{is_signal, wrong_mount, wrong_port};

    #[test]
    fn ports() {
        for port in ["80", "80/tcp", "8000-8010/UDP", "80:80", "127.0.0.1:1:1/Udp", ":80", "1-1", "0"] {
            assert_eq!(wrong_port(port), None, "{port}");
        }
        for port in ["abc", "65536", "80/http", "/tcp", "9-8", "1-", "x:80", "80:", "-1"] {
            assert!(wrong_port(port).is_some(), "{port}");
        }
    }

    #[test]
    fn signals() {
        assert!(["SIGTERM", "term", "9", "SIGRTMIN+3", "sigusr1"].into_iter().all(is_signal));
        assert!(!["0", "SIGFOO", "foo", ""].into_iter().any(is_signal));
    }

    #[test]
    fn mounts() {
        for mount in [
            "type=cache,target=/root/.cache",
            "target=/x,rw",
            "TYPE=Cache,sharing=locked,target=/a,id=b,uid=1",
            "type=secret,id=a,required",
            "type=ssh",
            "type=$T,foo",
            "type=tmpfs,size=1g,target=/t",
            "type=secret,id=a,env=B",
        ] {
            assert_eq!(wrong_mount(mount), None, "{mount}");
        }
        for mount in [
            "type=volume,target=/x",
            "target",
            "type=cache,dest=/x",
            "size=1,target=/x",
            "required",
            "sharing=all",
        ] {
            assert!(wrong_mount(mount).is_some(), "{mount}");
        }
    }
}
