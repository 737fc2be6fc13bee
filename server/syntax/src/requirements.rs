//! Reads pip requirements line by line, with places, tolerant of half-typed text.

use crate::text::TextRange;

/// A requirements file.
#[derive(Clone, Debug, Default)]
pub struct Requirements {
    /// Its lines, blank ones and comments left out.
    pub lines: Vec<Line>,
    /// Its comments, `#` included.
    pub comments: Vec<TextRange>,
}

/// A line that says something.
#[derive(Clone, Debug)]
pub enum Line {
    /// A package.
    Requirement(Requirement),
    /// An option such as `-r file` or `--index-url url`, with what stands behind it.
    Option {
        /// The option, dashes included.
        name: String,
        /// Its value and where that stands.
        value: Option<(String, TextRange)>,
        /// All of it.
        range: TextRange,
    },
}

/// A package that is asked for. Parts that are not there are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    /// All of it.
    pub range: TextRange,
    /// The name, as written.
    pub name: Option<(String, TextRange)>,
    /// The extras.
    pub extras: Vec<String>,
    /// The version specifiers, as written.
    pub specifier: Option<(String, TextRange)>,
    /// What stands behind `@`.
    pub url: Option<(String, TextRange)>,
    /// The environment marker.
    pub marker: Option<(String, TextRange)>,
}

/// Reads a requirements file. Any text is read.
#[must_use]
pub fn parse(text: &str) -> Requirements {
    let mut out = Requirements::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim_end_matches(['\n', '\r', '\\']).trim_start_matches('\u{feff}');
        let start = start + (line.trim_end_matches(['\n', '\r', '\\']).len() - content.len());
        let comment = if content.trim_start().starts_with('#') {
            content.find('#')
        } else {
            content.find(" #").map(|at| at + 1)
        };
        let said = content.get(..comment.unwrap_or(content.len())).unwrap_or("");
        if let Some(comment) = comment {
            out.comments.push(TextRange::new(start + comment, start + content.trim_end().len().max(comment)));
        }
        let blanks = said.len() - said.trim_start().len();
        let said = said.trim();
        if said.is_empty() {
            continue;
        }
        let start = start + blanks;
        out.lines.push(if said.starts_with('-') {
            option(said, start)
        } else {
            Line::Requirement(read(said, start))
        });
    }
    out
}

fn option(text: &str, base: usize) -> Line {
    let short = !text.starts_with("--");
    let end = if short { 2.min(text.len()) } else { text.find([' ', '=']).unwrap_or(text.len()) };
    let rest = text.get(end..).unwrap_or("");
    let value = rest.trim_start_matches([' ', '=', '\t']);
    let start = base + text.len() - value.len();
    Line::Option {
        name: text.get(..end).unwrap_or(text).to_owned(),
        value: (!value.is_empty()).then(|| (value.to_owned(), TextRange::new(start, base + text.len()))),
        range: TextRange::new(base, base + text.len()),
    }
}

/// Reads one requirement, as it stands in a list of a conda file.
#[must_use]
pub fn parse_one(text: &str) -> Requirement {
    let blanks = text.len() - text.trim_start().len();
    read(text.trim(), blanks)
}

fn read(text: &str, base: usize) -> Requirement {
    let mut out = Requirement { range: TextRange::new(base, base + text.len()), ..Requirement::default() };
    let part = |start: usize, end: usize| {
        let whole = text.get(start..end).unwrap_or("");
        let blanks = whole.len() - whole.trim_start().len();
        let trimmed = whole.trim();
        let start = base + start + blanks;
        (trimmed.to_owned(), TextRange::new(start, start + trimmed.len()))
    };
    let name_end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
        .unwrap_or(text.len());
    let name = text.get(..name_end).unwrap_or("").trim_end_matches(['.', '-', '_']);
    let is_url = text.get(name_end..).is_some_and(|rest| {
        rest.starts_with("://")
            || rest.starts_with("+http")
            || rest.starts_with('/')
            || rest.starts_with(":\\")
    });
    if name.is_empty() || is_url || name.ends_with(".whl") || text.starts_with('.') {
        out.url = Some(part(0, text.len()));
        return out;
    }
    out.name = Some(part(0, name.len()));
    let mut at = name_end;
    if text.get(at..).is_some_and(|rest| rest.trim_start().starts_with('[')) {
        let open = at + text.get(at..).and_then(|rest| rest.find('[')).unwrap_or(0);
        let close = text.get(open..).and_then(|rest| rest.find(']')).map_or(text.len(), |close| open + close);
        out.extras = text
            .get(open + 1..close)
            .unwrap_or("")
            .split(',')
            .map(|extra| extra.trim().to_owned())
            .filter(|extra| !extra.is_empty())
            .collect();
        at = (close + 1).min(text.len());
    }
    let marker = text.get(at..).and_then(|rest| rest.find(';')).map(|semicolon| at + semicolon);
    let end = marker.unwrap_or(text.len());
    if let Some(marker) = marker {
        out.marker = Some(part(marker + 1, text.len()));
    }
    let rest = text.get(at..end).unwrap_or("");
    if let Some(sign) =
        rest.find('@').filter(|sign| rest.get(..*sign).is_some_and(|head| head.trim().is_empty()))
    {
        out.url = Some(part(at + sign + 1, end));
    } else if !rest.trim().is_empty() {
        out.specifier = Some(part(at, end));
    }
    out
}

/// A package name as pip compares them. Source: PEP 503.
#[must_use]
pub fn normalise_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.push(c.to_ascii_lowercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_taken_apart() {
        let read = parse_one("azureml-dataset-runtime[fuse, pandas]~=1.62 ; python_version < '3.12'");
        assert_eq!(read.name.map(|part| part.0).as_deref(), Some("azureml-dataset-runtime"));
        assert_eq!(read.extras, ["fuse", "pandas"]);
        assert_eq!(read.specifier.map(|part| part.0).as_deref(), Some("~=1.62"));
        assert_eq!(read.marker.map(|part| part.0).as_deref(), Some("python_version < '3.12'"));
        assert_eq!(parse_one("git+https://h/x").name, None);
        assert_eq!(parse_one("./wheels/x.whl").name, None);
        assert_eq!(
            parse_one("x @ https://h/x.whl").url.map(|part| part.0).as_deref(),
            Some("https://h/x.whl")
        );
        assert_eq!(normalise_name("Foo__Bar.baz"), "foo-bar-baz");
    }

    #[test]
    fn files_have_options_and_comments() {
        let file = parse("# c\n-r base.txt\nnumpy==1.26 # pin\r\n\n--index-url=https://h\n");
        assert_eq!(file.lines.len(), 3);
        assert_eq!(file.comments.len(), 2);
        let Some(Line::Option { name, value, .. }) = file.lines.first() else { panic!("an option") };
        assert_eq!((name.as_str(), value.as_ref().map(|v| v.0.as_str())), ("-r", Some("base.txt")));
    }
}
