//! Finding one's way: definitions, references, names to change, links, symbols, folds and selections, in
//! every kind of file. Each fixture is read with LF and with CRLF; a cursor is `$0`.

use std::sync::Arc;

use amlenv_analysis::navigate::{LinkTarget, Occurrence, Symbol};
use amlenv_analysis::{
    CellText, Edit, Fact, File, FileKind, FilePath, Workspace, classify_named, definition, document_symbols,
    folds, highlights, links, moved, references, renamable, rename, selections, unknown_paths,
    workspace_symbols,
};
use amlenv_syntax::HostRange;

/// A small workspace in `/w`, and the place of the cursor.
struct Fixture {
    workspace: Workspace,
    path: FilePath,
    offset: usize,
}

/// Files behind lines `#- path`.
fn files(text: &str) -> Vec<(FilePath, String)> {
    let mut out: Vec<(FilePath, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        match (line.strip_prefix("#- "), out.last_mut()) {
            (Some(path), _) => out.push((FilePath::new(&format!("/w/{}", path.trim())), String::new())),
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => panic!("a path comes first"),
        }
    }
    out
}

fn fixture(text: &str) -> Fixture {
    let mut workspace = Workspace::new(vec![FilePath::new("/w")]);
    let mut cursor = (FilePath::new("/w"), 0);
    for (path, mut text) in files(text) {
        if let Some(at) = text.find("$0") {
            text.replace_range(at..at + 2, "");
            cursor = (path.clone(), at);
        }
        let kind = classify_named(&path, &text).unwrap_or(FileKind::Other);
        let mut folder = path.parent();
        while folder != FilePath::new("/") {
            workspace.set_fact(folder.clone(), Fact::Folder(Vec::new()));
            folder = folder.parent();
        }
        workspace.insert(Arc::new(File::new(path, kind, text.into())));
    }
    // What is no file of the fixture is not there.
    let paths: Vec<FilePath> = workspace.files().map(|file| file.path().clone()).collect();
    for path in &paths {
        let mut wanted: Vec<FilePath> = workspace.wants(path).into_iter().map(|want| want.path).collect();
        wanted.extend(unknown_paths(&workspace, path));
        for path in wanted {
            if workspace.fact(&path).is_none() {
                workspace.set_fact(path, Fact::Missing);
            }
        }
    }
    Fixture { workspace, path: cursor.0, offset: cursor.1 }
}

/// Calls `test` for a fixture with each line end.
fn both(text: &str, test: impl Fn(&Fixture)) {
    test(&fixture(text));
    test(&fixture(&text.replace('\n', "\r\n")));
}

impl Fixture {
    fn text(&self, path: &FilePath) -> &str {
        self.workspace.file(path).expect("a file").text()
    }

    /// `file:line text`, the line from 1.
    fn shown(&self, path: &FilePath, range: HostRange) -> String {
        let text = self.text(path);
        let line = text[..range.start].matches('\n').count() + 1;
        format!("{}:{line} {}", path.relative_to(&FilePath::new("/w")), range.slice(text))
    }

    fn occurrences(&self, found: &[Occurrence]) -> Vec<String> {
        let sign = |found: &Occurrence| if found.definition { "*" } else { "" };
        found.iter().map(|f| self.shown(&f.place.file, f.place.range) + sign(f)).collect()
    }

    fn references(&self) -> Vec<String> {
        self.occurrences(&references(&self.workspace, &self.path, self.offset))
    }

    fn highlights(&self) -> Vec<String> {
        self.occurrences(&highlights(&self.workspace, &self.path, self.offset))
    }

    fn definitions(&self) -> Vec<String> {
        let found = definition(&self.workspace, &self.path, self.offset);
        let found = found.map(|found| found.targets).unwrap_or_default();
        found.iter().map(|target| self.shown(&target.file, target.focus)).collect()
    }

