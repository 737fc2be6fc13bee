//! Hover as an editor sees it: `$0` is the pointer.

use serde_json::{Value, json};

use crate::client::Client;

/// A server with documents.
struct Editor {
    client: Client,
    opened: usize,
}

impl Editor {
    fn new() -> Self {
        Self { client: Client::initialized(json!({})), opened: 0 }
    }

    /// The text under the range of a hover, and what it says.
    fn look(&mut self, name: &str, marked: &str) -> Option<(String, String)> {
        self.opened += 1;
        let uri = format!("file:///nowhere/{}/{name}", self.opened);
        self.look_at(&uri, marked)
    }

    fn look_at(&mut self, uri: &str, marked: &str) -> Option<(String, String)> {
        let (before, after) = marked.split_once("$0").expect("a pointer");
        let text = format!("{before}{after}");
        let language = match uri.rsplit('.').next().unwrap_or("") {
            "yml" | "yaml" | "runconfig" => "yaml",
            "py" => "python",
            "json" => "json",
            "toml" => "toml",
            "txt" => "pip-requirements",
            _ => "dockerfile",
        };
        self.client.open(uri, language, &text);
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or("").encode_utf16().count();
        let answer = self.client.request(
            "textDocument/hover",
            json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}),
        );
        let said = answer["contents"]["value"].as_str()?.to_owned();
        let range = &answer["range"];
        let offset = |position: &Value| {
            let line = position["line"].as_u64().expect("a line") as usize;
            let units = position["character"].as_u64().expect("a column") as usize;
            let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
            let mut seen = 0;
            let rest = &text[start..];
            let at = rest.char_indices().find(|(_, c)| {
                let here = seen >= units;
                seen += c.len_utf16();
                here
            });
            start + at.map_or(rest.len(), |(at, _)| at)
        };
        Some((text[offset(&range["start"])..offset(&range["end"])].to_owned(), said))
    }

    /// The hover is about that text and says all of that.
    #[track_caller]
    fn says(&mut self, name: &str, marked: &str, about: &str, parts: &[&str]) {
        let (found, said) = self.look(name, marked).unwrap_or_else(|| panic!("nothing for\n{marked}"));
        assert_eq!(found, about, "{said}");
        for part in parts {
            assert!(said.contains(part), "{part} is not in\n{said}");
        }
    }

    #[track_caller]
    fn is_silent(&mut self, name: &str, marked: &str) {
        assert_eq!(self.look(name, marked), None, "{marked}");
    }
}

const V1: &str = "from azureml.core import Environment\nenv = Environment(\"e\")\n";
const V2: &str = "from azure.ai.ml import command\nfrom azure.ai.ml.entities import Environment\n";

#[test]
fn dockerfiles() {
    let mut editor = Editor::new();
    let e = &mut editor;
    e.says("Dockerfile", "FR$0OM a:1\n", "FROM", &["Begins a stage"]);
    e.says("Dockerfile", "FROM a:1\nru$0n x\n", "run", &["**RUN**", "one layer"]);
    e.says("Dockerfile", "FROM a:1\nONBUILD CO$0PY a b\n", "COPY", &["build context"]);
    e.says(
        "Dockerfile",
        "FROM --plat$0form=linux/arm64 a:1\n",
        "--platform=linux/arm64",
        &["linux/amd64", "does not run it"],
    );
    e.says(
        "Dockerfile",
        "FROM a:1\nRUN --mount=type=ca$0che,target=/x y\n",
        "--mount=type=cache,target=/x",
        &["kept between builds"],
    );
    e.says(
        "Dockerfile",
        "FROM a:1 AS one\nRUN x\nFROM b:1\nCOPY --from=o$0ne /x /y\n",
        "one",
        &["Stage **one** on `a:1`"],
    );
    e.says("Dockerfile", "FROM a:1 AS one\nFROM o$0ne\n", "one", &["Stage **one**"]);
    e.says(
        "Dockerfile",
        "FROM a:1\nRUN pip install azureml-ml$0flow==1.60.0\n",
        "azureml-mlflow==1.60.0",
        &["MLflow", "Asked for: `==1.60.0`"],
    );
    e.says(
        "Dockerfile",
        "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:lat$0est\n",
        "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest",
        &["**Deprecated**", "2026-07-23", "openmpi4.1.0-ubuntu22.04"],
    );
    e.says("Dockerfile", "FROM ubuntu:18$0.04\n", "ubuntu:18.04", &["Ubuntu 18.04 ended on 2023-05-31"]);
    // Comments, text of the shell, heredocs.
    e.is_silent("Dockerfile", "FROM a:1\n# RU$0N\n");
    e.is_silent("Dockerfile", "FROM a:1\nRUN ec$0ho RUN\n");
    e.is_silent("Dockerfile", "FROM a:1\nCOPY <<EOF /x\nRU$0N\nEOF\n");
}

