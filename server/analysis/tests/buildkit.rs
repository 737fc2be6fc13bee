//! The rules that follow BuildKit's checks: who switches them off, when they are errors, what their
//! fixes write. Whether they agree with BuildKit `buildkit/checks.py` asks.

use std::sync::Arc;

use amlenv_analysis::{
    Applicability, File, FileKind, FilePath, Finding, Settings, Severity, Workspace, diagnostics,
};

fn found(kind: FileKind, text: &str, settings: &Settings) -> Vec<Finding> {
    let path = FilePath::new("/w/file");
    let mut workspace = Workspace::new(vec![FilePath::new("/w")]);
    workspace.insert(Arc::new(File::new(path.clone(), kind, text.into())));
    diagnostics(&workspace, &path, settings)
}

fn select(codes: &[&str]) -> Settings {
    Settings { select: codes.iter().map(|code| (*code).to_owned()).collect(), ..Settings::default() }
}

fn codes(text: &str, settings: &Settings) -> Vec<(&'static str, Severity)> {
    let found = found(FileKind::Dockerfile, text, settings);
    found.iter().map(|finding| (finding.rule.code, finding.severity)).collect()
}

/// The text with all safe fixes of one round, or with all fixes.
fn fixed(kind: FileKind, text: &str, code: &str, also_suggested: bool) -> String {
    let mut edits: Vec<_> = found(kind, text, &select(&[code]))
        .into_iter()
        .flat_map(|finding| finding.fixes)
        .filter(|fix| also_suggested || fix.applicability == Applicability::Safe)
        .flat_map(|fix| fix.edits)
        .collect();
    edits.sort_by_key(|edit| edit.range);
    let mut out = text.to_owned();
    for edit in edits.iter().rev() {
        out.replace_range(edit.range.start..edit.range.end, &edit.text);
    }
    out
}

#[test]
fn another_linter_has_the_plain_rules() {
    let text = "FROM scratch as base\nENV A b\nENV TOKEN=1\nRNU x\n";
    let settings = Settings { companion: true, ..select(&["AML4", "AML7"]) };
    assert_eq!(codes(text, &settings), [("AML403", Severity::Warning), ("AML713", Severity::Error)]);
    let settings = Settings { companion: false, ..settings };
    assert_eq!(codes(text, &settings).len(), 4);
}

#[test]
fn a_directive_switches_off_what_it_names() {
    let text = "FROM scratch as base\nENV A b\n";
    let both = select(&["AML725", "AML731"]);
    for (head, left) in [
        ("", vec!["AML725", "AML731"]),
        ("# check=skip=FromAsCasing\n", vec!["AML731"]),
        ("# check=skip=all\n", vec![]),
        ("#check = skip = LegacyKeyValueFormat , FromAsCasing ; error = false\n", vec![]),
        ("# check=skip=fromascasing\n", vec!["AML725", "AML731"]),
        ("# check=skip=all;unknown=1\n", vec!["AML725", "AML731"]),
        // In front of an instruction it is for that one.
        ("\n# check=skip=all because\n", vec!["AML731"]),
        ("\n# check=skip=all\n# more\n\n", vec!["AML731"]),
        ("\n# check=skip=all\n#\n", vec!["AML725", "AML731"]),
    ] {
        let found = codes(&format!("{head}{text}"), &both);
        assert_eq!(found.iter().map(|(code, _)| *code).collect::<Vec<_>>(), left, "{head:?}");
    }
}

#[test]
fn a_directive_makes_them_errors_where_every_build_comes_by() {
    let text =
        "# check=error=true\nFROM scratch AS a\nENV A b\nFROM scratch AS b\nENV A b\nFROM b\nENV A b\n";
    let severities: Vec<_> = codes(text, &select(&["AML731"])).into_iter().map(|(_, level)| level).collect();
    assert_eq!(severities, [Severity::Hint, Severity::Error, Severity::Error]);
}

#[test]
fn fixes_write_what_means_the_same() {
    for (code, before, after) in [
        ("AML731", "ENV A b", "ENV A=b"),
        ("AML731", "ENV A   b c", "ENV A=\"b c\""),
        ("AML731", "ENV A \"b c\"", "ENV A=\"b c\""),
        ("AML731", "ENV A b\\ c", "ENV A=b\\ c"),
        ("AML731", "ENV A it's so", "ENV A it's so"),
        ("AML731", "ENV A b \"c\"", "ENV A b \"c\""),
        ("AML731", "ENV A b \\\n  c", "ENV A=\"b \\\n  c\""),
        ("AML731", "ENV A \\\n  b", "ENV A \\\n  b"),
        ("AML731", "LABEL a ${B:-c d}", "LABEL a=\"${B:-c d}\""),
        ("AML732", "MAINTAINER A <b>", "LABEL org.opencontainers.image.authors=\"A <b>\""),
        ("AML732", "maintainer \"A $b\"", "label org.opencontainers.image.authors=\"A \\$b\""),
        ("AML734", "RUN a \\\n\n  b \\\n  # c\n \t\n  d", "RUN a \\\n  b \\\n  # c\n  d"),
        ("AML724", "EXPOSE 1/TCP 2:3/Udp", "EXPOSE 1/tcp 2:3/udp"),
        ("AML723", "EXPOSE 80:81/tcp 82", "EXPOSE 81/tcp 82"),
        ("AML720", "Run x\nUSER y", "RUN x\nUSER y"),
        ("AML730", "CMD a 'b c' \"$\"d", "CMD [\"a\", \"b c\", \"$d\"]"),
        ("AML730", "CMD a && b", "CMD a && b"),
        ("AML730", "CMD cd a", "CMD cd a"),
        ("AML730", "CMD a $B", "CMD a $B"),
        ("AML730", "CMD a *.py", "CMD a *.py"),
        ("AML730", "CMD A=1 b > c", "CMD A=1 b > c"),
    ] {
        let text = |line: &str| format!("FROM scratch\n{line}\n");
        let fixed = fixed(FileKind::Dockerfile, &text(before), code, true);
        assert_eq!(fixed, text(after), "{code}");
    }
    let python = "Environment.from_dockerfile('x', 'FROM scratch\\nENV A b c\\nMAINTAINER \"d\"\\n')\n";
    let source = format!("from azureml.core import Environment\nenv = {python}");
    assert!(fixed(FileKind::Python, &source, "AML731", false).contains("ENV A=\"b c\"\\n"));
    assert!(fixed(FileKind::Python, &source, "AML732", false).contains("authors=\"d\"\\n"));
}

#[test]
fn variables_are_looked_at_where_buildkit_puts_them_in() {
    let said = |text: &str| {
        let found = found(FileKind::Dockerfile, text, &select(&["AML740"]));
        found.iter().map(|finding| finding.range.slice(text).to_owned()).collect::<Vec<_>>()
    };
    let text = "FROM scratch\nCOPY --chown=$A <<E1 <<'E2' $B /$C/\n$D \"$E\" '$F'\nE1\n$G\nE2\nUSER $H\n";
    assert_eq!(said(text), ["$A", "$B", "$C", "$D", "$E", "$F", "$H"]);
    let text = "FROM scratch\nRUN --mount=type=cache,target=$A echo $B\nCMD $C\nEXPOSE $D\nSTOPSIGNAL $E\n";
    assert_eq!(said(text), ["$A", "$E"]);
    let text = "FROM scratch AS a\nONBUILD USER $A\nFROM a\n";
    assert_eq!(said(text), ["FROM"]);
    assert_eq!(said("FROM own.io/x\nENV A=$AB\n"), Vec::<String>::new());
}