    fn applied(&self, edits: &[Edit]) -> Vec<(String, String)> {
        let mut out: Vec<(String, String)> = Vec::new();
        let mut edits = edits.to_vec();
        edits.sort_by(|a, b| (&a.file, a.range).cmp(&(&b.file, b.range)).reverse());
        for edit in edits {
            let name = edit.file.relative_to(&FilePath::new("/w"));
            let at = out.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                out.push((name, self.text(&edit.file).to_owned()));
                out.len() - 1
            });
            out[at].1.replace_range(edit.range.start..edit.range.end, &edit.text);
        }
        out.sort();
        out
    }

    /// The files that change when what stands at the cursor is renamed.
    fn renamed(&self, new: &str) -> Result<Vec<(String, String)>, String> {
        let edits = rename(&self.workspace, &self.path, self.offset, new)?;
        Ok(self.applied(&edits))
    }
}

/// After renaming, each changed file is what it was with one text in the place of another.
#[track_caller]
fn check_rename(text: &str, old: &str, new: &str, names: &[&str]) {
    both(text, |fixture| {
        let changed = fixture.renamed(new).unwrap_or_else(|refused| panic!("{refused}"));
        let found: Vec<&str> = changed.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(found, names);
        for (name, text) in &changed {
            let before = fixture.text(&FilePath::new(&format!("/w/{name}")));
            assert_eq!(*text, before.replace(old, new), "{name}");
        }
    });
}

#[track_caller]
fn check_refused(text: &str, new: &str, message: &str) {
    both(text, |fixture| {
        let refused = fixture.renamed(new).expect_err("refused");
        assert!(refused.contains(message), "{refused}");
    });
}

const STAGES: &str = "#- Dockerfile\n# é😀\nARG TAG=1\nFROM python:$TAG AS Bui$0ld\nRUN --mount=type=bind,from=build,target=/x ls\nFROM build AS last\nCOPY --from=BUILD /a /b\nCOPY --from=0 /é😀 /b\n";

#[test]
fn stages_of_a_dockerfile() {
    both(STAGES, |fixture| {
        let all = ["Dockerfile:3 Build*", "Dockerfile:5 build", "Dockerfile:6 BUILD", "Dockerfile:7 0"];
        assert_eq!(fixture.references(), all);
        assert_eq!(fixture.highlights(), all);
        for cursor in ["FROM bu$0ild", "--from=$0BUILD", "--from=0$0 /é"] {
            let text = STAGES.replace("$0", "").replace(&cursor.replace("$0", ""), cursor);
            assert_eq!(fixture_of(fixture, &text).definitions(), ["Dockerfile:3 Build"], "{cursor}");
        }
    });
    both(STAGES, |fixture| {
        let changed = fixture.renamed("wheels").expect("edits");
        let expected = fixture.text(&fixture.path).replace("Build", "wheels").replace("BUILD", "wheels");
        assert_eq!(changed, [("Dockerfile".to_owned(), expected.replace("FROM build", "FROM wheels"))]);
    });
}

/// The same workspace written otherwise, with the line ends of another.
fn fixture_of(other: &Fixture, text: &str) -> Fixture {
    let crlf = other.workspace.files().any(|file| file.text().contains('\r'));
    fixture(&if crlf { text.replace('\n', "\r\n") } else { text.to_owned() })
}

#[test]
fn names_of_stages_that_cannot_be() {
    check_refused(STAGES, "1st", "no name of a stage");
    check_refused(STAGES, "Last", "There is a stage Last already");
    check_refused(STAGES, "scratch", "a meaning of its own");
    check_refused("#- Dockerfile\nFROM a AS b$0\nFROM c\n", "c", "names an image c");
    check_refused("#- Dockerfile\nFROM a AS b$0\nFROM c\nCOPY --from=d x y\n", "d", "names an image d");
    check_refused("#- Dockerfile\nARG B=b\nFROM a AS b$0\nFROM $B\n", "c", "by a variable");
    check_refused("#- Dockerfile\nFROM a$0\nCOPY --from=0 x y\n", "c", "has no name");
    check_refused("#- Dockerfile\nFROM a AS b\nFROM c\nCOPY --from=$00 x y\n", "d", "not called by its name");
}

const VARIABLES: &str = "#- Dockerfile\nARG V=1\nFROM a:${V} AS one\nARG V\nENV PATH_A=/x/$V \\\n    B=\"${V:-é}\"\nRUN echo $V '$V' && V=2\nFROM one\nRUN echo $V$0\nFROM c\nRUN echo $V\n";

