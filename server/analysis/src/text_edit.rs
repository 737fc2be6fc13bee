//! Small questions about text that fixes ask: lines, indentation, line ends.

use amlenv_syntax::HostRange;

/// `range` grown to whole lines, the last line end included.
pub(crate) fn whole_lines(text: &str, range: HostRange) -> HostRange {
    let start = line_start(text, range.start);
    let end = match text.get(range.end..).and_then(|rest| rest.find('\n')) {
        Some(at) => range.end + at + 1,
        None => text.len(),
    };
    HostRange::new(start, end)
}

/// Where the line of `offset` begins.
pub(crate) fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1)
}

/// The blanks at the beginning of the line of `offset`.
pub(crate) fn indent_of(text: &str, offset: usize) -> &str {
    let start = line_start(text, offset);
    let line = text.get(start..).unwrap_or("");
    let end = line.find(|c| c != ' ' && c != '\t').unwrap_or(line.len());
    line.get(..end).unwrap_or("")
}

/// The line end that the text uses.
pub(crate) fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_take_the_line_end_with_them() {
        let text = "a\r\n  b: 1\r\nc";
        assert_eq!(whole_lines(text, HostRange::new(5, 6)).slice(text), "  b: 1\r\n");
        assert_eq!(whole_lines(text, HostRange::new(11, 12)).slice(text), "c");
        assert_eq!(indent_of(text, 6), "  ");
    }
}
