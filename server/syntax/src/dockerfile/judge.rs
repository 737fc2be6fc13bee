//! What BuildKit refuses behind its parser: unknown words and flags, arguments that are too few or of
//! the wrong shape, an instruction before the first stage. Knows nothing of lines.

use super::table::{FlagType, Row, flag_type, lookup};
use super::{Argument, Form, Instruction, Kind, Problem, ProblemKind, heredoc};
use crate::text::TextRange;

/// What is wrong with the order of the instructions.
pub(super) fn stages(instructions: &[Instruction], problems: &mut Vec<Problem>) {
    let mut say = |message: &str, range| {
        problems.push(Problem { kind: ProblemKind::Empty, message: message.to_owned(), range });
    };
    let Some(last) = instructions.last() else {
        say("a Dockerfile needs an instruction; this one has none", TextRange::empty(0));
        return;
    };
    // A word that is no instruction may be a misspelt FROM, and is told of already.
    let first = instructions.iter().find(|found| !matches!(found.kind, Some(Kind::Arg)));
    match first {
        None => say("a Dockerfile needs a FROM; this one has none", last.keyword_range),
        Some(first) if first.kind.is_some_and(|kind| kind != Kind::From) => {
            say("no build stage in current context: a FROM must come first", first.keyword_range);
        }
        Some(_) => {}
    }
}

/// What BuildKit would refuse in an instruction.
pub(super) fn instruction(instruction: &Instruction, problems: &mut Vec<Problem>) {
    let mut at = Some(instruction);
    let mut outer: Option<&Instruction> = None;
    while let Some(instruction) = at {
        judge_one(instruction, outer, problems);
        outer = Some(instruction);
        at = instruction.onbuild.as_deref();
    }
}

fn judge_one(instruction: &Instruction, outer: Option<&Instruction>, problems: &mut Vec<Problem>) {
    let mut say = |kind, message: String, range| problems.push(Problem { kind, message, range });
    let keyword = instruction.keyword.to_ascii_uppercase();
    let Some(row) = lookup(&instruction.keyword) else {
        let message = match nearest(&instruction.keyword) {
            Some(near) => format!("unknown instruction: {} (did you mean {near}?)", instruction.keyword),
            None => format!("unknown instruction: {}", instruction.keyword),
        };
        say(ProblemKind::UnknownInstruction, message, instruction.keyword_range);
        return;
    };
    if outer.is_some() && matches!(row.kind, Kind::Onbuild | Kind::From | Kind::Maintainer) {
        let message = format!("{keyword} isn't allowed as an ONBUILD trigger");
        say(ProblemKind::Arguments, message, instruction.keyword_range);
    }
    flags(instruction, row, &mut say);
    let arguments = &instruction.arguments;
    let place = if arguments.is_empty() { instruction.keyword_range } else { instruction.rest };
    if instruction.not_strings {
        let message = format!("{keyword}: when JSON is used, all items must be strings");
        say(ProblemKind::Arguments, message, place);
        return;
    }
    let count =
        if row.kind == Kind::Onbuild { usize::from(instruction.onbuild.is_some()) } else { arguments.len() };
    match row.kind {
        Kind::From => {
            let named =
                count == 3 && arguments.get(1).is_some_and(|word| word.value.eq_ignore_ascii_case("as"));
            let name = arguments.get(2).filter(|_| named);
            if count != 1 && !named {
                let message = "FROM takes an image, and may go on with AS and a name".to_owned();
                say(ProblemKind::Arguments, message, place);
            } else if let Some(name) = name.filter(|name| !is_stage_name(&name.value)) {
                let message = format!(
                    "invalid name for a build stage: {:?}; it begins with a letter and goes on with letters, digits, `-`, `_` and `.`",
                    name.value
                );
                say(ProblemKind::Arguments, message, name.range);
            }
        }
        Kind::Env | Kind::Label if count == 1 => {
            say(ProblemKind::Arguments, format!("{keyword} must have two arguments"), place);
        }
        Kind::Env | Kind::Label => {
            if count == 0 {
                say(ProblemKind::Arguments, format!("{keyword} requires at least one argument"), place);
            } else if let Some(word) = &instruction.no_equals {
                let message = format!("can't find = in {:?}: must be of the form name=value", word.value);
                say(ProblemKind::Arguments, message, word.range);
            } else if let Some(blank) = arguments.iter().step_by(2).find(|key| key.value.is_empty()) {
                say(ProblemKind::Arguments, format!("{keyword} names cannot be blank"), blank.range);
            }
        }
        Kind::Healthcheck => health_problem(arguments, place, &mut say),
        Kind::Arg if arguments.iter().any(|word| word.value.starts_with('=')) => {
            say(ProblemKind::Arguments, "ARG names cannot be blank".to_owned(), place);
        }
        Kind::Volume if arguments.iter().any(|word| word.value.trim().is_empty()) => {
            say(ProblemKind::Arguments, "VOLUME cannot be an empty string".to_owned(), place);
        }
        Kind::Add | Kind::Copy
            if count >= row.arguments.0
                && arguments.last().is_some_and(|last| heredoc::is_marker(&last.value)) =>
        {
            let message = format!("{keyword} cannot take a heredoc as its destination");
            say(ProblemKind::Arguments, message, arguments.last().map_or(place, |last| last.range));
        }
        Kind::Shell if instruction.form != Form::Exec || count == 0 => {
            let message = "SHELL takes a JSON array, such as [\"/bin/bash\", \"-c\"]".to_owned();
            say(ProblemKind::Arguments, message, place);
        }
        _ if count < row.arguments.0 => {
            let least = row.arguments.0;
            let message = match (least, row.arguments.1) {
                (1, Some(1)) => format!("{keyword} requires exactly one argument"),
                (1, _) => format!("{keyword} requires at least one argument"),
                _ => format!("{keyword} requires at least two arguments"),
            };
            say(ProblemKind::Arguments, message, place);
        }
        _ => {}
    }
}