#[test]
fn variables_show_their_values() {
    let mut editor = Editor::new();
    let e = &mut editor;
    let head = "ARG TAG=22.04\nFROM ubuntu:$TAG\nARG MINE=a\nARG NONE\nENV ROOT=/opt/$MINE\n";
    let text = |line: &str| format!("{head}{line}");
    e.says("Dockerfile", &text("WORKDIR $RO$0OT/x\n"), "ROOT", &["`ROOT` is `/opt/a` here"]);
    e.says("Dockerfile", &text("WORKDIR ${RO$0OT}/x\n"), "ROOT", &["`/opt/a`"]);
    e.says("Dockerfile", &text("RUN echo $RO$0OT\n"), "ROOT", &["`/opt/a`"]);
    e.says("Dockerfile", &text("WORKDIR $TA$0G\n"), "TAG", &["not set here"]);
    e.says("Dockerfile", &text("WORKDIR $NON$0E\n"), "NONE", &["known to the build alone"]);
    e.says("Dockerfile", "ARG TAG=22.04\nFROM ubuntu:$TA$0G\n", "TAG", &["`22.04`"]);
    e.says("Dockerfile", "ARG T$0AG=22.04\nFROM a:1\n", "TAG", &["`22.04`"]);
    e.says(
        "Dockerfile",
        "FROM a:1\nENV AML_APP$0_ROOT=/x\n",
        "AML_APP_ROOT",
        &["`/x`", "folder with the code"],
    );
    e.says(
        "Dockerfile",
        "FROM a:1\nENV A=b AZUREML_MODEL_D$0IR=/m\n",
        "AZUREML_MODEL_DIR",
        &["model of a deployment"],
    );
    e.is_silent("Dockerfile", &text("WORKDIR RO$0OT\n"));
}

