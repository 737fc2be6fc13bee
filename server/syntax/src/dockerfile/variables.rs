//! Where variables stand in a text: by their form alone, wherever BuildKit or a shell would put a value
//! in. What the value is, [`Scopes`](super::Scopes) knows.

use crate::text::TextRange;

/// A variable in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VariableUse<'t> {
    /// Its name.
    pub name: &'t str,
    /// From the `$` to the end of the name; with the braces, where nothing else stands in them.
    pub range: TextRange,
    /// Whether nothing but the name stands in it: no `:-default`.
    pub plain: bool,
}

/// The variables of a text with quotes such as a joined line or a script: none in single quotes, none
/// behind a backslash, none in a comment of a shell.
#[must_use]
pub fn variables(text: &str) -> Vec<VariableUse<'_>> {
    let bytes = text.as_bytes();
    let (mut out, mut at, mut quote) = (Vec::new(), 0, None);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match (quote, byte) {
            (Some(b'\''), b'\'') | (Some(b'"'), b'"') => quote = None,
            (Some(b'\''), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'#') if at == 1 || matches!(bytes.get(at - 2), Some(b' ' | b'\t' | b'\n' | b';')) => {
                while bytes.get(at).is_some_and(|byte| *byte != b'\n') {
                    at += 1;
                }
            }
            (_, b'\\') => at += 1,
            (_, b'$') => {
                if let Some(found) = variable(text, at - 1) {
                    at = found.range.end;
                    out.push(found);
                }
            }
            _ => {}
        }
    }
    out
}

/// The variable that begins with the `$` at `start`.
fn variable(text: &str, start: usize) -> Option<VariableUse<'_>> {
    let behind = text.get(start + 1..)?;
    let (open, rest) = behind.strip_prefix('{').map_or((0, behind), |rest| (1, rest));
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = rest.get(..rest.find(|c| !is_name(c)).unwrap_or(rest.len()))?;
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let end = start + 1 + open + name.len();
    let closed = open == 1 && text.get(end..).is_some_and(|rest| rest.starts_with('}'));
    let range = TextRange::new(start, end + usize::from(closed));
    Some(VariableUse { name, range, plain: open == 0 || closed })
}

#[cfg(test)]
mod tests {
    use super::variables;

    #[test]
    fn variables_are_found_where_a_value_is_put_in() {
        let found = |text: &'static str| -> Vec<&str> {
            variables(text).into_iter().map(|used| used.range.slice(text)).collect()
        };
        assert_eq!(found("a/$B-${C}:${D:-$E} \\$F '$G' \"it's $H\""), ["$B", "${C}", "${D", "$E", "$H"]);
        assert_eq!(found("$1 $@ $(x $Y) $"), ["$Y"]);
        assert_eq!(found("a # $B don't\nc $D"), ["$D"]);
        assert_eq!(found("a#$B"), ["$B"]);
    }
}