#[test]
fn variables_of_a_dockerfile() {
    both(VARIABLES, |fixture| {
        let found = fixture.references();
        let lines = ["1 V*", "2 V", "3 V*", "4 V", "5 V", "6 V", "6 V", "8 V"];
        assert_eq!(found, lines.map(|line| format!("Dockerfile:{line}")));
        assert_eq!(fixture.definitions(), ["Dockerfile:3 V"]);
        let changed = &fixture.renamed("VERSION").expect("edits")[0].1;
        let expected = fixture.text(&fixture.path);
        let expected = expected
            .replace("ARG V", "ARG VERSION")
            .replace("${V", "${VERSION")
            .replace("&& V", "&& VERSION");
        let expected = expected.replacen("$V", "$VERSION", 4).replace("'$VERSION'", "'$V'");
        // The last stage knows no such variable.
        assert_eq!(
            *changed,
            expected.replacen("echo $V\r", "echo $V\r", 1).replace("VERSIONERSION", "VERSION")
        );
    });
}

#[test]
fn an_argument_without_a_value_leads_to_the_global_one() {
    both("#- Dockerfile\nARG V=1\nFROM a\nARG $0V\nRUN $V\n", |fixture| {
        assert_eq!(fixture.definitions(), ["Dockerfile:1 V"]);
    });
    both("#- Dockerfile\nFROM a AS b\nENV A=1\nFROM b AS c\nENV A=2\nFROM b\nRUN $$0A\n", |fixture| {
        assert_eq!(fixture.definitions(), ["Dockerfile:2 A"]);
    });
    both("#- Dockerfile\nFROM a\nRUN ${PA$0TH}\n", |fixture| {
        assert_eq!(fixture.definitions(), Vec::<String>::new());
        assert_eq!(fixture.references(), ["Dockerfile:2 PATH"]);
    });
}

#[test]
fn names_of_variables_that_cannot_be() {
    check_refused(VARIABLES, "1V", "no name of a variable");
    check_refused(VARIABLES, "B", "another variable");
    check_refused(
        "#- Dockerfile\nFROM a\nARG TARGET$0ARCH\nRUN $TARGETARCH\n",
        "X",
        "gives TARGETARCH its value",
    );
    check_refused("#- Dockerfile\nFROM a\nRUN $HO$0ME\n", "X", "Nothing here defines HOME");
    both("#- Dockerfile\nFROM a\nRUN ec$0ho\n", |fixture| {
        assert_eq!(renamable(&fixture.workspace, &fixture.path, fixture.offset), Ok(None));
    });
}

const V1: &str = "#- train.py\nfrom azureml.core import Environment\n\nenv = Environment(\"é😀\")\nenv.docker.base_image = None\nenv.docker.base_dockerfile = \"\"\"\nFROM python:3.10 AS build$0\nENV \\\\\n  ÉA=1 A=\\x31\nFROM build\nRUN echo ${A}\n\"\"\"\n";

#[test]
fn dockerfiles_in_python() {
    both(V1, |fixture| {
        assert_eq!(fixture.references(), ["train.py:6 build*", "train.py:9 build"]);
        let text = V1.replace("$0", "").replace("${A}", "${A$0}");
        let inner = fixture_of(fixture, &text);
        assert_eq!(inner.references(), ["train.py:8 A*", "train.py:10 A"]);
        let changed = &inner.renamed("NAME").expect("edits")[0].1;
        let expected = inner.text(&inner.path).replace(" A=", " NAME=").replace("${A}", "${NAME}");
        assert_eq!(*changed, expected);
    });
    check_rename(V1, "build", "wheels", &["train.py"]);
    // A text in two pieces, and one that cannot be read back.
    check_rename(
        "#- train.py\nfrom azureml.core import Environment\nenv = Environment('x')\nenv.docker.base_dockerfile = ('FROM a AS bu$0ild\\n'\n    'FROM build\\n')\n",
        "build",
        "wheels",
        &["train.py"],
    );
}