fn health_problem(
    arguments: &[Argument],
    place: TextRange,
    say: &mut impl FnMut(ProblemKind, String, TextRange),
) {
    let message = match arguments.first().map(|kind| kind.value.to_ascii_uppercase()) {
        None => "HEALTHCHECK requires at least one argument".to_owned(),
        Some(kind) if kind == "NONE" && arguments.len() > 1 => {
            "HEALTHCHECK NONE takes no arguments".to_owned()
        }
        Some(kind) if kind == "CMD" && arguments.len() < 2 => {
            "missing command after HEALTHCHECK CMD".to_owned()
        }
        Some(kind) if kind == "NONE" || kind == "CMD" => return,
        Some(kind) => format!("unknown type {kind:?} in HEALTHCHECK (try CMD)"),
    };
    say(ProblemKind::Arguments, message, place);
}

/// The instruction that a misspelt word was most likely meant to be.
fn nearest(word: &str) -> Option<&'static str> {
    let upper = word.to_ascii_uppercase();
    if upper.len() > 16 {
        return None;
    }
    Kind::all()
        .map(Kind::keyword)
        .filter(|keyword| distance(&upper, keyword) <= 2.min(keyword.len() / 2))
        .min_by_key(|keyword| distance(&upper, keyword))
}

/// The number of single-character edits, a swap of neighbours counted as one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut current = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best = (cell(&previous, j + 1) + 1).min(cell(&current, j) + 1);
            best = best.min(cell(&previous, j) + usize::from(x != y));
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(cell(&before, j - 1) + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut previous, current);
    }
    previous.last().copied().unwrap_or(0)
}

