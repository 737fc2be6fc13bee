//! The type of a plain scalar, as PyYAML's `SafeLoader` resolves it (YAML 1.1): it is what the
//! official client loads with, so `1.10` is a number and `010` is eight.

/// The type that a scalar gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreType {
    /// Text.
    Str,
    /// A whole number.
    Int,
    /// A number with a point.
    Float,
    /// A truth value.
    Bool,
    /// Nothing.
    Null,
    /// A date.
    Timestamp,
}

/// The type of a plain scalar.
pub(crate) fn resolve(text: &str) -> CoreType {
    const BOOLS: [&str; 6] = ["yes", "no", "true", "false", "on", "off"];
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return CoreType::Null;
    }
    let lower = text.to_ascii_lowercase();
    let cased = text == lower || text == lower.to_ascii_uppercase() || is_title(text);
    if cased && BOOLS.contains(&lower.as_str()) {
        return CoreType::Bool;
    }
    if is_int(text) {
        return CoreType::Int;
    }
    if is_float(text) {
        return CoreType::Float;
    }
    if is_timestamp(text) { CoreType::Timestamp } else { CoreType::Str }
}

fn is_title(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase()) && chars.all(|c| c.is_ascii_lowercase())
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn all(text: &str, digit: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(|c| c == '_' || digit(c))
}

/// Digits and underscores that begin with a digit.
fn is_digits(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && all(text, |c| c.is_ascii_digit())
}

/// The parts behind the first colon of a sexagesimal number.
fn is_sixties(parts: &str) -> bool {
    parts.split(':').all(|part| match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    })
}

fn is_int(text: &str) -> bool {
    let text = unsigned(text);
    if let Some(binary) = text.strip_prefix("0b") {
        return all(binary, |c| matches!(c, '0' | '1'));
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return all(hex, |c| c.is_ascii_hexdigit());
    }
    if text == "0" {
        return true;
    }
    if let Some(octal) = text.strip_prefix('0') {
        return all(octal, |c| matches!(c, '0'..='7'));
    }
    match text.split_once(':') {
        Some((head, rest)) => is_digits(head) && is_sixties(rest),
        None => is_digits(text),
    }
}

fn is_float(text: &str) -> bool {
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let body = unsigned(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (body.get(..at).unwrap_or(""), body.get(at + 1..)),
        None => (body, None),
    };
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['-', '+']);
        if digits.is_none_or(|digits| digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit())) {
            return false;
        }
    }
    let Some((whole, fraction)) = mantissa.split_once('.') else { return false };
    let fraction_fits = fraction.chars().all(|c| c == '_' || c.is_ascii_digit());
    if whole.is_empty() {
        // A sign before a bare point makes it a text.
        return body == text && is_digits(fraction);
    }
    match whole.split_once(':') {
        Some((head, rest)) => exponent.is_none() && is_digits(head) && is_sixties(rest) && fraction_fits,
        None => is_digits(whole) && fraction_fits,
    }
}

fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits =
        |from: usize, to: usize| bytes.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    if !digits(0, 4) || bytes.get(4) != Some(&b'-') {
        return false;
    }
    if bytes.len() == 10 {
        return digits(5, 7) && bytes.get(7) == Some(&b'-') && digits(8, 10);
    }
    // The long form: date, `T` or blanks, time. Only its beginning is looked at.
    let mut parts = text.splitn(2, ['T', 't', ' ']);
    let date: Vec<&str> = parts.next().unwrap_or("").split('-').collect();
    let short = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let is_date = date.len() == 3 && date.iter().skip(1).all(short);
    let time = parts.next().unwrap_or("").trim_start();
    let clock: Vec<&str> = time.split(':').collect();
    is_date
        && clock.len() >= 3
        && clock.first().is_some_and(short)
        && clock
            .iter()
            .skip(1)
            .take(2)
            .all(|part| part.get(..2).is_some_and(|two| two.bytes().all(|b| b.is_ascii_digit())))
}

#[cfg(test)]
mod tests {
    use super::{CoreType, resolve};

    /// Asked of PyYAML 6.0's `safe_load`.
    #[test]
    fn scalars_have_the_type_that_pyyaml_gives_them() {
        for (text, expected) in [
            ("1", CoreType::Int),
            ("010", CoreType::Int),
            ("08", CoreType::Str),
            ("0x1F", CoreType::Int),
            ("1_000", CoreType::Int),
            ("190:20:30", CoreType::Int),
            ("1.10", CoreType::Float),
            ("1.", CoreType::Float),
            (".5", CoreType::Float),
            ("-.5", CoreType::Str),
            ("1e3", CoreType::Str),
            ("1.0e+3", CoreType::Float),
            ("190:20:30.15", CoreType::Float),
            ("1.2.3", CoreType::Str),
            ("yes", CoreType::Bool),
            ("On", CoreType::Bool),
            ("oN", CoreType::Str),
            ("y", CoreType::Str),
            ("~", CoreType::Null),
            ("2024-01-02", CoreType::Timestamp),
            ("2024-1-2", CoreType::Str),
            ("2001-12-14t21:59:43.10-05:00", CoreType::Timestamp),
            ("3.10.18", CoreType::Str),
            ("latest", CoreType::Str),
        ] {
            assert_eq!(resolve(text), expected, "{text}");
        }
    }
}
