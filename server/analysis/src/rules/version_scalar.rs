//! AML504: a version that YAML reads as a number or a date.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::model::{Field, Notation, Value};

pub(super) static RULE: Rule = Rule {
    code: "AML504",
    name: "version-scalar",
    severity: Severity::Warning,
    default_on: true,
    page: include_str!("version_scalar.md"),
    check,
};

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|found| found.notation == Notation::EnvironmentYaml) {
        let Some(version) = environment.last(&Field::Version) else { continue };
        let range = version.value_range;
        let written = range.slice(file.text());
        let (message, severity) = match &version.value {
            Value::Bool(_) => (format!("YAML reads {written} as a truth value; put it in quotes."), Severity::Warning),
            Value::Number(text) => match loaded(text) {
                Loaded::Same => continue,
                Loaded::Number(other) => {
                    (format!("YAML reads {written} as a number, and so the version is {other}; put it in quotes."), Severity::Warning)
                }
                Loaded::Date => (format!("YAML reads {written} as a date, which the client refuses; put it in quotes."), Severity::Error),
            },
            _ => continue,
        };
        let fix = cx.edit(range, format!("\"{written}\""));
        cx.say(&RULE, range, message).severity(severity).safe_fix("Put the version in quotes", vec![fix]);
    }
}

/// What becomes of a scalar that is no text.
enum Loaded {
    /// The text that was written.
    Same,
    /// Another text.
    Number(String),
    /// No text at all.
    Date,
}

/// What PyYAML's loader and Python's `str` make of a number or a date.
/// Source: azure-ai-ml 1.35.2: `1.10` becomes 1.1, `010` becomes 8, a date is refused.
fn loaded(text: &str) -> Loaded {
    let number = |value: String| if value == text { Loaded::Same } else { Loaded::Number(value) };
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let whole = |digits: &str, radix| i128::from_str_radix(digits, radix).ok().map(|value| (sign * value).to_string());
    let read = if let Some(binary) = digits.strip_prefix("0b") {
        whole(binary, 2)
    } else if let Some(hex) = digits.strip_prefix("0x") {
        whole(hex, 16)
    } else if digits.len() > 1 && digits.starts_with('0') && digits.chars().all(|c| c.is_digit(8)) {
        whole(digits, 8)
    } else if digits.chars().all(|c| c.is_ascii_digit()) {
        whole(digits, 10)
    } else if digits.contains(':') && digits.chars().all(|c| c.is_ascii_digit() || c == ':') {
        let parts = digits.split(':').map(|part| part.parse::<i128>().ok());
        parts.collect::<Option<Vec<_>>>().map(|parts| (sign * parts.iter().fold(0, |all, part| all * 60 + part)).to_string())
    } else {
        None
    };
    if let Some(value) = read {
        return number(value);
    }
    match plain.parse::<f64>() {
        Ok(value) => number(shortest(value)),
        Err(_) if digits.get(4..5) == Some("-") => Loaded::Date,
        // A number that is too large or too odd to be told here.
        Err(_) => Loaded::Same,
    }
}

/// A number as Python writes it.
fn shortest(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((digits, exponent)) => {
                let (sign, exponent) = match exponent.strip_prefix('-') {
                    Some(rest) => ('-', rest),
                    None => ('+', exponent),
                };
                format!("{digits}e{sign}{exponent:0>2}")
            }
            None => text,
        };
    }
    format!("{value:?}")
}
