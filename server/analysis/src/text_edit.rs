//! Small questions about text that fixes ask: lines, indentation, line ends.

use amlenv_syntax::HostRange;

/// Drops what overlaps something in front of it; `items` stand in the order of where they begin.
pub(crate) fn drop_overlaps<T>(items: &mut Vec<T>, range: impl Fn(&T) -> HostRange) {
    let mut end = 0;
    items.retain(|item| {
        let range = range(item);
        let free = range.start >= end;
        if free {
            end = range.end;
        }
        free
    });
}

/// `range` grown to whole lines, the last line end included.
pub(crate) fn whole_lines(text: &str, range: HostRange) -> HostRange {
    let start = line_start(text, range.start);
    let end = match text.get(range.end..).and_then(|rest| rest.find('\n')) {
        Some(at) => range.end + at + 1,
        None => text.len(),
    };
    HostRange::new(start, end)
}

/// Whether the statement of Python at `range` can be taken out with its lines: nothing else stands on
/// them, and it is not the only one of its block.
pub(crate) fn is_removable(text: &str, range: HostRange) -> bool {
    let start = line_start(text, range.start);
    let indent = indent_of(text, range.start);
    let behind = text.get(range.end..).and_then(|rest| rest.lines().next()).unwrap_or("").trim();
    if start + indent.len() != range.start || !(behind.is_empty() || behind.starts_with('#')) {
        return false;
    }
    let same = |line: Option<&str>| {
        line.is_some_and(|line| {
            line.strip_prefix(indent).is_some_and(|rest| !rest.starts_with([' ', '\t', ')', ']', '}']))
        })
    };
    let blank = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let before = text.get(..start).unwrap_or("").lines().rev().find(blank);
    let after = text.get(whole_lines(text, range).end..).unwrap_or("").lines().find(blank);
    indent.is_empty() || same(before) || same(after)
}

/// The argument at `range` with its comma, and with its lines where nothing else stands on them.
/// `None` where it cannot be told what is around it.
pub(crate) fn argument(text: &str, range: HostRange) -> Option<HostRange> {
    let behind = text.get(range.end..)?;
    let gap = behind.len() - behind.trim_start_matches([' ', '\t']).len();
    let Some(rest) = behind.get(gap..)?.strip_prefix(',') else {
        // The last one takes the comma in front of it along.
        let head = text.get(..range.start)?.trim_end();
        return head.strip_suffix(',').map(|head| HostRange::new(head.len(), range.end));
    };
    let end = text.len() - rest.len();
    let start = line_start(text, range.start);
    let alone = start + indent_of(text, range.start).len() == range.start;
    let line_feed = rest.find('\n').filter(|at| rest.get(..*at).is_some_and(|rest| rest.trim().is_empty()));
    Some(match line_feed {
        Some(at) if alone => HostRange::new(start, end + at + 1),
        Some(_) => HostRange::new(range.start, end),
        None => HostRange::new(range.start, text.len() - rest.trim_start_matches([' ', '\t']).len()),
    })
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

    #[test]
    fn an_argument_goes_with_its_comma() {
        for (text, left) in [
            ("f(a=1, X, b=2)", "f(a=1, b=2)"),
            ("f(a=1, X)", "f(a=1)"),
            ("f(\n    a=1,\n    X,\n)", "f(\n    a=1,\n)"),
            ("f(\n    a=1,\n    X\n)", "f(\n    a=1\n)"),
            ("f(\n    X, # why\n)", "f(\n    # why\n)"),
            ("f(a=1, X,\n  b=2)", "f(a=1, \n  b=2)"),
        ] {
            let at = text.find('X').expect("an argument");
            let range = argument(text, HostRange::new(at, at + 1)).expect("a range");
            let mut edited = text.to_owned();
            edited.replace_range(range.start..range.end, "");
            assert_eq!(edited, left, "{text:?}");
        }
        assert_eq!(argument("f(X)", HostRange::new(2, 3)), None);
    }

    #[test]
    fn a_block_keeps_a_statement() {
        for (text, fine) in [
            ("X\n", true),
            ("if a:\n    X\n", false),
            ("if a:\n    X\nelse:\n    b\n", false),
            ("if a:\n    b\n    X\n", true),
            ("if a:\n    X\n\n    # c\n    b\n", true),
            ("if a: X\n", false),
            ("b; X\n", false),
            ("X; b\n", false),
            ("X # why\n", true),
        ] {
            let at = text.find('X').expect("a statement");
            assert_eq!(is_removable(text, HostRange::new(at, at + 1)), fine, "{text:?}");
        }
    }
}