#[test]
fn embedded_dockerfiles_and_notebooks() {
    let mut editor = Editor::new();
    let e = &mut editor;
    let python =
        |body: &str| format!("{V1}env.docker.base_image = None\nenv.docker.base_dockerfile = {body}\n");
    e.says(
        "a.py",
        &python("\"\"\"FR$0OM a:1\nENV X=1\nWORKDIR $X\n\"\"\""),
        "FROM",
        &["Begins a stage", "28 bytes", "100 KB"],
    );
    e.says("a.py", &python("'FROM a:1\\nENV X=é😀\\nWORKDIR $$0X\\n'"), "X", &["`é😀`"]);
    e.says("a.py", &python("(\"FROM a:1\\n\"\n  \"RUN pip install nu$0mpy\\n\")"), "numpy", &["arrays"]);
    let json =
        |body: &str| format!("{{\"docker\": {{\"baseImage\": null, \"baseDockerfile\": \"{body}\"}}}}");
    e.says("azureml_environment.json", &json("FROM a:1\\nUS$0ER root\\n"), "USER", &["dockeruser"]);
    let yaml = "script: a.py\nenvironment:\n  docker:\n    baseImage: null\n    baseDockerfile: |\n      FROM a:1\n      EXP$0OSE 5001\n";
    e.says("a.runconfig", yaml, "EXPOSE", &["5001"]);
    let notebook = |line: &str| {
        let cell = json!({"cell_type": "code", "metadata": {}, "outputs": [], "source": [V1, line], "execution_count": null});
        json!({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).to_string()
    };
    e.says(
        "a.ipynb",
        &notebook("env.docker.base_im$0age = None\n"),
        "base_image",
        &["clears the two others"],
    );
}

#[test]
fn keys_of_yaml_and_json() {
    let mut editor = Editor::new();
    let e = &mut editor;
    e.says("environment.yml", "na$0me: e\nimage: a:1\n", "name", &["registered"]);
    e.says(
        "environment.yml",
        "name: é😀\r\nbuild:\r\n  dockerfile_$0path: x\r\n  path: .\r\n",
        "dockerfile_path",
        &["Default: `Dockerfile`"],
    );
    e.says("environment.yml", "name: e\nbuild: {pa$0th: .}\n", "path", &["build context"]);
    e.says(
        "environment.yml",
        "name: e\nimage: a:1\nos_type: lin$0ux\n",
        "linux",
        &["operating system", "cannot be changed"],
    );
    e.says("environment.yml", "name: e\nimage: a:1\nname$0: f\n", "name", &["registered"]);
    let job = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: x\n";
    e.says(
        "job.yml",
        &format!("{job}environ$0ment: azureml:a:1\n"),
        "environment",
        &["azureml:name:version"],
    );
    e.says("job.yml", &format!("{job}inputs:\n  data:\n    mo$0de: download\n"), "mode", &["ro_mount"]);
    e.says("job.yml", &format!("{job}environment:\n  im$0age: a:1\n"), "image", &["the environment is"]);
    let deployment =
        "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: b\n";
    e.says(
        "deployment.yml",
        &format!("{deployment}code_configuration:\n  scoring_sc$0ript: a.py\n"),
        "scoring_script",
        &["inference server"],
    );
    e.says(
        "conda.yml",
        "channels$0:\n  - a\ndependencies:\n  - python=3.11\n",
        "channels",
        &["Where conda looks"],
    );
    e.says(
        "azureml_environment.json",
        "{\"docker\": {\"base$0Image\": null}}",
        "baseImage",
        &["image at the bottom"],
    );
    e.says(
        "a.runconfig",
        "script: a.py\nenvironment:\n  python:\n    user_managed_depen$0dencies: true\n",
        "user_managed_dependencies",
        &["none are installed"],
    );
    e.is_silent("environment.yml", "name: $0e\nimage: a:1\n");
    e.is_silent("environment.yml", "name: e\nimage: a:1\n# na$0me\n");
    e.is_silent("environment.yml", "name: e\nimage: a:1\ndescription: |\n  na$0me: x\n");
    e.is_silent("environment.yml", "name: e\nimage: a:1\ntags:\n  na$0me: x\n");
}

#[test]
fn packages() {
    let mut editor = Editor::new();
    let e = &mut editor;
    let head = "dependencies:\n  - python=3.9\n  - pip:\n";
    e.says(
        "conda.yml",
        &format!("{head}    - azureml-co$0re\n"),
        "azureml-core",
        &["core of SDK v1", "It brings", "No version is asked for"],
    );
    e.says(
        "conda.yml",
        "dependencies:\n  - pyth$0on=3.9\n",
        "python=3.9",
        &["Python 3.9 ended on 2025-10-31"],
    );
    e.says(
        "conda.yml",
        "dependencies:\n  - scikit$0-learn=1.5\n",
        "scikit-learn=1.5",
        &["Asked for: `=1.5`"],
    );
    e.says(
        "requirements.txt",
        "numpy\ntor$0ch>=2 ; x == 'y'\n",
        "torch>=2 ; x == 'y'",
        &["PyTorch", "Curated environments"],
    );
    e.says(
        "a.py",
        "from azureml.core.conda_dependencies import CondaDependencies\nc = CondaDependencies.create(pip_packages=['azureml-ml$0flow'])\nfrom azureml.core import Environment\nenv = Environment('e')\nenv.python.conda_dependencies = c\n",
        "azureml-mlflow",
        &["MLflow"],
    );
    e.is_silent("requirements.txt", "no-such-packa$0ge\n");
    e.is_silent("requirements.txt", "# num$0py\n");
}

#[test]
fn environments() {
    let mut editor = Editor::new();
    let e = &mut editor;
    let job = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: x\nenvironment: ";
    let registry = "azureml://registries/azureml/environments/sklearn-1.5/labels/latest";
    e.says("job.yml", &format!("{job}$0{registry}\n"), registry, &["curated environment", "Image:"]);
    e.says(
        "job.yml",
        &format!("{job}azureml:AzureML-skl$0earn-1.5@latest\n"),
        "azureml:AzureML-sklearn-1.5@latest",
        &["**sklearn-1.5**"],
    );
    e.says("job.yml", &format!("{job}azureml:mi$0ne:3\n"), "azureml:mine:3", &["**mine**", "version `3`"]);
    e.says(
        "a.py",
        &format!("{V2}j = command(command='x', environment='azureml:mi$0ne@latest')\n"),
        "azureml:mine@latest",
        &["label `latest`"],
    );
    e.says(
        "a.py",
        &format!("{V1}e = Environment.get(ws, 'AzureML-skl$0earn-1.5')\n"),
        "AzureML-sklearn-1.5",
        &["curated environment"],
    );

    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a folder");
    std::fs::write(folder.path().join("train-env.yml"), "name: train\nversion: 3\nimage: a:1\n")
        .expect("a file");
    let uri = |name: &str| format!("file://{}", folder.path().join(name).display());
    for (number, text) in ["azureml:tra$0in:3", "file:tra$0in-env.yml"].iter().enumerate() {
        let (about, said) =
            e.look_at(&uri(&format!("job{number}.yml")), &format!("{job}{text}\n")).expect("a hover");
        assert_eq!(about, text.replace("$0", ""));
        assert_eq!(said, "**train**, version 3, defined in `train-env.yml`.\n\nImage: `a:1`");
    }
}

/// The state of an environment of SDK v1 is that behind the line, not that at the end.
#[test]
fn the_state_of_an_environment() {
    let mut editor = Editor::new();
    let e = &mut editor;
    let lines = [
        "env.docker.base_image = \"contoso.azurecr.io/a:1\"",
        "env.docker.base_dockerfile = \"FROM b:1\\nRUN x\"",
        "env.docker.base_image = None",
        "env.docker.base_image = \"contoso.azurecr.io/c:1\"",
        "env.python.user_managed_dependencies = True",
    ];
    let text = |number: usize, needle: &str| {
        let mut out = V1.to_owned();
        for (at, line) in lines.iter().enumerate() {
            let line = if at == number {
                line.replacen(needle, &format!("{}$0{}", &needle[..1], &needle[1..]), 1)
            } else {
                (*line).to_owned()
            };
            out.push_str(&line);
            out.push('\n');
        }
        out
    };
    e.says(
        "a.py",
        &text(0, "base_image"),
        "base_image",
        &["`base_image` = `contoso.azurecr.io/a:1`", "`base_dockerfile` = `None`"],
    );
    e.says(
        "a.py",
        &text(1, "base_dockerfile"),
        "base_dockerfile",
        &["`base_image` = `None`", "`base_dockerfile` = 2 lines of text"],
    );
    e.says("a.py", &text(2, "base_image"), "base_image", &["`base_dockerfile` = 2 lines of text"]);
    e.says(
        "a.py",
        &text(3, "base_image"),
        "base_image",
        &["`base_image` = `contoso.azurecr.io/c:1`", "`base_dockerfile` = `None`"],
    );
    e.says("a.py", &text(4, "env"), "env", &["SDK v1", "`user_managed_dependencies` = `True`"]);
    let first = format!("{V1}e$0nv.docker\n");
    e.says("a.py", &first, "env", &["the default of azureml-core"]);
    e.says(
        "a.py",
        &format!("{V1}if x:\n    env.docker.base_im$0age = \"a\"\n"),
        "base_image",
        &["as far as it can be told"],
    );
    e.says(
        "a.py",
        &format!("{V1}e = Environment.from_docker$0_image('a', 'b')\n"),
        "from_docker_image",
        &["packages on top"],
    );
    e.says("a.py", &format!("{V2}env = Environment(ima$0ge='a')\n"), "image", &["Not beside `build`"]);
    e.says(
        "a.py",
        &format!("{V2}env = Environment(image='a')\nen$0v.image\n"),
        "env",
        &["SDK v2", "`image` = `a`"],
    );
    e.is_silent("a.py", &format!("{V1}other.docker.bas$0e\n"));
    e.is_silent("a.py", &format!("{V1}x = 'env.docker.base_im$0age'\n"));
    e.is_silent("a.py", &format!("{V1}# env.docker.base_im$0age\n"));
}

#[test]
fn rules_and_the_configuration() {
    let mut editor = Editor::new();
    let e = &mut editor;
    for (name, head) in [
        ("Dockerfile", "FROM a:1\n"),
        ("environment.yml", "name: e\nimage: a:1\n"),
        ("requirements.txt", "numpy\n"),
        ("a.py", V1),
    ] {
        e.says(
            name,
            &format!("{head}# amlenv: ignore[AML1$001]\n"),
            "AML101",
            &["# conflicting-image-sources (AML101)"],
        );
        e.says(
            name,
            &format!("{head}# é😀 amlenv: ignore[conflicting-image$0-sources]\n"),
            "conflicting-image-sources",
            &["(AML101)"],
        );
    }
    e.says("amlenv.toml", "ignore = [\"AML1$001\"]\n", "AML101", &["(AML101)"]);
    e.says("amlenv.toml", "fail$0-on = \"error\"\n", "fail-on", &["exits with 1"]);
    e.says("pyproject.toml", "[tool.amlenv]\ncompan$0ion = true\n", "companion", &["another tool"]);
    e.is_silent("pyproject.toml", "[project]\nselect$0 = 1\n");
}

#[test]
fn a_copy_knows_its_build_context() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join(".git")).expect("a folder");
    std::fs::create_dir(folder.path().join("docker")).expect("a folder");
    for (path, text) in [
        ("train-env.yml", "name: train\nbuild:\n  path: .\n  dockerfile_path: docker/Dockerfile\n"),
        (".dockerignore", "*.bin\n"),
        ("docker/Dockerfile", "FROM a:1\nCOPY x y\n"),
    ] {
        std::fs::write(folder.path().join(path), text).expect("a file");
    }
    let uri = format!("file://{}/docker/Dockerfile", folder.path().display());
    let (about, said) = Editor::new().look_at(&uri, "FROM a:1\nCO$0PY x y\n").expect("a hover");
    assert_eq!(about, "COPY");
    let expected =
        "`train-env.yml` builds it with `..` as the build context. In force there: `.dockerignore`.";
    assert!(said.ends_with(expected), "{said}");
}