#[test]
fn dockerfiles_in_json_and_run_configurations() {
    let json = "#- azureml_environment.json\n{\"name\": \"e\", \"docker\": {\"baseDockerfile\": \"FROM a AS é\\nFROM b AS bu$0ild\\n\\u0046ROM build\\n\"}, \"python\": {}}\n";
    check_rename(json, "build", "wheels", &["azureml_environment.json"]);
    let yaml = "#- train.runconfig\nframework: Python\nenvironment:\n  name: e\n  docker:\n    baseDockerfile: |\n      FROM a AS bu$0ild\n      # é😀\n      FROM build\n";
    check_rename(yaml, "build", "wheels", &["train.runconfig"]);
}

const NAMES: &str = "#- env.yml\n$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: tra$0in\nversion: 2\nimage: python:3.10\n#- job.yml\ntype: command\ncommand: python a.py\nenvironment: azureml:train@latest\n#- pipeline.yml\ntype: pipeline\njobs:\n  a:\n    type: command\n    command: x\n    environment: \"azureml:train:2\"\n  b:\n    type: command\n    command: x\n    environment: azureml:training:2\n#- train.py\nfrom azure.ai.ml import command\nfrom azure.ai.ml.entities import Environment\njob = command(command='x', environment='train:1')\nother = command(command='x', environment=f\"azureml:train@latest\")\nml_client.environments.get(name=\"train\", version=\"1\")\n";

#[test]
fn environments_of_all_files() {
    both(NAMES, |fixture| {
        let all = [
            "env.yml:2 train*",
            "job.yml:3 train",
            "pipeline.yml:6 train",
            "train.py:3 train",
            "train.py:4 train",
            "train.py:5 train",
        ];
        assert_eq!(fixture.references(), all);
        assert_eq!(fixture.highlights(), all[..1]);
        for cursor in
            ["environment: azureml$0:train@", "\"azureml:tr$0ain:2\"", "'train$0:1'", "=\"$0train\""]
        {
            let text = NAMES.replace("$0", "").replace(&cursor.replace("$0", ""), cursor);
            let inner = fixture_of(fixture, &text);
            assert_eq!(inner.definitions(), ["env.yml:2 train"], "{cursor}");
            assert_eq!(inner.references(), all, "{cursor}");
        }
    });
    let names = ["env.yml", "job.yml", "pipeline.yml", "train.py"];
    both(NAMES, |fixture| {
        let changed = fixture.renamed("fit-2").expect("edits");
        assert_eq!(changed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), names);
        for (name, text) in changed {
            assert!(!text.replace("training", "").contains("train\""), "{name}: {text}");
            assert!(text.contains("fit-2") && !text.contains("azureml:train@"), "{name}: {text}");
        }
    });
}

#[test]
fn environments_are_defined_in_code_of_both_sdks() {
    check_rename(
        "#- v1.py\nfrom azureml.core import Environment\nNAME = 'mine'\nenv = Environment(name=NAME)\nenv.register(ws)\nEnvironment.get(ws, name=\"mine\")\n#- v2.py\nfrom azure.ai.ml.entities import Environment\nenv = Environment(name=\"mi$0ne\", image=\"python\")\nml_client.environments.create_or_update(env)\n#- deploy.yml\n$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: blue\nenvironment: azureml:mine:1\n",
        "mine",
        "other",
        &["deploy.yml", "v1.py", "v2.py"],
    );
}

#[test]
fn names_of_environments_that_cannot_be() {
    check_refused(NAMES, "a b", "cannot hold ' '");
    check_refused(NAMES, "-a", "begins with a letter");
    check_refused(NAMES, "AzureML-a", "reserved");
    check_refused(NAMES, &"a".repeat(256), "256 characters");
    let other = format!(
        "{NAMES}#- more.yml\n$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: more\nimage: python\n"
    );
    check_refused(&other, "more", "more.yml defines an environment more already");
    let remote = "#- job.yml\ntype: command\ncommand: x\nenvironment: azureml:tr$0ain:1\n";
    check_refused(remote, "other", "No file of the workspace defines the environment train");
    let curated = "#- job.yml\ntype: command\ncommand: x\nenvironment: azureml:AzureML-a$0@latest\n";
    check_refused(curated, "other", "not yours");
    // A name that is put together cannot be changed in one place, so nothing is.
    let put = format!("{NAMES}x = 'train'\ny = command(command='x', environment='azureml:' + x + ':1')\n");
    check_refused(&put, "other", "puts the name train together");
}

