//! Heredoc markers, found as BuildKit finds them: its shell lexer splits the whole joined line, with
//! nothing set, and a word such as `<<-EOF` or `<< EOF` is a marker. An error of the lexer cancels all
//! of them.

use super::expand;

/// A marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) name: String,
    pub(crate) expand: bool,
    pub(crate) chomp: bool,
    /// The word as it stands on the line, to find its place.
    pub(crate) raw: String,
}

/// The markers of a joined line, in order; an error is a refusal of BuildKit's.
pub(crate) fn markers(line: &str) -> Result<Vec<Marker>, expand::ExpandError> {
    if !line.contains("<<") {
        return Ok(Vec::new());
    }
    let words = expand::words(line, true, true).unwrap_or_default();
    let mut out = Vec::new();
    for word in words {
        out.extend(marker(&word)?);
    }
    Ok(out)
}

/// Whether a word is a marker.
#[must_use]
pub fn is_marker(word: &str) -> bool {
    matches!(marker(word), Ok(Some(_)))
}

/// A word as a marker: digits, `<<`, perhaps `-`, blanks, and one word without `<`.
fn marker(word: &str) -> Result<Option<Marker>, expand::ExpandError> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let Some(rest) = rest.strip_prefix("<<") else { return Ok(None) };
    let (chomp, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    let rest = rest.trim_start_matches(['\t', '\n', '\x0c', '\r', ' ']);
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    let plain = expand::words(rest, false, false)?;
    let [name] = plain.as_slice() else { return Ok(None) };
    let raw = expand::words(rest, true, false)?;
    let [quoted] = raw.as_slice() else {
        return Err(expand::ExpandError("the name of the heredoc cannot be read".to_owned()));
    };
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    let expand = quotes(name) == quotes(quoted);
    Ok(Some(Marker { name: name.clone(), expand, chomp, raw: word.to_owned() }))
}
