//! What the official clients make of a definition, held against what is said of it: where they refuse
//! one, an error; where they silently do something else than was meant, a finding; where they are right
//! to take it, nothing at warning or above. The verdicts are those of azure-ai-ml 1.35.2 and
//! azureml-core 1.61.0, measured.

use std::fs;

use crate::fixture::check;

/// What must be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Refused: an error.
    Refused,
    /// Taken for something else: a warning at least.
    Wrong,
    /// Taken as it was meant.
    Right,
}

use Verdict::{Refused, Right, Wrong};

const IMAGE: &str = "image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1\n";

/// Definitions of v2: the text of `environment.yml`, `IMAGE` standing for a good image.
const YAML: [(&str, Verdict); 47] = [
    ("name: a\nIMAGE", Right),
    ("\u{feff}name: a\nIMAGE", Right),
    ("name: a.b-c_1\nversion: '3'\nIMAGEdescription: text\ntags: {k: v, empty: }\n", Right),
    ("x: &a b\nname: a\nIMAGE", Refused),
    ("name: &n a\ndescription: *n\nIMAGE", Right),
    ("name: a\nIMAGEconda_file: files/conda.yml\n", Right),
    (
        "name: a\nIMAGEconda_file:\n  name: c\n  channels: [conda-forge]\n  dependencies: [python=3.12]\n",
        Right,
    ),
    ("name: a\nbuild:\n  path: ctx\n", Right),
    ("name: a\nbuild:\n  path: ctx/\n  dockerfile_path: Dockerfile\n", Right),
    ("name: a\nbuild:\n  path: https://github.com/contoso/images.git\n", Right),
    ("name: a\nIMAGEos_type: Linux\n", Right),
    ("name: a\nIMAGEos_type: macos\n", Refused),
    ("name: a\nIMAGEbuild:\n  path: ctx\n", Refused),
    ("name: a\nconda_file: files/conda.yml\n", Refused),
    ("name: a\n", Refused),
    ("name: a\nimage: ''\n", Wrong),
    ("name: a\nimage: 5\n", Refused),
    ("name: a\nimage:\n", Refused),
    ("name: a\nbuild: {}\n", Wrong),
    ("name: a\nbuild:\n  dockerfile_path: Dockerfile\n", Wrong),
    ("name: a\nbuild:\n  path: nowhere\n", Refused),
    ("name: a\nbuild:\n  path: ctx/Dockerfile\n", Wrong),
    ("name: a\nbuild:\n  path: files\n", Wrong),
    ("name: a\nbuild:\n  path: ctx\n  args: {A: 1}\n", Refused),
    ("name: a\nbuild:\n  path: ctx\nconda_file: files/conda.yml\n", Wrong),
    ("name: a\nIMAGEconda_file:\n", Refused),
    ("name: a\nIMAGEconda_file: [python=3.12]\n", Refused),
    ("name: a\nIMAGEconda_file: files\n", Refused),
    ("name: a\nIMAGEconda_file: files/nowhere.yml\n", Refused),
    ("name: a\nIMAGEconda_file: files/requirements.txt\n", Wrong),
    ("name: a\nIMAGEdocker:\n  image: b\n", Refused),
    ("name: a\nIMAGEenvironment_variables: {A: b}\n", Refused),
    ("name: a\nIMAGEproperties: {A: b}\n", Refused),
    ("name: a\nIMAGEchannels: [conda-forge]\ndependencies: [python=3.12]\n", Refused),
    ("name: a\nIMAGEtags: [k]\n", Refused),
    ("name: a\nIMAGEtags: {1: k}\n", Refused),
    ("name: a\nIMAGEdatastore: 5\n", Refused),
    ("name: a\nIMAGEversion: 1.10\n", Wrong),
    ("name: a\nIMAGEversion: true\n", Wrong),
    ("name: a\nIMAGEversion: [1]\n", Refused),
    ("name: a\nIMAGEversion:\n", Refused),
    ("name:\nIMAGE", Refused),
    ("name: my env\nIMAGE", Wrong),
    ("name: a\nIMAGEinference_config:\n  liveness_route: {path: /l, port: 5001}\n", Refused),
    (
        "name: a\nIMAGEinference_config:\n  liveness_route: {path: /l, port: http}\n  readiness_route: {path: /r, port: 5001}\n  scoring_route: {path: /s, port: 5001}\n",
        Refused,
    ),
    ("name: a\n---\nname: b\n", Refused),
    ("name: a\n\timage: b\n", Refused),
];