const PATHS: &str = "#- envs/env.yml\n$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: e\nimage: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04\nconda_file: ./con$0da.yml\n#- envs/conda.yml\nchannels: [conda-forge]\ndependencies:\n  - python=3.10\n  - pip\n  - pip:\n    - -r requirements.txt\n#- envs/requirements.txt\n-c limits.txt\nnumpy==1.26\n#- envs/limits.txt\nnumpy<2\n#- envs/build.yml\n$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: b\nbuild:\n  path: docker\n#- envs/docker/Dockerfile\nFROM python:3.10\nCOPY app.py /\nADD https://example.org/x.tar.gz /\n#- envs/docker/app.py\nimport os\n#- job.yml\n# azureml\ntype: pipeline\njobs:\n  a:\n    component: file:./component.yml\n  b:\n    type: command\n    command: python app.py\n    code: envs/docker\n    environment: file:envs/env.yml\n#- component.yml\n$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json\nname: c\ncommand: x\nenvironment: azureml://registries/azureml/environments/sklearn-1.5/versions/1\n#- run.py\nfrom azure.ai.ml.entities import Environment\nenv = Environment(name=\"p\", image=\"a\", conda_file=\"envs/conda.yml\")\n";

/// Each link with where it leads.
fn shown_links(fixture: &Fixture, path: &str) -> Vec<String> {
    let path = FilePath::new(&format!("/w/{path}"));
    let target = |target: &LinkTarget| match target {
        LinkTarget::File(path) => path.as_str().to_owned(),
        LinkTarget::Url(url) => url.clone(),
        LinkTarget::Studio(page) => page.clone(),
    };
    let found = links(&fixture.workspace, &path);
    found
        .iter()
        .map(|link| format!("{} -> {}", link.range.slice(fixture.text(&path)), target(&link.target)))
        .collect()
}

#[test]
fn paths_lead_to_files() {
    both(PATHS, |fixture| {
        assert_eq!(fixture.definitions(), ["envs/conda.yml:1 "]);
        assert_eq!(fixture.references(), ["envs/env.yml:4 ./conda.yml", "run.py:2 envs/conda.yml"]);
        for (path, expected) in [
            (
                "envs/env.yml",
                &[
                    "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04 -> https://mcr.microsoft.com/artifact/mar/azureml/openmpi4.1.0-ubuntu22.04/about",
                    "./conda.yml -> /w/envs/conda.yml",
                ][..],
            ),
            ("envs/conda.yml", &["requirements.txt -> /w/envs/requirements.txt"]),
            ("envs/requirements.txt", &["limits.txt -> /w/envs/limits.txt"]),
            ("envs/build.yml", &["docker -> /w/envs/docker/Dockerfile"]),
            (
                "envs/docker/Dockerfile",
                &[
                    "python:3.10 -> https://hub.docker.com/_/python",
                    "app.py -> /w/envs/docker/app.py",
                    "https://example.org/x.tar.gz -> https://example.org/x.tar.gz",
                ],
            ),
            (
                "job.yml",
                &[
                    "./component.yml -> /w/component.yml",
                    "app.py -> /w/envs/docker/app.py",
                    "envs/env.yml -> /w/envs/env.yml",
                ],
            ),
            (
                "component.yml",
                &[
                    "azureml://registries/azureml/environments/sklearn-1.5/versions/1 -> /registries/azureml/environments/sklearn-1.5/version/1",
                ],
            ),
            ("run.py", &["a -> https://hub.docker.com/_/a", "envs/conda.yml -> /w/envs/conda.yml"]),
        ] {
            assert_eq!(shown_links(fixture, path), expected, "{path}");
        }
    });
    let text = PATHS.replace("$0", "").replace("file:envs", "file:en$0vs");
    both(&text, |fixture| assert_eq!(fixture.definitions(), ["envs/env.yml:2 e"]));
}

/// The files that change when files move, with their texts.
fn after(fixture: &Fixture, moves: &[(&str, &str)]) -> Vec<(String, String)> {
    let path = |path: &str| FilePath::new(&format!("/w/{path}"));
    let moves: Vec<_> = moves.iter().map(|(old, new)| (path(old), path(new))).collect();
    fixture.applied(&moved(&fixture.workspace, &moves))
}