/// A client that shows no Markdown gets plain text; the encodings count their own columns.
#[test]
fn formats_and_encodings() {
    let mut client =
        Client::initialized(json!({"textDocument": {"hover": {"contentFormat": ["plaintext"]}}}));
    client.open("file:///t/Dockerfile", "dockerfile", "FROM a:1\n");
    let position =
        json!({"textDocument": {"uri": "file:///t/Dockerfile"}, "position": {"line": 0, "character": 1}});
    let answer = client.request("textDocument/hover", position);
    assert_eq!(answer["contents"]["kind"], "plaintext");
    assert!(answer["contents"]["value"].as_str().is_some_and(|text| text.starts_with("FROM\n")), "{answer}");

    let text = "FROM a:1\nENV A=\"é😀e\u{301}👩‍🚀\" SVDIR=/x\n";
    let line = text.lines().nth(1).expect("a line");
    let start = line.find("SVDIR").expect("a name");
    for encoding in ["utf-8", "utf-16", "utf-32"] {
        let mut client = Client::initialized(json!({"general": {"positionEncodings": [encoding]}}));
        client.open("file:///t/Dockerfile", "dockerfile", text);
        let column = |to: usize| match encoding {
            "utf-8" => to,
            "utf-16" => line[..to].encode_utf16().count(),
            _ => line[..to].chars().count(),
        };
        let answer = client.request(
            "textDocument/hover",
            json!({"textDocument": {"uri": "file:///t/Dockerfile"}, "position": {"line": 1, "character": column(start + 2)}}),
        );
        assert_eq!(answer["range"]["start"]["character"], column(start), "{encoding}");
        assert_eq!(answer["range"]["end"]["character"], column(start + 5), "{encoding}");
    }
}

