//! The tokens of any text: in order, none on another, each on one line and between characters.

use std::sync::Arc;

use amlenv_analysis::{File, FileKind, FilePath, Workspace, tokens};
use proptest::prelude::*;

const PARTS: [&str; 40] = [
    "FROM a/b:1 AS c",
    "from c",
    "FROM a@sha256:0",
    "RUN ",
    "ENV ",
    "LABEL ",
    "ARG ",
    "COPY --from=c ",
    "RUN --mount=type=cache,from=c,x ",
    "CMD [\"a\", \"b\"]",
    "ONBUILD ",
    "HEALTHCHECK CMD ",
    "EXPOSE 80/tcp",
    "# c 'x",
    "\n# d\n",
    "# syntax=x\n",
    "\\\n",
    " \\ \n",
    "\n",
    "\n",
    "\n  ",
    "\r\n",
    " ",
    "\t",
    "a",
    "b=c",
    "A=\"",
    "\"",
    "'",
    "$",
    "$(x ",
    ")",
    "${X}",
    "${Y:-z}",
    " <<EOF",
    "\nEOF\n",
    " <<-'E F'",
    "e\u{301}\u{1f600}",
    "\u{feff}",
    "\\",
];

/// Checks the tokens of a file, and gives their number.
fn check(kind: FileKind, name: &str, text: &str) -> usize {
    let path = FilePath::new(name);
    let mut workspace = Workspace::default();
    workspace.insert(Arc::new(File::new(path.clone(), kind, text.into())));
    let found = tokens(&workspace, &path);
    let mut end = 0;
    for token in &found {
        assert!(token.range.start >= end, "{token:?} stands on the one before in {text:?}");
        end = token.range.end;
        let slice = text.get(token.range.start..end).unwrap_or_else(|| panic!("{token:?} cuts {text:?}"));
        assert!(!slice.is_empty() && !slice.contains(['\n', '\r']), "{token:?} is {slice:?} in {text:?}");
    }
    found.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn tokens_are_in_order_and_apart(parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..20)) {
        let text = parts.concat();
        check(FileKind::Dockerfile, "/w/Dockerfile", &text);
        let literal = serde_json::to_string(&text).expect("a text");
        let head = "from azureml.core import Environment\nenv = Environment('e')\nenv.docker.base_dockerfile = ";
        check(FileKind::Python, "/w/a.py", &format!("{head}{literal}\n"));
        check(FileKind::Python, "/w/a.py", &format!("{head}('FROM x\\n' # y\n  f'''{text}''')\n"));
        let json = format!("{{\"docker\": {{\"baseDockerfile\": {literal}}}}}");
        check(FileKind::EnvironmentJson, "/w/azureml_environment.json", &json);
        let block = text.replace('\n', "\n      ");
        let yaml = format!("environment:\n  docker:\n    baseDockerfile: >\n      {block}\n");
        check(FileKind::Runconfig, "/w/x.runconfig", &yaml);
        let source: Vec<String> =
            format!("{head}{literal}").split_inclusive('\n').map(str::to_owned).collect();
        let cell = serde_json::json!({"cell_type": "code", "metadata": {}, "outputs": [], "source": source});
        let book = serde_json::json!({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
        check(FileKind::Notebook, "/w/a.ipynb", &book.to_string());
    }
}

#[test]
fn a_folded_text_has_tokens_in_each_of_its_lines() {
    let yaml = "environment:\n  docker:\n    baseDockerfile: >\n      FROM a\n\n      LABEL x='y\n      z'\n";
    // The key, FROM, a, LABEL, x, =, and the string in two lines.
    assert_eq!(check(FileKind::Runconfig, "/w/x.runconfig", yaml), 8);
}