#[test]
fn paths_follow_files_that_move() {
    both(PATHS, |fixture| {
        let check = |moves: &[(&str, &str)], expected: &[(&str, &str, &str)]| {
            let found = after(fixture, moves);
            let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
            let expected_names: Vec<&str> = expected.iter().map(|(name, ..)| *name).collect();
            assert_eq!(names, expected_names, "{moves:?}");
            for ((name, text), (_, old, new)) in found.iter().zip(expected) {
                let crlf = fixture.text(&fixture.path).contains('\r');
                let new = if crlf { new.replace('\n', "\r\n") } else { (*new).to_owned() };
                let before = fixture.text(&FilePath::new(&format!("/w/{name}")));
                assert_eq!(*text, before.replace(old, &new), "{name}");
            }
        };
        check(
            &[("envs/conda.yml", "envs/packages.yml")],
            &[
                ("envs/env.yml", "./conda.yml", "./packages.yml"),
                ("run.py", "envs/conda.yml", "envs/packages.yml"),
            ],
        );
        // A file that moves takes the paths that it names itself along.
        check(
            &[("envs/conda.yml", "conda.yml")],
            &[
                ("envs/conda.yml", "requirements.txt", "envs/requirements.txt"),
                ("envs/env.yml", "./conda.yml", "../conda.yml"),
                ("run.py", "envs/conda.yml", "conda.yml"),
            ],
        );
        check(
            &[("envs/env.yml", "e.yml")],
            &[("envs/env.yml", "./conda.yml", "./envs/conda.yml"), ("job.yml", "envs/env.yml", "e.yml")],
        );
        // What moves together stays as it is.
        check(
            &[("envs", "environments")],
            &[("job.yml", "envs/", "environments/"), ("run.py", "envs/", "environments/")],
        );
        check(
            &[("envs/docker", "envs/image")],
            &[("envs/build.yml", "docker", "image"), ("job.yml", "envs/docker", "envs/image")],
        );
        check(
            &[("envs/docker/Dockerfile", "envs/docker/gpu.Dockerfile")],
            &[("envs/build.yml", "path: docker", "path: docker\n  dockerfile_path: gpu.Dockerfile")],
        );
        check(
            &[("envs/docker/app.py", "envs/docker/main.py")],
            &[("envs/docker/Dockerfile", "app.py", "main.py")],
        );
        check(
            &[("envs/requirements.txt", "envs/more.txt")],
            &[("envs/conda.yml", "requirements.txt", "more.txt")],
        );
        check(&[("elsewhere.yml", "other.yml")], &[]);
    });
}

#[test]
fn variables_of_python() {
    let text = "#- train.py\nfrom azureml.core import Environment, ScriptRunConfig\n\ndef make():\n    env = Environment(\"a\")\n    return env\n\nenv = Environment(\"b\")\nenv.docker.base_image = \"x\"\nrun = ScriptRunConfig(source_directory=\".\", environment=en$0v)\n";
    both(text, |fixture| {
        assert_eq!(fixture.definitions(), ["train.py:7 env"]);
        assert_eq!(fixture.references(), ["train.py:7 env*", "train.py:8 env", "train.py:9 env"]);
        let inner = fixture_of(fixture, &text.replace("$0", "").replace("return env", "return en$0v"));
        assert_eq!(inner.references(), ["train.py:4 env*", "train.py:5 env"]);
    });
}

/// Symbols as an indented tree.
fn tree(symbols: &[Symbol], depth: usize, out: &mut Vec<String>) {
    for symbol in symbols {
        assert!(symbol.range.contains_range(symbol.focus), "{symbol:?}");
        let detail = symbol.detail.as_ref().map(|detail| format!(" = {detail}")).unwrap_or_default();
        out.push(format!("{}{}{detail}", "  ".repeat(depth), symbol.name));
        tree(&symbol.children, depth + 1, out);
    }
}