/// The address of a registry of one's own says how the service gets at its images.
#[test]
fn the_address_of_a_private_registry() {
    let mut editor = Editor::new();
    let python = format!("{V1}env = Environment('e')\nenv.docker.base_image = 'a:1'\n");
    let python = format!("{python}env.docker.base_image_registry.address = 'contoso.azu$0recr.io'\n");
    let json = "{\"name\": \"e\", \"docker\": {\"baseImage\": \"a:1\", \"baseImageRegistry\": {\"address\": \"contoso.azu$0recr.io\"}}, \"python\": {}}";
    let runconfig = "script: a.py\nenvironment:\n  docker:\n    baseImage: a:1\n    baseImageRegistry:\n      address: contoso.azu$0recr.io\n";
    for (name, text) in
        [("a.py", python.as_str()), ("azureml_environment.json", json), ("a.runconfig", runconfig)]
    {
        let (about, said) = editor.look(name, text).unwrap_or_else(|| panic!("no hover in {name}"));
        assert!(about.contains("contoso.azurecr.io") && !about.contains("address"), "{about}");
        assert!(said.starts_with("**contoso.azurecr.io**"), "{said}");
        assert!(said.contains("az ml connection create") && said.contains("AcrPull"), "{said}");
    }
    // One that is read from elsewhere is not known.
    let hidden = python.replace("'contoso.azu$0recr.io'", "os.env$0iron['HOST']");
    let said = editor.look("b.py", &hidden).map(|(_, said)| said).unwrap_or_default();
    assert!(!said.contains("AcrPull"), "{said}");
}
