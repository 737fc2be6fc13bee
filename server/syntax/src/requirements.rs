//! Reads pip requirements, with places, tolerant of half-typed text: logical lines as pip joins and
//! strips them, options as it takes them, and each requirement by the grammar of PEP 508.
//!
//! It knows nothing of the disk, so whether a path leads anywhere is not its business, and nothing of
//! the process, so a line with `${NAME}` in it has no problems. Source: pip 25.3,
//! `pip._internal.req.req_file` and `constructors`.

mod dependency;
mod lines;
mod options;

use crate::map::SourceMap;
use crate::text::TextRange;
pub use crate::yaml::Problem;

/// A requirements file.
#[derive(Clone, Debug, Default)]
pub struct Requirements {
    /// What its lines say, blank ones and comments left out. A line with several options is several.
    pub lines: Vec<Line>,
    /// Its comments, `#` included.
    pub comments: Vec<TextRange>,
    /// What pip would refuse.
    pub problems: Vec<Problem>,
}

/// Something that a line says.
#[derive(Clone, Debug)]
pub enum Line {
    /// A package.
    Requirement(Requirement),
    /// An option such as `-r file` or `--index-url url`, with what stands behind it.
    Option {
        /// The option as it is written, dashes included.
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
    /// All of it, its options left out.
    pub range: TextRange,
    /// The name, as written; of a URL or a file, the one that it says of itself.
    pub name: Option<(String, TextRange)>,
    /// The extras.
    pub extras: Vec<String>,
    /// The version specifiers, as written, their parentheses left out.
    pub specifier: Option<(String, TextRange)>,
    /// What stands behind `@`, or a URL or path that stands alone.
    pub url: Option<(String, TextRange)>,
    /// The environment marker.
    pub marker: Option<(String, TextRange)>,
    /// Options that hold for this package alone, such as `--hash`: the name, and the value.
    pub options: Vec<(String, String)>,
    /// What pip would refuse.
    pub problems: Vec<Problem>,
}

/// Reads a requirements file. Any text is read.
#[must_use]
pub fn parse(text: &str) -> Requirements {
    let base = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (logical, comments) = lines::logical(text.get(base..).unwrap_or(""), base);
    let mut out = Requirements { comments, ..Requirements::default() };
    for line in logical {
        read_line(&line.value, &line.map, &mut out);
    }
    out
}

/// Reads one requirement, as it stands in a list of a conda file. What is an option is no requirement.
#[must_use]
pub fn parse_one(text: &str) -> Requirement {
    let read = parse(text);
    let found = read.lines.into_iter().find_map(|line| match line {
        Line::Requirement(requirement) => Some(requirement),
        Line::Option { .. } => None,
    });
    found.unwrap_or_default()
}

fn read_line(line: &str, map: &SourceMap, out: &mut Requirements) {
    let place = |range: TextRange| {
        let host = map.to_host(range);
        TextRange::new(host.start, host.end)
    };
    let known = out.problems.len();
    let split = options::split(line);
    let mut requirement = None;
    let said = line.get(..split).unwrap_or("");
    if !said.trim().is_empty() {
        requirement = Some(dependency::read(said));
    }
    let mut editable = false;
    for option in options::read(line, split) {
        match option {
            Ok(option) => {
                editable |= option.is("--editable");
                if let Some(message) = option.complaint() {
                    out.problems.push(Problem { message, range: place(option.range) });
                }
                match &mut requirement {
                    // pip takes other options behind a requirement and forgets them.
                    Some(requirement) => {
                        if option.is("--hash") || option.is("--config-settings") {
                            let value = option.value.map_or_else(String::new, |value| value.0);
                            requirement.options.push((option.long.to_owned(), value));
                        }
                    }
                    None => out.lines.push(Line::Option {
                        name: option.name,
                        value: option.value.map(|(value, range)| (value, place(range))),
                        range: place(option.range),
                    }),
                }
            }
            Err(problem) => {
                out.problems.push(Problem { message: problem.message, range: place(problem.range) });
            }
        }
    }
    if let Some(mut requirement) = requirement {
        let parts = [
            &mut requirement.name,
            &mut requirement.specifier,
            &mut requirement.url,
            &mut requirement.marker,
        ];
        for (_, range) in parts.into_iter().flatten() {
            *range = place(*range);
        }
        requirement.range = place(requirement.range);
        for problem in &mut requirement.problems {
            problem.range = place(problem.range);
        }
        out.problems.extend(requirement.problems.iter().cloned());
        out.lines.push(Line::Requirement(requirement));
    }
    if holds_variable(line) {
        out.problems.truncate(known);
        if let Some(Line::Requirement(requirement)) = out.lines.last_mut().filter(|_| !editable) {
            requirement.problems.clear();
        }
    }
}

/// Whether `${NAME}`, which pip takes from its environment, stands in a line.
fn holds_variable(line: &str) -> bool {
    line.split("${").skip(1).any(|rest| {
        let name = rest.split('}').next().unwrap_or("");
        let fits = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        !name.is_empty() && name.len() < rest.len() && fits
    })
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
        assert_eq!(read.problems, []);
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

    #[test]
    fn parts_of_continued_lines_know_their_places() {
        let text = "torch \\\n  == 2.1 \\\r\n  ; python_version \\\n  >= '3.9' \\\n  --hash=sha256:ab \\\n  --hash sha256:cd # why\n";
        let file = parse(text);
        assert_eq!(file.problems, []);
        let Some(Line::Requirement(found)) = file.lines.first() else { panic!("a requirement") };
        let slice =
            |part: &Option<(String, TextRange)>| part.as_ref().expect("a part").1.slice(text).to_owned();
        assert_eq!((slice(&found.name), slice(&found.specifier)), ("torch".to_owned(), "== 2.1".to_owned()));
        assert_eq!(slice(&found.marker), "python_version \\\n  >= '3.9'");
        let hashes: Vec<&str> = found.options.iter().map(|option| option.1.as_str()).collect();
        assert_eq!(hashes, ["sha256:ab", "sha256:cd"]);
        assert_eq!(file.comments[0].slice(text), "# why");
    }

    #[test]
    fn what_pip_refuses_is_said_where_it_stands() {
        for (text, shown, message) in [
            ("numpy=1.26\n", "=", "= is no operator; did you mean ==?"),
            ("a\n\"numpy==1.26\",\n", "\"numpy==1.26\",", "a requirement stands without quotes"),
            ("numpy 1.26\n", "1.26", "expected a version specifier, or ; and a marker"),
            ("numpy>=1.26 <2\n", "<2", "expected a comma between version specifiers"),
            ("numpy==1.x\n", ".x", "expected the end of the requirement"),
            ("numpy>=1.*\n", ">=1.*", "only == and != take .*"),
            ("numpy[a\n", "[a", "the extras are not closed"),
            ("numpy; python_version\n", "", "expected an operator"),
            (
                "numpy; pyhton_version > '3'\n",
                "pyhton_version",
                "expected a variable of the environment or a quoted text",
            ),
            ("--indx-url https://h\n", "--indx-url", "no such option"),
            ("-r\n", "-r", "-r needs a value"),
            ("numpy --hash=md5:ab\n", "--hash=md5:ab", "--hash takes sha256, sha384 or sha512"),
            ("--pre=1\n", "--pre=1", "--pre takes no value"),
        ] {
            let read = parse(text);
            let problem = read.problems.first().unwrap_or_else(|| panic!("a problem: {text}"));
            assert_eq!(problem.range.slice(text), shown, "{text} {problem:?}");
            assert!(problem.message.contains(message), "{text} {problem:?}");
        }
        assert_eq!(parse("--index-url https://${USER}:${TOKEN}@h\nnumpy==${NUMPY}\n").problems, []);
    }

    #[test]
    fn long_input_is_read_in_time() {
        for text in [
            "a \\\n".repeat(100_000),
            format!("a; {}", "(".repeat(200_000)),
            format!("a{}", ">=1,".repeat(200_000)),
            format!("a[{}", "b,".repeat(200_000)),
            format!("a {}", "--hash=sha256:a ".repeat(50_000)),
            "#".repeat(1_000_000),
            " #".repeat(500_000),
            "\"'".repeat(200_000),
        ] {
            let read = parse(&text);
            assert!(read.lines.len() + read.comments.len() > 0);
        }
    }
}