#[test]
fn files_consist_of_symbols() {
    for (text, expected) in [
        (
            "#- Dockerfile\nARG A=1\nFROM python:3.10 AS b\nRUN pip \\\n  install x\nENV X=1\nFROM scratch\nCOPY a b\n",
            &["ARG A=1", "b = python:3.10", "  RUN pip", "  ENV X=1", "scratch", "  COPY a b"][..],
        ),
        (
            "#- env.yml\n$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: e\nversion: '2'\nbuild:\n  path: docker\n",
            &[
                "e = version 2",
                "  $schema = https://azuremlschemas.azureedge.net/latest/environment.sche",
                "  name = e",
                "  version = 2",
                "  build",
                "    build.path = docker",
            ],
        ),
        (
            "#- conda.yml\nname: c\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.10\n  - pip:\n    - numpy\n    - -r x.txt\n",
            &[
                "name = c",
                "channels",
                "  conda-forge",
                "dependencies",
                "  python=3.10",
                "  pip",
                "    numpy",
                "    -r x.txt",
            ],
        ),
        ("#- requirements.txt\n-r x.txt\nnumpy==1\n", &["-r = x.txt", "numpy = ==1"]),
        (
            "#- job.yml\ntype: pipeline\njobs:\n  a:\n    type: command\n    command: x\n    environment: azureml:e:1\n  b:\n    type: command\n    command: x\n    environment:\n      image: python\n",
            &[
                "type = pipeline",
                "jobs",
                "  a = command",
                "    azureml:e:1",
                "  b = command",
                "    jobs.b.environment = jobs.b.environment",
                "      image = python",
            ],
        ),
        (
            "#- train.py\nfrom azureml.core import Environment\nenv = Environment(\"e\")\nenv.docker.base_dockerfile = \"\"\"\nFROM a AS b\nRUN x\n\"\"\"\n",
            &["e", "  name = e", "  base_dockerfile = FROM a AS b", "    b = a", "      RUN x"],
        ),
    ] {
        both(text, |fixture| {
            let path = files(text)[0].0.clone();
            let mut found = Vec::new();
            tree(&document_symbols(&fixture.workspace, &path), 0, &mut found);
            assert_eq!(found, expected);
        });
    }
}

#[test]
fn symbols_of_the_workspace_are_found_by_name() {
    both(&format!("{NAMES}#- Dockerfile\nFROM a AS trainer\n"), |fixture| {
        let found = |query: &str| -> Vec<String> {
            workspace_symbols(&fixture.workspace, query).into_iter().map(|found| found.name).collect()
        };
        assert_eq!(found("train"), ["train", "trainer"]);
        assert_eq!(found("TNR"), ["trainer"]);
        assert_eq!(found("zzz"), Vec::<String>::new());
        assert_eq!(found("").len(), 4);
    });
}

/// First and last line of each fold, from 1.
fn lines_of(fixture: &Fixture, path: &FilePath) -> Vec<(usize, usize)> {
    let text = fixture.text(path);
    let line = |offset: usize| text[..offset].matches('\n').count() + 1;
    folds(&fixture.workspace, path)
        .iter()
        .map(|fold| (line(fold.range.start), line(fold.range.end)))
        .collect()
}

#[test]
fn what_has_lines_can_be_folded() {
    for (text, expected) in [
        (
            "#- Dockerfile\n# a\n# b\nFROM a\nRUN x \\\n  y\nCOPY <<A <<B /\n1\nA\n2\n3\nB\nFROM b\nRUN z\n",
            &[(1, 2), (3, 11), (4, 5), (6, 7), (6, 11), (8, 10), (12, 13)][..],
        ),
        (
            "#- job.yml\n# region é\ntype: pipeline\njobs:\n  a:\n    environment: azureml:e:1\n    command: >\n      x\n      y\ninputs: {\n  a: 1\n}\n# endregion\n",
            &[(1, 12), (3, 8), (4, 8), (6, 8), (9, 10)],
        ),
        (
            "#- train.py\nfrom azureml.core import Environment\ndef f():\n    if a:\n        x = 1\n    # c\n    else:\n        y = 1\n    return g(\n        1,\n    )\nenv = Environment('e')\nenv.docker.base_dockerfile = '''FROM a\nRUN x \\\\\n  y\n'''\n",
            &[(2, 10), (3, 4), (6, 7), (8, 9), (12, 14), (12, 15), (13, 14)],
        ),
        ("#- requirements.txt\n# a\n# b\n\n# c\nnumpy # d\n# e\n", &[(1, 2)]),
        (
            "#- azureml_environment.json\n{\n  \"name\": \"e\",\n  \"docker\": {\n    \"baseImage\": \"a\"\n  },\n  \"python\": {}\n}\n",
            &[(1, 6), (3, 4)],
        ),
    ] {
        both(text, |fixture| {
            let path = files(text)[0].0.clone();
            assert_eq!(lines_of(fixture, &path), expected, "{text}");
        });
    }
}