/// Flags that are unknown, given twice, or have a wrong value.
fn flags(instruction: &Instruction, row: &Row, say: &mut impl FnMut(ProblemKind, String, TextRange)) {
    // These two never look at their flags, nor does `HEALTHCHECK NONE`.
    let none = instruction.arguments.first().is_some_and(|kind| kind.value.eq_ignore_ascii_case("none"));
    let ignored = matches!(row.kind, Kind::Arg | Kind::Stopsignal);
    if ignored || row.kind == Kind::Healthcheck && none {
        return;
    }
    let keyword = row.keyword;
    let mut seen: Vec<&str> = Vec::new();
    for flag in &instruction.flags {
        let name = flag.name.as_str();
        let Some(known) = row.flags.iter().find(|known| **known == name) else {
            let known: Vec<String> = row.flags.iter().map(|name| format!("--{name}")).collect();
            let hint = if known.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has {}", known.join(", "))
            };
            let message = format!("unknown flag: --{name} of {keyword}; {hint}");
            say(ProblemKind::Flag, message, flag.range);
            continue;
        };
        let kind = flag_type(known);
        let value = flag.value.as_deref();
        let wrong = match (kind, value) {
            _ if kind != FlagType::Many && seen.contains(known) => {
                Some(format!("duplicate flag specified: --{name}"))
            }
            (FlagType::Truth, None) => None,
            (FlagType::Truth, Some(value)) if ["true", "false"].contains(&value.to_lowercase().as_str()) => {
                None
            }
            (_, None) => Some(format!("missing a value on flag: --{name}")),
            (FlagType::Truth, Some("")) => Some(format!("missing a value on flag: --{name}")),
            (FlagType::Truth, Some(value)) => {
                Some(format!("expecting boolean value for flag --{name}, not: {value}"))
            }
            (_, Some(value)) => value_problem(row.kind, name, value),
        };
        if let Some(message) = wrong {
            say(ProblemKind::Flag, message, flag.range);
        }
        seen.push(known);
    }
}

/// What is wrong with the value of a flag that takes one.
fn value_problem(kind: Kind, name: &str, value: &str) -> Option<String> {
    let one_of = |known: &[&str]| (!known.contains(&value)).then(|| known.join(", "));
    match (kind, name) {
        (Kind::Run, "network") => one_of(&["default", "none", "host"])
            .map(|known| format!("invalid network mode {value:?}: it is one of {known}")),
        (Kind::Run, "security") => one_of(&["insecure", "sandbox"])
            .map(|known| format!("security {value:?} is not valid: it is one of {known}")),
        (Kind::Run, "mount" | "device") if value.is_empty() => {
            Some(format!("--{name} takes a list such as type=cache,target=/root/.cache"))
        }
        (Kind::Healthcheck, "retries") if value.is_empty() => None,
        (Kind::Healthcheck, "retries") => value
            .parse::<i32>()
            .map_or(true, |number| number < 0)
            .then(|| format!("--retries takes a number that is not negative, not: {value}")),
        (Kind::Healthcheck, _) => (!is_interval(value))
            .then(|| format!("--{name} takes a duration such as 30s or 1m30s, not: {value}")),
        _ => None,
    }
}

/// A duration as Go writes them, nought or at least a millisecond.
fn is_interval(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return true;
    }
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("\u{b5}s", 1e-6),
        ("\u{3bc}s", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
    ];
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let number = rest.get(..end).unwrap_or("");
        let digits = number.bytes().any(|byte| byte.is_ascii_digit());
        let behind = rest.get(end..).unwrap_or("");
        let unit_end = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let unit = behind.get(..unit_end).unwrap_or("");
        let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else { return false };
        if !digits || number.matches('.').count() > 1 {
            return false;
        }
        seconds += format!("0{number}").parse::<f64>().unwrap_or(0.0) * size;
        rest = behind.get(unit_end..).unwrap_or("");
    }
    // The longest that Go counts is about 292 years.
    seconds == 0.0 || !negative && (1e-3..9.2e9).contains(&seconds)
}

/// Letters and digits, `-`, `_` and `.`, a letter first.
pub(super) fn is_stage_name(name: &str) -> bool {
    let name = name.to_lowercase();
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.'))
}