/// Definitions of SDK v1: what follows the imports and comes before `env.register(ws)`.
const PYTHON: [(&str, Verdict); 24] = [
    ("env = Environment('a')", Right),
    (
        "env = Environment('a')\nenv.docker.base_image = None\nenv.docker.base_dockerfile = './ctx/Dockerfile'\nenv.python.user_managed_dependencies = True",
        Right,
    ),
    (
        "env = Environment('a')\nenv.docker.base_image = None\nenv.docker.base_dockerfile = open('ctx/Dockerfile')",
        Right,
    ),
    (
        "env = Environment('a')\nenv.docker.base_image = None\nenv.docker.base_dockerfile = Path('ctx/Dockerfile')",
        Right,
    ),
    (
        "env = Environment('a')\nenv.docker.base_image = None\nenv.docker.base_dockerfile = './ctx/Dockerfille'",
        Wrong,
    ),
    ("env = Environment('a')\nenv.docker.base_image = None\nenv.docker.base_dockerfile = None", Refused),
    ("env = Environment('a')\nenv.docker.base_image = ''", Refused),
    ("env = Environment('a')\nenv.docker.base_image = 5", Wrong),
    ("env = Environment('a')\nenv.docker.base_dockerfile = ['FROM a']", Refused),
    (
        "env = Environment('a')\nenv.docker.base_dockerfile = 'FROM python:3.12-slim'\nenv.docker.base_image = 'contoso.azurecr.io/a:1'",
        Wrong,
    ),
    ("env = Environment('a')\nenv.docker.base_imag = 'contoso.azurecr.io/a:1'", Refused),
    ("env = Environment('a')\nenv.python.user_managed = True", Refused),
    ("env = Environment('a')\nenv.docker.base_image_registry.adress = 'contoso.azurecr.io'", Refused),
    (
        "env = Environment('a')\nenv.python.user_managed_dependencies = True\nenv.python.conda_dependencies = CondaDependencies.create(pip_packages=['numpy'])",
        Wrong,
    ),
    ("env = Environment('a')\nenv.python.conda_dependencies = CondaDependencies()", Right),
    ("env = Environment('a')\nenv.python.conda_dependencies = CondaDependencies.create()", Right),
    ("env = Environment('a')\nenv.docker.gpu_support = True", Wrong),
    ("env = Environment('a')\nenv.inferencing_stack_version = 'latest'", Right),
    ("env = Environment('a')\nenv.docker.platform.os = 'Windows'", Right),
    ("env = Environment('AzureML-mine')", Wrong),
    ("env = Environment.from_docker_image('a', 'contoso.azurecr.io/a:1')", Right),
    ("env = Environment.from_conda_specification('a', 'nowhere.yml')", Refused),
    ("env = Environment.from_pip_requirements('a', 'nowhere.txt')", Refused),
    (
        "env = Environment.from_dockerfile('a', 'FROM python:3.12-slim', conda_specification='files/conda.yml', pip_requirements='files/requirements.txt')",
        Refused,
    ),
];

/// What is wrong with what is said of a file.
fn complaint(name: &str, text: &str, verdict: Verdict) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in [
        (".git/HEAD", ""),
        ("ctx/Dockerfile", "FROM python:3.12-slim\n"),
        ("files/conda.yml", "name: c\nchannels: [conda-forge]\ndependencies: [python=3.12, pip]\n"),
        ("files/requirements.txt", "numpy==1.26.4\n"),
        (name, text),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let report = check(folder.path(), &[name]);
    let findings = report["findings"].as_array().expect("findings");
    let has = |severity: &str| findings.iter().any(|found| found["severity"] == severity);
    let fits = match verdict {
        Refused => has("error"),
        Wrong => has("error") || has("warning"),
        Right => !has("error") && !has("warning"),
    };
    let said: Vec<String> =
        findings.iter().map(|found| format!("{} {}", found["code"], found["message"])).collect();
    (!fits).then(|| format!("{verdict:?}: {text:?}: {said:?}"))
}

#[test]
fn definitions_of_v2_are_judged_as_the_client_does() {
    let judged = YAML
        .iter()
        .filter_map(|(text, verdict)| complaint("environment.yml", &text.replace("IMAGE", IMAGE), *verdict));
    let complaints: Vec<String> = judged.collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn definitions_of_v1_are_judged_as_the_client_does() {
    let head = "from pathlib import Path\nfrom azureml.core import Environment\nfrom azureml.core.conda_dependencies import CondaDependencies\n";
    let judged = PYTHON.iter().filter_map(|(text, verdict)| {
        complaint("train.py", &format!("{head}{text}\nenv.register(ws)\n"), *verdict)
    });
    let complaints: Vec<String> = judged.collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