#[test]
fn selections_grow() {
    for (text, expected) in [
        (
            "#- Dockerfile\nFROM a AS b\nRUN pip install nu$0mpy==1 é\nUSER x\n",
            &[
                "numpy",
                "numpy==1",
                "pip install numpy==1 é",
                "RUN pip install numpy==1 é",
                "FROM a AS b|RUN pip install numpy==1 é|USER x",
                "FROM a AS b|RUN pip install numpy==1 é|USER x|",
            ][..],
        ),
        (
            "#- job.yml\ncommand: azureml\nenvironment:\n  image: \"py$0thon:3.10\"\n",
            &[
                "python",
                "python:3.10",
                "\"python:3.10\"",
                "image: \"python:3.10\"",
                "environment:|  image: \"python:3.10\"",
                "command: azureml|environment:|  image: \"python:3.10\"",
                "command: azureml|environment:|  image: \"python:3.10\"|",
            ],
        ),
        ("#- requirements.txt\nnum$0py==1.0\nscipy\n", &["numpy", "numpy==1.0", "numpy==1.0|scipy|"]),
        (
            "#- train.py\nfrom azureml.core import Environment\nenv.docker.base_dockerfile = 'FROM py$0thon:3'\n",
            &[
                "python",
                "python:3",
                "FROM python:3",
                "'FROM python:3'",
                "env.docker.base_dockerfile = 'FROM python:3'",
                "from azureml.core import Environment|env.docker.base_dockerfile = 'FROM python:3'|",
            ],
        ),
    ] {
        both(text, |fixture| {
            let text = fixture.text(&fixture.path);
            let found = selections(&fixture.workspace, &fixture.path, fixture.offset);
            let found: Vec<String> =
                found.iter().map(|range| range.slice(text).replace("\r\n", "|").replace('\n', "|")).collect();
            assert_eq!(found, expected);
        });
    }
}

#[test]
fn notebooks_are_ways_too() {
    let cells = [
        "from azureml.core import Environment\n!ls é😀\n",
        "env = Environment('mine')\n",
        "env.docker.base_dockerfile = '''FROM a AS build\nFROM build\n'''\nenv.register(ws)\n",
        "%%writefile conda.yml\nname: c\ndependencies:\n  - python=3.10\n",
        "other = Environment.from_conda_specification('other', 'conda.yml')\n",
    ];
    let shown: Vec<CellText> = cells
        .iter()
        .enumerate()
        .map(|(at, text)| CellText { number: at + 1, code: true, text: (*text).into() })
        .collect();
    let path = FilePath::new("/w/book.ipynb");
    let mut workspace = Workspace::new(vec![FilePath::new("/w")]);
    workspace.insert(Arc::new(File::notebook(path.clone(), &shown)));
    let whole = workspace.file(&path).expect("a file").text().to_string();
    let at = |needle: &str| whole.find(needle).expect("the needle");
    let fixture = |offset: usize| Fixture { workspace: workspace.clone(), path: path.clone(), offset };
    let stage = fixture(at("build\n"));
    assert_eq!(stage.references(), ["book.ipynb:6 build*", "book.ipynb:7 build"]);
    assert_eq!(stage.renamed("wheels").expect("edits")[0].1, whole.replace("build\n", "wheels\n"));
    assert_eq!(fixture(at("env.register")).definitions(), ["book.ipynb:4 env"]);
    let name = fixture(at("mine"));
    assert_eq!(name.renamed("other2").expect("edits")[0].1, whole.replace("mine", "other2"));
    let target = fixture(at("conda.yml')")).definitions();
    assert_eq!(target, ["book.ipynb:12 "]);
    let mut found = Vec::new();
    tree(&document_symbols(&workspace, &path), 0, &mut found);
    assert!(
        found.contains(&"    build = a".to_owned()) && found.contains(&"dependencies".to_owned()),
        "{found:?}"
    );
}
